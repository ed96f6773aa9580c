"""Exercises of page 07: the error of a difference, and how many landings a comparison takes."""

import math

import numpy as np

from ddpg_tf.course.exercises import Exercise


def _error(returns, ddof=0):
    return np.std(returns, ddof=ddof) / len(returns) ** 0.5


_APART = "that treats the flights as independent; each pair shares its start: take the differences first"
_rng = np.random.default_rng(7)
_START = _rng.normal(250, 40, 100)
_PAIR = (_START + _rng.normal(10, 8, 100)).round(1), (_START + _rng.normal(0, 12, 100)).round(1)

check_paired_error = Exercise(lambda a, b: _error(np.subtract(a, b)), [
    (np.array([240.0, 160.0, 260.0, -20.0]), np.array([230.0, 170.0, 220.0, -60.0])),
    _PAIR,
    (_PAIR[0][:30], _PAIR[1][:30]),
    (_PAIR[0][:30], -_PAIR[1][:30]),  # policies that like opposite starts: the difference is known worse
], [
    (lambda a, b: (_error(a) ** 2 + _error(b) ** 2) ** 0.5, _APART),
    (lambda a, b: (_error(a, 1) ** 2 + _error(b, 1) ** 2) ** 0.5, _APART),
    (lambda a, b: _error(a) + _error(b), _APART),
    (lambda a, b: abs(_error(a) - _error(b)), "errors do not subtract; take the differences start by start first"),
    (lambda a, b: np.std(a - b), "that is the spread of one difference; the mean of n of them is better known: divide"),
    (lambda a, b: np.var(a - b) / len(a), "that is the variance of the mean; its root is missing"),
    (lambda a, b: np.std(a - b) / len(a), "divide by the root of n, not by n: variances add, spreads do not"),
    (lambda a, b: _error(np.abs(a - b)), "keep the sign of each difference"),
    (lambda a, b: np.mean(a - b) / len(a) ** 0.5, "that has the mean above the line; it takes the spread"),
    (lambda a, b: np.std(a - b) / 10, "n is not always 100: use the number of pairs"),
], also=[lambda a, b: _error(np.subtract(a, b), ddof=1)])  # fmt: skip


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
