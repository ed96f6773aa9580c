"""Argument checks with helpful messages: whose value it is, what it is, and what is expected."""

import math
from numbers import Real

import numpy as np


def check(name, value, expectation, holds):
    """Raise ValueError "{name} is {value}, expected {expectation}." unless `holds(value)`; TypeError if that fails."""
    try:
        valid = bool(holds(value))
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"{name} is {value!r}, expected {expectation}.") from error
    if not valid:
        raise ValueError(f"{name} is {value}, expected {expectation}.")


def check_number(name, value, expectation, holds):
    """`check` for one finite real number; arrays and truth values are not numbers here."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    check(name, value, expectation, lambda number: is_number and math.isfinite(number) and holds(number))


def check_count(name, value, at_most=10**9):
    """Raise ValueError or TypeError unless the value is a whole number from 1 to `at_most`; 1e6 is one."""
    check_number(name, value, f"a whole number from 1 to {at_most:,}", lambda x: 1 <= x <= at_most and x % 1 == 0)


@np.errstate(over="ignore", invalid="ignore")
def check_bounds(low, high):
    """The bounds of the actions as float32 vectors. Raises ValueError or TypeError unless low < high, at most 1e6."""
    cure = "wrap the environment in gymnasium.wrappers.TransformAction(env, lambda a: a, Box(-1.0, 1.0, (n,)))"
    expectation = f"two vectors of one size, low < high, at most 1e6; {cure}"
    check("the pair of the bounds of the actions", (low, high), expectation, _are_bounds)
    return np.asarray(low, np.float32), np.asarray(high, np.float32)


def _are_bounds(pair):
    low, high = bounds = np.array(pair, np.float32)
    return bounds.ndim == 2 and bounds.size > 0 and (np.abs(bounds) <= 1e6).all() and (low < high).all()
