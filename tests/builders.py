"""What the tests of several modules share: weights that show, batches, the critic in NumPy, comparison to the bit."""

import numpy as np

from ddpg_tf.replay import Batch


def shaken(*models, seed=0):
    """Give these models weights of order one, all different: no part of what they compute is too small to be seen."""
    rng = np.random.default_rng(seed)
    for model in models:
        model.set_weights([rng.normal(size=w.shape) * w.shape[0] ** -0.5 for w in model.get_weights()])
    return models[0]


def batches_of(count, size, low, high, state_size=3, seed=0):
    """Batches as `sample_many` returns them, with actions uniform over the bounds; every third transition is an end."""
    rng = np.random.default_rng(seed)
    states, next_states = rng.normal(size=(2, count, size, state_size))
    actions = rng.uniform(low, high, (count, size, len(low)))
    rewards, terminated = rng.normal(size=(count, size)), rng.random((count, size)) < 1 / 3
    return Batch(*(np.asarray(array, np.float32) for array in (states, actions, rewards, next_states, terminated)))


def values_in_numpy(critic, states, actions):
    """Q(s, a) of `build_critic` in float64 from its weights: the action enters at the second hidden layer, if any."""
    weights = [np.asarray(w, np.float64) for w in critic.get_weights()]  # numpy 2.0: float64(w) drops axes of one
    *hidden, (last, bias) = zip(weights[::2], weights[1::2])
    x = states
    for i, (kernel, shift) in enumerate(hidden):
        x = np.concatenate([x, actions], 1) if i == min(1, len(hidden) - 1) else x
        x = np.maximum(x @ kernel + shift, 0)
    return (x @ last + bias)[:, 0]


def assert_same_bits(state, expected):
    """Two states of agents, arrays by name."""
    assert state.keys() == expected.keys()
    for name in expected:
        np.testing.assert_array_equal(state[name], expected[name], err_msg=name)
