"""Replay memory: what was seen, kept in a ring, and drawn at random."""

from typing import NamedTuple

import numpy as np

from ddpg_tf.checks import check_count
from ddpg_tf.lab.files import check_arrays, damage_named, load_arrays, save_arrays
from ddpg_tf.lab.generators import generator_at, generator_state


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

    kind = "replay memory"

    def __init__(self, capacity, state_size, action_size, seed=None):
        for name, value in (("capacity", capacity), ("state_size", state_size), ("action_size", action_size)):
            check_count(f"ReplayMemory: {name}", value)
        self.capacity = int(capacity)
        self._arrays = _empty(self.capacity, int(state_size), int(action_size))
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
        return self._draw(self._checked_shape(batch_size=batch_size))

    def sample_many(self, count, batch_size):
        """Draw `count` batches at once: a Batch with leading axes (count, batch_size), for one compiled call.

        Raises ValueError if the memory holds fewer than `batch_size` or `count` is below one.
        """
        return self._draw(self._checked_shape(count=count, batch_size=batch_size))

    def _draw(self, shape):
        slots = self._rng.integers(self._size, size=shape)
        return Batch(*(array.take(slots, axis=0) for array in self._arrays))

    def _checked_shape(self, **sizes):
        """The sizes as a tuple; ValueError or TypeError unless so many batches of so many transitions can be drawn."""
        who = f"{type(self).__name__}.sample"
        for name, value in sizes.items():
            check_count(f"{who}: {name}", value)
        if sizes["batch_size"] > self._size:
            raise ValueError(
                f"{who}: asked for a batch of {sizes['batch_size']} from a memory that holds {self._size} "
                f"transitions; add more first, or ask for at most {self._size}."
            )
        return tuple(map(int, sizes.values()))

    def state(self):
        """All that the memory is, as (header for JSON, arrays by name); the arrays are views."""
        header = {"capacity": self.capacity, "pointer": self._pointer, "generator": generator_state(self._rng)}
        return header, self.transitions._asdict()

    def restore(self, header, arrays):
        """Hold what is in a `state`, and draw on from there. Raises ValueError for one that does not fit here."""
        count, pointer = len(arrays["rewards"]), header["pointer"]
        check_arrays(arrays, self._kinds(count))
        if (
            header["capacity"] != self.capacity
            or count > self.capacity
            or type(pointer) is not int
            or pointer not in _pointers(count, self.capacity)
        ):
            raise ValueError(
                f"ReplayMemory: {count} transitions with the pointer at {pointer} in a memory of {header['capacity']} "
                f"do not fit one of {self.capacity}."
            )
        self._rng = generator_at(header["generator"])
        self._size, self._pointer = count, pointer
        for name, array in zip(Batch._fields, self._arrays):
            array[:count] = arrays[name]

    def _kinds(self, count):
        """The type and shape of each array of a `state` with so many transitions."""
        return {name: (np.float32, (count, *shape)) for name, shape in zip(Batch._fields, self._shapes)}

    def _lottery(self):
        """What the next draws depend on, besides which transitions are held; a copy."""
        return generator_state(self._rng)

    def _set_lottery(self, lottery):
        """Draw on from a `_lottery`."""
        self._rng = generator_at(lottery)

    def save(self, path):
        """Write what is held, the place of the pointer and the state of the generator to one .npz file."""
        save_arrays(path, self.kind, *self.state())

    @classmethod
    def load(cls, path):
        """Read a memory that draws the same batches as the one that was saved.

        Raises FileNotFoundError or ValueError for a file that is missing, damaged or of another kind.
        """
        header, arrays = load_arrays(path, cls.kind)
        with damage_named(path, cls.kind):
            memory = cls._sized(header, arrays["states"].shape[1], arrays["actions"].shape[1])
            memory.restore(header, arrays)
        return memory

    @classmethod
    def _sized(cls, header, state_size, action_size):
        """An empty memory for what is in a file."""
        return cls(header["capacity"], state_size, action_size)


class Mark:
    """A memory as it was when the mark was last moved; `rewind` makes it so again, even if the ring came round since.

    Holds a second copy of the transitions, so it doubles the memory's bytes.
    """

    def __init__(self, memory):
        self._memory = memory
        self._copy = Batch(*(np.empty_like(array) for array in memory._arrays))
        self._pointer = 0
        self.move(len(memory))

    def move(self, added):
        """Mark the memory as it is now, at the price of the transitions `added` since the last move."""
        memory = self._memory
        slots = (memory._pointer - 1 - np.arange(min(added, memory.capacity))) % memory.capacity
        for copy, array in zip(self._copy, memory._arrays):
            copy[slots] = array[slots]
        self._size, self._pointer, self._lottery = len(memory), memory._pointer, memory._lottery()

    def rewind(self):
        """Bring the memory back to the mark."""
        memory = self._memory
        for copy, array in zip(self._copy, memory._arrays):
            array[: self._size] = copy[: self._size]
        memory._size, memory._pointer = self._size, self._pointer
        memory._set_lottery(self._lottery)


def _pointers(count, capacity):
    """Where the pointer may be in a memory that holds `count` transitions."""
    return range(capacity) if count == capacity else [count]


def _empty(capacity, state_size, action_size):
    """The arrays of an empty memory; ValueError where the machine has no room for them."""
    sizes = {"states": (state_size,), "actions": (action_size,), "next_states": (state_size,)}
    shapes = [(capacity, *sizes.get(name, ())) for name in Batch._fields]
    try:
        return Batch(*(np.zeros(shape, np.float32) for shape in shapes))
    except (MemoryError, ValueError) as error:  # NumPy has two ways to say so
        raise ValueError(
            f"ReplayMemory: capacity is {capacity}, for states of {state_size} and actions of {action_size} numbers, "
            f"expected what the machine has room for: {error}"
        ) from error


@np.errstate(over="ignore")  # what float32 cannot hold becomes infinity, and is refused as such
def _checked(transition, shapes):
    """The five parts of a transition as float32 arrays; ValueError unless each has its shape and is finite."""
    parts = _as_arrays(transition)
    if [part.shape for part in parts] != shapes:  # NumPy would broadcast a (1,) into all of a state without a word
        raise ValueError(_wrong_shape(parts, shapes))
    row = np.concatenate(parts, axis=None)
    if not row.dot(row) < np.inf:  # one product instead of five checks; it overflows for numbers above 1e19 too
        _check_finite(parts, transition)
    return parts


def _as_arrays(transition):
    try:
        return [np.asarray(part, np.float32) for part in transition]
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(
            f"ReplayMemory.add: {error}; got {transition!r}, expected numbers and arrays of them."
        ) from error


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
