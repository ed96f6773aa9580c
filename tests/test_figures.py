"""The diagrams: the stored pictures are what the code draws, and each of them can be read."""

from importlib import import_module
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from PIL import Image

import figures
from ddpg_tf.replay import ReplayMemory
from figures import DIAGRAMS, replay_ring, soft_update
from figures.style import COLORS, LABEL, SMALL, arrow, box, canvas, save, text

FOLDER = Path(figures.__file__).parent
AIR = 6  # pixels that stay free around every label

# Pictures are compared at a twentieth of their size. Between matplotlib 3.10 and 3.11 edges and the height of sub- and
# superscripts differ, by an RMS of at most 0.42. The smallest label of any diagram, taken away, makes 0.88 or more.
REDUCTION, TOLERANCE = 20, 0.6

every_diagram = pytest.mark.parametrize("name", DIAGRAMS)


def module(name):
    return import_module(f"figures.{name}")


def labels_of(figure):
    return [artist for artist in figure.findobj(PathPatch) if artist.get_gid() == LABEL]


# the stored pictures


def difference(*paths):
    """RMS of the difference of two pictures at reduced size."""
    stored, drawn = (np.asarray(Image.open(path).convert("RGB").reduce(REDUCTION), float) for path in paths)
    return np.sqrt(np.mean((stored - drawn) ** 2))


@every_diagram
def test_the_stored_picture_is_what_the_code_draws_and_nothing_but_pixels(name, tmp_path):
    drawn = tmp_path / f"{name}.png"
    save(module(name).draw(), drawn)
    assert difference(FOLDER / drawn.name, drawn) <= TOLERANCE, "draw it again with `python -m figures`"
    assert drawn.stat().st_size < 120_000
    with Image.open(drawn) as picture:
        assert picture.width == 1600
        assert picture.info == {}  # no date, no version, no resolution


@every_diagram
def test_the_comparison_notices_that_the_smallest_label_is_gone(name, tmp_path):
    figure = module(name).draw()
    min(labels_of(figure), key=lambda label: np.prod(label.get_window_extent().size)).remove()
    save(figure, tmp_path / f"{name}.png")
    assert difference(FOLDER / f"{name}.png", tmp_path / f"{name}.png") > TOLERANCE


def test_every_diagram_is_listed():
    tools, film = {"__init__", "__main__", "style"}, {"landing"}  # the film shows a flight, and is no diagram
    assert {*DIAGRAMS} | film == {path.stem for path in FOLDER.glob("*.py")} - tools
    assert {*DIAGRAMS} | film == {path.stem for path in FOLDER.glob("*.png")}


def test_a_picture_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    def write_half(image, path, **options):
        Path(path).write_bytes(b"half")
        raise OSError("disk full")

    old = tmp_path / "picture.png"
    old.write_bytes(b"old")
    monkeypatch.setattr(Image.Image, "save", write_half)
    with pytest.raises(OSError, match="disk full"):
        save(canvas(8)[0], old)
    assert old.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [old]


# legibility


def faults(figure):
    """What is wrong with the labels: off the picture, over each other, or on a line or an edge."""
    agg, labels = FigureCanvasAgg(figure), labels_of(figure)
    extents = [(label.get_label(), label.get_window_extent().padded(AIR)) for label in labels]
    ground = ground_beneath(labels, agg)
    return (
        [f"{words} is off the picture" for words, extent in extents if not within(extent, figure.bbox)]
        + [f"{one} overlaps {other}" for (one, a), (other, b) in combinations(extents, 2) if a.overlaps(b)]
        + [f"{words} is crossed" for words, extent in extents if not is_flat(ground, extent)]
    )


def ground_beneath(labels, agg):
    """Pixels of the drawing without its labels; row 0 at the bottom, as in the extents."""
    for label in labels:
        label.set_visible(False)
    agg.draw()
    return np.asarray(agg.buffer_rgba())[::-1]


def within(extent, picture):
    return (extent.min >= picture.min).all() and (extent.max <= picture.max).all()


def is_flat(ground, extent):
    """Whether there is one colour only under the extent."""
    (left, bottom), (right, top) = np.floor(extent.min).astype(int), np.ceil(extent.max).astype(int)
    beneath = ground[max(bottom, 0) : max(top, 0), max(left, 0) : max(right, 0)].reshape(-1, 4)
    return len(np.unique(beneath, axis=0)) <= 1


@every_diagram
def test_a_diagram_is_legible_at_the_back_of_the_hall_and_in_the_colours_of_the_series(name):
    figure = module(name).draw()
    labels, colors = labels_of(figure), colors_of(figure)
    assert len(labels) >= 5
    assert min(label.get_path().get_size() for label in labels) >= SMALL
    assert colors <= {to_hex(color) for color in (*COLORS.values(), "white")}
    assert faults(figure) == []


def colors_of(figure):
    """Colours of all that is visible, without their opacity."""
    patches = [patch for patch in figure.findobj(Patch) if patch.get_visible()]
    lines = [line for line in figure.findobj(Line2D) if line.get_visible()]
    colors = [color for patch in patches for color in (patch.get_facecolor(), patch.get_edgecolor())]
    colors += [to_rgba(line.get_color()) for line in lines]
    return {to_hex(color[:3]) for color in colors if color[3] > 0}


@pytest.mark.parametrize("draw, fault", [
    (lambda axes: [text(axes, (4, 4), "one"), text(axes, (4.5, 4), "two")], "one overlaps two"),
    *[(lambda axes, at=at: text(axes, at, "reward"), "reward is off the picture")
      for at in ((0.5, 4), (15.5, 4), (8, 0.1), (8, 7.9))],
    (lambda axes: [text(axes, (8, 4), "reward"), arrow(axes, (8, 2), (8, 6))], "reward is crossed"),
    (lambda axes: box(axes, (8, 4), (3, 2), "environment", COLORS["environment"]), "environment is crossed"),
])  # fmt: skip
def test_a_label_that_cannot_be_read_is_found(draw, fault):
    figure, axes = canvas(8)
    draw(axes)
    assert faults(figure) == [fault]


# what the pictures say


def test_the_half_life_is_that_of_the_soft_update():
    assert (1 - soft_update.TAU) ** soft_update.HALF_LIFE == pytest.approx(0.5)


def test_the_ring_is_that_of_the_replay_memory():
    capacity, stored = replay_ring.CAPACITY, replay_ring.STORED
    memory = ReplayMemory(capacity, state_size=1, action_size=1)
    for step in range(stored):
        memory.add([step], [0.0], 0.0, [step + 1], False)
    steps = memory.transitions.states[:, 0].copy()
    memory.add([stored], [0.0], 0.0, [stored + 1], False)
    np.testing.assert_array_equal(replay_ring.held(), steps)
    assert memory.transitions.states[stored % capacity, 0] == stored  # the slot of the pointer
    assert steps[stored % capacity] == steps.min()  # which held the oldest
