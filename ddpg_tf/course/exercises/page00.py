"""Exercises of page 00: the discounted return, the greedy policy of a known world, and a pilot for the wind."""

from typing import NamedTuple

import numpy as np

from ddpg_tf.course.exercises import Exercise, checker
from ddpg_tf.envs import make_env
from ddpg_tf.evaluation import SELECTION_SEEDS

BAR = 230.0  # mean return in the wind; the page's pilot stays below 200


def _discounted_return(rewards, gamma):
    return gamma ** np.arange(len(rewards)) @ np.asarray(rewards)


check_discounted_return = Exercise(_discounted_return, [
    ([1.0, 0.0, 2.0], 0.5),
    (np.array([3.0, -1.0, 4.0, 1.0, -5.0, 9.0]), 0.9),
    ([5.0], 0.9), ([2.0, 7.0], 1.0), ([3.0, 4.0], 0.0), ([2, 1, 4], 0.5), ([], 0.9),
], [
    (lambda r, gamma: sum(r), "gamma is not used; that is the undiscounted sum"),
    (lambda r, gamma: gamma * _discounted_return(r, gamma), "the first reward is not discounted: k starts at 0"),
    (lambda r, gamma: gamma * sum(r), "each step of waiting costs a gamma: gamma needs the exponent k"),
    (lambda r, gamma: sum(gamma**k for k in range(len(r))) * sum(r[:1]), "the index of r moves with k: r[k], not r[0]"),
    (lambda r, gamma: _discounted_return(r[::-1], gamma), "the order is reversed: the last reward waits longest"),
    (lambda r, gamma: _discounted_return(r[:-1], gamma), "the last reward is missing"),
    (lambda r, gamma: gamma * np.arange(len(r)) @ np.asarray(r), "gamma**k, not gamma * k"),
    (lambda r, gamma: (1 - gamma) * _discounted_return(r, gamma), "1 - gamma makes it a mean; Eq. 2 is a sum"),
    (lambda r, gamma: _discounted_return(r, gamma) / max(len(r), 1), "a return is a sum: do not divide by T"),
])  # fmt: skip


def _worlds(count=5):
    """Worlds (V, P, R, gamma): one that a hint can show, and random ones in which every mistake shows."""
    P = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.5], [1.0, 0.0]]])
    worlds, rng = [(np.array([0.0, 10.0]), P, np.array([[1.0, 0.0], [0.0, 2.0]]), 0.5)], np.random.default_rng(0)
    for gamma in np.linspace(0.2, 0.9, count):
        P = rng.dirichlet(np.full(8, 0.3), size=(8, 3))
        P[P < 0.02] = 0.0
        worlds.append((rng.normal(size=8), P / P.sum(axis=2, keepdims=True), rng.normal(size=(8, 3)), float(gamma)))
    return worlds


check_greedy_policy = Exercise(lambda V, P, R, gamma: np.argmax(R + gamma * P @ V, axis=1), _worlds(), [
    (lambda V, P, R, gamma: np.argmax(R + P @ V, axis=1), "gamma is missing: V(s') is one step away"),
    (lambda V, P, R, gamma: np.argmax(R, axis=1), "only the next reward counts; add gamma P V"),
    (lambda V, P, R, gamma: np.argmax(P @ V, axis=1), "the reward on the way, R(s, a), is missing"),
    (lambda V, P, R, gamma: np.argmax(R + gamma * np.where(P > 0, V, -np.inf).max(axis=2), axis=1),
     "it hopes for the best next state; take the mean over s', weighted with P"),
    (lambda V, P, R, gamma: np.argmin(R + gamma * P @ V, axis=1), "argmin takes the worst action"),
    (lambda V, P, R, gamma: np.max(R + gamma * P @ V, axis=1), "those are values; argmax gives the actions"),
    (lambda V, P, R, gamma: np.argmax(R + gamma * P @ V, axis=0), "axis 0 compares states: the actions are axis 1"),
])  # fmt: skip


@checker
def check_my_pilot(answer):
    """`answer(state)`: an action that reaches a mean return of BAR over the selection seeds, in the wind."""
    flights = [_flight(answer, seed) for seed in SELECTION_SEEDS[:10]]
    if np.mean([flight.total for flight in flights]) < 0:  # far off: say why, instead of flying on
        fate, count = _most_common_failure(flights)
        return f"in {count} of {len(flights)} flights {fate}: {_FATES[fate][1]}"
    flights += [_flight(answer, seed) for seed in SELECTION_SEEDS[10:]]
    mean = np.mean([flight.total for flight in flights])
    if mean >= BAR:
        return None
    fate, count = _most_common_failure(flights)
    hint = f"the mean return is about {round(mean, -1):.0f}, expected {BAR:.0f}. The most common failure: {fate}"
    return f"{hint} ({count} of {len(flights)}). A timid lean loses to the wind: lean further, hold firmly"


class _Flight(NamedTuple):
    total: float
    fastest: float  # downwards, in units of v_y
    last: np.ndarray  # state
    truncated: bool


def _flight(pilot, seed):
    env = make_env("LunarLanderContinuous-v3", enable_wind=True)
    state, _ = env.reset(seed=seed)
    total, fastest, over = 0.0, 0.0, False
    while not over:
        action = np.array(pilot(state.copy()), np.float32)
        if action.shape != (2,) or not np.isfinite(action).all():
            raise ValueError(f"an action is two finite numbers, main engine and side engines; it gives {action}")
        state, reward, terminated, truncated, _ = env.step(action)
        total, fastest, over = total + reward, max(fastest, -state[3]), terminated or truncated
    env.close()
    return _Flight(float(total), float(fastest), state, truncated)


_FATES = {  # what happened: (how to tell, where to look)
    "it leaves the picture": (lambda f: abs(f.last[0]) >= 1, "too much throttle, or a lean the wrong way"),
    "it turns over": (lambda f: abs(f.last[4]) > 0.7, "look at the sign of the second number: positive is clockwise"),
    "it hovers until the clock stops": (lambda f: f.truncated, "want some speed downwards even at height 0"),
    "it comes down too fast": (lambda f: f.fastest > 0.9, "fire the main engine when v_y is too low"),
    "it crashes, or lands off the pad": (lambda f: True, "lean towards the pad, and against the drift"),
}


def _most_common_failure(flights):
    """What befell most of the flights below BAR, and how many. The first fate that fits counts."""
    fates = [next(fate for fate, (fits, _) in _FATES.items() if fits(f)) for f in flights if f.total < BAR]
    most = max(_FATES, key=fates.count)
    return most, fates.count(most)
