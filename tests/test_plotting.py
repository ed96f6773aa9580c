"""Pictures against the numbers that went into them."""

import io
from unittest import mock

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402  the backend comes first
import numpy as np  # noqa: E402
import pytest  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from matplotlib.colors import to_hex, to_rgb  # noqa: E402
from PIL import Image  # noqa: E402

from ddpg_tf.evaluation import play  # noqa: E402
from ddpg_tf.course.plotting import COLORS, animation, critic_surface, film_strip, learning_curves  # noqa: E402
from ddpg_tf.lab.statistics import bootstrap_interval, interquartile_mean  # noqa: E402

values = st.floats(-1e6, 1e6, width=32)
LOW, HIGH = np.array([-1.0, -2.0]), np.array([1.0, 2.0])


@pytest.fixture
def ax():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


# Learning curves


def test_learning_curves_draw_every_run_and_their_middle(ax):
    steps, curves = np.arange(0, 50, 10), np.random.default_rng(0).normal(size=(6, 5))
    learning_curves(ax, steps, curves, label="ours")
    *runs, middle = ax.lines
    assert np.array_equal([line.get_ydata() for line in runs], curves)
    assert np.array_equal(middle.get_ydata(), interquartile_mean(curves))
    assert all(np.array_equal(line.get_xdata(), steps) for line in ax.lines)
    assert middle.get_linewidth() > 2 * runs[0].get_linewidth()
    assert [text.get_text() for text in ax.texts] == ["ours"]


def test_learning_curves_shade_the_bootstrap_interval(ax):
    steps, curves = np.arange(5), np.random.default_rng(0).normal(size=(6, 5))
    learning_curves(ax, steps, curves)
    (shade,) = ax.collections
    low, high = bootstrap_interval(curves)
    heights = shade.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (low.min(), high.max())
    assert not ax.texts


def test_a_single_run_is_drawn_without_an_interval(ax):
    learning_curves(ax, [0, 1, 2], [[1.0, 2.0, 3.0]])
    assert [line.get_ydata().tolist() for line in ax.lines] == [[1.0, 2.0, 3.0]] * 2
    assert not ax.collections


# The critic's surface


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


def test_the_critic_is_asked_in_one_batch_of_float32(ax):
    asked = mock.Mock(side_effect=critic)
    critic_surface(ax, asked, [3.0, 0.0], LOW, HIGH, points=11)
    ((states, actions),) = asked.call_args.args
    assert (states.shape, actions.shape) == ((121, 2), (121, 2))
    assert (states.dtype, actions.dtype) == (np.float32, np.float32)


def test_three_actions_are_refused(ax):
    with pytest.raises(ValueError, match="3 actions, expected one or two"):
        critic_surface(ax, critic, [3.0], np.zeros(3), np.ones(3))


# Episodes


@pytest.fixture(scope="module")
def flight():
    """200 frames of a lander that keeps upright and brakes."""

    def brake(s):
        return np.array([5 * (-0.2 - 0.3 * s[1] - s[3]), 10 * s[4] + 10 * s[5]])

    frames = play(brake, "LunarLanderContinuous-v3", 5).frames[:200]
    assert len(frames) == 200
    return frames


def counting_frames(count, height=80, width=120):
    """Grey frames, each lighter than the one before, so that none equals another."""
    return np.array([np.full((height, width, 3), 10 + 10 * i, np.uint8) for i in range(count)])


def decoded(image):
    """Frames of an animated PNG as RGB arrays, and their durations in milliseconds."""
    film = Image.open(io.BytesIO(image.data))
    frames, durations = [], []
    for i in range(getattr(film, "n_frames", 1)):
        film.seek(i)
        frames.append(np.asarray(film.convert("RGB")))
        durations.append(film.info.get("duration"))
    return frames, durations


@pytest.mark.parametrize(("count", "every", "kept"), [
    (9, 2, (0, 2, 4, 6, 8)), (10, 2, (0, 2, 4, 6, 8, 9)), (8, 1, range(8)), (10, 4, (0, 4, 8, 9)),
    (3, 100, (0, 2)), (2, 2, (0, 1)),
])  # fmt: skip
def test_an_animation_keeps_every_nth_frame_and_the_last(count, every, kept):
    shown, durations = decoded(animation(counting_frames(count), every=every))
    assert [frame.mean() for frame in shown] == pytest.approx([10 + 10 * i for i in kept], abs=1)
    assert durations == [20 * every] * (len(kept) - 1) + [1500]


def test_an_animation_runs_for_ever_at_the_speed_that_is_asked_for():
    image = animation(counting_frames(9), every=3, steps_per_second=30)
    assert decoded(image)[1] == [100, 100, 100, 1500]
    assert Image.open(io.BytesIO(image.data)).info["loop"] == 0


def test_an_animation_of_one_frame_is_a_picture():
    (frame,), _ = decoded(animation(counting_frames(1)))
    assert frame.mean() == pytest.approx(10, abs=1)


def test_the_film_of_a_landing_is_small_and_its_last_frame_is_the_last_of_the_flight(flight):
    image = animation(flight, alt="a landing")
    shown, durations = decoded(image)
    assert len(image.data) < 60_000
    assert (image.format, image.alt) == ("png", "a landing")
    assert sum(durations) == 100 * 40 + 1500  # frames that are equal are kept once, for twice as long
    assert shown[-1].shape == (200, 300, 3)
    last = np.asarray(Image.fromarray(flight[-1]).resize((300, 200))).astype(int)
    assert np.abs(shown[-1] - last).mean() < 4  # of 255: sixteen colours
    colors = np.concatenate(shown).astype(int) @ (1, 256, 256**2)
    assert len(np.unique(colors)) <= 16


def test_a_film_strip_shows_the_first_and_the_last_frame_and_says_which(ax):
    frames = counting_frames(21)
    film_strip(ax, frames, count=5)
    strip = ax.images[0].get_array()
    assert strip.shape == (80, 5 * 120 + 4 * 3, 3)
    assert [strip[0, i * 123, 0] for i in range(5)] == [frames[i, 0, 0, 0] for i in (0, 5, 10, 15, 20)]
    assert [text.get_text() for text in ax.texts] == [f"step {i}" for i in (0, 5, 10, 15, 20)]


def test_a_film_strip_of_few_frames_repeats_some(ax):
    film_strip(ax, counting_frames(2), count=4)
    assert [text.get_text() for text in ax.texts] == ["step 0", "step 0", "step 1", "step 1"]


# House style


def test_the_style_sheet_loads_without_a_warning(recwarn):
    with plt.style.context("ddpg_tf.course.ddpg", after_reset=True):
        assert plt.rcParams["axes.spines.top"] is False
        cycle = plt.rcParams["axes.prop_cycle"].by_key()["color"]
        figure, axes = plt.subplots()
        axes.plot([0, 1], [0, 1])
        axes.set(title="$\\gamma$", xlabel="step $t$")
        figure.canvas.draw()
        plt.close(figure)
    assert not [str(warning.message) for warning in recwarn if "ddpg" in str(warning.filename)]
    assert to_hex(cycle[0]) == COLORS["actor"].lower()
    assert {to_hex(color) for color in cycle} <= {color.lower() for color in COLORS.values()}


def test_the_colors_of_the_roles_differ():
    rgb = np.array([to_rgb(color) for color in COLORS.values()])
    distances = np.abs(rgb[:, None] - rgb[None]).sum(axis=2) + 9 * np.eye(len(rgb))
    assert distances.min() > 0.2
