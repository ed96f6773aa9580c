"""Checkers of notebook 12: the slopes of a Gaussian's logarithm, a blurred hill, and advantages across the clock."""

import math

import numpy as np

from ddpg_tf.course.exercises import checker, hint_for_number


@checker
def check_gaussian_scores(gaussian_scores):
    """`gaussian_scores(a, mu, sigma)`: slopes of ln pi(a) in the mean and in ln sigma, a pair."""
    draws = [(1.75, 1.0, 0.5), (-0.7, 0.2, 0.3), (0.4, 0.1, 2.0)]
    given = gaussian_scores(*draws[0])
    if np.shape(given) != (2,):
        return f"two slopes are wanted, in the mean and in ln sigma; you gave {given!r}"
    cases = [(*draw, place) for draw in draws for place in (0, 1)]
    return hint_for_number(_entry(gaussian_scores), _entry(_scores), _wrong_scores(), cases, shown=_shown_draw)


def _entry(function):
    """The function with one more argument, the place of the number that is looked at."""
    return lambda *case: float(function(*case[:-1])[case[-1]])


def _scores(a, mu, sigma):
    z = (a - mu) / sigma
    return z / sigma, z**2 - 1


def _wrong_scores():
    def variant(of_mean, of_width):
        return _entry(lambda a, mu, sigma: (of_mean((a - mu) / sigma, sigma), of_width((a - mu) / sigma, sigma)))

    def mean(z, sigma):
        return z / sigma

    def width(z, sigma):
        return z**2 - 1

    return (
        (
            variant(mean, lambda z, sigma: width(z, sigma) / sigma),
            "the second is the slope in sigma; in ln sigma it is sigma times that",
        ),
        (
            variant(mean, lambda z, sigma: z**2),
            "the second has forgotten that the density has 1/sigma in front: - ln sigma has the slope -1 in ln sigma",
        ),
        (
            variant(lambda z, sigma: z, width),
            "the first is z; a step of the mean moves z by 1/sigma, so divide once more",
        ),
        (
            variant(lambda z, sigma: z / sigma**2, width),
            "the first is divided by sigma once too often: (a - mu) / sigma², or z / sigma",
        ),
        (
            variant(lambda z, sigma: -z / sigma, width),
            "the sign of the first: a mean that comes nearer to a makes a likelier",
        ),
        (
            variant(mean, lambda z, sigma: 1 - z**2),
            "the sign of the second: an action further off than sigma asks for more width",
        ),
        (lambda *case: _scores(*case[:-1])[1 - case[-1]], "the slope in the mean comes first"),
    )


def _shown_draw(case):
    a, mu, sigma, place = case
    return f"the slope in {('mu', 'ln sigma')[place]} for a = {a}, mu = {mu}, sigma = {sigma}"


@checker
def check_blurred_slope(blurred_slope):
    """`blurred_slope(w, mu, sigma)`: slope in mu of the mean of cos(w a) over a ~ N(mu, sigma²)."""

    def right(w, mu, sigma):
        return -w * math.exp(-((w * sigma) ** 2) / 2) * math.sin(w * mu)

    wrong = (
        (lambda w, mu, sigma: -w * math.sin(w * mu), "that is the slope without any blur, the limit for sigma = 0"),
        (
            lambda w, mu, sigma: math.exp(-((w * sigma) ** 2) / 2) * math.cos(w * mu),
            "that is the blurred hill itself; its slope in mu is asked for",
        ),
        (
            lambda w, mu, sigma: -math.exp(-((w * sigma) ** 2) / 2) * math.sin(w * mu),
            "the inner derivative is missing: cos(w mu) changes w times as fast as cos",
        ),
        (lambda w, mu, sigma: -right(w, mu, sigma), "the sign: the cosine falls where the sine is positive"),
        (
            lambda w, mu, sigma: -w * math.exp(-(sigma**2) / 2) * math.sin(w * mu),
            "the blur depends on w too: fine ripples are smoothed away before long waves are",
        ),
        (
            lambda w, mu, sigma: -w * math.exp(-((w * sigma) ** 2)) * math.sin(w * mu),
            "the half is missing in the exponent: E[cos(w sigma z)] = exp(-(w sigma)²/2)",
        ),
        (
            lambda w, mu, sigma: -w * math.exp(-w * sigma / 2) * math.sin(w * mu),
            "a square is missing in the exponent: for a small sigma the blur goes with sigma²",
        ),
    )
    cases = [(2.0, 0.3, 0.5), (5.0, -0.2, 0.1), (1.0, 1.2, 1.5)]
    return hint_for_number(
        blurred_slope, right, wrong, cases, shown=lambda case: "w = {}, mu = {}, sigma = {}".format(*case)
    )


@checker
def check_advantages(advantages):
    """`advantages(r, v, v_next, over, gamma, lam)`: arrays of T numbers; the T advantages of Eq. 14 with a clock."""
    given = np.array(advantages(*(np.array(row) for row in _PLAYED), 0.5, 0.8), np.float64)
    if given.shape != (5,):
        return f"five steps have five advantages, shape (5,); your answer has shape {given.shape}"
    cases = [(gamma, lam, place) for gamma, lam in ((0.5, 0.8), (0.9, 0.6)) for place in range(5)]

    def entry(function):
        return lambda gamma, lam, place: float(function(*(np.array(row) for row in _PLAYED), gamma, lam)[place])

    wrong = [(entry(mistake), words) for mistake, words in _WRONG_ADVANTAGES]
    return hint_for_number(entry(advantages), entry(_advantages), wrong, cases, shown=_shown_step)


_PLAYED = (  # r, v, v_next, over: an episode of two steps that the clock cuts, and three steps of the next
    [1.0, -2.0, 3.0, 0.5, 2.0],
    [0.4, 1.0, -1.0, 2.0, 0.3],
    [1.0, 5.0, 2.0, 0.3, 0.7],
    [False, True, False, False, False],
)


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


_WRONG_ADVANTAGES = (
    (
        lambda r, v, v2, over, gamma, lam: _advantages(r, v, v2, np.zeros_like(over), gamma, lam),
        "the sum runs on into the next episode: where `over` is true, nothing of step t + 1 belongs to step t",
    ),
    (
        lambda r, v, v2, over, gamma, lam: _advantages(r, v, v2 * ~over, over, gamma, lam),
        "the clock is taken for the end of the world: v_next still counts where the episode was cut",
    ),
    (
        lambda r, v, v2, over, gamma, lam: _advantages(r, v, v2 * ~over, np.zeros_like(over), gamma, lam),
        "the wrong term is cut: where `over` is true, v_next still counts, and the later errors do not",
    ),
    (
        lambda r, v, v2, over, gamma, lam: _advantages(r, v, v2, over, gamma, 1.0),
        "lambda is missing: each further step counts gamma times lambda",
    ),
    (
        lambda r, v, v2, over, gamma, lam: _advantages(r, v, v2, over, gamma, 0.0),
        "those are the TD errors alone, lambda = 0: add what comes later",
    ),
    (
        lambda r, v, v2, over, gamma, lam: _advantages(r, v, v2, over, gamma, lam) + v,
        "that is the target of the baseline: subtract v",
    ),
    (_forwards, "the sum looks back: an action answers for what comes after it, so go through the steps backwards"),
)


def _shown_step(case):
    gamma, lam, place = case
    return f"step {place} of r, v, v_next, over = {_PLAYED} with gamma = {gamma} and lambda = {lam}"
