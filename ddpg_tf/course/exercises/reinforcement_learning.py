"""Checkers for notebook 00, reinforcement learning."""

from typing import NamedTuple

import numpy as np

from ddpg_tf.envs import make_env
from ddpg_tf.evaluation import SELECTION_SEEDS
from ddpg_tf.course.exercises import checker

_TOLERANCE = 1e-9  # answers are sums of a few numbers: anything further off is another formula
BAR = 230.0  # mean return in the wind; the page's pilot stays below 200


@checker
def check_discounted_return(answer):
    """`answer(rewards, gamma)`: G_0, the sum of gamma^k r_k; 0 for no rewards."""

    def powers(rewards, gamma):
        return gamma ** np.arange(len(rewards))

    def right(rewards, gamma):
        return float(powers(rewards, gamma) @ np.asarray(rewards))

    wrong = [
        (lambda r, gamma: sum(r), "gamma is not used; that is the undiscounted sum"),
        (lambda r, gamma: gamma * right(r, gamma), "the first reward is not discounted: k starts at 0"),
        (lambda r, gamma: gamma * sum(r), "each step of waiting costs a gamma: gamma needs the exponent k"),
        (lambda r, gamma: powers(r, gamma).sum() * r[0], "the index of r moves with k: r[k], not r[0]"),
        (lambda r, gamma: right(r[::-1], gamma), "the order is reversed: the last reward waits longest"),
        (lambda r, gamma: right(r[:-1], gamma), "the last reward is missing"),
        (lambda r, gamma: float(np.arange(len(r)) * gamma @ np.asarray(r)), "gamma**k, not gamma * k"),
        (lambda r, gamma: right(r, gamma) * (1 - gamma), "1 - gamma makes it a mean; Eq. 2 is a sum"),
    ]
    four = np.array([3.0, -1.0, 4.0, 1.0])
    cases = [([1.0, 0.0, 2.0], 0.5), (four, 0.9), ([5.0], 0.9), ([2.0, 7.0], 1.0), ([], 0.9)]
    return _hint(answer, right, wrong, cases)


@checker
def check_greedy_policy(answer):
    """`answer(V, P, R, gamma)`: in each state the action with the largest R + gamma P V, shape (states,)."""

    def right(V, P, R, gamma):
        return np.argmax(R + gamma * P @ V, axis=1)

    wrong = [
        (lambda V, P, R, gamma: np.argmax(R + P @ V, axis=1), "gamma is missing: V(s') is one step away"),
        (lambda V, P, R, gamma: np.argmax(R, axis=1), "only the next reward counts; add gamma P V"),
        (lambda V, P, R, gamma: np.argmax(P @ V, axis=1), "the reward on the way, R(s, a), is missing"),
        (
            lambda V, P, R, gamma: np.argmax(R + gamma * np.where(P > 0, V, -np.inf).max(axis=2), axis=1),
            "it hopes for the best next state; take the mean over s' with the chances P",
        ),
        (lambda V, P, R, gamma: np.argmin(R + gamma * P @ V, axis=1), "argmin takes the worst action"),
        (
            lambda V, P, R, gamma: np.max(R + gamma * P @ V, axis=1),
            "those are the values of the best actions; argmax gives the actions themselves",
        ),
        (
            lambda V, P, R, gamma: np.argmax(R + gamma * P @ V, axis=0),
            "the axis: the actions are axis 1; along axis 0 you compare states",
        ),
    ]
    return _hint(answer, right, wrong, list(_worlds()))


@checker
def check_my_pilot(answer):
    """`answer(state)`: an action that reaches a mean return of BAR over the selection seeds, in the wind."""
    action = np.asarray(answer(np.array([0.1, 1.0, 0.2, -0.3, 0.1, 0.1, 0.0, 0.0], np.float32)), np.float64)
    if action.shape != (2,) or not np.isfinite(action).all():
        return f"an action is two finite numbers, main engine and side engines; it gives {action}"
    flights = [_flight(answer, seed) for seed in SELECTION_SEEDS[:10]]
    if np.mean([flight.total for flight in flights]) < 0:  # far off: say why, instead of flying on
        return _diagnosis(flights)
    flights += [_flight(answer, seed) for seed in SELECTION_SEEDS[10:]]
    mean = np.mean([flight.total for flight in flights])
    if mean >= BAR:
        return None
    fate, count = _most_common_failure(flights)
    return (
        f"the mean return is about {round(mean, -1):.0f}, expected {BAR:.0f}. The most common failure: "
        f"{fate} ({count} of {len(flights)}). Wind pushes harder than a timid lean can answer: "
        "allow a larger angle, and hold it more firmly"
    )


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
        state, reward, terminated, truncated, _ = env.step(np.asarray(pilot(state), np.float32))
        total, fastest, over = total + reward, max(fastest, -state[3]), terminated or truncated
    env.close()
    return _Flight(float(total), float(fastest), state, truncated)


_FATES = [  # (what happened, how to tell, where to look)
    ("it leaves the picture", lambda f: abs(f.last[0]) >= 1, "too much throttle, or a lean the wrong way"),
    (
        "it turns over",
        lambda f: abs(f.last[4]) > 0.7,
        "look at the sign of the second number: a positive one turns clockwise, which lowers the angle",
    ),
    ("it hovers until the clock stops", lambda f: f.truncated, "want some speed downwards even at height 0"),
    ("it comes down too fast", lambda f: f.fastest > 0.9, "fire the main engine when v_y is too low"),
    ("it crashes, or lands off the pad", lambda f: True, "lean towards the pad, and against the drift"),
]


def _diagnosis(flights):
    fate, count = _most_common_failure(flights)
    advice = next(words for name, _, words in _FATES if name == fate)
    return f"in {count} of {len(flights)} flights {fate}: {advice}"


def _most_common_failure(flights):
    """What befell most of the flights below BAR, and how many. The first fate that fits counts."""
    fates = [next(name for name, fits, _ in _FATES if fits(f)) for f in flights if f.total < BAR]
    most = max((name for name, _, _ in _FATES), key=fates.count)
    return most, fates.count(most)


def _worlds(count=5):
    """Worlds (V, P, R, gamma): one that a hint can show, and random ones in which every mistake shows."""
    P = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.5], [1.0, 0.0]]])
    yield np.array([0.0, 10.0]), P, np.array([[1.0, 0.0], [0.0, 2.0]]), 0.5
    rng = np.random.default_rng(0)
    for _ in range(count):
        P = rng.dirichlet(np.full(8, 0.3), size=(8, 3))
        P[P < 0.02] = 0.0
        P /= P.sum(axis=2, keepdims=True)
        yield rng.normal(size=8), P, rng.normal(size=(8, 3)), 0.6


def _hint(answer, right, wrong, cases):
    """None if the answer is right in all cases, else the hint of the mistake it equals, or what came out."""
    given = [answer(*case) for case in cases]
    if all(_close(value, right(*case)) for value, case in zip(given, cases)):
        return None
    for mistake, words in wrong:
        if all(_close(value, mistake(*case)) for value, case in zip(given, cases) if len(case[0])):
            return words
    case, value = next((c, v) for c, v in zip(cases, given) if not _close(v, right(*c)))
    return f"for {_shown(case)} it gives {_shown([value])}, expected {_shown([right(*case)])}"


def _close(value, expected):
    """Equal in shape and, to rounding, in every number."""
    value, expected = np.asarray(value), np.asarray(expected)
    if value.shape != expected.shape or value.dtype.kind not in "fiub":
        return False
    return np.allclose(value, expected, rtol=_TOLERANCE, atol=_TOLERANCE)


def _shown(values):
    """Arguments in words: small ones in full, large ones by their shape."""
    words = []
    for value in values:
        if not isinstance(value, (np.ndarray, list)):
            words.append(f"{value}")
        elif np.size(value) <= 8:
            words.append(f"{np.round(value, 3).tolist()}")
        else:
            words.append(f"an array of shape {np.shape(value)}")
    return ", ".join(words)
