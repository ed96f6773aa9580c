"""The loop of agent and environment: action out, reward and next state back. For notebooks 00 and 02."""

from figures.style import COLORS, LARGE, arrow, box, canvas, house_style, text

AGENT, ENVIRONMENT = COLORS["actor"], COLORS["environment"]


@house_style
def draw():
    """Agent above, environment below, as in Sutton and Barto; the reward carries the index of its action."""
    figure, axes = canvas(height=8)
    box(axes, (8, 6.5), (5.6, 2), "agent", AGENT, letters=LARGE)
    box(axes, (8, 1.5), (5.6, 2), "environment", ENVIRONMENT, letters=LARGE)
    _action(axes)
    _answer(axes)
    return figure


def _action(axes):
    arrow(axes, (10.8, 6.5), (12.7, 6.5), (12.7, 1.5), (10.8, 1.5), color=AGENT)
    text(axes, (14.2, 4), "action\n$a_t$", LARGE)


def _answer(axes):
    arrow(axes, (5.2, 2), (4.2, 2), (4.2, 6), (5.2, 6), color=ENVIRONMENT)
    arrow(axes, (5.2, 1), (3.0, 1), (3.0, 7), (5.2, 7), color=ENVIRONMENT)
    text(axes, (5.8, 4), "reward\n$r_t$", LARGE)
    text(axes, (1.5, 4), "next\nstate\n$s_{t+1}$", LARGE)
