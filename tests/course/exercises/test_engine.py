"""Laws of the checkers, for every exercise: which forms of a right answer pass, and that a little wrong is wrong."""

import functools
import importlib
import inspect
import pkgutil
from copy import deepcopy

import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf.course import exercises
from ddpg_tf.course.exercises import Exercise

MODULES = [importlib.import_module(f"{exercises.__name__}.{m.name}") for m in pkgutil.iter_modules(exercises.__path__)]
CHECKS = {
    f"{module.__name__[-6:]}.{name}": check
    for module in MODULES
    for name, check in vars(module).items()
    if name.startswith("check_")
}
TABLES = {name: check for name, check in CHECKS.items() if isinstance(check, Exercise)}
every_check = pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
every_table = pytest.mark.parametrize("check", TABLES.values(), ids=TABLES)


def is_whole(output):
    return np.asarray(output).dtype.kind in "biu"


def single(output):
    """Floats as float32, truths and whole numbers as they are."""
    return output if is_whole(output) else np.asarray(output, np.float32)


FORMS = {
    "an array, of shape () for a number": np.asarray,
    "a list, or a Python number": lambda output: np.asarray(output).tolist(),
    "a tuple": lambda output: tuple(output) if np.ndim(output) else output,
    "float32": single,
    "a list of float32": lambda output: list(single(output)) if np.ndim(output) else single(output),
    "Python numbers with the rounding of float32": lambda output: np.asarray(single(output)).tolist(),
    "a tensor": tf.constant,
    "a list of tensors": lambda output: [tf.constant(x) for x in output] if np.ndim(output) else tf.constant(output),
}


@every_table
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_form_of_a_right_answer_does_not_matter(check, form):
    assert check.hint(lambda *case: form(check.right(*case))) is None


@every_table
def test_arguments_of_float32_do_not_make_a_right_answer_wrong(check):
    def answer(*case):
        return check.right(*(x.astype(np.float32) if getattr(x, "dtype", None) == np.float64 else x for x in case))

    assert check.hint(answer) is None


def spoil(case):
    """Overwrite the arrays and lists among the arguments, those in a batch too."""
    for x in case:
        if isinstance(x, tuple):
            spoil(x)
        elif isinstance(x, list):
            x.clear()
        elif isinstance(x, np.ndarray):
            x[...] = 0


@every_table
def test_an_answer_may_work_in_place(check):
    def in_place(*case):
        output = np.array(check.right(*case))
        spoil(case)
        return output

    assert check.hint(in_place) is None
    assert check.hint(check.right) is None  # nothing of the module has changed


@every_table
def test_an_answer_may_return_one_buffer_again_and_again(check):
    buffers = {}

    def buffered(*case):
        output = np.array(check.right(*case))
        buffer = buffers.setdefault((output.shape, output.dtype), np.empty_like(output))
        buffer[...] = output
        return buffer

    assert check.hint(buffered) is None


@every_table
def test_one_wrong_number_in_one_case_is_wrong(check):
    """A hundredth of the largest number, or one more for a count."""
    outputs = [np.array(check.right(*deepcopy(case))) for case in check.cases]
    for i, j in [(i, j) for i, output in enumerate(outputs) for j in range(output.size)]:
        output = outputs[i].copy()
        output.flat[j] += 1 if is_whole(output) else 0.01 * (np.abs(output).max() or 1)
        turn = iter(outputs[:i] + [output] + outputs[i + 1 :])
        assert check.hint(lambda *case: next(turn)), (i, j)


WRONG = {
    "None": lambda output: None,
    "text": lambda output: str(output),
    "NaN": lambda output: np.asarray(output) * np.nan,
    "infinite": lambda output: np.asarray(output) + np.inf,
    "complex": lambda output: np.asarray(output) + 1j,
    "an axis before": lambda output: np.asarray(output)[None],
    "an axis after": lambda output: np.asarray(output)[..., None],
    "ragged": lambda output: [[1.0], [1.0, 2.0]],
}


@every_table
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_no_answer_is_wrong(check, wrong):
    assert check.hint(lambda *case: wrong(check.right(*case)))


ARGUMENTS = [
    (name, place, argument)
    for name, check in TABLES.items()
    for place, argument in enumerate(inspect.signature(check.right).parameters)
    if argument != "capacity" and len(check.cases[0]) > place  # which page01.check_expected_uses does not need
]


@pytest.mark.parametrize("name, place, argument", ARGUMENTS)
def test_an_answer_that_always_takes_an_argument_of_the_first_case_is_wrong(name, place, argument, capsys):
    check = TABLES[name]

    def answer(*case):
        first = deepcopy(check.cases[0][place])
        return check.right(*case[:place], first, *case[place + 1 :]) if len(case) > place else check.right(*case)

    check(answer)
    assert capsys.readouterr().out.startswith("✗")


@every_table
def test_every_known_mistake_gets_its_own_hint(check):
    for mistake, words in check.mistakes:
        assert check.hint(mistake) == words
        for case in map(deepcopy, check.cases):
            assert np.isfinite(mistake(*case)).all()  # an infinite one would agree with every answer


@pytest.mark.parametrize("output, word", [
    (np.ones((4, 1)), "axis of length 1"),
    (np.ones((4, 4)), "square"),
    (1.0, "()"),
])  # fmt: skip
def test_a_wrong_shape_is_named(output, word):
    check = Exercise(lambda x: x, [(np.ones(4),)], [])
    assert word in check.hint(lambda x: output)


def test_the_first_number_that_is_wrong_is_shown():
    check = Exercise(lambda x, y: x + y, [(1.0, 2.0), (2.5, 3.0)], [])
    assert check.hint(lambda x, y: 3.0) == "for x = 2.5, y = 3.0 it gives 3.0, expected 5.5"


def test_numbers_that_differ_look_different():
    check = Exercise(lambda x: x / 9, [(1.0,)], [])
    assert "it gives 0.11111131111" in check.hint(lambda x: x / 9 + 2e-7)


double = Exercise(lambda x: 2 * x, [(3.0,), (4.0,)], [(lambda x: x**2, "that is\nthe square")])


def verdict(capsys, check, answer):
    assert check(answer) is None  # a value would be shown below the cell
    return capsys.readouterr().out


def todo(*_):
    raise NotImplementedError


def fails(*_):
    raise NotImplementedError("a symbolic tensor\nmet NumPy")  # so says TensorFlow


def test_right_and_wrong_are_one_line(capsys):
    assert verdict(capsys, double, lambda x: 2 * x) == "✓ <lambda> is right\n"
    assert verdict(capsys, double, functools.partial(lambda by, x: by * x, 2)) == "✓ the answer is right\n"
    assert verdict(capsys, double, lambda x: x**2) == "✗ <lambda>: that is the square\n"


@every_check
def test_not_done_yet(check, capsys):
    assert verdict(capsys, check, todo) == "… not done yet: todo still raises NotImplementedError\n"


@every_check
def test_an_exception_is_the_hint_on_one_line(check, capsys):
    assert verdict(capsys, check, fails) == "✗ fails: NotImplementedError: a symbolic tensor met NumPy\n"


@every_check
@pytest.mark.parametrize("answer", [None, 6, "42"])
def test_what_is_no_function_is_wrong(check, answer, capsys):
    assert verdict(capsys, check, answer).startswith("✗ the answer: TypeError")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_stops_python_stops_the_cell(error):
    def answer(x):
        raise error

    with pytest.raises(error):
        double(answer)
