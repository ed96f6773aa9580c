"""Frames and videos of an episode: they show the episode that is played, and nothing is left open."""

from unittest import mock

import imageio_ffmpeg
import numpy as np
import pytest
from gymnasium.envs.box2d import LunarLander

from ddpg_tf.evaluation import evaluate
from ddpg_tf.share.films import play, record_video

LANDER = "LunarLanderContinuous-v3"


def brake(state):
    """Fall, and brake: an episode of about a hundred steps."""
    return np.array([1.0 if state[3] < -0.3 else -1.0, 0.0], np.float32)


@pytest.fixture(scope="module")
def episode():
    return play(brake, LANDER, 5)


def test_a_frame_of_the_start_and_one_of_each_step_of_an_episode_that_drawing_does_not_change(episode):
    assert episode.frames.shape == (episode.length + 1, 400, 600, 3)
    assert episode.frames.dtype == np.uint8
    assert len({frame.tobytes() for frame in episode.frames[40:60]}) == 20  # in sight: earlier it may be above the top
    assert episode.episode_return == evaluate(brake, LANDER, [5]).mean


def test_the_episode_limit_and_the_arguments_of_the_environment_reach_the_film(episode, tmp_path):
    wind = {"enable_wind": True, "wind_power": 20.0, "render_mode": "human"}  # frames are drawn all the same
    assert play(brake, LANDER, 5, episode_limit=7).length == 7
    windy = play(brake, LANDER, 5, env_kwargs=wind).episode_return
    assert windy == record_video(brake, LANDER, 5, tmp_path / "wind.mp4", env_kwargs=wind) != episode.episode_return


def test_the_video_can_be_played_and_shows_the_episode(episode, tmp_path):
    path = tmp_path / "new" / "flight.mp4"
    assert record_video(brake, LANDER, 5, path) == episode.episode_return
    reader = imageio_ffmpeg.read_frames(str(path))
    width, height = next(reader)["size"]
    frames = np.stack([np.frombuffer(frame, np.uint8).reshape(height, width, 3) for frame in reader])
    assert frames.shape[1:] == episode.frames.shape[1:]
    assert abs(len(frames) - len(episode.frames)) <= 1  # moviepy rounds times: it may drop a frame
    for i in range(0, episode.length, 20):
        nearby = episode.frames[max(i - 1, 0) : i + 2].astype(int)
        assert np.abs(nearby - frames[i]).mean(axis=(1, 2, 3)).min() < 0.5  # of 255: compression


@pytest.mark.filterwarnings("error::UserWarning")
def test_a_second_video_replaces_the_first_without_a_warning_and_a_failing_one_does_not(tmp_path):
    path, contents = tmp_path / "flight.mp4", set()
    for seed in (5, 6):
        record_video(brake, LANDER, seed, path, episode_limit=30)
        contents.add(path.read_bytes())
    with pytest.raises(ZeroDivisionError):
        record_video(lambda state: 1 / 0, LANDER, 5, path)
    assert [file.name for file in tmp_path.iterdir()] == ["flight.mp4"]  # nor anything temporary
    assert len(contents) == 2 and path.read_bytes() in contents


@pytest.mark.parametrize("use", [play, lambda *arguments: record_video(*arguments, "nowhere/x.mp4")])
def test_an_environment_that_cannot_be_drawn_says_so(use, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="LinearQuadratic-v0 cannot be drawn: its render_modes are "):
        use(lambda state: state, "ddpg_tf.course.worlds:ddpg_tf/LinearQuadratic-v0", 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("use", [play, lambda *arguments: record_video(*arguments, "x.mp4")])
def test_the_environments_are_closed_even_when_the_policy_fails(use, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with mock.patch.object(LunarLander, "close", autospec=True) as close, pytest.raises(RuntimeError, match="no fuel"):
        use(lambda state: (_ for _ in ()).throw(RuntimeError("no fuel")), LANDER, 0)
    assert len({id(call.args[0]) for call in close.mock_calls}) == 2  # also the one that was asked for its modes
