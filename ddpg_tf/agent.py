"""The agent: actor, critic and their targets, two optimizers, and many updates in one compiled call."""

import functools
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.checks import check, check_bounds, check_number
from ddpg_tf.policy import Policy
from ddpg_tf.updates import actor_loss, critic_loss, soft_update, td_target


class Metrics(NamedTuple):
    """Means over the updates of one call of `learn`, in units of the scaled reward."""

    critic_loss: float  # L of Algorithm 1
    mean_q: float  # mean of Q(s, mu(s))
    max_q: float  # largest Q(s, a) of the batch


class DDPG:
    """Deep deterministic policy gradient. Lillicrap et al. 2016, Algorithm 1.

    actor: Keras model that maps (batch, state_size) to actions (batch, action_size) within the bounds.
    critic: Keras model that maps [states, actions] to values (batch,). Both are trained in place.
    low, high: bounds of the actions, shape (action_size,). gamma: discount. tau: rate of the soft updates.
    actor_learning_rate, critic_learning_rate: of Adam, numbers or Keras schedules. Raises ValueError for what does not
    fit. A subclass overrides `update`, compiled at the first `learn`: what changes later, even a count, must then be a
    tf.Variable. Variables, models and optimizers among the attributes are saved, other values are not.
    """

    actor = property(lambda self: self._actor, doc="mu(s); it cannot be replaced: optimizer and target belong to it.")
    critic = property(lambda self: self._critic, doc="Q(s, a); it cannot be replaced either.")

    def __init__(
        self, actor, critic, low, high, *, gamma=0.99, tau=1e-3, actor_learning_rate=1e-4, critic_learning_rate=1e-3
    ):
        check_number("DDPG: gamma", gamma, "a number from 0 to 1", lambda gamma: 0.0 <= gamma <= 1.0)
        check_number("DDPG: tau", tau, "more than 0 and at most 1", lambda tau: 0.0 < tau <= 1.0)
        self.gamma, self.tau = gamma, tau
        self.low, self.high = check_bounds(low, high)
        self._actor, self._critic = actor, critic
        self._check_networks()
        self.target_actor, self.target_critic = copy_of(actor), copy_of(critic)
        self.actor_optimizer = optimizer_for(actor, actor_learning_rate)
        self.critic_optimizer = optimizer_for(critic, critic_learning_rate)
        self._compiled_updates = tf.function(self._updates, jit_compile=xla_works())

    def learn(self, batches):
        """Make one update per batch, all in one compiled call.

        batches: Batch with leading axes (count, batch), as `ReplayMemory.sample_many` returns. Each new pair of count
        and batch costs about a second of compilation. Returns (Metrics, TD errors as float32 (count, batch)).
        Raises ValueError for other shapes, FloatingPointError if the losses are no longer finite.
        """
        self._check_batches(batches)
        means, td_errors = self._compiled_updates(tf.nest.map_structure(tf.convert_to_tensor, batches))
        metrics = Metrics(*means.numpy().tolist())
        if not np.isfinite(metrics).all():
            cure = "scale the rewards down, or lower the critic's learning rate or tau"
            raise FloatingPointError(f"DDPG.learn: the values have diverged, {metrics}; {cure}.")
        return metrics, td_errors.numpy()

    def _updates(self, batches):
        """One update per entry of the leading axis; the mean of their metrics, and all TD errors."""
        count = tf.shape(batches.rewards)[0]
        total, td_errors = tf.zeros(len(Metrics._fields)), tf.zeros_like(batches.rewards)
        for i in tf.range(count):
            metrics, errors = self.update(tf.nest.map_structure(lambda array: array[i], batches))
            total, td_errors = total + tf.stack(metrics), tf.tensor_scatter_nd_update(td_errors, [[i]], errors[None])
        return total / tf.cast(count, tf.float32), td_errors

    def update(self, batch):
        """One pass through the inner loop of Algorithm 1, in the graph. Returns (Metrics, TD errors (batch,))."""
        targets = self.targets(batch)
        with tf.GradientTape() as tape:
            loss, td_errors = critic_loss(self.critic, batch.states, batch.actions, targets, batch.weights)
        descend(self.critic_optimizer, self.critic, loss, tape)
        with tf.GradientTape() as tape:
            minus_j = actor_loss(self.actor, self.critic, batch.states)
        descend(self.actor_optimizer, self.actor, minus_j, tape)
        soft_update(self.target_critic.trainable_variables, self.critic.trainable_variables, self.tau)
        soft_update(self.target_actor.trainable_variables, self.actor.trainable_variables, self.tau)
        return Metrics(loss, -minus_j, tf.reduce_max(targets - td_errors)), td_errors

    def targets(self, batch):
        """TD targets y of a batch, by the target networks, float32 (batch,)."""
        next_values = self.target_critic([batch.next_states, self.target_actor(batch.next_states)])
        return td_target(batch.rewards, batch.terminated, next_values, self.gamma)

    def policy(self):
        """The actor as it is now, as a NumPy function; later updates do not change it."""
        return Policy.from_actor(self.actor, self.low, self.high)

    def get_state(self):
        """Copies of all variables of all networks and optimizers, arrays by name."""
        return {name: variable.numpy() for name, variable in self._variables().items()}

    def set_state(self, state):
        """Become the agent that gave this state. Raises ValueError if names or shapes differ; nothing changes then."""
        variables = self._variables()
        shapes = {name: array.shape for name, array in state.items()}
        expected = {name: tuple(variable.shape) for name, variable in variables.items()}
        if shapes != expected:
            name = min(dict(shapes.items() ^ expected.items()))
            differs = f"{name} has shape {shapes.get(name)}, expected {expected.get(name)}"
            raise ValueError(f"DDPG.set_state: {differs}; build the agent with the networks that it was saved with.")
        for name, variable in variables.items():
            variable.assign(state[name])

    def _variables(self):
        """All variables among the attributes and in models and optimizers there, in lists and dicts too, by name."""
        found = {}
        for path, owner in keras.tree.flatten_with_path(vars(self)):
            own = getattr(owner, "variables", [owner] if isinstance(owner, tf.Variable | keras.Variable) else [])
            name = ".".join(map(str, path)).removeprefix("_")
            found |= {f"{name}/{i}": variable for i, variable in enumerate(own)}
        return found

    def _check_networks(self):
        untrained = [v.path for model in (self.actor, self.critic) for v in model.non_trainable_variables]
        cure = "none, for the compiled call loses their changes; of normalizations use LayerNormalization"
        check("DDPG: the list of variables that no gradient trains", untrained, cure, lambda paths: not paths)
        check("DDPG: the list of the actor's losses", self.actor.losses, "none, for it climbs J alone", lambda x: not x)
        rng, first = np.random.default_rng(0), self.actor.get_weights()
        states = rng.standard_normal((16, self.actor.input_shape[-1]), np.float32)
        try:  # with large weights: a fresh actor is almost constant, and a wrong copy of it agrees
            self.actor.set_weights([3 * rng.standard_normal(w.shape) / np.prod(w.shape[:-1]) ** 0.5 for w in first])
            actions, policy = self.actor(states).numpy(), self.policy()
        finally:
            self.actor.set_weights(first)
        if not np.allclose(policy(states), actions, rtol=1e-6, atol=1e-4 * (self.high - self.low)):
            raise ValueError("DDPG: policy() is no copy of the actor; use a plain chain that never leaves the bounds.")
        check("DDPG: the shape of 16 values", self.critic([states, actions]).shape, "(16,)", lambda x: x == (16,))

    def _check_batches(self, batches):
        state, leading = self.actor.input_shape[1:], batches.rewards.shape
        sizes = {"states": state, "actions": self.low.shape, "rewards": (), "next_states": state, "terminated": ()}
        shapes = {name: getattr(batches, name).shape for name in sizes}
        fits = all(shapes[name] == (*leading, *size) for name, size in sizes.items())
        if not fits or len(leading) != 2 or 0 in leading:
            raise ValueError(f"DDPG.learn: the shapes are {shapes}, expected (count, batch) and then {sizes}.")


def copy_of(model):
    """A model with the same layers and weights, for a target network."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def optimizer_for(model, learning_rate):
    """Adam with all its variables: they must exist before the first trace. Raises ValueError for a rate not above 0."""
    if not isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        check_number(f"DDPG: the {model.name}'s learning rate", learning_rate, "above 0 or a schedule", lambda x: x > 0)
    optimizer = keras.optimizers.Adam(learning_rate)
    optimizer.build(model.trainable_variables)
    return optimizer


def descend(optimizer, model, loss, tape):
    """One optimizer step of the model's weights down a loss that the tape has seen."""
    optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)


@functools.cache
def xla_works():
    """Whether XLA compiles graphs on this platform; where it does not, the same graph runs uncompiled."""
    try:
        tf.function(lambda x: x + 1.0, jit_compile=True)(tf.constant(1.0))
    except tf.errors.OpError:
        return False
    return True
