"""Exercises of page 12: the slopes of a Gaussian's logarithm, a blurred hill, and advantages across the clock."""

import math

import numpy as np

from ddpg_tf.course.exercises import Exercise


def _gaussian_scores(a, mu, sigma):
    z = (a - mu) / sigma
    return z / sigma, z**2 - 1


def _with_slopes(slopes):
    """The scores by another pair of formulas, a function of the draw z and sigma."""
    return lambda a, mu, sigma: slopes((a - mu) / sigma, sigma)


check_gaussian_scores = Exercise(_gaussian_scores, [(1.75, 1.0, 0.5), (-0.7, 0.2, 0.3), (0.4, 0.1, 2.0)], [
    (_with_slopes(lambda z, s: (z / s, (z**2 - 1) / s)), "the second is the slope in sigma, not in ln sigma"),
    (_with_slopes(lambda z, s: (z / s, z**2)), "the second misses a -1: the density has 1/sigma in front"),
    (_with_slopes(lambda z, s: (z, z**2 - 1)), "the first is z; divide by sigma once more"),
    (_with_slopes(lambda z, s: (z / s**2, z**2 - 1)), "the first is divided by sigma once too often"),
    (_with_slopes(lambda z, s: (-z / s, z**2 - 1)), "the sign of the first: a nearer mean makes a likelier"),
    (_with_slopes(lambda z, s: (z / s, 1 - z**2)), "the sign of the second: far actions ask for more width"),
    (lambda *case: _gaussian_scores(*case)[::-1], "the slope in the mean comes first"),
    (lambda *case: _gaussian_scores(*case)[0], "two slopes are wanted, in the mean and in ln sigma"),
])  # fmt: skip


def _blurred_slope(w, mu, sigma):
    return -w * math.exp(-((w * sigma) ** 2) / 2) * math.sin(w * mu)


check_blurred_slope = Exercise(_blurred_slope, [(2.0, 0.3, 0.5), (5.0, -0.2, 0.1), (1.0, 1.2, 1.5)], [
    (lambda w, mu, s: -w * math.sin(w * mu), "that is the slope without any blur, the limit for sigma = 0"),
    (lambda w, mu, s: math.exp(-((w * s) ** 2) / 2) * math.cos(w * mu), "that is the hill itself; give its slope"),
    (lambda w, mu, s: _blurred_slope(w, mu, s) / w, "the inner derivative, a factor w, is missing"),
    (lambda *case: -_blurred_slope(*case), "the sign: the cosine falls where the sine is positive"),
    (lambda w, mu, s: -w * math.exp(-(s**2) / 2) * math.sin(w * mu), "the blur depends on w too"),
    (lambda w, mu, s: -w * math.exp(-((w * s) ** 2)) * math.sin(w * mu), "the half in the exponent is missing"),
    (lambda w, mu, s: -w * math.exp(-w * s / 2) * math.sin(w * mu), "the square in the exponent is missing"),
])  # fmt: skip


def _advantages(r, v, v_next, over, gamma, lam):
    errors, out, later = r + gamma * v_next - v, np.zeros(len(r)), 0.0
    for t in reversed(range(len(r))):
        later = out[t] = errors[t] + gamma * lam * later * (not over[t])
    return out


def _forwards(r, v, v_next, over, gamma, lam):
    errors, out, sofar = r + gamma * v_next - v, np.zeros(len(r)), 0.0
    for t in range(len(r)):
        sofar = out[t] = errors[t] + gamma * lam * sofar
    return out


check_advantages = Exercise(_advantages, [
    (  # two steps of an episode that the clock cuts, and three of the next
        np.array([1.0, -2.0, 3.0, 0.5, 2.0]),
        np.array([0.4, 1.0, -1.0, 2.0, 0.3]),
        np.array([1.0, 5.0, 2.0, 0.3, 0.7]),
        np.array([False, True, False, False, False]),
        0.5,
        0.8,
    ),
    (  # the clock also cuts the last step
        np.array([2.0, 0.0, -1.0, 4.0, 1.0, -3.0, 0.5]),
        np.array([1.0, 3.0, 0.2, -2.0, 0.6, 1.5, -1.0]),
        np.array([3.0, 0.2, 4.0, 0.6, -5.0, -1.0, 2.5]),
        np.array([False, False, True, False, True, False, True]),
        0.9,
        0.6,
    ),
], [
    (lambda r, v, w, over, g, lam: _advantages(r, v, w, 0 * over, g, lam), "the sum runs on into the next episode"),
    (lambda r, v, w, over, g, lam: _advantages(r, v, w * ~over, over, g, lam), "a time limit is no end: v_next counts"),
    (lambda r, v, w, over, g, lam: _advantages(r, v, w * ~over, 0 * over, g, lam),
     "v_next still counts where `over` is true, the later errors do not"),
    (lambda r, v, w, over, g, lam: _advantages(r, v, w, ~over, g, lam), "the flag is inverted"),
    (lambda r, v, w, over, g, lam: _advantages(r, v, w, np.append(False, over[:-1]), g, lam),
     "the cut is one step late"),
    (lambda r, v, w, over, g, lam: _advantages(r, v, w, over, g, 1.0), "lambda is missing"),
    (lambda r, v, w, over, g, lam: _advantages(r, v, w, over, g, 0.0), "those are the TD errors alone, lambda = 0"),
    (lambda r, v, w, over, g, lam: _advantages(r, v, w, over, g, lam) + v, "that is the baseline's target: subtract v"),
    (_forwards, "the sum looks back: an action answers for what comes after it, so go through the steps backwards"),
])  # fmt: skip
