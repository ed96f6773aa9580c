"""The replay memory as a ring: the newest transition is written over the oldest. Used in notebook 01."""

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Wedge

from figures.style import COLORS, INK, LARGE, LINE, MEDIUM, arrow, box, canvas, house_style, text

CAPACITY = 12
STORED = 17  # transitions so far: more than fit, so the first five are gone
BATCH = 4
CENTRE, OUTER, DEPTH = (5.3, 4.6), 3.7, 1.5

ALT = (
    "A ring of 12 slots that hold the transitions 5 to 16. The pointer stands at the oldest, 5, where transition 17 "
    "will be written; 16, the newest, is the slot before it. Four slots drawn at random make up a batch."
)


@house_style
def draw():
    """Slots run clockwise from the top; the number in a slot is the time step of its transition."""
    figure, axes = canvas(height=9.2)
    held = held_steps()
    drawn = np.random.default_rng(0).choice(CAPACITY, BATCH, replace=False)
    for slot, step in enumerate(held):
        _slot(axes, slot, step, slot in drawn)
    return figure


def held_steps():
    """Time step in each slot after STORED transitions: slot = step mod CAPACITY."""
    held = np.zeros(CAPACITY, int)
    for step in range(STORED):
        held[step % CAPACITY] = step
    return held


def _slot(axes, slot, step, drawn):
    text(axes, (1,1), "x")
