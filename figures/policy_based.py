"""A policy learned directly: probabilities, a draw, a return, and the gradient it weighs. For notebook 11."""

from figures.style import COLORS, arrow, box, canvas, house_style, node, text

POLICY, WORLD = COLORS["actor"], COLORS["environment"]
X, RIGHT = 4, 13.2  # middles of the network and of the world
TOP = 8.3


@house_style
def draw():
    """Solid arrows carry data, the dashed one the gradient."""
    figure, axes = canvas(height=10)
    _network(axes)
    _world(axes)
    _gradient(axes)
    return figure


def _network(axes):
    """The state, two hidden layers, and a probability for each action."""
    node(axes, (X, 1.1), "$s$", WORLD)
    arrow(axes, (X, 1.65), (X, 2.6))
    box(axes, (X, 3.2), (4, 1.2), "layer 1", POLICY)
    arrow(axes, (X, 3.8), (X, 4.75))
    box(axes, (X, 5.35), (4, 1.2), "layer 2", POLICY)
    for action, shift in enumerate((-2.4, 0, 2.4), start=1):
        arrow(axes, (X + shift / 2, 5.95), (X + shift, TOP - 0.55))
        text(axes, (X + shift, TOP), rf"$\pi(a_{action}|s)$")
    text(axes, (X, TOP + 1), "add up to one")


def _world(axes):
    """One action is drawn; the world answers with a state and a return."""
    arrow(axes, (7.8, TOP), (9.35, TOP), color=POLICY)
    text(axes, (8.5, TOP + 0.6), "draw")
    node(axes, (9.9, TOP), "$a$", POLICY, filled=True)
    arrow(axes, (10.45, TOP), (11.1, TOP), color=POLICY)
    box(axes, (RIGHT, TOP), (4.2, 1.5), "environment", WORLD)
    arrow(axes, (14.6, TOP - 0.75), (14.6, 1.1), (X + 0.55, 1.1), color=WORLD)
    text(axes, (9.6, 1.7), "next $s$")
    arrow(axes, (12.2, TOP - 0.75), (12.2, 5.9), color=WORLD)
    node(axes, (12.2, 5.3), "$R_t$", WORLD, radius=0.6)


def _gradient(axes):
    arrow(axes, (11.6, 5.3), (6, 5.3), color=POLICY, dashed=True)
    text(axes, (8.8, 4.5), r"$R_t\;\nabla_\theta\,\log\,\pi(a|s)$", color=POLICY)
