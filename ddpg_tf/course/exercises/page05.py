"""Exercises of page 05: a rate for rarer updates, a moving average that starts at zero, a critical discount."""

import numpy as np

from ddpg_tf.course.exercises import Exercise


def _same_speed(tau, n):
    return 1 - (1 - tau) ** n


check_same_speed = Exercise(_same_speed, [(0.5, 2), (0.1, 3), (0.005, 50), (0.001, 2)], [
    (lambda tau, n: n * tau, "close for small tau; but at tau = 0.5 and n = 2 it would copy everything"),
    (lambda tau, n: min(1.0, n * tau), "close for small tau; but at tau = 0.5 and n = 2 it would copy everything"),
    (lambda tau, n: (1 - tau) ** n, "that is what n updates leave of the distance; tau is what one update takes"),
    (lambda tau, n: tau / n, "the target moves less often, so each update has to move it further"),
    (lambda tau, n: 1 - (1 - tau) ** (1 / n), "that is for n updates per learning step, not for one in n"),
    (lambda tau, n: tau**n, "n updates leave (1 - tau) to the power n of the distance; tau itself is not what is left"),
    (lambda tau, n: tau, "the target would follow n times more slowly"),
])  # fmt: skip


def _average_from_zero(xs, tau):
    return _averages(xs, tau) / _shares(xs, tau)


def _averages(xs, tau, average=0.0, divisor=lambda k: 1.0):
    """Uncorrected averages from a first one; after update k each is divided, and goes so into the next."""
    path = []
    for k, x in enumerate(xs, 1):
        average = (tau * x + (1 - tau) * average) / divisor(k)
        path.append(average)
    return np.array(path)


def _shares(xs, tau, first=1):
    """Sum of the shares after each update, in a shape that divides xs."""
    return 1 - (1 - tau) ** np.arange(first, len(xs) + first).reshape(-1, *(1,) * (xs.ndim - 1))


check_average_from_zero = Exercise(_average_from_zero, [
    (np.array([3.0, 5.0, 2.0, 8.0, 8.0]), 0.25),
    (np.array([[0.0, 1.0], [2.0, 1.0], [4.0, -3.0]]), 0.1),
    (np.array([4, 8, 1, 6]), 0.25),
    (np.array([2.0]), 0.75),
], [
    (_averages, "not corrected: the first average is tau times the first value, which is too small"),
    (lambda xs, tau: _averages(xs, tau, 1.0 * xs[0]), "it starts at xs[0]; start at zero, and divide"),
    (lambda xs, tau: _averages(xs, tau, divisor=lambda k: 1 - (1 - tau) ** k),
     "the corrected average must not go into the next update: keep the uncorrected one beside it"),
    (lambda xs, tau: _averages(xs, tau) / tau, "tau is the sum of the shares after one update; it grows"),
    (lambda xs, tau: _averages(xs, tau) / _shares(xs, tau, first=2),
     "the power is one too high: after the first update the shares add up to tau"),
    (lambda xs, tau: _averages(xs, tau) / _shares(xs, 1 - tau),
     "1 - tau is what an update keeps, so the sum is 1 - (1 - tau) to the power k"),
    (lambda xs, tau: _average_from_zero(xs, 1 - tau), "tau and 1 - tau are swapped: tau is the share of the new value"),
    (lambda x, tau: [x[:k].mean(axis=0) for k in range(1, len(x) + 1)], "a plain mean: old values should fade"),
    (lambda xs, tau: _average_from_zero(xs, tau).astype(xs.dtype), "whole numbers in, whole numbers out: use floats"),
    (lambda xs, tau: _averages(xs, tau).astype(xs.dtype) / _shares(xs, tau),
     "whole numbers in, whole numbers out: np.zeros_like(xs) rounds, so make an array of floats"),
])  # fmt: skip


check_critical_discount = Exercise(lambda p: (1 + 4 * p) / (2 + 3 * p), [(0.1,), (0.25,), (0.5,), (0.9,)], [
    (lambda p: 14 / 23, "that is the answer for p = 0.1"),
    (lambda p: (1 + 3 * p) / (2 + 2 * p), "that is the critic with one weight; state 2 has a second one"),
    (lambda p: (5 - 4 * p) / (5 - 3 * p), "p is the share of the rows from state 2, not from state 1"),
    (lambda p: (1 + 4 * p) / (2 - 2 * p), "state 2 leads to itself: its rows bootstrap too"),
    (lambda p: 1.0, "there the determinant is zero; the trace turns negative before"),
    (lambda p: (2 + 3 * p) / (1 + 4 * p), "upside down: the trace is 1 + 4p - gamma (2 + 3p)"),
    (lambda p: 0.5, "that is section 1, where no row starts in state 2"),
])  # fmt: skip
