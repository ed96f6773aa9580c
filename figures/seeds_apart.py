"""Three sets of seeds: training makes snapshots, selection chooses one, the exam judges it. For notebook 08."""

from figures.style import COLORS, MEDIUM, SMALL, arrow, box, canvas, house_style, text

ROWS = (7.6, 4.7, 1.8)
ACTOR, ENVIRONMENT, NEUTRAL = COLORS["actor"], COLORS["environment"], COLORS["neutral"]
SNAPSHOTS, KEPT = 7, 4


@house_style
def draw():
    """From above: training, selection, exam; the snapshots run from left to right, the kept one is filled."""
    figure, axes = canvas(height=9)
    labels = (
        ("training", "one seed", "makes snapshots"),
        ("selection", "100 seeds", "chooses one of them"),
        ("exam", "100 other seeds", "is what is quoted"),
    )
    for y, (name, seeds, role) in zip(ROWS, labels):
        box(axes, (2.7, y), (3.4, 1.3), name, ENVIRONMENT)
        text(axes, (2.7, y - 1.15), seeds, SMALL)
        text(axes, (8.1, y - 1.15), role, SMALL)
    for number in range(SNAPSHOTS):
        _snapshot(axes, ROWS[0], number, kept=False)
        _snapshot(axes, ROWS[1], number, kept=number == KEPT)
    _snapshot(axes, ROWS[2], KEPT, kept=True)
    for y in ROWS:
        arrow(axes, (4.6, y), (5.3 if y > ROWS[2] else _x(KEPT) - 0.75, y))
    arrow(axes, (_x(KEPT), ROWS[1] - 0.75), (_x(KEPT), ROWS[2] + 0.75))
    return figure


def _x(number):
    return 6.1 + 1.45 * number


def _snapshot(axes, y, number, kept):
    box(
        axes,
        (_x(number), y),
        (1.1, 1.1),
        f"μ{number + 1}",
        ACTOR if kept or y == ROWS[0] else NEUTRAL,
        MEDIUM,
        tint=0.45 if kept else 0.16,
    )
