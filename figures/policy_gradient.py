"""The two factors of the deterministic policy gradient on the graph of actor and critic. For notebook 04."""

from figures.style import COLORS, LARGE, arrow, box, canvas, house_style, node, text

ACTOR, CRITIC, STATE = COLORS["actor"], COLORS["critic"], COLORS["environment"]


@house_style
def draw():
    """Forward along the top, backward below it, the product at the bottom."""
    figure, axes = canvas(height=9)
    _forward(axes, 7.4)
    _backward(axes)
    _product(axes, 1.2)
    return figure


def _forward(axes, y):
    for start, end in ((1.6, 2.9), (6.3, 7.35), (8.45, 9.5), (13.1, 14.15)):
        arrow(axes, (start, y), (end, y))
    node(axes, (1.1, y), "$s$", STATE)
    box(axes, (4.6, y), (3.4, 1.8), r"$\mu(s|\theta^\mu)$", ACTOR)
    node(axes, (7.9, y), "$a$", ACTOR, filled=True)
    box(axes, (11.3, y), (3.6, 1.8), r"$Q(s,a|\theta^Q)$", CRITIC)
    node(axes, (14.7, y), "$Q$", CRITIC)


def _backward(axes):
    arrow(axes, (14.5, 6.8), (8.2, 6.85), color=CRITIC, bend=0.55, dashed=True)
    arrow(axes, (7.7, 6.8), (5.28, 4.75), color=ACTOR, bend=0.3, dashed=True)
    arrow(axes, (4.6, 5.25), (4.6, 6.5))
    node(axes, (4.6, 4.6), r"$\theta^\mu$", ACTOR, radius=0.65)
    text(axes, (11.3, 4.3), r"$\nabla_a Q$", LARGE, CRITIC)
    text(axes, (7.4, 4.3), r"$\nabla_{\theta^\mu}\,\mu$", LARGE, ACTOR)


def _product(axes, y):
    text(axes, (2.1, y), r"$\nabla_{\theta^\mu} J\;=\;\mathbb{E}\,[$", LARGE)
    box(axes, (6.2, y), (4.6, 1.5), r"$\nabla_a Q(s,a)|_{a=\mu(s)}$", CRITIC)
    box(axes, (10.8, y), (4, 1.5), r"$\nabla_{\theta^\mu}\,\mu(s|\theta^\mu)$", ACTOR)
    text(axes, (13.1, y), "$]$", LARGE)
    text(axes, (14.7, y), "Eq. 6")
