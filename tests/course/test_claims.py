"""`claim` holds what is true, fails what is not, refuses what states nothing, and prints bounds and values."""

import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf.course.claims import claim

NAN, INF = float("nan"), float("inf")


def printed(capsys, *args, **options):
    claim("it is so", *args, **options)
    return capsys.readouterr().out


@pytest.mark.parametrize("value, options, line", [
    (True, {}, "✓ it is so\n"),
    (3, dict(expected=3), "✓ it is so: 3\n"),
    ("critic", dict(expected="critic"), "✓ it is so: critic\n"),
    (0.3797, dict(expected=0.38, tolerance=0.01), "✓ it is so: 0.38 ± 0.01\n"),
    (0.995, dict(at_least=0.9), "✓ it is so: at least 0.9\n"),
    (-3, dict(at_most=0), "✓ it is so: at most 0\n"),
    (0.5, dict(at_least=0, at_most=1), "✓ it is so: at least 0 and at most 1\n"),
    ([1, 2], dict(expected=(1, 2)), "✓ it is so: equal\n"),
    ((1.0, 2.0), dict(expected=[1, 2.05], tolerance=0.1), "✓ it is so: equal to within 0.1\n"),
    (np.full((2, 3), 5), dict(expected=5), "✓ it is so: 5\n"),
    (tf.constant([1.0, 2.0]), dict(expected=np.array([1.0, 2.0])), "✓ it is so: equal\n"),
    (0.37967, dict(at_least=0.3, digits=3), "✓ it is so: 0.38 (at least 0.3)\n"),
    (57_512, dict(at_most=60_000, digits=3), "✓ it is so: 57500 (at most 60000)\n"),
    ([0.25, 4e-9], dict(at_most=1, digits=2), "✓ it is so: 4e-09 to 0.25 (at most 1)\n"),
    (281.3, dict(at_least=250, typical=(273, 9)), "✓ it is so: typically 273 ± 9 (at least 250)\n"),
])  # fmt: skip
def test_a_true_claim_prints_one_line_with_the_bound_alone(value, options, line, capsys):
    assert printed(capsys, value, **options) == line


@pytest.mark.parametrize("value, options, claimed", [
    (np.bool_(False), {}, "True"),
    (0.1 + 0.2, dict(expected=0.3), "0.3"),
    (0.395, dict(expected=0.38, tolerance=0.01), "0.38 ± 0.01"),
    (199.9, dict(at_least=200), "at least 200"),
    (0.1, dict(at_most=0), "at most 0"),
    (1.5, dict(at_least=0, at_most=1), "at least 0 and at most 1"),
])  # fmt: skip
def test_a_false_claim_fails_with_what_was_claimed_and_measured(value, options, claimed, capsys):
    with pytest.raises(AssertionError) as failure:
        claim("it is so", value, **options)
    assert str(failure.value) == f"it is so: claimed {claimed}, measured {value}"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("options", [
    dict(expected=0.0, tolerance=1e9), dict(expected=NAN), dict(expected=NAN, tolerance=1.0),
    dict(at_least=-INF), dict(at_most=INF),
])  # fmt: skip
@pytest.mark.parametrize("value", [NAN, [0.0, NAN]])
def test_nan_never_holds(value, options):
    with pytest.raises(AssertionError):
        claim("it is so", value, **options)


@pytest.mark.parametrize("value, expected", [
    (5.0, [5.0]),  # NumPy would broadcast each of these
    ([5.0], [5.0, 5.0]),
    ([[1.0], [2.0]], [1.0, 2.0]),
    ([], [1.0]),
])  # fmt: skip
@pytest.mark.parametrize("tolerance", [0.0, 10.0])
def test_a_value_of_another_shape_than_expected_fails(value, expected, tolerance):
    with pytest.raises((AssertionError, ValueError), match="shape|empty"):
        claim("it is so", value, expected=expected, tolerance=tolerance)


def test_whole_numbers_are_compared_as_such():
    with pytest.raises(AssertionError):
        claim("it is so", 2**60 + 1, expected=2**60)


def test_differences_of_float32_are_taken_in_float64():
    claim("it is so", np.float32(0.1), expected=0.1, tolerance=2e-9)
    with pytest.raises(AssertionError):
        claim("it is so", np.float32(0.1), expected=0.1, tolerance=1e-9)


@pytest.mark.parametrize("words, value, options", [
    ("alone states nothing", 1, {}), ("alone states nothing", np.array([True]), {}),
    ("make two calls", 1.0, dict(expected=1.0, at_least=0.0)), ("make two calls", 1.0, dict(expected=0, at_most=2.0)),
    ("tolerance= without expected=", True, dict(tolerance=0.1)),
    ("tolerance= without expected=", 1.0, dict(tolerance=0.1, at_least=0.0)),
    ("are numbers", [1, 2], dict(expected=[1, 2], tolerance=[0.1, 0.2])), ("are numbers", [1, 2], dict(at_most=[3])),
    ("complex", 1 + 5j, dict(expected=1.0, tolerance=0.1)), ("complex", np.complex64(1), dict(at_least=0.0)),
    ("expected a number", "yes", dict(at_least=0.0)), ("expected a number", 1.0, dict(at_most="2")),
    ("empty array", [], dict(expected=0.0)), ("empty array", np.zeros((0, 3)), dict(at_most=0.0)),
    ("digits= or typical=", 1.0, dict(expected=1.0, digits=2)), ("digits= or typical=", True, dict(typical=(1, 2))),
    ("digits= or typical=", 1.0, dict(at_least=0, digits=2, typical=(1, 2))),
    ("describes one number", [1.0, 2.0], dict(at_least=0, typical=(1, 2))),
    ("expected zero or more", 1.0, dict(expected=1.0, tolerance=-1e-9)),
    ("expected zero or more", [1.0], dict(expected=[1.0], tolerance=NAN)),
])  # fmt: skip
def test_a_call_that_states_nothing_is_refused(words, value, options):
    with pytest.raises((TypeError, ValueError), match=words):
        claim("it is so", value, **options)
