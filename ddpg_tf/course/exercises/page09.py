"""Exercises of page 09: the values of a policy that tosses coins, and what a state is worth to one who stumbles."""

import numpy as np

from ddpg_tf.course.exercises import Exercise


def _policy_values(policy, P, R, D, gamma):
    return _solve(policy, P * (1 - D), R, gamma)


def _solve(policy, go_on, R, gamma):
    P = np.einsum("sa,sat->st", policy, go_on)
    return np.linalg.solve(np.eye(len(R)) - gamma * P, (policy * R).sum(axis=1))


def _best(go_on, R, gamma):
    V = np.zeros(len(R))
    for _ in range(500):
        V = (R + gamma * go_on @ V).max(axis=1)
    return V


def _worlds(gammas=(0.8, 0.5, 0.9)):
    """Random worlds (policy, P, R, D, gamma) of different sizes; in each of them an episode can end anywhere."""
    rng = np.random.default_rng(0)
    for states, gamma in enumerate(gammas, start=3):
        P = rng.dirichlet(np.ones(states), size=(states, 2))
        D = (rng.random(P.shape) < 0.3).astype(float)
        D[..., 0] = 1.0  # so that even without a discount the sums end
        yield rng.dirichlet(np.ones(2), size=states), P, rng.uniform(1, 2, (states, 2)), D, gamma


check_policy_values = Exercise(_policy_values, list(_worlds()), [
    (lambda p, P, R, D, gamma: _solve(p, P, R, gamma), "it goes on after the end: weigh P with 1 - D"),
    (lambda p, P, R, D, gamma: _solve(p, P * D, R, gamma), "D is inverted: 1 - D is what goes on"),
    (lambda p, P, R, D, gamma: _policy_values(p, P, R, D, 1.0), "gamma is missing: V(s') is one step away"),
    (lambda p, *world: _policy_values(np.eye(2)[p.argmax(axis=1)], *world), "that takes the likeliest action only"),
    (lambda p, *world: _policy_values(np.full_like(p, 0.5), *world), "that is the plain mean over the actions"),
    (lambda p, P, R, D, gamma: (p * R).sum(axis=1), "that is the reward of one step; add what follows"),
    (lambda p, P, R, D, gamma: _best(P * (1 - D), R, gamma), "those are the values of the best policy"),
    (lambda p, P, R, D, gamma: np.linalg.solve(
        np.eye(len(R)) - gamma * np.einsum("sa,sat->ts", p, P * (1 - D)), (p * R).sum(axis=1)
    ), "P is turned round: rows are the states that you leave, columns those that you reach"),
    (lambda p, P, R, D, g: R + g * P * (1 - D) @ _policy_values(p, P, R, D, g), "those are the values of actions"),
])  # fmt: skip


def _careful_value(q, epsilon):
    return (1 - epsilon) * q.max() + epsilon * q.mean()


check_careful_value = Exercise(_careful_value, [
    (np.array([1.0, 5.0, 2.0, 0.0]), 0.1),
    (np.array([-3.0, -1.0, -100.0, -2.0]), 0.3),
    (np.array([4.0, 0.5]), 0.8),
    (np.array([-2.0, -9.0, -1.0]), 0.0),
    (np.array([3.0, 3.0, 1.0]), 0.2),
], [
    (lambda q, e: q.max(), "that is Q-learning's question, for an agent that never stumbles; use epsilon"),
    (lambda q, e: q.mean(), "that is the value of a purely random step; it is random only with chance epsilon"),
    (lambda q, e: _careful_value(q, 1 - e), "epsilon and 1 - epsilon are swapped"),
    (lambda q, e: (1 - e) * q.max() + e * (q.sum() - q.max()) / (len(q) - 1),
     "a random action may be the best one too"),
    (lambda q, e: (1 - e) * q.max(), "the random step is missing: with chance epsilon the agent gets the mean"),
    (lambda q, e: (1 - e) * q.max() + e * q.min(), "a random step is the mean over the actions, not the minimum"),
    (lambda q, e: (1 - e) * q.max() + e * q.sum(), "the random part is a mean: divide by the number of actions"),
    (lambda q, e: q.max() + e * q.mean(), "the best action comes with chance 1 - epsilon, not always"),
    (lambda q, e: np.argmax(q), "argmax is the action, max is its value"),
])  # fmt: skip
