"""The checkers of notebook 12 accept every right answer and name the mistake of each wrong one."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.signal import lfilter
from scipy.stats import norm

from ddpg_tf.course.exercises.towards_ddpg import check_advantages, check_blurred_slope, check_gaussian_scores


def gaussian_scores(a, mu, sigma):
    return (a - mu) / sigma**2, (a - mu) ** 2 / sigma**2 - 1


def gaussian_scores_as_an_array(a, mu, sigma):
    z = (a - mu) / sigma
    return np.array([z / sigma, (z - 1) * (z + 1)])


def blurred_slope(w, mu, sigma):
    return -w * np.exp(-(w**2) * sigma**2 / 2) * np.sin(w * mu)


def blurred_slope_by_quadrature(w, mu, sigma):
    """Eq. 5 as an integral, with the score in it."""

    def integrand(a):
        return math.cos(w * a) * (a - mu) / sigma**2 * norm.pdf(a, mu, sigma)

    return quad(integrand, mu - 12 * sigma, mu + 12 * sigma, epsabs=1e-14, epsrel=1e-12, limit=500)[0]


def advantages(r, v, v_next, over, gamma, lam):
    total, out = 0.0, []
    for t in reversed(range(len(r))):
        total = r[t] + gamma * v_next[t] - v[t] + gamma * lam * (0.0 if over[t] else total)
        out.append(total)
    return out[::-1]


def advantages_by_episodes(r, v, v_next, over, gamma, lam):
    """Cut the steps where an episode is over, and filter each piece backwards."""
    pieces = np.split(r + gamma * v_next - v, np.flatnonzero(over) + 1)
    return np.concatenate([lfilter([1], [1, -gamma * lam], piece[::-1])[::-1] for piece in pieces])


RIGHT = [
    (check_gaussian_scores, gaussian_scores),
    (check_gaussian_scores, gaussian_scores_as_an_array),
    (check_blurred_slope, blurred_slope),
    (check_blurred_slope, blurred_slope_by_quadrature),
    (check_advantages, advantages),
    (check_advantages, advantages_by_episodes),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, capsys):
    assert check.__wrapped__(answer) is None
    check(answer)
    assert capsys.readouterr().out == f"✓ {answer.__name__} is right\n"


def z_of(a, mu, sigma):
    return (a - mu) / sigma


def error_of(r, v, v_next, gamma):
    return r + gamma * v_next - v


def across_the_clock(r, v, v_next, over, gamma, lam):
    return lfilter([1], [1, -gamma * lam], error_of(r, v, v_next, gamma)[::-1])[::-1]


def no_value_at_the_clock(r, v, v_next, over, gamma, lam):
    return advantages(r, v, np.where(over, 0, v_next), over, gamma, lam)


def the_wrong_one_of_the_two(r, v, v_next, over, gamma, lam):
    return across_the_clock(r, v, np.where(over, 0, v_next), over, gamma, lam)


WRONG = [
    (check_gaussian_scores, lambda a, mu, s: (z_of(a, mu, s) / s, (z_of(a, mu, s) ** 2 - 1) / s), "in ln sigma it is"),
    (check_gaussian_scores, lambda a, mu, s: (z_of(a, mu, s) / s, z_of(a, mu, s) ** 2), "has the slope -1 in ln sigma"),
    (check_gaussian_scores, lambda a, mu, s: (z_of(a, mu, s), z_of(a, mu, s) ** 2 - 1), "divide once more"),
    (check_gaussian_scores, lambda a, mu, s: ((a - mu) / s**3, z_of(a, mu, s) ** 2 - 1), "once too often"),
    (check_gaussian_scores, lambda a, mu, s: ((mu - a) / s**2, z_of(a, mu, s) ** 2 - 1), "sign of the first"),
    (check_gaussian_scores, lambda a, mu, s: (z_of(a, mu, s) / s, 1 - z_of(a, mu, s) ** 2), "sign of the second"),
    (check_gaussian_scores, lambda a, mu, s: gaussian_scores(a, mu, s)[::-1], "in the mean comes first"),
    (check_gaussian_scores, lambda a, mu, s: z_of(a, mu, s) / s, "two slopes are wanted"),
    (check_gaussian_scores, lambda a, mu, s: None, "two slopes are wanted, in the mean and in ln sigma; you gave None"),
    (check_gaussian_scores, lambda a, mu, s: (3.0, 7.0), "for a = 1.75, mu = 1.0, sigma = 0.5 gives 7, expected 1.25"),
    (check_blurred_slope, lambda w, mu, s: -w * math.sin(w * mu), "without any blur"),
    (check_blurred_slope, lambda w, mu, s: math.exp(-((w * s) ** 2) / 2) * math.cos(w * mu), "the blurred hill itself"),
    (check_blurred_slope, lambda w, mu, s: blurred_slope(w, mu, s) / w, "inner derivative"),
    (check_blurred_slope, lambda w, mu, s: -blurred_slope(w, mu, s), "the sign"),
    (check_blurred_slope, lambda w, mu, s: -w * math.exp(-(s**2) / 2) * math.sin(w * mu), "depends on w too"),
    (check_blurred_slope, lambda w, mu, s: -w * math.exp(-((w * s) ** 2)) * math.sin(w * mu), "half is missing"),
    (check_blurred_slope, lambda w, mu, s: -w * math.exp(-w * s / 2) * math.sin(w * mu), "square is missing"),
    (check_blurred_slope, lambda w, mu, s: 0.5, "w = 2.0, mu = 0.3, sigma = 0.5 gives 0.5, expected -0.684"),
    (check_blurred_slope, lambda w, mu, s: None, "gives None"),
    (check_advantages, across_the_clock, "runs on into the next episode"),
    (check_advantages, no_value_at_the_clock, "v_next still counts where the episode was cut"),
    (check_advantages, the_wrong_one_of_the_two, "the wrong term is cut"),
    (check_advantages, lambda *x: advantages(*x[:-1], 1.0), "lambda is missing"),
    (check_advantages, lambda r, v, v2, over, gamma, lam: error_of(r, v, v2, gamma), "TD errors alone"),
    (check_advantages, lambda r, v, *x: np.array(advantages(r, v, *x)) + v, "target of the baseline"),
    (
        check_advantages,
        lambda r, v, v2, over, gamma, lam: lfilter([1], [1, -gamma * lam], error_of(r, v, v2, gamma)),
        "looks back",
    ),
    (check_advantages, lambda *x: advantages(*x)[0], "has shape ()"),
    (check_advantages, lambda *x: [1.0] * 5, "step 0 of r, v, v_next, over = ([1.0, -2.0"),
]


@pytest.mark.parametrize("check, answer, words", WRONG)
def test_a_wrong_answer_is_told_its_mistake(check, answer, words, capsys):
    assert words in check.__wrapped__(answer)
    check(answer)
    assert capsys.readouterr().out.startswith(f"✗ {answer.__name__}: ")


def test_every_known_mistake_has_a_hint_of_its_own():
    hints = [check.__wrapped__(answer) for check, answer, _ in WRONG]
    assert len(set(hints)) == len(hints)
