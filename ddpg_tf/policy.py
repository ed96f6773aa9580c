"""The policy: the actor's layers in NumPy. It acts, is saved, shipped and shown."""

import numpy as np

from ddpg_tf.checks import check_bounds


def _dense(activation):
    return lambda x, kernel, bias: activation(x @ kernel + bias)


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

    layers: list of (name in LAYERS, list of weights). low, high: bounds of the actions, shape (action_size,).
    Raises ValueError for layers that do not turn states into actions, FloatingPointError for NaN and infinity in them.
    """

    weights = property(lambda self: [weight for _, weights in self.layers for weight in weights], doc="Layer by layer.")

    def __init__(self, layers, low, high):
        self.low, self.high = check_bounds(low, high)
        self.layers = [(name, [np.array(weight, np.float32) for weight in weights]) for name, weights in layers]
        self.state_size = next((len(weight) for weight in self.weights if weight.ndim), 0)  # Rescaling may hold numbers
        if not self._fits():
            shapes = [(name, *(weight.shape for weight in weights)) for name, weights in self.layers]
            raise ValueError(f"Policy: the layers {shapes} do not give {len(self.low)} actions; known are {[*LAYERS]}.")
        if not all(np.isfinite(weight).all() for weight in self.weights):  # NaN as an action may crash a world
            raise FloatingPointError("Policy: not all weights are finite; if they diverged, lower the learning rates.")

    def __call__(self, states):
        """Actions for states of shape (state_size,) or (batch, state_size): float32, within [low, high]."""
        return np.minimum(np.maximum(self._through_layers(states), self.low), self.high)  # rounding may pass a bound

    @classmethod
    def from_actor(cls, actor, low, high):
        """Copy a Keras model. Raises ValueError for a layer without a copy; DDPG checks that the layers are a chain."""
        return cls([pair for layer in actor.layers for pair in _copied(layer)], low, high)

    def towards(self, other, rate):
        """A soft update: the policy with the weights (1 - rate) * own + rate * other's; both have the same layers."""
        pairs = zip(self.layers, other.layers, strict=True)
        mixed = [(name, [(1 - rate) * a + rate * b for a, b in zip(own, its)]) for (name, own), (_, its) in pairs]
        return type(self)(mixed, self.low, self.high)

    def _through_layers(self, states):
        x = np.asarray(states, np.float32)
        for name, weights in self.layers:
            x = LAYERS[name](x, *weights)
        return x

    @np.errstate(over="ignore", invalid="ignore")
    def _fits(self):
        """Whether the layers turn states into actions, without a bias that NumPy would broadcast."""
        try:
            dense = [weights for _, weights in self.layers if weights[0].ndim == 2]
            fits = all(bias.shape == kernel.shape[1:] for kernel, bias in dense)
            return fits and self._through_layers(np.zeros((2, self.state_size))).shape == (2, len(self.low))
        except (LookupError, TypeError, ValueError):
            return False


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
    cure = f"use Dense layers with a bias, LayerNormalization or Rescaling ({[*LAYERS]}), or override DDPG.policy"
    raise ValueError(f"Policy: the actor's layer {layer.name} is a {kind} that has no copy in NumPy; {cure}.")
