"""The family of methods: what each of them learns. Used in notebook 00."""

from matplotlib.colors import to_rgba
from matplotlib.patches import Ellipse

from figures.style import COLORS, LARGE, LINE, TINT, canvas, heading, house_style, text

ALT = (
    "Two overlapping ovals. Value-based methods learn Q: Q-learning and DQN. Policy-based methods learn a policy: "
    "REINFORCE. In the overlap are the actor-critic methods, which learn both: A2C and, in bold, DDPG."
)


@house_style
def draw():
    """Two ovals and their overlap, the place of DDPG."""
    figure, axes = canvas(height=9.2)
    for x, color in ((5.4, COLORS["critic"]), (10.6, COLORS["actor"])):
        _oval(axes, x, color)
    _members(axes)
    heading(axes, (2.5, 8.3), "value-based", "learn $Q$")
    heading(axes, (8, 8.3), "actor-critic", "learn both")
    heading(axes, (13.5, 8.3), "policy-based", r"learn $\pi$")
    return figure


def _oval(axes, x, color):
    """Half-transparent, so that the overlap has both colours."""
    shape = Ellipse((x, 3.5), 10.2, 6.3, facecolor=to_rgba(color, TINT), edgecolor=color, linewidth=LINE)
    axes.add_patch(shape)


def _members(axes):
    text(axes, (2.9, 3.5), "Q-learning\nDQN", LARGE)
    text(axes, (8, 4.1), "A2C", LARGE)
    text(axes, (8, 2.9), "DDPG", LARGE, weight="bold")
    text(axes, (13.1, 3.5), "REINFORCE", LARGE)
