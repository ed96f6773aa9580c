"""`checker`: three verdicts, one line each, and an answer that fails does not stop the page."""

import functools

import pytest

from ddpg_tf.course.exercises import checker


@checker
def check_double(answer):
    """Twice the number."""
    return None if answer(3) == 6 else f"for 3 it gives {answer(3)}, expected 6"


def verdict(capsys, answer, check=check_double):
    assert check(answer) is None  # a value would be shown below the cell
    return capsys.readouterr().out


def test_right(capsys):
    def double(x):
        return 2 * x

    assert verdict(capsys, double) == "✓ double is right\n"


def test_wrong(capsys):
    def double(x):
        return x**2

    assert verdict(capsys, double) == "✗ double: for 3 it gives 9, expected 6\n"


def test_not_done(capsys):
    def double(x):
        raise NotImplementedError

    assert verdict(capsys, double) == "… not done yet: double still raises NotImplementedError\n"


@pytest.mark.parametrize("error, hint", [
    (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    (TypeError("missing an argument"), "TypeError: missing an argument"),
    (AssertionError("no"), "AssertionError: no"),
    (RecursionError("too deep"), "RecursionError: too deep"),
])  # fmt: skip
def test_an_exception_is_a_wrong_answer_with_its_text(error, hint, capsys):
    def double(x):
        raise error

    assert verdict(capsys, double) == f"✗ double: {hint}\n"


def test_an_answer_with_the_wrong_arguments_is_a_wrong_answer(capsys):
    assert "✗ <lambda>: TypeError" in verdict(capsys, lambda: 6)


def test_a_mistake_inside_a_check_that_compares_is_a_wrong_answer(capsys):
    """The answer may return anything, so the comparison may fail too."""
    assert "✗ <lambda>: TypeError" in verdict(capsys, lambda x: None, checker(lambda f: "" if f(3) < 6 else None))


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_stops_python_stops_the_cell(error):
    def double(x):
        raise error

    with pytest.raises(error):
        check_double(double)


class Doubler:
    def __call__(self, x):
        return 2 * x


@pytest.mark.parametrize("answer", [functools.partial(lambda by, x: by * x, 2), Doubler()])
def test_an_answer_without_a_name(answer, capsys):
    assert verdict(capsys, answer) == "✓ the answer is right\n"


@pytest.mark.parametrize("answer", [None, 6])
def test_what_is_no_function_is_a_wrong_answer(answer, capsys):
    assert verdict(capsys, answer).startswith("✗ the answer: TypeError")


def test_a_checker_keeps_its_name_its_text_and_the_bare_hint():
    assert check_double.__name__ == "check_double"
    assert check_double.__doc__ == "Twice the number."
    assert check_double.__wrapped__(lambda x: 6) is None
    assert check_double.__wrapped__(lambda x: 7) == "for 3 it gives 7, expected 6"
