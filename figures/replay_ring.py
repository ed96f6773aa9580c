"""The replay memory as a ring: the newest transition is written over the oldest. For notebook 01."""

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Wedge

from figures.style import COLORS, LINE, TINT, arrow, box, canvas, house_style, text

CAPACITY, BATCH = 12, 4
STORED = 17  # transitions so far: five more than fit
CENTRE, OUTER, INNER = np.array([4.4, 4.5]), 3.6, 2.1
WIDE = 360 / CAPACITY  # degrees of one slot
STRONG = 0.8  # opacity of the slots that were drawn
MEMORY = COLORS["memory"]


@house_style
def draw():
    """Slots run clockwise; the number in a slot is the time step of its transition."""
    figure, axes = canvas(height=9)
    steps = held()
    drawn = np.random.default_rng(0).integers(CAPACITY, size=BATCH)
    for slot, step in enumerate(steps):
        _slot(axes, slot, step, STRONG if slot in drawn else TINT)
    _write(axes, STORED % CAPACITY)
    _batch(axes, steps[drawn])
    return figure


def held():
    """Time step in each slot, once STORED transitions are written."""
    steps = np.zeros(CAPACITY, int)
    for step in range(STORED):
        steps[step % CAPACITY] = step
    return steps


def _angle(slot):
    """Middle of a slot in degrees: the pointer's slot at 30, so that what is new comes from the right."""
    return 30 - WIDE * (slot - STORED % CAPACITY)


def _place(slot, radius):
    angle = np.radians(_angle(slot))
    return CENTRE + radius * np.array([np.cos(angle), np.sin(angle)])


def _slot(axes, slot, step, opacity):
    start, stop = _angle(slot) - WIDE / 2, _angle(slot) + WIDE / 2
    look = {"facecolor": to_rgba(MEMORY, opacity), "edgecolor": "white", "linewidth": LINE}
    axes.add_patch(Wedge(CENTRE, OUTER, start, stop, width=OUTER - INNER, **look))
    text(axes, _place(slot, (OUTER + INNER) / 2), f"{step}")


def _write(axes, slot):
    """The pointer, and the next transition on its way to the slot that it points to."""
    arrow(axes, CENTRE, _place(slot, INNER))
    text(axes, CENTRE - (0, 0.6), "pointer")
    x, y = _place(slot, OUTER)
    box(axes, (13, y), (1.4, 1.2), f"{STORED}", MEMORY)
    arrow(axes, (12.3, y), (x, y))
    text(axes, (9.95, y + 0.65), "over the oldest")
    text(axes, (14.6, y), "next")
    text(axes, _place(slot - 1, OUTER) + (0.85, 0.55), "newest")


def _batch(axes, steps):
    arrow(axes, _place(STORED % CAPACITY + 2, OUTER + 0.2), (9.3, 2.3))
    text(axes, (12.3, 3.4), "batch, drawn at random")
    for column, step in enumerate(steps):
        box(axes, (10.2 + 1.5 * column, 2.3), (1.2, 1.2), f"{step}", MEMORY, tint=STRONG)
