"""Exercises of page 01: next states from a thrifty memory, the uses of a transition, and a test that finds bugs."""

import numpy as np

from ddpg_tf.course.exercises import Exercise, judge


def _flights(lengths, size):
    """A case (states, over, last) of flights of these lengths, every number another one."""
    count = sum(lengths) + len(lengths)
    observations = np.arange(count * size, dtype=np.float64).reshape(count, size) ** 1.5
    after = np.cumsum(np.add(lengths, 1)) - 1  # where the last observation of each flight stands
    over = np.isin(np.arange(count), after - 1)
    rows = ~np.isin(np.arange(count), after)
    return observations[rows], over[rows], observations[after]


def _rebuild(states, over, last):
    next_states = np.roll(states, -1, axis=0)
    next_states[over] = last
    return next_states


def _only_the_last_row(states, over, last):
    return np.append(states[1:], last[-1:], axis=0)


def _one_row_late(states, over, last):
    next_states = _only_the_last_row(states, over, last)
    next_states[np.flatnonzero(over)[:-1] + 1] = last[:-1]
    return next_states


check_rebuild = Exercise(_rebuild, [_flights([3, 2, 4], 2), _flights([1, 5, 1, 1], 3), _flights([4], 1)], [
    (lambda s, over, last: np.roll(s, -1, axis=0), "after the end of a flight the next row starts another one"),
    (_only_the_last_row, "the last flight ends well; the others are still teleported to the start of the next one"),
    (_one_row_late, "one row late: `last` belongs into the row where `over` is true, not into the next"),
    (lambda s, over, last: _rebuild(s, over, s[over]), "at the end the lander does not stand still; use `last`"),
    (lambda s, over, last: _rebuild(s, over, last[::-1]), "the last observations are in the order of the flights"),
    (lambda s, over, last: np.where(over[:, None], _rebuild(s, over, last), s), "s' of the other rows is the next s"),
])  # fmt: skip


check_expected_uses = Exercise(lambda capacity, batch_size, updates_per_step: float(batch_size * updates_per_step), [
    (5_000, 256, 0.5), (1_000, 64, 1), (1_000_000, 64, 1), (200, 32, 4)
], [
    (lambda n, batch, updates: batch / n, "that is one update's share; a transition stays longer"),
    (lambda n, batch, updates: batch * updates / n, "that is one step's share; it stays for many steps"),
    (lambda n, batch, updates: batch * updates * n, "those are all draws in its life; few of them hit it"),
    (lambda n, batch, updates: batch, "right for one update per step; here there are more or fewer"),
    (lambda n, batch, updates: batch / updates, "upside down: more updates mean more draws"),
    (lambda n, batch, updates: updates, "an update draws batch_size transitions, not one"),
    (lambda n, batch, updates: n, "that is how many steps it stays; how often is it drawn in each?"),
    (lambda n, batch, updates: n * (1 - (1 - 1 / n) ** (batch * updates)), "one step may draw it twice"),
])  # fmt: skip


class _Memory:
    """A memory that is right. The other ones differ from it in one method."""

    def __init__(self, capacity, state_size, action_size, seed=None):
        self.capacity, self.added, self.rng = capacity, 0, np.random.default_rng(seed)
        sizes = (state_size,), (action_size,), (), (state_size,), ()
        self.columns = [np.zeros((capacity, *size), np.float32) for size in sizes]

    def __len__(self):
        return min(self.added, self.capacity)

    def add(self, *transition):
        for column, part in zip(self.columns, transition, strict=True):
            column[self.added % self.capacity] = part
        self.added += 1

    def slots(self, batch_size):
        return (self.rng.random(batch_size) * len(self)).astype(int)

    def sample(self, batch_size):
        slots = self.slots(batch_size)
        return [column[slots] for column in self.columns]


def _drawing(slots):
    """A class of memories that draws these slots, a function of memory and batch size."""
    return type("Memory", (_Memory,), {"slots": slots})


def _without_replacement(memory, batch_size):
    orders = [memory.rng.permutation(len(memory)) for _ in range(-(-batch_size // len(memory)))]
    return np.concatenate(orders)[:batch_size]


def _never_the_newest(memory, batch_size):
    return (memory.added + memory.rng.integers(max(len(memory) - 1, 1), size=batch_size)) % len(memory)


class _KeepsTheFirst(_Memory):
    def add(self, *transition):
        if self.added < self.capacity:
            super().add(*transition)


class _MixesRows(_Memory):
    def sample(self, batch_size):
        return [column[self.slots(batch_size)] for column in self.columns]


class _KeepsReferences(_Memory):
    def __init__(self, *sizes, **seed):
        super().__init__(*sizes, **seed)
        self.columns = [[None] * self.capacity for _ in self.columns]

    def sample(self, batch_size):
        slots = self.slots(batch_size)
        return [np.array([column[slot] for slot in slots], np.float32) for column in self.columns]


class _Teleports(_Memory):
    def sample(self, batch_size):
        slots = self.slots(batch_size)
        states, actions, rewards, _, terminated = (column[slots] for column in self.columns)
        return [states, actions, rewards, self.columns[0][(slots + 1) % len(self)], terminated]


_STRICT = "it calls a sound memory broken: Ring with another seed, or without replacement; leave room for chance"
_MILD = "it misses a memory that "

check_is_sound = judge(lambda: [
    ((_Memory,), True, _STRICT),
    ((_drawing(_without_replacement),), True, _STRICT),
    ((_drawing(_never_the_newest),), False, _MILD + "never draws the newest transition"),
    ((_KeepsTheFirst,), False, _MILD + "stores nothing more when it is full"),
    ((_drawing(lambda memory, size: memory.rng.integers(memory.capacity, size=size)),), False,
     _MILD + "draws empty slots while it fills"),
    ((_MixesRows,), False, _MILD + "mixes the parts of different transitions"),
    ((_KeepsReferences,), False, _MILD + "keeps a reference, so that it changes with the array it was given"),
    ((_Teleports,), False, _MILD + "takes the s of the next row for s'"),
    ((_drawing(lambda memory, size: np.random.default_rng(0).integers(len(memory), size=size)),), False,
     _MILD + "draws the same slots in every batch"),
])  # fmt: skip
