"""Argument checks with helpful messages: whose value it is, what it is, and what is expected."""

import math
from numbers import Real

import numpy as np


def check(name, value, expectation, holds):
    """Raise ValueError unless `holds(value)`, TypeError if the value cannot even be compared.

    name: owner and argument, as "DDPG: gamma". expectation: what is allowed, in words.
    """
    try:
        valid = bool(holds(value))
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"{name} is {value!r}, expected {expectation}.") from error
    if not valid:
        raise ValueError(f"{name} is {value}, expected {expectation}.")


def check_number(name, value, expectation, holds):
    """`check` for one finite real number; arrays and truth values are not numbers here."""
    check(name, value, expectation, lambda x: _is_number(x) and holds(x))


def check_count(name, value, at_most=10**9):
    """Raise ValueError or TypeError unless the value is a whole number from 1 to `at_most`; 1e6 is one."""
    expectation = f"a whole number from 1 to {at_most:,}"
    check_number(name, value, expectation, lambda x: 1 <= x <= at_most and x % 1 == 0)


@np.errstate(over="ignore", invalid="ignore")
def check_bounds(low, high):
    """The bounds of the actions as float32 vectors. Raises ValueError or TypeError unless low < high, at most 1e6."""
    try:
        low, high = np.asarray(low, np.float32), np.asarray(high, np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"the bounds of the actions are {low!r} and {high!r}, expected vectors of numbers.") from error
    if low.ndim != 1 or low.size == 0 or low.shape != high.shape:
        raise ValueError(f"the bounds of the actions have shapes {low.shape} and {high.shape}, expected the same (n,).")
    if not ((np.abs(low) <= 1e6) & (np.abs(high) <= 1e6) & (low < high)).all():
        raise ValueError(
            f"the bounds of the actions are {low} and {high}, expected low < high and at most 1e6 in size; "
            "gymnasium.wrappers.TransformAction gives an environment other bounds."
        )
    return low, high


def _is_number(x):
    return isinstance(x, Real) and not isinstance(x, bool) and math.isfinite(x)
