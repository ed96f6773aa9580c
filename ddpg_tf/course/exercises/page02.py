"""Exercises of page 02: a noise by design, how often an engine fires, and a test that finds wrong noises."""

import math

import numpy as np
from scipy.stats import norm

from ddpg_tf.course.exercises import Exercise, judge


def _design_noise(k, w):
    return 1 - math.exp(-1 / k), w * math.sqrt(1 - math.exp(-2 / k))


def _with_theta(theta, w):
    """The pair with the right kick for a wrong theta."""
    return theta, w * math.sqrt(theta * (2 - theta))


check_design_noise = Exercise(_design_noise, [(6.0, 0.38), (1.0, 0.3), (50.0, 0.2), (2.5, 1.0)], [
    (lambda k, w: _design_noise(k, w)[::-1], "theta comes first, then sigma"),
    (lambda k, w: (_design_noise(k, w)[0], w), "w is the width at rest, and kicks add up to it: turn Eq. 4 around"),
    (lambda k, w: _with_theta(1 / k, w), "1 / k is the limit for long memories; solve (1 - theta)**k = 1/e"),
    (lambda k, w: (1 / k, w * math.sqrt(2 / k)), "these are the limits for long memories; solve Eq. 6 exactly"),
    (lambda k, w: _with_theta(math.exp(-1 / k), w), "that is the share that is kept, 1 - theta"),
    (lambda k, w: (math.exp(-1 / k), _design_noise(k, w)[1]), "that is the share that is kept, 1 - theta"),
    (lambda k, w: _with_theta(1 - 0.5 ** (1 / k), w), "after k steps it has fallen to 1/2; 1/e is asked for"),
    (lambda k, w: _with_theta(1 - 10 ** (-1 / k), w), "the natural logarithm is wanted, not the one to base 10"),
    (lambda k, w: (_design_noise(k, w)[0], w**2 * -math.expm1(-2 / k)), "sigma is a width; you give its square"),
    (lambda k, w: (_design_noise(k, w)[0], w * -math.expm1(-2 / k)), "the root is missing: Eq. 4 has a root"),
    (lambda k, w: (_design_noise(k, w)[0], w / math.sqrt(-math.expm1(-2 / k))), "Eq. 4 forwards; turn it around"),
])  # fmt: skip


def _firing_rate(mu, width, threshold=0.5):
    return norm.sf((threshold - mu) / width) + norm.cdf((-threshold - mu) / width)


check_firing_rate = Exercise(
    _firing_rate, [(0.45, 0.1, 0.5), (-0.3, 0.38, 0.5), (0.0, 0.2, 0.5), (0.2, 0.5, 0.8), (0.1, 0.3)], [
    (lambda mu, width, edge=0.5: 2 * norm.sf(edge / width), "mu is not used: that is Eq. 5, mu = 0"),
    (lambda mu, width, edge=0.5: norm.sf((edge - mu) / width), "there are two side engines, add the other"),
    (lambda mu, width, edge=0.5: norm.cdf((-edge - mu) / width), "there are two side engines, add the right one"),
    (lambda mu, width, edge=0.5: 2 * norm.sf((edge - mu) / width), "both sides are equal only at mu = 0"),
    (lambda mu, width, edge=0.5: 1 - _firing_rate(mu, width, edge), "that is the share inside the dead zone"),
    (lambda mu, width, edge=0.5: _firing_rate(mu, width), "the threshold is not used: 0.5 is its default only"),
    (lambda mu, width, edge=0.5: _firing_rate(mu, math.sqrt(width), edge), "norm takes the width, not its root"),
    (lambda mu, width, edge=0.5: _firing_rate(mu, width**2, edge), "norm takes the width, not its square"),
])  # fmt: skip


STEPS, RUNS = 100, 10_000


def _walk(keep, sigma, kicks, x=0.0):
    path = []
    for n in kicks:
        x = keep * x + sigma * n
        path.append(x)
    return np.array(path)


def _wrong(theta, sigma):
    """Paths that Eq. 2 did not make, each with what is wrong with them."""
    rng, keep = np.random.default_rng(7), 1 - theta
    normal = rng.standard_normal((STEPS, RUNS))
    width = sigma / math.sqrt(theta * (2 - theta))
    grown = width * np.sqrt(1 - keep ** (2 * np.arange(1, STEPS + 1)))
    yield _walk(keep, sigma, rng.random((STEPS, RUNS))), "uniform kicks: compare the mean over the runs with 0"
    yield grown[:, None] * normal, "noise without memory, with the widths of Eq. 8: look at its autocorrelation"
    yield _walk(-keep, sigma, normal), "noise that changes sides at each step, as wide as the right one: look at lag 1"
    yield _walk(keep, sigma**2, normal), "kicks of width sigma squared: compare the width with Eq. 8"
    yield _walk(theta, sigma, normal), "noise that keeps the share theta: compare the width with Eq. 8"
    yield _walk(keep, sigma, normal, x=width * rng.standard_normal(RUNS)), "noise that does not start at zero: step 1"
    yield np.repeat(_walk(keep, sigma, normal[:, :1]), RUNS, axis=1), "one process in all runs: compare them"


@judge
def check_is_ou():
    """Right paths under three pairs of parameters, then wrong ones."""
    for seed, (theta, sigma) in enumerate([(0.15, 0.2), (0.5, 1.0), (0.02, 0.1), (0.15, 0.2)]):
        paths = _walk(1 - theta, sigma, np.random.default_rng(seed).standard_normal((STEPS, RUNS)))
        hint = f"it refuses paths of Eq. 2, theta = {theta}, sigma = {sigma}: row 0 is x_1; allow five standard errors"
        yield (paths, theta, sigma), True, hint
    for paths, flaw in _wrong(0.15, 0.2):
        yield (paths, 0.15, 0.2), False, f"it lets a wrong noise pass, {flaw}"
