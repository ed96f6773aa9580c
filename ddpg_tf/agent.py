"""The agent: four networks, two optimizers, one compiled call that makes many updates, and a policy in NumPy."""

import functools
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.checks import check_number
from ddpg_tf.lab.files import check_arrays, load_arrays, save_arrays
from ddpg_tf.networks import build_actor, build_critic
from ddpg_tf.policy import Policy
from ddpg_tf.updates import actor_loss, critic_loss, hard_update, soft_update, td_target


class Learned(NamedTuple):
    """What a block of updates saw, each a mean over the block, in units of the scaled reward.

    critic_loss: Algorithm 1's L. mean_q: mean of Q(s, mu(s)). max_q: largest Q'(s', mu'(s')) of a batch.
    """

    critic_loss: float
    mean_q: float
    max_q: float


class DDPG:
    """Deep deterministic policy gradient. Lillicrap et al. 2016, Algorithm 1.

    state_size: numbers per state. low, high: bounds of the actions, shape (action_size,).
    hidden: units of the hidden layers of all four networks. gamma: discount. tau: rate of the soft update.
    actor_rate, critic_rate: Adam's learning rates, numbers or Keras schedules. critic_l2: L2 on the critic's kernels.
    seed: int for the initial weights. Raises ValueError for values out of range.
    """

    def __init__(
        self, state_size, low, high, *, hidden=(400, 300), gamma=0.99, tau=1e-3,
        actor_rate=1e-4, critic_rate=1e-3, critic_l2=1e-2, seed=0,
    ):  # fmt: skip
        check_number("DDPG: gamma", gamma, "a number from 0 to 1", lambda gamma: 0.0 <= gamma <= 1.0)
        check_number("DDPG: tau", tau, "more than 0 and at most 1", lambda tau: 0.0 < tau <= 1.0)
        self.gamma, self.tau = gamma, tau
        self.low, self.high = np.asarray(low, np.float32), np.asarray(high, np.float32)
        actor_seed, critic_seed = (int(s) for s in np.random.SeedSequence(seed).generate_state(2))
        action_size = len(self.low)
        self.actor = build_actor(state_size, low, high, hidden, actor_seed)
        self.critic = build_critic(state_size, action_size, hidden, critic_l2, critic_seed)
        self.target_actor = build_actor(state_size, low, high, hidden, actor_seed)
        self.target_critic = build_critic(state_size, action_size, hidden, 0.0, critic_seed)
        hard_update(self.target_actor.variables, self.actor.variables)
        hard_update(self.target_critic.variables, self.critic.variables)
        self.actor_optimizer = keras.optimizers.Adam(actor_rate)
        self.critic_optimizer = keras.optimizers.Adam(critic_rate)
        self.actor_optimizer.build(self.actor.trainable_variables)  # before the first trace: it creates variables
        self.critic_optimizer.build(self.critic.trainable_variables)
        self._learn_block = tf.function(self._updates, jit_compile=xla_works())
        self._learn_weighted_block = tf.function(self._weighted_updates, jit_compile=xla_works())

    def learn(self, batches):
        """Make one update per batch, all in one compiled call, and return what they saw (Learned).

        batches: Batch with leading axes (count, batch), as `ReplayMemory.sample_many` returns. Each new pair of
        count and batch costs one compilation of about a second. Raises ValueError for other shapes, and
        FloatingPointError where the loss or the values are no longer finite.
        """
        return _finite(self._learn_block(*_tensors(batches)))

    def learn_weighted(self, batches):
        """`learn` with importance weights; returns (Learned, |TD error| of each row, float32, (count, batch)).

        batches: PrioritizedBatch, as `PrioritizedReplayMemory.sample_many` returns. The errors are those before the
        update that the row is part of: its new priorities. Schaul et al. 2016, Algorithm 1.
        """
        seen, errors = self._learn_weighted_block(*_tensors(batches[:6]))
        return _finite(seen), errors.numpy()

    def _updates(self, *batches):
        """One update per entry of the leading axis, and the mean of what they saw."""
        count = tf.shape(batches[0])[0]
        total = tf.zeros(len(Learned._fields))
        for i in tf.range(count):
            seen, _ = self._update(*(array[i] for array in batches))
            total += seen
        return total / tf.cast(count, tf.float32)

    def _weighted_updates(self, *batches):
        """`_updates`, and the absolute TD errors of all rows; collecting them would slow `learn` by a tenth."""
        count = tf.shape(batches[0])[0]
        total, all_errors = tf.zeros(len(Learned._fields)), tf.zeros_like(batches[2])
        for i in tf.range(count):
            seen, errors = self._update(*(array[i] for array in batches))
            total, all_errors = total + seen, tf.tensor_scatter_nd_update(all_errors, [[i]], errors[None])
        return total / tf.cast(count, tf.float32), all_errors

    def _update(self, states, actions, rewards, next_states, terminals, weights=1.0):
        """One pass through the inner loop of Algorithm 1; returns the three numbers of Learned, and |TD error|."""
        next_values = self.target_critic([next_states, self.target_actor(next_states)])
        targets = td_target(rewards, terminals, next_values, self.gamma)
        errors = tf.abs(targets - self.critic([states, actions]))
        squared = functools.partial(critic_loss, self.critic, states, actions, targets, weights)
        loss = _descend(self.critic_optimizer, self.critic, squared)
        minus_j = _descend(self.actor_optimizer, self.actor, lambda: actor_loss(self.actor, self.critic, states))
        soft_update(self.target_critic.trainable_variables, self.critic.trainable_variables, self.tau)
        soft_update(self.target_actor.trainable_variables, self.actor.trainable_variables, self.tau)
        return tf.stack([loss, -minus_j, tf.reduce_max(next_values)]), errors

    def policy(self):
        """The actor as it is now, as a NumPy function of one state. Later updates do not change it."""
        return Policy([variable.numpy() for variable in self.actor.trainable_variables], self.low, self.high)

    def _variables(self):
        """Every variable of the agent by a name that tells whose it is."""
        owners = {
            "actor": self.actor, "critic": self.critic,
            "target_actor": self.target_actor, "target_critic": self.target_critic,
            "actor_optimizer": self.actor_optimizer, "critic_optimizer": self.critic_optimizer,
        }  # fmt: skip
        return {f"{name}/{i}": v for name, owner in owners.items() for i, v in enumerate(owner.variables)}

    def state(self):
        """Copies of all four networks and both optimizers, arrays by name."""
        return {name: variable.numpy() for name, variable in self._variables().items()}

    def restore(self, arrays):
        """Become the agent that gave this `state`. Raises ValueError for one of other sizes; nothing changes then."""
        variables = self._variables()
        check_arrays(arrays, {name: (np.dtype(v.dtype), tuple(v.shape)) for name, v in variables.items()})
        for name, variable in variables.items():
            variable.assign(arrays[name])

    def save(self, path):
        """Write all four networks and both optimizers to one .npz file."""
        save_arrays(path, "agent", {}, self.state())

    def load(self, path):
        """Set all networks and optimizers to what `save` wrote; an agent of the same sizes learns on from there.

        A learning rate that is a schedule has one variable less, so it counts as a size too.
        Raises FileNotFoundError, or ValueError for a damaged file or one of other sizes; the agent is unchanged then.
        """
        _, arrays = load_arrays(path, "agent")
        try:
            self.restore(arrays)
        except ValueError as error:
            raise ValueError(
                f"{path} holds an agent of other sizes: {error} Build the agent with the settings it was saved with."
            ) from error


def _tensors(batches):
    """Batches for a compiled call; ValueError unless they have the leading axes (count, batch)."""
    if batches[2].ndim != 2:
        raise ValueError(f"DDPG.learn: rewards have shape {batches[2].shape}, expected (count, batch).")
    return map(tf.convert_to_tensor, batches)


def _finite(seen):
    """The Learned that a block has seen; FloatingPointError where it is no longer finite."""
    learned = Learned(*seen.numpy().tolist())
    if not np.isfinite(learned).all():
        raise FloatingPointError(
            f"DDPG.learn: the block ended with {learned}; the values have diverged. "
            "Scale the rewards down, or lower the critic's learning rate or tau."
        )
    return learned


def _descend(optimizer, model, loss):
    """One optimizer step of `model` down `loss()`; returns the loss before the step."""
    with tf.GradientTape() as tape:
        value = loss()
    variables = model.trainable_variables
    optimizer.apply(tape.gradient(value, variables), variables)
    return value


@functools.cache
def xla_works():
    """Whether this platform compiles graphs with XLA; where it does not, the same graph runs uncompiled."""
    try:
        tf.function(lambda x: x + 1.0, jit_compile=True)(tf.constant(1.0))
    except tf.errors.OpError:
        return False
    return True
