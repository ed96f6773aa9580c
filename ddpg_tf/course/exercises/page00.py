"""Exercises of page 00: how far a discount looks ahead; and of the small world: its returns and greedy policy."""

import math

import numpy as np

from ddpg_tf.course.exercises import Exercise


def _steps_for(share, gamma):
    return math.ceil(math.log(1 - share) / math.log(gamma))


_UP = "a number of steps is whole, and one step too few carries less than the share: round up"
_EQUAL = "that counts steps of equal weight; each weighs gamma times the one before"

check_steps_for = Exercise(_steps_for, [
    (0.9, 0.8), (0.5, 0.99), (0.5, 0.5), (0.75, 0.5), (0.99, 0.95), (0.2, 0.9)
], [
    (lambda share, gamma: math.log(1 - share) / math.log(gamma), _UP),
    (lambda share, gamma: math.floor(math.log(1 - share) / math.log(gamma)), _UP),
    (lambda share, gamma: round(math.log(1 - share) / math.log(gamma)), _UP),
    (lambda share, gamma: math.floor(math.log(1 - share) / math.log(gamma)) + 1,
     "one too many where the share is reached exactly: at least this share is enough"),
    (lambda share, gamma: math.ceil(math.log(share) / math.log(gamma)),
     "the weight of one step has fallen to the share by then; the steps before it carry 1 - gamma**n of the total"),
    (lambda share, gamma: math.ceil(share / (1 - gamma)), _EQUAL),
    (lambda share, gamma: share / (1 - gamma), _EQUAL),
    (lambda share, gamma: 1 / (1 - gamma), "that is the horizon, whatever the share: it carries about 63 % of the weight"),
    (lambda share, gamma: round(1 / (1 - gamma)), "that is the horizon, whatever the share"),
])  # fmt: skip


def _discounted_return(rewards, gamma):
    return gamma ** np.arange(len(rewards)) @ np.asarray(rewards)


check_discounted_return = Exercise(_discounted_return, [
    ([1.0, 0.0, 2.0], 0.5),
    (np.array([3.0, -1.0, 4.0, 1.0, -5.0, 9.0]), 0.9),
    ([5.0], 0.9), ([2.0, 7.0], 1.0), ([3.0, 4.0], 0.0), ([2, 1, 4], 0.5), ([], 0.9),
], [
    (lambda r, gamma: sum(r), "gamma is not used; that is the undiscounted sum"),
    (lambda r, gamma: gamma * _discounted_return(r, gamma), "the first reward is not discounted: k starts at 0"),
    (lambda r, gamma: gamma * sum(r), "each step of waiting costs a gamma: gamma needs the exponent k"),
    (lambda r, gamma: sum(gamma**k for k in range(len(r))) * sum(r[:1]), "the index of r moves with k: r[k], not r[0]"),
    (lambda r, gamma: _discounted_return(r[::-1], gamma), "the order is reversed: the last reward waits longest"),
    (lambda r, gamma: _discounted_return(r[:-1], gamma), "the last reward is missing"),
    (lambda r, gamma: gamma * np.arange(len(r)) @ np.asarray(r), "gamma**k, not gamma * k"),
    (lambda r, gamma: (1 - gamma) * _discounted_return(r, gamma), "1 - gamma makes it a mean; Eq. 2 is a sum"),
    (lambda r, gamma: _discounted_return(r, gamma) / max(len(r), 1), "a return is a sum: do not divide by T"),
])  # fmt: skip


def _worlds(count=5):
    """Worlds (V, P, R, gamma): one that a hint can show, and random ones in which every mistake shows."""
    P = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.5], [1.0, 0.0]]])
    worlds, rng = [(np.array([0.0, 10.0]), P, np.array([[1.0, 0.0], [0.0, 2.0]]), 0.5)], np.random.default_rng(0)
    for gamma in np.linspace(0.2, 0.9, count):
        P = rng.dirichlet(np.full(8, 0.3), size=(8, 3))
        P[P < 0.02] = 0.0
        worlds.append((rng.normal(size=8), P / P.sum(axis=2, keepdims=True), rng.normal(size=(8, 3)), float(gamma)))
    return worlds


check_greedy_policy = Exercise(lambda V, P, R, gamma: np.argmax(R + gamma * P @ V, axis=1), _worlds(), [
    (lambda V, P, R, gamma: np.argmax(R + P @ V, axis=1), "gamma is missing: V(s') is one step away"),
    (lambda V, P, R, gamma: np.argmax(R, axis=1), "only the next reward counts; add gamma P V"),
    (lambda V, P, R, gamma: np.argmax(P @ V, axis=1), "the reward on the way, R(s, a), is missing"),
    (lambda V, P, R, gamma: np.argmax(R + gamma * np.where(P > 0, V, -np.inf).max(axis=2), axis=1),
     "it hopes for the best next state; take the mean over s', weighted with P"),
    (lambda V, P, R, gamma: np.argmin(R + gamma * P @ V, axis=1), "argmin takes the worst action"),
    (lambda V, P, R, gamma: np.max(R + gamma * P @ V, axis=1), "those are values; argmax gives the actions"),
    (lambda V, P, R, gamma: np.argmax(R + gamma * P @ V, axis=0), "axis 0 compares states: the actions are axis 1"),
])  # fmt: skip
