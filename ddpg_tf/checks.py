"""Refusing a value in words: its name, what it is, and what is expected."""

import math


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


def check_count(name, value):
    """Raise ValueError or TypeError unless the value is a whole number of at least 1; 1e6 is welcome."""
    check(name, value, "a whole number of at least 1", _is_count)


def _is_count(x):
    return x is not True and 1 <= x < math.inf and x % 1 == 0
