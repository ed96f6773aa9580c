"""The checkers of notebook 07 accept the right answer and name the mistake of each wrong one."""

import math

import numpy as np
import pytest

from ddpg_tf.course.exercises.lunar_lander import check_is_solved, check_landings_needed, check_standard_error


def is_solved(returns):
    return len(returns) >= 100 and bool(np.mean(returns[-100:]) >= 200)


def standard_error(returns):
    return np.std(returns) / np.sqrt(len(returns))


def landings_needed(spread, error):
    return math.ceil((spread / error) ** 2)


RIGHT = [
    (check_is_solved, is_solved),
    (check_standard_error, standard_error),
    (check_landings_needed, landings_needed),
]
WRONG = [
    (check_is_solved, lambda r: max(r) >= 200, "maximum"),
    (check_is_solved, lambda r: r[-1] >= 200, "last return alone"),
    (check_is_solved, lambda r: bool(np.mean(r[-100:]) >= 200), "no hundred"),
    (check_is_solved, lambda r: bool(np.mean(r) >= 200), "mean of all returns"),
    (check_is_solved, lambda r: len(r) >= 100 and bool(np.mean(r) >= 200), "not of the last 100"),
    (check_is_solved, lambda r: len(r) >= 100 and bool(np.mean(r[:100]) >= 200), "first 100"),
    (check_is_solved, lambda r: len(r) >= 100 and min(r[-100:]) >= 200, "every landing"),
    (check_is_solved, lambda r: len(r) >= 100 and bool(np.median(r[-100:]) >= 200), "median"),
    (check_is_solved, lambda r: len(r) >= 100 and bool(np.mean(r[-100:]) > 200), "at least, not above"),
    (check_is_solved, lambda r: not is_solved(r), "wrong way round"),
    (check_standard_error, lambda r: np.std(r), "spread of one landing"),
    (check_standard_error, lambda r: np.std(r, ddof=1), "spread of one landing"),
    (check_standard_error, lambda r: np.var(r) / len(r), "variance of the mean"),
    (check_standard_error, lambda r: np.std(r) / len(r), "not by n"),
    (check_standard_error, lambda r: np.var(r) / len(r) ** 0.5, "takes its root"),
    (check_standard_error, lambda r: np.mean(r) / len(r) ** 0.5, "takes the spread"),
    (check_standard_error, lambda r: np.std(r) / 10, "not always 100"),
    (check_landings_needed, lambda spread, error: math.ceil(spread / error), "square is missing"),
    (check_landings_needed, lambda spread, error: int((spread / error) ** 2), "round up"),
    (check_landings_needed, lambda spread, error: (spread / error) ** 2, "round up"),
    (check_landings_needed, lambda spread, error: math.ceil(spread**2 / error), "squared too"),
    (check_landings_needed, lambda spread, error: math.ceil((error / spread) ** 2), "upside down"),
    (check_landings_needed, lambda spread, error: math.ceil((spread / error) ** 0.5), "under a root"),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_the_right_answer_gets_no_hint(check, answer, capsys):
    assert check.__wrapped__(answer) is None
    check(answer)
    assert capsys.readouterr().out == f"✓ {answer.__name__} is right\n"


def test_the_other_standard_deviation_is_right_too():
    assert check_standard_error.__wrapped__(lambda r: np.std(r, ddof=1) / len(r) ** 0.5) is None


def test_a_verdict_of_numpy_is_a_verdict():
    assert check_is_solved.__wrapped__(lambda r: np.bool_(is_solved(r))) is None


@pytest.mark.parametrize(("check", "answer", "words"), WRONG)
def test_a_wrong_answer_gets_the_hint_that_names_the_mistake(check, answer, words):
    assert words in check.__wrapped__(answer)


@pytest.mark.parametrize(
    ("check", "answer", "shown"),
    [
        (check_is_solved, lambda r: True, "100 returns of 190: it gives True, expected False"),
        (check_is_solved, lambda r: 1, "gives 1, expected True or False"),
        (check_standard_error, lambda r: 7.0, "a list of 100 returns gives 7, expected"),
        (check_standard_error, lambda r: standard_error(r) if len(r) > 4 else None, "-20.0) gives None"),
        (check_landings_needed, lambda spread, error: 7, "(90, 7) gives 7, expected 166"),
    ],
)
def test_an_unknown_wrong_answer_gets_input_output_and_expectation(check, answer, shown):
    assert shown in check.__wrapped__(answer)


def test_an_answer_that_fails_is_a_wrong_answer(capsys):
    check_is_solved(lambda returns: returns["last"])
    assert "TypeError" in capsys.readouterr().out
