"""Backup diagrams of V, which needs P(s'|s, a), and of Q, which does not. For notebook 00.

In V's backup the maximum stands outside the mean over s', so no single transition is a fair sample of it. In
Q's the maximum stands inside: one transition that was seen is enough.
"""

import numpy as np
from matplotlib.patches import Arc

from figures.style import COLORS, INK, LINE, SMALL, canvas, heading, house_style, line, node, text

ALT = (
    "Two backup diagrams, open circles for states and filled ones for actions. Left, V(s): from the "
    "state a maximum over the actions, and from each action every possible next state, weighted by "
    "P(s'|s, a). Right, Q(s, a): from the action one reward and the one next state that came, then a "
    "maximum over the next actions."
)

STATE, ACTION = COLORS["environment"], COLORS["actor"]


@house_style
def draw():
    """Two trees; what is known at the leaves is backed up to the root."""
    figure, axes = canvas(height=10)
    heading(axes, (4, 9.1), "$V$ needs $P(s'|s,a)$", "a mean over every $s'$")
    heading(axes, (12, 9.1), "$Q$ needs no $P$", "the one $s'$ that came")
    _state_values(axes)
    _action_values(axes)
    return figure


def _state_values(axes):
    """s, then a maximum over a, then a mean over s'."""
    _branches(axes, (4, 6.6), (2.2, 5.8), 4.4)
    for x in (2.2, 5.8):
        _branches(axes, (x, 4.4), (x - 0.9, x + 0.9), 1.9, STATE)
        for leaf in (x - 0.9, x + 0.9):
            node(axes, (leaf, 1.9), "$s'$", STATE)
        node(axes, (x, 4.4), "$a$", ACTION, filled=True)
    node(axes, (4, 6.6), "$s$", STATE)
    _maximum(axes, (4, 6.6), 1.8 / 2.2)
    for at, words in (((2.4, 6.6), "$V(s)$"), ((4, 3.4), "$r,\\;P$"), ((4, 0.75), "$V(s')$")):
        text(axes, at, words)


def _action_values(axes):
    """(s, a), then the s' that came, then a maximum over a'."""
    line(axes, (12, 6.6), (12, 4.4), color=STATE)
    _branches(axes, (12, 4.4), (10.2, 12, 13.8), 1.9)
    for x in (10.2, 12, 13.8):
        node(axes, (x, 1.9), "$a'$", ACTION, filled=True)
    node(axes, (12, 4.4), "$s'$", STATE)
    node(axes, (12, 6.6), r"$s,\!a$", ACTION, filled=True, letters=SMALL)
    _maximum(axes, (12, 4.4), 1.8 / 2.5)
    for at, words in (((10.1, 6.6), "$Q(s,a)$"), ((12.4, 5.5), "$r$"), ((12, 0.75), "$Q(s',a')$")):
        text(axes, at, words)


def _branches(axes, root, columns, bottom, color=INK):
    for x in columns:
        line(axes, root, (x, bottom), color=color)


def _maximum(axes, at, slope):
    """Sutton and Barto's arc across the branches of which the best is taken; slope: of the outer branch."""
    half = np.degrees(np.arctan(slope))
    axes.add_patch(Arc(at, 2.8, 2.8, angle=270, theta1=-half, theta2=half, color=INK, linewidth=LINE))
    text(axes, (at[0] + 1.75, at[1] - 0.85), "max")
