"""The family of methods: what each of them learns. For notebooks 00 and 10."""

from matplotlib.colors import to_rgba
from matplotlib.patches import Ellipse

from figures.style import COLORS, LARGE, LINE, TINT, canvas, heading, house_style, text

VALUE, POLICY = COLORS["critic"], COLORS["actor"]


@house_style
def draw():
    """Two ovals and their overlap, the place of DDPG."""
    figure, axes = canvas(height=9)
    _ovals(axes)
    _members(axes)
    heading(axes, (2.7, 8.2), "value-based", "learn a value")
    heading(axes, (8, 8.2), "actor-critic", "learn both")
    heading(axes, (13.3, 8.2), "policy-based", "learn a policy")
    return figure


def _ovals(axes):
    """Tints for what belongs to one side alone; the overlap stays white."""
    left = _oval(axes, 5.4, facecolor=to_rgba(VALUE, TINT))
    _oval(axes, 10.6, facecolor=to_rgba(POLICY, TINT))
    _oval(axes, 10.6, facecolor="white").set_clip_path(left)
    _oval(axes, 5.4, facecolor="none", edgecolor=VALUE)
    _oval(axes, 10.6, facecolor="none", edgecolor=POLICY)


def _oval(axes, x, **colors):
    return axes.add_patch(Ellipse((x, 3.5), 10.2, 6.3, linewidth=LINE, **colors))


def _members(axes):
    text(axes, (2.9, 3.5), "Q-learning\nDQN", LARGE)
    text(axes, (8, 3.95), "A2C", LARGE)
    text(axes, (8, 3.05), "DDPG", LARGE, weight="bold")
    text(axes, (13.1, 3.5), "REINFORCE", LARGE)
