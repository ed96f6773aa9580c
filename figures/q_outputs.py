"""Two shapes of Q: every value in one pass (DQN), or that of one given action (DDPG). For notebooks 03 and 10."""

from figures.style import COLORS, arrow, box, canvas, heading, house_style, node, text

CRITIC, STATE, ACTION = COLORS["critic"], COLORS["environment"], COLORS["actor"]


@house_style
def draw():
    """A short list of actions can share one pass; an action of real numbers has to be an input."""
    figure, axes = canvas(height=10.5)
    heading(axes, (4, 9.5), "DQN", "one pass: every $Q$")
    heading(axes, (12, 9.5), "DDPG", "one pass: one $Q$")
    _all_values(axes, 4)
    _one_value(axes, 12)
    return figure


def _network(axes, x):
    """The state and two hidden layers."""
    node(axes, (x, 1.1), "$s$", STATE)
    arrow(axes, (x, 1.65), (x, 2.5))
    box(axes, (x, 3.1), (4, 1.2), "layer 1", CRITIC)
    arrow(axes, (x, 3.7), (x, 4.55))
    box(axes, (x, 5.15), (4, 1.2), "layer 2", CRITIC)


def _all_values(axes, x):
    _network(axes, x)
    for action, shift in enumerate((-2.4, 0, 2.4), start=1):
        arrow(axes, (x + shift / 2, 5.75), (x + shift, 6.8))
        text(axes, (x + shift, 7.3), f"$Q(s,a_{action})$")


def _one_value(axes, x):
    _network(axes, x)
    node(axes, (x + 2.9, 1.1), "$a$", ACTION, filled=True)
    arrow(axes, (x + 2.9, 1.6), (x + 2.9, 5.15), (x + 2, 5.15), color=ACTION)
    arrow(axes, (x, 5.75), (x, 6.8))
    text(axes, (x, 7.3), "$Q(s,a)$")
