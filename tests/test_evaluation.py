"""Evaluation: its seeds, its returns against a loop by hand, its statistics, its refusals."""

from unittest import mock

import gymnasium as gym
import numpy as np
import pytest

from ddpg_tf import envs
from ddpg_tf.evaluation import SELECTION_SEEDS, TEST_SEEDS, Evaluation, evaluate

LANDER, PENDULUM = "LunarLanderContinuous-v3", "Pendulum-v1"


def brake(state):
    """Keeps a lander upright and slow; its actions leave the bounds."""
    return np.array([5 * (-0.2 - 0.3 * state[1] - state[3]), 10 * state[4] + 10 * state[5]])


def push(state):
    return np.array([0.5], np.float32)


@pytest.fixture
def made(monkeypatch):
    """The environments that the evaluation makes in a test; their methods keep their calls."""
    environments = []

    def make_env(*args, **options):
        env = envs.make_env(*args, **options)
        env.reset, env.step, env.close = (mock.Mock(side_effect=call) for call in (env.reset, env.step, env.close))
        environments.append(env)
        return env

    monkeypatch.setattr("ddpg_tf.evaluation.make_env", make_env)
    return environments


def test_selection_and_test_seeds_are_a_hundred_each_and_share_none():
    assert len(SELECTION_SEEDS) == len(TEST_SEEDS) == 100
    assert not set(SELECTION_SEEDS) & set(TEST_SEEDS)


def test_the_test_seeds_are_the_default_and_the_environment_is_closed(made):
    assert len(evaluate(push, PENDULUM, episode_limit=1).returns) == 100
    (env,) = made
    assert [call.kwargs["seed"] for call in env.reset.call_args_list] == list(TEST_SEEDS)
    env.close.assert_called_once()


def test_actions_arrive_within_the_bounds(made):
    evaluate(lambda state: [9.0], PENDULUM, [1], episode_limit=1)
    assert made[0].step.call_args.args == (2.0,)


@pytest.mark.parametrize(("env_id", "policy"), [(LANDER, brake), (PENDULUM, push)])
def test_returns_are_those_of_a_loop_by_hand_in_any_order_and_company(env_id, policy):
    env, expected = gym.make(env_id), []
    for seed in (7, 8, 9):
        state, _ = env.reset(seed=seed)
        expected.append(0.0)
        over = False
        while not over:  # neither discounted nor scaled
            action = np.clip(policy(state), env.action_space.low, env.action_space.high)
            state, reward, terminated, truncated, _ = env.step(action)
            expected[-1] += reward
            over = terminated or truncated
    assert np.array_equal(evaluate(policy, env_id, (7, 8, 9)).returns, expected)
    assert np.array_equal(evaluate(policy, env_id, reversed((7, 8, 9))).returns, expected[::-1])
    assert len(set(expected)) == 3 and evaluate(policy, env_id, [8]).mean == expected[1]


def test_mean_std_percentile_and_share_are_those_of_the_returns():
    result = Evaluation(np.arange(101.0))
    assert (result.mean, result.p10, result.share(75.0)) == (50.0, 10.0, 26 / 101)
    assert result.std == pytest.approx(np.sqrt((101**2 - 1) / 12))


def test_no_seeds_are_refused():
    with pytest.raises(ValueError, match="evaluate: the number of seeds is 0, expected at least one"):
        evaluate(push, PENDULUM, [])


def test_a_policy_that_gives_nan_is_refused_and_the_environment_closed(made):
    with pytest.raises(ValueError, match="the policy gives the action .*nan.* in the state"):
        evaluate(lambda state: np.array([np.nan]), PENDULUM, [0])
    made[0].close.assert_called_once()


@pytest.mark.filterwarnings("ignore:.*reward.*")
def test_a_return_that_is_no_number_is_refused_with_its_seed(monkeypatch):
    rewards = lambda policy, env, seed: [1.0, np.nan if seed == 4 else 1.0]  # noqa: E731
    monkeypatch.setattr("ddpg_tf.evaluation.greedy_rewards", rewards)
    with pytest.raises(ValueError, match=f"the return of seed 4 in {PENDULUM} is nan"):
        evaluate(push, PENDULUM, range(6))
