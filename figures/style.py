"""The hand of the diagrams: a white canvas, words, boxes, nodes and arrows in the house colours.

One unit is 100 pixels; every canvas is 16 units wide. Letters are no smaller than `SMALL`, which is still read
at the back of a lecture hall.
"""

import os

import matplotlib.pyplot as plt
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from ddpg_tf.plotting import COLORS

INK = COLORS["neutral"]
WIDTH = 16
DPI = 200
SMALL, MEDIUM, LARGE = 17, 21, 25  # points
LINE = 4  # points
TINT = 0.16  # opacity of a fill; letters in INK stand out on every tint

house_style = plt.style.context("ddpg_tf.ddpg", after_reset=True)  # decorates every `draw`


def canvas(height):
    """Figure and axes of 16 by `height` units, without frame and ticks, x to the right and y upwards."""
    figure = Figure(figsize=(WIDTH * 100 / DPI, height * 100 / DPI), dpi=DPI, layout="none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(0, height))
    axes.set_axis_off()
    return figure, axes


def text(axes, at, words, size=MEDIUM, color=INK, **options):
    """Words centred at a point."""
    options = {"ha": "center", "va": "center", "linespacing": 1.3} | options
    return axes.text(*at, words, size=size, color=color, **options)


def box(axes, at, size, words, color, dashed=False, letters=MEDIUM):
    """Rounded box centred at a point, tinted, with words inside. Dashed: a target network."""
    (x, y), (width, height) = at, size
    corner = (x - width / 2, y - height / 2)
    outline = {"edgecolor": color, "linewidth": LINE, "linestyle": (0, (2.2, 1.1)) if dashed else "-"}
    shape = "round,pad=0,rounding_size=0.25"
    axes.add_patch(FancyBboxPatch(corner, width, height, shape, facecolor=to_rgba(color, TINT), **outline))
    text(axes, at, words, letters)


def node(axes, at, words, color, radius=0.55, filled=False, letters=MEDIUM):
    """Circle with a letter inside: open for a state or a value, filled for an action."""
    face, ink = (color, "white") if filled else ("white", INK)
    axes.add_patch(Circle(at, radius, facecolor=face, edgecolor=color, linewidth=LINE, zorder=2))
    text(axes, at, words, letters, color=ink)


def arrow(axes, *points, color=INK, bend=0.0, head=True, dashed=False):
    """Thick arrow through the points. Two points and a bend make one arc, to the right of the way if bend > 0."""
    path = Path(points) if not bend else Path(_arc(*points, bend), [Path.MOVETO, Path.CURVE3, Path.CURVE3])
    kind = "-|>,head_length=0.5,head_width=0.3" if head else "-"
    outline = {"linewidth": LINE, "linestyle": (0, (2.2, 1.1)) if dashed else "-", "capstyle": "butt"}
    shape = FancyArrowPatch(path=path, arrowstyle=kind, mutation_scale=30, color=color, zorder=1, **outline)
    axes.add_patch(shape)


def _arc(start, end, bend):
    """Start, control point and end of a quadratic arc."""
    (x0, y0), (x1, y1) = start, end
    return [start, ((x0 + x1) / 2 + bend * (y1 - y0), (y0 + y1) / 2 - bend * (x1 - x0)), end]


@plt.style.context("default")
def save(figure, path):
    """Write a PNG whose bytes depend on the drawing alone: under a temporary name, then renamed."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        figure.savefig(temporary, format="png", dpi=DPI, metadata={"Software": None})
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
