"""The target of TD3: the target actor's action, noise on it, two target critics, the smaller value. For notebook 13."""

from figures.style import COLORS, arrow, box, canvas, house_style, node, text

STATE, ACTOR, CRITIC, NOISE = (COLORS[role] for role in ("environment", "actor", "critic", "noise"))


@house_style
def draw():
    """Two of the three repairs change the target; the third, the delay, changes when the actor moves."""
    figure, axes = canvas(height=7)
    _action(axes)
    _values(axes)
    return figure


def _action(axes):
    """From the next state to the noisy action."""
    node(axes, (1, 3), "$s'$", STATE)
    arrow(axes, (1.55, 3), (2.4, 3), color=STATE)
    box(axes, (3.4, 3), (2, 1.3), "$\\mu'$", ACTOR, dashed=True)
    arrow(axes, (4.4, 3), (5.35, 3), color=ACTOR)
    node(axes, (5.9, 3), "$+$", NOISE)
    text(axes, (5.9, 5.5), "clipped noise")
    arrow(axes, (5.9, 5.05), (5.9, 3.55), color=NOISE)


def _values(axes):
    """From the noisy action to the target."""
    for number, height in ((1, 4.4), (2, 1.6)):
        arrow(axes, (6.45, 3), (8.3, height), color=ACTOR)
        box(axes, (9.3, height), (2, 1.3), f"$Q'_{number}$", CRITIC, dashed=True)
        edge, outside = (5.05, 6.6) if number == 1 else (0.95, 0.35)
        arrow(axes, (1, 3.55 if number == 1 else 2.45), (1, outside), (9.3, outside), (9.3, edge), color=STATE)
        arrow(axes, (10.3, height), (11.9, 3.2 if number == 1 else 2.8), color=CRITIC)
    box(axes, (12.8, 3), (1.8, 1.3), "min", CRITIC)
    arrow(axes, (13.7, 3), (14.6, 3), color=CRITIC)
    text(axes, (15.1, 3), "$y$")
