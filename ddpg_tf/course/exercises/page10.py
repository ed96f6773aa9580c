"""Exercises of page 10: the bias of the largest of two noisy values, and the variance of weighted draws by priority."""

from math import sqrt

import numpy as np
from scipy.stats import norm

from ddpg_tf.course.exercises import Exercise


def _two_biases(gap, sigma, *, width=None):
    width = sigma * sqrt(2) if width is None else width
    wrong = gap * norm.cdf(-gap / width)  # lost where the worse action is chosen
    return width * norm.pdf(gap / width) - wrong, -wrong


check_two_biases = Exercise(_two_biases, [(1.0, 1.0), (0.5, 2.0), (2.0, 0.7), (0.0, 1.5), (3.0, 1.2)], [
    (lambda g, s: _two_biases(g, s)[::-1], "the order: first one network, then two"),
    (lambda g, s: _two_biases(g, s, width=s), "the difference of two independent errors is wider than one: sigma √2"),
    (lambda g, s: _two_biases(g, s, width=2 * s), "variances add, not widths: the difference has the width sigma √2"),
    (lambda g, s: _two_biases(g, s, width=sqrt(2)), "sigma is not used, so this is right for 1 only"),
    (lambda g, s: _two_biases(g, s, width=s**2 * sqrt(2)), "sigma is the width of an error; its variance is sigma²"),
    (lambda g, s: np.add(_two_biases(g, s), g), "those are the mean values; the bias is what they are above gap"),
    (lambda g, s: np.abs(_two_biases(g, s)), "double estimation errs on the other side: its bias is negative"),
    (lambda g, s: (_two_biases(g, s)[0], 0.0), "only right for equal actions; else the worse one is chosen at times"),
    (lambda g, s: (s * sqrt(2) * norm.pdf(g / s / sqrt(2)), _two_biases(g, s)[1]),
     "the maximum too loses the gap where the worse action is chosen"),
    (lambda g, s: (_two_biases(g, s)[0], -g * norm.cdf(g / s / sqrt(2))),
     "that is the chance to choose the better action; the gap is lost where the worse one is chosen"),
])  # fmt: skip


def _draw_variance(errors, alpha, *, square=True, weights=True):
    P = np.abs(errors) ** alpha / np.sum(np.abs(errors) ** alpha)
    drawn = errors / (len(errors) * P) if weights else errors
    return np.sum(P * drawn**2) - square * np.sum(P * drawn) ** 2


check_draw_variance = Exercise(_draw_variance, [
    (np.array([1.0, -2.0, 4.0]), 0.5),
    (np.array([0.5, 3.0, -1.0, 2.0]), 1.0),
    (np.array([2.0, -0.3, 1.0, 5.0, -4.0]), 0.0),
    (np.random.default_rng(0).normal(size=20), 0.7),
    (np.random.default_rng(1).normal(size=12), 2.0),
], [
    (lambda e, a: _draw_variance(e, a, square=False), "that is the mean square; subtract the square of the mean"),
    (lambda e, a: _draw_variance(e, a, weights=False), "the weights are missing: w = 1 / (N P)"),
    (lambda e, a: _draw_variance(e, a) * len(e) ** 2, "N is missing in the weights: w = 1 / (N P)"),
    (lambda e, a: np.sqrt(_draw_variance(e, a)), "that is the standard deviation, its root"),
    (lambda e, a: np.var(e), "alpha is not used: that is the variance of uniform draws"),
    (lambda e, a: _draw_variance(e, 1), "right for alpha = 1 only"),
    (lambda e, a: _draw_variance(np.abs(e), a), "the mean is that of the errors with their signs"),
    (lambda e, a: _draw_variance(e, -a), "P is turned round: large errors are drawn more often"),
    (lambda e, a: np.var(e / (np.abs(e) ** a / np.sum(np.abs(e) ** a) * len(e))),
     "the mean over all transitions; a draw takes transition i with the chance P_i"),
])  # fmt: skip
