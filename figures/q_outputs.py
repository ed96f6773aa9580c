"""Two shapes of Q: all values in one pass (DQN), or the value of one given action (DDPG). Used in notebook 03."""

from figures.style import COLORS, LARGE, MEDIUM, arrow, box, canvas, house_style, node, text

ALT = (
    "Two networks, read from the bottom up. Left, DQN: the state s goes in, and one value per action, Q(s, a1), "
    "Q(s, a2), Q(s, a3), comes out. Right, DDPG: the state s goes in, the action a enters at the second layer, "
    "and one value, Q(s, a), comes out."
)

CRITIC, STATE, ACTION = COLORS["critic"], COLORS["environment"], COLORS["actor"]


@house_style
def draw():
    """A finite list of actions can share one pass; an action of real numbers has to be an input."""
    figure, axes = canvas(height=10)
    _all_values(axes, 4)
    _one_value(axes, 12)
    return figure


def _network(axes, x):
    """State, two hidden layers and the arrows between them."""
    node(axes, (x, 1.9), "$s$", STATE)
    for low, high in ((2.45, 3.3), (4.5, 5.3)):
        arrow(axes, (x, low), (x, high))
    box(axes, (x, 3.9), (4.4, 1.2), "layer 1", CRITIC)
    box(axes, (x, 5.9), (4.4, 1.2), "layer 2", CRITIC)


def _all_values(axes, x):
    _network(axes, x)
    for index, shift in enumerate((-2.5, 0, 2.5), start=1):
        arrow(axes, (x + shift / 2, 6.5), (x + shift, 7.4))
        text(axes, (x + shift, 7.9), f"$Q(s,a_{index})$")
    text(axes, (x, 9.2), "DQN: one pass, all actions", MEDIUM, weight="bold")


def _one_value(axes, x):
    _network(axes, x)
    node(axes, (x + 3.3, 3.9), "$a$", ACTION, filled=True)
    arrow(axes, (x + 3.3, 4.45), (x + 3.3, 5.9), (x + 2.2, 5.9), color=ACTION)
    arrow(axes, (x, 6.5), (x, 7.4))
    text(axes, (x, 7.9), "$Q(s,a)$")
    text(axes, (x, 9.2), "DDPG: one pass, one action", MEDIUM, weight="bold")
