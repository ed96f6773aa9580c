"""Exercises of page 03: parameters by hand, the tanh scaled to the bounds, and the targets of a batch."""

import numpy as np

from ddpg_tf.course.exercises import Exercise
from ddpg_tf.replay import Batch


def _layers(widths, bias=1):
    """Parameters of dense layers of these widths, the input first."""
    return sum((f + bias) * units for f, units in zip(widths, widths[1:]))


def _actor(state_size, action_size, hidden, bias=1):
    return _layers((state_size, *hidden, action_size), bias)


def _critic(state_size, action_size, hidden, bias=1, at=1, outputs=1):
    """The action adds `action_size` inputs to each unit of layer `at`, or of the last hidden one before it."""
    layer = min(at, len(hidden) - 1)
    return _layers((state_size, *hidden, outputs), bias) + action_size * hidden[layer]


def _count_parameters(state_size, action_size, hidden):
    sizes = state_size, action_size, hidden
    return _actor(*sizes), _critic(*sizes)


def _join_at_the_output(s, a, h):
    """Right, but a single hidden layer is passed by: the action enters at the output."""
    return _actor(s, a, h), _critic(s, a, h) if len(h) > 1 else _layers((s, *h, 1)) + a


check_count_parameters = Exercise(
    _count_parameters, [(8, 2, (400, 300)), (3, 1, (64, 64)), (8, 2, (64, 128)), (5, 3, (32,)), (5, 3, (9, 8, 7))], [
    (lambda *x: _count_parameters(*x)[::-1], "the actor's number comes first"),
    (lambda *x: (_actor(*x, bias=0), _critic(*x, bias=0)), "the biases are missing, Eq. 5"),
    (lambda s, a, h: (_layers((s, *h, 1)), _critic(s, a, h)), "the actor has one output unit for each action"),
    (lambda s, a, h: (_actor(s, a, h), _critic(s, a, h) if len(h) > 1 else _layers((s, *h, 1))),
     "with one hidden layer the action enters there"),
    (_join_at_the_output, "with one hidden layer the action enters there"),
    (lambda *x: (_actor(*x), _critic(*x, at=0)), "the action joins at the second hidden layer, not the first"),
    (lambda *x: (_actor(*x), _critic(*x, at=9)), "the action joins at the second hidden layer, not the last"),
    (lambda s, a, h: (_actor(s, a, h), _layers((s, *h, 1))), "the critic's second layer takes the action in too"),
    (lambda *x: (_actor(*x), _actor(*x)), "your critic has one output for each action, like a DQN"),
    (lambda *x: (_actor(*x), _critic(*x, outputs=x[1])), "the critic has one output, not one for each action"),
    (lambda s, a, h: (_actor(s, a, h), _critic(s, a, h) + a), "joining adds inputs, not biases"),
    (lambda s, a, h: (_actor(s, a, h), _critic(s, 1, h)), "each of the action's numbers is an input"),
    (lambda *x: sum(_count_parameters(*x)), "two numbers, please: the actor's and the critic's"),
])  # fmt: skip


def _scale_action(u, low, high):
    return (high + low) / 2 + (high - low) / 2 * u


_SYMMETRIC = "the bounds are taken for symmetric; 0 is not the middle of [0, 5]"

check_scale_action = Exercise(_scale_action, [
    (np.array([[-1.0, -1.0], [0.0, 0.5], [1.0, 1.0]]), np.array([-2.0, 0.0]), np.array([2.0, 5.0])),
    (np.array([[0.3, -0.9], [-0.2, 0.7], [0.9, 0.1], [0.4, -0.6]]), np.array([-1.0, 3.0]), np.array([4.0, 3.5])),
    (np.array([[0.25]]), np.array([-6.0]), np.array([10.0])),
], [
    (lambda u, low, high: np.clip(u, low, high), "that clamps: from -2 to 2 it still reaches only -1 to 1"),
    (lambda u, low, high: high * u, _SYMMETRIC),
    (lambda u, low, high: (high - low) / 2 * u, _SYMMETRIC),
    (lambda u, low, high: np.clip(high * u, low, high), "that clamps: beyond a bound no gradient comes back"),
    (lambda u, low, high: low + (high - low) * u, "u begins at -1, not at 0: at u = -1 you are below low"),
    (lambda u, low, high: (high + low) / 2 + (high - low) * u, "half the range: you reach twice too far"),
    (lambda u, low, high: high + (high - low) / 2 * u, "start from the middle of the range, not from high"),
    (lambda u, low, high: (high - low) / 2 * (1 + u), "the middle is (high + low) / 2, with a plus"),
    (lambda u, low, high: _scale_action(np.tanh(u), low, high), "u has been through the tanh already"),
    (lambda u, low, high: _scale_action(-u, low, high), "the sign: u = 1 belongs to high"),
    (lambda u, low, high: _scale_action(u, low.min(), high.max()), "each action has bounds of its own"),
])  # fmt: skip


def _td_targets(batch, target_actor, target_critic, gamma):
    next_values = target_critic(batch.next_states, target_actor(batch.next_states))
    return batch.rewards + gamma * (1 - batch.terminated) * next_values


def _target_actor(states):
    return np.sum(states, axis=1, keepdims=True) / 2


def _target_critic(states, actions):
    return 10 + 3 * states[:, 0] - 2 * states[:, 1] - 4 * actions[:, 0] ** 2


def _other_critic(states, actions):
    return 1 - states[:, 1] + actions[:, 0]


def _batch(rewards, terminated, seed):
    """Transitions with two numbers of state and one of action."""
    rng, size = np.random.default_rng(seed), len(rewards)
    states, next_states = rng.uniform(-1, 1, (2, size, 2)).round(2)
    return Batch(states, rng.uniform(-1, 1, (size, 1)).round(2), np.array(rewards), next_states, np.array(terminated))


def _with_values(values):
    """The targets with other next values, a function of batch, target actor and target critic."""
    return lambda b, mu, q, gamma: b.rewards + gamma * (1 - b.terminated) * values(b, mu, q)


check_td_targets = Exercise(_td_targets, [
    (_batch([1.0, -100.0, -0.5, 100.0], [0.0, 1.0, 0.0, 1.0], 0), _target_actor, _target_critic, 0.9),
    (_batch([2.0, 0.5, -3.0, 1.0, 4.0], [0.0, 0.0, 1.0, 0.0, 0.0], 1), np.negative, _other_critic, 0.5),
], [
    (lambda b, mu, q, g: b.rewards + g * q(b.next_states, mu(b.next_states)), "a crash has no future: mask it"),
    (lambda b, mu, q, g: b.rewards + g * b.terminated * q(b.next_states, mu(b.next_states)), "the mask is inverted"),
    (lambda b, mu, q, g: (1 - b.terminated) * _td_targets(b, mu, q, g), "the last reward is gone: mask the future"),
    (_with_values(lambda b, mu, q: q(b.next_states, b.actions)),
     "not the memory's action: in s' the target actor acts"),
    (_with_values(lambda b, mu, q: q(b.states, mu(b.states))), "that is the value of s: the target looks ahead, at s'"),
    (_with_values(lambda b, mu, q: q(b.next_states, mu(b.states))), "the target actor has to act in s'"),
    (_with_values(lambda b, mu, q: q(b.states, b.actions)), "that is the value of (s, a): the target looks at s'"),
    (lambda b, mu, q, gamma: _td_targets(b, mu, q, 1.0), "the future is not discounted: gamma is missing"),
    (lambda b, mu, q, gamma: _td_targets(b, mu, q, gamma) - b.rewards, "the rewards are missing"),
])  # fmt: skip
