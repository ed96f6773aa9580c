"""Checkers for notebook 02, Ornstein-Uhlenbeck noise."""

import math

from scipy.stats import norm

from ddpg_tf.course.exercises import checker, hint_for_number


@checker
def check_correlation_time(answer):
    """`answer(theta)`: steps until the autocorrelation (1 - theta)^k has fallen to 1/e, not rounded."""

    def right(theta):
        return -1 / math.log(1 - theta)

    rounded = "not rounded: at theta = 0.15 the crossing lies between steps 6 and 7"
    wrong = [
        (lambda theta: 1 / theta, "1 / theta is the limit for small theta; solve (1 - theta)**k = 1/e"),
        (lambda theta: math.log(0.5) / math.log(1 - theta), "that is the half-life, the fall to 1/2"),
        (lambda theta: 1 / math.log(1 - theta), "the sign: log(1 - theta) is negative, a time is not"),
        (lambda theta: -math.log(1 - theta), "that is the rate per step; the time is its inverse"),
        (lambda theta: -0.5 / math.log(1 - theta), "the exponent of the variance is 2t, here it is k"),
        (lambda theta: round(right(theta)), rounded),
        (lambda theta: math.floor(right(theta)), rounded),
        (lambda theta: math.ceil(right(theta)), rounded),
    ]
    return hint_for_number(answer, right, wrong, [(0.15,), (0.5,), (0.0015,), (0.9,)])


@checker
def check_sigma_for_width(answer):
    """`answer(theta, width)`: the kick with which the process has that width at rest."""

    def right(theta, width):
        return width * math.sqrt(theta * (2 - theta))

    wrong = [
        (lambda theta, width: width / math.sqrt(theta * (2 - theta)), "Eq. 4 forwards, from kick to width"),
        (lambda theta, width: width * theta * (2 - theta), "the root is missing: Eq. 4 has the variance"),
        (lambda theta, width: width * math.sqrt(2 * theta), "sqrt(2 theta) is the limit for small theta"),
        (lambda theta, width: width * theta, "sigma / theta would be the width if all kicks were to agree"),
        (lambda theta, width: width, "kick and width are equal only without memory, at theta = 1"),
    ]
    return hint_for_number(answer, right, wrong, [(0.15, 0.38), (0.5, 1.0), (0.0015, 0.2), (1.0, 0.3)])


@checker
def check_firing_rate(answer):
    """`answer(mu, width, threshold)`: probability that mu plus normal noise is beyond ±threshold."""

    def right(mu, width, edge):
        return norm.sf((edge - mu) / width) + norm.cdf((-edge - mu) / width)

    wrong = [
        (lambda mu, width, edge: 2 * norm.sf(edge / width), "mu is not used: that is Eq. 10, mu = 0"),
        (lambda mu, width, edge: norm.sf((edge - mu) / width), "there are two side engines, add the other"),
        (lambda mu, width, edge: 2 * norm.sf((edge - mu) / width), "both sides are equal only at mu = 0"),
        (lambda mu, width, edge: 1 - right(mu, width, edge), "that is the share inside the dead zone"),
        (lambda mu, width, edge: right(mu, math.sqrt(width), edge), "norm takes the width, not its root"),
        (lambda mu, width, edge: right(mu, width**2, edge), "norm takes the width, not its square"),
    ]
    cases = [(0.45, 0.1, 0.5), (-0.3, 0.38, 0.5), (0.0, 0.2, 0.5), (0.2, 0.5, 0.8)]
    return hint_for_number(answer, right, wrong, cases)
