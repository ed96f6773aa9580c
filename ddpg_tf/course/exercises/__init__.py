"""Exercises of the notebooks, one module per page: the right answer, the cases, and a hint for each known mistake."""

import copy
import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

SINGLE, DOUBLE = 1e-5, 1e-6  # tolerances, relative to the largest number of an output


@dataclass(frozen=True)
class Exercise:
    """Checker of an exercise with one right output for each case; call it with an answer, a function.

    right: the solution. cases: tuples of arguments, each copied for every call. mistakes: (function, hint) pairs,
    tried in order; an answer that gives a function's output in all cases gets its hint. also: other right answers.
    """

    right: Callable
    cases: Sequence[tuple]
    mistakes: Sequence[tuple[Callable, str]]
    also: Sequence[Callable] = ()

    def __call__(self, answer):
        """Print the verdict on the answer, one line."""
        _print_verdict(self.hint, answer)

    def hint(self, answer):
        """None if the answer is right in all cases, else the hint of the mistake it equals, or what it gives."""
        right = [_outputs(function, self.cases) for function in (self.right, *self.also)]
        given = _outputs(answer, self.cases)
        if any(all(map(agrees, given, outputs)) for outputs in right):
            return None
        for mistake, hint in self.mistakes:
            if all(map(agrees, given, _outputs(mistake, self.cases))):
                return hint
        return next(self._difference(*row) for row in zip(self.cases, given, right[0]) if not agrees(*row[1:]))

    def _difference(self, case, given, expected):
        """What the answer gives in a case, and what it should."""
        place = ""
        if isinstance(given, np.ndarray):
            if given.shape != expected.shape:
                return _shape_hint(given.shape, expected.shape)
            if given.size > 8:
                worst = np.argmax(np.nan_to_num(np.abs(given * 1.0 - expected), nan=np.inf))
                index = tuple(map(int, np.unravel_index(worst, given.shape)))
                place, given, expected = f"in entry {index} ", given[index], expected[index]
        names = inspect.signature(self.right).parameters
        arguments = ", ".join(f"{name} = {_shown(x)}" for name, x in zip(names, case))
        digits = 17 if _shown(given) == _shown(expected) else 6
        return f"for {arguments} it gives {place}{_shown(given, digits)}, expected {_shown(expected, digits)}"


def checker(find_hint):
    """Turn a function from an answer to a hint (None: the answer is right) into a checker that prints the verdict."""

    @functools.wraps(find_hint)
    def check(answer):
        _print_verdict(find_hint, answer)

    check.hint = find_hint
    return check


def judge(specimens):
    """Checker of an exercise whose answer is a test itself: it has to tell the sound from the broken.

    specimens: function that gives (arguments, verdict, hint) of one after the other, the hint for the other verdict.
    """
    return checker(
        lambda answer: next((hint for case, right, hint in specimens() if _truth(answer(*case)) != right), None)
    )


def _truth(verdict):
    """One truth as a bool. Raises TypeError for anything else."""
    array = np.asarray(verdict)
    if array.dtype != bool or array.size != 1:
        raise TypeError(f"it gives {verdict!r:.60}, expected True or False")
    return array.item()


def _print_verdict(find_hint, answer):
    """One line: "… not done yet" if the answer raises NotImplementedError, "✗" with the hint, or "✓".

    Any other exception makes the answer wrong, and its text is the hint.
    """
    name = getattr(answer, "__name__", "the answer")
    try:
        hint = find_hint(answer)
    except Exception as error:  # the reader's code may fail in any way; the page must go on
        if repr(error) == "NotImplementedError()":  # TensorFlow raises this type with a text
            print(f"… not done yet: {name} still raises NotImplementedError")
            return
        hint = f"{type(error).__name__}: {error}"
    print(f"✗ {name}: {' '.join(hint.split())}" if hint else f"✓ {name} is right")


def agrees(given, expected):
    """Whether two outputs have the same shape and the same numbers: whole ones and truths exactly, others to rounding.

    Numbers that all fit into float32 may have the rounding of a float32 computation, whatever type they have now;
    others that of float32 arguments.
    """
    if not isinstance(given, np.ndarray) or given.shape != expected.shape or given.dtype.kind not in "biuf":
        return False
    if expected.dtype.kind != "f" or given.dtype == bool:
        return (given.dtype == bool) == (expected.dtype == bool) and np.array_equal(given, expected)
    with np.errstate(over="ignore", invalid="ignore"):
        given = given.astype(np.float64)
        tolerance = SINGLE if np.array_equal(given, given.astype(np.float32)) else DOUBLE
        return bool(np.all(np.abs(given - expected) <= tolerance * np.max(np.abs(expected), initial=0.0)))


def _outputs(function, cases):
    """What the function gives in each case, from copies of the arguments: it may work in place."""
    return [_array(function(*copy.deepcopy(case))) for case in cases]


def _array(value):
    """A new array of the numbers or truths in a scalar, tensor, array or sequence; anything else as it is."""
    try:
        array = np.array(value)
        array = array.astype(np.float64) if array.dtype.kind == "O" and value is not None else array
    except (TypeError, ValueError):
        return value
    return array if array.dtype.kind in "biuf" else value


def _shape_hint(given, expected):
    hint = f"the answer has shape {given}, expected {expected}"
    if len(expected) == 1 and given == expected * 2:
        return f"{hint}: a square; if a column met a row, keep all of them rows, {expected}"
    if given == (*expected, 1):
        return f"{hint}: drop the axis of length 1"
    return hint


def _shown(value, digits=6):
    """A value in words: small arrays in full, large ones by their shape."""
    array = _array(value)
    if not isinstance(array, np.ndarray):
        return getattr(value, "__name__", None) or repr(value)[:100]
    if array.size > 8:
        return f"an array of shape {array.shape}"
    if array.dtype.kind == "f":
        array = np.array([float(f"{x:.{digits}g}") for x in array.flat]).reshape(array.shape)
    return str(array.tolist())
