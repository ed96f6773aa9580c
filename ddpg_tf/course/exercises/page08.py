"""Exercises of page 08: the interquartile mean, a bound after no failure, and the probability of a win."""

import numpy as np

from ddpg_tf.course.exercises import Exercise
from ddpg_tf.lab.statistics import interquartile_mean


def _cut(values, low, high):
    return np.mean(sorted(values)[low : len(values) - high])


def _within_quartiles(values):
    low, high = np.percentile(values, [25, 75])
    return np.mean([value for value in values if low <= value <= high])


check_iqm = Exercise(interquartile_mean, [
    ([4.0, 1.0, 9.0, 2.0, 3.0, 60.0, 5.0, 8.0],),
    ([7.0, 1.0, 4.0, 30.0, 4.0, 11.0],),  # a quarter of six, rounded down, is one
    ([5.0, 2.0, 80.0],),  # and of three, none
    ([-1.0, 12.0, 3.0, -40.0, 6.5, 9.0, 2.0, 25.0, 2.0, -7.0, 14.0, 1.0, 8.0],),
    ([6.0],),
], [
    (lambda v: _cut(v, len(v) // 4, 0), "only the low end is cut; the high quarter goes too"),
    (lambda v: _cut(v, 0, len(v) // 4), "only the high end is cut; the low quarter goes too"),
    (np.mean, "that is the mean of all values; nothing is cut"),
    (np.median, "that is the median, the middle alone; the middle half counts"),
    (lambda v: np.mean(v[len(v) // 4 : len(v) - len(v) // 4]), "sort first: the quarters are of the values"),
    (lambda v: _cut(v, len(v) // 2, 0), "a quarter at each end, not a half at one"),
    (lambda v: _cut(v, (len(v) + 3) // 4, (len(v) + 3) // 4) if len(v) > 2 else interquartile_mean(v),
     "round the quarter down: of six, one goes at each end"),
    (lambda v: _cut(v, round(len(v) / 4), round(len(v) / 4)), "round the quarter down: of six, one goes at each end"),
    (lambda v: _cut(v, len(v) // 10, len(v) // 10), "a tenth at each end is another trimmed mean: cut a quarter"),
    (_within_quartiles, "count values, rather than compare them with quartiles: these lie between values"),
])  # fmt: skip


check_at_most = Exercise(lambda K: 1 - 0.05 ** (1 / K), [(20,), (5,), (100,), (1,)], [
    (lambda K: 0.0, "that none has failed so far does not make a failure impossible"),
    (lambda K: 1 / K, "1 / K would be one failure in K; ask which p makes none in K rarer than 1 in 20"),
    (lambda K: 3 / K, "3 / K is the rule of three, the limit for large K; try K = 5"),
    (lambda K: 0.05 ** (1 / K), "that is the probability that a training goes well; a failure is the rest"),
    (lambda K: 1 - 0.95 ** (1 / K), "0.95 makes twenty successes likely; the bound makes them rare, 0.05"),
    (lambda K: 1 - 0.05**K, "solve (1 - p) ** K = 0.05 for p: that takes a root, not a power"),
    (lambda K: 1 - 0.025 ** (1 / K), "one-sided: nothing is below no failure, so all of the 5 % are at one end"),
    (lambda K: 1 - 0.05 ** (1 / (K + 1)), "there are K trainings, not K + 1"),
])  # fmt: skip


def _pairs(ours, theirs):
    return np.subtract.outer(np.asarray(ours), np.asarray(theirs))


def _wins(ours, theirs):
    gap = _pairs(ours, theirs)
    return np.mean((gap < 0) + 0.5 * (gap == 0))


check_wins = Exercise(
    _wins, [([50, 80, 95], [60, 80, 120, 70]), ([3, 4, 9], [1, 8, 9]), ([2, 2], [2]), ([7, 30, 40, 50], [20, 25])], [
    (lambda ours, theirs: np.mean(_pairs(ours, theirs) < 0), "equal steps count as half a win"),
    (lambda ours, theirs: np.mean(_pairs(ours, theirs) <= 0), "equal steps count as half a win, not as a whole one"),
    (lambda ours, theirs: 1 - _wins(ours, theirs), "the other way round: fewer steps win"),
    (lambda a, b: np.mean([x < y for x, y in zip(a, b)]), "compare each of ours with each of theirs"),
    (lambda a, b: np.mean([(x < y) + 0.5 * (x == y) for x, y in zip(a, b)]),
     "compare each of ours with each of theirs"),
    (lambda ours, theirs: float(np.median(ours) < np.median(theirs)), "that compares the medians; count the pairs"),
    (lambda ours, theirs: float(np.mean(ours) < np.mean(theirs)), "that compares the means; count the pairs"),
    (lambda a, b: _wins(a, b) * len(a) * len(b), "divide the wins by the number of pairs"),
])  # fmt: skip
