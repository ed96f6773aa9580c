"""Checkers for notebook 09, value and Q-learning."""

import math

import numpy as np

from ddpg_tf.course.exercises import checker, hint_for_number


@checker
def check_policy_values(answer):
    """`answer(policy, P, R, D, gamma)`: V of a policy of chances, policy[s, a], from the linear system; shape (s,)."""

    def right(policy, P, R, D, gamma):
        return _solve(policy, P * (1 - D), R, gamma)

    def greedy(policy, P, R, D, gamma):
        return right(np.eye(R.shape[1])[policy.argmax(axis=1)], P, R, D, gamma)

    wrong = [
        (lambda p, P, R, D, gamma: _solve(p, P, R, gamma), "it goes on after the end: weigh P with 1 - D"),
        (lambda p, P, R, D, gamma: _solve(p, P * D, R, gamma), "D is inverted: 1 - D is what goes on"),
        (lambda p, P, R, D, gamma: right(p, P, R, D, 1.0), "gamma is missing: V(s') is one step away"),
        (greedy, "it takes the likeliest action; weigh all of them with policy[s, a]"),
        (
            lambda p, P, R, D, gamma: right(np.full_like(p, 1 / p.shape[1]), P, R, D, gamma),
            "it takes the plain mean over the actions; weigh them with policy[s, a]",
        ),
        (lambda p, P, R, D, gamma: (p * R).sum(axis=1), "that is the reward of one step; add what follows"),
        (lambda p, P, R, D, gamma: _best(P * (1 - D), R, gamma), "those are the values of the best policy"),
        (
            lambda p, P, R, D, gamma: np.linalg.solve(
                np.eye(len(R)) - gamma * np.einsum("sa,sat->st", p, P * (1 - D)).T, (p * R).sum(axis=1)
            ),
            "P is turned round: rows are the states that you leave, columns those that you reach",
        ),
    ]
    worlds = list(_worlds())
    for world in worlds:
        given, states = np.asarray(answer(*map(np.copy, world))), len(world[0])
        if given.shape != (states,):
            return f"one value for each of the {states} states, shape ({states},); yours has shape {given.shape}"
    cases = [(number, state) for number, world in enumerate(worlds) for state in range(len(world[0]))]
    return hint_for_number(
        _at_a_state(answer, worlds),
        _at_a_state(right, worlds),
        [(_at_a_state(mistake, worlds), words) for mistake, words in wrong],
        cases,
        shown=lambda case: f"world {case[0] + 1} of {len(worlds)}, state {case[1]}:",
    )


def _at_a_state(function, worlds):
    """The function's value of one state of one of the worlds; each world is solved once."""
    values = [np.asarray(function(*map(np.copy, world)), dtype=float) for world in worlds]
    return lambda number, state: values[number][state]


def _solve(policy, go_on, R, gamma):
    P = np.einsum("sa,sat->st", policy, go_on)
    return np.linalg.solve(np.eye(len(R)) - gamma * P, (policy * R).sum(axis=1))


def _best(go_on, R, gamma):
    V = np.zeros(len(R))
    for _ in range(500):
        V = (R + gamma * go_on @ V).max(axis=1)
    return V


def _worlds(count=3):
    """Random worlds (policy, P, R, D, gamma) of different sizes; in each of them an episode can end anywhere."""
    rng = np.random.default_rng(0)
    for states in range(3, 3 + count):
        P = rng.dirichlet(np.ones(states), size=(states, 2))
        D = (rng.random(P.shape) < 0.3).astype(float)
        D[..., 0] = 1.0  # so that even without a discount the sums end
        yield rng.dirichlet(np.ones(2), size=states), P, rng.uniform(1, 2, (states, 2)), D, 0.8


@checker
def check_rate_for(answer):
    """`answer(share)`: the rate c with which `share` of the way is left at half time, (sqrt(c) - c) / (1 - c)."""

    def right(share):
        return (share / (1 - share)) ** 2

    wrong = [
        (lambda h: h**2, "c**0.5 is what a curve has left that never arrives; Eq. 8 subtracts c and divides by 1 - c"),
        (lambda h: h / (1 - h), "that is the root of c: square it"),
        (lambda h: ((1 - h) / h) ** 2, "upside down, or `share` taken for what is gone: it is what is left"),
        (lambda h: (1 - h) / h, "upside down, and the square is missing"),
        (lambda h: (h / (1 + h)) ** 2, "a sign: (c**0.5 - c) / (1 - c) is c**0.5 / (1 + c**0.5)"),
        (lambda h: math.sqrt(h / (1 - h)), "squared on the wrong side: the root is over c"),
        (lambda h: h, "the rate is no share: it is the last slope over the first"),
        (lambda h: 2 * h, "the rate is no share: it is the last slope over the first"),
    ]
    return hint_for_number(
        answer, right, wrong, [(0.1,), (0.25,), (0.4,), (0.01,)], shown=lambda case: f"share {case[0]}"
    )


@checker
def check_careful_value(answer):
    """`answer(q, epsilon)`: the worth of a state with action values q to an ε-greedy agent."""

    def right(q, epsilon):
        return (1 - epsilon) * max(q) + epsilon * sum(q) / len(q)

    def others(q, epsilon):
        return (1 - epsilon) * max(q) + epsilon * (sum(q) - max(q)) / (len(q) - 1)

    wrong = [
        (lambda q, e: max(q), "that is Q-learning's question, of somebody who never stumbles; use epsilon"),
        (lambda q, e: sum(q) / len(q), "that is the drunkard's question; he stumbles only with chance epsilon"),
        (lambda q, e: right(q, 1 - e), "epsilon and 1 - epsilon are swapped"),
        (others, "a random action may be the best one too: the mean is over all actions"),
        (lambda q, e: (1 - e) * max(q), "the stumble is missing: with chance epsilon he gets the mean"),
        (
            lambda q, e: (1 - e) * max(q) + e * min(q),
            "he stumbles at random, not into the worst: the mean, not the minimum",
        ),
        (lambda q, e: (1 - e) * max(q) + e * sum(q), "the random part is a mean: divide by the number of actions"),
        (lambda q, e: float(np.argmax(q)), "argmax is the action, max is its value"),
    ]
    cases = [
        ((1.0, 5.0, 2.0, 0.0), 0.1),
        ((-3.0, -1.0, -100.0, -2.0), 0.3),
        ((4.0, 0.5), 0.8),
        ((-2.0, -9.0, -1.0), 0.0),
    ]
    return hint_for_number(
        lambda q, epsilon: answer(np.array(q), epsilon), right, wrong, cases,
        shown=lambda case: f"q = {list(case[0])}, epsilon = {case[1]}",
    )  # fmt: skip
