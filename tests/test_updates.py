"""Every formula of `ddpg_tf.updates` against NumPy, against finite differences and by hand."""

import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf import updates
from ddpg_tf.networks import build_critic
from tests.builders import values_in_numpy

REFUSALS = (ValueError, tf.errors.InvalidArgumentError)  # eager and static shapes, shapes known only in the run


@pytest.fixture
def rng():
    return np.random.default_rng(20)


def tensor(array, dtype=tf.float32):
    return tf.constant(np.asarray(array), dtype)


def relative_error(actual, expected):
    """Largest difference in units of the largest expected number, over all arrays together."""
    actual, expected = (np.concatenate([np.ravel(array) for array in side]) for side in (actual, expected))
    return np.abs(actual - expected).max() / np.abs(expected).max()


class Small:
    """A smooth network in float64: central differences meet no kink and have digits to spare."""

    losses = ()

    def __init__(self, equation, *weights):
        self.equation, self.trainable_variables = equation, [tf.Variable(weight) for weight in weights]

    def __call__(self, inputs):
        return self.equation(inputs, *self.trainable_variables)


def mu(states, kernel, bias):
    return tf.tanh(states @ kernel + bias)


def q(states_and_actions, kernel, bias, last):
    return tf.squeeze(tf.tanh(tf.concat(states_and_actions, 1) @ kernel + bias) @ last, 1)


@pytest.fixture
def small(rng):
    """Actor, critic and seven states in float64."""
    actor = Small(mu, *(rng.normal(size=shape) for shape in ((3, 2), (2,))))
    critic = Small(q, *(rng.normal(size=shape) for shape in ((5, 6), (6,), (6, 1))))
    return actor, critic, tensor(rng.normal(size=(7, 3)), tf.float64)


def central_differences(f, *arguments):
    """(f(x + h) - f(x - h)) / 2h in every number of every argument, one array per argument."""
    return tf.test.compute_gradient(f, arguments, delta=1e-5)[1]


def test_td_target_of_a_running_a_terminal_and_a_truncated_row():
    rewards, terminated, next_values = tensor([1, 1, 1]), tensor([0, 1, 0]), tensor([10, 10, 20])
    targets = updates.td_target(rewards, terminated, next_values, 0.9)
    # a time limit is stored as d = 0: the third row bootstraps like the first
    np.testing.assert_allclose(targets, [10.0, 1.0, 19.0], rtol=1e-6)
    assert targets.dtype == tf.float32 and targets.shape == (3,)


def test_td_target_refuses_different_lengths_also_where_the_shape_is_known_only_in_the_run():
    unknown = [tf.TensorSpec(None, tf.float32)] * 3
    compiled = tf.function(lambda r, d, q: updates.td_target(r, d, q, 0.9), input_signature=unknown)
    np.testing.assert_allclose(compiled(tf.ones(4), tf.zeros(4), tf.ones(4)), np.full(4, 1.9), rtol=1e-6)
    for shape in ((4, 1), (1,)):
        with pytest.raises(REFUSALS):
            compiled(tf.ones(4), tf.zeros(4), tf.ones(shape))


@pytest.mark.parametrize("l2", [0.0, 0.01])
@pytest.mark.parametrize("weights", [1.0, [0.0, 0.5, 1.0, 2.0, 3.0]])
def test_critic_loss_and_td_errors_equal_numpy(rng, l2, weights):
    critic = build_critic(3, 2, hidden=(8, 6), l2=l2, seed=3)
    states, actions, targets = rng.normal(size=(5, 3)), rng.normal(size=(5, 2)), rng.normal(size=5)
    errors = targets - values_in_numpy(critic, states, actions)
    kernels = [v.numpy().astype(np.float64) for v in critic.trainable_variables[::2]]
    expected = np.mean(weights * errors**2) + l2 * sum(np.sum(kernel**2) for kernel in kernels)  # no biases
    loss, td_errors = updates.critic_loss(critic, *map(tensor, (states, actions, targets, weights)))
    np.testing.assert_allclose(loss, expected, rtol=1e-6)
    np.testing.assert_allclose(td_errors, errors, rtol=1e-5)


def test_critic_loss_refuses_targets_weights_or_values_of_another_shape():
    right, inputs = build_critic(3, 2, hidden=(4,), seed=0), (tf.zeros((5, 3)), tf.zeros((5, 2)))
    column = Small(lambda states_and_actions: right(states_and_actions)[:, None])
    wrong = [(right, (5, 1), (5,)), (column, (5,), (5,)), *((right, (5,), shape) for shape in ((5, 1), (1, 5), (4,)))]
    for critic, targets, weights in wrong:
        with pytest.raises(REFUSALS):
            updates.critic_loss(critic, *inputs, tf.zeros(targets), tf.ones(weights))


def test_action_gradient_equals_central_differences(small, rng):
    _, critic, states = small
    actions = tensor(rng.normal(size=(7, 2)), tf.float64)
    gradient = updates.action_gradient(critic, states, actions)
    expected = central_differences(lambda a: tf.reduce_sum(critic([states, a])), actions)
    assert gradient.shape == (7, 2)
    assert relative_error([gradient], expected) < 1e-8  # h² = 1e-10, rounding 1e-16 / h = 1e-11, both times some tens


def test_policy_gradient_and_descent_of_the_actor_loss_equal_central_differences(small):
    actor, critic, states = small
    gradient = updates.deterministic_policy_gradient(actor, critic, states)

    def j(*weights):
        return tf.reduce_mean(critic([states, mu(states, *weights)]))

    assert relative_error(gradient, central_differences(j, *actor.trainable_variables)) < 1e-8
    with tf.GradientTape() as tape:
        minus_j = updates.actor_loss(actor, critic, states)
    descent = tape.gradient(minus_j, actor.trainable_variables)
    np.testing.assert_allclose(minus_j, -j(*actor.trainable_variables), rtol=1e-12)
    assert relative_error([-g for g in descent], gradient) < 1e-12


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


@pytest.mark.parametrize("update", [updates.hard_update, lambda t, o: updates.soft_update(t, o, 0.5)])
@pytest.mark.parametrize("online", [
    variables(np.ones((4, 3))), variables(np.ones((4, 3)), np.ones(3), np.ones(1)),  # one too few, one too many
    variables(np.ones((3, 4)), np.ones(3)),  # turned round
    variables(np.ones((1, 3)), np.ones(3)), variables(np.ones((4, 3)), np.ones(())),  # would broadcast
])  # fmt: skip
def test_updates_refuse_lists_that_differ_and_change_nothing(update, online):
    target = variables(np.zeros((4, 3)), np.zeros(3))
    with pytest.raises(ValueError):
        update(target, online)
    assert not any(np.any(variable) for variable in target)
