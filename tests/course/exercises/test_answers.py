"""Answers as readers write them: right ones, found in another way, pass, and a mistake gets the hint that names it."""

import math
from collections import deque

import numpy as np
import pytest
import tensorflow as tf
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.signal import lfilter
from scipy.stats import mannwhitneyu, norm

from ddpg_tf.course.exercises import (
    page00, page01, page02, page03, page04, page05, page06, page07, page08, page09, page10, page11, page12,
    page13, page15, page16,
)  # fmt: skip


def rebuild_by_rows(states, over, last):
    last = iter(last)
    return [next(last) if ends else states[i + 1] for i, ends in enumerate(over)]


def seeds_by_dealing(comparisons):
    n = 2
    while mannwhitneyu(range(n), range(n, 2 * n), method="exact").pvalue * comparisons >= 0.05:
        n += 1
    return n


def standing_step_by_step(p, tried):
    return next((k for k, value in enumerate(sorted(p)) if value * (tried - k) >= 0.05), len(p))


def target_of_a_batch(batch, mu, q, gamma):
    rows = zip(batch.rewards, batch.terminated, q(batch.next_states, mu(batch.next_states)))
    return [r if d else r + gamma * value for r, d, value in rows]


def n_steps_by_rows(rewards, terminated, last_values, gamma):
    targets = []
    for r, d, value in zip(rewards, terminated, last_values):
        k = int(d.argmax()) + 1 if d.any() else len(r)
        targets.append(sum(gamma**i * r[i] for i in range(k)) + (0 if d.any() else gamma**k * value))
    return targets


def critic_slope_by_tape(V, c, v, states, actions):
    actions = tf.Variable(actions)
    with tf.GradientTape() as tape:
        q = tf.linalg.matvec(tf.nn.relu(tf.concat([states, actions], axis=1) @ V + c), v)
    return tape.gradient(q, actions)


def linear_actor_steps(x, states, arrows, rate):
    W = np.zeros((len(x), arrows.shape[1]))
    return x @ (W + rate * np.mean([np.outer(*row) for row in zip(states, arrows)], axis=0)) - x @ W


def average_by_shares(xs, tau):
    """Every average by its own weights, which are divided by their sum."""
    shares = [tau * (1 - tau) ** np.arange(k)[::-1] for k in range(1, len(xs) + 1)]
    return [np.average(xs[: len(share)], axis=0, weights=share) for share in shares]


def critical_discount_by_search(p):
    """Where the smallest real part of an eigenvalue changes its sign."""
    phi, share = np.array([[1.0, 0.0], [2.0, 1.0]]), np.diag([1 - p, p])

    def weakest(gamma):
        return np.linalg.eigvals(phi.T @ share @ (phi - gamma * phi[[1, 1]])).real.min()

    return brentq(weakest, 0.1, 0.999, xtol=1e-14)


def explore_by_minimum(policy, noise, state, low, high):
    return np.minimum(np.maximum(policy(state) + noise.sample() * (high - low) / 2, low), high)


def values_by_sweeps(policy, P, R, D, gamma):
    V = np.zeros(len(R))
    for _ in range(300):
        V = np.sum(policy * (R + gamma * (P * (1 - D)) @ V), axis=1)
    return V


def biases_by_quadrature(gap, sigma):
    """E max(X, Y) - gap, and the loss of the gap where Y is chosen; X ~ N(gap, sigma²), Y ~ N(0, sigma²)."""
    edges = dict(a=gap - 12 * sigma, b=gap + 12 * sigma, epsabs=1e-13, limit=200)
    larger = quad(lambda x: x * norm.pdf(x, gap, sigma) * norm.cdf(x, 0, sigma), **edges)[0]
    larger += quad(lambda y: y * norm.pdf(y, 0, sigma) * norm.cdf(y, gap, sigma), **edges | {"a": -12 * sigma})[0]
    chosen = quad(lambda x: norm.pdf(x, gap, sigma) * norm.cdf(x, 0, sigma), **edges)[0]
    return larger - gap, (chosen - 1) * gap


def variance_by_average(errors, alpha):
    P = np.abs(errors) ** alpha
    P /= P.sum()
    return np.average((errors / (len(errors) * P) - errors.mean()) ** 2, weights=P)


def weighted_by_sums(r, rho):
    return np.array([sum(math.prod(rho[: k + 1]) * r[k] for k in range(t, len(r))) for t in range(len(r))])


def baselines_by_regression(q, pi):
    """The b of least weighted squares for each entry k: of (q - b) e_k over the actions."""
    score = np.eye(len(pi)) - pi
    roots = np.sqrt(pi)[:, None] * score
    return [np.linalg.lstsq(column[:, None], column * q, rcond=None)[0][0] for column in roots.T]


def score_variance_by_quadrature(e, v, sigma):
    def moment(power):
        return quad(lambda z: (z / sigma * (e + v * sigma * z)) ** power * norm.pdf(z), -14, 14, epsabs=1e-12)[0]

    return moment(2) - moment(1) ** 2


def advantages_by_episodes(r, v, v_next, over, gamma, lam):
    pieces = np.split(r + gamma * v_next - v, np.flatnonzero(over) + 1)
    return np.concatenate([lfilter([1], [1, -gamma * lam], x[::-1])[::-1] if len(x) else x for x in pieces])


def smaller_by_clark(s1, s2, rho):
    """The mean of a minimum of two normal variables, by the integral over their difference alone."""
    width = math.sqrt(s1**2 + s2**2 - 2 * rho * s1 * s2)
    return -quad(lambda z: z * width * norm.pdf(z), 0, 12)[0]


def by_queue(observations, k, order=1):
    """Each state from a deque of the last k observations; order -1: the newest first."""
    queue, states = deque([observations[0]] * k, maxlen=k), []
    for observation in observations:
        queue.append(observation)
        states.append(np.concatenate(list(queue)[::order]))
    return states


def choice_slope_by_tape(a, q):
    a = tf.Variable(a)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(tf.nn.softmax(a) * q)
    return tape.gradient(value, a)


RIGHT = [
    (page00.check_steps_for, lambda x, g: 1 + np.argmax(np.cumsum(g ** np.arange(10_000)) * (1 - g) >= x)),
    (page01.check_rebuild, rebuild_by_rows),
    (page01.check_expected_uses, lambda n, batch, updates: n * (batch * updates / n)),
    (page02.check_design_noise, lambda k, w: [-math.expm1(-1 / k), w * tf.sqrt(1 - tf.exp(-2 / k))]),
    (page02.check_firing_rate, lambda m, w, edge=0.5: 1 - norm.cdf(edge, m, w) + norm.cdf(-edge, m, w)),
    (page03.check_relu_limit, lambda f: math.sqrt(3 / f / quad(lambda z: z**2 * norm.pdf(z), 0, 12)[0])),
    (page03.check_td_targets, target_of_a_batch),
    (page03.check_n_step_targets, n_steps_by_rows),
    (page04.check_move_of_the_action, linear_actor_steps),
    (page04.check_action_gradient_by_hand, critic_slope_by_tape),
    (page04.check_inverted_gradients,
     lambda v, a, low, high: (np.maximum(v, 0) * (high - a) + np.minimum(v, 0) * (a - low)) / (high - low)),
    (page05.check_same_speed, lambda tau, n: lfilter([tau], [1, tau - 1], np.ones(n))[-1]),
    (page05.check_average_from_zero, average_by_shares),
    (page05.check_critical_discount, critical_discount_by_search),
    (page06.check_explore, explore_by_minimum),
    (page07.check_paired_error, lambda a, b: np.std(np.asarray(a) - b, ddof=1) / np.sqrt(len(a))),
    (page07.check_landings_needed, lambda spread, error: np.ceil((spread / error) ** 2)),
    (page08.check_trainings_needed, lambda p: next(K for K in range(1, 10_000) if (1 - p) ** K <= 0.05)),
    (page08.check_wins, lambda a, b: (a[:, None] < b).mean() + 0.5 * (a[:, None] == b).mean()),
    (page09.check_policy_values, values_by_sweeps),
    (page09.check_careful_value, lambda q, e: (e / len(q) + (1 - e) * np.eye(len(q))[q.argmax()]) @ q),
    (page10.check_two_biases, biases_by_quadrature),
    (page10.check_draw_variance, variance_by_average),
    (page11.check_weighted_to_go, weighted_by_sums),
    (page11.check_best_baselines, baselines_by_regression),
    (page12.check_score_variance, score_variance_by_quadrature),
    (page12.check_advantages, advantages_by_episodes),
    (page13.check_mean_of_the_smaller, smaller_by_clark),
    (page13.check_top_of_the_peak, lambda w, s: 2 * quad(lambda x: (1 - x / w) * norm.pdf(x, 0, s), 0, w)[0]),
    (page15.check_seeds_needed, seeds_by_dealing),
    (page15.check_still_standing, standing_step_by_step),
    (page16.check_histories, by_queue),
    (page16.check_slope_of_choice, choice_slope_by_tape),
]  # fmt: skip

WRONG = [  # (checker, wrong answer, a key word of the hint; none for what is wrong in some of the cases only)
    (page01.check_rebuild, lambda s, over, last: [*s[1:], s[0]], "starts another"),
    (page01.check_rebuild, lambda s, over, last: np.vstack([s[1:], last[-1]]), "still teleported"),
    (page01.check_rebuild, lambda s, over, last: np.insert(s, np.flatnonzero(over) + 1, last, axis=0)[1:], ""),
    (page01.check_expected_uses, lambda n, batch, updates: batch * max(1, updates), ""),
    (page02.check_design_noise, lambda k, w: (1 - 2 ** (-1 / k), w * math.sqrt(1 - 4 ** (-1 / k))), "1/2"),
    (page03.check_relu_limit, lambda f: 1 / math.sqrt(f), "sixth"),
    (page03.check_td_targets, lambda b, mu, q, g: target_of_a_batch(b, lambda s: mu(b.states), q, g), "in s'"),
    (page03.check_td_targets, lambda b, mu, q, g: target_of_a_batch(b, mu, q, g) - b.terminated * b.rewards, "last"),
    (page03.check_n_step_targets, lambda r, d, v, g: n_steps_by_rows(r, 0 * d, v, g), "no future"),
    (page03.check_n_step_targets, lambda r, d, v, g: n_steps_by_rows(r[:, :1], d[:, :1], v, g), ""),
    (page04.check_move_of_the_action, lambda x, s, v, rate: rate * x @ s.T @ v / 2, ""),
    (page05.check_average_from_zero, lambda xs, tau: np.array(average_by_shares(xs, tau), xs.dtype), "whole numbers"),
    (page05.check_average_from_zero, lambda xs, tau: average_by_shares(xs, tau) if xs.ndim == 1 else xs, ""),
    (page05.check_critical_discount, lambda p: critical_discount_by_search(1 - p), "state 2"),
    (page06.check_explore, lambda p, n, *rest: explore_by_minimum(p, n, *rest) + 0 * n.sample(), "once per action"),
    (page07.check_paired_error, lambda a, b: np.hypot(np.std(a), np.std(b)) / len(a) ** 0.5, "independent"),
    (page07.check_landings_needed, lambda spread, error: int((spread / error) ** 2) + 1, "one too many"),
    (page08.check_trainings_needed, lambda p: int(np.log(0.05) / np.log(1 - p)), "round up"),
    (page08.check_wins, lambda a, b: np.mean([x < y for x in a for y in b]), "half a win"),
    (page09.check_policy_values, lambda p, P, R, D, gamma: values_by_sweeps(p, P, R, 0 * D, gamma), "after the end"),
    (page09.check_careful_value, lambda q, epsilon: max(q), "never stumbles"),
    (page10.check_two_biases, lambda gap, sigma: np.add(biases_by_quadrature(gap, sigma), gap), "mean values"),
    (page10.check_draw_variance, lambda e, a: variance_by_average(e, a) + e.mean() ** 2, "square of the mean"),
    (page11.check_weighted_to_go, lambda r, rho: [weighted_by_sums(r[t:], rho[t:])[0] for t in range(len(r))],
     "before t"),
    (page11.check_best_baselines, lambda q, pi: [pi @ q] * len(q), "mean payout"),
    (page12.check_advantages, lambda r, v, w, over, *rest: advantages_by_episodes(r, v, w, 0 * over, *rest), "runs on"),
    (page13.check_mean_of_the_smaller, lambda s1, s2, rho: -min(s1, s2) / math.sqrt(math.pi), ""),
    (page15.check_seeds_needed, lambda m: seeds_by_dealing(m / 2), "two-sided"),
    (page15.check_still_standing, lambda p, tried: standing_step_by_step(p, len(p)), "not shown"),
    (page15.check_still_standing, lambda p, tried: sum(x * tried < (k + 1) / 20 for k, x in enumerate(sorted(p))), ""),
    (page16.check_histories, lambda x, k: by_queue(x, k, order=-1), "newest"),
    (page16.check_histories, lambda x, k: np.hstack([np.roll(x, k - 1 - i, axis=0) for i in range(k)]), "future"),
    (page16.check_histories, lambda x, k: by_queue(np.vstack([0 * x[:1], x]), k)[1:], "zeros"),
    (page16.check_slope_of_choice, lambda a, q: -choice_slope_by_tape(a, q), "climbs"),
]  # fmt: skip


@pytest.mark.parametrize("check, answer", RIGHT)
def test_a_right_answer_passes(check, answer):
    assert check.hint(answer) is None


@pytest.mark.parametrize("check, answer, word", WRONG)
def test_a_mistake_is_named(check, answer, word, capsys):
    check(answer)
    out = capsys.readouterr().out
    assert out.startswith("✗") and word in out
