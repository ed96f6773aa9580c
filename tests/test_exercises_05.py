"""The checkers of notebook 05 accept every right answer and name the mistake of each wrong one."""

import math

import numpy as np
import pytest
import tensorflow as tf
from scipy.signal import lfilter

from ddpg_tf.course.exercises.soft_updates import check_ema, check_half_life, check_hard_period
from ddpg_tf.updates import soft_update


def half_life(tau):
    return math.log(0.5) / math.log(1 - tau)


def half_life_in_tensorflow(tau):
    return tf.math.log(0.5) / tf.math.log(1 - tau)


def half_life_measured(tau):
    """Soft updates of the package until half of the way, the last one counted by the share that it needed."""
    target, online = tf.Variable(0.0, dtype=tf.float64), tf.Variable(1.0, dtype=tf.float64)
    count = 0
    while target < 0.5 - 1e-12:
        left = 1 - float(target)
        soft_update([target], [online], tf.constant(tau, tf.float64))
        count += 1
    return count - 1 + math.log(0.5 / left) / math.log(1 - tau)


def hard_period(tau):
    return 2 / tau - 1


def hard_period_by_ages(tau):
    """From the mean age of the weights in a soft target, added up."""
    ages = np.arange(10_000)
    return 1 + 2 * np.sum(tau * (1 - tau) ** ages * ages)


def ema(xs, tau):
    targets = [1.0 * xs[0]]
    for x in xs[1:]:
        targets.append(tau * x + (1 - tau) * targets[-1])
    return np.array(targets)


def ema_as_a_list(xs, tau):
    return ema(xs, tau).tolist()


def ema_by_a_filter(xs, tau):
    return lfilter([tau], [1, tau - 1], xs, axis=0, zi=(1 - tau) * xs[:1])[0]


def ema_in_the_package(xs, tau):
    target = tf.Variable(xs[0], dtype=tf.float32)
    path = []
    for x in xs:
        soft_update([target], [tf.Variable(x, dtype=tf.float32)], tau)
        path.append(target.numpy())
    return np.array(path)


RIGHT = [
    (check_half_life, half_life),
    (check_half_life, half_life_in_tensorflow),
    (check_half_life, half_life_measured),
    (check_hard_period, hard_period),
    (check_hard_period, hard_period_by_ages),
    (check_ema, ema),
    (check_ema, ema_as_a_list),
    (check_ema, ema_by_a_filter),
    (check_ema, ema_in_the_package),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check.__wrapped__(answer) is None
    check(answer)
    assert capsys.readouterr().out == f"✓ {answer.__name__} is right\n"


def in_place(xs, tau):
    for i in range(1, len(xs)):
        xs[i] = tau * xs[i] + (1 - tau) * xs[i - 1]
    return xs


def zeros_like(xs, tau):
    targets = np.zeros_like(xs)
    targets[0] = xs[0]
    for i in range(1, len(xs)):
        targets[i] = tau * xs[i] + (1 - tau) * targets[i - 1]
    return targets


def from_zero(xs, tau):
    return lfilter([tau], [1, tau - 1], xs, axis=0)


def one_late(xs, tau):
    return ema(np.concatenate([xs[:1], xs[:-1]]), tau)


def plain_mean(xs, tau):
    return np.array([xs[: i + 1].mean(0) for i in range(len(xs))])


WRONG = [
    (check_half_life, lambda tau: 1 / tau, "time constant: after it 63 %"),
    (check_half_life, lambda tau: np.log(2) / tau, "limit for small tau; try tau = 0.5"),
    (check_half_life, lambda tau: np.log(0.5) / np.log(tau), "swapped"),
    (check_half_life, lambda tau: np.log(2) / np.log(1 - tau), "sign"),
    (check_half_life, lambda tau: int(half_life(tau)), "rounded down: at tau = 0.01"),
    (check_half_life, lambda tau: math.ceil(half_life(tau)), "rounded up: at tau = 0.01"),
    (check_half_life, lambda tau: 138.3, "for tau = 0.5 it gives 138.3, expected 1.0000"),
    (check_half_life, lambda tau: None, "for tau = 0.5 it gives None, expected 1.0000"),
    (check_half_life, lambda tau: "138", "for tau = 0.5 it gives '138', expected 1.0000"),
    (check_half_life, lambda tau: float("nan"), "for tau = 0.5 it gives nan"),
    (check_half_life, lambda tau: half_life(max(tau, 0.01)), "for tau = 0.005 it gives 68.9"),
    (check_half_life, lambda tau: [half_life(tau)], "for tau = 0.5 it gives [1.0]"),
    (check_hard_period, lambda tau: (1 - tau) / tau, "mean age itself"),
    (check_hard_period, lambda tau: 1 / tau, "time constant"),
    (check_hard_period, lambda tau: 2 / tau, "one too many"),
    (check_hard_period, lambda tau: 2 * (1 - tau) / tau, "one too few"),
    (check_hard_period, half_life, "median of the ages, not their mean"),
    (check_hard_period, lambda tau: 399, "for tau = 0.5 it gives 399, expected 3.0000"),
    (check_ema, lambda xs, tau: ema(xs, 1 - tau), "tau and 1 - tau are swapped"),
    (check_ema, from_zero, "starts at zero"),
    (check_ema, one_late, "one step late"),
    (check_ema, lambda xs, tau: ema(xs, tau)[-1], "only the last target"),
    (check_ema, lambda xs, tau: ema(xs, tau)[1:], "first entry is missing"),
    (check_ema, plain_mean, "plain mean"),
    (check_ema, in_place, "changes xs"),
    (check_ema, zeros_like, "np.zeros_like(xs) rounds"),
    (check_ema, lambda xs, tau: ema(xs.ravel(), tau), "for xs = [[0.0, 1.0]"),  # a table taken for a row
    (check_ema, lambda xs, tau: xs, "for xs = [3.0, 5.0, 2.0, 8.0, 8.0], tau = 0.25 it gives array([3., 5."),
    (check_ema, lambda xs, tau: None, "it gives None, expected [3.0, 3.5, 3.125"),
]


@pytest.mark.parametrize("check, answer, words", WRONG)
def test_a_wrong_answer_is_told_its_mistake(check, answer, words, capsys):
    assert words in check.__wrapped__(answer)
    check(answer)
    assert capsys.readouterr().out.startswith(f"✗ {answer.__name__}: ")


def test_every_known_mistake_has_a_hint_of_its_own():
    hints = [check.__wrapped__(answer) for check, answer, _ in WRONG]
    assert len(set(hints)) == len(hints)
