"""Checkers of notebook 05: half-life, period of an equally old hard update, moving average."""

import math

import numpy as np

from ddpg_tf.course.exercises import checker

_TAUS = (0.5, 0.1, 0.01, 0.005)


def _half_life(tau):
    return math.log(0.5) / math.log(1 - tau)


_WRONG_HALF_LIVES = (
    (lambda tau: 1 / tau, "that is the time constant: after it 63 % are covered, not half"),
    (lambda tau: math.log(2) / tau, "close, and the limit for small tau; try tau = 0.5, where one update is half"),
    (lambda tau: math.log(0.5) / math.log(tau), "tau and 1 - tau are swapped: 1 - tau is what an update leaves"),
    (lambda tau: -_half_life(tau), "the sign is turned: both logarithms are negative, so their ratio is not"),
    (
        lambda tau: math.floor(_half_life(tau)),
        "rounded down: at tau = 0.01 the half-way point lies between steps 68 and 69",
    ),
    (
        lambda tau: math.ceil(_half_life(tau)),
        "rounded up: at tau = 0.01 the half-way point lies between steps 68 and 69",
    ),
)


@checker
def check_half_life(answer):
    """Half-life of the soft update in updates, Eq. 6 of notebook 05."""
    return _find_hint(answer, _half_life, _WRONG_HALF_LIVES)


def _hard_period(tau):
    return 2 / tau - 1


_WRONG_PERIODS = (
    (lambda tau: (1 - tau) / tau, "that is the mean age itself; a hard copy is that old in the middle of its period"),
    (lambda tau: 1 / tau, "that is the time constant of the soft update, not the period of a hard one as old"),
    (lambda tau: 2 / tau, "one too many: the ages of a hard copy are 0, 1, … C - 1, and their mean is (C - 1)/2"),
    (lambda tau: 2 * (1 - tau) / tau, "one too few: the ages of a hard copy are 0, 1, … C - 1, not 0, 1, … C"),
    (_half_life, "that is the half-life: the median of the ages, not their mean"),
)


@checker
def check_hard_period(answer):
    """Period of the hard update whose weights are on average as old as those of the soft one, Eq. 7 of notebook 05."""
    return _find_hint(answer, _hard_period, _WRONG_PERIODS)


def _find_hint(answer, right, mistakes):
    """None, the hint of the known mistake that gives the same numbers, or the first number that is wrong."""
    given = [answer(tau) for tau in _TAUS]
    if _close(given, [right(tau) for tau in _TAUS]):
        return None
    for wrong, hint in mistakes:
        if _close(given, [wrong(tau) for tau in _TAUS]):
            return hint
    tau, value = next((t, v) for t, v in zip(_TAUS, given) if not _close(v, right(t)))
    return f"for tau = {tau} it gives {value!r}, expected {right(tau):.4f}"


def _ema(xs, tau, first=None, late=False):
    """The right average, or with other arguments one that starts elsewhere or is one step late."""
    target = xs[0] if first is None else first + 0 * xs[0]
    path = []
    for i, x in enumerate(xs):
        target = tau * (xs[max(i - 1, 0)] if late else x) + (1 - tau) * target
        path.append(target)
    return np.array(path)


_TAU = 0.25  # not one half, where tau and 1 - tau are the same
_ROW = np.array([3.0, 5.0, 2.0, 8.0, 8.0])
_WHOLE = np.array([4, 8, 1, 6])
_TABLE = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, -3.0]])

_WRONG_AVERAGES = (
    (lambda xs: _ema(xs, 1 - _TAU), "tau and 1 - tau are swapped: tau is the share of the new value"),
    (lambda xs: _ema(xs, _TAU, first=0.0), "it starts at zero: the target starts equal to xs[0]"),
    (lambda xs: _ema(xs, _TAU, late=True), "one step late: the target after an update holds the newest x already"),
    (lambda xs: _ema(xs, _TAU)[-1], "only the last target: return the targets after all updates, one for each x"),
    (lambda xs: _ema(xs, _TAU)[1:], "the first entry is missing: it is xs[0]"),
    (
        lambda xs: np.cumsum(xs, 0) / np.arange(1, len(xs) + 1).reshape(-1, *(1,) * (np.ndim(xs) - 1)),
        "that is the plain mean of all so far: in a moving average old values fade",
    ),
)


@checker
def check_ema(answer):
    """The target after each soft update, Eq. 4 of notebook 05."""
    for xs in (_ROW, _TABLE, _WHOLE):
        given_xs = xs.copy()
        given = answer(given_xs, _TAU)
        if not np.array_equal(given_xs, xs):
            return "it changes xs, which belongs to the caller: write into an array of its own"
        if not _close(given, _ema(xs, _TAU)):
            return _find_average_hint(xs, given)
    return None


def _find_average_hint(xs, given):
    for wrong, hint in _WRONG_AVERAGES:
        if _close(given, wrong(xs)):
            return hint
    if xs is _WHOLE:
        return "whole numbers in, whole numbers out: np.zeros_like(xs) rounds, so make an array of floats"
    return f"for xs = {xs.tolist()}, tau = {_TAU} it gives {given!r}, expected {_ema(xs, _TAU).tolist()}"


def _close(given, expected):
    """Whether both have the same shape and agree to what float32 can hold; never for what is no number."""
    try:
        given = np.asarray(given, float)
    except (TypeError, ValueError):
        return False
    return given.shape == np.shape(expected) and np.allclose(given, expected, rtol=1e-5, atol=1e-7)
