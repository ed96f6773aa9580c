"""The two networks: shapes, first weights, bounds, the place of the action, the penalty."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ddpg_tf.networks import FINAL_LIMIT, build_actor, build_critic, initialize

STATE_SIZE = 5
LOW, HIGH = np.array([-2.0, 0.0]), np.array([1.0, 0.5])  # neither bounds are symmetric
HIDDEN = [(7,), (40, 30), (9, 8, 7)]
FLOAT32_STEP = float(np.finfo(np.float32).eps)


def actor(hidden=(40, 30), seed=0):
    return build_actor(STATE_SIZE, LOW, HIGH, hidden, seed)


def critic(hidden=(40, 30), l2=0.0, seed=0):
    return build_critic(STATE_SIZE, len(LOW), hidden, l2, seed)


BOTH = pytest.mark.parametrize("build", [actor, critic])


def arrays(model):
    """Kernels and biases as NumPy arrays, in the order of the layers."""
    return [variable.numpy() for variable in model.trainable_variables]


def rows(count, size, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(size=(count, size)), tf.float32)


@pytest.mark.parametrize("batch", [1, 6])
@pytest.mark.parametrize("hidden", HIDDEN)
def test_actions_have_one_row_and_values_one_number_for_each_state(hidden, batch):
    states = rows(batch, STATE_SIZE)
    actions = actor(hidden)(states)
    values = critic(hidden)([states, actions])
    assert actions.shape == (batch, 2) and actions.dtype == tf.float32
    assert values.shape == (batch,) and values.dtype == tf.float32  # (batch, 1) would broadcast in the loss


@settings(max_examples=20)
@given(st.integers(1, 9), st.integers(1, 4), st.lists(st.integers(1, 20), min_size=1, max_size=4))
def test_kernels_go_from_layer_to_layer_and_the_action_enters_at_the_second(state_size, action_size, hidden):
    model = build_actor(state_size, -np.ones(action_size), np.ones(action_size), hidden)
    widths = (state_size, *hidden, action_size)
    assert [kernel.shape for kernel in arrays(model)[::2]] == list(zip(widths, widths[1:]))
    inputs = [state_size, *hidden]
    inputs[min(1, len(hidden) - 1)] += action_size  # with one hidden layer the action enters there
    model = build_critic(state_size, action_size, hidden)
    assert [kernel.shape for kernel in arrays(model)[::2]] == list(zip(inputs, [*hidden, 1]))


def test_the_critic_equals_its_equation_with_the_action_joined_after_the_first_layer():
    model, states, actions = critic(), rows(6, STATE_SIZE), rows(6, 2, seed=1)
    v1, c1, v2, c2, v3, c3 = (array.astype(np.float64) for array in arrays(model))
    first = np.maximum(states @ v1 + c1, 0)  # of the state alone
    second = np.maximum(np.concatenate([first, actions], 1) @ v2 + c2, 0)
    np.testing.assert_allclose(model([states, actions]), (second @ v3 + c3)[:, 0], rtol=1e-5, atol=1e-8)


def test_the_actor_equals_its_equation():
    model, states = actor(), rows(6, STATE_SIZE)
    w1, b1, w2, b2, w3, b3 = (array.astype(np.float64) for array in arrays(model))
    u = np.tanh(np.maximum(np.maximum(states @ w1 + b1, 0) @ w2 + b2, 0) @ w3 + b3)
    np.testing.assert_allclose(model(states), (HIGH + LOW) / 2 + (HIGH - LOW) / 2 * u, rtol=1e-5)


def limits(model):
    """(array, the limit of its uniform draw) for every array: 1/√f, and 0.003 in the last layer."""
    weights = arrays(model)
    by_layer = [kernel.shape[0] ** -0.5 for kernel in weights[:-2:2]] + [3e-3]
    return list(zip(weights, np.repeat(by_layer, 2)))


def test_first_weights_and_biases_fill_the_range_of_the_fan_in_uniformly():
    assert FINAL_LIMIT == 3e-3
    for model in (build_actor(8, LOW, HIGH, seed=3), build_critic(8, 2, seed=3)):
        for array, limit in limits(model):
            assert np.abs(array).max() <= limit * (1 + FLOAT32_STEP)
            # a million arrays drawn right would fail this once; with the units as fan-in it fails at once
            assert stats.kstest(array.ravel() / limit, stats.uniform(-1, 2).cdf).pvalue > 1e-6


@BOTH
def test_one_seed_gives_the_same_weights_and_another_does_not(build):
    keras.utils.set_random_seed(1)
    first = arrays(build(seed=1))
    keras.utils.set_random_seed(2)  # global seeds play no part
    again, other = arrays(build(seed=np.random.default_rng(1))), arrays(build(seed=2))
    for a, b, c in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.any(a == c)


def test_layers_of_equal_shape_get_different_weights():
    model = build_actor(6, -np.ones(6), np.ones(6), hidden=(6, 6, 6))
    draws = [array / limit for array, limit in limits(model)]  # one draw in two ranges would be equal now
    for group in (draws[::2], draws[1::2]):
        for i, draw in enumerate(group):
            assert not any(np.isclose(draw, other, rtol=1e-6).any() for other in group[:i])


def test_initialize_draws_the_weights_of_any_keras_model():
    build = [keras.Input((3,)), keras.layers.Dense(50), keras.layers.LayerNormalization(), keras.layers.Dense(20)]
    model = keras.Sequential(build)
    assert initialize(model, 0) is model
    kernel, _, gain, _, last, _ = arrays(model)
    assert 0.9 * 3**-0.5 < np.abs(kernel).max() <= 3**-0.5 * (1 + FLOAT32_STEP)
    assert np.abs(last).max() <= 3e-3 and (gain == 1).all()


bounds = st.tuples(st.floats(-1e3, 1e3, width=32), st.floats(2**-7, 1e3, width=32))


@settings(max_examples=25)
@given(st.lists(bounds, min_size=1, max_size=4))
def test_bounds_of_any_place_are_reached_and_never_exceeded(pairs):
    low = np.array([place for place, _ in pairs], np.float32)
    high = low + np.array([width for _, width in pairs], np.float32)
    rounding = 2 * FLOAT32_STEP * np.maximum(np.abs(low), np.abs(high))  # of the two sums in middle ± half
    model = build_actor(3, low, high, hidden=(4,))
    for push, bound in ((30.0, high), (-30.0, low)):  # the last biases are pushed until the tanh is ±1
        model.trainable_variables[-1].assign(np.full(len(low), push, np.float32))
        actions = model(10.0 * rows(50, 3)).numpy()
        assert np.all(np.abs(actions - bound) <= rounding)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_the_penalty_is_the_sum_of_squares_of_the_kernels_and_changes_no_first_weight(hidden):
    model, plain = critic(hidden, l2=0.01), critic(hidden)
    expected = 0.01 * sum(np.sum(kernel.astype(np.float64) ** 2) for kernel in arrays(model)[::2])
    np.testing.assert_allclose(sum(model.losses), expected, rtol=1e-6)
    assert plain.losses == []
    for a, b in zip(arrays(plain), arrays(model), strict=True):
        np.testing.assert_array_equal(a, b)


@BOTH
@pytest.mark.parametrize("hidden", [(), (0,), (-3,), (8, 0), (2.5,), 8, ("a",), None])
def test_hidden_layers_without_a_unit_are_refused(build, hidden):
    with pytest.raises((ValueError, TypeError), match="hidden layer.* is .*expected"):
        build(hidden)


@pytest.mark.parametrize("size", [0, -1, 2.5, 10**9, "3"])
def test_sizes_below_one_or_beyond_any_memory_are_refused(size):
    builds = (lambda: build_actor(size, [-1], [1]), lambda: build_critic(size, 1), lambda: build_critic(1, size))
    for build in builds:
        with pytest.raises((ValueError, TypeError), match="the size of the (states|actions) is .*whole number from 1"):
            build()
    with pytest.raises((ValueError, TypeError), match="expected"):
        build_actor(3, [-1], [1], hidden=(100_000, 100_000))  # 40 GB in one layer


@pytest.mark.parametrize("l2", [-0.01, np.nan, np.inf, None])
def test_a_penalty_below_zero_or_not_finite_is_refused(l2):
    with pytest.raises((ValueError, TypeError), match="l2 is"):
        critic(l2=l2)


@pytest.mark.parametrize("low, high", [
    ([1.0], [1.0]), ([-1.0, 0.0], [1.0, -0.5]), ([-np.inf], [1.0]), ([-1.0], [np.inf]), ([np.nan], [1.0]),
    ([-3e38], [3e38]), ([-1e300], [1.0]), (-1.0, 1.0), ([-1.0], [1.0, 1.0]), ([[-1.0]], [[1.0]]), ([], []),
    (["a"], [1.0]),
])  # fmt: skip
def test_bounds_that_are_no_range_are_refused(low, high):
    with pytest.raises((ValueError, TypeError), match="the bounds of the actions .*expected"):
        build_actor(3, low, high)
