"""Checkers of notebook 04: they pass the solution, name each usual mistake, and survive any other answer."""

import numpy as np
import pytest

from ddpg_tf.course.exercises.policy_gradient import (
    check_action_gradient_by_hand,
    check_linear_policy_gradient,
    check_slope_of_the_squash,
)


def linear_policy_gradient(states, ascent):
    return states.T @ ascent / len(states)


def action_gradient_by_hand(V, c, v, states, actions):
    awake = np.concatenate([states, actions], axis=1) @ V + c > 0
    return (awake * v) @ V[-actions.shape[1] :].T


def slope_of_the_squash(a, low, high):
    half = (high - low) / 2
    return half - (a - (high + low) / 2) ** 2 / half


SOLUTIONS = {
    check_linear_policy_gradient: linear_policy_gradient,
    check_action_gradient_by_hand: action_gradient_by_hand,
    check_slope_of_the_squash: slope_of_the_squash,
}


@pytest.mark.parametrize(("check", "solution"), SOLUTIONS.items())
def test_the_solution_is_right(check, solution, capsys):
    assert check.__wrapped__(solution) is None
    check(solution)
    assert capsys.readouterr().out == f"✓ {solution.__name__} is right\n"


@pytest.mark.parametrize(("check", "solution"), SOLUTIONS.items())
def test_a_float32_solution_is_right(check, solution):
    assert check.__wrapped__(lambda *arguments: solution(*(np.float32(x) for x in arguments))) is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda s, v: s.T @ v, "sum over the batch"),
        (lambda s, v: -(s.T @ v) / len(s), "sign"),
        (lambda s, v: -(s.T @ v), "sign, and the sum"),
        (lambda s, v: v.T @ s / len(s), "transposed"),
        (lambda s, v: v.T @ s, "transposed, and a sum"),
        (lambda s, v: (s[:, :, None] * v[:, None, :]).mean(axis=(0, 2), keepdims=True), "shape"),
        (lambda s, v: s.T @ v / v.size, "all entries of ascent"),
        (lambda s, v: np.outer(s.mean(0), v.mean(0)), "product of the means"),
        (lambda s, v: v.mean(0), "states, is missing"),
        (lambda s, v: np.sign(s.T @ v), "signs alone"),
    ],
)
def test_mistakes_in_the_linear_policy_gradient_are_named(answer, words):
    assert words in check_linear_policy_gradient.__wrapped__(answer)


def mask(V, c, s, a):
    return np.concatenate([s, a], axis=1) @ V + c > 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda V, c, v, s, a: np.tile(V[s.shape[1] :] @ v, (len(s), 1)), "ReLU is missing"),
        (lambda V, c, v, s, a: (mask(V, c, s, a) * v) @ V[: s.shape[1]].T, "slope in the states"),
        (lambda V, c, v, s, a: (mask(V, c, s, a) * v) @ V[: a.shape[1]].T, "first rows of V"),
        (lambda V, c, v, s, a: (mask(V, c, s, a) * v) @ V.T, "keep the action's"),
        (lambda V, c, v, s, a: action_gradient_by_hand(V, c, v, s, a) / len(s), "divided by N"),
        (lambda V, c, v, s, a: action_gradient_by_hand(V, c, v, s, a).mean(0), "one row for each state"),
        (lambda V, c, v, s, a: action_gradient_by_hand(V, c, v, s, a).sum(0), "do not sum"),
        (lambda V, c, v, s, a: -action_gradient_by_hand(V, c, v, s, a), "sign"),
        (lambda V, c, v, s, a: mask(V, c, s, a) @ V[s.shape[1] :].T, "last layer is missing"),
        (lambda V, c, v, s, a: action_gradient_by_hand(V, 0 * c, v, s, a), "bias c is missing"),
        (
            lambda V, c, v, s, a: (np.maximum(np.hstack([s, a]) @ V + c, 0) * v) @ V[s.shape[1] :].T,
            "multiplied with its output",
        ),
    ],
)
def test_mistakes_in_the_action_gradient_are_named(answer, words):
    assert words in check_action_gradient_by_hand.__wrapped__(answer)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda a, low, high: 1 - a**2, "bounds -1 and 1"),
        (lambda a, low, high: 1 - ((2 * a - high - low) / (high - low)) ** 2, "the range multiplies it"),
        (lambda a, low, high: 2 * slope_of_the_squash(a, low, high), "twice too large"),
        (lambda a, low, high: (high - low) / 2 * (1 - (2 * a / (high - low)) ** 2), "middle of the range"),
        (lambda a, low, high: (high - low) / 2 * (1 - (a / high) ** 2), "symmetric"),
        (lambda a, low, high: (high - low) / 2 * (1 - np.tanh(a) ** 2), "already squashed"),
        (lambda a, low, high: 1 - np.tanh(a) ** 2, "no second tanh"),
        (lambda a, low, high: (high - low) / 2 * (1 - np.abs(2 * a - high - low) / (high - low)), "square is missing"),
    ],
)
def test_mistakes_in_the_slope_of_the_squash_are_named(answer, words):
    assert words in check_slope_of_the_squash.__wrapped__(answer)


@pytest.mark.parametrize(("check", "solution"), SOLUTIONS.items())
def test_unknown_mistakes_get_what_came_out_and_what_was_expected(check, solution):
    hint = check.__wrapped__(lambda *arguments: solution(*arguments) + 0.125)
    assert "it gives" in hint and "expected" in hint
    assert "shape" in check.__wrapped__(lambda *arguments: 0.0)
    assert "shape" in check.__wrapped__(lambda *arguments: None)


@pytest.mark.parametrize(("check", "solution"), SOLUTIONS.items())
def test_nan_is_not_right(check, solution):
    assert check.__wrapped__(lambda *arguments: solution(*arguments) * np.nan) is not None


def test_an_answer_that_fails_is_told_why(capsys):
    check_linear_policy_gradient(lambda states: states)
    assert "TypeError" in capsys.readouterr().out


def test_an_answer_that_writes_into_its_inputs_does_not_spoil_the_check():
    def greedy(states, ascent):
        states /= len(states)
        return states.T @ ascent

    assert check_linear_policy_gradient.__wrapped__(greedy) is None
