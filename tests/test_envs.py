"""Environments: what `make_env` refuses and why, the exact answer of LinearQuadratic, and the probes by hand."""

import math
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf.envs import PROBES, LinearQuadratic, make_env

VECTOR = spaces.Box(-1.0, 1.0, (2,), np.float32)
IMAGE = spaces.Box(0, 255, (8, 8, 3), np.uint8)
INF = math.inf


class Shaped(gym.Env):
    """An environment of given spaces that does nothing, and knows whether it was closed."""

    closed = 0

    def __init__(self, states=VECTOR, actions=VECTOR):
        self.observation_space, self.action_space = states, actions

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.zeros(2, np.float32), {}

    def step(self, action):
        return np.zeros(2, np.float32), 0.0, False, False, {}

    def close(self):
        Shaped.closed += 1


@pytest.fixture
def shaped_id():
    """The id of `Shaped`, registered for one test only."""
    env_id = "ddpg_tf_test/Shaped-v0"
    gym.register(env_id, Shaped)
    Shaped.closed = 0
    yield env_id
    del gym.registry[env_id]


# ---- make_env


@pytest.mark.parametrize("env_id", ["LunarLanderContinuous-v3", "Pendulum-v1", "ddpg_tf/LinearQuadratic-v0"])
def test_continuous_environments_are_made(env_id):
    env = make_env(env_id)
    state, _ = env.reset(seed=0)
    assert env.observation_space.contains(state)
    assert env.step(env.action_space.sample())[0].shape == state.shape
    env.close()


def test_options_reach_the_environment():
    env = make_env("ddpg_tf/LinearQuadratic-v0", cost=3.0)
    assert env.unwrapped.cost == 3.0
    assert make_env("Pendulum-v1", render_mode="rgb_array").render_mode == "rgb_array"


@pytest.mark.parametrize("limit, length", [(None, 20), (7, 7), (1, 1), (50, 50)])
def test_episode_limit_truncates_and_does_not_terminate(limit, length):
    env = make_env("ddpg_tf/LinearQuadratic-v0", episode_limit=limit)
    env.reset(seed=0)
    ends = [env.step(np.zeros(1, np.float32))[2:4] for _ in range(length)]
    assert ends == [(False, False)] * (length - 1) + [(False, True)]


@pytest.mark.parametrize("limit", [0, -1, -2])  # gymnasium reads -1 as "no limit"
def test_a_limit_below_one_step_is_refused(limit):
    with pytest.raises(ValueError, match=f"episode_limit is {limit}, expected at least 1"):
        make_env("Pendulum-v1", episode_limit=limit)


@pytest.mark.parametrize("env_id, why", [
    ("NoSuchLander-v3", "doesn't exist"),
    ("ddpg_tf/NoSuchProbe-v0", "doesn't exist"),
    ("LunarLanderContinuous-v2", "Please use `LunarLanderContinuous-v3` instead"),  # what old pages ask for
    ("no/such/id", "Malformed"),
    ("", "Malformed"),
    ("nosuchmodule:Lander-v0", "No module named 'nosuchmodule'"),
])  # fmt: skip
def test_an_unknown_id_is_refused_with_gymnasiums_reason(env_id, why):
    with pytest.raises(ValueError) as refusal:
        make_env(env_id)
    message = str(refusal.value)
    assert message.startswith(f"make_env: {env_id!r} is no environment that gymnasium can make: ")
    assert why in message
    assert refusal.value.__cause__ is not None


@pytest.mark.parametrize("env_id", ["CartPole-v1", "LunarLander-v3", "MountainCar-v0"])
def test_discrete_actions_are_refused(env_id):
    with pytest.raises(ValueError, match=rf"make_env: {env_id}: its actions are Discrete.*continuous form"):
        make_env(env_id)


BAD_SPACES = [
    (dict(actions=spaces.Discrete(4)), "DDPG is for continuous actions"),
    (dict(actions=spaces.MultiDiscrete([3, 3])), "DDPG is for continuous actions"),
    (dict(actions=spaces.Dict(a=VECTOR)), "DDPG is for continuous actions"),
    (dict(actions=spaces.Box(0, 3, (2,), np.int64)), "a vector of floats"),
    (dict(actions=spaces.Box(-1.0, 1.0, (2, 2))), "a vector of floats"),
    (dict(actions=spaces.Box(-1.0, 1.0, ())), "a vector of floats"),
    (dict(actions=spaces.Box(-INF, INF, (2,))), "RescaleAction"),
    (dict(actions=spaces.Box(-1.0, INF, (2,))), "RescaleAction"),
    (dict(actions=spaces.Box(np.float32([-1, -INF]), np.float32([1, 1]))), "RescaleAction"),
    (dict(states=IMAGE), "a convolutional network"),
    (dict(states=spaces.Discrete(16)), "FlattenObservation"),
    (dict(states=spaces.Dict(position=VECTOR)), "FlattenObservation"),
    (dict(states=spaces.Box(-1.0, 1.0, ())), "expected a vector"),
]


@pytest.mark.parametrize("bad, cure", BAD_SPACES)
def test_spaces_that_ddpg_cannot_work_with_are_refused_with_the_cure(bad, cure, shaped_id):
    with pytest.raises(ValueError) as refusal:
        make_env(shaped_id, **bad)
    message = str(refusal.value)
    assert message.startswith(f"make_env: {shaped_id}: its ")
    assert str(*bad.values()) in message and cure in message
    assert Shaped.closed == 1  # a refused environment holds no window


def test_unbounded_states_are_no_reason_to_refuse(shaped_id):
    env = make_env(shaped_id, states=spaces.Box(-INF, INF, (2,), np.float32))
    assert Shaped.closed == 0
    env.close()


# ---- gymnasium's own checks


@pytest.mark.parametrize("name", ["LinearQuadratic", *PROBES])
def test_gymnasiums_checks_pass_without_a_warning(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gym.make(f"ddpg_tf/{name}-v0").unwrapped)


# ---- LinearQuadratic


costs = st.floats(1e-3, 1e3)
discounts = st.floats(0.0, 0.9999)
GRID = np.linspace(-1.0, 1.0, 41)
S, A = np.meshgrid(GRID, GRID, indexing="ij")


def step(cost, s, a):
    """Reward and next state of the equation in the docstring."""
    return -(s**2 + cost * a**2), s / 2 + a / 2


@given(costs, discounts)
def test_value_weight_is_the_positive_root(cost, gamma):
    p = LinearQuadratic(cost).value_weight(gamma)
    assert p >= 1.0  # the first step alone costs s²
    assert p == pytest.approx(1 + gamma * cost * p / (4 * cost + gamma * p), rel=1e-9)


@given(costs, discounts)
def test_exact_q_satisfies_the_bellman_equation(cost, gamma):
    """Q(s, a) = r + gamma Q(s', mu(s')) on a grid, and no action on the grid is worth more than mu(s')."""
    problem = LinearQuadratic(cost)
    reward, s_next = step(cost, S, A)
    best = problem.exact_q(s_next, problem.exact_action(s_next, gamma), gamma)
    np.testing.assert_allclose(problem.exact_q(S, A, gamma), reward + gamma * best, rtol=1e-9, atol=1e-12)
    others = problem.exact_q(s_next[..., None], GRID, gamma)
    assert np.all(others <= best[..., None] + 1e-12 * (1 + cost))


@given(costs, discounts)
def test_exact_action_maximises_exact_q_within_the_bounds(cost, gamma):
    """At mu*(s) the slope of Q in the action is zero (central differences of a parabola are exact)."""
    problem = LinearQuadratic(cost)
    actions = problem.exact_action(GRID, gamma)
    assert np.all(np.abs(actions) <= np.abs(GRID))
    up, down = (problem.exact_q(GRID, actions + h, gamma) for h in (0.5, -0.5))
    np.testing.assert_allclose(up, down, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        problem.exact_q(GRID, actions, gamma), -problem.value_weight(gamma) * GRID**2, rtol=1e-9, atol=1e-12
    )


def test_without_a_future_the_best_action_is_none():
    problem = LinearQuadratic(cost=0.1)
    assert problem.value_weight(0.0) == pytest.approx(1.0, abs=1e-15)
    assert np.all(problem.exact_action(GRID, 0.0) == 0)
    np.testing.assert_array_equal(problem.exact_q(S, A, 0.0), -(S**2 + 0.1 * A**2))


@pytest.mark.parametrize("cost", [0.01, 0.1, 5.0])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 0.99])
@pytest.mark.parametrize("seed", range(3))
def test_a_rollout_of_the_exact_action_earns_the_exact_value(cost, gamma, seed):
    """V*(s) = -p s² from the environment itself; it steps in float32, and after 60 steps s is below 1e-18."""
    problem = LinearQuadratic(cost)
    start, _ = problem.reset(seed=seed)
    s, value = start, 0.0
    for t in range(60):
        s, reward, terminated, truncated, _ = problem.step(problem.exact_action(s, gamma))
        value += gamma**t * reward
        assert not terminated and not truncated
    assert value == pytest.approx(-problem.value_weight(gamma) * start[0] ** 2, rel=1e-5)


@given(st.floats(-1, 1), st.floats(-1, 1), costs)
def test_the_first_reward_and_state_are_those_of_the_equation(s, a, cost):
    problem = LinearQuadratic(cost)
    problem.reset(seed=0)
    problem._s = np.array([s], np.float32)
    state, reward, *_ = problem.step(np.array([a], np.float32))
    expected_reward, expected_state = step(cost, np.float32(s), np.float32(a))
    assert reward == pytest.approx(expected_reward, rel=1e-5, abs=1e-9)
    np.testing.assert_allclose(state, [expected_state], rtol=1e-6, atol=1e-7)
    assert state.dtype == np.float32 and isinstance(reward, float)


def test_actions_beyond_the_bounds_are_clipped():
    problem = LinearQuadratic()
    seen = []
    for action in (50.0, 1.0):
        problem.reset(seed=0)
        seen.append(problem.step(np.array([action], np.float32)))
    assert seen[0] == seen[1]


def test_states_that_were_given_out_do_not_change():
    problem = LinearQuadratic()
    start, _ = problem.reset(seed=0)
    kept = start.copy()
    second, *_ = problem.step(np.ones(1, np.float32))
    assert np.array_equal(start, kept) and not np.shares_memory(start, second)


def test_starts_are_uniform_and_belong_to_the_seed():
    problem = LinearQuadratic()
    problem.reset(seed=0)
    starts = np.array([problem.reset()[0][0] for _ in range(4000)])
    assert abs(starts.mean()) < 4 * math.sqrt(1 / 3 / 4000)
    assert starts.min() < -0.99 and starts.max() > 0.99
    assert problem.reset(seed=3)[0] == problem.reset(seed=3)[0] != problem.reset(seed=4)[0]


# ---- probes


def episode(name, state, actions):
    """Observations, rewards and ends of an episode that starts in `state` (-1 or 1)."""
    env = gym.make(f"ddpg_tf/{name}-v0")
    seed = next(seed for seed in range(100) if env.reset(seed=seed)[0][0] == state)
    observations, rewards, ends = [env.reset(seed=seed)[0].tolist()], [], []
    for action in actions:
        observation, reward, *end, _ = env.step(np.array([action], np.float32))
        observations.append(observation.tolist())
        rewards.append(reward)
        ends.append(tuple(end))
    return observations, rewards, ends


@pytest.mark.parametrize("state", [-1.0, 1.0])
@pytest.mark.parametrize("action", [-1.0, 0.0, 0.5, 1.0])
@pytest.mark.parametrize("name, reward", [
    ("ConstantReward", lambda s, a: 1.0),
    ("RewardFromState", lambda s, a: s),
    ("RewardFromAction", lambda s, a: -((a - 0.5) ** 2)),
    ("RewardFromBoth", lambda s, a: -((a - 0.5 * s) ** 2)),
])  # fmt: skip
def test_probes_of_one_step(name, reward, state, action):
    observations, rewards, ends = episode(name, state, [action])
    assert observations == [[state, 0.0], [state, 1.0]]
    assert rewards == [pytest.approx(reward(state, action))]
    assert ends == [(True, False)]


@pytest.mark.parametrize("state", [-1.0, 1.0])
def test_the_delayed_probe_pays_in_its_second_and_last_step(state):
    observations, rewards, ends = episode("DelayedReward", state, [0.3, -0.8])
    assert observations == [[state, 0.0], [state, 0.5], [state, 1.0]]
    assert rewards == [0.0, 1.0]
    assert ends == [(False, False), (True, False)]


def test_the_documented_probes_are_all_that_there_are():
    assert {name: length for name, (_, length, _) in PROBES.items()} == {
        "ConstantReward": 1, "RewardFromState": 1, "DelayedReward": 2, "RewardFromAction": 1, "RewardFromBoth": 1,
    }  # fmt: skip
    assert all(broken for *_, broken in PROBES.values())


@pytest.mark.parametrize("name", PROBES)
def test_probes_pass_make_env_and_draw_both_states(name):
    env = make_env(f"ddpg_tf/{name}-v0")
    env.reset(seed=0)
    states = [env.reset()[0][0] for _ in range(400)]
    assert set(states) == {-1.0, 1.0}
    assert abs(np.mean(states)) < 4 / math.sqrt(400)
