"""Checkers of notebook 11: returns to go, advantages with a bootstrap, the gradient of a linear softmax policy."""

import numpy as np

from ddpg_tf.course.exercises import checker
from ddpg_tf.course.exercises.policy_gradient import _hint as _hint_for_arrays


def _to_go(rewards, gamma):
    return np.array([np.sum(gamma ** np.arange(len(rewards) - t) * rewards[t:]) for t in range(len(rewards))])


def _late(returns):
    """Returns that begin with the reward after the step's own."""
    return np.append(returns[1:], 0.0)


_WRONG_RETURNS = [
    (lambda r, gamma: np.full(len(r), _to_go(r, gamma)[0]), "that is the return of the whole episode in every entry"),
    (lambda r, gamma: np.full(len(r), r.sum()), "that is the sum of all rewards in every entry, without discount"),
    (lambda r, gamma: _to_go(r, 1.0), "the discount is missing: a reward k steps ahead counts gamma**k"),
    (lambda r, gamma: np.cumsum(r), "those are the rewards so far: R_t adds up the ones that are still to come"),
    (
        lambda r, gamma: np.cumsum(gamma ** np.arange(len(r)) * r),
        "those are the rewards so far: R_t adds up the ones that are still to come",
    ),
    (
        lambda r, gamma: gamma ** np.arange(len(r)) * _to_go(r, gamma),
        "discounted from the start of the episode: for R_t the clock starts at t",
    ),
    (lambda r, gamma: _late(_to_go(r, gamma)), "one step late: the reward of the step itself is the first of R_t"),
    (
        lambda r, gamma: gamma * _late(_to_go(r, gamma)),
        "one step late: the reward of the step itself is the first of R_t",
    ),
    (lambda r, gamma: gamma * _to_go(r, gamma), "discounted once too often: the step's own reward counts fully"),
    (lambda r, gamma: _to_go(r, gamma)[::-1], "the order is turned round: entry t belongs to step t"),
    (
        lambda r, gamma: (_to_go(r, gamma) - _to_go(r, gamma).mean()) / _to_go(r, gamma).std(),
        "normalised: take neither the mean nor the width away here",
    ),
]


@checker
def check_returns_to_go(answer):
    """`answer(rewards, gamma)`: R_t for every step of one episode, Eq. 8 of notebook 11."""
    cases = [(np.array([1.0, 2.0, 4.0, 8.0]), 0.5), (np.array([0.0, -1.0, 3.0, 1.0, 0.5]), 0.9)]
    whole = [(np.array([1, 1, 1]), 0.5)]  # an array of whole numbers, as the rewards of a counter
    hint = _hint_for_arrays(answer, _to_go, _WRONG_RETURNS, cases)
    if hint is None and _hint_for_arrays(answer, _to_go, [], whole):
        return "whole numbers in, whole numbers out: np.zeros_like(rewards) rounds, so make an array of floats"
    return hint


def _bootstrapped(rewards, last_value, terminated, gamma):
    padded = np.append(rewards, (1.0 - terminated) * last_value)
    return _to_go(padded, gamma)[:-1]


def _advantages(rewards, values, last_value, terminated, gamma):
    return _bootstrapped(rewards, last_value, terminated, gamma) - values


def _one_step(rewards, values, last_value, terminated, gamma):
    return rewards + gamma * np.append(values[1:], (1.0 - terminated) * last_value) - values


_WRONG_ADVANTAGES = [
    (
        lambda r, V, last, d, gamma: _to_go(r, gamma) - V,
        "the future after the last step is missing: where the pole has not fallen, last_value stands for it",
    ),
    (
        lambda r, V, last, d, gamma: _bootstrapped(r, last, False, gamma) - V,
        "a fall has no future: where terminated is true, last_value must not count",
    ),
    (
        lambda r, V, last, d, gamma: _bootstrapped(r, last, not d, gamma) - V,
        "the flag is inverted: last_value counts where terminated is false",
    ),
    (
        lambda r, V, last, d, gamma: _bootstrapped(r, last / gamma, d, gamma) - V,
        "last_value is not discounted: it lies one step after the last reward",
    ),
    (
        lambda r, V, last, d, gamma: _bootstrapped(r, last, d, gamma),
        "those are the returns: the advantage is what they are above the values",
    ),
    (lambda *case: -_advantages(*case), "the sign: better than expected is positive, R - V"),
    (_one_step, "that is the TD error of one step: R_t adds up all rewards to the end of the rollout"),
    (
        lambda r, V, last, d, gamma: _bootstrapped(r, last, d, gamma) - V[:, None],
        "a square: (T,) less (T, 1) is every return less every value; keep values of shape (T,)",
    ),
    (
        lambda r, V, last, d, gamma: _bootstrapped(r, last, d, gamma)[:, None] - V,
        "a square: (T, 1) less (T,) is every return less every value; keep returns of shape (T,)",
    ),
    (
        lambda r, V, last, d, gamma: _bootstrapped(r, last, d, gamma) - V.mean(),
        "one baseline for all steps: each step has the value of its own state",
    ),
]


@checker
def check_advantages(answer):
    """`answer(rewards, values, last_value, terminated, gamma)`: A_t of one cart's rollout, Eq. 9 of notebook 11."""
    rewards, values = np.array([1.0, 0.5, 2.0, 1.0]), np.array([3.0, 2.0, 4.0, 1.5])
    cases = [(rewards, values, 10.0, 0.0, 0.5), (rewards, values, 10.0, 1.0, 0.5), (values, rewards, 7.0, 0.0, 0.9)]
    return _hint_for_arrays(answer, _advantages, _WRONG_ADVANTAGES, cases)


def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _taken(a, W):
    return np.eye(W.shape[1])[a]


def _linear_gradient(x, a, psi, W):
    return x.T @ ((_taken(a, W) - _softmax(x @ W)) * psi[:, None]) / len(x)


def _softmax_over_rows(x, a, psi, W):
    return x.T @ ((_taken(a, W) - _softmax((x @ W).T).T) * psi[:, None]) / len(x)


_WRONG_GRADIENTS = [
    (
        lambda x, a, psi, W: x.T @ ((_taken(a, W) - x @ W) * psi[:, None]) / len(x),
        "the softmax is missing: x @ W are logits, no probabilities",
    ),
    (lambda *case: -_linear_gradient(*case), "the sign: that leads downhill; the gradient of log pi is e_a - pi"),
    (lambda *case: len(case[0]) * _linear_gradient(*case), "that is the sum over the batch; divide by N for the mean"),
    (
        lambda *case: -len(case[0]) * _linear_gradient(*case),
        "the sign, and the sum over the batch: the gradient of log pi is e_a - pi, and a mean is asked for",
    ),
    (
        lambda x, a, psi, W: _linear_gradient(x, a, np.ones_like(psi), W),
        "the weights psi are missing: that is the mean score, which says nothing about rewards",
    ),
    (
        lambda x, a, psi, W: x.T @ (_taken(a, W) * psi[:, None]) / len(x),
        "only the action that was taken: the others' logits go down by pi",
    ),
    (
        lambda x, a, psi, W: x.T @ (_taken(a, W) * (1 - _softmax(x @ W)) * psi[:, None]) / len(x),
        "only the action that was taken: the others' logits go down by pi",
    ),
    (
        lambda x, a, psi, W: x.T @ (_taken(a, W) / _softmax(x @ W) * psi[:, None]) / len(x),
        "1 / pi is the slope in the probability; the slope of log pi in the logits is e_a - pi",
    ),
    (
        lambda x, a, psi, W: _linear_gradient(x, a, np.full_like(psi, psi.mean()), W),
        "the mean of the products is not the product of the means: weigh each row with its own psi",
    ),
    (lambda *case: _linear_gradient(*case).T, "transposed: the gradient has the shape of W, (inputs, actions)"),
    (_softmax_over_rows, "the softmax runs over the batch: it has to run over the actions, the last axis"),
]


@checker
def check_linear_gradient(answer):
    """`answer(x, a, psi, W)`: mean of psi grad log pi(a|x) in W, where pi = softmax(x W). Shape of W."""
    rng = np.random.default_rng(0)
    cases = [
        (rng.normal(size=(n, f)), rng.integers(actions, size=n), rng.normal(1, 1, n), rng.normal(size=(f, actions)))
        for n, f, actions in ((5, 3, 2), (6, 2, 4))
    ]
    return _hint_for_arrays(answer, _linear_gradient, _WRONG_GRADIENTS, cases)
