"""Backup diagrams of V and Q under the best policy, both in full: the order of mean and maximum makes the difference.

In V's backup the maximum stands outside the mean over s', so no single transition is a fair sample of it. In
Q's the maximum stands inside: a transition that was seen is a fair sample of the mean. For notebook 09.
"""

import numpy as np
from matplotlib.patches import Arc

from figures.style import COLORS, INK, LINE, SMALL, canvas, heading, house_style, line, node, text

STATE, ACTION = COLORS["environment"], COLORS["actor"]


@house_style
def draw():
    """Two full trees; what is known at the leaves is backed up to the root."""
    figure, axes = canvas(height=10)
    heading(axes, (4, 9.1), "max of means", "$V$ needs every $s'$ and $P$")
    heading(axes, (12, 9.1), "mean of maxima", "$Q$ can use the one $s'$ seen")
    _state_values(axes, 4)
    _action_values(axes, 12)
    return figure


def _state_values(axes, x):
    """s, then a maximum over a, then for each a mean over s'."""
    _tree(axes, x, STATE, ACTION, "$a$", "$s'$")
    node(axes, (x, 6.6), "$s$", STATE)
    _maximum(axes, (x, 6.6), 1.8 / 2.2)
    for at, words in (((-1.6, 6.6), "$V(s)$"), ((1.75, 5.75), "max"), ((0, 3.6), "mean, $P$")):
        text(axes, (x + at[0], at[1]), words)
    text(axes, (x, 0.75), r"$r + \gamma\,V(s')$")


def _action_values(axes, x):
    """(s, a), then a mean over s', then for each s' a maximum over a'."""
    states = _tree(axes, x, ACTION, STATE, "$s'$", "$a'$")
    node(axes, (x, 6.6), r"$s,\!a$", ACTION, filled=True, letters=SMALL)
    for state in states:
        _maximum(axes, (state, 4.4), 0.9 / 2.5)
    for at, words in (((-1.9, 6.6), "$Q(s, a)$"), ((2.45, 5.8), "mean, $P$"), ((0, 3.4), "max")):
        text(axes, (x + at[0], at[1]), words)
    text(axes, (x, 0.75), r"$r + \gamma\,Q(s', a')$")


def _tree(axes, x, root, middle, inner, leaf):
    """Two branches, and two below each; lines out of an action are the world's. Returns the places of the two."""
    columns = (x - 1.8, x + 1.8)
    for column in columns:
        line(axes, (x, 6.6), (column, 4.4), color=STATE if root == ACTION else INK)
        for end in (column - 0.9, column + 0.9):
            line(axes, (column, 4.4), (end, 1.9), color=STATE if middle == ACTION else INK)
            node(axes, (end, 1.9), leaf, root, filled=root == ACTION)
        node(axes, (column, 4.4), inner, middle, filled=middle == ACTION)
    return columns


def _maximum(axes, at, slope):
    """Sutton and Barto's arc across the branches of which the best is taken; slope: of the outer branch."""
    half = np.degrees(np.arctan(slope))
    axes.add_patch(Arc(at, 2.8, 2.8, angle=270, theta1=-half, theta2=half, color=INK, linewidth=LINE))
