"""Exercises of page 04: the gradient of a linear policy, of a critic in the action, and through the squash."""

import numpy as np

from ddpg_tf.course.exercises import Exercise


def _linear_policy_gradient(states, ascent):
    return states.T @ ascent / len(states)


check_linear_policy_gradient = Exercise(_linear_policy_gradient, [
    (np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]]), np.array([[1.0, 3.0], [2.0, -2.0]])),
    (np.random.default_rng(0).normal(size=(8, 3)), np.random.default_rng(1).normal(size=(8, 2))),
], [
    (lambda s, v: s.T @ v, "that is the sum over the batch; J is a mean, so divide by N"),
    (lambda s, v: -_linear_policy_gradient(s, v), "the sign: that is the gradient of -J, and it leads downhill"),
    (lambda s, v: -(s.T @ v), "the sign, and the sum over the batch: J is a mean, and it goes uphill"),
    (lambda s, v: _linear_policy_gradient(v, s), "transposed: the gradient has the shape of W"),
    (lambda s, v: v.T @ s, "transposed, and a sum over the batch: the gradient has the shape of W"),
    (lambda s, v: s.T @ v / v.size, "divided by all entries of ascent; the mean is over the N states only"),
    (lambda s, v: s.T @ v / s.shape[1], "divided by the size of a state; the mean is over the N states"),
    (lambda s, v: np.outer(s.mean(0), v.mean(0)), "the mean of the products is not the product of the means"),
    (lambda s, v: v.mean(0), "that is the mean action gradient; the factor dmu/dW, the states, is missing"),
    (lambda s, v: np.sign(s.T @ v), "the signs alone: the size of a product is the vote of its state"),
])  # fmt: skip


def _awake(V, c, states, actions):
    return np.concatenate([states, actions], axis=1) @ V + c > 0


def _action_gradient(V, c, v, states, actions):
    return (_awake(V, c, states, actions) * v) @ V[states.shape[1] :].T


def _critics(sizes=((3, 2), (2, 1))):
    """Cases (V, c, v, states, actions) with six units and five rows."""
    rng = np.random.default_rng(1)
    return [
        tuple(rng.normal(size=shape) for shape in ((state + action, 6), 6, 6, (5, state), (5, action)))
        for state, action in sizes
    ]


check_action_gradient_by_hand = Exercise(_action_gradient, _critics(), [
    (lambda V, c, v, s, a: np.tile(V[s.shape[1] :] @ v, (len(s), 1)),
     "the ReLU is missing: a sleeping unit passes nothing"),
    (lambda V, c, v, s, a: (_awake(V, c, s, a) * v) @ V[: s.shape[1]].T, "that is the slope in the states"),
    (lambda V, c, v, s, a: (_awake(V, c, s, a) * v) @ V[: a.shape[1]].T, "the action's rows of V come last"),
    (lambda V, c, v, s, a: (_awake(V, c, s, a) * v) @ V.T, "the slope in states and actions: keep the action's"),
    (lambda V, c, v, s, a: (np.maximum(np.concatenate([s, a], 1) @ V + c, 0) * v) @ V[s.shape[1] :].T,
     "the ReLU's slope is 0 or 1; you multiplied with its output"),
    (lambda *case: _action_gradient(*case) / len(case[3]), "do not divide by N: there is one row for each state"),
    (lambda *case: _action_gradient(*case).mean(0), "one row for each state, please: no mean over the batch"),
    (lambda *case: _action_gradient(*case).sum(0), "one row for each state, please: no sum over the batch"),
    (lambda *case: -_action_gradient(*case), "the sign: the action gradient points to where Q rises"),
    (lambda V, c, v, s, a: _awake(V, c, s, a) @ V[s.shape[1] :].T, "v is missing: each unit counts with its weight"),
    (lambda V, c, v, s, a: _action_gradient(V, 0 * c, v, s, a), "the bias c is missing: it decides which units sleep"),
])  # fmt: skip


def _unit(a, low, high):
    """tanh(z), the action in units of half the range."""
    return (a - (high + low) / 2) / ((high - low) / 2)


def _slope_of_the_squash(a, low, high):
    return (high - low) / 2 * (1 - _unit(a, low, high) ** 2)


_NO_MIDDLE = "right only for bounds that are symmetric: the middle of the range is missing"
_NO_SQUARE = "the square is missing: the slope of the tanh is 1 - tanh²"

check_slope_of_the_squash = Exercise(_slope_of_the_squash, [
    (np.array([1.0, 0.6]), np.array([-2.0, 0.0]), np.array([2.0, 1.0])),
    (np.array([[-2.0, 0.5], [0.4, 0.9]]), np.array([-2.0, 0.0]), np.array([2.0, 1.0])),
    (np.array([[3.5], [-0.5], [1.0]]), np.array([-1.0]), np.array([5.0])),
], [
    (lambda a, low, high: 1 - a**2, "right only for the bounds -1 and 1: take the action back to tanh(z) first"),
    (lambda a, low, high: 1 - _unit(a, low, high) ** 2, "that is the slope of the tanh; the range multiplies it"),
    (lambda a, low, high: 2 * _slope_of_the_squash(a, low, high), "twice too large: half the range counts"),
    (lambda a, low, high: (high - low) / 2 * (1 - (a / ((high - low) / 2)) ** 2), _NO_MIDDLE),
    (lambda a, low, high: (high - low) / 2 * (1 - (a / high) ** 2), _NO_MIDDLE),
    (lambda a, low, high: (high - low) / 2 * (1 - np.tanh(a) ** 2), "a is squashed already: no second tanh"),
    (lambda a, low, high: 1 - np.tanh(a) ** 2, "a is squashed already: no second tanh"),
    (lambda a, low, high: (high - low) / 2 * (1 - np.abs(_unit(a, low, high))), _NO_SQUARE),
    (lambda a, low, high: (high - low) / 2 * (1 - _unit(a, low, high)), _NO_SQUARE),
])  # fmt: skip
