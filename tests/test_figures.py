"""The diagrams: the stored pictures are what the code draws, and every one of them can be read."""

import subprocess
import sys
from importlib import import_module
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.testing.compare import compare_images
from matplotlib.text import Text
from PIL import Image

import figures
from figures import DIAGRAMS, replay_ring, soft_update
from figures.__main__ import main
from figures.style import COLORS, SMALL, box, canvas, line, save, text

FOLDER = Path(figures.__file__).parent
TOLERANCE = 3.0
every_diagram = pytest.mark.parametrize("name", DIAGRAMS)


@pytest.fixture(scope="module")
def redrawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    main(folder)
    return folder


@every_diagram
def test_the_stored_picture_is_what_the_code_draws(name, redrawn):
    assert compare_images(str(FOLDER / f"{name}.png"), str(redrawn / f"{name}.png"), TOLERANCE) is None


@every_diagram
def test_every_label_stands_free(name):
    assert faults(drawn(name)) == []


def drawn(name):
    return import_module(f"figures.{name}").draw()


def faults(figure):
    """What is wrong with the labels: off the picture, over each other, or on a line or an edge."""
    agg = FigureCanvasAgg(figure)
    labels = [label for label in figure.findobj(Text) if label.get_visible() and label.get_text().strip()]
    extents = [(label.get_text(), label.get_window_extent(agg.get_renderer())) for label in labels]
    ground = ground_beneath(labels, agg)
    return (
        [f"{words!r} is off the picture" for words, extent in extents if not within(extent, figure.bbox)]
        + [f"{a!r} overlaps {b!r}" for (a, at), (b, bt) in combinations(extents, 2) if at.overlaps(bt)]
        + [f"{words!r} is crossed" for words, extent in extents if not flat(ground, extent)]
    )


def ground_beneath(labels, agg):
    for label in labels:
        label.set_visible(False)
    agg.draw()
    return np.asarray(agg.buffer_rgba())[::-1]  # row 0 at the bottom, as in the extents


def within(extent, picture):
    return min(extent.min - picture.min) >= 0 and min(picture.max - extent.max) >= 0


def flat(ground, extent):
    (left, bottom), (right, top) = np.floor(extent.min).astype(int), np.ceil(extent.max).astype(int)
    beneath = ground[max(bottom, 0) : top, max(left, 0) : right].reshape(-1, 4)
    return len(np.unique(beneath, axis=0)) <= 1
