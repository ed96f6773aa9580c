"""Exercises of page 07: when the lander is solved, the error of a mean, and how many landings it takes."""

import math

import numpy as np

from ddpg_tf.course.exercises import Exercise


def _returns(*parts):
    """The one argument of a case, a list of returns, from (return, count) pairs."""
    return ([float(value) for value, count in parts for _ in range(count)],)


def _is_solved(returns):
    return len(returns) >= 100 and sum(returns[-100:]) / 100 >= 200


def _mean_of_last(returns, count=100):
    return np.mean(returns[-count:])


check_is_solved = Exercise(_is_solved, [  # each tells at least one mistake from the right answer
    _returns((250, 20)),
    _returns((250, 99)),
    _returns((250, 100)),
    _returns((190, 100)),
    _returns((200, 100)),
    _returns((150, 60), (280, 1), (150, 40)),
    _returns((150, 100), (280, 1)),
    _returns((250, 99), (-50, 1)),
    _returns((-200, 300), (250, 100)),
    _returns((250, 100), (0, 100)),
    _returns((260, 60), (0, 40)),
    _returns((-9000, 1), (250, 99)),  # a shorter window does not see the crash
    _returns((-9000, 1), (200, 100)),  # and a longer one does
], [
    (lambda r: max(r) >= 200, "that is the maximum: one lucky landing is enough for it"),
    (lambda r: r[-1] >= 200, "that is the last return alone"),
    (lambda r: _mean_of_last(r) >= 200, "twenty good landings are no hundred: with fewer the answer is False"),
    (lambda r: len(r) > 100 and _mean_of_last(r) >= 200, "a hundred returns are enough: at least 100, not more"),
    (lambda r: np.mean(r) >= 200, "that is the mean of all returns, and of too few"),
    (lambda r: len(r) >= 100 and np.mean(r) >= 200, "that is the mean of all returns, not of the last 100"),
    (lambda r: len(r) >= 100 and np.mean(r[:100]) >= 200, "these are the first 100 returns, not the last"),
    (lambda r: any(np.mean(r[i : i + 100]) >= 200 for i in range(len(r) - 99)), "that is the best hundred in a row"),
    (lambda r: len(r) >= 100 and min(r[-100:]) >= 200, "every landing at 200 is more than the mean at 200"),
    (lambda r: len(r) >= 100 and np.median(r[-100:]) >= 200, "that is the median, blind to the crashes"),
    (lambda r: len(r) >= 100 and _mean_of_last(r) > 200, "exactly 200 is solved: at least, not above"),
    (lambda r: len(r) >= 100 and _mean_of_last(r, 99) >= 200, "a shorter window: the last 100 returns count"),
    (lambda r: len(r) >= 100 and _mean_of_last(r, 101) >= 200, "a longer window: the last 100 returns count"),
    (lambda r: not _is_solved(r), "it is the wrong way round"),
])  # fmt: skip


_SPREAD = "that is the spread of one landing; the mean of n landings is better known: divide"
_NO_ROOT = "that is the variance of the mean; its root is missing"
_BY_N = "divide by the root of n, not by n: variances add, spreads do not"
_SAMPLE = np.random.default_rng(7).normal(230, 70, 100).round(1)

check_standard_error = Exercise(lambda returns: np.std(returns) / len(returns) ** 0.5, [
    (np.array([240.0, 160.0, 260.0, -20.0]),), (_SAMPLE,), (_SAMPLE[:30],)
], [
    (lambda r: np.std(r), _SPREAD),
    (lambda r: np.std(r, ddof=1), _SPREAD),
    (lambda r: np.var(r) / len(r), _NO_ROOT),
    (lambda r: np.var(r, ddof=1) / len(r), _NO_ROOT),
    (lambda r: np.std(r) / len(r), _BY_N),
    (lambda r: np.std(r, ddof=1) / len(r), _BY_N),
    (lambda r: np.var(r) / len(r) ** 0.5, "that has the variance above the line; it takes its root"),
    (lambda r: np.mean(r) / len(r) ** 0.5, "that has the mean above the line; it takes the spread"),
    (lambda r: np.std(r) / 10, "n is not always 100: use the length of returns"),
], also=[lambda returns: np.std(returns, ddof=1) / len(returns) ** 0.5])  # fmt: skip


_WHOLE = "a number of landings is whole, and one too few leaves the error too large: round up"
_SQUARE = "the square is missing: half the error takes four times the landings"

check_landings_needed = Exercise(lambda spread, error: math.ceil((spread / error) ** 2), [
    (90, 7), (92.4, 5), (15, 4.5), (60, 6), (80, 10.0), (5, 7)
], [
    (lambda s, e: math.ceil(s / e), _SQUARE),
    (lambda s, e: s / e, _SQUARE),
    (lambda s, e: math.floor((s / e) ** 2), _WHOLE),
    (lambda s, e: round((s / e) ** 2), _WHOLE),
    (lambda s, e: (s / e) ** 2, _WHOLE),
    (lambda s, e: math.floor((s / e) ** 2) + 1, "one too many where the square is whole: at most this error is enough"),
    (lambda s, e: math.ceil(s / e) ** 2, "round up at the end, after the square"),
    (lambda s, e: math.ceil(s**2 / e), "the error has to be squared too"),
    (lambda s, e: math.ceil((e / s) ** 2), "upside down: a larger spread takes more landings"),
    (lambda s, e: math.ceil((s / e) ** 0.5), "solve for n: it stands under a root, so the other side is squared"),
])  # fmt: skip
