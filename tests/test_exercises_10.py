"""The checkers of notebook 10 accept every right answer and name the mistake of each wrong one."""

import keras
import numpy as np
import pytest
from scipy.optimize import brentq

from ddpg_tf.course.exercises.deep_q_networks import check_count_parameters, check_double_target, check_fixed_point


def places(side, kernel, stride):
    return (side - kernel) // stride + 1


def count_parameters(side, channels, convolutions, hidden, actions, places=places, flat=True, bias=1):
    total = 0
    for filters, kernel, stride in convolutions:
        total += (kernel * kernel * channels + bias) * filters
        side, channels = places(side, kernel, stride), filters
    inputs = side * side * channels if flat else channels
    return total + (inputs + bias) * hidden + (hidden + bias) * actions


def count_parameters_in_keras(side, channels, convolutions, hidden, actions):
    model = keras.Sequential([keras.Input((side, side, channels))])
    for filters, kernel, stride in convolutions:
        model.add(keras.layers.Conv2D(filters, kernel, stride))
    for layer in (keras.layers.Flatten(), keras.layers.Dense(hidden), keras.layers.Dense(actions)):
        model.add(layer)
    return model.count_params()


def kernels_of_one_channel(side, channels, convolutions, hidden, actions):
    total = 0
    for filters, kernel, stride in convolutions:
        total += (kernel * kernel + 1) * filters
        side, channels = places(side, kernel, stride), filters
    return total + (side * side * channels + 1) * hidden + (hidden + 1) * actions


def weights_not_shared(side, channels, convolutions, hidden, actions):
    total = 0
    for filters, kernel, stride in convolutions:
        side = places(side, kernel, stride)
        total += side * side * (kernel * kernel * channels + 1) * filters
        channels = filters
    return total + (side * side * channels + 1) * hidden + (hidden + 1) * actions


ROWS = np.arange(4)


def double_target(rewards, terminals, q_next, target_next, gamma):
    best = q_next.argmax(axis=1)
    return rewards + gamma * (1 - terminals) * target_next[ROWS, best]


def double_target_one_hot(rewards, terminals, q_next, target_next, gamma):
    mask = np.eye(3)[q_next.argmax(axis=1)]
    return rewards + gamma * (1 - terminals) * np.sum(mask * target_next, axis=1)


def double_target_as_a_list(rewards, terminals, q_next, target_next, gamma):
    rows = zip(rewards, terminals, q_next, target_next)
    return [r if d else r + gamma * t[np.argmax(q)] for r, d, q, t in rows]


def dqn_target(rewards, terminals, q_next, target_next, gamma):
    return rewards + gamma * (1 - terminals) * target_next.max(axis=1)


def swapped(rewards, terminals, q_next, target_next, gamma):
    return double_target(rewards, terminals, target_next, q_next, gamma)


def own_maximum(rewards, terminals, q_next, target_next, gamma):
    return rewards + gamma * (1 - terminals) * q_next.max(axis=1)


def of_the_minimum(rewards, terminals, q_next, target_next, gamma):
    return rewards + gamma * (1 - terminals) * np.minimum(q_next, target_next).max(axis=1)


def rows_picked(rewards, terminals, q_next, target_next, gamma):
    return rewards + gamma * (1 - terminals) * target_next[q_next.argmax(axis=1)][:, 0]


def reward_masked(rewards, terminals, q_next, target_next, gamma):
    return np.where(terminals == 1, 0.0, double_target(rewards, 0, q_next, target_next, gamma))


def crossed(rewards, terminals, q_next, target_next, gamma):
    return rewards + gamma * (1 - terminals) * target_next[:, q_next.argmax(axis=1)]


def fixed_point(p, reward, alpha):
    return reward / (1 + ((1 - p) / p) ** (1 / (1 + alpha)))


def fixed_point_by_search(p, reward, alpha):
    def drift(share):
        return p * (1 - share) ** (1 + alpha) - (1 - p) * share ** (1 + alpha)

    return reward * brentq(drift, 0, 1, xtol=1e-15, rtol=1e-14)


RIGHT = [
    (check_count_parameters, count_parameters),
    (check_count_parameters, count_parameters_in_keras),
    (check_double_target, double_target),
    (check_double_target, double_target_one_hot),
    (check_double_target, double_target_as_a_list),
    (check_fixed_point, fixed_point),
    (check_fixed_point, fixed_point_by_search),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check.__wrapped__(answer) is None
    check(answer)
    assert capsys.readouterr().out == f"✓ {answer.__name__} is right\n"


WRONG = [
    (check_count_parameters, lambda *case: count_parameters(*case, bias=0), "biases are missing"),
    (check_count_parameters, lambda *case: count_parameters(*case, places=lambda n, k, s: -(-n // s)), "padded"),
    (check_count_parameters, lambda *case: count_parameters(*case, places=lambda n, k, s: (n - k) // s), "too few"),
    (check_count_parameters, lambda *case: count_parameters(*case, places=lambda n, k, s: n - k + 1), "strides"),
    (check_count_parameters, lambda *case: count_parameters(*case, flat=False), "flatten first"),
    (check_count_parameters, kernels_of_one_channel, "k * k * channels weights"),
    (check_count_parameters, weights_not_shared, "the same weights at every place"),
    (check_count_parameters, lambda *case: 1000, "gives 1000, expected 1001"),
    (check_count_parameters, lambda *case: None, "gives None, expected 1001"),
    (check_double_target, swapped, "roles are swapped"),
    (check_double_target, dqn_target, "DQN's target"),
    (check_double_target, own_maximum, "q_next both chooses and judges"),
    (check_double_target, of_the_minimum, "no minimum here"),
    (check_double_target, rows_picked, "picks rows"),
    (check_double_target, reward_masked, "wipes out the reward"),
    (check_double_target, lambda r, d, q, t, g: double_target(r, 0 * d, q, t, g), "the mask is missing"),
    (check_double_target, lambda r, d, q, t, g: double_target(r, 1 - d, q, t, g), "the mask is inverted"),
    (check_double_target, lambda r, d, q, t, g: double_target(r, d, q, t, 1), "gamma is missing"),
    (check_double_target, lambda r, d, q, t, g: t[ROWS, q.argmax(1)], "the rewards are missing"),
    (check_double_target, crossed, "shape (4,), not (4, 4)"),
    (check_double_target, lambda r, d, q, t, g: 1.0, "shape (4,), not ()"),
    (check_double_target, lambda r, d, q, t, g: r, "it gives [1.0, -2.0, 3.0, 0.5], expected [3.7, -2.0, 4.35, 2.75]"),
    (check_fixed_point, lambda p, reward, alpha: p * reward, "that is the mean"),
    (check_fixed_point, lambda p, reward, alpha: fixed_point(p, reward, 1), "right for alpha = 1 only"),
    (check_fixed_point, lambda p, reward, alpha: fixed_point(p, reward, alpha - 1), "comes in twice"),
    (check_fixed_point, lambda p, reward, alpha: reward / (1 + ((1 - p) / p) ** (1 + alpha)), "root, not the power"),
    (check_fixed_point, lambda p, reward, alpha: fixed_point(1 - p, reward, alpha), "p and 1 - p are swapped"),
    (check_fixed_point, lambda p, reward, alpha: fixed_point(p, 1, alpha), "the reward is not used"),
    (check_fixed_point, lambda p, reward, a: reward * p**a / (p**a + (1 - p) ** a), "not p to the power of alpha"),
    (check_fixed_point, lambda p, reward, alpha: 2.5, "fixed_point(0.1, 10.0, 0.6) gives 2.5, expected 2.02"),
    (check_fixed_point, lambda p, reward, alpha: [2.5], "gives [2.5], expected 2.5"),
]


@pytest.mark.parametrize("check, answer, words", WRONG)
def test_a_wrong_answer_is_told_its_mistake(check, answer, words, capsys):
    assert words in check.__wrapped__(answer)
    check(answer)
    assert capsys.readouterr().out.startswith(f"✗ {answer.__name__}: ")


def test_every_known_mistake_has_a_hint_of_its_own():
    hints = [check.__wrapped__(answer) for check, answer, _ in WRONG]
    assert len(set(hints)) == len(hints)
