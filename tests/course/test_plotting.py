"""Pictures against the numbers that went into them."""

import io
from unittest import mock

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image, ImageSequence

from ddpg_tf.course.plotting import INK, animation, critic_surface, film_strip, learning_curves
from ddpg_tf.lab.statistics import bootstrap_interval, interquartile_mean

LOW, HIGH = np.array([-1.0, -2.0]), np.array([1.0, 2.0])


@pytest.fixture
def ax():
    plt.switch_backend("Agg")
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


@pytest.mark.parametrize("role", INK)
def test_words_are_legible_on_white(role):
    sent = [c / 12.92 if c < 0.04 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(INK[role])]
    assert 1.05 / (np.dot(sent, (0.2126, 0.7152, 0.0722)) + 0.05) >= 4.5  # the contrast of WCAG 2.1


def test_learning_curves_draw_every_run_and_their_middle(ax):
    steps, curves = np.arange(0, 50, 10), np.random.default_rng(0).normal(size=(6, 5))
    learning_curves(ax, steps, curves, label="ours")
    *runs, middle = ax.lines
    assert np.array_equal([line.get_ydata() for line in runs], curves)
    assert np.array_equal(middle.get_ydata(), interquartile_mean(curves))
    assert middle.get_linewidth() > 2 * runs[0].get_linewidth()
    assert all(np.array_equal(line.get_xdata(), steps) for line in ax.lines)
    assert [text.get_text() for text in ax.texts] == ["ours"]
    heights, (low, high) = ax.collections[0].get_paths()[0].vertices[:, 1], bootstrap_interval(curves)
    assert (heights.min(), heights.max()) == (low.min(), high.max())


def test_a_single_run_is_drawn_without_an_interval(ax):
    learning_curves(ax, [0, 1, 2], [[1.0, 2.0, 3.0]])
    assert [line.get_ydata().tolist() for line in ax.lines] == [[1.0, 2.0, 3.0]] * 2
    assert not ax.collections


def critic(inputs):
    """Q(s, a) = s_0 - a_1² (- 10 a_2): largest at a_1 = 0, and at the lower edge of a_2."""
    states, actions = inputs
    return states[:, 0] - actions[:, 0] ** 2 - 10 * actions[:, 1:].sum(axis=1)


def test_one_action_gives_a_curve(ax):
    critic_surface(ax, critic, [3.0, 0.0], LOW[:1], HIGH[:1])
    (line,) = ax.lines
    actions, drawn = line.get_data()
    assert (actions[0], actions[-1], len(actions)) == (-1.0, 1.0, 61)
    assert drawn == pytest.approx(3.0 - actions**2, abs=1e-6)


def test_two_actions_give_contours_with_the_first_to_the_right_and_the_second_upwards(ax):
    with mock.patch.object(ax, "contour", wraps=ax.contour) as contour:
        critic_surface(ax, critic, [3.0, 0.0], LOW, HIGH, points=41)
    x, y, drawn, _ = contour.call_args.args
    assert (x[0], x[-1], y[0], y[-1]) == (-1.0, 1.0, -2.0, 2.0)
    assert drawn == pytest.approx(3.0 - x[None, :] ** 2 - 10 * y[:, None], abs=1e-5)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("action $a_1$", "action $a_2$")


def counting_frames(count, height=80, width=120):
    """Grey frames, each lighter than the one before, so that none equals another."""
    return np.array([np.full((height, width, 3), 10 + 10 * i, np.uint8) for i in range(count)])


@pytest.mark.parametrize(("count", "every", "kept"), [
    (9, 2, (0, 2, 4, 6, 8)), (10, 2, (0, 2, 4, 6, 8, 9)), (8, 1, range(8)), (3, 100, (0, 2)),
])  # fmt: skip
def test_an_animation_keeps_every_nth_frame_and_the_last(count, every, kept):
    film = Image.open(io.BytesIO(animation(counting_frames(count), every=every).data))
    shown = [(frame.info["duration"], frame.convert("L").getpixel((0, 0))) for frame in ImageSequence.Iterator(film)]
    durations, greys = zip(*shown)
    assert greys == pytest.approx([10 + 10 * i for i in kept], abs=1)
    assert durations == (20 * every,) * (len(kept) - 1) + (1500,)


def test_a_film_strip_shows_the_first_and_the_last_frame_and_says_which(ax):
    frames = counting_frames(21)
    film_strip(ax, frames, count=5)
    strip = ax.images[0].get_array()
    assert strip.shape == (80, 5 * 120 + 4 * 3, 3)
    assert [strip[0, i * 123, 0] for i in range(5)] == [frames[i, 0, 0, 0] for i in (0, 5, 10, 15, 20)]
    assert [text.get_text() for text in ax.texts] == [f"step {i}" for i in (0, 5, 10, 15, 20)]
