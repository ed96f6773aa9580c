"""Noise on its way into the action: the actor's action, plus noise with a memory, clipped. For notebook 02."""

from figures.style import COLORS, LARGE, SMALL, arrow, box, canvas, house_style, node, text

NOISE, NEUTRAL = COLORS["noise"], COLORS["neutral"]


@house_style
def draw():
    """The way of an action on top, the process that makes the noise below."""
    figure, axes = canvas(height=6.5)
    _action(axes, 4.2)
    _process(axes, 1.4)
    return figure


def _action(axes, y):
    box(axes, (1.9, y), (2.6, 1.6), "actor", COLORS["actor"])
    node(axes, (5.7, y), "+", NEUTRAL, letters=LARGE)
    box(axes, (9.0, y), (2.6, 1.6), "clip to\nbounds", NEUTRAL)
    box(axes, (13.6, y), (4.2, 1.6), "environment", COLORS["environment"])
    arrow(axes, (3.2, y), (5.15, y), color=COLORS["actor"])
    text(axes, (4.1, y + 0.5), r"$\mu(s)$")
    arrow(axes, (6.25, y), (7.7, y))
    arrow(axes, (10.3, y), (11.5, y))
    text(axes, (10.8, y + 0.5), "$a$")
    arrow(axes, (13.6, y + 0.8), (13.6, y + 1.6), (1.9, y + 1.6), (1.9, y + 0.8), color=COLORS["environment"])
    text(axes, (7.8, y + 1.98), "next state $s$", SMALL)


def _process(axes, y):
    box(axes, (5.7, y), (2.6, 1.5), "noise $x$", NOISE)
    arrow(axes, (5.7, y + 0.75), (5.7, y + 2.25), color=NOISE)
    arrow(axes, (1.9, y), (4.4, y), color=NOISE)
    text(axes, (3.0, y + 0.5), r"kick $\sigma\, n$", SMALL)
    arrow(axes, (7.0, y - 0.35), (8.6, y - 0.35), (8.6, y + 0.35), (7.0, y + 0.35), color=NOISE)
    text(axes, (11.6, y), r"keeps the share $1-\theta$", SMALL)
