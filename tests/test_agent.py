"""The agent: a whole update against the equations in NumPy, a world solved exactly, own networks, states, refusals."""

from collections import namedtuple
from dataclasses import replace

import gymnasium as gym
import keras
import numpy as np
import pytest
from keras import layers

import ddpg_tf.course.worlds  # noqa: F401  registers the world whose answer is known
from ddpg_tf.agent import DDPG
from ddpg_tf.config import PENDULUM
from ddpg_tf.networks import build_actor, build_critic
from ddpg_tf.replay import Batch, ReplayMemory
from ddpg_tf.training import Run, train

LOW, HIGH, HIDDEN = [-2.0, 0.0], [1.0, 0.5], (8, 6)
GAMMA, TAU, L2, ACTOR_RATE, CRITIC_RATE = 0.9, 0.2, 0.01, 1e-3, 2e-3
NETWORKS = ("actor", "critic", "target_actor", "target_critic")


def make_agent(seed=0, hidden=HIDDEN, state_size=3, **changes):
    networks = build_actor(state_size, LOW, HIGH, hidden, seed), build_critic(state_size, 2, hidden, L2, seed + 1)
    rates = {"actor_learning_rate": ACTOR_RATE, "critic_learning_rate": CRITIC_RATE}
    return DDPG(*networks, LOW, HIGH, **({"gamma": GAMMA, "tau": TAU} | rates | changes))


def random_batches(count, size=5, seed=0):
    """Batches as `sample_many` returns them, some transitions terminal."""
    rng = np.random.default_rng(seed)
    shapes = {"states": (3,), "actions": (2,), "rewards": (), "next_states": (3,)}
    arrays = {name: rng.normal(size=(count, size, *shape)).astype(np.float32) for name, shape in shapes.items()}
    return Batch(**arrays, terminated=(rng.random((count, size)) < 0.3).astype(np.float32))


Weighted = namedtuple("Weighted", [*Batch._fields, "weights", "indices"])  # as a prioritized memory draws it


def weighted(batches, weights):
    return Weighted(*batches, np.float32(weights), np.zeros(np.shape(weights), np.int64))


def shaken(agent, seed=0):
    """The agent with weights of order one, different in all networks: no part of an update is too small to be seen."""
    rng = np.random.default_rng(seed)
    for name in NETWORKS:
        for variable in getattr(agent, name).trainable_variables:
            variable.assign(rng.normal(size=variable.shape) * variable.shape[0] ** -0.5)
    return agent


def assert_equal_states(left, right, **tolerance):
    assert left.keys() == right.keys()
    for name in left:
        np.testing.assert_allclose(left[name], right[name], **{"atol": 0, "rtol": 0, **tolerance}, err_msg=name)


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
        """Of mean (y - Q)² + l2 sum of the squared kernels; also that loss, the TD errors and the values."""
        values, (g1, x, g2) = self.q("critic", batch.states, batch.actions)
        v1, _, v2, _, v3, _ = self.weights["critic"]
        d3 = (2 * (values - y) / len(y))[:, None]
        d2 = (d3 @ v3.T) * (g2 > 0)
        d1 = (d2 @ v2.T)[:, : g1.shape[1]] * (g1 > 0)
        plain = [batch.states.T @ d1, d1.sum(0), x.T @ d2, d2.sum(0), g2.T @ d3, d3.sum(0)]
        gradient = [g + (2 * L2 * w if w.ndim == 2 else 0) for g, w in zip(plain, self.weights["critic"])]
        loss = np.mean((values - y) ** 2) + L2 * sum(np.sum(kernel**2) for kernel in (v1, v2, v3))
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
    agent = shaken(make_agent())
    reference, batches = Reference(agent), random_batches(4)
    for part in (slice(0, 1), slice(1, 4)):  # one update, then three in one call
        before = [w.copy() for name in NETWORKS for w in reference.weights[name]]
        metrics, td_errors = agent.learn(Batch(*(array[part] for array in batches)))
        seen = [reference.update(Batch(*(np.float64(array[i]) for array in batches))) for i in range(4)[part]]
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
    built.set_state(shaken(make_agent()).get_state())
    return built


def test_the_critic_learns_in_proportion_to_the_weights(agent):
    batches, start = random_batches(1), agent.get_state()
    agent.learn(weighted(batches, [[0.0, 2.0, 0.0, 1.0, 2.0]]))  # 0 leaves out, 2 counts twice
    one = agent.get_state()
    agent.set_state(start)
    agent.learn(Batch(*(array[:, [1, 1, 3, 4, 4]] for array in batches)))
    for name, value in agent.get_state().items():
        if "critic" in name:  # the actor goes by the states alone
            np.testing.assert_allclose(value, one[name], atol=1e-5, rtol=1e-4, err_msg=name)


def test_targets_begin_as_copies_of_their_own():
    agent = make_agent()
    for name in ("actor", "critic"):
        online, target = (getattr(agent, who).trainable_variables for who in (name, f"target_{name}"))
        for w, w_target in zip(online, target, strict=True):
            np.testing.assert_array_equal(w_target, w)
            w.assign(w + 1.0)
            assert not np.any(w_target.numpy() == w.numpy())


def test_an_agent_with_the_state_of_another_learns_on_with_the_same_bits(agent):
    agent.learn(random_batches(4))  # the optimizers' moments are no longer zero
    state, copy = agent.get_state(), make_agent(seed=99)
    copy.set_state(state)
    for one in (agent, copy):
        one.learn(random_batches(4, seed=1))
    assert_equal_states(copy.get_state(), agent.get_state())
    assert any(np.any(value != state[name]) for name, value in agent.get_state().items())  # a state is a copy


@pytest.mark.parametrize("other", [{"hidden": (8, 7)}, {"hidden": (8, 6, 4)}, {"state_size": 4}])
def test_a_state_of_other_networks_is_refused_and_changes_nothing(agent, other):
    before = agent.get_state()
    with pytest.raises(ValueError, match="DDPG.set_state: .* has shape .*, expected .*build the agent with"):
        agent.set_state(make_agent(seed=5, **other).get_state())
    assert_equal_states(agent.get_state(), before)


def scaled(x):
    """Pendulum's actions are from -2 to 2."""
    small = keras.initializers.RandomUniform(seed=1)
    return layers.Rescaling(2.0)(layers.Dense(1, "tanh", kernel_initializer=small)(x))


def value(x):
    return layers.Reshape(())(layers.Dense(1)(x))


def action_in_the_first_layer():
    states, actions = keras.Input((3,)), keras.Input((1,))
    x = layers.Dense(16, "relu")(layers.Concatenate()([states, actions]))
    return build_actor(3, [-2.0], [2.0], (8,)), keras.Model([states, actions], value(layers.Dense(8, "relu")(x)))


def elu_and_layer_normalization():
    states = keras.Input((3,))
    x = layers.LayerNormalization()(layers.Dense(16, "elu")(states))
    return keras.Model(states, scaled(layers.Dense(8, "elu")(x))), build_critic(3, 1, (8, 8))


def shared_first_layers():
    states, actions = keras.Input((3,)), keras.Input((1,))
    shared = layers.Dense(16, "relu")(states)
    x = layers.Dense(8, "relu")(layers.Concatenate()([shared, actions]))
    return keras.Model(states, scaled(shared)), keras.Model([states, actions], value(x))


SHORT = replace(
    PENDULUM, steps=460, warmup_steps=200, batch_size=32, steps_per_call=50, updates_per_call=5, episode_limit=50,
    evaluation_every=1_000, evaluation_episodes=1, finalists=1, memory_capacity=1_000,
)  # fmt: skip


@pytest.mark.parametrize("build", [action_in_the_first_layer, elu_and_layer_normalization, shared_first_layers])
def test_own_networks_train_through_a_run_act_alike_and_continue_to_the_same_bits(build, uncompiled):
    agent, copy = (DDPG(*build(), [-2.0], [2.0], tau=0.01) for _ in range(2))
    start = agent.get_state()
    run = Run(SHORT, 0, agent=agent)
    list(train(run))
    for name in ("actor", "critic", "target_actor", "target_critic"):
        assert any(np.any(w != start[f"{name}/{i}"]) for i, w in enumerate(getattr(agent, name).get_weights())), name
    assert agent.critic_optimizer.iterations == 5 * 5
    states = run.memory.transitions.states
    actions = run.policy(states)
    assert np.ptp(actions) > 1e-3
    np.testing.assert_allclose(actions, agent.actor(states), atol=1e-5)
    copy.set_state(agent.get_state())
    batches = run.memory.sample_many(5, 32)
    metrics, copied = (one.learn(batches)[0] for one in (agent, copy))
    assert metrics == copied
    assert_equal_states(copy.get_state(), agent.get_state())


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
    joined = layers.Concatenate()([layers.BatchNormalization()(states), actions])
    column = keras.Model([states, actions], layers.Dense(1)(layers.Concatenate()([states, actions])))
    branched = layers.Dense(2, "tanh")(layers.Concatenate()([states, layers.Dense(4)(states)]))
    repeated = layers.Dense(3, "tanh")
    twice = layers.Dense(2, "tanh")(repeated(repeated(states)))
    outside = layers.Rescaling(10.0, 5.0)(layers.Dense(2, "tanh")(states))
    return [
        ("BatchNormalization", keras.Model(states, layers.Dense(2, "tanh")(normalized)), critic),
        ("BatchNormalization", actor, keras.Model([states, actions], value(joined))),
        ("no gradient trains", actor, keras.Model([states, actions], value(layers.Dropout(0.5)(column.output)))),
        (r"the shape of the values of 16 states is \(16, 1\)", actor, column),
        ("do not give 2 actions", build_actor(3, LOW[:1], HIGH[:1], (8,)), build_critic(3, 1, (8,))),
        ("incompatible", actor, build_critic(3, 1, (8,))),
        ("no copy in NumPy", keras.Model(states, branched), critic),
        ("no plain chain", keras.Model(states, twice), critic),
        ("leaves the bounds", keras.Model(states, outside), critic),
    ]


@pytest.mark.parametrize("index", range(len(misfits())))
def test_networks_that_do_not_fit_are_refused(index):
    words, actor, critic = misfits()[index]
    with pytest.raises(ValueError, match=words):
        DDPG(actor, critic, LOW, HIGH)


@pytest.mark.parametrize("name", ["actor", "critic"])
def test_a_network_cannot_be_replaced_by_attribute(agent, name):
    with pytest.raises(AttributeError):
        setattr(agent, name, getattr(make_agent(), name))


ONE = random_batches(2)
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
    batches = random_batches(1)
    with pytest.raises(FloatingPointError, match="DDPG.learn: .*diverged"):
        agent.learn(batches._replace(**{name: np.full_like(getattr(batches, name), 1e30)}))


def test_the_regulator_reaches_the_exact_values_and_the_exact_policy():
    networks = build_actor(1, [-1.0], [1.0], (64, 64), 0), build_critic(1, 1, (64, 64), seed=1)
    rates = {"actor_learning_rate": 3e-4, "critic_learning_rate": 3e-3}  # the critic the faster, as in the paper
    agent = DDPG(*networks, [-1.0], [1.0], gamma=0.9, tau=0.05, **rates)
    env, memory, rng = gym.make("ddpg_tf/LinearQuadratic-v0"), ReplayMemory(4_000, 1, 1, 0), np.random.default_rng(0)
    state, _ = env.reset(seed=0)
    for action in rng.uniform(-1, 1, (4_000, 1)).astype(np.float32):  # DDPG is off-policy: uniform actions will do
        next_state, reward, terminated, truncated, _ = env.step(action)
        memory.add(state, action, reward, next_state, terminated)
        state = env.reset()[0] if terminated or truncated else next_state
    for _ in range(60):
        agent.learn(memory.sample_many(50, 64))
    s, a = (x.reshape(-1, 1).astype(np.float32) for x in np.meshgrid(np.linspace(-1, 1, 21), np.linspace(-1, 1, 21)))
    exact = env.unwrapped
    error = agent.critic([s, a]).numpy() - exact.exact_q(s, a, 0.9)[:, 0]
    assert np.sqrt(np.mean(error**2)) < 0.04  # Q* runs from -2.1 to 0: 2 % of that
    best = exact.exact_q(s, exact.exact_action(s, 0.9), 0.9)
    loss, of_idleness = (best - exact.exact_q(s, actions, 0.9) for actions in (agent.policy()(s), 0.0 * s))
    assert loss.mean() < 0.05 * of_idleness.mean()  # of what idleness costs, 95 % is won back
