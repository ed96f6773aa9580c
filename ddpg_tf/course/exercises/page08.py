"""Exercises of page 08: how many trainings must go well, and the probability of a win."""

import math

import numpy as np

from ddpg_tf.course.exercises import Exercise

_UP = "a number of trainings is whole, and one too few leaves more than p open: round up"

check_trainings_needed = Exercise(lambda p: math.ceil(math.log(0.05) / math.log(1 - p)), [
    (0.05,), (0.1,), (0.01,), (0.3,), (0.5,), (0.8,)
], [
    (lambda p: math.ceil(1 / p), "1 / p trainings have one failure on average; ask when none is rarer than 1 in 20"),
    (lambda p: math.ceil(3 / p), "3 / p is the rule of three, the limit for small p; try p = 0.5"),
    (lambda p: math.log(0.05) / math.log(1 - p), _UP),
    (lambda p: math.floor(math.log(0.05) / math.log(1 - p)), _UP),
    (lambda p: round(math.log(0.05) / math.log(1 - p)), _UP),
    (lambda p: math.ceil(math.log(0.05) / math.log(1 - p)) + 1, "one more than needed"),
    (lambda p: math.ceil(math.log(0.95) / math.log(1 - p)), "0.95 makes successes likely; the bound makes them rare"),
    (lambda p: math.ceil(math.log(0.05) / math.log(p)), "p is a failure; each training goes well with 1 - p"),
    (lambda p: math.ceil(math.log(0.025) / math.log(1 - p)), "one-sided: all of the 5 % are at one end"),
])  # fmt: skip


def _pairs(ours, theirs):
    return np.subtract.outer(np.asarray(ours), np.asarray(theirs))


def _wins(ours, theirs):
    gap = _pairs(ours, theirs)
    return np.mean((gap < 0) + 0.5 * (gap == 0))


check_wins = Exercise(
    _wins, [tuple(map(np.array, x)) for x in (
        ([50, 80, 95], [60, 80, 120, 70]), ([3, 4, 9], [1, 8, 9]), ([2, 2], [2]), ([7, 30, 40, 50], [20, 25]))], [
    (lambda ours, theirs: np.mean(_pairs(ours, theirs) < 0), "equal steps count as half a win"),
    (lambda ours, theirs: np.mean(_pairs(ours, theirs) <= 0), "equal steps count as half a win, not as a whole one"),
    (lambda ours, theirs: 1 - _wins(ours, theirs), "the other way round: fewer steps win"),
    (lambda a, b: np.mean([x < y for x, y in zip(a, b)]), "compare each of ours with each of theirs"),
    (lambda a, b: np.mean([(x < y) + (x == y) / 2 for x, y in zip(a, b)]), "compare each of ours with each of theirs"),
    (lambda ours, theirs: float(np.median(ours) < np.median(theirs)), "that compares the medians; count the pairs"),
    (lambda ours, theirs: float(np.mean(ours) < np.mean(theirs)), "that compares the means; count the pairs"),
    (lambda a, b: _wins(a, b) * len(a) * len(b), "divide the wins by the number of pairs"),
])  # fmt: skip
