"""What holds for the checkers of all notebooks; what each of them knows is tested in test_exercises_NN.py."""

import importlib
import pkgutil

import pytest

from ddpg_tf.course import exercises

MODULES = [importlib.import_module(f"{exercises.__name__}.{m.name}") for m in pkgutil.iter_modules(exercises.__path__)]
CHECKS = [check for module in MODULES for name, check in vars(module).items() if name.startswith("check_")]


def todo(*_):
    raise NotImplementedError


def test_there_are_two_or_three_for_each_page():
    assert {len([name for name in vars(module) if name.startswith("check_")]) for module in MODULES} <= {2, 3}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_not_done_yet(check, capsys):
    check(todo)
    assert capsys.readouterr().out == "… not done yet: todo still raises NotImplementedError\n"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_an_answer_that_fails_is_shown_its_error(check, capsys):
    check(lambda *_: 1 / 0)
    assert "✗ <lambda>: ZeroDivisionError" in capsys.readouterr().out


@pytest.mark.parametrize("answer", [None, "42", float("nan"), object()], ids=["None", "text", "NaN", "an object"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_what_is_no_answer_is_wrong(check, answer, capsys):
    check(lambda *_: answer)
    assert capsys.readouterr().out.startswith("✗ <lambda>: ")
