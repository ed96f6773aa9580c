"""Who judges an action: the world, or a critic that has a slope. For notebook 12."""

from figures.style import COLORS, LARGE, SMALL, arrow, box, canvas, heading, house_style, node, text

ACTOR, CRITIC, NOISE, ENVIRONMENT = (COLORS[role] for role in ("actor", "critic", "noise", "environment"))
LEFT, DRAW, ACTION, JUDGE, RIGHT = 3.6, 6.3, 8.05, 11.6, 15.15  # middles of boxes and nodes
DOWN = 1.75  # from the middle of a row to the way back


@house_style
def draw():
    """The draw above, judged by the world; the slope below, which only a critic has."""
    figure, axes = canvas(height=14)
    heading(axes, (8, 13.2), "stochastic: the world judges", "no slope comes back through it")
    _stochastic(axes, 10.4)
    heading(axes, (8, 6.1), "deterministic: a critic judges", "its slope comes back, and nothing is drawn")
    _deterministic(axes, 3.3)
    return figure


def _stochastic(axes, y):
    box(axes, (LEFT, y), (3, 1.8), r"policy $\pi$", ACTOR)
    node(axes, (DRAW, y), r"$+\sigma z$", NOISE, radius=0.65, letters=SMALL)
    arrow(axes, (5.1, y), (DRAW - 0.65, y), color=ACTOR)
    arrow(axes, (DRAW + 0.65, y), (ACTION - 0.55, y), color=ACTOR)
    _ends(axes, y, "environment", ENVIRONMENT, "$R$")
    back = y - DOWN
    arrow(axes, (RIGHT, y - 0.55), (RIGHT, back), (LEFT, back), (LEFT, y - 0.9), color=ACTOR, dashed=True)
    text(axes, ((LEFT + RIGHT) / 2, back - 0.65), r"$R\;\nabla_\theta\,\ln\,\pi(a|s)$", LARGE, ACTOR)


def _deterministic(axes, y):
    box(axes, (LEFT, y), (3, 1.8), r"actor $\mu$", ACTOR)
    arrow(axes, (5.1, y), (ACTION - 0.55, y), color=ACTOR)
    _ends(axes, y, "critic", CRITIC, "$Q$")
    back, left, right = y - DOWN, ACTION - 0.3, ACTION + 0.3
    arrow(axes, (RIGHT, y - 0.55), (RIGHT, back), (right, back), (right, y - 0.5), color=CRITIC, dashed=True)
    arrow(axes, (left, y - 0.5), (left, back), (LEFT, back), (LEFT, y - 0.9), color=ACTOR, dashed=True)
    text(axes, (JUDGE, back - 0.65), r"$\nabla_a\,Q(s,a)$", LARGE, CRITIC)
    text(axes, (5.6, back - 0.65), r"$\nabla_\theta\,\mu(s)$", LARGE, ACTOR)


def _ends(axes, y, words, color, result):
    """The state at the left; the action, its judge and the verdict at the right."""
    node(axes, (0.8, y), "$s$", ENVIRONMENT)
    arrow(axes, (1.35, y), (2.1, y), color=ENVIRONMENT)
    node(axes, (ACTION, y), "$a$", ACTOR, filled=True)
    arrow(axes, (ACTION + 0.55, y), (9.4, y), color=ACTOR)
    box(axes, (JUDGE, y), (4.4, 1.8), words, color)
    arrow(axes, (13.8, y), (RIGHT - 0.55, y), color=color)
    node(axes, (RIGHT, y), result, color)
