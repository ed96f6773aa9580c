"""The soft update: a target network beside the online one, and how it follows a jump. For notebook 05."""

import math

import numpy as np

from figures.style import COLORS, INK, LARGE, LINE, SMALL, arrow, box, canvas, heading, house_style, text

TAU = 0.005
HALF_LIFE = math.log(0.5) / math.log(1 - TAU)  # updates until half of the way is covered

ONLINE, TARGET = COLORS["critic"], COLORS["target"]


@house_style
def draw():
    """The rule on the left, its effect on the right."""
    figure, axes = canvas(height=8)
    heading(axes, (4, 7.2), "soft update", r"$\theta'\leftarrow\tau\,\theta+(1-\tau)\,\theta'$")
    heading(axes, (12.1, 7.2), "half-life", rf"{HALF_LIFE:.0f} updates for $\tau={TAU}$")
    _networks(axes, 2.4)
    _response(figure.add_axes((0.6, 0.18, 0.36, 0.54)))
    return figure


def _networks(axes, y):
    box(axes, (1.9, y), (2.8, 2), "online\n$\\theta$", ONLINE)
    box(axes, (6.3, y), (2.8, 2), "target\n$\\theta'$", TARGET, dashed=True)
    arrow(axes, (3.3, y), (4.9, y))
    text(axes, (4.05, y + 0.55), r"$\tau$", LARGE)
    arrow(axes, (5.6, y + 1), (5.6, y + 1.9), (7, y + 1.9), (7, y + 1))
    text(axes, (6.3, y + 2.45), r"$1-\tau$", LARGE)


def _response(axes):
    """One weight jumps from 0 to 1; the target's copy is at 1 - (1 - tau)^n after n updates."""
    updates = np.arange(801)
    axes.plot([-160, 0, 0, 800], [0, 0, 1, 1], color=ONLINE, linewidth=LINE)
    axes.plot(updates, 1 - (1 - TAU) ** updates, color=TARGET, linewidth=LINE)
    axes.plot([HALF_LIFE, HALF_LIFE, -160], [0, 0.5, 0.5], color=INK, linestyle=":", linewidth=LINE / 2)
    axes.plot(HALF_LIFE, 0.5, "o", color=INK, markersize=12)
    text(axes, (640, 1.12), r"online $\theta$", SMALL)
    text(axes, (560, 0.74), r"target $\theta'$", SMALL)
    _ticks(axes)


def _ticks(axes):
    axes.set(xlim=(-160, 800), ylim=(0, 1.2), xticks=[0, HALF_LIFE], yticks=[0, 0.5, 1])
    axes.set(xticklabels=[], yticklabels=[])
    axes.grid(False)
    for at, words in (((0, -0.1), "0"), ((HALF_LIFE, -0.1), f"{HALF_LIFE:.0f}"), ((640, -0.1), "updates")):
        text(axes, at, words, SMALL)
    for y, words in ((0, "0"), (0.5, "½"), (1, "1")):
        text(axes, (-230, y), words, SMALL)
