"""Exercises of page 12: the variance of the score's estimate, and advantages across the clock."""

import math

import numpy as np

from ddpg_tf.course.exercises import Exercise


def _score_variance(e, v, sigma):
    return (e / sigma) ** 2 + 2 * v**2


check_score_variance = Exercise(_score_variance, [(1.0, 0.5, 0.1), (-0.3, 2.0, 0.5), (0.2, -1.5, 0.2)], [
    (lambda e, v, s: (e / s) ** 2 + 3 * v**2, "that is the mean of the square; subtract the square of the mean, v"),
    (lambda e, v, s: (e / s) ** 2 + v**2, "v z² has the variance v² (E[z⁴] - 1), and E[z⁴] is 3"),
    (lambda e, v, s: (e / s) ** 2, "the slope is missing: v z² varies too, even with a perfect baseline"),
    (lambda e, v, s: e**2 / s + 2 * v**2, "the first term: the variance of z e/sigma has the square of sigma"),
    (lambda e, v, s: e**2 + 2 * v**2, "the first term lacks the sigma of the score"),
    (lambda e, v, s: (e / s) ** 2 + 2 * v**2 * s**2, "in the second term sigma cancels: z/sigma times v sigma z"),
    (lambda e, v, s: math.sqrt(_score_variance(e, v, s)), "that is the spread; its square is wanted"),
    (lambda e, v, s: e / s + 2 * v, "variances scale with the square of a factor"),
])  # fmt: skip


def _advantages(r, v, v_next, over, gamma, lam):
    errors, out, later = r + gamma * v_next - v, np.zeros(len(r)), 0.0
    for t in reversed(range(len(r))):
        later = out[t] = errors[t] + gamma * lam * later * (not over[t])
    return out


def _steps(*over):
    """r, v, v_next and over, of a piece of episodes that the clock cuts where `over` is 1."""
    r, v, last = np.random.default_rng(len(over)).normal(size=(3, len(over))).round(1)
    return r, v, np.where([*over[:-1], 1], last, np.roll(v, -1)), np.array(over, bool)


check_advantages = Exercise(_advantages, [
    (*_steps(0, 1, 0, 0, 0), 0.5, 0.8), (*_steps(0, 0, 1, 0, 1, 0, 1), 0.9, 0.6),
], [
    (lambda r, v, w, over, g, lam: _advantages(r, v, w, 0 * over, g, lam), "the sum runs on into the next episode"),
    (lambda r, v, w, over, g, lam: _advantages(r, v, w * ~over, over, g, lam), "a time limit is no end: v_next counts"),
    (lambda r, v, w, over, g, lam: _advantages(r, v, w * ~over, 0 * over, g, lam),
     "v_next still counts where `over` is true, the later errors do not"),
    (lambda r, v, w, over, g, lam: _advantages(r, v, w, ~over, g, lam), "the flag is inverted"),
    (lambda r, v, w, o, g, lam: _advantages(r, v, w, np.append(False, o[:-1]), g, lam), "the cut is one step late"),
    (lambda r, v, w, over, g, lam: _advantages(r, v, w, over, g, 1.0), "lambda is missing"),
    (lambda r, v, w, over, g, lam: _advantages(r, v, w, over, g, 0.0), "those are the TD errors alone, lambda = 0"),
    (lambda r, v, w, over, g, lam: _advantages(r, v, w, over, g, lam) + v, "that is the baseline's target: subtract v"),
    (lambda r, v, w, over, g, lam: _advantages(r[::-1], v[::-1], w[::-1], 0 * over, g, lam)[::-1],
     "the sum looks back: an action answers for what comes after it, so go through the steps backwards"),
])  # fmt: skip
