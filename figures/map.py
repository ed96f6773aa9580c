"""The pages with their questions, and two routes through them. For notebook 00."""

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from figures.style import COLORS, INK, SMALL, arrow, box, canvas, house_style, text

BUILDER, FROM_ZERO = COLORS["actor"], COLORS["critic"]
QUESTIONS = {
    "01": "Why learn from old steps?",
    "02": "How to try something new?",
    "03": "Why two networks?",
    "04": "What moves the actor?",
    "05": "Why slow copies?",
    "06": "Does the algorithm work?",
    "07": "Does it land?",
    "08": "How sure are we?",
    "09": "What is a value?",
    "10": "Q as a network?",
    "11": "And without a Q?",
    "12": "From 11 to DDPG?",
    "13": "What came after?",
    "14": "What goes wrong?",
    "15": "What is left to ask?",
    "16": "What else can it do?",
}
ROW = 0.75  # units between two lines of a list


@house_style
def draw():
    """The builder's route down the left, the route from zero down the right and into the same seven pages."""
    figure, axes = canvas(height=14.8)
    box(axes, (4.4, 13.9), (4.6, 1.2), "00  At a glance", INK)
    _list(axes, (4.4, 8.8), (8, 6), ("01", "02", "03", "04", "05", "06", "07"), INK)
    _list(axes, (3.6, 2.5), (6.4, 4.3), ("08", "13", "14", "15", "16"), BUILDER)
    _list(axes, (12.6, 9.2), (6, 2.7), ("09", "10", "11"), FROM_ZERO)
    _list(axes, (12.3, 3.8), (6.6, 1.2), ("12",), FROM_ZERO)
    _routes(axes)
    return figure


def _routes(axes):
    arrow(axes, (4.4, 13.3), (4.4, 11.8), color=BUILDER)
    arrow(axes, (3.6, 5.8), (3.6, 4.65), color=BUILDER)
    text(axes, (6.7, 12.6), "builder's route")
    arrow(axes, (6.7, 13.9), (12.6, 13.9), (12.6, 10.55), color=FROM_ZERO)
    text(axes, (14.2, 12.6), "from zero")
    arrow(axes, (9.6, 9.2), (8.4, 9.2), color=FROM_ZERO)
    arrow(axes, (7.6, 5.8), (7.6, 3.8), (9, 3.8), color=FROM_ZERO)


def _list(axes, at, size, pages, color):
    """A box with the numbers and questions of pages, one below the other."""
    box(axes, at, size, "", color)
    for number, page in enumerate(pages):
        height = at[1] + ROW * ((len(pages) - 1) / 2 - number)
        _from_left(axes, (at[0] - size[0] / 2 + 0.4, height), f"{page}  {QUESTIONS[page]}")


def _from_left(axes, at, words):
    """Words that begin at a point. A unit is half an inch, and an inch 72 points."""
    width = TextPath((0, 0), words, SMALL, FontProperties()).get_extents().width / 36
    text(axes, (at[0] + width / 2, at[1]), words, SMALL)
