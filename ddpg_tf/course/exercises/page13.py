"""Exercises of page 13: how far the smaller of two noisy values lies below them, and what noise leaves of a peak."""

import math

from ddpg_tf.course.exercises import Exercise


def _difference(s1, s2, rho):
    """Standard deviation of the difference of the two errors."""
    return math.sqrt(max(s1**2 + s2**2 - 2 * rho * s1 * s2, 0.0))


def _mean_of_the_smaller(s1, s2, rho):
    return -_difference(s1, s2, rho) / math.sqrt(2 * math.pi)


check_mean_of_the_smaller = Exercise(_mean_of_the_smaller, [
    (1.0, 1.0, 0.0), (0.5, 2.0, 0.0), (1.0, 1.0, 0.9), (0.3, 0.8, -0.4), (0.7, 0.7, 0.99),
], [
    (lambda *case: -_mean_of_the_smaller(*case), "the sign: that is the mean of the larger"),
    (lambda s1, s2, rho: _mean_of_the_smaller(s1, s2, 0), "rho is not used: errors that agree cancel in X - Y"),
    (lambda s1, s2, rho: _mean_of_the_smaller(s1, s2, -rho), "the sign of rho: errors that agree cancel in X - Y"),
    (lambda s1, s2, rho: -math.sqrt((1 - rho) / math.pi), "right for widths of 1 only"),
    (lambda s1, s2, rho: -s1 * math.sqrt((1 - rho) / math.pi), "right only where both widths are the same"),
    (lambda *case: -_difference(*case) ** 2 / math.sqrt(2 * math.pi), "that is the variance of X - Y: take its root"),
    (lambda *case: 2 * _mean_of_the_smaller(*case), "twice too much: min(X, Y) = (X + Y - |X - Y|) / 2"),
    (lambda *case: -_difference(*case) / 2, "the mean of |Z| is the width times sqrt(2 / pi), not the width"),
    (lambda *case: -_difference(*case) / math.sqrt(math.pi), "the mean of |Z| is the width times sqrt(2 / pi)"),
])  # fmt: skip


def _within(w, sigma):
    """Share of the draws on the slopes of the peak."""
    return math.erf(w / sigma / math.sqrt(2))


def _mean_size(w, sigma):
    """Mean of |noise|, counted only where it is below w."""
    return sigma * math.sqrt(2 / math.pi) * (1 - math.exp(-((w / sigma) ** 2) / 2))


def _top_of_the_peak(w, sigma):
    return _within(w, sigma) - _mean_size(w, sigma) / w


check_top_of_the_peak = Exercise(_top_of_the_peak, [(0.08, 0.2), (1.0, 0.2), (0.2, 0.2), (0.5, 1.5)], [
    (lambda w, s: 1 - s * math.sqrt(2 / math.pi) / w, "beyond its foot the peak is 0, not negative"),
    (_within, "the peak is no box: its height falls by |noise| / w on the way down"),
    (lambda w, s: _top_of_the_peak(w, s) / 2, "that is one of the two slopes"),
    (lambda w, s: _top_of_the_peak(s, w), "w and sigma are swapped"),
    (lambda w, s: 1 - _top_of_the_peak(w, s), "that is what is lost; give what is left"),
    (lambda w, s: _within(w, s) - _mean_size(w, s), "the slope is 1 / w: the size of the noise counts in units of w"),
    (lambda w, s: _top_of_the_peak(w, s**2), "sigma is the width already, not the variance"),
])  # fmt: skip
