"""Replay memory: what was seen, kept in a ring, and drawn at random."""

from typing import NamedTuple

import numpy as np

from ddpg_tf.files import load_arrays, save_arrays


class Batch(NamedTuple):
    """Transitions (s, a, r, s', d) as float32 arrays that share their leading axes: (batch, …) or (n, batch, …)."""

    states: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    next_states: np.ndarray
    terminals: np.ndarray


class ReplayMemory:
    """Ring of the last `capacity` transitions, drawn uniformly with replacement. Lillicrap et al. 2016, section 3.

    state_size, action_size: numbers per state and per action. seed: int or numpy SeedSequence for the draws.
    Holds capacity * (2 state_size + action_size + 2) float32 numbers and nothing else (`nbytes`).
    Raises ValueError for sizes below one.
    """

    def __init__(self, capacity, state_size, action_size, seed=None):
        for name, value in (("capacity", capacity), ("state_size", state_size), ("action_size", action_size)):
            if not (value >= 1 and value % 1 == 0):  # 1e6 is welcome; NaN and infinity fail
                raise ValueError(f"ReplayMemory: {name} is {value}, expected a whole number of at least 1.")
        self.capacity, state_size, action_size = int(capacity), int(state_size), int(action_size)
        self._arrays = Batch(
            states=np.zeros((self.capacity, state_size), np.float32),
            actions=np.zeros((self.capacity, action_size), np.float32),
            rewards=np.zeros(self.capacity, np.float32),
            next_states=np.zeros((self.capacity, state_size), np.float32),
            terminals=np.zeros(self.capacity, np.float32),
        )
        self._shapes = [array.shape[1:] for array in self._arrays]
        self._pointer = 0
        self._size = 0
        self._rng = np.random.default_rng(seed)

    def __len__(self):
        return self._size

    @property
    def nbytes(self):
        """Bytes of all the arrays."""
        return sum(array.nbytes for array in self._arrays)

    @property
    def transitions(self):
        """What the memory holds, as a Batch of read-only views, shape (len(self), …), in the order of the slots."""
        views = Batch(*(array[: self._size] for array in self._arrays))
        for view in views:
            view.flags.writeable = False
        return views

    def add(self, state, action, reward, next_state, terminated):
        """Write one transition over the oldest.

        state, next_state: shape (state_size,); action: shape (action_size,); reward: a number.
        terminated: True only where the episode ended in the world, never where a time limit cut it.
        Raises ValueError for a wrong shape, for NaN and for what float32 cannot hold; nothing is stored then.
        """
        transition = _checked((state, action, reward, next_state, terminated), self._shapes)
        for array, value in zip(self._arrays, transition):
            array[self._pointer] = value
        self._pointer = (self._pointer + 1) % self.capacity
        self._size = min(self._size + 1, self.capacity)

    def sample(self, batch_size):
        """Draw a Batch of `batch_size` transitions, each uniformly from all that are held.

        Raises ValueError if the memory holds fewer than `batch_size`.
        """
        return self._draw((batch_size,))

    def sample_many(self, count, batch_size):
        """Draw `count` batches at once: a Batch with leading axes (count, batch_size), for one compiled call.

        Raises ValueError if the memory holds fewer than `batch_size` or `count` is below one.
        """
        return self._draw((count, batch_size))

    def _draw(self, shape):
        if min(shape) < 1:
            raise ValueError(f"ReplayMemory.sample: asked for {shape}, expected counts of at least 1.")
        if shape[-1] > self._size:
            raise ValueError(
                f"ReplayMemory.sample: asked for a batch of {shape[-1]} from a memory that holds {self._size} "
                f"transitions; add more first, or ask for at most {self._size}."
            )
        slots = self._rng.integers(self._size, size=shape)
        return Batch(*(array.take(slots, axis=0) for array in self._arrays))

    def save(self, path):
        """Write what is held, the place of the pointer and the state of the generator to one .npz file."""
        held = {name: array[: self._size] for name, array in zip(Batch._fields, self._arrays)}
        header = {
            "capacity": self.capacity,
            "pointer": self._pointer,
            "generator": self._rng.bit_generator.state,
        }
        save_arrays(path, "replay memory", header, held)

    @classmethod
    def load(cls, path):
        """Read a memory that draws the same batches as the one that was saved.

        Raises FileNotFoundError or ValueError for a file that is missing, damaged or of another kind.
        """
        header, held = load_arrays(path, "replay memory")
        memory = cls(header["capacity"], held["states"].shape[1], held["actions"].shape[1])
        memory._size = len(held["states"])
        for name, array in zip(Batch._fields, memory._arrays):
            array[: memory._size] = held[name]
        memory._pointer = header["pointer"]
        memory._rng.bit_generator.state = header["generator"]
        return memory


@np.errstate(over="ignore")  # what float32 cannot hold becomes infinity, and is refused as such
def _checked(transition, shapes):
    """The five parts of a transition as float32 arrays; ValueError unless each has its shape and is finite."""
    parts = [np.asarray(part, np.float32) for part in transition]
    if [part.shape for part in parts] != shapes:  # NumPy would broadcast a (1,) into all of a state without a word
        raise ValueError(_wrong_shape(parts, shapes))
    row = np.concatenate(parts, axis=None)
    if not row.dot(row) < np.inf:  # one product instead of five checks; it overflows for numbers above 1e19 too
        _check_finite(parts, transition)
    return parts


def _wrong_shape(parts, shapes):
    triples = zip(Batch._fields, parts, shapes)
    name, given, expected = next((name, part.shape, shape) for name, part, shape in triples if part.shape != shape)
    return f"ReplayMemory.add: {name} of one transition has shape {given}, expected {expected}."


def _check_finite(parts, transition):
    """Raise ValueError for the first part with a NaN or an infinity in it."""
    for name, part, value in zip(Batch._fields, parts, transition):
        if not np.isfinite(part).all():
            raise ValueError(
                f"ReplayMemory.add: {name} of one transition is {value}, expected finite numbers that float32 can hold."
            )
