"""Checkers for notebook 08, how sure are we?"""

import numpy as np

from ddpg_tf.course.exercises import checker, hint_for_number
from ddpg_tf.lab.statistics import interquartile_mean

RUNS = [
    ([4.0, 1.0, 9.0, 2.0, 3.0, 60.0, 5.0, 8.0],),
    ([7.0, 1.0, 2.0, 30.0, 4.0, 11.0],),  # a quarter of six, rounded down, is one
    ([5.0, 2.0, 80.0],),  # and of three, none
]


@checker
def check_iqm(answer):
    """`answer(values)`: the mean without a quarter, rounded down, at either end."""

    def cut(values, low, high):
        values = sorted(values)
        return np.mean(values[low : len(values) - high])

    def unsorted(values):
        return np.mean(values[len(values) // 4 : len(values) - len(values) // 4])

    def within_quartiles(values):
        low, high = np.percentile(values, [25, 75])
        return np.mean([value for value in values if low <= value <= high])

    wrong = [
        (lambda v: cut(v, len(v) // 4, 0), "only the low end is cut; the high quarter goes too"),
        (lambda v: cut(v, 0, len(v) // 4), "only the high end is cut; the low quarter goes too"),
        (np.mean, "that is the mean of all values; nothing is cut"),
        (np.median, "that is the median, the middle alone; the middle half counts"),
        (unsorted, "sort first: the quarters are of the values, not of the order in which they came"),
        (lambda v: cut(v, len(v) // 2, 0), "a quarter at each end, not a half at one"),
        (lambda v: cut(v, -(-len(v) // 4), -(-len(v) // 4)), "round the quarter down: of six, one goes at each end"),
        (within_quartiles, "count values, rather than compare them with quartiles: these lie between values"),
    ]  # fmt: skip
    return hint_for_number(lambda v: answer(list(v)), interquartile_mean, wrong, RUNS)


@checker
def check_at_most(answer):
    """`answer(K)`: upper end of the one-sided 95 % interval for a probability, after no failure in K."""
    wrong = [
        (lambda K: 0.0, "that none has failed so far does not make a failure impossible"),
        (lambda K: 1 / K, "1 / K would be one failure in K; ask which p makes none in K rarer than 1 in 20"),
        (lambda K: 3 / K, "3 / K is the rule of three, the limit for large K; try K = 5"),
        (lambda K: 0.05 ** (1 / K), "that is the probability that a training goes well; a failure is the rest"),
        (lambda K: 1 - 0.95 ** (1 / K), "0.95 makes twenty successes likely; the bound makes them rare, 0.05"),
        (lambda K: 1 - 0.05**K, "solve (1 - p) ** K = 0.05 for p: that takes a root, not a power"),
        (lambda K: 1 - 0.025 ** (1 / K), "one-sided: nothing is below no failure, so all of the 5 % are at one end"),
    ]  # fmt: skip
    return hint_for_number(answer, lambda K: 1 - 0.05 ** (1 / K), wrong, [(20,), (5,), (100,)])


@checker
def check_wins(answer):
    """`answer(ours, theirs)`: probability that one of ours is smaller than one of theirs, ties half."""

    def pairs(ours, theirs):
        return np.subtract.outer(np.asarray(ours), np.asarray(theirs))

    def right(ours, theirs):
        gap = pairs(ours, theirs)
        return np.mean((gap < 0) + 0.5 * (gap == 0))

    def seed_by_seed(ours, theirs):
        return np.mean([a < b for a, b in zip(ours, theirs)])

    wrong = [
        (lambda ours, theirs: np.mean(pairs(ours, theirs) < 0), "equal steps count as half a win"),
        (lambda ours, theirs: np.mean(pairs(ours, theirs) <= 0), "equal steps count as half a win, not as a whole one"),
        (lambda ours, theirs: 1 - right(ours, theirs), "the other way round: fewer steps win"),
        (seed_by_seed, "compare every seed of ours with every one of theirs: two seeds 0 have nothing in common"),
        (lambda ours, theirs: float(np.median(ours) < np.median(theirs)), "that compares the medians; count the pairs"),
        (lambda ours, theirs: float(np.mean(ours) < np.mean(theirs)), "that compares the means; count the pairs"),
    ]  # fmt: skip
    cases = [([50, 80, 95], [60, 80, 120, 70]), ([3, 4, 9], [1, 8, 9]), ([2, 2], [2])]
    return hint_for_number(lambda a, b: answer(list(a), list(b)), right, wrong, cases)
