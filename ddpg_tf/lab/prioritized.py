"""Prioritized replay memory: transitions with large errors are drawn more often, and weighted down to compensate."""

from collections import namedtuple

import numpy as np

from ddpg_tf.checks import check, check_number
from ddpg_tf.replay import Batch, ReplayMemory
from ddpg_tf.training import Run

SMALLEST = 1e-6  # added to |TD error|: a transition without an error may be drawn again

# A Batch with the importance weights (float32) of the squared errors and the storage indices (int64) of transitions.
PrioritizedBatch = namedtuple("PrioritizedBatch", [*Batch._fields, "weights", "indices"])


class SumTree:
    """Numbers of at least 0 in the leaves of a binary tree whose nodes are the sums of their two children.

    capacity: number of leaves. total: their sum, float64. Node 1 is the root, 2 i and 2 i + 1 the children of node i.
    """

    def __init__(self, capacity):
        self._depth = max(int(capacity) - 1, 0).bit_length()
        self._tree, self.total = np.zeros(2 << self._depth), 0.0

    def get(self, leaves):
        """The numbers in these leaves; any shape."""
        return self._tree[leaves + (1 << self._depth)]

    def set(self, leaves, values):
        """Put numbers into leaves, any shape; if a leaf is named twice, the last number counts."""
        nodes = leaves + (1 << self._depth)
        self._tree[nodes] = values
        for _ in range(self._depth):
            nodes = nodes >> 1  # summed anew, for differences would accumulate rounding errors
            self._tree[nodes] = self._tree[2 * nodes] + self._tree[2 * nodes + 1]
        self.total = float(self._tree[1])

    def find(self, points):
        """The leaf at each point of [0, total] if the leaves lie end to end; never one that holds 0."""
        nodes = np.ones(np.shape(points), np.int64)
        for _ in range(self._depth):
            left = self._tree[2 * nodes]
            right = (points >= left) & (self._tree[2 * nodes + 1] > 0)  # rounding may push a point over the end
            points = points - right * left
            nodes = 2 * nodes + right
        return nodes - (1 << self._depth)


class PrioritizedReplayMemory(ReplayMemory):
    """Ring whose transition i is drawn with probability p_i^alpha / sum of p^alpha. Schaul et al. 2016, Eq. 1.

    alpha: 0 is uniform, 1 proportional to the priorities. beta: exponent of the importance weights (1 / P(i))^beta,
    each divided by the largest of its batch; 1 removes the whole bias, 0 none. A new transition gets the largest
    priority so far, at first 1. Raises ValueError as ReplayMemory, and for alpha or beta outside [0, 1].
    """

    def __init__(self, capacity, state_size, action_size, seed=None, alpha=0.6, beta=1.0):
        super().__init__(capacity, state_size, action_size, seed)
        for name, value in (("alpha", alpha), ("beta", beta)):
            check_number(f"PrioritizedReplayMemory: {name}", value, "a number from 0 to 1", lambda x: 0.0 <= x <= 1.0)
        self.alpha, self.beta = float(alpha), float(beta)
        self._largest = 1.0
        self._sums = SumTree(self.capacity)

    @property
    def probabilities(self):
        """Probability of each transition held to be the next one drawn, float64, shape (len(self),)."""
        return self._sums.get(np.arange(self._size)) / self._sums.total

    def add(self, state, action, reward, next_state, terminated):
        """Store one transition as ReplayMemory does, with the largest priority so far."""
        index = self._position
        super().add(state, action, reward, next_state, terminated)
        self._sums.set(index, self._largest**self.alpha)

    def update_priorities(self, batches, td_errors):
        """Set the priorities |TD error| + 1e-6 of a PrioritizedBatch, before the next `add` may overwrite one of it.

        td_errors: shape of batches.indices. Raises ValueError for other shapes, for errors that are not finite and for
        indices that hold nothing; nothing changes then.
        """
        indices, errors = np.asarray(batches.indices), np.asarray(td_errors, np.float64)
        who = "PrioritizedReplayMemory.update_priorities:"
        if errors.shape != indices.shape or not ((indices >= 0) & (indices < self._size)).all():
            shapes = f"{errors.shape} for indices of shape {indices.shape}"
            raise ValueError(f"{who} errors of shape {shapes}, expected one for each index of a batch drawn from here.")
        check(f"{who} the largest |TD error|", np.abs(errors).max(), "a finite number", lambda x: x < 1e18)
        priorities = np.abs(errors) + SMALLEST
        self._sums.set(indices, priorities**self.alpha)
        self._largest = max(self._largest, float(priorities.max()))

    def _draw(self, shape):
        """Indices of this shape: one from each of shape[-1] equal parts of the sum."""
        parts = np.arange(shape[-1]) + self._rng.random(shape)
        return self._sums.find(parts * (self._sums.total / shape[-1]))

    def _take(self, indices):
        leaves = self._sums.get(indices)
        weights = (leaves.min(axis=-1, keepdims=True) / leaves) ** self.beta  # N and the sum cancel in the quotient
        return PrioritizedBatch(*super()._take(indices), weights.astype(np.float32), indices)

    def get_state(self):
        """All that `set_state` needs, with the leaves of the tree, the largest priority and the exponents."""
        own = {"leaves": self._sums.get(np.arange(self._size)), "largest": self._largest}
        return {**super().get_state(), **own, "exponents": [self.alpha, self.beta]}

    def set_state(self, state):
        """Become the memory that gave this state. Raises ValueError if it does not fit; nothing changes then."""
        leaves, largest, exponents = state["leaves"], state["largest"], [self.alpha, self.beta]
        who = "PrioritizedReplayMemory:"
        check(f"{who} alpha and beta", state["exponents"], f"{exponents}", lambda x: list(x) == exponents)
        check_number(f"{who} the largest priority", largest, "at least 1", lambda x: x >= 1.0)
        if leaves.shape != state["rewards"].shape or not ((leaves > 0) & (leaves < 1e18)).all():
            raise ValueError(f"{who} the leaves are {leaves}, expected {len(state['rewards'])} finite numbers above 0.")
        super().set_state(state)
        self._largest, self._sums = largest, SumTree(self.capacity)
        self._sums.set(np.arange(len(leaves)), leaves)


def prioritized_run(config, seed=0):
    """A Run of these settings with a PrioritizedReplayMemory of alpha 0.6, whose draws are a stream of their own."""
    run = Run(config, seed)
    run.memory = PrioritizedReplayMemory(config.memory_capacity, run.policy.state_size, len(run.low), seed)
    return run
