"""The checkers of notebook 09 accept every right answer and name the mistake of each wrong one."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from ddpg_tf.course.exercises.value_and_q_learning import check_careful_value, check_policy_values, check_rate_for


def solve(policy, go_on, R, gamma):
    chances = (policy[:, :, None] * go_on).sum(axis=1)
    return np.linalg.solve(np.eye(len(R)) - gamma * chances, (policy * R).sum(axis=1))


def policy_values(policy, P, R, D, gamma):
    return solve(policy, P * (1 - D), R, gamma)


def policy_values_by_sweeps(policy, P, R, D, gamma):
    V = np.zeros(len(R))
    for _ in range(500):
        V = (policy * (R + gamma * (P * (1 - D)) @ V)).sum(axis=1)
    return V


def policy_values_as_a_list(policy, P, R, D, gamma):
    return policy_values(policy, P, R, D, gamma).tolist()


def policy_values_in_place(policy, P, R, D, gamma):
    """Right, and spoils its arguments, which are copies."""
    P *= 1 - D
    return solve(policy, P, R, gamma)


def best_values(policy, P, R, D, gamma):
    V = np.zeros(len(R))
    for _ in range(500):
        V = (R + gamma * (P * (1 - D)) @ V).max(axis=1)
    return V


def likeliest(policy, P, R, D, gamma):
    s, a = np.arange(len(R)), policy.argmax(axis=1)
    return np.linalg.solve(np.eye(len(R)) - gamma * (P * (1 - D))[s, a], R[s, a])


def uniform(policy, P, R, D, gamma):
    return np.linalg.solve(np.eye(len(R)) - gamma * (P * (1 - D)).mean(axis=1), R.mean(axis=1))


def turned_round(policy, P, R, D, gamma):
    chances = (policy[:, :, None] * P * (1 - D)).sum(axis=1)
    return np.linalg.solve(np.eye(len(R)) - gamma * chances.T, (policy * R).sum(axis=1))


def action_values(policy, P, R, D, gamma):
    return R + gamma * (P * (1 - D)) @ policy_values(policy, P, R, D, gamma)


def rate_for(share):
    return (share / (1 - share)) ** 2


def rate_by_search(share):
    return brentq(lambda c: (c**0.5 - c) / (1 - c) - share, 1e-12, 1 - 1e-9, xtol=1e-16, rtol=1e-14)


def careful(q, epsilon):
    return (1 - epsilon) * q.max() + epsilon * q.mean()


def careful_by_chances(q, epsilon):
    chances = np.full(len(q), epsilon / len(q))
    chances[q.argmax()] += 1 - epsilon
    return chances @ q


RIGHT = [
    (check_policy_values, policy_values),
    (check_policy_values, policy_values_by_sweeps),
    (check_policy_values, policy_values_as_a_list),
    (check_policy_values, policy_values_in_place),
    (check_rate_for, rate_for),
    (check_rate_for, rate_by_search),
    (check_careful_value, careful),
    (check_careful_value, careful_by_chances),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check.__wrapped__(answer) is None
    check(answer)
    assert capsys.readouterr().out == f"✓ {answer.__name__} is right\n"


WRONG = [
    (check_policy_values, lambda p, P, R, D, gamma: solve(p, P, R, gamma), "goes on after the end"),
    (check_policy_values, lambda p, P, R, D, gamma: solve(p, P * D, R, gamma), "D is inverted"),
    (check_policy_values, lambda p, P, R, D, gamma: solve(p, P * (1 - D), R, 1.0), "gamma is missing"),
    (check_policy_values, likeliest, "likeliest action"),
    (check_policy_values, uniform, "plain mean"),
    (check_policy_values, lambda p, P, R, D, gamma: (p * R).sum(axis=1), "reward of one step"),
    (check_policy_values, best_values, "best policy"),
    (check_policy_values, turned_round, "turned round"),
    (check_policy_values, action_values, "yours has shape (3, 2)"),
    (check_policy_values, lambda p, P, R, D, gamma: 0.0, "yours has shape ()"),
    (check_policy_values, lambda p, P, R, D, gamma: np.zeros(len(R)), "world 1 of 3, state 0: gives 0, expected"),
    (check_policy_values, lambda p, P, R, D, gamma: np.full(len(R), np.nan), "gives nan, expected"),
    (check_rate_for, lambda share: share**2, "never arrives"),
    (check_rate_for, lambda share: share / (1 - share), "that is the root of c"),
    (check_rate_for, lambda share: ((1 - share) / share) ** 2, "`share` taken for what is gone"),
    (check_rate_for, lambda share: (1 - share) / share, "and the square is missing"),
    (check_rate_for, lambda share: (share / (1 + share)) ** 2, "a sign"),
    (check_rate_for, lambda share: math.sqrt(share / (1 - share)), "wrong side"),
    (check_rate_for, lambda share: share, "the rate is no share"),
    (check_rate_for, lambda share: 1 / 81, "share 0.25 gives 0.0123457, expected 0.111111"),
    (check_rate_for, lambda share: None, "share 0.1 gives None, expected 0.0123457"),
    (check_careful_value, lambda q, epsilon: q.max(), "Q-learning's question"),
    (check_careful_value, lambda q, epsilon: q.mean(), "drunkard's question"),
    (check_careful_value, lambda q, epsilon: careful(q, 1 - epsilon), "swapped"),
    (
        check_careful_value,
        lambda q, epsilon: (1 - epsilon) * q.max() + epsilon * np.sort(q)[:-1].mean(),
        "may be the best one too",
    ),
    (check_careful_value, lambda q, epsilon: (1 - epsilon) * q.max(), "stumble is missing"),
    (check_careful_value, lambda q, epsilon: (1 - epsilon) * q.max() + epsilon * q.min(), "not the minimum"),
    (check_careful_value, lambda q, epsilon: (1 - epsilon) * q.max() + epsilon * q.sum(), "divide by the number"),
    (check_careful_value, lambda q, epsilon: q.argmax(), "argmax is the action"),
    (check_careful_value, lambda q, epsilon: 1.0, "q = [1.0, 5.0, 2.0, 0.0], epsilon = 0.1 gives 1, expected 4.7"),
]


@pytest.mark.parametrize(("check", "answer", "words"), WRONG)
def test_a_wrong_answer_is_told_its_mistake(check, answer, words, capsys):
    assert words in check.__wrapped__(answer)
    check(answer)
    assert capsys.readouterr().out.startswith(f"✗ {answer.__name__}: ")


def test_every_known_mistake_has_a_hint_of_its_own():
    hints = [check.__wrapped__(answer) for check, answer, _ in WRONG]
    assert len(set(hints)) == len(hints)
