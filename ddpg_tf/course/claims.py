"""`claim`: a sentence with a number that fails when it stops being true."""

import numpy as np

_FORMS = "expected= (with tolerance=), at_least=, at_most=, or a value that is True"


def claim(
    sentence, value, *, expected=None, tolerance=0.0, at_least=None, at_most=None, digits=None, typical=None
):
    """Print the sentence with a tick if the value is as stated; fail with the measured value if it is not.

    value: a number or an array (every element must hold); a bool where nothing else is given.
    expected, tolerance: |value - expected| <= tolerance. at_least, at_most: bounds, alone or together.
    With a bound, say what the reader sees beside it: digits, the value itself to so many significant digits, where it
    is the same on every machine; typical, a pair (value, spread) from recorded runs, where it is not.
    Raises AssertionError when the claim does not hold (NaN never does), TypeError or ValueError when it states nothing.
    """
    bound = _bound(value, expected, tolerance, at_least, at_most)
    shown = _shown(value, bound, at_least is not None or at_most is not None, digits, typical)
    if not np.all(_holds(value, expected, tolerance, at_least, at_most)):
        raise AssertionError(f"{sentence}: claimed {bound or 'True'}, measured {_measured(value)}")
    print(f"✓ {sentence}" + (f": {shown}" if shown else ""))


def _shown(value, bound, bounded, digits, typical):
    """What stands behind the sentence: the bound, and before it the value or what is typical of it."""
    if digits is None and typical is None:
        return bound
    if not bounded or (digits is not None and typical is not None):
        raise TypeError("claim: digits= or typical=, one of them, goes with at_least= or at_most=")
    if typical is None:
        ends = dict.fromkeys(_rounded(end, digits) for end in (np.min(value), np.max(value)))
        return f"{' to '.join(ends)} ({bound})"
    center, spread = typical
    if np.ndim(value) > 0:
        raise TypeError("claim: typical= describes one number; claim the smallest or the largest of the array")
    return f"typically {center:g} ± {spread:g} ({bound})"


def _rounded(number, digits):
    text = f"{number:.{digits}g}"
    return f"{float(text):.0f}" if "e+" in text else text


def _bound(value, expected, tolerance, at_least, at_most):
    """The claimed bound in words; raises if the call does not state exactly one claim."""
    bounded = at_least is not None or at_most is not None
    _check_shapes(value=value, expected=expected, tolerance=tolerance, at_least=at_least, at_most=at_most)
    if expected is not None and bounded:
        raise TypeError("claim: expected= and at_least=/at_most= state two claims; make two calls")
    if any(np.ndim(number) for number in (tolerance, at_least, at_most)):
        raise TypeError("claim: tolerance=, at_least= and at_most= are numbers; make one call for each bound")
    if expected is None and tolerance:
        raise TypeError("claim: tolerance= without expected= states nothing")
    if np.iscomplexobj(value):  # NumPy would drop the imaginary part of a difference, and orders by the real part
        raise TypeError("claim: the value is complex; claim its real part, its imaginary part or its size")
    bounds = {"at_least": at_least, "at_most": at_most}
    _check_numbers(tolerance=tolerance, **{name: bound for name, bound in bounds.items() if bound is not None})
    if bounded:
        _check_numbers(value=value)
    elif tolerance and expected is not None:
        _check_numbers(value=value, expected=expected)
    if expected is None and not bounded:
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(f"claim: {value!r} alone states nothing; give {_FORMS}")
        return ""
    if np.size(value) == 0:
        raise ValueError("claim: the value is an empty array, about which every claim is true")
    if expected is not None:
        return _expected_in_words(expected, tolerance)
    words = [f"{name} {bound:g}" for name, bound in (("at least", at_least), ("at most", at_most)) if bound is not None]
    return " and ".join(words)


def _expected_in_words(expected, tolerance):
    if not tolerance >= 0:
        raise ValueError(f"claim: tolerance is {tolerance}, expected zero or more")
    if np.ndim(expected) > 0:
        return f"equal to within {tolerance:g}" if tolerance else "equal"
    return f"{expected:.4g} ± {tolerance:g}" if tolerance else f"{expected}"


@np.errstate(over="ignore", invalid="ignore")  # infinity less infinity is no answer, and no warning
def _holds(value, expected, tolerance, at_least, at_most):
    if expected is not None:
        if np.ndim(expected) > 0 and np.shape(value) != np.shape(expected):
            raise AssertionError(f"claim: the value has shape {np.shape(value)}, expected {np.shape(expected)}")
        if not tolerance:
            return _equal(value, expected)
        value, expected = np.asarray(value, np.float64), np.asarray(expected, np.float64)
        return (value == expected) | (np.abs(value - expected) <= tolerance)
    if at_least is None and at_most is None:
        return value
    lower = -np.inf if at_least is None else float(at_least)
    upper = np.inf if at_most is None else float(at_most)
    value = np.asarray(value)
    return (lower <= value) & (value <= upper)  # a NaN fails both, which `not (value < lower)` would let pass


def _equal(value, expected):
    try:
        return np.equal(value, expected)
    except (TypeError, OverflowError):  # a word and a number, say
        return False


def _check_shapes(**given):
    """Raise ValueError for a list of lists of unlike lengths, which has no shape."""
    for name, value in given.items():
        try:
            np.shape(value)
        except ValueError as error:
            raise ValueError(
                f"claim: {name} is {value!r}, expected a number or an array, rows of one length"
            ) from error


def _check_numbers(**given):
    """Raise TypeError for what is given and cannot be compared as numbers."""
    for name, value in given.items():
        try:
            numbers = value is not None and np.asarray(value).dtype.kind in "biufO"
            np.asarray(value, np.float64)
        except (TypeError, ValueError, OverflowError):
            numbers = False
        if not numbers:
            raise TypeError(f"claim: {name} is {value!r}, expected a number or an array of numbers")


def _measured(value):
    if np.ndim(value) == 0:
        return f"{value}"
    value = np.asarray(value)
    if value.dtype.kind not in "biuf":
        return f"{value!r}"
    return f"an array of shape {value.shape} from {value.min()} to {value.max()}"
