"""The checkers of notebook 00 accept the right answer and name the mistake of each wrong one."""

import numpy as np
import pytest

from ddpg_tf.course.exercises.reinforcement_learning import (
    check_discounted_return,
    check_greedy_policy,
    check_my_pilot,
)


def discounted_return(rewards, gamma):
    return gamma ** np.arange(len(rewards)) @ np.asarray(rewards)


def backwards(rewards, gamma):
    G = 0.0
    for r in reversed(rewards):
        G = r + gamma * G
    return G


def forwards(rewards, gamma):
    G = 0.0
    for r in rewards:
        G = r + gamma * G
    return G


def greedy_policy(V, P, R, gamma):
    return np.argmax(R + gamma * P @ V, axis=1)


def greedy_by_loops(V, P, R, gamma):
    states, actions = R.shape
    policy = []
    for s in range(states):
        Q = [R[s, a] + gamma * sum(P[s, a, s2] * V[s2] for s2 in range(states)) for a in range(actions)]
        policy.append(Q.index(max(Q)))
    return policy


def pilot(state, lean=(0.5, 1.0, 0.4), sink=(-0.1, -0.4), hold=(10, 20)):
    """The page's pilot; other numbers make other pilots."""
    x, y, v_x, v_y, angle, spin, *_ = state
    wanted_angle = np.clip(lean[0] * x + lean[1] * v_x, -lean[2], lean[2])
    wanted_v_y = sink[0] + sink[1] * y
    return np.clip([10 * (wanted_v_y - v_y), hold[0] * (angle - wanted_angle) + hold[1] * spin], -1, 1)


def hovering_pilot(state):
    return pilot(state, lean=(2.0, 3.0, 0.8), sink=(0.0, 0.0), hold=(20, 30))


def hopeful_policy(V, P, R, gamma):
    return np.argmax(R + gamma * np.where(P > 0, V, -np.inf).max(axis=2), axis=1)


def windproof_pilot(state):
    return pilot(state, lean=(1.0, 2.0, 0.8), sink=(-0.1, -0.5), hold=(20, 30))


RIGHT = [
    (check_discounted_return, discounted_return),
    (check_discounted_return, backwards),
    (check_greedy_policy, greedy_policy),
    (check_greedy_policy, greedy_by_loops),
    (check_my_pilot, windproof_pilot),
]
WRONG = [
    (check_discounted_return, lambda rewards, gamma: sum(rewards), "gamma is not used"),
    (check_discounted_return, lambda r, gamma: gamma * discounted_return(r, gamma), "k starts at 0"),
    (check_discounted_return, lambda r, gamma: gamma * sum(r), "needs the exponent k"),
    (check_discounted_return, lambda r, gamma: sum(gamma**k * r[0] for k in range(len(r))), "moves with k"),
    (check_discounted_return, forwards, "the order is reversed"),
    (check_discounted_return, lambda r, gamma: discounted_return(r[:-1], gamma), "last reward is missing"),
    (check_discounted_return, lambda r, gamma: sum(gamma * k * r[k] for k in range(len(r))), "not gamma * k"),
    (check_discounted_return, lambda r, gamma: (1 - gamma) * discounted_return(r, gamma), "makes it a mean"),
    (check_discounted_return, lambda *case: np.array([backwards(*case)]), "0.5 it gives [1.5], expected 1.5"),
    (check_discounted_return, lambda r, gamma: None, "it gives None, expected 1.5"),
    (check_greedy_policy, lambda V, P, R, gamma: greedy_policy(V, P, R, 1.0), "gamma is missing"),
    (check_greedy_policy, lambda V, P, R, gamma: R.argmax(axis=1), "only the next reward"),
    (check_greedy_policy, lambda V, P, R, gamma: (P @ V).argmax(axis=1), "R(s, a), is missing"),
    (check_greedy_policy, hopeful_policy, "hopes for the best"),
    (check_greedy_policy, lambda V, P, R, gamma: (R + gamma * P @ V).argmin(axis=1), "argmin"),
    (check_greedy_policy, lambda V, P, R, gamma: (R + gamma * P @ V).max(axis=1), "argmax gives the actions"),
    (check_greedy_policy, lambda V, P, R, gamma: (R + gamma * P @ V).argmax(axis=0), "the axis"),
    (check_greedy_policy, lambda V, P, R, gamma: np.zeros(len(V), int), "gives [0, 0], expected [1, 0]"),
    (check_my_pilot, lambda state: pilot(state)[:1], "two finite numbers"),
    (check_my_pilot, lambda state: np.array([np.nan, 0.0]), "two finite numbers"),
    (check_my_pilot, lambda state: np.zeros(2), "comes down too fast"),
    (check_my_pilot, lambda state: np.ones(2), "leaves the picture"),
    (check_my_pilot, lambda state: pilot(state) * (1, -1), "sign of the second number"),
    (check_my_pilot, lambda state: pilot(state, lean=(0, 0, 0)), "leaves the picture"),
    (check_my_pilot, hovering_pilot, "until the clock stops"),
    (check_my_pilot, pilot, "timid lean"),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_the_right_answer_gets_no_hint(check, answer):
    assert check.__wrapped__(answer) is None


@pytest.mark.parametrize(("check", "answer", "words"), WRONG)
def test_a_wrong_answer_gets_the_hint_that_names_the_mistake(check, answer, words):
    assert words in check.__wrapped__(answer)


def test_a_return_that_fails_only_without_rewards_is_told_so():
    def answer(rewards, gamma):
        return discounted_return(rewards, gamma) if len(rewards) else None

    assert check_discounted_return.__wrapped__(answer) == "for [], 0.9 it gives None, expected 0.0"
