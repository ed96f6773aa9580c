"""Advantage actor-critic: one set of layers, two heads, and a number that teaches both. For notebook 11."""

from figures.style import COLORS, INK, SMALL, arrow, box, canvas, house_style, line, node, text

POLICY, VALUE, WORLD = COLORS["actor"], COLORS["critic"], COLORS["environment"]
LEFT, MIDDLE, RIGHT = 3, 8.2, 13.4
HEADS, TOP = 5.2, 8.6  # heights of the rows


@house_style
def draw():
    """Solid arrows carry numbers, dashed ones gradients."""
    figure, axes = canvas(height=10)
    _network(axes)
    _advantage(axes)
    _gradients(axes)
    return figure


def _network(axes):
    node(axes, (5.6, 0.8), "$s$", WORLD)
    arrow(axes, (5.6, 1.35), (5.6, 1.9))
    box(axes, (5.6, 2.5), (7.6, 1.2), "shared layers", INK)
    for x, words, color in ((LEFT, r"$\pi(a|s)$", POLICY), (MIDDLE, "$V(s)$", VALUE)):
        arrow(axes, (x, 3.1), (x, HEADS - 0.7))
        box(axes, (x, HEADS), (3.6, 1.4), words, color)


def _advantage(axes):
    """A = R - V, with the bar of the stop."""
    node(axes, (RIGHT, HEADS), "$R_t$", WORLD, radius=0.65)
    node(axes, (MIDDLE, TOP), "$A$", VALUE, radius=0.65)
    arrow(axes, (MIDDLE, HEADS + 0.7), (MIDDLE, TOP - 0.65), color=VALUE)
    line(axes, (MIDDLE - 0.5, 7), (MIDDLE + 0.5, 7), color=INK)
    text(axes, (MIDDLE + 1.25, 7), "stop", SMALL)
    arrow(axes, (RIGHT, HEADS + 0.65), (RIGHT, TOP), (MIDDLE + 0.65, TOP), color=WORLD)
    text(axes, (11, TOP + 0.65), "$A=R_t-V(s)$")


def _gradients(axes):
    arrow(axes, (MIDDLE - 0.65, TOP), (LEFT, TOP), (LEFT, HEADS + 0.7), color=POLICY, dashed=True)
    text(axes, (5, TOP + 0.65), r"$A\;\nabla\,\log\,\pi(a|s)$", color=POLICY)
    arrow(axes, (RIGHT - 0.65, HEADS), (MIDDLE + 1.8, HEADS), color=VALUE, dashed=True)
    text(axes, (12.3, HEADS - 1.6), r"$\nabla\,(R_t-V(s))^2$", color=VALUE)
