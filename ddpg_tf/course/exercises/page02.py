"""Exercises of page 02: the memory of the noise, the kick for a width, and how often an engine fires."""

import math

from scipy.stats import norm

from ddpg_tf.course.exercises import Exercise


def _correlation_time(theta):
    return -1 / math.log(1 - theta)


_ROUNDED = "not rounded: at theta = 0.15 the crossing lies between steps 6 and 7"

check_correlation_time = Exercise(_correlation_time, [(0.15,), (0.5,), (0.02,), (0.9,)], [
    (lambda theta: 1 / theta, "1 / theta is the limit for small theta; solve (1 - theta)**k = 1/e"),
    (lambda theta: math.log(0.5) / math.log(1 - theta), "that is the half-life, the fall to 1/2"),
    (lambda theta: 1 / math.log(1 - theta), "the sign: log(1 - theta) is negative, a time is not"),
    (lambda theta: -math.log(1 - theta), "that is the rate per step; the time is its inverse"),
    (lambda theta: -0.5 / math.log(1 - theta), "the exponent of the variance is 2t, here it is k"),
    (lambda theta: -1 / math.log(theta), "theta and 1 - theta are swapped: each step keeps 1 - theta"),
    (lambda theta: -1 / math.log10(1 - theta), "the natural logarithm is wanted, not the one to base 10"),
    (lambda theta: round(_correlation_time(theta)), _ROUNDED),
    (lambda theta: math.floor(_correlation_time(theta)), _ROUNDED),
    (lambda theta: math.ceil(_correlation_time(theta)), _ROUNDED),
])  # fmt: skip


check_sigma_for_width = Exercise(lambda theta, width: width * math.sqrt(theta * (2 - theta)), [
    (0.15, 0.38), (0.5, 1.0), (0.0015, 0.2), (1.0, 0.3)
], [
    (lambda theta, width: width / math.sqrt(theta * (2 - theta)), "Eq. 4 forwards, from kick to width"),
    (lambda theta, width: width * theta * (2 - theta), "the root is missing: Eq. 4 has the variance"),
    (lambda theta, width: width * math.sqrt(2 * theta), "sqrt(2 theta) is the limit for small theta"),
    (lambda theta, width: width * theta, "sigma / theta would be the width if all kicks were to agree"),
    (lambda theta, width: width, "kick and width are equal only without memory, at theta = 1"),
])  # fmt: skip


def _firing_rate(mu, width, threshold=0.5):
    return norm.sf((threshold - mu) / width) + norm.cdf((-threshold - mu) / width)


check_firing_rate = Exercise(
    _firing_rate, [(0.45, 0.1, 0.5), (-0.3, 0.38, 0.5), (0.0, 0.2, 0.5), (0.2, 0.5, 0.8), (0.1, 0.3)], [
    (lambda mu, width, edge=0.5: 2 * norm.sf(edge / width), "mu is not used: that is Eq. 10, mu = 0"),
    (lambda mu, width, edge=0.5: norm.sf((edge - mu) / width), "there are two side engines, add the other"),
    (lambda mu, width, edge=0.5: norm.cdf((-edge - mu) / width), "there are two side engines, add the right one"),
    (lambda mu, width, edge=0.5: 2 * norm.sf((edge - mu) / width), "both sides are equal only at mu = 0"),
    (lambda mu, width, edge=0.5: 1 - _firing_rate(mu, width, edge), "that is the share inside the dead zone"),
    (lambda mu, width, edge=0.5: _firing_rate(mu, width), "the threshold is not used: 0.5 is its default only"),
    (lambda mu, width, edge=0.5: _firing_rate(mu, math.sqrt(width), edge), "norm takes the width, not its root"),
    (lambda mu, width, edge=0.5: _firing_rate(mu, width**2, edge), "norm takes the width, not its square"),
])  # fmt: skip
