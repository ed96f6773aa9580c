"""The family of methods: what each of them learns. Used in notebook 00."""

from matplotlib.colors import to_rgba
from matplotlib.patches import Ellipse

from figures.style import COLORS, LARGE, LINE, MEDIUM, TINT, canvas, house_style, text

ALT = (
    "Two overlapping ovals. Value-based methods learn Q: Q-learning and DQN. Policy-based methods learn a policy: "
    "REINFORCE. Where the ovals overlap are the actor-critic methods, which learn both: A2C and DDPG."
)


@house_style
def draw():
    """Two ovals and their overlap: DDPG learns a value and a policy."""
    figure, axes = canvas(height=8.4)
    _family(axes, 3, "value-based", "Q-learning\nDQN")
    _family(axes, 13, "policy-based", "REINFORCE")
    _family(axes, 8, "actor-critic", "A2C\n")
    text(axes, (8, 3.2), "DDPG", LARGE, weight="bold")
    _oval(axes, 5.4, COLORS["critic"])
    _oval(axes, 10.6, COLORS["actor"])
    return figure


def _oval(axes, x, color):
    """Half-transparent, so that the overlap shows both colours."""
    shape = Ellipse((x, 3.6), 10.2, 6.6, facecolor=to_rgba(color, TINT), edgecolor=color, linewidth=LINE)
    axes.add_patch(shape)


def _family(axes, x, name, members):
    text(axes, (x, 7.6), name, LARGE, weight="bold")
    text(axes, (x, 3.6), members, LARGE)
