"""Worlds whose answer is known: the exact answer of LinearQuadratic, and the probes by hand."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf.course.worlds import PROBES, LinearQuadratic
from ddpg_tf.envs import make_env

costs = st.floats(1e-3, 1e3)
discounts = st.floats(0.0, 0.9999)
GRID = np.linspace(-1.0, 1.0, 41)
S, A = np.meshgrid(GRID, GRID, indexing="ij")


@pytest.mark.parametrize("name", ["LinearQuadratic", *PROBES])
@pytest.mark.filterwarnings("error")
def test_gymnasiums_checks_and_ours_pass_without_a_warning(name):
    check_env(make_env(f"ddpg_tf/{name}-v0").unwrapped)


def step(cost, s, a):
    """Reward and next state of the equation in the docstring."""
    return -(s**2 + cost * a**2), s / 2 + a / 2


@given(costs, discounts)
def test_exact_q_satisfies_the_bellman_equation_and_no_action_is_worth_more_than_the_exact_one(cost, gamma):
    problem = LinearQuadratic(cost)
    reward, s_next = step(cost, S, A)
    actions = problem.exact_action(s_next, gamma)
    best = problem.exact_q(s_next, actions, gamma)
    np.testing.assert_allclose(best, -problem.value_weight(gamma) * s_next**2, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(problem.exact_q(S, A, gamma), reward + gamma * best, rtol=1e-9, atol=1e-12)
    others = problem.exact_q(s_next[..., None], GRID, gamma)
    assert np.all(others <= best[..., None] + 1e-12 * (1 + cost))
    assert np.all(np.abs(actions) <= np.abs(s_next))  # the bounds are never reached


@given(st.floats(-1, 1), costs, st.integers(0, 99))
def test_a_step_is_that_of_the_equation_with_the_action_clipped(a, cost, seed):
    problem = LinearQuadratic(cost)
    s = problem.reset(seed=seed)[0]
    kept = s.copy()
    state, reward, *over, _ = problem.step(np.array([3.0 * a], np.float32))
    expected_reward, expected_state = step(cost, np.float64(s[0]), np.clip(3.0 * a, -1, 1))
    assert reward == pytest.approx(expected_reward, rel=1e-5, abs=1e-9)
    np.testing.assert_allclose(state, [expected_state], rtol=1e-5, atol=1e-6)
    assert np.array_equal(s, kept)  # states that were given out do not change
    assert over == [False, False]


def episode(name, state, actions):
    """What each step of an episode gives that starts in `state` (-1 or 1): observation, reward, ends."""
    env = gym.make(f"ddpg_tf/{name}-v0")
    seed = next(seed for seed in range(100) if env.reset(seed=seed)[0].tolist() == [state, 0.0])
    env.reset(seed=seed)
    steps = [env.step(np.array([action], np.float32)) for action in actions]
    return [(observation.tolist(), reward, *ends) for observation, reward, *ends, _ in steps]


@pytest.mark.parametrize("state", [-1.0, 1.0])
@pytest.mark.parametrize("action", [-1.0, 0.0, 0.5, 1.0])
@pytest.mark.parametrize("name, reward", [
    ("ConstantReward", lambda s, a: 1.0),
    ("RewardFromState", lambda s, a: s),
    ("RewardFromAction", lambda s, a: -((a - 0.5) ** 2)),
    ("RewardFromBoth", lambda s, a: -((a - 0.5 * s) ** 2)),
])  # fmt: skip
def test_probes_of_one_step(name, reward, state, action):
    assert episode(name, state, [action]) == [([state, 1.0], pytest.approx(reward(state, action)), True, False)]


@pytest.mark.parametrize("state", [-1.0, 1.0])
def test_the_delayed_probe_pays_in_its_second_and_last_step(state):
    steps = [([state, 0.5], 0.0, False, False), ([state, 1.0], 1.0, True, False)]
    assert episode("DelayedReward", state, [0.3, -0.8]) == steps
