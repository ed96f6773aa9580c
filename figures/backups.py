"""Backup diagrams of V, which needs P(s'|s, a), and of Q, which does not. Used in notebook 00."""

from matplotlib.patches import Arc

from figures.style import COLORS, INK, LARGE, LINE, MEDIUM, arrow, canvas, house_style, node, text

ALT = (
    "Two backup diagrams, open circles for states and filled ones for actions. Left, V(s): from the state two "
    "actions, a maximum over them, and from each action every possible next state, weighted by P(s'|s, a). "
    "Right, Q(s, a): from the action one reward and one next state that was seen, then a maximum over the next "
    "actions; no P is needed."
)

STATE, ACTION = COLORS["environment"], COLORS["actor"]


@house_style
def draw():
    """Two trees, read from the root down; what is known at the leaves is backed up to the root."""
    figure, axes = canvas(height=9.6)
    _value_tree(axes)
    _action_value_tree(axes)
    text(axes, (4, 8.9), "$V$ needs $P(s'|s,a)$", LARGE)
    text(axes, (12, 8.9), "$Q$ needs no $P$", LARGE)
    return figure


def _value_tree(axes):
    """s, then a maximum over a, then a mean over every s'."""
    for x in (2.2, 5.8):
        _edge(axes, (4, 7), (x, 4.6))
        for leaf in (x - 0.95, x + 0.95):
            _edge(axes, (x, 4.6), (leaf, 1.9), STATE)
            node(axes, (leaf, 1.9), "$s'$", STATE)
        node(axes, (x, 4.6), "$a$", ACTION, filled=True)
    node(axes, (4, 7), "$s$", STATE)
    _maximum(axes, (4, 7), 74)
    text(axes, (5.7, 7), "$V(s)$")
    text(axes, (4, 0.7), "every $s'$ there is: $V(s')$")


def _action_value_tree(axes):
    """(s, a), then the one s' that followed, then a maximum over a'."""
    _edge(axes, (12, 7), (12, 4.6), STATE)
    for x in (10.1, 12, 13.9):
        _edge(axes, (12, 4.6), (x, 1.9))
        node(axes, (x, 1.9), "$a'$", ACTION, filled=True)
    node(axes, (12, 7), "$a$", ACTION, filled=True)
    node(axes, (12, 4.6), "$s'$", STATE)
    _maximum(axes, (12, 4.6), 70)
    text(axes, (13.9, 7), "$Q(s,a)$")
    text(axes, (12.5, 5.8), "$r$")
    text(axes, (12, 0.7), "the one $s'$ that was seen")


def _edge(axes, start, end, color=INK):
    arrow(axes, start, end, color=color, head=False)


def _maximum(axes, at, opening):
    """Sutton and Barto's arc over the branches among which the best is taken."""
    arc = Arc(at, 2.9, 2.9, theta1=270 - opening / 2, theta2=270 + opening / 2, color=INK, linewidth=LINE)
    axes.add_patch(arc)
    text(axes, (at[0] + 1.7, at[1] - 0.9), "max")
