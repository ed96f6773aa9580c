"""`claim` holds what is true, fails what is not, refuses what states nothing, and prints the bound alone."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf.course.claims import claim

numbers = st.floats(-1e6, 1e6)
NAN, INF = float("nan"), float("inf")


def printed(capsys, *args, **options):
    claim("it is so", *args, **options)
    return capsys.readouterr().out


# ---- what holds, and what is printed


@pytest.mark.parametrize("value, options, line", [
    (True, {}, "✓ it is so\n"),
    (np.bool_(True), {}, "✓ it is so\n"),
    (3, dict(expected=3), "✓ it is so: 3\n"),
    ("critic", dict(expected="critic"), "✓ it is so: critic\n"),
    (0.3797, dict(expected=0.38, tolerance=0.01), "✓ it is so: 0.38 ± 0.01\n"),
    (1 / 3, dict(expected=1 / 3, tolerance=1e-9), "✓ it is so: 0.3333 ± 1e-09\n"),
    (0.995, dict(at_least=0.9), "✓ it is so: at least 0.9\n"),
    (-3, dict(at_most=0), "✓ it is so: at most 0\n"),
    (0.5, dict(at_least=0, at_most=1), "✓ it is so: at least 0 and at most 1\n"),
    (INF, dict(at_least=200), "✓ it is so: at least 200\n"),
    ([1, 2], dict(expected=(1, 2)), "✓ it is so: equal\n"),
    ((1.0, 2.0), dict(expected=[1, 2.05], tolerance=0.1), "✓ it is so: equal to within 0.1\n"),
    ([0.1, 0.2, 0.3], dict(at_most=0.3), "✓ it is so: at most 0.3\n"),
    (np.full((2, 3), 5), dict(expected=5), "✓ it is so: 5\n"),
    (tf.constant([1.0, 2.0]), dict(expected=np.array([1.0, 2.0])), "✓ it is so: equal\n"),
    (tf.Variable(2.0), dict(at_least=2), "✓ it is so: at least 2\n"),
])  # fmt: skip
def test_a_true_claim_prints_one_line_with_the_bound_alone(value, options, line, capsys):
    assert printed(capsys, value, **options) == line


@given(numbers, st.floats(0, 1e6, exclude_min=True), st.floats(-1, 1))
def test_the_line_does_not_depend_on_the_measured_value(expected, tolerance, share):
    """A stored notebook is compared line by line with one from another machine."""
    lines = []
    for value in (expected, expected + 0.9 * share * tolerance):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("builtins.print", lines.append)
            claim("it is so", value, expected=expected, tolerance=tolerance)
    assert lines[0] == lines[1]


@pytest.mark.parametrize("value", [2.0, 3.0])
def test_bounds_belong_to_the_range(value):
    claim("it is so", value, at_least=2, at_most=3)
    claim("it is so", 2.5, expected=value, tolerance=0.5)


# ---- what does not hold


@pytest.mark.parametrize("value, options, claimed", [
    (False, {}, "True"),
    (np.bool_(False), {}, "True"),
    (4, dict(expected=3), "3"),
    (0.1 + 0.2, dict(expected=0.3), "0.3"),
    (0.395, dict(expected=0.38, tolerance=0.01), "0.38 ± 0.01"),
    (199.9, dict(at_least=200), "at least 200"),
    (0.1, dict(at_most=0), "at most 0"),
    (1.5, dict(at_least=0, at_most=1), "at least 0 and at most 1"),
    (-0.5, dict(at_least=0, at_most=1), "at least 0 and at most 1"),
])  # fmt: skip
def test_a_false_claim_fails_with_what_was_claimed_and_measured(value, options, claimed, capsys):
    with pytest.raises(AssertionError) as failure:
        claim("it is so", value, **options)
    assert str(failure.value) == f"it is so: claimed {claimed}, measured {value}"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("options", [dict(expected=2), dict(expected=2, tolerance=1), dict(at_least=1.5)])
def test_one_wrong_element_fails_and_the_range_is_told(options):
    with pytest.raises(AssertionError, match=r"measured an array of shape \(3,\) from 0.0 to 2.0"):
        claim("it is so", [2.0, 0.0, 2.0], **options)


NAN_OPTIONS = [
    dict(expected=0.0), dict(expected=0.0, tolerance=1e9), dict(expected=NAN), dict(expected=NAN, tolerance=1.0),
    dict(at_least=-INF), dict(at_most=INF), dict(at_least=-INF, at_most=INF),
]  # fmt: skip


@pytest.mark.parametrize("options", NAN_OPTIONS)
@pytest.mark.parametrize("value", [NAN, [0.0, NAN], np.float32("nan")])
def test_nan_never_holds(value, options):
    with pytest.raises(AssertionError):
        claim("it is so", value, **options)


@pytest.mark.parametrize("options", [dict(at_least=NAN), dict(at_most=NAN), dict(expected=NAN)])
def test_nothing_is_within_a_bound_that_is_nan(options):
    with pytest.raises(AssertionError):
        claim("it is so", 0.0, **options)


@pytest.mark.parametrize("value, expected", [
    (5.0, [5.0]),  # NumPy would broadcast each of these
    ([5.0], [5.0, 5.0]),
    ([[1.0], [2.0]], [1.0, 2.0]),
    ([1.0, 2.0], [[1.0, 2.0]]),
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


# ---- what is refused


@pytest.mark.parametrize("value", [1, 0.0, "yes", None, [True], np.array([True, True]), np.array(True)])
def test_a_value_alone_that_is_no_bool_states_nothing(value):
    """`claim("it is so", array == other)` would else hold for what only looks like a truth."""
    with pytest.raises(TypeError, match="alone states nothing; give expected="):
        claim("it is so", value)


@pytest.mark.parametrize("options", [
    dict(expected=1.0, at_least=0.0), dict(expected=1.0, at_most=2.0), dict(expected=0, at_least=0, at_most=0),
])  # fmt: skip
def test_two_claims_in_one_call_are_refused(options):
    with pytest.raises(TypeError, match="make two calls"):
        claim("it is so", 1.0, **options)


@pytest.mark.parametrize("value, options", [(True, {}), (1.0, dict(at_least=0.0)), (0.38, {})])
def test_a_tolerance_around_nothing_is_refused(value, options):
    with pytest.raises(TypeError, match="tolerance= without expected="):
        claim("it is so", value, tolerance=0.1, **options)


@pytest.mark.parametrize("value", [[], (), np.zeros((0, 3)), tf.zeros((2, 0))])
@pytest.mark.parametrize("options", [dict(expected=0.0), dict(expected=[]), dict(at_least=0.0), dict(at_most=0.0)])
def test_nothing_is_claimed_about_an_empty_array(value, options):
    with pytest.raises(ValueError, match="empty array"):
        claim("it is so", value, **options)


@pytest.mark.parametrize("tolerance", [-1e-9, -INF, NAN])
@pytest.mark.parametrize("expected", [1.0, [1.0]])
def test_a_tolerance_below_zero_is_refused(expected, tolerance):
    with pytest.raises(ValueError, match="expected zero or more"):
        claim("it is so", expected, expected=expected, tolerance=tolerance)


@pytest.mark.parametrize("options", [
    dict(expected=[1, 2], tolerance=[0.1, 0.2]), dict(at_least=[0, 0]), dict(at_most=(9, 9)),
])  # fmt: skip
def test_bounds_that_are_no_numbers_are_refused(options):
    with pytest.raises(TypeError, match="are numbers"):
        claim("it is so", [1, 2], **options)


@pytest.mark.parametrize("options", [dict(expected=1.0, tolerance=0.1), dict(expected=1.0), dict(at_least=0.0)])
@pytest.mark.parametrize("value", [1 + 5j, np.array([1 + 5j]), np.complex64(1)])
def test_complex_values_are_refused(value, options):
    """An eigenvalue 1 + 5j is not 1 to within 0.1, whatever a cast to float says."""
    with pytest.raises(TypeError, match="complex"):
        claim("it is so", value, **options)


def test_a_bound_is_named():
    with pytest.raises(TypeError):
        claim("it is so", 1.0, 1.0)
