"""All of DDPG in one picture: acting at the left, learning from a batch. For notebooks 03 and 06."""

from figures.style import COLORS, SMALL, arrow, box, canvas, house_style, node, text

ACTOR, CRITIC, TARGET = COLORS["actor"], COLORS["critic"], COLORS["target"]
ENVIRONMENT, MEMORY, NOISE = COLORS["environment"], COLORS["memory"], COLORS["noise"]
TOP, BUS, MIDDLE, BOTTOM, FLOOR = 11.4, 9.2, 6.3, 2.2, 0.6  # heights of the rows
LEFT, CENTRE, RIGHT = 2.6, 8.4, 13.2  # middles of the columns
HALF = 0.75  # of the height of a box


@house_style
def draw():
    """Solid arrows carry data, dashed ones gradients, and the weights follow from row to row."""
    figure, axes = canvas(height=12.5)
    _boxes(axes)
    _act(axes)
    _feed(axes)
    _compare(axes)
    _learn(axes)
    _follow(axes)
    return figure


def _boxes(axes):
    box(axes, (LEFT, TOP), (4.4, 1.5), "environment", ENVIRONMENT)
    box(axes, (CENTRE, TOP), (2.9, 1.5), "memory", MEMORY)
    box(axes, (RIGHT, TOP), (2.4, 1.5), "batch", MEMORY)
    box(axes, (LEFT, MIDDLE), (4.4, 1.5), r"actor $\mu$", ACTOR)
    box(axes, (CENTRE, MIDDLE), (2.9, 1.5), "critic $Q$", CRITIC)
    box(axes, (14, MIDDLE), (2.6, 1.9), "loss\nmean $\\delta^2$", CRITIC)
    box(axes, (LEFT, BOTTOM), (4.4, 1.5), r"target actor $\mu'$", TARGET, dashed=True)
    box(axes, (CENTRE, BOTTOM), (2.9, 1.5), "target\ncritic $Q'$", TARGET, dashed=True)
    box(axes, (RIGHT, BOTTOM), (3.8, 1.9), "TD target $y$\n$r+\\gamma(1{-}d)Q'$", TARGET)


def _act(axes):
    """Actor and environment in a loop, and what they leave in the memory."""
    arrow(axes, (1.2, MIDDLE + HALF), (1.2, TOP - HALF), color=ACTOR)
    node(axes, (1.2, 8.7), r"$+\mathcal{N}$", NOISE, radius=0.65, letters=SMALL)
    arrow(axes, (2.9, TOP - HALF), (2.9, MIDDLE + HALF), color=ENVIRONMENT)
    text(axes, (0.6, 9.85), "$a$")
    text(axes, (2.5, 8.7), "$s$")
    arrow(axes, (4.8, TOP), (CENTRE - 1.45, TOP), color=ENVIRONMENT)
    text(axes, (5.8, TOP - 0.75), "$s,a,r,$\n$s',d$", SMALL)
    arrow(axes, (CENTRE + 1.45, TOP), (RIGHT - 1.2, TOP), color=MEMORY)


def _feed(axes):
    """The batch goes to actor and critic along the bus, and around the picture to the targets."""
    arrow(axes, (RIGHT, TOP - HALF), (RIGHT, BUS), (4.2, BUS), (4.2, MIDDLE + HALF), color=MEMORY)
    arrow(axes, (7.9, BUS), (7.9, MIDDLE + HALF), color=MEMORY)
    text(axes, (4.7, 8.35), "$s$")
    text(axes, (8.7, 8.35), "$s,a$")
    arrow(axes, (RIGHT + 1.2, TOP), (15.7, TOP), (15.7, BOTTOM), (15.1, BOTTOM), color=MEMORY)
    arrow(axes, (15.7, BOTTOM), (15.7, FLOOR), (LEFT, FLOOR), (LEFT, BOTTOM - HALF), color=MEMORY)
    arrow(axes, (CENTRE, FLOOR), (CENTRE, BOTTOM - HALF), color=MEMORY)
    text(axes, (15.0, 4.35), "$r,d$")
    text(axes, (5.5, FLOOR + 0.5), "$s'$")


def _compare(axes):
    """From the networks to the loss."""
    arrow(axes, (4.8, MIDDLE + 0.35), (CENTRE - 1.45, MIDDLE + 0.35), color=ACTOR)
    text(axes, (5.85, MIDDLE + 0.95), r"$\mu(s)$")
    arrow(axes, (CENTRE + 1.45, MIDDLE), (11.1, MIDDLE), color=CRITIC)
    arrow(axes, (12.1, MIDDLE), (12.7, MIDDLE), color=CRITIC)
    arrow(axes, (11.6, BOTTOM + 0.95), (11.6, MIDDLE - 0.5), color=TARGET)
    node(axes, (11.6, MIDDLE), r"$\delta$", CRITIC, radius=0.5)
    text(axes, (12.9, 4.35), "TD error\n$y-Q$", SMALL)
    arrow(axes, (4.8, BOTTOM), (CENTRE - 1.45, BOTTOM), color=TARGET)
    text(axes, (5.8, BOTTOM + 0.6), r"$\mu'(s')$")
    arrow(axes, (CENTRE + 1.45, BOTTOM), (11.3, BOTTOM), color=TARGET)


def _learn(axes):
    """Gradients: from the loss to the critic, and through the critic to the actor."""
    arrow(axes, (14, MIDDLE + 0.95), (14, 8.4), (9.4, 8.4), (9.4, MIDDLE + HALF), color=CRITIC, dashed=True)
    text(axes, (11.7, 7.8), "gradient", SMALL)
    arrow(axes, (CENTRE - 1.45, MIDDLE - 0.35), (4.8, MIDDLE - 0.35), color=ACTOR, dashed=True)
    text(axes, (5.85, MIDDLE - 1.05), r"$\nabla_{\!a}Q$")


def _follow(axes):
    """The weights of the targets follow those of their networks."""
    for x in (LEFT, CENTRE):
        arrow(axes, (x, MIDDLE - HALF), (x, BOTTOM + HALF), color=TARGET)
        text(axes, (x - 0.5, 4.25), r"$\tau$")
