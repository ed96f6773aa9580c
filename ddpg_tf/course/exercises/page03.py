"""Exercises of page 03: a limit for ReLU layers, targets with three mistakes, and targets over several steps."""

import numpy as np

from ddpg_tf.course.exercises import Exercise
from ddpg_tf.replay import Batch


def _relu_limit(fan_in):
    return np.sqrt(6 / fan_in)


check_relu_limit = Exercise(_relu_limit, [(6,), (64,), (300,), (400,)], [
    (lambda f: f**-0.5, "that is the paper's: behind each ReLU a sixth of E[h²] is left"),
    (lambda f: np.sqrt(3 / f), "that keeps Var[x]; behind the ReLU only half of it is left, E[h²] = Var[x] / 2"),
    (lambda f: np.sqrt(2 / f), "that is the standard deviation of the weights; uniform in ±l they have l / √3"),
    (lambda f: np.sqrt(1.5 / f), "the ReLU halves, so the limit has to grow, not to shrink"),
    (lambda f: np.sqrt(24 / f), "that is the whole width of the interval; l is half of it"),
    (lambda f: 6 / f, "that is l²: take the root"),
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
    (lambda b, mu, q, g: b.rewards * (1 - b.terminated) + g * q(b.next_states, mu(b.next_states)),
     "the mask stands at the reward; it belongs to the future"),
    (_with_values(lambda b, mu, q: q(b.next_states, b.actions)),
     "not the memory's action: in s' the target actor acts"),
    (_with_values(lambda b, mu, q: q(b.states, mu(b.states))), "that is the value of s: the target looks ahead, at s'"),
    (_with_values(lambda b, mu, q: q(b.next_states, mu(b.states))), "the target actor has to act in s'"),
    (_with_values(lambda b, mu, q: q(b.states, b.actions)), "that is the value of (s, a): the target looks at s'"),
    (lambda b, mu, q, gamma: _td_targets(b, mu, q, 1.0), "the future is not discounted: gamma is missing"),
    (lambda b, mu, q, gamma: _td_targets(b, mu, q, gamma) - b.rewards, "the rewards are missing"),
])  # fmt: skip


def _n_step_targets(rewards, terminated, last_values, gamma):
    y = last_values
    for r, d in zip(rewards.T[::-1], terminated.T[::-1]):
        y = r + gamma * (1 - d) * y
    return y


check_n_step_targets = Exercise(_n_step_targets, [
    (np.array([[1.0, 2.0, 4.0], [1.0, -10.0, 5.0], [3.0, 1.0, 7.0], [-2.0, 5.0, 6.0]]),
     np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]),
     np.array([10.0, 20.0, 30.0, 40.0]), 0.5),
    (np.array([[1.0], [2.0]]), np.array([[0.0], [1.0]]), np.array([8.0, 9.0]), 0.9),
    (np.array([[1.0, 0.5], [0.0, 3.0]]), np.array([[1.0, 1.0], [0.0, 0.0]]), np.array([-4.0, 6.0]), 0.99),
], [
    (lambda r, d, v, g: _n_step_targets(r, 0 * d, v, g), "nothing is masked: a crash has no future"),
    (lambda r, d, v, g: _n_step_targets(r, 0 * d, (1 - d).prod(axis=1) * v, g),
     "after an end the rewards of the next episode are counted"),
    (lambda r, d, v, g: _n_step_targets(r, d, 0 * v, g) + g ** r.shape[1] * (1 - d[:, -1]) * v,
     "only the last flag masks the value: an end before it counts as well"),
    (lambda r, d, v, g: _n_step_targets((1 - d) * r, d, v, g),
     "the reward of the last step is gone: mask what comes after it"),
    (lambda r, d, v, g: _n_step_targets(r, d, v / g, g), "the value lies n steps ahead: gamma to the power n"),
    (lambda r, d, v, g: _n_step_targets(r, d, v * g ** (1 - r.shape[1]), g),
     "the value lies n steps ahead: gamma to the power n"),
    (lambda r, d, v, g: _n_step_targets(r, d, 0 * v, g), "the value of the last state is missing"),
    (lambda r, d, v, g: _n_step_targets(r[:, ::-1], d[:, ::-1], v, g), "time runs backwards: column 0 comes first"),
])  # fmt: skip
