"""The two networks: actor mu(s) and critic Q(s, a), as Keras functional models."""

import keras
import numpy as np
from keras import layers

from ddpg_tf.checks import check, check_count, check_number

LARGEST = 10**8  # weights of a layer: 400 MB, of which an agent has eight
FINAL_LIMIT = 3e-3  # the first actions are near the middle of the range, the first values near zero


def build_actor(state_size, low, high, hidden=(400, 300), seed=0):
    """Actor mu(s): ReLU layers, then tanh, then scaled to the bounds of the action space.

    low, high: shape (action_size,), the bounds of each action; they need not be symmetric.
    hidden: units of each hidden layer, at least one. seed: int, different seeds give different weights.
    Maps float32 (batch, state_size) to float32 (batch, action_size). Raises ValueError for bad sizes or bounds.
    Lillicrap et al. 2016, section 7.
    """
    low, high = _checked_bounds(low, high)
    hidden = _checked_hidden(hidden)
    rng = np.random.default_rng(seed)
    states = _input(state_size, "states")
    x = states
    for units in hidden:
        x = _dense(x, units, rng, activation="relu")
    x = _dense(x, len(low), rng, limit=FINAL_LIMIT, activation="tanh")
    actions = layers.Rescaling(scale=(high - low) / 2, offset=(high + low) / 2, name="actions")(x)
    return keras.Model(states, actions, name="actor")


def build_critic(state_size, action_size, hidden=(400, 300), l2=0.0, seed=0):
    """Critic Q(s, a): the action enters at the second hidden layer (at the first, where there is only one).

    hidden: units of each hidden layer, at least one. l2: weight of the sum of squares of all kernels; the terms
    stand in `critic.losses`, and `updates.critic_loss` adds them. seed: int.
    Maps [float32 (batch, state_size), float32 (batch, action_size)] to float32 (batch,), not (batch, 1).
    Raises ValueError for bad sizes. Lillicrap et al. 2016, section 7.
    """
    hidden = _checked_hidden(hidden)
    check_number("build_critic: l2", l2, "a finite number of at least 0", lambda l2: 0.0 <= l2 < np.inf)
    rng = np.random.default_rng(seed)
    states = _input(state_size, "states")
    actions = _input(action_size, "actions")
    first, *rest = hidden if len(hidden) > 1 else (None, *hidden)
    x = _dense(states, first, rng, l2=l2, activation="relu") if first else states
    x = layers.Concatenate()([x, actions])
    for units in rest:
        x = _dense(x, units, rng, l2=l2, activation="relu")
    values = _dense(x, 1, rng, limit=FINAL_LIMIT, l2=l2)
    return keras.Model([states, actions], layers.Reshape((), name="values")(values), name="critic")


def _input(size, name):
    """Input with rows of `size` numbers."""
    check_count(f"the size of the {name}", size, at_most=LARGEST)
    return keras.Input((int(size),), name=name)


def _dense(x, units, rng, limit=None, l2=0.0, activation=None):
    """Dense layer with kernel and bias uniform in ±limit; without a limit ±1/sqrt(f), f the fan-in."""
    check_count(f"the number of weights between {x.shape[-1]} and {units} units", x.shape[-1] * units, at_most=LARGEST)
    limit = limit or x.shape[-1] ** -0.5
    return layers.Dense(
        units,
        activation=activation,
        kernel_initializer=_uniform(limit, rng),
        bias_initializer=_uniform(limit, rng),
        kernel_regularizer=keras.regularizers.L2(l2) if l2 else None,
    )(x)


def _uniform(limit, rng):
    """A uniform initialiser with a seed of its own: one seed for all would give equal kernels to equal shapes."""
    return keras.initializers.RandomUniform(-limit, limit, seed=int(rng.integers(2**31)))


def _checked_hidden(hidden):
    try:
        layers = tuple(hidden)
    except TypeError as error:
        raise TypeError(f"the hidden layers are {hidden!r}, expected a list of their units.") from error
    expected = "at least one, each with one unit or more"
    check("the hidden layers", layers, expected, lambda layers: layers and all(u >= 1 and u % 1 == 0 for u in layers))
    return tuple(int(units) for units in layers)


@np.errstate(over="ignore")  # what float32 cannot hold becomes infinity, and is refused as such
def _checked_bounds(low, high):
    try:
        low, high = np.asarray(low, np.float32), np.asarray(high, np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"the bounds of the actions are {low!r} and {high!r}, expected vectors of numbers.") from error
    if low.ndim != 1 or low.size == 0 or low.shape != high.shape:
        raise ValueError(f"bounds of the actions have shapes {low.shape} and {high.shape}, expected the same (n,).")
    if not (np.isfinite(low).all() and np.isfinite(high).all() and (low < high).all()):
        raise ValueError(f"bounds of the actions are {low} and {high}, expected finite numbers with low < high.")
    return low, high
