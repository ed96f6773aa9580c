"""The clock that all benchmarks share, and the sizes of the lander."""

import timeit
from statistics import median

STATES, ACTIONS = 8, 2


def microseconds(function, number):
    """Median of 7 repeats of the time of one call, after one call that is not counted."""
    function()
    return median(timeit.repeat(function, number=number, repeat=7)) / number * 1e6
