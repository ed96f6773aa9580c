"""All of DDPG in one picture: acting at the left, learning from a batch. For notebooks 03 and 06."""

from figures.style import COLORS, SMALL, arrow, box, canvas, house_style, node, text

ALT = (
    "Data flow of DDPG in three rows. Top: the environment answers the actor's action plus noise; "
    "transitions go to the memory, and a batch is drawn from it. Middle: the batch enters the actor, "
    "the critic and the target networks, which follow by soft updates. Bottom: the targets give the TD "
    "target y; y minus Q(s, a) is the TD error, and its mean square is the critic's loss; the actor's "
    "loss is the mean of -Q(s, mu(s)). Dashed arrows carry the gradients back to the two networks."
)

ACTOR, CRITIC, TARGET = COLORS["actor"], COLORS["critic"], COLORS["target"]
ENVIRONMENT, MEMORY, NOISE = COLORS["environment"], COLORS["memory"], COLORS["noise"]
TOP, BUS, MIDDLE, BOTTOM = 10.4, 8.15, 6, 1.9  # heights of the rows
LEFT, CENTRE, RIGHT = 2.6, 8, 13.2  # middles of the networks


@house_style
def draw():
    """Solid arrows carry data, dashed ones gradients."""
    figure, axes = canvas(height=11.5)
    _boxes(axes)
    _act(axes)
    _feed(axes)
    _compare(axes)
    _learn(axes)
    return figure


def _boxes(axes):
    box(axes, (LEFT, TOP), (4.4, 1.5), "environment", ENVIRONMENT)
    box(axes, (9.5, TOP), (2.7, 1.5), "memory", MEMORY)
    box(axes, (RIGHT, TOP), (2.4, 1.5), "batch", MEMORY)
    box(axes, (LEFT, MIDDLE), (4.4, 1.5), r"actor $\mu$", ACTOR)
    box(axes, (CENTRE, MIDDLE), (3, 1.5), "critic $Q$", CRITIC)
    box(axes, (RIGHT, MIDDLE), (4.1, 1.5), r"targets $\mu',\,Q'$", TARGET, dashed=True)
    box(axes, (LEFT, BOTTOM), (4.4, 1.9), "actor loss\nmean $-Q$", ACTOR)
    box(axes, (7.2, BOTTOM), (3.2, 1.9), "critic loss\nmean $\\delta^2$", CRITIC)
    box(axes, (RIGHT, BOTTOM), (3.9, 1.9), "TD target $y$\n$r+\\gamma(1{-}d)Q'$", TARGET)


def _act(axes):
    """Actor and environment in a loop, and what they leave in the memory."""
    arrow(axes, (1.2, MIDDLE + 0.75), (1.2, TOP - 0.75), color=ACTOR)
    node(axes, (1.2, BUS), r"$+\mathcal{N}$", NOISE, radius=0.65, letters=SMALL)
    arrow(axes, (2.9, TOP - 0.75), (2.9, MIDDLE + 0.75), color=ENVIRONMENT)
    text(axes, (0.6, BUS + 1.05), "$a$")
    text(axes, (2.5, BUS), "$s$")
    arrow(axes, (4.8, TOP), (8.15, TOP), color=ENVIRONMENT)
    text(axes, (6.4, TOP + 0.6), "$s,a,r,s',d$")
    arrow(axes, (10.85, TOP), (12, TOP), color=MEMORY)


def _feed(axes):
    """The batch goes to actor and critic along the bus, to the targets, and past them to the TD target."""
    arrow(axes, (12.7, TOP - 0.75), (12.7, BUS), (4.2, BUS), (4.2, MIDDLE + 0.75), color=MEMORY)
    arrow(axes, (CENTRE, BUS), (CENTRE, MIDDLE + 0.75), color=MEMORY)
    arrow(axes, (13.7, TOP - 0.75), (13.7, MIDDLE + 0.75), color=MEMORY)
    arrow(axes, (14.4, TOP), (15.7, TOP), (15.7, BOTTOM), (15.15, BOTTOM), color=MEMORY)
    text(axes, (4.7, 7.5), "$s$")
    text(axes, (8.8, 7.5), "$s,a$")
    text(axes, (14.2, BUS), "$s'$")
    text(axes, (14.95, 4.2), "$r,d$")


def _compare(axes):
    """From the networks to the losses."""
    arrow(axes, (4.8, MIDDLE), (6.5, MIDDLE), color=ACTOR)
    arrow(axes, (7, MIDDLE - 0.75), (4.2, BOTTOM + 0.95), color=CRITIC)
    arrow(axes, (8.8, MIDDLE - 0.75), (9.85, BOTTOM + 0.45), color=CRITIC)
    arrow(axes, (RIGHT, MIDDLE - 0.75), (RIGHT, BOTTOM + 0.95), color=TARGET)
    arrow(axes, (11.25, BOTTOM), (10.5, BOTTOM), color=TARGET)
    arrow(axes, (9.5, BOTTOM), (8.8, BOTTOM), color=CRITIC)
    node(axes, (10, BOTTOM), r"$\delta$", CRITIC, radius=0.5)
    text(axes, (10, BOTTOM - 1.2), "TD error\n$y-Q$", SMALL)
    text(axes, (5.65, MIDDLE + 0.6), r"$\mu(s)$")
    text(axes, (3.8, 4.2), r"$Q(s,\mu(s))$")
    text(axes, (10.6, 4.2), "$Q(s,a)$")
    text(axes, (12.65, 4.2), "$Q'$")


def _learn(axes):
    """Gradients to the two networks; the targets follow."""
    arrow(axes, (1.8, BOTTOM + 0.95), (1.8, MIDDLE - 0.75), color=ACTOR, dashed=True)
    arrow(axes, (7.6, BOTTOM + 0.95), (7.6, MIDDLE - 0.75), color=CRITIC, dashed=True)
    arrow(axes, (9.5, MIDDLE), (11.15, MIDDLE), color=TARGET)
    text(axes, (10.2, MIDDLE + 0.5), r"$\tau$")
