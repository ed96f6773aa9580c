"""The two networks: their equations, their first weights, and what they refuse."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ddpg_tf.networks import FINAL_LIMIT, build_actor, build_critic, initialize
from tests.builders import shaken, values_in_numpy

LOW, HIGH = np.array([-2.0, 0.0]), np.array([1.0, 0.5])  # neither bounds are symmetric
FLOAT32_STEP = float(np.finfo(np.float32).eps)


def actor(hidden=(40, 30), seed=0):
    return build_actor(5, LOW, HIGH, hidden, seed)


def critic(hidden=(40, 30), seed=0):
    return build_critic(5, 2, hidden, seed=seed)


BOTH = pytest.mark.parametrize("build", [actor, critic])
sizes = st.integers(1, 9)
bounds = st.tuples(st.floats(-1e3, 1e3, width=32), st.floats(2**-7, 1e3, width=32))


@settings(max_examples=20)
@given(sizes, st.lists(sizes, min_size=1, max_size=4), st.lists(bounds, min_size=1, max_size=4), sizes)
def test_networks_of_any_sizes_and_bounds_equal_their_equations(state_size, hidden, pairs, batch):
    low = np.float32([place for place, _ in pairs])
    high = low + np.float32([width for _, width in pairs])
    states = np.random.default_rng(0).normal(size=(batch, state_size)).astype(np.float32)
    actor = shaken(build_actor(state_size, low, high, hidden))
    *inner, (last, shift) = zip(arrays(actor)[::2], arrays(actor)[1::2])
    x = states
    for kernel, bias in inner:
        x = np.maximum(x @ kernel + bias, 0)
    expected = (np.float64(high) + low) / 2 + (np.float64(high) - low) / 2 * np.tanh(x @ last + shift)
    actions, rounding = actor(states).numpy(), 1e-5 * (1 + np.abs([low, high]).max())
    assert actions.shape == (batch, len(pairs)) and actions.dtype == np.float32
    np.testing.assert_allclose(actions, expected, rtol=0, atol=rounding)
    critic = shaken(build_critic(state_size, len(pairs), hidden))
    values = critic([states, actions]).numpy()
    assert values.shape == (batch,) and values.dtype == np.float32  # (batch, 1) would broadcast in the loss
    np.testing.assert_allclose(values, values_in_numpy(critic, states, actions), rtol=0, atol=rounding)


def arrays(model):
    """Kernels and biases as float64, in the order of the layers."""
    return [np.float64(variable) for variable in model.trainable_variables]


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
    layers = [keras.layers.Dense(50), keras.layers.LayerNormalization(), keras.layers.Dense(20)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    kernel, _, gain, _, last, _ = arrays(initialize(model, 0))
    assert 0.9 * 3**-0.5 < np.abs(kernel).max() <= 3**-0.5 * (1 + FLOAT32_STEP)
    assert np.abs(last).max() <= 3e-3 and (gain == 1).all()


HIDDEN = [(), (0,), (-3,), (8, 0), (2.5,), 8, ("a",), None, (100_000, 100_000)]  # the last one: 40 GB in one layer
SIZES = [0, -1, 2.5, 10**9, "3"]
BOUNDS = [
    ([1.0], [1.0]), ([-1.0, 0.0], [1.0, -0.5]), ([-np.inf], [1.0]), ([-1.0], [np.inf]), ([np.nan], [1.0]),
    ([-3e38], [3e38]), ([-1e300], [1.0]), (-1.0, 1.0), ([-1.0], [1.0, 1.0]), ([[-1.0]], [[1.0]]), ([], []),
    (["a"], [1.0]),
]  # fmt: skip


@pytest.mark.parametrize(("words", "build", "values"), [
    ("hidden layer.* is", actor, HIDDEN), ("hidden layer.* is", critic, HIDDEN),
    ("the size of the states is", lambda size: build_actor(size, [-1], [1]), SIZES),
    ("the size of the states is", lambda size: build_critic(size, 1), SIZES),
    ("the size of the actions is", lambda size: build_critic(1, size), SIZES),
    ("l2 is", lambda l2: build_critic(5, 2, l2=l2), [-0.01, np.nan, np.inf, None]),
    ("the bounds of the actions", lambda bounds: build_actor(3, *bounds), BOUNDS),
])  # fmt: skip
def test_what_cannot_be_a_size_a_penalty_or_a_bound_is_refused(words, build, values):
    for value in values:
        with pytest.raises((ValueError, TypeError), match=f"{words} .*expected"):
            build(value)
