"""Checkers of the notebooks' exercises: what a wrong answer looks like, and the hint that names the mistake."""

import functools
import math
from numbers import Real

TOLERANCE = 1e-9  # answers in numbers are closed forms: anything further off is another formula


def checker(find_hint):
    """Turn a function from an answer to a hint (None: the answer is right) into a checker that prints a verdict.

    The checker prints one line: "… not done yet", "✗" with the hint, or "✓". An answer that raises
    NotImplementedError is not done yet; any other exception is a wrong answer, and its text is the hint.
    """

    @functools.wraps(find_hint)
    def check(answer):
        name = getattr(answer, "__name__", "the answer")
        try:
            hint = find_hint(answer)
        except NotImplementedError:
            print(f"… not done yet: {name} still raises NotImplementedError")
            return
        except Exception as error:  # the reader's code may fail in any way; the page must go on
            hint = f"{type(error).__name__}: {error}"
        print(f"✗ {name}: {hint}" if hint else f"✓ {name} is right")

    return check


def hint_for_number(answer, right, wrong, cases, *, also=(), shown=str):
    """None if the answer is right in all cases, else the hint of the mistake it equals, or the output.

    answer, right: functions from the numbers of a case to a number. wrong: (function, hint) pairs, tried in order.
    cases: tuples of arguments. also: other functions that count as right. shown: how a case is written in a hint.
    """
    given = [answer(*case) for case in cases]
    if any(_equal(given, function, cases) for function in (right, *also)):
        return None
    for mistake, words in wrong:
        if _equal(given, mistake, cases):
            return words
    case, value = next((c, v) for c, v in zip(cases, given) if not _close(v, right(*c)))
    output = f"{value:.6g}" if isinstance(value, Real) else f"{value!r}"
    return f"{shown(case)} gives {output}, expected {right(*case):.6g}"


def _equal(given, function, cases):
    return all(_close(value, function(*case)) for value, case in zip(given, cases))


def _close(value, expected):
    return isinstance(value, Real) and math.isclose(value, expected, rel_tol=TOLERANCE)
