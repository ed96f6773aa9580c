"""Exercises of page 11: returns to go, advantages with a bootstrap, the gradient of a linear softmax policy."""

import numpy as np

from ddpg_tf.course.exercises import Exercise


def _returns_to_go(rewards, gamma):
    return np.array([np.sum(gamma ** np.arange(len(rewards) - t) * rewards[t:]) for t in range(len(rewards))])


def _late(returns):
    """Returns that begin with the reward after the step's own."""
    return np.append(returns[1:], 0.0)


def _in_whole_numbers(rewards, gamma):
    """Each return rounded as it is stored in an array of the type of the rewards, and read from there."""
    R = np.zeros_like(rewards)
    R[-1] = rewards[-1]
    for t in reversed(range(len(rewards) - 1)):
        R[t] = rewards[t] + gamma * R[t + 1]
    return R


_SO_FAR = "those are the rewards so far: R_t adds up the ones that are still to come"
_ONE_LATE = "one step late: the reward of the step itself is the first of R_t"
_ROUNDS = "whole numbers in, whole numbers out: np.zeros_like(rewards) rounds, so make an array of floats"

check_returns_to_go = Exercise(_returns_to_go, [
    (np.array([1.0, 2.0, 4.0, 8.0]), 0.5),
    (np.array([0.0, -1.0, 3.0, 1.0, 0.5]), 0.9),
    (np.array([1, 1, 1]), 0.5),  # whole numbers, as the rewards of a counter
], [
    (lambda r, gamma: np.full(len(r), _returns_to_go(r, gamma)[0]), "the whole episode's return in every entry"),
    (lambda r, gamma: _returns_to_go(r, gamma)[0], "that is the return of the first step: one for every step"),
    (lambda r, gamma: np.full(len(r), r.sum()), "that is the sum of all rewards in every entry, without discount"),
    (lambda r, gamma: _returns_to_go(r, 1.0), "the discount is missing: a reward k steps ahead counts gamma**k"),
    (lambda r, gamma: np.cumsum(r), _SO_FAR),
    (lambda r, gamma: np.cumsum(gamma ** np.arange(len(r)) * r), _SO_FAR),
    (lambda r, gamma: gamma ** np.arange(len(r)) * _returns_to_go(r, gamma), "for R_t the discount starts at t"),
    (lambda r, gamma: _late(_returns_to_go(r, gamma)), _ONE_LATE),
    (lambda r, gamma: gamma * _late(_returns_to_go(r, gamma)), _ONE_LATE),
    (lambda r, gamma: gamma * _returns_to_go(r, gamma), "the step's own reward is not discounted"),
    (lambda r, gamma: r + gamma * _late(r), "that looks one reward ahead: R_t adds up all that are to come"),
    (lambda r, gamma: _returns_to_go(r, gamma)[::-1], "the order is turned round: entry t belongs to step t"),
    (lambda r, gamma: (_returns_to_go(r, gamma) - _returns_to_go(r, gamma).mean()) / _returns_to_go(r, gamma).std(),
     "normalised: take neither the mean nor the width away here"),
    (_in_whole_numbers, _ROUNDS),
    (lambda r, gamma: _returns_to_go(r, gamma).astype(r.dtype), _ROUNDS),
])  # fmt: skip


def _bootstrapped(rewards, last_value, terminated, gamma):
    padded = np.append(rewards, (1.0 - terminated) * last_value)
    return _returns_to_go(padded, gamma)[:-1]


def _advantages(rewards, values, last_value, terminated, gamma):
    return _bootstrapped(rewards, last_value, terminated, gamma) - values


def _one_step(rewards, values, last_value, terminated, gamma):
    return rewards + gamma * np.append(values[1:], (1.0 - terminated) * last_value) - values


_REWARDS, _VALUES = np.array([1.0, 0.5, 2.0, 1.0]), np.array([3.0, 2.0, 4.0, 1.5])

check_advantages = Exercise(_advantages, [
    (_REWARDS, _VALUES, 10.0, 0.0, 0.5),
    (_REWARDS, _VALUES, 10.0, 1.0, 0.5),
    (_VALUES[:3], _REWARDS[:3], 7.0, 0.0, 0.9),
], [
    (lambda r, V, last, d, g: _returns_to_go(r, g) - V, "the future after the last step is missing: last_value"),
    (lambda r, V, last, d, g: _advantages(r, V, last, 0.0, g), "a fall has no future: no last_value there"),
    (lambda r, V, last, d, g: _advantages(r, V, last, 1.0 - d, g), "the flag is inverted: a fall has no future"),
    (lambda r, V, last, d, g: _advantages(r, V, last / g, d, g), "last_value is not discounted"),
    (lambda r, V, last, d, g: _bootstrapped(r, last, d, g), "those are the returns: subtract the values"),
    (lambda *case: -_advantages(*case), "the sign: better than expected is positive, R - V"),
    (_one_step, "that is the TD error of one step: R_t adds up all rewards to the end of the rollout"),
    (lambda r, V, last, d, g: _bootstrapped(r, last, d, g) - V.mean(), "each step has the value of its own state"),
    (lambda r, V, last, d, g: _advantages(r, V, last, d, 1.0), "gamma is missing"),
])  # fmt: skip


def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _taken(a, W):
    return np.eye(W.shape[1])[a]


def _mean_outer(x, score, psi):
    """Mean over the rows of psi times the outer product of input and score."""
    return x.T @ (score * psi[:, None]) / len(x)


def _linear_gradient(x, a, psi, W):
    return _mean_outer(x, _taken(a, W) - _softmax(x @ W), psi)


def _batches(sizes=((5, 3, 2), (6, 2, 4))):
    rng = np.random.default_rng(0)
    return [
        (rng.normal(size=(n, f)), rng.integers(actions, size=n), rng.normal(1, 1, n), rng.normal(size=(f, actions)))
        for n, f, actions in sizes
    ]


_ONLY_TAKEN = "only the action that was taken: the others' logits go down by pi"

check_linear_gradient = Exercise(_linear_gradient, _batches(), [
    (lambda x, a, psi, W: _mean_outer(x, _taken(a, W) - x @ W, psi), "the softmax is missing: x @ W are logits"),
    (lambda *case: -_linear_gradient(*case), "the sign: that leads downhill; the gradient of log pi is e_a - pi"),
    (lambda *case: len(case[0]) * _linear_gradient(*case), "that is the sum over the batch; divide by N for the mean"),
    (lambda *case: -len(case[0]) * _linear_gradient(*case), "the sign, and a sum: a mean is asked for"),
    (lambda x, a, psi, W: _linear_gradient(x, a, np.ones_like(psi), W), "the weights psi are missing"),
    (lambda x, a, psi, W: _mean_outer(x, _taken(a, W), psi), _ONLY_TAKEN),
    (lambda x, a, psi, W: _mean_outer(x, _taken(a, W) * (1 - _softmax(x @ W)), psi), _ONLY_TAKEN),
    (lambda x, a, psi, W: _mean_outer(x, _taken(a, W) / _softmax(x @ W), psi), "the slope in the logits is e_a - pi"),
    (lambda x, a, psi, W: _linear_gradient(x, a, np.full_like(psi, psi.mean()), W), "weigh each row with its own psi"),
    (lambda *case: _linear_gradient(*case).T, "transposed: the gradient has the shape of W, (inputs, actions)"),
    (lambda x, a, psi, W: _mean_outer(x, _taken(a, W) - _softmax((x @ W).T).T, psi),
     "softmax over the actions, please"),
])  # fmt: skip
