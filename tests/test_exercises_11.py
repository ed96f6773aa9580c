"""The checkers of notebook 11 accept every right answer and name the mistake of each wrong one."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.signal import lfilter
from scipy.special import softmax

from ddpg_tf.course.exercises.policy_gradients import check_advantages, check_linear_gradient, check_returns_to_go

CHECKS = [check_returns_to_go, check_advantages, check_linear_gradient]


@pytest.mark.parametrize("check", CHECKS)
def test_an_unknown_mistake_is_shown_with_its_output(check):
    assert "expected" in check.__wrapped__(lambda *case: 17.0 * np.ones_like(case[-1] if len(case) == 4 else case[0]))


def returns_to_go(rewards, gamma):
    R, after = np.zeros(len(rewards)), 0.0
    for t in reversed(range(len(rewards))):
        R[t] = after = rewards[t] + gamma * after
    return R


def returns_as_a_list(rewards, gamma):
    return returns_to_go(rewards, gamma).tolist()


def returns_by_a_filter(rewards, gamma):
    return lfilter([1.0], [1.0, -gamma], rewards[::-1])[::-1]


def advantages(rewards, values, last_value, terminated, gamma):
    R, after = np.zeros(len(rewards)), 0.0 if terminated else last_value
    for t in reversed(range(len(rewards))):
        R[t] = after = rewards[t] + gamma * after
    return R - values


def advantages_from_td_errors(rewards, values, last_value, terminated, gamma):
    after = np.append(values[1:], 0.0 if terminated else last_value)
    return returns_to_go(rewards + gamma * after - values, gamma)


def linear_gradient(x, a, psi, W):
    return x.T @ ((np.eye(W.shape[1])[a] - softmax(x @ W, axis=1)) * psi[:, None]) / len(x)


def linear_gradient_by_tape(x, a, psi, W):
    W = tf.Variable(W)
    with tf.GradientTape() as tape:
        log_pi = -tf.nn.sparse_softmax_cross_entropy_with_logits(a, x @ W)
        mean = tf.reduce_mean(psi * log_pi)
    return tape.gradient(mean, W)


RIGHT = [
    (check_returns_to_go, returns_to_go),
    (check_returns_to_go, returns_as_a_list),
    (check_returns_to_go, returns_by_a_filter),
    (check_advantages, advantages),
    (check_advantages, advantages_from_td_errors),
    (check_linear_gradient, linear_gradient),
    (check_linear_gradient, linear_gradient_by_tape),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check.__wrapped__(answer) is None
    check(answer)
    assert capsys.readouterr().out == f"✓ {answer.__name__} is right\n"


def total(rewards, gamma):
    return np.full(len(rewards), returns_to_go(rewards, gamma)[0])


def rewards_so_far(rewards, gamma):
    return np.cumsum(rewards)


def late(rewards, gamma):
    R, after = np.zeros(len(rewards)), 0.0
    for t in reversed(range(len(rewards))):
        R[t] = after
        after = rewards[t] + gamma * after
    return R


def whole_numbers(rewards, gamma):
    R, after = np.zeros_like(rewards), 0
    for t in reversed(range(len(rewards))):
        after = rewards[t] + gamma * after
        R[t] = after
    return R


def from_the_start(rewards, gamma):
    return gamma ** np.arange(len(rewards)) * returns_to_go(rewards, gamma)


def standardised(rewards, gamma):
    R = returns_to_go(rewards, gamma)
    return (R - R.mean()) / R.std()


def no_future(rewards, values, last_value, terminated, gamma):
    return returns_to_go(rewards, gamma) - values


def a_fall_with_a_future(rewards, values, last_value, terminated, gamma):
    return advantages(rewards, values, last_value, False, gamma)


def inverted(rewards, values, last_value, terminated, gamma):
    return advantages(rewards, values, last_value, not terminated, gamma)


def undiscounted_end(rewards, values, last_value, terminated, gamma):
    rewards = rewards.copy()
    rewards[-1] += (1 - terminated) * last_value
    return returns_to_go(rewards, gamma) - values


def a_column_of_values(rewards, values, last_value, terminated, gamma):
    return advantages(rewards, 0 * values, last_value, terminated, gamma) - values.reshape(-1, 1)


def a_column_of_returns(rewards, values, last_value, terminated, gamma):
    return advantages(rewards, 0 * values, last_value, terminated, gamma).reshape(-1, 1) - values


def td_errors(rewards, values, last_value, terminated, gamma):
    return rewards + gamma * np.append(values[1:], (1 - terminated) * last_value) - values


def one_baseline(rewards, values, last_value, terminated, gamma):
    return advantages(rewards, np.full_like(values, values.mean()), last_value, terminated, gamma)


def logits_for_probabilities(x, a, psi, W):
    return x.T @ ((np.eye(W.shape[1])[a] - x @ W) * psi[:, None]) / len(x)


def summed(x, a, psi, W):
    return len(x) * linear_gradient(x, a, psi, W)


def only_the_taken(x, a, psi, W):
    return x.T @ (np.eye(W.shape[1])[a] * psi[:, None]) / len(x)


def slope_in_the_probability(x, a, psi, W):
    return x.T @ (np.eye(W.shape[1])[a] / softmax(x @ W, axis=1) * psi[:, None]) / len(x)


def unweighted(x, a, psi, W):
    return linear_gradient(x, a, np.ones(len(a)), W)


def product_of_means(x, a, psi, W):
    return psi.mean() * unweighted(x, a, psi, W)


def over_the_batch(x, a, psi, W):
    return x.T @ ((np.eye(W.shape[1])[a] - softmax(x @ W, axis=0)) * psi[:, None]) / len(x)


WRONG = [
    (check_returns_to_go, total, "whole episode"),
    (check_returns_to_go, lambda r, gamma: np.full(len(r), r.sum()), "sum of all rewards"),
    (check_returns_to_go, lambda r, gamma: returns_to_go(r, 1.0), "discount is missing"),
    (check_returns_to_go, rewards_so_far, "so far"),
    (check_returns_to_go, late, "one step late"),
    (check_returns_to_go, from_the_start, "start of the episode"),
    (check_returns_to_go, lambda r, gamma: gamma * returns_to_go(r, gamma), "once too often"),
    (check_returns_to_go, lambda r, gamma: returns_to_go(r, gamma)[::-1], "turned round"),
    (check_returns_to_go, standardised, "normalised"),
    (check_returns_to_go, whole_numbers, "whole numbers"),
    (check_advantages, no_future, "last_value stands for it"),
    (check_advantages, a_fall_with_a_future, "a fall has no future"),
    (check_advantages, inverted, "inverted"),
    (check_advantages, undiscounted_end, "not discounted"),
    (check_advantages, lambda r, V, *rest: advantages(r, 0 * V, *rest), "those are the returns"),
    (check_advantages, lambda *case: -advantages(*case), "the sign"),
    (check_advantages, td_errors, "TD error"),
    (check_advantages, a_column_of_values, "(T, 1)"),
    (check_advantages, a_column_of_returns, "(T, 1)"),
    (check_advantages, one_baseline, "one baseline"),
    (check_linear_gradient, logits_for_probabilities, "softmax is missing"),
    (check_linear_gradient, lambda *case: -linear_gradient(*case), "the sign"),
    (check_linear_gradient, summed, "sum over the batch"),
    (check_linear_gradient, lambda *case: -summed(*case), "the sign, and the sum"),
    (check_linear_gradient, unweighted, "psi are missing"),
    (check_linear_gradient, only_the_taken, "only the action that was taken"),
    (check_linear_gradient, slope_in_the_probability, "1 / pi"),
    (check_linear_gradient, product_of_means, "product of the means"),
    (check_linear_gradient, lambda *case: linear_gradient(*case).T, "transposed"),
    (check_linear_gradient, over_the_batch, "over the batch"),
]


@pytest.mark.parametrize("check, answer, words", WRONG)
def test_wrong_answers_are_named(check, answer, words):
    assert words in check.__wrapped__(answer)


def test_a_column_of_values_makes_a_square():
    """The mistake of the page's section "What goes wrong": no error, and a shape that nobody asked for."""
    rewards, values = np.ones(4), np.ones(4)
    assert a_column_of_values(rewards, values, 0.0, False, 0.9).shape == (4, 4)
    assert "square" in check_advantages.__wrapped__(a_column_of_values)
