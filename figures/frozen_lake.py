"""The lake of 4 x 4 tiles, and what slippery ice makes of a wish. For notebook 09."""

from figures.style import COLORS, INK, LARGE, TINT, arrow, box, canvas, heading, house_style, text

MAP = ("SFFF", "FHFH", "FFFH", "HFFG")  # gymnasium's FrozenLake-v1
SIDE = 1.5  # of a tile

ICE, WISH = COLORS["environment"], COLORS["actor"]


@house_style
def draw():
    """The map with its letters; the wish in the colour of the actor, the world's answers in that of the world."""
    figure, axes = canvas(height=9.5)
    heading(axes, (4, 8.6), "the lake", "start, frozen, hole, goal")
    heading(axes, (12, 8.6), "the slip", "one wish, three ways")
    _lake(axes, (4, 3.6))
    _slip(axes, (10.5, 3.6))
    return figure


def _lake(axes, at):
    """Holes are dark; where something is paid, the tile has the full colour of the world."""
    tints = {"H": (INK, 0.35), "G": (ICE, 0.5)}
    for row, letters in enumerate(MAP):
        for column, letter in enumerate(letters):
            place = at[0] + (column - 1.5) * SIDE, at[1] - (row - 1.5) * SIDE
            color, tint = tints.get(letter, (ICE, TINT))
            box(axes, place, (SIDE - 0.12, SIDE - 0.12), letter, color, letters=LARGE, tint=tint)


def _slip(axes, at):
    """As wished, and to both sides of it; never back."""
    x, y = at
    for dx, dy in ((0, 0), (3.7, 0), (0, 2.5), (0, -2.5)):
        box(axes, (x + dx, y + dy), (SIDE, 1.2), "$s'$" if dx or dy else "$s$", ICE)
    for side in (1, -1):
        arrow(axes, (x, y + 0.6 * side), (x, y + 1.9 * side), color=ICE)
        text(axes, (x - 0.75, y + 1.15 * side), "1/3")
    arrow(axes, (x + 0.75, y - 0.25), (x + 2.95, y - 0.25), color=ICE)
    text(axes, (x + 1.85, y - 0.85), "1/3")
    arrow(axes, (x + 0.75, y + 0.25), (x + 2.95, y + 0.25), color=WISH)
    text(axes, (x + 1.85, y + 0.85), "RIGHT", color=WISH)
