"""The agent: a whole update against the equations in NumPy, a world solved exactly, own networks, states, refusals."""

from collections import namedtuple
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import ddpg_tf.course.worlds  # noqa: F401  registers the world whose answer is known
from ddpg_tf.agent import DDPG
from ddpg_tf.config import PENDULUM
from ddpg_tf.networks import build_actor, build_critic, initialize
from ddpg_tf.policy import Policy
from ddpg_tf.replay import Batch
from ddpg_tf.training import Run, train
from tests.builders import assert_same_bits, batches_of, shaken
from tests.lab.builders import TINY

LOW, HIGH, HIDDEN = [-2.0, 0.0], [1.0, 0.5], (8, 6)
GAMMA, TAU, L2, ACTOR_RATE, CRITIC_RATE = 0.9, 0.2, 0.01, 1e-3, 2e-3
NETWORKS = ("actor", "critic", "target_actor", "target_critic")


def make_agent(seed=0, hidden=HIDDEN, state_size=3, **changes):
    networks = build_actor(state_size, LOW, HIGH, hidden, seed), build_critic(state_size, 2, hidden, L2, seed + 1)
    rates = {"actor_learning_rate": ACTOR_RATE, "critic_learning_rate": CRITIC_RATE}
    return DDPG(*networks, LOW, HIGH, **({"gamma": GAMMA, "tau": TAU} | rates | changes))


def batches(count, seed=0):
    return batches_of(count, 5, LOW, HIGH, seed=seed)


Weighted = namedtuple("Weighted", [*Batch._fields, "weights"])  # batches as a prioritized memory draws them


class Reference:
    """Algorithm 1's inner loop in float64 NumPy, written from the equations: no TensorFlow, no package code."""

    def __init__(self, agent):
        self.weights = {name: [np.float64(v) for v in getattr(agent, name).trainable_variables] for name in NETWORKS}
        self.moments = {name: [[0 * w, 0 * w] for w in self.weights[name]] for name in ("actor", "critic")}
        self.middle, self.half = np.add(HIGH, LOW) / 2.0, np.subtract(HIGH, LOW) / 2.0
        self.steps = 0

    def mu(self, name, s):
        w1, b1, w2, b2, w3, b3 = self.weights[name]
        h1 = np.maximum(s @ w1 + b1, 0)
        h2 = np.maximum(h1 @ w2 + b2, 0)
        t = np.tanh(h2 @ w3 + b3)
        return self.middle + self.half * t, (h1, h2, t)

    def q(self, name, s, a):
        v1, c1, v2, c2, v3, c3 = self.weights[name]
        g1 = np.maximum(s @ v1 + c1, 0)
        x = np.concatenate([g1, a], 1)
        g2 = np.maximum(x @ v2 + c2, 0)
        return (g2 @ v3 + c3)[:, 0], (g1, x, g2)

    def critic_gradient(self, batch, y):
        """Of mean w (y - Q)² + l2 sum of the squared kernels; also that loss, the TD errors and the values."""
        values, (g1, x, g2) = self.q("critic", batch.states, batch.actions)
        v1, _, v2, _, v3, _ = self.weights["critic"]
        d3 = (2 * batch.weights * (values - y) / len(y))[:, None]
        d2 = (d3 @ v3.T) * (g2 > 0)
        d1 = (d2 @ v2.T)[:, : g1.shape[1]] * (g1 > 0)
        plain = [batch.states.T @ d1, d1.sum(0), x.T @ d2, d2.sum(0), g2.T @ d3, d3.sum(0)]
        gradient = [g + (2 * L2 * w if w.ndim == 2 else 0) for g, w in zip(plain, self.weights["critic"])]
        loss = np.mean(batch.weights * (values - y) ** 2) + L2 * sum(np.sum(kernel**2) for kernel in (v1, v2, v3))
        return gradient, loss, y - values, values

    def actor_gradient(self, s):
        """Of -mean Q(s, mu(s)), back through the critic to the action and through the actor to the weights."""
        a, (h1, h2, t) = self.mu("actor", s)
        values, (g1, _, g2) = self.q("critic", s, a)
        _, _, v2, _, v3, _ = self.weights["critic"]
        _, _, w2, _, w3, _ = self.weights["actor"]
        dq_da = ((g2 > 0) * v3[:, 0]) @ v2[g1.shape[1] :].T
        d3 = -dq_da / len(s) * self.half * (1 - t**2)
        d2 = (d3 @ w3.T) * (h2 > 0)
        d1 = (d2 @ w2.T) * (h1 > 0)
        return [s.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ d3, d3.sum(0)], values.mean()

    def adam(self, name, gradients, rate):
        """Kingma and Ba 2015, in the form with epsilon outside the correction, as Keras has it."""
        corrected = rate * np.sqrt(1 - 0.999**self.steps) / (1 - 0.9**self.steps)
        for w, m, g in zip(self.weights[name], self.moments[name], gradients):
            m[0] = 0.9 * m[0] + 0.1 * g
            m[1] = 0.999 * m[1] + 0.001 * g**2
            w -= corrected * m[0] / (np.sqrt(m[1]) + 1e-7)

    def update(self, batch):
        """Target, critic, actor, soft updates; returns (loss with L2, mean Q, max Q) and the TD errors."""
        self.steps += 1
        next_actions, _ = self.mu("target_actor", batch.next_states)
        next_values, _ = self.q("target_critic", batch.next_states, next_actions)
        y = batch.rewards + GAMMA * (1 - batch.terminated) * next_values
        gradients, loss, td_errors, values = self.critic_gradient(batch, y)
        self.adam("critic", gradients, CRITIC_RATE)
        gradients, mean_q = self.actor_gradient(batch.states)  # through the critic that has just moved
        self.adam("actor", gradients, ACTOR_RATE)
        for name in ("critic", "actor"):
            for target, w in zip(self.weights[f"target_{name}"], self.weights[name]):
                target += TAU * (w - target)
        return (loss, mean_q, values.max()), td_errors


def test_updates_equal_the_equations_in_numpy():
    agent = make_agent()
    shaken(*(getattr(agent, name) for name in NETWORKS))
    reference, plain = Reference(agent), batches(4)
    weighted = Weighted(*(array[1:] for array in plain), np.linspace(0, 2, 15, dtype=np.float32).reshape(3, 5))
    for given in (Batch(*(array[:1] for array in plain)), weighted):  # one update, then three in one call
        before = [w.copy() for name in NETWORKS for w in reference.weights[name]]
        metrics, td_errors = agent.learn(given)
        seen = [reference.update(type(given)(*map(np.float64, batch))) for batch in zip(*given)]
        np.testing.assert_allclose(metrics, np.mean([means for means, _ in seen], axis=0), rtol=1e-5)
        np.testing.assert_allclose(td_errors, [errors for _, errors in seen], rtol=1e-4, atol=1e-5)
        assert td_errors.dtype == np.float32
        actual = [v.numpy() for name in NETWORKS for v in getattr(agent, name).trainable_variables]
        expected = [w for name in NETWORKS for w in reference.weights[name]]
        for w_before, w, w_expected in zip(before, actual, expected, strict=True):
            assert np.abs(w_expected - w_before).max() > 1e-4  # what is compared is far above the tolerance
            np.testing.assert_allclose(w, w_expected, atol=1e-5, rtol=0)


@pytest.fixture(scope="module")
def built(uncompiled):
    return make_agent()


@pytest.fixture
def agent(built):
    built.set_state(make_agent().get_state())
    return built


def test_an_agent_with_the_state_of_another_learns_on_with_the_same_bits(agent):
    agent.learn(batches(4))  # the optimizers' moments are no longer zero
    state, copy = agent.get_state(), make_agent(seed=99)
    copy.set_state(state)
    for one in (agent, copy):
        one.learn(batches(4, seed=1))
    assert_same_bits(copy.get_state(), agent.get_state())
    assert any(np.any(value != state[name]) for name, value in agent.get_state().items())  # a state is a copy


@pytest.mark.parametrize("other", [{"hidden": (8, 7)}, {"hidden": (8, 6, 4)}, {"state_size": 4}])
def test_a_state_of_other_networks_is_refused_and_changes_nothing(agent, other):
    before = agent.get_state()
    with pytest.raises(ValueError, match="DDPG.set_state: .* has shape .*, expected .*build the agent with"):
        agent.set_state(make_agent(seed=5, **other).get_state())
    assert_same_bits(agent.get_state(), before)


def test_variables_and_models_of_ones_own_are_in_the_state_whatever_their_names():
    agent = make_agent()
    agent.scale, agent.parts = keras.Variable(2.0), {"a": tf.Variable(1.0), "a_": tf.Variable(3.0)}
    agent.critic_ = build_critic(3, 2, HIDDEN)
    own = {name: part for name, part in agent.get_state().items() if name.startswith(("scale/", "parts.", "critic_/"))}
    assert len(own) == 3 + len(agent.critic_.weights)
    assert {own["scale/0"].item(), own["parts.a/0"].item(), own["parts.a_/0"].item()} == {1.0, 2.0, 3.0}


def value(x):
    return layers.Reshape(())(layers.Dense(1)(x))


def networks_of_ones_own(state_size=3, half=2.0):
    """They share a layer; ELU and layer normalization in the actor, the action in the critic's first layer."""
    states, actions = keras.Input((state_size,)), keras.Input((1,))
    shared = layers.Dense(16, "relu")(states)
    x = layers.Dense(1, "tanh")(layers.LayerNormalization()(layers.Dense(16, "elu")(shared)))
    y = layers.Dense(8, "relu")(layers.Concatenate()([states, shared, actions]))
    return keras.Model(states, layers.Rescaling(half)(x)), keras.Model([states, actions], value(y))


def test_networks_of_ones_own_train_through_a_run_and_act_alike(uncompiled):
    agent = DDPG(*networks_of_ones_own(), [-2.0], [2.0], tau=0.01)
    start = agent.get_state()
    run = Run(TINY, 0, agent=agent)
    list(train(run))
    for name in NETWORKS:
        assert any(np.any(w != start[f"{name}/{i}"]) for i, w in enumerate(getattr(agent, name).get_weights())), name
    assert agent.critic_optimizer.iterations == 4 * 50
    states = run.memory.transitions.states
    actions = run.policy(states)
    assert np.ptp(actions) > 1e-3
    np.testing.assert_allclose(actions, agent.actor(states), atol=1e-5)


REFUSED = [("gamma", 1.1), ("gamma", -0.1), ("gamma", np.nan), ("gamma", "1"), ("tau", 0.0), ("tau", 1.5)]
REFUSED += [(f"{name}_learning_rate", rate) for name in ("actor", "critic") for rate in (-1e-3, 0.0, np.nan, "a")]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_settings_out_of_range_are_refused(name, value):
    with pytest.raises((ValueError, TypeError), match=f"DDPG: .*is .*{value}.*, expected"):
        make_agent(**{name: value})


def misfits():
    """(word of the refusal, actor, critic) of networks that do not fit states of 3 and actions of 2 numbers."""
    states, actions = keras.Input((3,)), keras.Input((2,))
    actor, critic = build_actor(3, LOW, HIGH, (8,)), build_critic(3, 2, (8,))
    normalized = layers.BatchNormalization()(layers.Dense(8)(states))
    column = keras.Model([states, actions], layers.Dense(1)(layers.Concatenate()([states, actions])))
    branched = layers.Dense(2, "tanh")(layers.Concatenate()([states, layers.Dense(4)(states)]))
    repeated = layers.Dense(3, "tanh")
    twice = layers.Dense(2, "tanh")(repeated(repeated(states)))
    outside = layers.Rescaling(10.0, 5.0)(layers.Dense(2, "tanh")(states))
    unbounded = initialize(keras.Model(states, layers.Dense(2)(layers.Dense(8, "relu")(states))), 0)
    penalized = keras.Model(states, layers.Dense(2, "tanh", kernel_regularizer="l2")(states))
    return [
        ("batch_normalization", keras.Model(states, layers.Dense(2, "tanh")(normalized)), critic),
        ("no gradient trains", actor, keras.Model([states, actions], value(layers.Dropout(0.5)(column.output)))),
        (r"the shape of 16 values is \(16, 1\)", actor, column),
        ("do not give 2 actions", build_actor(3, LOW[:1], HIGH[:1], (8,)), build_critic(3, 1, (8,))),
        ("incompatible", actor, build_critic(3, 1, (8,))),
        ("no copy in NumPy", keras.Model(states, branched), critic),
        ("use a plain chain", keras.Model(states, twice), critic),
        ("never leaves the bounds", keras.Model(states, outside), critic),
        ("never leaves the bounds", unbounded, critic),
        ("the actor's losses", penalized, critic),
    ]


@pytest.mark.parametrize(("words", "actor", "critic"), misfits())
def test_networks_that_do_not_fit_are_refused_and_keep_their_weights(words, actor, critic):
    before = actor.get_weights()
    with pytest.raises(ValueError, match=words):
        DDPG(actor, critic, LOW, HIGH)
    assert all(map(np.array_equal, actor.get_weights(), before))


class Misreading(DDPG):
    """Takes its actor's ReLU layers for ELU layers when it acts."""

    def policy(self):
        read = [("elu" if name == "relu" else name, weights) for name, weights in super().policy().layers]
        return Policy(read, self.low, self.high)


class Forgetting(DDPG):
    """Forgets the biases of the second action, whose range is the smaller one."""

    def policy(self):
        *rest, (name, (kernel, bias)), scaling = super().policy().layers
        return Policy([*rest, (name, [kernel, bias * [1, 0]]), scaling], self.low, self.high)


class Following(DDPG):
    """Its policy is the actor itself, so the best one would go on learning."""

    def policy(self):
        return lambda states: self.actor(states).numpy()


@pytest.mark.parametrize("kind", [Misreading, Forgetting, Following])
def test_a_policy_of_ones_own_that_is_no_copy_of_the_actor_is_refused(kind):
    with pytest.raises(ValueError, match=r"policy\(\) is no copy of the actor"):
        kind(build_actor(3, LOW, HIGH, HIDDEN), build_critic(3, 2, HIDDEN), LOW, HIGH)


@pytest.mark.parametrize("name", ["actor", "critic"])
def test_a_network_cannot_be_replaced_by_attribute(agent, name):
    with pytest.raises(AttributeError):
        setattr(agent, name, getattr(make_agent(), name))


ONE = batches(2)
WRONG = {
    "no leading axis": Batch(*(array[0] for array in ONE)),
    "count 0": Batch(*(array[:0] for array in ONE)),
    "batch 0": Batch(*(array[:, :0] for array in ONE)),
    "terminated a column": ONE._replace(terminated=ONE.terminated[..., None]),
    "rewards of one batch": ONE._replace(rewards=ONE.rewards[:1]),
    "states of 4": ONE._replace(states=np.zeros((2, 5, 4), np.float32)),
    "next_states of another batch": ONE._replace(next_states=ONE.next_states[:, :3]),
    "actions of 1": ONE._replace(actions=ONE.actions[..., :1]),
}


@pytest.mark.parametrize("name", WRONG)
def test_batches_of_other_shapes_are_refused_before_the_compiled_code(agent, name):
    with pytest.raises(ValueError, match="^DDPG.learn: the shapes are"):
        agent.learn(WRONG[name])


@pytest.mark.parametrize("name", ["rewards", "states"])
def test_divergence_is_an_error(agent, name):
    one = batches(1)
    with pytest.raises(FloatingPointError, match="DDPG.learn: .*diverged"):
        agent.learn(one._replace(**{name: np.full_like(getattr(one, name), 1e30)}))


def test_the_regulator_reaches_the_exact_values_and_the_exact_policy():
    config = replace(  # all steps but the last 60 are uniformly random: DDPG is off-policy, and they will do
        PENDULUM, env="ddpg_tf/LinearQuadratic-v0", steps=4_060, warmup_steps=4_000, steps_per_call=1, batch_size=64,
        reward_scale=1.0, gamma=0.9, tau=0.05, critic_learning_rate=3e-3, final_learning_rate_share=1.0, finalists=1,
    )  # fmt: skip
    run = Run(config, 0)
    list(train(run))
    agent, exact = run.agent, run.env.unwrapped
    s, a = (x.reshape(-1, 1).astype(np.float32) for x in np.meshgrid(np.linspace(-1, 1, 21), np.linspace(-1, 1, 21)))
    error = agent.critic([s, a]).numpy() - exact.exact_q(s, a, 0.9)[:, 0]
    assert np.sqrt(np.mean(error**2)) < 0.04  # Q* runs from -2.1 to 0: 2 % of that
    best = exact.exact_q(s, exact.exact_action(s, 0.9), 0.9)
    loss, of_idleness = (best - exact.exact_q(s, actions, 0.9) for actions in (agent.policy()(s), 0.0 * s))
    assert loss.mean() < 0.05 * of_idleness.mean()  # of what idleness costs, 95 % is won back
