"""Exercises of page 11: a reward to go with importance weights, and a baseline for each entry of the gradient."""

import numpy as np

from ddpg_tf.course.exercises import Exercise


def _to_go(r):
    return np.cumsum(r[::-1])[::-1]


def _weighted_to_go(r, rho):
    return _to_go(np.cumprod(rho) * r)


_LATE = "one step late: the action of step k has a part in r_k, so its own ratio belongs to it"

check_weighted_to_go = Exercise(_weighted_to_go, [
    (np.array([1.0, 2.0, 4.0, 8.0]), np.array([0.5, 2.0, 3.0, 0.25])),
    (np.array([1.0, 0.0, -1.0, 3.0, 0.5]), np.array([1.5, 0.4, 1.1, 0.9, 2.0])),
    (np.array([1.0, 1.0, 1.0]), np.array([2.0, 0.5, 1.5])),
], [
    (lambda r, rho: _to_go(r) * np.prod(rho), "the weight of the whole episode: r_k needs no ratio after step k"),
    (lambda r, rho: np.cumprod(rho) * _to_go(r), "later actions share in later rewards: weigh each r_k, then add"),
    (lambda r, rho: rho * _to_go(r), "one ratio is not enough: r_k depends on all actions up to step k"),
    (lambda r, rho: _to_go(rho * r), "one ratio for each reward is not enough: it takes the product up to step k"),
    (lambda r, rho: _weighted_to_go(r, rho) * rho / np.cumprod(rho),
     "the ratios before t are missing: they say how likely the new policy is to get there at all"),
    (lambda r, rho: _to_go(np.append(1.0, np.cumprod(rho)[:-1]) * r), _LATE),
    (lambda r, rho: np.append(_weighted_to_go(r, rho)[1:], 0.0), "the reward of the step itself is the first of R_t"),
    (lambda r, rho: np.cumsum(np.cumprod(rho) * r), "those are the rewards so far: R_t adds those still to come"),
    (lambda r, rho: _to_go(np.cumsum(rho) * r), "chances multiply: a product of ratios, not a sum"),
    (lambda r, rho: _to_go(r), "those are the returns of the old policy: the weights are missing"),
    (lambda r, rho: _to_go(r / np.cumprod(rho)), "upside down: what the new policy does more often counts more"),
])  # fmt: skip


def _squares(pi):
    """Squared score of each action, a row, in each logit, a column."""
    return (np.eye(len(pi)) - pi) ** 2


def _best_baselines(q, pi):
    return (pi * q) @ _squares(pi) / (pi @ _squares(pi))


def _common(q, pi):
    size = _squares(pi).sum(axis=1)
    return pi @ (q * size) / (pi @ size)


def _by_size(q, pi):
    size = np.abs(np.eye(len(pi)) - pi)
    return (pi * q) @ size / (pi @ size)


check_best_baselines = Exercise(_best_baselines, [
    (np.array([10.0, 11.0, 12.0]), np.array([0.5, 0.3, 0.2])),
    (np.array([-1.0, 4.0, 0.5, 2.0]), np.array([0.1, 0.2, 0.3, 0.4])),
], [
    (lambda q, pi: np.full(len(q), _common(q, pi)), "that is the best common one; look at one entry of the score only"),
    (lambda q, pi: np.full(len(q), pi @ q), "that is the mean payout; weigh each payout with the squared score"),
    (lambda q, pi: q, "a baseline must not depend on the action drawn; it may depend on the entry"),
    (_by_size, "close: the variance is a mean of squares, so the score enters squared"),
    (lambda q, pi: q @ _squares(pi) / _squares(pi).sum(axis=0), "the mean is over draws: weigh each action with pi"),
    (lambda q, pi: (pi * q) @ _squares(pi), "divide by the mean of the squared score"),
    (lambda q, pi: _squares(pi) @ (pi * q) / (_squares(pi) @ pi), "rows and columns exchanged: average over actions"),
])  # fmt: skip
