"""The policy: the actor's layers in NumPy. It acts, is saved, shipped and shown."""

import numpy as np

from ddpg_tf.checks import check_bounds


def _dense(activation):
    def dense(x, kernel, bias):
        return activation(x @ kernel + bias)

    return dense


def _normalize(x, gain, shift, epsilon):
    centred = x - x.mean(axis=-1, keepdims=True)
    return gain * centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + epsilon) + shift


LAYERS = {  # what a layer does to x, given its weights
    "linear": _dense(lambda x: x),
    "relu": _dense(lambda x: np.maximum(x, 0.0)),
    "tanh": _dense(np.tanh),
    "sigmoid": _dense(lambda x: 0.5 + 0.5 * np.tanh(0.5 * x)),
    "elu": _dense(lambda x: np.where(x > 0.0, x, np.expm1(np.minimum(x, 0.0)))),
    "layer_normalization": _normalize,
    "rescaling": lambda x, scale, offset: x * scale + offset,
}


class Policy:
    """mu(s) without TensorFlow: a call takes microseconds, not the third of a millisecond of a compiled graph.

    layers: list of (name in LAYERS, list of float32 weights), in order. low, high: bounds of the actions, shape
    (action_size,). Raises ValueError if a name is unknown or the shapes do not fit together.
    """

    def __init__(self, layers, low, high):
        self.low, self.high = check_bounds(low, high)
        self.layers = [(name, [np.array(weight, np.float32) for weight in weights]) for name, weights in layers]
        unknown = [name for name, _ in self.layers if name not in LAYERS]
        if not self.layers or unknown:
            raise ValueError(f"Policy: the layers are {unknown}, expected some of {list(LAYERS)}.")
        self._calls = [(LAYERS[name], weights) for name, weights in self.layers]
        sizes = [weight.shape[0] for weight in self.weights if weight.ndim]  # a Rescaling in front may be by one number
        self.state_size = sizes[0] if sizes else 0
        self._check_shapes()

    def __call__(self, states):
        """Actions for states of shape (state_size,) or (batch, state_size): float32, within [low, high]."""
        return np.minimum(np.maximum(self._through_layers(states), self.low), self.high)  # rounding may pass a bound

    @classmethod
    def from_actor(cls, actor, low, high):
        """Copy a Keras model that is a chain of Dense, LayerNormalization and Rescaling layers.

        Raises ValueError for any other layer. That the layers are a chain is not seen here: DDPG compares copy and actor.
        """
        return cls([pair for layer in actor.layers for pair in _copied(layer)], low, high)

    @property
    def weights(self):
        """All weights in one list, in the order of the layers."""
        return [weight for _, weights in self.layers for weight in weights]

    def _through_layers(self, states):
        x = np.asarray(states, np.float32)
        for layer, weights in self._calls:
            x = layer(x, *weights)
        return x

    def _check_shapes(self):
        for name, weights in self.layers:
            shapes = [weight.shape for weight in weights]  # (n, 1) would broadcast
            if LAYERS[name].__name__ == "dense" and (len(shapes) != 2 or shapes[1] != shapes[0][1:]):
                raise ValueError(f"Policy: a kernel and a bias of shapes {shapes} do not fit together.")
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                shape = self._through_layers(np.zeros((2, self.state_size))).shape  # bounds would broadcast (2, 1)
        except (TypeError, ValueError, IndexError) as error:
            raise ValueError(f"Policy: the weights do not fit together: {error}.") from error
        if shape != (2, len(self.low)):
            raise ValueError(f"Policy: actions have shape {shape[1:]}, expected that of the bounds, {self.low.shape}.")


def _copied(layer):
    """A Keras layer as a list of none or one (name, weights)."""
    kind = type(layer).__name__
    if kind == "InputLayer":
        return []
    activation = getattr(getattr(layer, "activation", None), "__name__", None)  # a layer as activation has no name
    if kind == "Dense" and layer.use_bias and activation in LAYERS:
        return [(activation, [layer.kernel.numpy(), layer.bias.numpy()])]
    if kind == "LayerNormalization" and layer.center and layer.scale:
        return [("layer_normalization", [layer.gamma.numpy(), layer.beta.numpy(), layer.epsilon])]
    if kind == "Rescaling":
        return [("rescaling", [layer.scale, layer.offset])]
    raise ValueError(
        f"Policy: the actor's layer {layer.name} is a {kind} that has no copy in NumPy; use Dense layers with a bias "
        "and relu, tanh, sigmoid, elu or linear activation, LayerNormalization and Rescaling, or override DDPG.policy."
    )
