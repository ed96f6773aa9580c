"""The policy is the actor in NumPy: the same numbers, a snapshot, within the bounds, and nothing it cannot copy."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from ddpg_tf.networks import build_actor
from ddpg_tf.policy import Policy
from tests.builders import shaken

LOW, HIGH = np.array([-2.0, 0.0], np.float32), np.array([1.0, 0.5], np.float32)
STATES = np.random.default_rng(2).normal(size=(64, 3)).astype(np.float32)
SCALE, OFFSET = (HIGH - LOW) / 2, (HIGH + LOW) / 2


def chain(*middle):
    """A Keras actor with these layers before the last two."""
    last = [layers.Dense(2, "tanh"), layers.Rescaling(SCALE, OFFSET)]
    return keras.Sequential([keras.Input((3,)), *middle, *last])


ACTORS = {
    "one hidden layer": lambda: build_actor(3, LOW, HIGH, (8,)),
    "the paper's": lambda: build_actor(3, LOW, HIGH, (400, 300)),
    "elu and sigmoid": lambda: chain(layers.Dense(16, "elu"), layers.Dense(12, "sigmoid"), layers.Dense(8)),
    "layer normalization": lambda: chain(
        layers.LayerNormalization(), layers.Dense(8, "relu"), layers.LayerNormalization(epsilon=0.1),
    ),
    "rescaled states": lambda: chain(layers.Rescaling(0.5), layers.Dense(8, "tanh")),
}  # fmt: skip


@pytest.mark.parametrize("name", ACTORS)
def test_the_policy_equals_the_actor_on_a_batch_and_on_single_states(name):
    actor = shaken(ACTORS[name]())
    policy, expected = Policy.from_actor(actor, LOW, HIGH), actor(STATES).numpy()
    assert np.all(np.ptp(expected, axis=0) > 0.02 * (HIGH - LOW))  # the comparison is not about a constant
    actions = policy(STATES)
    np.testing.assert_allclose(actions, expected, atol=2e-6)
    np.testing.assert_allclose([policy(state) for state in STATES[:5]], expected[:5], atol=2e-6)
    np.testing.assert_array_equal(policy(np.float64(STATES)), actions, strict=True)
    assert policy.state_size == 3
    assert actions.shape == (64, 2) and actions.dtype == policy(STATES[0]).dtype == np.float32


def random_layers(rng, *widths):
    """Dense layers of these widths, relu and at the end tanh, large enough to bend it."""
    kernels = [rng.normal(size=size) * size[0] ** -0.5 for size in zip(widths, widths[1:])]
    names = ["relu"] * (len(kernels) - 1) + ["tanh"]
    return [(name, [kernel, rng.normal(size=kernel.shape[1])]) for name, kernel in zip(names, kernels)]


sizes = st.integers(1, 12)
bounds = st.tuples(st.floats(-1e3, 1e3, width=32), st.floats(2**-7, 1e3, width=32))


@settings(max_examples=100)
@given(sizes, st.lists(sizes, max_size=3), st.lists(bounds, min_size=1, max_size=4), st.integers(0, 99), st.booleans())
def test_a_policy_of_any_sizes_equals_the_equation_and_keeps_any_bounds(state_size, hidden, pairs, seed, saturated):
    rng = np.random.default_rng(seed)
    low = np.float32([place for place, _ in pairs])
    high = low + np.float32([width for _, width in pairs])
    dense = random_layers(rng, state_size, *hidden, len(pairs))
    states = (1e4 if saturated else 1.0) * rng.normal(size=(20, state_size))
    x = np.float64(np.float32(states))
    for name, (kernel, bias) in dense:
        x = {"relu": lambda x: np.maximum(x, 0), "tanh": np.tanh}[name](x @ np.float32(kernel) + np.float32(bias))
    expected = (np.float64(low) + high) / 2 + (np.float64(high) - low) / 2 * x
    actions = Policy([*dense, ("rescaling", [(high - low) / 2, (high + low) / 2])], low, high)(states)
    assert np.all((actions >= low) & (actions <= high))  # an environment may be strict about its bounds
    if not saturated:
        np.testing.assert_allclose(actions, expected, atol=1e-4 * (1 + np.abs(low).max() + (high - low).max()))


def test_large_numbers_raise_no_warning():
    policy = Policy.from_actor(ACTORS["elu and sigmoid"](), LOW, HIGH)
    with np.errstate(all="raise"):
        assert np.isfinite(policy(np.float32([-1e6, 1e6, 1e6]))).all()


def test_the_policy_keeps_copies():
    dense = random_layers(np.random.default_rng(1), 3, 8, 2)
    dense = [(name, [np.float32(weight) for weight in weights]) for name, weights in dense]
    policy = Policy(dense, LOW, HIGH)
    before = policy(STATES)
    for weight in [weight for _, weights in dense for weight in weights]:
        weight[...] = 0.0
    policy(STATES)[...] = 7.0  # what is given out belongs to the caller
    np.testing.assert_array_equal(policy(STATES), before)


def wrong_layers():
    """(what is wrong, layers, low, high) of policies that cannot be."""
    (relu, (kernel, bias)), (tanh, last) = dense = random_layers(np.random.default_rng(0), 3, 8, 2)
    return [
        ("kernel turned", [(relu, [kernel.T, bias]), (tanh, last)], LOW, HIGH),
        ("bias too long", [(relu, [kernel, np.zeros(9)]), (tanh, last)], LOW, HIGH),
        ("bias of one", [(relu, [kernel, np.zeros(1)]), (tanh, last)], LOW, HIGH),  # would broadcast
        ("bias as a column", [(relu, [kernel, bias[:, None]]), (tanh, last)], LOW, HIGH),
        ("no bias", [(relu, [kernel]), (tanh, last)], LOW, HIGH),
        ("no weights", [(relu, []), (tanh, last)], LOW, HIGH),
        ("no epsilon", [(relu, [kernel, bias]), ("layer_normalization", last), (tanh, last)], LOW, HIGH),
        ("layers exchanged", dense[::-1], LOW, HIGH),
        ("no layers", [], LOW, HIGH),
        ("unknown layer", [("softmax", [kernel, bias]), (tanh, last)], LOW, HIGH),
        ("bounds of another size", dense, LOW[:1], HIGH[:1]),
        ("one bound for all", dense, np.float32(-1), np.float32(1)),
        ("impossible bounds", dense, HIGH, LOW),
    ]  # fmt: skip


@pytest.mark.parametrize("name, dense, low, high", wrong_layers())
def test_what_does_not_fit_together_is_refused(name, dense, low, high):
    with pytest.raises(ValueError, match="Policy: |the bounds of the actions"):
        Policy(dense, low, high)


@pytest.mark.parametrize("layer", [
    layers.Dense(4, "softplus"), layers.Dense(4, use_bias=False), layers.Dense(4, layers.LeakyReLU()),
    layers.ReLU(), layers.LayerNormalization(center=False), layers.Dropout(0.1),
], ids=lambda layer: type(layer).__name__)  # fmt: skip
def test_a_layer_without_a_copy_in_numpy_is_refused_with_the_cure(layer):
    with pytest.raises(ValueError, match=f"{layer.name} is a {type(layer).__name__} that has no copy.*override"):
        Policy.from_actor(chain(layer), LOW, HIGH)
