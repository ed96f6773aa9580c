"""The policy: the actor's weights in three matrix products of NumPy. It acts, is saved, shipped and shown."""

import numpy as np

from ddpg_tf.lab.files import check_arrays, damage_named, load_arrays, save_arrays


class Policy:
    """mu(s) without TensorFlow: a call takes microseconds, not the third of a millisecond of a graph.

    weights: [kernel, bias, kernel, bias, …] as in `actor.trainable_variables`, float32.
    low, high: bounds of the actions, shape (action_size,). Raises ValueError where the shapes do not fit together.
    """

    def __init__(self, weights, low, high):
        self.weights = [np.array(w, np.float32) for w in weights]
        self.low, self.high = np.asarray(low, np.float32), np.asarray(high, np.float32)
        _check_shapes(self.weights, self.low, self.high)
        self._half, self._middle = (self.high - self.low) / 2, (self.high + self.low) / 2
        self._layers = list(zip(self.weights[::2], self.weights[1::2]))

    @property
    def state_size(self):
        """Numbers per state."""
        return len(self.weights[0])

    def __call__(self, states):
        """Actions for states of shape (state_size,) or (batch, state_size), float32, within [low, high]."""
        x = states
        for kernel, bias in self._layers[:-1]:
            x = np.maximum(x @ kernel + bias, 0.0)
        kernel, bias = self._layers[-1]
        return self._half * np.tanh(x @ kernel + bias) + self._middle

    def save(self, path):
        """Write the weights and the bounds to one .npz file without pickles."""
        weights = {f"weight{i}": weight for i, weight in enumerate(self.weights)}
        save_arrays(path, "policy", {}, {"low": self.low, "high": self.high, **weights})

    @classmethod
    def load(cls, path):
        """Read a policy that `save` wrote.

        Raises FileNotFoundError, or ValueError for a file that is damaged or holds something else.
        """
        _, arrays = load_arrays(path, "policy")
        with damage_named(path, "policy"):
            check_arrays(arrays, {name: (np.float32, array.shape) for name, array in arrays.items()})
            low, high = arrays.pop("low"), arrays.pop("high")
            return cls([arrays[f"weight{i}"] for i in range(len(arrays))], low, high)


def _check_shapes(weights, low, high):
    if len(weights) < 2 or len(weights) % 2:
        raise ValueError(f"Policy: {len(weights)} weight arrays, expected pairs of a kernel and a bias.")
    kernels, biases = weights[::2], weights[1::2]
    widths = [kernels[0].shape[:1], *(bias.shape for bias in biases)]  # whole shapes: a column is no bias
    expected = [f + units for f, units in zip(widths, widths[1:])]
    vectors = all(len(width) == 1 for width in widths) and low.shape == high.shape == widths[-1]
    if not vectors or [kernel.shape for kernel in kernels] != expected:
        raise ValueError(
            f"Policy: kernels {[k.shape for k in kernels]}, biases {[b.shape for b in biases]} and bounds "
            f"{low.shape}, {high.shape} do not fit together."
        )
