"""Replay memory: the last transitions in a ring of arrays, sampled uniformly."""

from typing import NamedTuple

import numpy as np

from ddpg_tf.checks import check, check_count


class Batch(NamedTuple):
    """Transitions (s, a, r, s', d), float32 arrays that share their leading axes: (batch, …) or (count, batch, …)."""

    states: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    next_states: np.ndarray
    terminated: np.ndarray  # 1.0 where the episode ended in a terminal state, 0.0 elsewhere
    weights = 1.0  # of the squared errors; not a field: a prioritized memory has one weight per transition


class ReplayMemory:
    """Ring buffer of the last `capacity` transitions, sampled uniformly with replacement. Section 3 of the paper.

    state_size, action_size: numbers per state and per action. seed: int or numpy Generator for the draws.
    Holds capacity * (2 state_size + action_size + 2) float32 numbers (`nbytes`). Raises ValueError for sizes below 1.
    """

    nbytes = property(lambda self: sum(array.nbytes for array in self._arrays), doc="Bytes of all arrays.")

    def __init__(self, capacity, state_size, action_size, seed=None):
        for name, value in (("capacity", capacity), ("state_size", state_size), ("action_size", action_size)):
            check_count(f"ReplayMemory: {name}", value)
        self.capacity = int(capacity)
        self._shapes = [(int(state_size),), (int(action_size),), (), (int(state_size),), ()]
        self._arrays = Batch(*(np.zeros((self.capacity, *shape), np.float32) for shape in self._shapes))
        self._size, self._position = 0, 0  # how many are held, and where the next one is written
        self._rng = np.random.default_rng(seed)

    def __len__(self):
        return self._size

    @property
    def transitions(self):
        """All transitions held, as a Batch of read-only views of shape (len(self), …), in storage order."""
        views = Batch(*(array[: self._size] for array in self._arrays))
        for view in views:
            view.flags.writeable = False
        return views

    def add(self, state, action, reward, next_state, terminated):
        """Store one transition in place of the oldest.

        state, next_state: shape (state_size,); action: shape (action_size,); reward: a number; terminated: True only
        for a terminal state, never for a time limit. Raises TypeError or ValueError for anything else, for NaN and
        for numbers beyond 1e18; nothing is stored then.
        """
        parts = self._checked((state, action, reward, next_state, terminated))
        for array, part in zip(self._arrays, parts):
            array[self._position] = part
        self._position = (self._position + 1) % self.capacity
        self._size = min(self._size + 1, self.capacity)

    def sample(self, batch_size):
        """Draw a Batch of `batch_size` transitions. Raises ValueError if the memory holds fewer."""
        return self._sample((batch_size,))

    def sample_many(self, count, batch_size):
        """Draw `count` batches, with leading axes (count, batch_size). Raises ValueError as `sample` does."""
        check_count("ReplayMemory.sample_many: count", count)
        return self._sample((count, batch_size))

    def _sample(self, shape):
        check_count(f"ReplayMemory.sample: batch_size, of {self._size} transitions held,", shape[-1], self._size)
        return self._take(self._draw(shape))

    def _draw(self, shape):
        """Indices of this shape, uniform over what is held."""
        return self._rng.integers(self._size, size=shape)

    def _take(self, indices):
        return Batch(*(array.take(indices, axis=0) for array in self._arrays))

    @np.errstate(over="ignore")
    def _checked(self, transition):
        """The five parts as float32 arrays, each of its own shape and finite."""
        try:
            parts = [np.asarray(part, np.float32) for part in transition]
        except (TypeError, ValueError, OverflowError) as error:
            raise TypeError(f"ReplayMemory.add: {error}; got {transition!r}, expected numbers and arrays.") from error
        if [part.shape for part in parts] != self._shapes:  # NumPy would broadcast (1,) into a whole state, silently
            given = {name: part.shape for name, part in zip(Batch._fields, parts)}
            raise ValueError(f"ReplayMemory.add: the shapes are {given}, expected {self._shapes} in this order.")
        row = np.concatenate(parts, axis=None)
        if not row.dot(row) < 1e36:  # one product instead of five checks
            raise ValueError(f"ReplayMemory.add: got {transition}, expected finite numbers of at most 1e18 in size.")
        if parts[4] not in (0.0, 1.0):
            raise ValueError(f"ReplayMemory.add: terminated is {transition[4]}, expected True or False.")
        return parts

    def update_priorities(self, batches, td_errors):
        """Nothing to do: every transition keeps the same probability. A prioritized memory overrides this."""

    def get_state(self):
        """All that `set_state` needs: position, generator, and the arrays (as views)."""
        return {"position": self._position, "rng": self._rng.bit_generator.state, **self.transitions._asdict()}

    def set_state(self, state):
        """Become the memory that gave this state. Raises ValueError if it does not fit; nothing changes then."""
        size, position = min(len(state["rewards"]), self.capacity), state["position"]
        expected = [(size, *shape) for shape in self._shapes]
        shapes = [np.shape(state[name]) for name in Batch._fields]
        check("ReplayMemory.set_state: the list of shapes", shapes, expected, lambda shapes: shapes == expected)
        allowed = range(self.capacity) if size == self.capacity else [size]
        check("ReplayMemory.set_state: position", position, f"one of {allowed}", lambda position: position in allowed)
        self._rng.bit_generator.state = state["rng"]
        self._size, self._position = size, position
        for name, array in zip(Batch._fields, self._arrays):
            array[:size] = state[name]
