"""The agent: one whole update against the equations in NumPy, worlds solved by hand, files, seeds, refusals."""

import gymnasium as gym
import numpy as np
import pytest

from ddpg_tf.agent import DDPG
from ddpg_tf.lab.prioritized import PrioritizedBatch
from ddpg_tf.replay import Batch, ReplayMemory

SIZES = {"state_size": 3, "low": [-2.0, 0.0], "high": [1.0, 0.5], "hidden": (8, 6)}
SETTINGS = {"gamma": 0.9, "tau": 0.2, "actor_rate": 1e-3, "critic_rate": 2e-3, "critic_l2": 0.01}
NETWORKS = ("actor", "critic", "target_actor", "target_critic")


def make_agent(seed=0, **changes):
    return DDPG(**(SIZES | SETTINGS | {"seed": seed} | changes))


def random_batches(count, size=5, seed=0, state_size=3, action_size=2):
    """Batches as `sample_many` returns them, some transitions terminal."""
    rng = np.random.default_rng(seed)
    shapes = {"states": (state_size,), "actions": (action_size,), "rewards": (), "next_states": (state_size,)}
    arrays = {name: rng.normal(size=(count, size, *shape)).astype(np.float32) for name, shape in shapes.items()}
    return Batch(**arrays, terminals=(rng.random((count, size)) < 0.3).astype(np.float32))


def shake(agent, seed=0):
    """Weights of order one, different in all four networks: no part of an update is too small to be seen."""
    rng = np.random.default_rng(seed)
    for name in NETWORKS:
        for variable in getattr(agent, name).trainable_variables:
            variable.assign(rng.normal(size=variable.shape) * variable.shape[0] ** -0.5)


def state_of(agent):
    """Copies of every variable by name, the optimizers' too."""
    return {name: variable.numpy() for name, variable in agent._variables().items()}


def assert_equal_states(left, right):
    assert left.keys() == right.keys()
    for name in left:
        np.testing.assert_array_equal(left[name], right[name], err_msg=name)


# ---- one whole update, from the equations


class Reference:
    """Algorithm 1's inner loop in float64 NumPy, written from the equations: no TensorFlow, no package code."""

    def __init__(self, agent):
        self.weights = {name: [np.float64(v) for v in getattr(agent, name).trainable_variables] for name in NETWORKS}
        self.moments = {name: [[0 * w, 0 * w] for w in self.weights[name]] for name in ("actor", "critic")}
        self.middle, self.half = (agent.high + agent.low) / 2.0, (agent.high - agent.low) / 2.0
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
        """Of mean (y - Q)² + l2 sum of the squared kernels."""
        values, (g1, x, g2) = self.q("critic", batch.states, batch.actions)
        _, _, v2, _, v3, _ = self.weights["critic"]
        d3 = (2 * (values - y) / len(y))[:, None]
        d2 = (d3 @ v3.T) * (g2 > 0)
        d1 = (d2 @ v2.T)[:, : g1.shape[1]] * (g1 > 0)
        plain = [batch.states.T @ d1, d1.sum(0), x.T @ d2, d2.sum(0), g2.T @ d3, d3.sum(0)]
        decay = [2 * SETTINGS["critic_l2"] * w if w.ndim == 2 else 0 for w in self.weights["critic"]]
        return [g + d for g, d in zip(plain, decay)], np.mean((values - y) ** 2)

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
        """Target, critic, actor, soft updates; returns loss (with L2), mean Q and max Q'."""
        self.steps += 1
        next_actions, _ = self.mu("target_actor", batch.next_states)
        next_values, _ = self.q("target_critic", batch.next_states, next_actions)
        y = batch.rewards + SETTINGS["gamma"] * (1 - batch.terminals) * next_values
        penalty = SETTINGS["critic_l2"] * sum(np.sum(w**2) for w in self.weights["critic"][::2])
        gradients, loss = self.critic_gradient(batch, y)
        self.adam("critic", gradients, SETTINGS["critic_rate"])
        gradients, mean_q = self.actor_gradient(batch.states)  # through the critic that has just moved
        self.adam("actor", gradients, SETTINGS["actor_rate"])
        for name in ("critic", "actor"):
            for target, w in zip(self.weights[f"target_{name}"], self.weights[name]):
                target += SETTINGS["tau"] * (w - target)
        return loss + penalty, mean_q, next_values.max()


@pytest.fixture(scope="module")
def compared():
    """Agent and reference after 0, 1 and 1 + 3 updates: (weights of both, what they saw) at each stage."""
    agent = make_agent()
    shake(agent)
    reference = Reference(agent)
    batches = random_batches(4)
    rows = [Batch(*(np.float64(array[i]) for array in batches)) for i in range(4)]
    stages = [(weights_of(agent), copies(reference.weights), None, None)]
    for block in (slice(0, 1), slice(1, 4)):
        learned = agent.learn(Batch(*(array[block] for array in batches)))
        expected = np.mean([reference.update(row) for row in rows[block]], axis=0)
        stages.append((weights_of(agent), copies(reference.weights), learned, expected))
    return stages


def weights_of(agent):
    return {name: [v.numpy() for v in getattr(agent, name).trainable_variables] for name in NETWORKS}


def copies(weights):
    return {name: [w.copy() for w in arrays] for name, arrays in weights.items()}


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("stage", [1, 2])
def test_updates_equal_the_equations_in_numpy(compared, stage, network):
    (before, *_), (actual, expected, *_) = compared[stage - 1], compared[stage]
    for w_before, w, w_expected in zip(before[network], actual[network], expected[network]):
        moved = np.abs(w_expected - w_before).max()
        assert moved > 1e-4  # what is compared is far above the tolerance
        np.testing.assert_allclose(w, w_expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("stage", [1, 2])
def test_learned_equals_the_equations_in_numpy(compared, stage):
    _, _, learned, expected = compared[stage]
    np.testing.assert_allclose(learned, expected, rtol=1e-5)


# ---- blocks, tracing, and what an update leaves alone


@pytest.fixture(scope="module")
def agent():
    """One agent for the tests that start it anew: compiled once for blocks of one and of four."""
    return make_agent()


@pytest.fixture
def restart(agent, tmp_path):
    """Give the shared agent a known state, as if it were new."""

    def restart(seed=0):
        fresh = make_agent(seed)
        shake(fresh, seed)
        fresh.save(tmp_path / "fresh.npz")
        agent.load(tmp_path / "fresh.npz")
        return agent

    return restart


def test_a_block_equals_its_updates_one_by_one(restart):
    batches = random_batches(4)
    agent = restart()
    in_one_block = agent.learn(batches)
    block = state_of(agent)
    restart()
    learned = [agent.learn(Batch(*(array[i : i + 1] for array in batches))) for i in range(4)]
    np.testing.assert_allclose(in_one_block, np.mean(learned, axis=0), rtol=1e-6)
    for name, value in state_of(agent).items():
        np.testing.assert_allclose(value, block[name], atol=1e-6, rtol=1e-6, err_msg=name)


def test_learning_many_times_traces_once_per_shape(restart):
    agent = restart()
    agent.learn(random_batches(4))
    traces = agent._learn_block.experimental_get_tracing_count()
    for seed in range(10):
        agent.learn(random_batches(4, seed=seed))
    assert agent._learn_block.experimental_get_tracing_count() == traces


def weighted(batches, weights):
    return PrioritizedBatch(*batches, np.float32(weights), np.zeros(weights.shape, np.int64))


def test_weights_of_one_change_nothing(restart):
    batches = random_batches(4)
    agent = restart()
    learned = agent.learn(batches)
    plain = state_of(agent)
    restart()
    with_ones, _ = agent.learn_weighted(weighted(batches, np.ones((4, 5))))
    np.testing.assert_allclose(with_ones, learned, rtol=1e-6)
    for name, value in state_of(agent).items():
        np.testing.assert_allclose(value, plain[name], atol=1e-6, rtol=1e-6, err_msg=name)


def test_errors_are_those_before_each_update(restart):
    batches, agent = random_batches(3), restart()
    _, errors = agent.learn_weighted(weighted(batches, np.full((3, 5), 0.5)))
    restart()
    for i in range(3):
        reference, one = Reference(agent), Batch(*(array[i] for array in batches))
        following, _ = reference.mu("target_actor", one.next_states)
        y = one.rewards + 0.9 * (1 - one.terminals) * reference.q("target_critic", one.next_states, following)[0]
        expected = np.abs(y - reference.q("critic", one.states, one.actions)[0])
        np.testing.assert_allclose(errors[i], expected, rtol=1e-4, atol=1e-5)
        agent.learn_weighted(weighted(Batch(*(array[i : i + 1] for array in batches)), np.full((1, 5), 0.5)))


def test_the_critic_learns_in_proportion_to_the_weights():
    batches, weights = random_batches(1), np.array([[0.0, 2.0, 0.0, 1.0, 2.0]])  # 0 leaves out, 2 counts twice
    doubled = Batch(*(array[:, [1, 1, 3, 4, 4]] for array in batches))
    one, other = make_agent(critic_rate=1e-2), make_agent(critic_rate=1e-2)
    shake(one), shake(other)
    one.learn_weighted(weighted(batches, weights))
    other.learn(doubled)
    for name, value in state_of(one).items():
        if "critic" in name:  # the actor goes by the states alone
            np.testing.assert_allclose(value, state_of(other)[name], atol=1e-5, rtol=1e-4, err_msg=name)


def test_targets_move_by_the_soft_update_only(restart):
    agent = restart()
    before = weights_of(agent)
    agent.learn(random_batches(1))
    after = weights_of(agent)
    for name in ("actor", "critic"):
        for old, online, new in zip(before[f"target_{name}"], after[name], after[f"target_{name}"]):
            np.testing.assert_allclose(new, 0.2 * online + 0.8 * old, atol=1e-6)


@pytest.mark.parametrize(("still", "moving"), [("critic", "actor"), ("actor", "critic")])
def test_an_optimizer_moves_its_own_network_only(still, moving):
    agent = make_agent(**{f"{still}_rate": 0.0})
    before = weights_of(agent)
    agent.learn(random_batches(1))
    after = weights_of(agent)
    for old, new in zip(before[still], after[still]):
        np.testing.assert_array_equal(new, old)
    assert any(np.any(old != new) for old, new in zip(before[moving], after[moving]))


def test_targets_begin_as_copies():
    agent = make_agent()
    weights = weights_of(agent)
    for name in ("actor", "critic"):
        for online, target in zip(weights[name], weights[f"target_{name}"]):
            np.testing.assert_array_equal(target, online)


def test_the_policy_is_a_snapshot_of_the_actor(restart):
    agent = restart()
    states = random_batches(1).states[0]
    policy = agent.policy()
    actions = policy(states)
    np.testing.assert_allclose(actions, agent.actor(states), atol=1e-6)
    agent.learn(random_batches(1))
    np.testing.assert_array_equal(policy(states), actions)
    assert np.abs(agent.policy()(states) - actions).max() > 1e-4


# ---- refusals


@pytest.mark.parametrize("setting", [{"gamma": 1.1}, {"gamma": -0.1}, {"tau": 0.0}, {"tau": 1.5}, {"gamma": np.nan}])
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(ValueError, match=next(iter(setting))):
        make_agent(**setting)


def test_a_batch_without_the_leading_axis_is_refused(agent):
    with pytest.raises(ValueError, match="expected \\(count, batch\\)"):
        agent.learn(Batch(*(array[0] for array in random_batches(1))))


def test_terminals_or_rewards_of_another_shape_are_refused(agent):
    batches = random_batches(1)
    with pytest.raises(ValueError):
        agent.learn(batches._replace(terminals=batches.terminals[..., None]))


@pytest.mark.parametrize("where", ["rewards", "states", "next_states"])
def test_divergence_is_an_error(restart, where):
    agent = restart()
    batches = random_batches(1)
    with pytest.raises(FloatingPointError, match="diverged"):
        agent.learn(batches._replace(**{where: np.full_like(getattr(batches, where), 1e30)}))


# ---- seeds


def test_one_seed_twice_gives_the_same_bits():
    states = []
    for _ in range(2):
        agent = make_agent(seed=7)
        agent.learn(random_batches(4))
        states.append(state_of(agent))
    assert_equal_states(*states)


def test_different_seeds_give_different_weights():
    one, other = weights_of(make_agent(seed=7)), weights_of(make_agent(seed=8))
    for name in NETWORKS:
        for left, right in zip(one[name], other[name]):
            assert np.any(left != right)


def test_layers_of_equal_shape_begin_with_different_weights():
    agent = make_agent(state_size=8, hidden=(8, 8))
    first, second = agent.actor.trainable_variables[0], agent.actor.trainable_variables[2]
    assert np.any(first.numpy() != second.numpy())


# ---- files


def test_a_loaded_agent_learns_on_with_the_same_bits(restart, tmp_path):
    original = restart()
    original.learn(random_batches(4))  # the optimizers' moments are no longer zero
    original.save(tmp_path / "agent.npz")
    copy = make_agent(seed=99)
    copy.load(tmp_path / "agent.npz")
    assert_equal_states(state_of(copy), state_of(original))
    for each in (original, copy):
        each.learn(random_batches(4, seed=1))
    assert_equal_states(state_of(copy), state_of(original))


@pytest.mark.parametrize("other", [{"hidden": (8, 7)}, {"hidden": (8, 6, 4)}, {"state_size": 4}])
def test_a_file_of_other_sizes_is_refused_and_changes_nothing(agent, tmp_path, other):
    make_agent(seed=5, **other).save(tmp_path / "other.npz")
    before = state_of(agent)
    with pytest.raises(ValueError, match="other sizes"):
        agent.load(tmp_path / "other.npz")
    assert_equal_states(state_of(agent), before)


def test_files_that_are_missing_damaged_or_of_another_kind_are_refused(agent, tmp_path):
    agent.policy().save(tmp_path / "policy.npz")
    (tmp_path / "damaged.npz").write_bytes(b"PK no archive")
    before = state_of(agent)
    with pytest.raises(FileNotFoundError, match="missing.npz"):
        agent.load(tmp_path / "missing.npz")
    with pytest.raises(ValueError, match="is a file of kind 'policy', expected 'agent'"):
        agent.load(tmp_path / "policy.npz")
    with pytest.raises(ValueError, match="damaged"):
        agent.load(tmp_path / "damaged.npz")
    assert_equal_states(state_of(agent), before)


# ---- worlds whose answer is known


WORLD = {"low": [-1.0], "high": [1.0], "hidden": (64, 64), "gamma": 0.9, "tau": 0.05, "critic_l2": 0.0}
WORLD |= {"actor_rate": 3e-4, "critic_rate": 3e-3, "seed": 0}  # the critic ten times the faster, as in the paper


def random_steps(env, count, seed=0):
    """A memory of `count` steps with uniform actions: DDPG is off-policy, so one memory teaches every policy."""
    memory = ReplayMemory(count, env.observation_space.shape[0], 1, seed)
    rng = np.random.default_rng(seed)
    state, _ = env.reset(seed=seed)
    for _ in range(count):
        action = rng.uniform(-1, 1, 1).astype(np.float32)
        next_state, reward, terminated, truncated, _ = env.step(action)
        memory.add(state, action, reward, next_state, terminated)
        state = env.reset()[0] if terminated or truncated else next_state
    return memory


def learn_from(agent, memory, blocks=40):
    for _ in range(blocks):
        agent.learn(memory.sample_many(50, 64))


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """The agent after 2,000 updates in a probe; one agent, compiled once, begins each probe from the same weights."""
    agent, start = DDPG(2, **WORLD), tmp_path_factory.mktemp("worlds") / "start.npz"
    agent.save(start)

    def solve(name):
        agent.load(start)
        learn_from(agent, random_steps(gym.make(f"ddpg_tf/{name}-v0"), 2000))
        return agent

    return solve


STARTS = np.array([[-1.0, 0.0], [1.0, 0.0]], np.float32)  # both states of a probe at the first step
HALFWAY = np.array([[-1.0, 0.5], [1.0, 0.5]], np.float32)


def values_at(agent, states, actions=None):
    """Q(s, a), of the actor's own actions unless others are given."""
    actions = agent.policy()(states) if actions is None else np.asarray(actions, np.float32)
    return agent.critic([states, actions]).numpy()


@pytest.mark.parametrize(
    ("name", "states", "values", "tolerance"),
    [  # 0.02: a fifth of what gamma takes off in a step; 0.1: a tenth of what the action decides, or less
        ("ConstantReward", STARTS, [1.0, 1.0], 0.02),
        ("RewardFromState", STARTS, [-1.0, 1.0], 0.02),
        ("DelayedReward", STARTS, [0.9, 0.9], 0.02),  # gamma · 1, from one step on
        ("DelayedReward", HALFWAY, [1.0, 1.0], 0.02),  # and nothing after the end
        ("RewardFromAction", STARTS, [0.0, 0.0], 0.1),
        ("RewardFromBoth", STARTS, [0.0, 0.0], 0.1),
    ],
)
def test_probe_values_are_those_found_by_hand(solved, name, states, values, tolerance):
    np.testing.assert_allclose(values_at(solved(name), states), values, atol=tolerance)


@pytest.mark.parametrize(("name", "actions"), [("RewardFromAction", [0.5, 0.5]), ("RewardFromBoth", [-0.5, 0.5])])
def test_probe_actions_are_those_found_by_hand(solved, name, actions):
    # 0.2 off costs 0.04 of reward; an actor that has not moved is 0.5 off, one at a bound too
    np.testing.assert_allclose(solved(name).policy()(STARTS)[:, 0], actions, atol=0.2)


@pytest.fixture(scope="module")
def regulator():
    """The linear-quadratic problem and the agent after 3,000 updates on 4,000 random steps."""
    env = gym.make("ddpg_tf/LinearQuadratic-v0")
    agent = DDPG(1, **WORLD)
    learn_from(agent, random_steps(env, 4000), blocks=60)
    return env.unwrapped, agent


def test_the_regulator_reaches_the_exact_values(regulator):
    env, agent = regulator
    s, a = (x.reshape(-1, 1).astype(np.float32) for x in np.meshgrid(np.linspace(-1, 1, 21), np.linspace(-1, 1, 21)))
    error = values_at(agent, s, a) - env.exact_q(s, a, 0.9)[:, 0]
    # Q* runs from -2.1 to 0: 2 % of that as a root mean square
    assert np.sqrt(np.mean(error**2)) < 0.04


def test_the_regulator_reaches_the_exact_policy(regulator):
    env, agent = regulator
    s = np.linspace(-1, 1, 21, dtype=np.float32)[:, None]
    loss = env.exact_q(s, env.exact_action(s, 0.9), 0.9) - env.exact_q(s, agent.policy()(s), 0.9)
    start = env.exact_q(s, env.exact_action(s, 0.9), 0.9) - env.exact_q(s, 0.0 * s, 0.9)
    assert loss.mean() < 0.05 * start.mean()  # of what idleness costs, 95 % is won back
