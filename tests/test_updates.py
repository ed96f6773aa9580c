"""Every formula of `ddpg_tf.updates` against NumPy, against finite differences, and against its famous mistakes."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from ddpg_tf import updates
from ddpg_tf.networks import build_actor, build_critic

RNG_SEED = 20
REFUSALS = (ValueError, tf.errors.InvalidArgumentError)  # eager and static shapes, shapes known only in the run


@pytest.fixture
def rng():
    return np.random.default_rng(RNG_SEED)


def tensor(array, dtype=tf.float32):
    return tf.constant(np.asarray(array), dtype)


def relative_error(actual, expected):
    """Largest difference in units of the largest expected number, over all arrays together."""
    actual, expected = flat(actual), flat(expected)
    return np.abs(actual - expected).max() / np.abs(expected).max()


def flat(arrays):
    return np.concatenate([np.asarray(array).ravel() for array in arrays])


# Two small networks in float64: updates work on any callables, and central differences need the digits.


class SmallActor:
    """mu(s) = tanh(s W + b)."""

    def __init__(self, rng):
        self.trainable_variables = [tf.Variable(rng.normal(size=shape)) for shape in ((3, 2), (2,))]

    def __call__(self, states):
        kernel, bias = self.trainable_variables
        return tf.tanh(states @ kernel + bias)


class SmallCritic:
    """Q(s, a) = tanh([s, a] V + c) v: smooth, so that finite differences meet no kink."""

    losses = ()

    def __init__(self, rng):
        self.trainable_variables = [tf.Variable(rng.normal(size=shape)) for shape in ((5, 6), (6,), (6, 1))]

    def __call__(self, states_and_actions):
        kernel, bias, last = self.trainable_variables
        return tf.squeeze(tf.tanh(tf.concat(states_and_actions, 1) @ kernel + bias) @ last, 1)


class QuadraticCritic:
    """Q(s, a) = -|a - s|²: the slope in the action is -2 (a - s), the best action is s."""

    losses = ()
    trainable_variables = ()

    def __call__(self, states_and_actions):
        states, actions = states_and_actions
        return -tf.reduce_sum((actions - states) ** 2, 1)


class LinearActor:
    """mu(s) = w s with one weight."""

    def __init__(self, w):
        self.trainable_variables = [tf.Variable(float(w))]

    def __call__(self, states):
        return self.trainable_variables[0] * states


@pytest.fixture
def small(rng):
    """Actor, critic and seven states in float64."""
    return SmallActor(rng), SmallCritic(rng), tensor(rng.normal(size=(7, 3)), tf.float64)


@pytest.fixture
def keras_pair(rng):
    """The package's networks with bounds that are not symmetric, weights far from their small start, 64 states."""
    actor = build_actor(3, [-2.0, 0.0], [1.0, 0.5], hidden=(16, 12), seed=1)
    critic = build_critic(3, 2, hidden=(16, 12), seed=2)
    for variable in actor.trainable_variables + critic.trainable_variables:
        variable.assign(rng.normal(size=variable.shape) * variable.shape[0] ** -0.5)
    return actor, critic, tensor(rng.normal(size=(64, 3)))


def central_differences(f, variables, h):
    """(f(w + h) - f(w - h)) / 2h for every weight, one array per variable."""
    slopes = []
    for variable in variables:
        start = variable.numpy()
        slope = np.zeros_like(start)
        for index in np.ndindex(start.shape):
            values = []
            for sign in (1, -1):
                moved = start.copy()
                moved[index] += sign * h
                variable.assign(moved)
                values.append(float(f()))
            slope[index] = (values[0] - values[1]) / (2 * h)
        variable.assign(start)
        slopes.append(slope)
    return slopes


# ---- td_target


def test_td_target_of_a_running_a_terminal_and_a_truncated_row():
    rewards, terminals, next_values = tensor([1, 1, 1]), tensor([0, 1, 0]), tensor([10, 10, 20])
    targets = updates.td_target(rewards, terminals, next_values, 0.9)
    # a time limit is stored as d = 0: the third row bootstraps like the first
    np.testing.assert_allclose(targets, [10.0, 1.0, 19.0], rtol=1e-6)
    assert targets.dtype == tf.float32 and targets.shape == (3,)


floats = st.floats(-100, 100, width=32)


@settings(max_examples=50)
@given(st.lists(st.tuples(floats, st.booleans(), floats), min_size=1, max_size=8), st.floats(0, 1))
def test_td_target_equals_the_formula_row_by_row(rows, gamma):
    rewards, terminals, next_values = (tensor(column, tf.float32) for column in zip(*rows))
    expected = [r if d else r + gamma * q for r, d, q in rows]
    targets = updates.td_target(rewards, terminals, next_values, gamma)
    np.testing.assert_allclose(targets, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("column", [0, 1, 2])
def test_td_target_refuses_a_column_among_vectors(column):
    arguments = [tf.zeros(4), tf.zeros(4), tf.zeros(4)]
    arguments[column] = tf.zeros((4, 1))  # (4,) + (4, 1) would be (4, 4)
    with pytest.raises(REFUSALS):
        updates.td_target(*arguments, 0.9)


def test_td_target_refuses_different_lengths_also_where_the_shape_is_known_only_in_the_run():
    unknown = [tf.TensorSpec(None, tf.float32)] * 3
    compiled = tf.function(lambda r, d, q: updates.td_target(r, d, q, 0.9), input_signature=unknown)
    np.testing.assert_allclose(compiled(tf.ones(4), tf.zeros(4), tf.ones(4)), np.full(4, 1.9), rtol=1e-6)
    with pytest.raises(REFUSALS):
        compiled(tf.ones(4), tf.zeros(4), tf.ones((4, 1)))
    with pytest.raises(REFUSALS):
        compiled(tf.ones(4), tf.zeros(4), tf.ones(1))


# ---- critic_loss


def numpy_values(critic, states, actions):
    """The package's critic from its weights, in float64."""
    v1, c1, v2, c2, v3, c3 = (variable.numpy().astype(np.float64) for variable in critic.trainable_variables)
    hidden = np.maximum(states @ v1 + c1, 0)
    hidden = np.maximum(np.concatenate([hidden, actions], 1) @ v2 + c2, 0)
    return (hidden @ v3 + c3)[:, 0]


@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_critic_loss_equals_numpy_with_and_without_l2(rng, l2):
    critic = build_critic(3, 2, hidden=(8, 6), l2=l2, seed=3)
    states, actions, targets = rng.normal(size=(5, 3)), rng.normal(size=(5, 2)), rng.normal(size=5)
    kernels = [v.numpy().astype(np.float64) for v in critic.trainable_variables[::2]]
    expected = np.mean((targets - numpy_values(critic, states, actions)) ** 2)
    expected += l2 * sum(np.sum(kernel**2) for kernel in kernels)  # kernels only, no biases
    loss = updates.critic_loss(critic, tensor(states), tensor(actions), tensor(targets))
    assert loss.shape == ()
    np.testing.assert_allclose(loss, expected, rtol=1e-6)


def test_the_l2_term_reaches_the_gradient_as_twice_the_weight(rng):
    states, actions, targets = tensor(rng.normal(size=(5, 3))), tensor(rng.normal(size=(5, 2))), tensor(np.zeros(5))
    gradients = []
    for l2 in (0.0, 0.01):
        critic = build_critic(3, 2, hidden=(8, 6), l2=l2, seed=3)
        with tf.GradientTape() as tape:
            loss = updates.critic_loss(critic, states, actions, targets)
        gradients.append([g.numpy() for g in tape.gradient(loss, critic.trainable_variables)])
    weights = [variable.numpy() for variable in critic.trainable_variables]
    for i, (plain, decayed, weight) in enumerate(zip(*gradients, weights)):
        expected = 2 * 0.01 * weight if i % 2 == 0 else 0.0 * weight
        np.testing.assert_allclose(decayed - plain, expected, atol=1e-6)


def test_critic_loss_refuses_targets_or_values_that_are_columns():
    critic = build_critic(3, 2, hidden=(4,), seed=0)
    states, actions = tf.zeros((5, 3)), tf.zeros((5, 2))
    with pytest.raises(REFUSALS):
        updates.critic_loss(critic, states, actions, tf.zeros((5, 1)))

    def column_critic(inputs):
        return critic(inputs)[:, None]

    column_critic.losses = ()
    with pytest.raises(REFUSALS):
        updates.critic_loss(column_critic, states, actions, tf.zeros(5))


@pytest.mark.parametrize("shape", [(5, 1), (1, 5), (4,)])
def test_critic_loss_refuses_weights_of_another_shape(shape):
    critic = build_critic(3, 2, hidden=(4,), seed=0)
    with pytest.raises(REFUSALS):
        updates.critic_loss(critic, tf.zeros((5, 3)), tf.zeros((5, 2)), tf.zeros(5), tf.ones(shape))


# ---- action_gradient


def test_action_gradient_equals_central_differences(small, rng):
    _, critic, states = small
    actions = tf.Variable(rng.normal(size=(7, 2)))
    gradient = updates.action_gradient(critic, states, tf.constant(actions))
    expected = central_differences(lambda: tf.reduce_sum(critic([states, actions])), [actions], h=1e-5)
    assert gradient.shape == (7, 2)
    assert relative_error([gradient], expected) < 1e-8  # h² = 1e-10, rounding 1e-16 / h = 1e-11, both times some tens


def test_action_gradient_of_a_row_does_not_depend_on_the_other_rows(small, rng):
    _, critic, states = small
    actions = tensor(rng.normal(size=(7, 2)), tf.float64)
    whole = updates.action_gradient(critic, states, actions)
    rows = [updates.action_gradient(critic, states[i : i + 1], actions[i : i + 1]) for i in range(7)]
    np.testing.assert_allclose(whole, np.concatenate(rows), rtol=1e-12)  # divided by no batch size, mixed with no row


# ---- deterministic_policy_gradient and actor_loss


def test_policy_gradient_is_minus_the_gradient_of_the_actor_loss(keras_pair):
    actor, critic, states = keras_pair
    with tf.GradientTape() as tape:
        loss = updates.actor_loss(actor, critic, states)
    descent = tape.gradient(loss, actor.trainable_variables)
    ascent = updates.deterministic_policy_gradient(actor, critic, states)
    assert [g.shape for g in ascent] == [v.shape for v in actor.trainable_variables]
    assert relative_error([-g for g in descent], ascent) < 1e-6  # float32: some 6e-8 a rounding


def test_policy_gradient_equals_central_differences(small):
    actor, critic, states = small
    gradient = updates.deterministic_policy_gradient(actor, critic, states)

    def j():
        return tf.reduce_mean(critic([states, actor(states)]))

    assert relative_error(gradient, central_differences(j, actor.trainable_variables, h=1e-5)) < 1e-8


def test_policy_gradient_of_one_weight_equals_the_product_by_hand():
    # mu(s) = w s and Q = -(a - s)²: dQ/da = -2 (w - 1) s, dmu/dw = s
    states = tensor([[1.0], [-2.0], [3.0]])
    (gradient,) = updates.deterministic_policy_gradient(LinearActor(0.5), QuadraticCritic(), states)
    np.testing.assert_allclose(gradient, np.mean([1.0, 4.0, 9.0]), rtol=1e-6)


def test_policy_gradient_is_a_mean_over_the_batch_not_a_sum(keras_pair):
    actor, critic, states = keras_pair
    once = updates.deterministic_policy_gradient(actor, critic, states)
    twice = updates.deterministic_policy_gradient(actor, critic, tf.concat([states, states], 0))
    assert relative_error(twice, once) < 1e-6  # a sum would be twice as long


def test_policy_gradient_points_uphill(keras_pair):
    actor, critic, states = keras_pair
    before = updates.actor_loss(actor, critic, states).numpy()
    gradient = updates.deterministic_policy_gradient(actor, critic, states)
    length = np.sqrt(sum(np.sum(np.square(g)) for g in gradient))
    for variable, g in zip(actor.trainable_variables, gradient):
        variable.assign_add(0.01 * g / length)
    after = updates.actor_loss(actor, critic, states).numpy()
    assert after < before  # -J falls; with the sign forgotten it rises


def test_policy_gradient_is_taken_at_the_action_of_the_actor():
    # the actor already plays the best action: no replayed action, wherever it is, may move it
    states = tensor([[1.0], [-2.0], [3.0]])
    (gradient,) = updates.deterministic_policy_gradient(LinearActor(1.0), QuadraticCritic(), states)
    assert gradient == 0.0
    (at_replayed,) = replayed_action_gradient(LinearActor(1.0), QuadraticCritic(), states, tf.zeros((3, 1)))
    assert at_replayed > 1.0  # the mistake pushes on


def replayed_action_gradient(actor, critic, states, actions):
    """The mistake: dQ/da where the memory says, not where the actor is."""
    with tf.GradientTape() as tape:
        own = actor(states)
    ascent = updates.action_gradient(critic, states, actions) / len(states)
    return tape.gradient(own, actor.trainable_variables, output_gradients=ascent)


def test_policy_gradient_dies_with_the_tanh(keras_pair):
    # dmu/dz = half (1 - tanh² z): at |z| = 20 float32 knows no number below one, and nothing below can learn
    actor, critic, states = keras_pair
    actor.trainable_variables[-2].assign(tf.zeros((12, 2)))
    actor.trainable_variables[-1].assign([2.0, 2.0])
    alive = flat(updates.deterministic_policy_gradient(actor, critic, states))
    actor.trainable_variables[-1].assign([20.0, -20.0])
    dead = flat(updates.deterministic_policy_gradient(actor, critic, states))
    assert np.abs(alive).max() > 0.0
    assert np.abs(dead).max() <= 1e-6 * np.abs(alive).max()


def test_policy_gradient_has_the_width_of_the_bounds_in_it(rng):
    # half the range multiplies dmu/dz: ten times the range, ten times the slope of the action in the weights
    states = tensor(rng.normal(size=(8, 3)))
    gradients = []
    for high in (1.0, 10.0):
        actor = build_actor(3, [-high], [high], hidden=(4,), seed=1)
        gradients.append(updates.deterministic_policy_gradient(actor, LinearCritic(), states))
    assert relative_error(gradients[1], [10.0 * g for g in gradients[0]]) < 1e-6


class LinearCritic:
    """Q(s, a) = sum of a: the slope in the action is one everywhere."""

    losses = ()
    trainable_variables = ()

    def __call__(self, states_and_actions):
        return tf.reduce_sum(states_and_actions[1], 1)


def test_actor_loss_is_minus_the_mean_value(keras_pair):
    actor, critic, states = keras_pair
    values = critic([states, actor(states)]).numpy()
    np.testing.assert_allclose(updates.actor_loss(actor, critic, states), -values.mean(), rtol=1e-5)


# ---- hard and soft update


def variables(*arrays):
    return [tf.Variable(np.asarray(array, np.float32)) for array in arrays]


def test_hard_update_copies_and_stays_a_copy():
    online, target = variables([[1.0, 2.0]], [3.0]), variables([[0.0, 0.0]], [0.0])
    updates.hard_update(target, online)
    online[0].assign([[9.0, 9.0]])
    np.testing.assert_array_equal(target[0], [[1.0, 2.0]])
    np.testing.assert_array_equal(target[1], [3.0])


def test_soft_update_is_exact_and_leaves_the_online_weights():
    online, target = variables([1.0, -2.0], [4.0]), variables([0.0, 2.0], [8.0])
    updates.soft_update(target, online, 0.25)
    np.testing.assert_array_equal(target[0], [0.25, 1.0])  # exact in binary: 0.25 · 1 + 0.75 · 0, …
    np.testing.assert_array_equal(target[1], [7.0])
    np.testing.assert_array_equal(online[0], [1.0, -2.0])


@settings(max_examples=25)
@given(st.floats(0.001, 1.0), st.integers(0, 40), floats, floats)
def test_many_soft_updates_equal_the_closed_form(tau, count, start, goal):
    target, online = variables([start]), variables([goal])
    for _ in range(count):
        updates.soft_update(target, online, tau)
    expected = goal + (1 - tau) ** count * (start - goal)
    size = max(abs(start), abs(goal), 1e-30)
    np.testing.assert_allclose(target[0], [expected], atol=(count + 1) * 3e-7 * size)  # a few roundings per update


@pytest.mark.parametrize("update", [updates.hard_update, lambda t, o: updates.soft_update(t, o, 0.5)])
@pytest.mark.parametrize(
    "online",
    [
        variables(np.ones((4, 3))),  # one array short
        variables(np.ones((4, 3)), np.ones(3), np.ones(1)),  # one too many
        variables(np.ones((3, 4)), np.ones(3)),  # turned round
        variables(np.ones((1, 3)), np.ones(3)),  # would broadcast
        variables(np.ones((4, 3)), np.ones(())),  # would broadcast
    ],
)
def test_updates_refuse_lists_that_differ_and_change_nothing(update, online):
    target = variables(np.zeros((4, 3)), np.zeros(3))
    with pytest.raises(ValueError):
        update(target, online)
    assert not np.any(flat(target))
