"""Exercises of page 05: half-life, period of an equally old hard update, moving average."""

import math

import numpy as np

from ddpg_tf.course.exercises import Exercise

_TAUS = [(0.5,), (0.1,), (0.01,), (0.005,)]


def _half_life(tau):
    return math.log(0.5) / math.log(1 - tau)


check_half_life = Exercise(_half_life, _TAUS, [
    (lambda tau: 1 / tau, "that is the time constant: after it 63 % are covered, not half"),
    (lambda tau: math.log(2) / tau, "close, and the limit for small tau; try tau = 0.5, where one update is half"),
    (lambda tau: math.log(0.5) / math.log(tau), "tau and 1 - tau are swapped: 1 - tau is what an update leaves"),
    (lambda tau: -_half_life(tau), "the sign is turned: both logarithms are negative, so their ratio is not"),
    (lambda tau: 0.5 / tau, "an update covers a share of what is left, so the steps get shorter: use logarithms"),
    (lambda tau: math.floor(_half_life(tau)), "rounded: at tau = 0.01 it lies between steps 68 and 69"),
    (lambda tau: math.ceil(_half_life(tau)), "rounded: at tau = 0.01 it lies between steps 68 and 69"),
])  # fmt: skip


check_hard_period = Exercise(lambda tau: 2 / tau - 1, _TAUS, [
    (lambda tau: (1 - tau) / tau, "that is the mean age itself; a hard copy is that old in the middle of its period"),
    (lambda tau: 1 / tau, "that is the time constant of the soft update, not the period of a hard one as old"),
    (lambda tau: 2 / tau, "one too many: the ages of a hard copy are 0, 1, … C - 1, and their mean is (C - 1)/2"),
    (lambda tau: 2 * (1 - tau) / tau, "one too few: the ages of a hard copy are 0, 1, … C - 1, not 0, 1, … C"),
    (lambda tau: 2 / tau + 1, "two too many: the mean age (C - 1)/2 takes one off, so does the soft update"),
    (_half_life, "that is the half-life: the median of the ages, not their mean"),
])  # fmt: skip


def _ema(xs, tau):
    return _walk(xs, tau, 1.0 * xs[0])


def _walk(xs, tau, target, late=0, like=None):
    """The average from another start, `late` steps late, or written into an array of `like`'s type."""
    path = np.zeros(xs.shape) if like is None else np.zeros_like(like)
    for i in range(len(xs)):
        target = tau * xs[max(i - late, 0)] + (1 - tau) * target
        path[i] = target
    return path


def _in_whole_numbers(xs, tau):
    """Each target rounded as it is stored in an array of the type of xs, and read from there."""
    path = np.zeros_like(xs)
    path[0] = xs[0]
    for i in range(1, len(xs)):
        path[i] = tau * xs[i] + (1 - tau) * path[i - 1]
    return path


_ROUNDS = "whole numbers in, whole numbers out: np.zeros_like(xs) rounds, so make an array of floats"

check_ema = Exercise(_ema, [
    (np.array([3.0, 5.0, 2.0, 8.0, 8.0]), 0.25),
    (np.array([[0.0, 1.0], [2.0, 1.0], [4.0, -3.0]]), 0.1),
    (np.array([4, 8, 1, 6]), 0.25),
    (np.array([2.0]), 0.75),
], [
    (lambda xs, tau: _ema(xs, 1 - tau), "tau and 1 - tau are swapped: tau is the share of the new value"),
    (lambda xs, tau: _walk(xs, tau, 0.0), "it starts at zero: the target starts equal to xs[0]"),
    (lambda xs, tau: _walk(xs, tau, xs[0], late=1), "one step late: a target holds the newest x already"),
    (lambda xs, tau: _ema(xs, tau)[-1], "only the last target: return the targets after all updates, one for each x"),
    (lambda xs, tau: _ema(xs, tau)[1:], "the first entry is missing: it is xs[0]"),
    (lambda xs, tau: np.cumsum(xs, 0) / np.arange(1, len(xs) + 1).reshape(-1, *(1,) * (xs.ndim - 1)),
     "that is the plain mean of all so far: old values should fade"),
    (_in_whole_numbers, _ROUNDS),
    (lambda xs, tau: _walk(xs, tau, xs[0], like=xs), _ROUNDS),
    (lambda xs, tau: 1.0 * xs, "tau has no effect: the target is a copy of xs"),
])  # fmt: skip
