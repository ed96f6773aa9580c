"""The hand of the diagrams: a white canvas, words, boxes, nodes and arrows in the house colours.

One unit is 100 pixels, and every canvas is 16 units wide. No letters are smaller than SMALL, which can
still be read at the back of a lecture hall.
"""

import os

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D, ScaledTranslation
from PIL import Image

from ddpg_tf.course.plotting import COLORS

INK = COLORS["neutral"]
WIDTH, DPI = 16, 200
SMALL, MEDIUM, LARGE = 17, 20, 24  # points
HALF_LETTER, LEADING = 0.33, 1.35  # in font sizes
LINE = 4  # points
DASHES = (0, (2.4, 1.2))
TINT = 0.16  # opacity of a fill: letters in INK stand out on it
LABEL = "label"  # gid of everything that is words
HEAD_LENGTH, HEAD_WIDTH = 0.42, 0.46  # of an arrow, in units

house_style = plt.style.context("ddpg_tf.course.ddpg", after_reset=True)  # decorates every `draw`


def canvas(height):
    """Figure and axes of 16 by `height` units, without frame or ticks, x to the right and y upwards.

    height: a multiple of 0.5, so that the number of pixels comes out whole on every machine.
    """
    figure = Figure(figsize=(WIDTH * 100 / DPI, height * 100 / DPI), dpi=DPI, layout="none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(0, height), xticks=[], yticks=[], frame_on=False)
    return figure, axes


def text(axes, at, words, size=MEDIUM, color=INK, weight="normal"):
    """Words centred at a point. Lines are set on their baselines, so that labels in a row stand level."""
    rows = words.split("\n") if words else []
    for number, row in enumerate(rows):
        drop = size * (HALF_LETTER + LEADING * (number - (len(rows) - 1) / 2))
        letters = TextPath((0, 0), row, size, FontProperties(weight=weight))
        _set(axes, at, drop, letters, facecolor=color, label=row)


def _set(axes, at, drop, letters, **look):
    """Outlines in points: unlike hinted text, they keep shape and place in every version of matplotlib."""
    extent = letters.get_extents()
    place = Affine2D().translate(-(extent.x0 + extent.x1) / 2, -drop).scale(1 / 72)
    place += axes.figure.dpi_scale_trans + ScaledTranslation(*at, axes.transData)
    look |= {"edgecolor": "none", "zorder": 3, "clip_on": False, "gid": LABEL}
    axes.add_artist(PathPatch(letters, transform=place, **look))


def heading(axes, at, words, below=""):
    """Bold words at a point, and a quieter line below them."""
    text(axes, at, words, LARGE, weight="bold")
    text(axes, (at[0], at[1] - 0.85), below)


def box(axes, at, size, words, color, letters=MEDIUM, tint=TINT, dashed=False):
    """Rounded, tinted box centred at a point, with words inside. Dashed: a target network."""
    (x, y), (width, height) = at, size
    corner = (x - width / 2, y - height / 2)
    look = {"facecolor": to_rgba(color, tint), **_outline(color, dashed)}
    axes.add_patch(FancyBboxPatch(corner, width, height, "round,pad=0,rounding_size=0.25", **look))
    text(axes, at, words, letters)


def node(axes, at, words, color, radius=0.55, filled=False, letters=MEDIUM):
    """Circle with a letter inside: open for a state or a value, filled for an action (Sutton and Barto)."""
    face, ink = (color, "white") if filled else ("white", INK)
    axes.add_patch(Circle(at, radius, facecolor=face, edgecolor=color, linewidth=LINE))
    text(axes, at, words, letters, ink)


def arrow(axes, *points, color=INK, bend=0.0, dashed=False):
    """Arrow through the points; two points and a bend make an arc, to the left of the way where bend > 0."""
    points = np.array(_arc(*points, bend) if bend else points, float)
    tip, way = points[-1].copy(), points[-1] - points[-2]
    back = -HEAD_LENGTH * way / np.hypot(*way)
    side = HEAD_WIDTH / HEAD_LENGTH / 2 * np.array([-back[1], back[0]])
    points[-1] = tip + 0.7 * back  # the shaft ends inside the head, without a seam
    line(axes, *points, color=color, curved=bool(bend), dashed=dashed)
    head = [tip, tip + back + side, tip + back - side]
    axes.add_patch(Polygon(head, facecolor=color, edgecolor="none", zorder=0.9))


def line(axes, *points, color=INK, curved=False, dashed=False):
    """Thick line through the points, behind boxes and nodes; curved: start, control point, end of an arc."""
    path = Path(points, [Path.MOVETO, Path.CURVE3, Path.CURVE3] if curved else None)
    axes.add_patch(PathPatch(path, facecolor="none", zorder=0.9, **_outline(color, dashed)))


def _arc(start, end, bend):
    (x0, y0), (x1, y1) = start, end
    return start, ((x0 + x1) / 2 - bend * (y1 - y0), (y0 + y1) / 2 + bend * (x1 - x0)), end


def _outline(color, dashed):
    dashes = {"linestyle": DASHES, "capstyle": "butt"} if dashed else {"capstyle": "butt"}
    return {"edgecolor": color, "linewidth": LINE, **dashes}


def save(figure, path):
    """Write a PNG under a temporary name, then rename it. It holds 256 colours, no date and no version."""
    agg = FigureCanvasAgg(figure)
    agg.draw()
    pixels = Image.fromarray(np.asarray(agg.buffer_rgba())).convert("RGB")
    image = pixels.quantize(256, dither=Image.Dither.NONE)
    temporary = path.with_name(f".{path.name}.part")
    try:
        image.save(temporary, format="PNG", optimize=True)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
