"""The two networks: shapes, first weights, bounds, the place of the action, the penalty."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ddpg_tf.networks import FINAL_LIMIT, build_actor, build_critic
from ddpg_tf.updates import critic_loss

STATE_SIZE = 5
LOW, HIGH = np.array([-2.0, 0.0]), np.array([1.0, 0.5])  # neither bounds are symmetric
HIDDEN = [(7,), (40, 30), (9, 8, 7)]
FLOAT32_STEP = float(np.finfo(np.float32).eps)


def actor(hidden=(40, 30), seed=0):
    return build_actor(STATE_SIZE, LOW, HIGH, hidden, seed)


def critic(hidden=(40, 30), l2=0.0, seed=0):
    return build_critic(STATE_SIZE, len(LOW), hidden, l2, seed)


def arrays(model):
    """Kernels and biases as NumPy arrays, in the order of the layers."""
    return [variable.numpy() for variable in model.trainable_variables]


def rows(count, size, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(size=(count, size)), tf.float32)


# ---- shapes and sizes


@pytest.mark.parametrize("batch", [1, 6])
@pytest.mark.parametrize("hidden", HIDDEN)
def test_actions_have_one_row_and_values_one_number_for_each_state(hidden, batch):
    states = rows(batch, STATE_SIZE)
    actions = actor(hidden)(states)
    values = critic(hidden)([states, actions])
    assert actions.shape == (batch, 2) and actions.dtype == tf.float32
    assert values.shape == (batch,) and values.dtype == tf.float32  # (batch, 1) would broadcast in the loss


@pytest.mark.parametrize("hidden", HIDDEN)
def test_kernels_of_the_actor_go_from_the_state_through_the_hidden_layers_to_the_action(hidden):
    widths = (STATE_SIZE, *hidden, 2)
    assert [kernel.shape for kernel in arrays(actor(hidden))[::2]] == list(zip(widths, widths[1:]))
    assert [bias.shape for bias in arrays(actor(hidden))[1::2]] == [(units,) for units in widths[1:]]


@pytest.mark.parametrize("hidden, expected", [
    ((7,), [(5 + 2, 7), (7, 1)]),  # with one hidden layer the action enters there
    ((40, 30), [(5, 40), (40 + 2, 30), (30, 1)]),
    ((9, 8, 7), [(5, 9), (9 + 2, 8), (8, 7), (7, 1)]),
])  # fmt: skip
def test_the_action_enters_the_critic_at_the_second_hidden_layer(hidden, expected):
    assert [kernel.shape for kernel in arrays(critic(hidden))[::2]] == expected


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


def test_parameters_of_the_paper_for_the_lander():
    assert build_actor(8, [-1, -1], [1, 1]).count_params() == 9 * 400 + 401 * 300 + 301 * 2
    assert build_critic(8, 2).count_params() == 9 * 400 + 403 * 300 + 301


@settings(max_examples=20)
@given(st.integers(1, 9), st.integers(1, 4), st.lists(st.integers(1, 20), min_size=1, max_size=4))
def test_parameters_of_any_sizes_are_those_counted_by_hand(state_size, action_size, hidden):
    def count(*widths):
        return sum((f + 1) * units for f, units in zip(widths, widths[1:]))

    bounds = -np.ones(action_size), np.ones(action_size)
    joined = hidden[min(1, len(hidden) - 1)]
    assert build_actor(state_size, *bounds, hidden).count_params() == count(state_size, *hidden, action_size)
    expected = count(state_size, *hidden, 1) + action_size * joined
    assert build_critic(state_size, action_size, hidden).count_params() == expected


# ---- first weights


def limits(model):
    """(array, the limit of its uniform draw) for every array: 1/√f, and 0.003 in the last layer."""
    weights = arrays(model)
    fan_ins = [kernel.shape[0] for kernel in weights[::2]]
    by_layer = [f**-0.5 for f in fan_ins[:-1]] + [FINAL_LIMIT]
    return list(zip(weights, np.repeat(by_layer, 2)))


@pytest.fixture(scope="module")
def of_the_papers_size():
    return [build_actor(8, LOW, HIGH, seed=3), build_critic(8, 2, seed=3)]


def test_first_weights_and_biases_stay_within_the_fan_in(of_the_papers_size):
    assert FINAL_LIMIT == 3e-3
    for model in of_the_papers_size:
        for array, limit in limits(model):
            assert np.abs(array).max() <= limit * (1 + FLOAT32_STEP)


def test_first_weights_fill_the_range_uniformly(of_the_papers_size):
    for model in of_the_papers_size:
        large = [(array, limit) for array, limit in limits(model) if array.size >= 300]
        assert len(large) >= 5  # all kernels and the biases of the hidden layers
        for array, limit in large:
            # a million kernels drawn right would fail this once; a normal of equal width fails it at once
            assert stats.kstest(array.ravel() / limit, stats.uniform(-1, 2).cdf).pvalue > 1e-6


def test_the_fan_in_is_the_number_of_inputs_not_of_units():
    kernel = arrays(build_actor(4, [-1], [1], hidden=(900, 10)))[0]
    assert kernel.shape == (4, 900)
    assert np.abs(kernel).max() > 0.45  # ±1/√4; with the units it would be ±1/√900 = 0.033


def test_first_actions_are_near_the_middle_and_first_values_near_zero(of_the_papers_size):
    fresh_actor, fresh_critic = of_the_papers_size
    states = rows(1_000, 8)
    actions = fresh_actor(states)
    assert np.abs((actions.numpy() - (HIGH + LOW) / 2) / (HIGH - LOW)).max() < 0.05
    assert np.abs(fresh_critic([states, actions]).numpy()).max() < 0.05


@pytest.mark.parametrize("build", [actor, critic])
def test_equal_seeds_give_equal_weights_and_others_do_not(build):
    first, again, other = (arrays(build(seed=seed)) for seed in (1, 1, 2))
    for a, b, c in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.any(a == c)


@pytest.mark.parametrize("build", [actor, critic])
def test_global_seeds_play_no_part(build):
    tf.keras.utils.set_random_seed(1)
    first = arrays(build())
    tf.keras.utils.set_random_seed(2)
    for a, b in zip(first, arrays(build()), strict=True):
        np.testing.assert_array_equal(a, b)


def test_layers_of_equal_shape_get_different_weights():
    model = build_actor(6, -np.ones(6), np.ones(6), hidden=(6, 6, 6))
    draws = [array / limit for array, limit in limits(model)]  # one draw in two ranges would be equal now
    kernels, biases = draws[::2], draws[1::2]
    for group in (kernels, biases, [kernels[0][0], biases[0]]):
        for i, draw in enumerate(group):
            assert not any(np.isclose(draw, other, rtol=1e-6).any() for other in group[:i])


# ---- bounds


bounds = st.tuples(st.floats(-1e3, 1e3, width=32), st.floats(2**-7, 1e3, width=32))


def pushed(low, high, by):
    """The actions of an actor whose last biases are pushed until the tanh is ±1."""
    model = build_actor(3, low, high, hidden=(4,))
    model.trainable_variables[-1].assign(np.full(len(low), by, np.float32))
    return model(10.0 * rows(50, 3)).numpy()


@settings(max_examples=25)
@given(st.lists(bounds, min_size=1, max_size=4))
def test_bounds_of_any_place_are_reached_and_never_exceeded(pairs):
    low = np.array([place for place, _ in pairs], np.float32)
    high = low + np.array([width for _, width in pairs], np.float32)
    rounding = 2 * FLOAT32_STEP * np.maximum(np.abs(low), np.abs(high))  # of the two sums in middle ± half
    for by, bound in ((30.0, high), (-30.0, low)):
        actions = pushed(low, high, by)
        assert np.all(np.abs(actions - bound) <= rounding)
        assert np.all((actions >= low - rounding) & (actions <= high + rounding))


@pytest.mark.parametrize("low, high", [(-1, 1), (-2, 2), (0, 5), (2, 5), (-0.5, 3)])
def test_bounds_of_whole_and_half_numbers_are_exact(low, high):
    assert np.all(pushed(np.array([low]), np.array([high]), 30.0) == high)
    assert np.all(pushed(np.array([low]), np.array([high]), -30.0) == low)


def test_each_action_has_bounds_of_its_own():
    actions = pushed(LOW, HIGH, 30.0)
    np.testing.assert_array_equal(actions, np.tile(HIGH.astype(np.float32), (50, 1)))


def test_the_actor_is_alive_between_the_bounds():
    # clamped to [2, 5] instead of scaled, every action would be 2 and no gradient would come back
    model, states = build_actor(3, [2.0], [5.0], hidden=(4,)), rows(6, 3)
    with tf.GradientTape() as tape:
        mean = tf.reduce_mean(model(states))
    gradients = tape.gradient(mean, model.trainable_variables)
    np.testing.assert_allclose(gradients[-1], [1.5], rtol=0.01)  # half the range, times a tanh near zero
    assert all(np.any(gradient) for gradient in gradients)


# ---- the penalty


@pytest.mark.parametrize("hidden", HIDDEN)
def test_the_penalty_is_the_sum_of_squares_of_the_kernels(hidden):
    model = critic(hidden, l2=0.01)
    expected = 0.01 * sum(np.sum(kernel.astype(np.float64) ** 2) for kernel in arrays(model)[::2])
    np.testing.assert_allclose(sum(model.losses), expected, rtol=1e-6)
    assert critic(hidden).losses == []


def test_the_penalty_reaches_the_loss_and_its_gradient_in_every_kernel_and_no_bias():
    states, actions, targets = rows(6, STATE_SIZE), rows(6, 2, seed=1), tf.ones(6)
    losses, gradients = [], []
    for l2 in (0.0, 0.01):
        model = critic(l2=l2)
        with tf.GradientTape() as tape:
            loss = critic_loss(model, states, actions, targets)
        losses.append(loss.numpy())
        gradients.append([gradient.numpy() for gradient in tape.gradient(loss, model.trainable_variables)])
    np.testing.assert_allclose(losses[1] - losses[0], sum(critic(l2=0.01).losses), rtol=1e-5)
    for plain, decayed, weight, is_kernel in zip(*gradients, arrays(model), [True, False] * 3, strict=True):
        np.testing.assert_allclose(decayed - plain, 2 * 0.01 * weight * is_kernel, atol=1e-6)


def test_the_penalty_changes_no_first_weight():
    for a, b in zip(arrays(critic(l2=0.0)), arrays(critic(l2=0.01)), strict=True):
        np.testing.assert_array_equal(a, b)


# ---- what is refused


@pytest.mark.parametrize("hidden", [(), (0,), (-3,), (8, 0), (2.5,)])
@pytest.mark.parametrize("build", [actor, critic])
def test_hidden_layers_without_a_unit_are_refused(build, hidden):
    with pytest.raises(ValueError, match="at least one"):
        build(hidden)


@pytest.mark.parametrize("hidden", [[8, 4], np.array([8, 4]), (8.0, 4.0)])
@pytest.mark.parametrize("build", [actor, critic])
def test_hidden_layers_may_be_any_whole_numbers(build, hidden):
    assert build(hidden).count_params() == build((8, 4)).count_params()


@pytest.mark.parametrize("size", [0, -1, 2.5])
def test_sizes_below_one_are_refused(size):
    for build in (
        lambda: build_actor(size, [-1], [1]),
        lambda: build_critic(size, 1),
        lambda: build_critic(1, size),
    ):
        with pytest.raises(ValueError, match="whole number of at least 1"):
            build()


@pytest.mark.parametrize("l2", [-0.01, np.nan, np.inf])
def test_a_penalty_below_zero_or_not_finite_is_refused(l2):
    with pytest.raises(ValueError, match="l2 is"):
        critic(l2=l2)


@pytest.mark.parametrize("low, high", [
    ([1.0], [1.0]), ([1.0], [-1.0]), ([-1.0, 0.0], [1.0, -0.5]),
    ([-np.inf], [1.0]), ([-1.0], [np.inf]), ([np.nan], [1.0]),
])  # fmt: skip
def test_bounds_that_are_no_range_are_refused(low, high):
    with pytest.raises(ValueError, match="low < high"):
        build_actor(3, low, high)


@pytest.mark.parametrize("low, high", [
    (-1.0, 1.0), ([-1.0], [1.0, 1.0]), ([[-1.0]], [[1.0]]), ([], []), ([-1.0, -1.0], 1.0),
])  # fmt: skip
def test_bounds_of_another_shape_are_refused(low, high):
    with pytest.raises(ValueError, match=r"expected the same \(n,\)"):
        build_actor(3, low, high)
