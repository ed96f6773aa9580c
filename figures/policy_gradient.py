"""The two factors of the deterministic policy gradient, drawn on the graph of actor and critic. Used in notebook 04."""

from figures.style import COLORS, LARGE, MEDIUM, arrow, box, canvas, house_style, node, text

ALT = (
    "A chain read from left to right: the state s enters the actor mu with weights theta^mu, the action a comes out "
    "and enters the critic, the value Q comes out. Two dashed arrows go back: from Q to a, the action gradient, and "
    "from a to theta^mu, the actor's Jacobian. Their product is the policy gradient, Equation 6 of the paper."
)

ACTOR, CRITIC, STATE = COLORS["actor"], COLORS["critic"], COLORS["environment"]


@house_style
def draw():
    """Forward above, backward below, the product at the bottom."""
    figure, axes = canvas(height=9)
    _forward(axes)
    _backward(axes)
    _product(axes)
    return figure


def _forward(axes):
    box(axes, (4.9, 7.2), (3.2, 1.9), r"$\mu(s|\theta^\mu)$", ACTOR, letters=LARGE)
    box(axes, (11.1, 7.2), (3.2, 1.9), r"$Q(s,a|\theta^Q)$", CRITIC, letters=MEDIUM)
    for start, end in ((1.75, 3.3), (6.5, 7.4), (8.6, 9.5), (12.7, 13.9)):
        arrow(axes, (start, 7.2), (end, 7.2))
    node(axes, (1.2, 7.2), "$s$", STATE)
    node(axes, (8, 7.2), "$a$", ACTOR, filled=True)
    node(axes, (14.5, 7.2), "$Q$", CRITIC)


def _backward(axes):
    arrow(axes, (14.3, 6.6), (8.3, 6.6), color=CRITIC, bend=0.4, dashed=True)
    arrow(axes, (7.7, 6.6), (4.9, 6.2), color=ACTOR, bend=0.4, dashed=True)
    text(axes, (11.2, 4.2), r"$\nabla_a Q$", LARGE, CRITIC)
    text(axes, (6.4, 4.2), r"$\nabla_{\theta^\mu}\,\mu$", LARGE, ACTOR)


def _product(axes):
    text(axes, (8, 1.4), r"$\nabla_{\theta^\mu} J = \mathbb{E}\,[\,\nabla_a Q(s,a)\; \nabla_{\theta^\mu}\mu(s)\,]$", LARGE)
