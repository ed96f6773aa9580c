"""The two networks, actor mu(s) and critic Q(s, a), as Keras functional models."""

import keras
import numpy as np
from keras import layers

from ddpg_tf.checks import check, check_bounds, check_count, check_number

FINAL_LIMIT = 3e-3  # the first actions are near the middle of the range, the first values near zero


def build_actor(state_size, low, high, hidden=(400, 300), seed=0):
    """Actor mu(s): ReLU layers, then tanh, then scaled to the bounds of the actions.

    low, high: bounds of the actions, shape (action_size,); they need not be symmetric. hidden: units of each hidden
    layer. seed: int or numpy Generator for the first weights. Maps float32 (batch, state_size) to float32 (batch,
    action_size). Raises ValueError or TypeError for bad sizes and bounds. Lillicrap et al. 2016, section 7.
    """
    low, high = check_bounds(low, high)
    x = states = _input(state_size, "states")
    for units in _checked_hidden(hidden):
        x = _dense(x, units, activation="relu")
    x = _dense(x, len(low), activation="tanh")
    actions = layers.Rescaling(scale=(high - low) / 2, offset=(high + low) / 2, name="actions")(x)
    return initialize(keras.Model(states, actions, name="actor"), seed)


def build_critic(state_size, action_size, hidden=(400, 300), l2=0.0, seed=0):
    """Critic Q(s, a): the action enters at the second hidden layer (at the first if there is only one).

    hidden: units of each hidden layer. l2: factor on the sum of squares of all kernels; Keras keeps these penalties
    in `critic.losses`, and `updates.critic_loss` adds them. seed: int or numpy Generator for the first weights.
    Maps [float32 (batch, state_size), float32 (batch, action_size)] to float32 (batch,), not (batch, 1).
    Raises ValueError or TypeError for bad sizes. Lillicrap et al. 2016, section 7.
    """
    hidden = _checked_hidden(hidden)
    check_number("build_critic: l2", l2, "a finite number of at least 0", lambda l2: l2 >= 0.0)
    states, actions = _input(state_size, "states"), _input(action_size, "actions")
    first, *rest = hidden if len(hidden) > 1 else (None, *hidden)
    x = _dense(states, first, l2, activation="relu") if first else states
    x = layers.Concatenate()([x, actions])
    for units in rest:
        x = _dense(x, units, l2, activation="relu")
    values = layers.Reshape((), name="values")(_dense(x, 1, l2))
    return initialize(keras.Model([states, actions], values, name="critic"), seed)


def initialize(model, seed):
    """Draw all Dense weights uniformly in ±1/sqrt(fan-in), of the last layer in ±3e-3; returns the model. Section 7."""
    rng = np.random.default_rng(seed)
    dense = [layer for layer in model.layers if isinstance(layer, layers.Dense)]
    for layer in dense:
        limit = FINAL_LIMIT if layer is dense[-1] else layer.kernel.shape[0] ** -0.5
        layer.set_weights([rng.uniform(-limit, limit, weight.shape) for weight in layer.weights])
    return model


def _input(size, name):
    check_count(f"the size of the {name}", size, at_most=1_000_000)
    return keras.Input((int(size),), name=name)


def _dense(x, units, l2=0.0, activation=None):
    return layers.Dense(units, activation, kernel_regularizer=keras.regularizers.L2(l2) if l2 else None)(x)


def _checked_hidden(hidden):
    check("the list of hidden layers", hidden, "at least one", len)
    for units in hidden:
        check_count("the number of units of a hidden layer", units, at_most=10_000)
    return tuple(map(int, hidden))
