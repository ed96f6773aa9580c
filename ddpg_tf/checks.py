"""Refusing a value in words: its name, what it is, and what is expected."""

import math
from numbers import Real


def check(name, value, expectation, holds):
    """Raise ValueError unless `holds(value)`, TypeError where the value is of a kind that cannot even be compared.

    name: whose it is and what, as "DDPG: gamma". expectation: what is allowed, in words.
    """
    try:
        fits = bool(holds(value))
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"{name} is {value!r}, expected {expectation}.") from error
    if not fits:
        raise ValueError(f"{name} is {value}, expected {expectation}.")


def check_number(name, value, expectation, holds):
    """`check` for one real number: an array of one, a truth value and what no float can hold are refused too."""
    check(name, value, expectation, lambda x: _is_number(x) and holds(x))


def check_count(name, value, at_most=math.inf):
    """Raise ValueError or TypeError unless the value is a whole number from 1 to `at_most`; 1e6 is welcome."""
    limit = f" and at most {at_most:,}" if at_most < math.inf else ""
    check_number(name, value, f"a whole number of at least 1{limit}", lambda x: 1 <= x <= at_most and x % 1 == 0)


def _is_number(x):
    return isinstance(x, Real) and not isinstance(x, bool) and math.isfinite(x)
