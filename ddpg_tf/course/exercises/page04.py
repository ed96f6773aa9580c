"""Exercises of page 04: how a batch moves an action, a critic's slope by hand, and gradients that respect bounds."""

import numpy as np

from ddpg_tf.course.exercises import Exercise


def _move(x, states, arrows, rate):
    return rate * (states @ x) @ arrows / len(states)


check_move_of_the_action = Exercise(_move, [
    (np.array([1.0, 0.0, 2.0]), np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0], [1.0, 1.0, 1.0]]),
     np.array([[1.0, 3.0], [2.0, -2.0], [0.0, 1.0]]), 0.1),
    (np.random.default_rng(0).normal(size=4), *np.random.default_rng(1).normal(size=(2, 8, 4)), 0.5),
    (np.array([0.5, -1.0]), np.array([[2.0, 1.0]]), np.array([[3.0]]), 1.0),
], [
    (lambda x, s, v, rate: rate * (s @ x) @ v, "that is the sum over the batch; J is a mean, so divide by N"),
    (lambda x, s, v, rate: -_move(x, s, v, rate), "the sign: an actor goes uphill, W + rate * gradient"),
    (lambda x, s, v, rate: rate * v.mean(0), "every state has the same vote here; that of s_i is s_i · x"),
    (lambda x, s, v, rate: _move(x, s, v, 1.0), "the rate is missing"),
    (lambda x, s, v, rate: rate * s.T @ v / len(s), "that is the move of the weights W; the action at x is x W"),
    (lambda x, s, v, rate: rate * (x @ s.mean(0)) * v.mean(0),
     "the mean of the products is not the product of the means"),
    (lambda x, s, v, rate: rate * (s * s).sum(1) @ v / len(s),
     "x is missing: that weighs each state with its own length"),
])  # fmt: skip


def _awake(U, c, states, actions):
    return np.concatenate([states, actions], axis=1) @ U + c > 0


def _action_gradient(U, c, u, states, actions):
    return (_awake(U, c, states, actions) * u) @ U[states.shape[1] :].T


def _critic(state_size, action_size):
    """A case (U, c, u, states, actions) with six units and five rows."""
    rng = np.random.default_rng(state_size)
    return [rng.normal(size=x) for x in ((state_size + action_size, 6), 6, 6, (5, state_size), (5, action_size))]


check_action_gradient_by_hand = Exercise(_action_gradient, [_critic(3, 2), _critic(2, 1)], [
    (lambda U, c, u, s, a: np.tile(U[s.shape[1] :] @ u, (len(s), 1)),
     "the ReLU is missing: a sleeping unit passes nothing"),
    (lambda U, c, u, s, a: (_awake(U, c, s, a) * u) @ U[: s.shape[1]].T, "that is the slope in the states"),
    (lambda U, c, u, s, a: (_awake(U, c, s, a) * u) @ U[: a.shape[1]].T, "the action's rows of U come last"),
    (lambda U, c, u, s, a: (_awake(U, c, s, a) * u) @ U.T, "the slope in states and actions: keep the action's"),
    (lambda U, c, u, s, a: (np.maximum(np.concatenate([s, a], 1) @ U + c, 0) * u) @ U[s.shape[1] :].T,
     "the ReLU's slope is 0 or 1; you multiplied with its output"),
    (lambda *case: _action_gradient(*case) / len(case[3]), "do not divide by N: there is one row for each state"),
    (lambda *case: -_action_gradient(*case), "the sign: the action gradient points to where Q rises"),
    (lambda U, c, u, s, a: _awake(U, c, s, a) @ U[s.shape[1] :].T, "u is missing: each unit counts with its weight"),
    (lambda U, c, u, s, a: _action_gradient(U, 0 * c, u, s, a), "the bias c is missing: it decides which units sleep"),
])  # fmt: skip


def _room(arrows, a, low, high):
    """Share of the range that lies ahead of the action, in the direction of the arrow."""
    return np.where(arrows > 0, high - a, a - low) / (high - low)


def _inverted(arrows, a, low, high):
    return arrows * _room(arrows, a, low, high)


check_inverted_gradients = Exercise(_inverted, [
    (np.array([[1.0, -2.0], [-0.5, 3.0]]), np.array([[1.0, 0.25], [0.5, 0.75]]), np.array([-2.0, 0.0]),
     np.array([2.0, 1.0])),
    (np.array([[2.0], [-2.0], [0.5]]), np.array([[5.0], [-1.0], [2.0]]), np.array([-1.0]), np.array([5.0])),
    (np.array([[1.0], [-1.0]]), np.array([[1.2], [1.2]]), np.array([-1.0]), np.array([1.0])),
], [
    (lambda v, a, low, high: v * _room(-v, a, low, high), "swapped: an arrow that points up needs the room below high"),
    (lambda v, a, low, high: v * np.where(v > 0, high - a, a - low), "the share of the range: divide by high - low"),
    (lambda v, a, low, high: 2 * _inverted(v, a, low, high), "twice too large: divide by the range, not by half of it"),
    (lambda v, a, low, high: v * np.clip(_room(v, a, low, high), 0, 1),
     "beyond a bound the arrow must turn round and lead back; a clipped share only stops it"),
    (lambda v, a, low, high: v * ((low <= a) & (a <= high)), "that is all or nothing; the share falls linearly"),
    (lambda v, a, low, high: v * (high - a) / (high - low), "right for arrows that point up; those down need a - low"),
    (lambda v, a, low, high: v * np.minimum(high - a, a - low) / (high - low),
     "the room ahead counts, not the nearer bound: at high, an arrow that points down keeps its full length"),
    (lambda v, a, low, high: np.abs(_inverted(v, a, low, high)) * np.sign(v),
     "beyond a bound the share is negative, and so the arrow turns round; you have kept its direction"),
])  # fmt: skip
