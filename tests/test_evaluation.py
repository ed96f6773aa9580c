"""Evaluation: its seeds, its returns against a loop by hand, its refusals, its frames and its videos."""

import gymnasium as gym
import imageio_ffmpeg
import numpy as np
import pygame
import pytest

from ddpg_tf import envs
from ddpg_tf.evaluation import SELECTION_SEEDS, TEST_SEEDS, Evaluation, evaluate, play, record_video
from ddpg_tf.policy import Policy

LANDER, PENDULUM, LINEAR = "LunarLanderContinuous-v3", "Pendulum-v1", "ddpg_tf/LinearQuadratic-v0"


def brake(state):
    """Keeps a lander upright and slow: long enough a flight to tell two loops apart."""
    return np.clip([5 * (-0.2 - 0.3 * state[1] - state[3]), 10 * state[4] + 10 * state[5]], -1, 1)


def push(state):
    return np.array([0.5], np.float32)


class Counting:
    """A policy that counts its calls and keeps the states."""

    def __init__(self, policy):
        self.policy, self.calls, self.states = policy, 0, []

    def __call__(self, state):
        self.calls += 1
        self.states.append(state.copy())
        return self.policy(state)


def linear_policy(state_size, action_size):
    kernel = np.full((state_size, 4), 0.1), np.zeros(4)
    head = np.full((4, action_size), 0.1), np.zeros(action_size)
    return Policy([*kernel, *head], -np.ones(action_size), np.ones(action_size))


@pytest.fixture
def made(monkeypatch):
    """The environments that the package makes in a test, to see whether they were closed."""
    environments = []

    def make_env(*args, **options):
        environments.append(ClosingRecorder(envs.make_env(*args, **options)))
        return environments[-1]

    monkeypatch.setattr("ddpg_tf.evaluation.make_env", make_env)
    return environments


class ClosingRecorder(gym.Wrapper):
    closed = False

    def close(self):
        self.closed = True
        super().close()


# Seeds


def test_selection_and_test_seeds_are_a_hundred_each_and_share_none():
    assert len(SELECTION_SEEDS) == len(TEST_SEEDS) == 100
    assert not set(SELECTION_SEEDS) & set(TEST_SEEDS)


def test_the_test_seeds_are_the_default():
    policy = Counting(push)
    evaluate(policy, LINEAR)
    starts = policy.states[::20]
    env = gym.make(LINEAR)
    assert np.array_equal(starts, [env.reset(seed=seed)[0] for seed in TEST_SEEDS])


@pytest.mark.parametrize(("env_id", "policy"), [(LANDER, brake), (PENDULUM, push), (LINEAR, push)])
def test_equal_seeds_give_equal_returns_in_any_order_and_company(env_id, policy):
    returns = evaluate(policy, env_id, range(5)).returns
    assert np.array_equal(returns, evaluate(policy, env_id, range(5)).returns)
    assert np.array_equal(returns[::-1], evaluate(policy, env_id, reversed(range(5))).returns)
    assert returns[3] == evaluate(policy, env_id, [3]).mean
    assert len(np.unique(returns)) == 5


# Returns


@pytest.mark.parametrize(("env_id", "policy"), [(LANDER, brake), (PENDULUM, push)])
def test_returns_are_those_of_a_loop_by_hand(env_id, policy):
    env, expected = gym.make(env_id), []
    for seed in (7, 8, 9):
        state, _ = env.reset(seed=seed)
        expected.append(0.0)
        over = False
        while not over:
            state, reward, terminated, truncated, _ = env.step(policy(state))
            expected[-1] += reward
            over = terminated or truncated
    assert np.array_equal(evaluate(policy, env_id, (7, 8, 9)).returns, expected)


def test_returns_are_neither_discounted_nor_scaled():
    assert evaluate(push, "ddpg_tf/ConstantReward-v0", range(3)).returns.tolist() == [1.0, 1.0, 1.0]
    assert evaluate(push, "ddpg_tf/DelayedReward-v0", range(3)).returns.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(("env_id", "steps"), [(LINEAR, 20), (PENDULUM, 200), ("ddpg_tf/DelayedReward-v0", 2)])
def test_an_episode_ends_with_the_time_limit_or_a_terminal_state_and_not_before(env_id, steps):
    policy = Counting(push)
    evaluate(policy, env_id, range(3))
    assert policy.calls == 3 * steps


def test_a_generator_of_seeds_is_enough():
    assert len(evaluate(push, LINEAR, (seed for seed in range(4))).returns) == 4


def test_mean_std_percentile_and_share_are_those_of_the_returns():
    result = Evaluation(np.arange(101.0))
    assert (result.mean, result.p10, result.share(75.0)) == (50.0, 10.0, 26 / 101)
    assert result.std == pytest.approx(np.sqrt((101**2 - 1) / 12))
    assert all(type(value) is float for value in (result.mean, result.std, result.p10, result.share(0.0)))


# Refusals


def test_no_seeds_are_refused():
    with pytest.raises(ValueError, match="evaluate: there are no seeds"):
        evaluate(push, LINEAR, [])


@pytest.mark.parametrize("env_id", ["NoSuchEnv-v0", "CartPole-v1"])
@pytest.mark.parametrize("use", [evaluate, lambda policy, env_id: play(policy, env_id, 0)])
def test_an_environment_that_ddpg_cannot_work_with_is_refused(use, env_id):
    with pytest.raises(ValueError, match=f"make_env: .*{env_id}"):
        use(push, env_id)


@pytest.mark.parametrize("sizes", [(3, 2), (8, 1)])
@pytest.mark.parametrize("use", ["evaluate", "play", "record_video"])
def test_a_policy_of_another_size_is_refused_and_the_environment_closed(use, sizes, made, tmp_path):
    calls = {
        "evaluate": lambda policy: evaluate(policy, LANDER),
        "play": lambda policy: play(policy, LANDER, 0),
        "record_video": lambda policy: record_video(policy, LANDER, 0, tmp_path),
    }
    message = f"states of {sizes[0]} and actions of {sizes[1]} numbers.* {LANDER} has 8 and 2"
    with pytest.raises(ValueError, match=message):
        calls[use](linear_policy(*sizes))
    assert [env.closed for env in made] == [True]


def test_a_policy_of_the_right_size_is_flown():
    assert np.isfinite(evaluate(linear_policy(8, 2), LANDER, range(2)).returns).all()


@pytest.mark.parametrize("use", ["evaluate", "play", "record_video"])
def test_the_environment_is_closed_when_the_policy_fails(use, made, tmp_path):
    def broken(state):
        raise RuntimeError("no fuel")

    calls = {
        "evaluate": lambda: evaluate(broken, LANDER),
        "play": lambda: play(broken, LANDER, 0),
        "record_video": lambda: record_video(broken, LANDER, 0, tmp_path),
    }
    with pytest.raises(RuntimeError, match="no fuel"):
        calls[use]()
    assert [env.closed for env in made] == [True]


# Frames


@pytest.fixture(scope="module")
def episode():
    return play(brake, LANDER, 5)


def test_there_is_a_frame_of_the_start_and_one_of_each_step(episode):
    assert episode.frames.shape == (episode.length + 1, 400, 600, 3)
    assert episode.frames.dtype == np.uint8
    in_sight = range(40, 60)  # at first it may rise above the picture
    assert not any(np.array_equal(*episode.frames[i : i + 2]) for i in in_sight)


def test_the_physics_is_the_same_with_and_without_drawing(episode):
    policy = Counting(brake)
    assert episode.episode_return == evaluate(policy, LANDER, [5]).mean
    assert episode.length == policy.calls


def test_drawing_opens_no_window(episode):
    assert not pygame.display.get_init()


# Videos


def decoded(path):
    """Size and frames of a video, decoded by ffmpeg, shape (frames, height, width, 3)."""
    reader = imageio_ffmpeg.read_frames(str(path))
    width, height = next(reader)["size"]
    return np.stack([np.frombuffer(frame, np.uint8).reshape(height, width, 3) for frame in reader])


def test_the_video_can_be_played_and_shows_the_flight(episode, tmp_path):
    path = record_video(brake, LANDER, 5, tmp_path, name="flight")
    assert path == tmp_path / "flight-episode-0.mp4"
    frames = decoded(path)
    assert frames.shape[1:] == episode.frames.shape[1:]
    assert abs(len(frames) - len(episode.frames)) <= 1  # moviepy rounds times: it may drop a frame
    for i in range(0, episode.length, 20):
        nearby = episode.frames[max(i - 1, 0) : i + 2].astype(int)
        assert np.abs(nearby - frames[i]).mean(axis=(1, 2, 3)).min() < 0.5  # of 255: compression


@pytest.mark.filterwarnings("error::UserWarning")
def test_only_the_video_is_written_and_a_second_one_replaces_it_without_a_warning(tmp_path):
    first = record_video(brake, LANDER, 5, tmp_path / "new" / "folder").stat().st_size
    second = record_video(brake, LANDER, 6, tmp_path / "new" / "folder").stat().st_size
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["episode-episode-0.mp4"]
    assert first != second
