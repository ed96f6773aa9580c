"""The policy is the actor in NumPy: the same numbers, a snapshot, and a file that gives the same bits."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from ddpg_tf.lab.files import save_arrays
from ddpg_tf.networks import build_actor
from ddpg_tf.policy import Policy
from ddpg_tf.replay import ReplayMemory

LOW, HIGH = np.array([-2.0, 0.0], np.float32), np.array([1.0, 0.5], np.float32)


def random_weights(rng, *widths):
    """[kernel, bias, …] of layers of these widths, large enough to bend the tanh."""
    return [
        array.astype(np.float32)
        for f, units in zip(widths, widths[1:])
        for array in (rng.normal(size=(f, units)) * f**-0.5, rng.normal(size=units))
    ]


def trained_actor(hidden, seed=0):
    """An actor whose actions fill the range, unlike those of a fresh one, and its policy."""
    actor = build_actor(3, LOW, HIGH, hidden)
    weights = random_weights(np.random.default_rng(seed), 3, *hidden, 2)
    for variable, weight in zip(actor.trainable_variables, weights, strict=True):
        variable.assign(weight)
    return actor, policy_of(actor)


def policy_of(actor):
    return Policy([variable.numpy() for variable in actor.trainable_variables], LOW, HIGH)


@pytest.fixture
def policy():
    return Policy(random_weights(np.random.default_rng(1), 3, 16, 12, 2), LOW, HIGH)


@pytest.fixture
def states():
    return np.random.default_rng(2).normal(size=(64, 3)).astype(np.float32)


# ---- the same numbers as the actor


@pytest.mark.parametrize("hidden", [(8,), (16, 12), (400, 300), (9, 8, 7)])
def test_the_policy_equals_the_actor_on_a_batch_and_on_single_states(hidden, states):
    actor, policy = trained_actor(hidden)
    expected = actor(states).numpy()
    assert np.all(np.ptp(expected, axis=0) > 0.02 * (HIGH - LOW))  # the comparison is not about a constant
    np.testing.assert_allclose(policy(states), expected, atol=1e-6)
    for state, action in zip(states[:5], expected):
        np.testing.assert_allclose(policy(state), action, atol=1e-6)


def test_shapes_and_type_of_the_actions(policy, states):
    assert policy.state_size == 3
    assert policy(states).shape == (64, 2) and policy(states).dtype == np.float32
    assert policy(states[0]).shape == (2,) and policy(states[0]).dtype == np.float32


sizes = st.integers(1, 12)
seeds = st.integers(0, 99)
whole_bounds = st.tuples(st.integers(-50, 50), st.integers(1, 50))


@settings(max_examples=50)
@given(sizes, st.lists(sizes, min_size=1, max_size=4), st.lists(whole_bounds, min_size=1, max_size=4), seeds)
def test_a_policy_of_any_sizes_equals_the_equation_and_keeps_the_bounds(state_size, hidden, pairs, seed):
    rng = np.random.default_rng(seed)
    low, width = np.array(pairs, np.float64).T
    weights = random_weights(rng, state_size, *hidden, len(pairs))
    states = 10 * rng.normal(size=(20, state_size))
    x = states
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2]):
        x = np.maximum(x @ kernel.astype(np.float64) + bias, 0)
    expected = low + width / 2 * (1 + np.tanh(x @ weights[-2].astype(np.float64) + weights[-1]))
    actions = Policy(weights, low, low + width)(states.astype(np.float32))
    # float32 rounds sums of up to 12 numbers of size 100 to about 1e-4
    np.testing.assert_allclose(actions, expected, atol=1e-4 * width.max())
    assert np.all((actions >= low) & (actions <= low + width))


# ---- a snapshot


def test_later_updates_of_the_actor_do_not_change_the_policy(states):
    actor, policy = trained_actor((16, 12))
    before = policy(states)
    for variable in actor.trainable_variables:
        variable.assign(tf.zeros_like(variable))
    np.testing.assert_array_equal(policy(states), before)
    assert not np.allclose(policy_of(actor)(states), before)


def test_the_policy_keeps_a_copy_of_the_arrays_it_is_given(states):
    weights = random_weights(np.random.default_rng(1), 3, 8, 2)
    policy = Policy(weights, LOW, HIGH)
    before = policy(states)
    for weight in weights:
        weight[...] = 0.0
    np.testing.assert_array_equal(policy(states), before)


def test_a_call_changes_neither_the_states_nor_the_policy(policy, states):
    given = states.copy()
    first = policy(states)
    np.testing.assert_array_equal(states, given)
    first[...] = 0.0
    assert np.any(policy(states) != 0.0)


# ---- a file


def test_a_loaded_policy_gives_the_same_bits(policy, states, tmp_path):
    policy.save(tmp_path / "policy.npz")
    loaded = Policy.load(tmp_path / "policy.npz")
    for saved, read in zip(policy.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(read, saved)
    np.testing.assert_array_equal(loaded.low, LOW)
    np.testing.assert_array_equal(loaded.high, HIGH)
    np.testing.assert_array_equal(loaded(states), policy(states))


@settings(max_examples=15)
@given(sizes, st.lists(sizes, min_size=0, max_size=13), seeds)
def test_the_order_of_the_layers_survives_the_file(tmp_path_factory, state_size, hidden, seed):
    # from ten arrays on, "weight10" stands before "weight2" in the order of letters
    path = tmp_path_factory.mktemp("policy") / "policy.npz"
    policy = Policy(random_weights(np.random.default_rng(seed), state_size, *hidden, 2), LOW, HIGH)
    policy.save(path)
    states = np.random.default_rng(seed).normal(size=(5, state_size)).astype(np.float32)
    np.testing.assert_array_equal(Policy.load(path)(states), policy(states))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="none.npz"):
        Policy.load(tmp_path / "none.npz")


def test_a_truncated_file_is_refused(policy, tmp_path):
    path = tmp_path / "policy.npz"
    policy.save(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="damaged"):
        Policy.load(path)


def test_a_file_of_another_kind_is_refused(tmp_path):
    ReplayMemory(4, 3, 2).save(tmp_path / "memory.npz")
    with pytest.raises(ValueError, match="is a file of kind 'replay memory', expected 'policy'"):
        Policy.load(tmp_path / "memory.npz")


@pytest.mark.parametrize("missing", ["low", "high", "weight2"])
def test_a_file_without_one_of_its_arrays_is_refused(policy, tmp_path, missing):
    arrays = {f"weight{i}": weight for i, weight in enumerate(policy.weights)}
    arrays |= {"low": policy.low, "high": policy.high}
    del arrays[missing]
    save_arrays(tmp_path / "policy.npz", "policy", {}, arrays)
    with pytest.raises(ValueError, match="is missing"):
        Policy.load(tmp_path / "policy.npz")


def test_a_file_whose_arrays_do_not_fit_together_is_refused(policy, tmp_path):
    weights = {f"weight{i}": weight for i, weight in enumerate(policy.weights)}
    weights["weight0"] = weights["weight0"].T
    save_arrays(tmp_path / "policy.npz", "policy", {}, {"low": policy.low, "high": policy.high, **weights})
    with pytest.raises(ValueError, match="do not fit together"):
        Policy.load(tmp_path / "policy.npz")


# ---- what is refused


def shapes_that_do_not_fit():
    """(name, weights, low, high) of policies that cannot be."""
    kernel, bias, last, last_bias = random_weights(np.random.default_rng(0), 3, 8, 2)
    return [
        ("kernel turned", [kernel.T, bias, last, last_bias], LOW, HIGH),
        ("bias too long", [kernel, np.zeros(9), last, last_bias], LOW, HIGH),
        ("bias as a column", [kernel, bias[:, None], last, last_bias], LOW, HIGH),
        ("layer left out", [kernel, bias, last[:4], last_bias], LOW, HIGH),
        ("kernels and biases exchanged", [bias, kernel, last_bias, last], LOW, HIGH),
        ("bounds of another size", [kernel, bias, last, last_bias], LOW[:1], HIGH[:1]),
        ("one bound for all", [kernel, bias, last, last_bias], np.float32(-1), np.float32(1)),
        ("a vector and a number", [kernel[:, 0], bias[0]], LOW[0], HIGH[0]),
        ("low and high of two sizes", [kernel, bias, last, last_bias], LOW, HIGH[:1]),
    ]


@pytest.mark.parametrize("name, weights, low, high", shapes_that_do_not_fit())
def test_shapes_that_do_not_fit_together_are_refused(name, weights, low, high):
    with pytest.raises(ValueError, match="do not fit together"):
        Policy(weights, low, high)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_weights_that_are_no_pairs_are_refused(count):
    with pytest.raises(ValueError, match="expected pairs of a kernel and a bias"):
        Policy(random_weights(np.random.default_rng(0), 3, 8, 2)[:count], LOW, HIGH)


def test_states_of_another_size_are_refused(policy):
    with pytest.raises(ValueError):
        policy(np.zeros(4, np.float32))
