"""Prioritized replay memory: transitions with large errors are drawn more often, and count less for it."""

import copy
import math
from typing import NamedTuple

import numpy as np

from ddpg_tf.checks import check_number
from ddpg_tf.replay import ReplayMemory


class PrioritizedBatch(NamedTuple):
    """A Batch, and with it what prioritized replay needs. All arrays share their leading axes."""

    states: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    next_states: np.ndarray
    terminals: np.ndarray
    weights: np.ndarray  # importance weights, float32, (batch,) or (n, batch): factors on the squared errors
    slots: np.ndarray  # where the transitions stand: the first argument of `update_priorities`


class SumTree:
    """Numbers of at least 0 in the leaves of a binary tree whose nodes are the sums of their two children.

    capacity: number of leaves. A float64 array holds the tree: the root is node 1, the children of node i are
    2 i and 2 i + 1. `set` and `find` take whole arrays, with as many steps as the tree has levels, O(log capacity).
    """

    def __init__(self, capacity):
        self._depth = max(int(capacity) - 1, 0).bit_length()
        self._tree = np.zeros(2 << self._depth)

    @property
    def nbytes(self):
        """Bytes of the tree."""
        return self._tree.nbytes

    @property
    def total(self):
        """Sum of all leaves."""
        return float(self._tree[1])

    def get(self, leaves):
        """The numbers in these leaves; any shape."""
        return self._tree[leaves + (1 << self._depth)]

    def set(self, leaves, values):
        """Put numbers into leaves; where a leaf is named twice the last one stays.

        Every node above is added up anew from its children: differences would leave a rounding error each.
        """
        nodes = leaves + (1 << self._depth)
        self._tree[nodes] = values
        for _ in range(self._depth):
            nodes = nodes >> 1
            self._tree[nodes] = self._tree[2 * nodes] + self._tree[2 * nodes + 1]

    def find(self, points):
        """The leaf at each point of [0, total], were the leaves laid end to end; never one that holds 0."""
        nodes = np.ones(np.shape(points), np.int64)
        for _ in range(self._depth):
            left = self._tree[2 * nodes]
            right = (points >= left) & (self._tree[2 * nodes + 1] > 0)  # rounding may push a point over the end
            points = points - right * left
            nodes = 2 * nodes + right
        return nodes - (1 << self._depth)


class PrioritizedReplayMemory(ReplayMemory):
    """Ring whose transition i is drawn with probability p_i^alpha / sum of p^alpha. Schaul et al. 2016, Eq. 1.

    capacity, state_size, action_size, seed: as for ReplayMemory. alpha: 0 is uniform, 1 in proportion to the
    priorities (1 / alpha is a temperature). A new transition gets the largest priority that was ever given, 1 at first.
    Raises ValueError for sizes below one and for an alpha outside [0, 1].
    """

    kind = "prioritized replay memory"

    def __init__(self, capacity, state_size, action_size, seed=None, alpha=0.6):
        super().__init__(capacity, state_size, action_size, seed)
        _check_share("alpha", alpha)
        self.alpha = float(alpha)
        self._largest = 1.0
        self._sums = SumTree(self.capacity)

    @property
    def nbytes(self):
        """Bytes of all the arrays and of the tree."""
        return super().nbytes + self._sums.nbytes

    @property
    def probabilities(self):
        """Chance of each transition that is held to be the next one drawn, float64, shape (len(self),)."""
        return self._sums.get(np.arange(self._size)) / self._sums.total

    def add(self, state, action, reward, next_state, terminated):
        """Write one transition over the oldest, as ReplayMemory does, with the largest priority ever given."""
        slot = self._pointer
        super().add(state, action, reward, next_state, terminated)
        self._sums.set(slot, self._largest**self.alpha)

    def sample(self, batch_size, beta=1.0):
        """Draw a PrioritizedBatch of `batch_size` transitions, one from each of `batch_size` equal parts of the sum.

        beta: exponent of the importance weights (1 / P(i))^beta, each divided by the largest of its batch; 1 takes
        the whole bias out, 0 leaves it. Raises ValueError if the memory holds fewer, or for a beta outside [0, 1].
        """
        return self._weighted(self._checked_shape(batch_size=batch_size), beta)

    def sample_many(self, count, batch_size, beta=1.0):
        """Draw `count` batches at once, all with the priorities of now: leading axes (count, batch_size)."""
        return self._weighted(self._checked_shape(count=count, batch_size=batch_size), beta)

    def _weighted(self, shape, beta):
        _check_share("beta", beta)
        parts = np.arange(shape[-1]) + self._rng.random(shape)
        slots = self._sums.find(parts * (self._sums.total / shape[-1]))
        leaves = self._sums.get(slots)
        weights = (leaves.min(axis=-1, keepdims=True) / leaves) ** beta  # N and the sum cancel in the quotient
        drawn = (array.take(slots, axis=0) for array in self._arrays)
        return PrioritizedBatch(*drawn, weights.astype(np.float32), slots)

    def update_priorities(self, slots, priorities):
        """Give the transitions in these slots new priorities, such as |TD error| + 1e-6.

        slots: of the PrioritizedBatch that was drawn. priorities: as many numbers of at least 0, of the same shape; 0
        means never again (unless alpha is 0). Where a slot was drawn twice the last one counts. Call it before the
        next `add`, which may write another transition into a slot. Raises ValueError for shapes that differ, for
        slots that hold nothing, for NaN, negative and infinite priorities, and where all priorities of the memory
        would be 0; nothing changes then.
        """
        slots = _checked_slots(slots, self._size)
        priorities = _checked_priorities(priorities, slots.shape)
        if slots.size == 0:
            return
        before = self._sums.get(slots)
        self._sums.set(slots, priorities**self.alpha)
        if not self._sums.total > 0:
            self._sums.set(slots, before)
            raise ValueError(
                f"PrioritizedReplayMemory.update_priorities: all {self._size} priorities of the memory would be 0, "
                "expected one above 0 at least; add a small number to each, as in |TD error| + 1e-6."
            )
        self._largest = max(self._largest, float(priorities.max()))

    def state(self):
        """All that the memory is, with its priorities, as (header for JSON, arrays by name)."""
        header, arrays = super().state()
        priorities = {"priorities": self._sums.get(np.arange(self._size))}  # with their exponent
        return {**header, "alpha": self.alpha, "largest": self._largest}, {**arrays, **priorities}

    def restore(self, header, arrays):
        """Hold what is in a `state`, and draw on from there. Raises ValueError for one that does not fit here."""
        kept, largest = arrays["priorities"], header["largest"]
        check_number("the largest priority", largest, "a finite number above 0", lambda x: 0 < x < math.inf)
        if header["alpha"] != self.alpha or (kept < 0).any() or (kept.size and not kept.any()):
            raise ValueError(
                f"PrioritizedReplayMemory: alpha is {header['alpha']}, expected {self.alpha}, with priorities of at "
                f"least 0 and one above it; they are from {kept.min(initial=np.inf)} to {kept.max(initial=0)}."
            )
        super().restore(header, arrays)
        self._sums, self._largest = SumTree(self.capacity), largest
        self._sums.set(np.arange(len(kept)), kept)

    def _kinds(self, count):
        return {**super()._kinds(count), "priorities": (np.float64, (count,))}

    def _lottery(self):
        return super()._lottery(), copy.deepcopy(self._sums), self._largest

    def _set_lottery(self, lottery):
        generator, sums, self._largest = lottery
        super()._set_lottery(generator)
        self._sums = copy.deepcopy(sums)

    @classmethod
    def _sized(cls, header, state_size, action_size):
        return cls(header["capacity"], state_size, action_size, alpha=header["alpha"])


def _check_share(name, value):
    check_number(f"PrioritizedReplayMemory: {name}", value, "a number from 0 to 1", lambda x: 0.0 <= x <= 1.0)


def _as_array(name, given, dtype=None):
    """What was given as an array; TypeError where it is none."""
    try:
        return np.asarray(given, dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(
            f"PrioritizedReplayMemory.update_priorities: {name} are {given!r}, expected an array of numbers."
        ) from error


def _checked_slots(slots, size):
    """The slots as an array of whole numbers; ValueError for one that holds no transition."""
    slots = _as_array("slots", slots)
    if slots.size and not np.issubdtype(slots.dtype, np.integer):
        raise ValueError(
            f"PrioritizedReplayMemory.update_priorities: slots are {slots.dtype}, expected whole numbers; "
            "give the `slots` of the batch that was drawn."
        )
    outside = slots[(slots < 0) | (slots >= size)]
    if outside.size:
        raise ValueError(
            f"PrioritizedReplayMemory.update_priorities: slot {outside[0]} holds no transition, expected 0 to "
            f"{size - 1}; give the `slots` of the batch that was drawn."
        )
    return slots.astype(np.int64)


@np.errstate(over="ignore")  # what float32 cannot hold becomes infinity, and is refused as such
def _checked_priorities(priorities, shape):
    """The priorities as float64; ValueError unless they have this shape, are finite and at least 0."""
    priorities = _as_array("priorities", priorities, np.float64)
    if priorities.shape != shape:
        raise ValueError(
            f"PrioritizedReplayMemory.update_priorities: {priorities.shape} priorities for {shape} slots, "
            "expected one for each slot, in the same shape."
        )
    bad = priorities[~((priorities >= 0) & np.isfinite(priorities.astype(np.float32)))]
    if bad.size:
        cure = "give |TD error|, not the TD error" if bad[0] < 0 else "the values have diverged: scale the rewards down"
        raise ValueError(
            f"PrioritizedReplayMemory.update_priorities: a priority is {bad[0]}, expected finite numbers of at least "
            f"0 that float32 can hold; {cure}."
        )
    return priorities
