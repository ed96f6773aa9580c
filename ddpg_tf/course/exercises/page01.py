"""Exercises of page 01: the slots of the ring, the target at an end, and the uses of a transition."""

import numpy as np

from ddpg_tf.course.exercises import Exercise


def _ring_slots(capacity, added):
    return added - 1 - (added - 1 - np.arange(min(added, capacity))) % capacity


def _by_age(capacity, added):
    return np.arange(max(added - capacity, 0), added)


check_ring_slots = Exercise(_ring_slots, [(5, 3), (5, 5), (5, 7), (4, 12), (1, 9), (7, 26), (6, 0)], [
    (lambda n, added: np.arange(min(added, n)), "those are the first; the newest replaces the oldest"),
    (_by_age, "the right transitions in order of age; in the ring, transition n lies in slot n % capacity"),
    (lambda n, added: _by_age(n, added)[::-1], "newest first; in the ring, transition n lies in slot n % capacity"),
    (lambda n, added: np.roll(_ring_slots(n, added), 1), "the wrong slots; transition 0 lies in slot 0"),
    (lambda n, added: _ring_slots(n, added) + 1, "off by one; the newest transition has the number added - 1"),
    (lambda n, added: np.append(_ring_slots(n, added), np.full(max(n - added, 0), -1)), "no entries for empty slots"),
])  # fmt: skip


def _flagged(rewards, next_values, gamma):
    """A case in which the flags take their four combinations in turn."""
    terminated = np.resize([False, True, False, True], len(rewards))
    truncated = np.resize([False, False, True, True], len(rewards))
    return np.array(rewards), terminated, truncated, np.array(next_values), gamma


def _td_target(rewards, terminated, truncated, next_values, gamma):
    return rewards + gamma * ~terminated * next_values


check_td_target = Exercise(_td_target, [
    _flagged([1.0, -100.0, 0.5, 100.0], [10.0, 20.0, 30.0, 40.0], 0.9),
    _flagged([2.0, -3.0, 4.0, 7.0, -1.0, 6.0, 0.0], [-8.0, 5.0, 9.0, 1.0, 3.0, -2.0, 4.0], 0.5),
], [
    (lambda r, d, cut, v, gamma: r + gamma * v, "a crash has no future: its target is the reward alone"),
    (lambda r, d, cut, v, gamma: r + gamma * d * v, "the mask is inverted: the future counts unless it terminated"),
    (lambda r, d, cut, v, gamma: r + gamma * ~(d | cut) * v, "a time limit is not terminal: the future counts"),
    (lambda r, d, cut, v, gamma: r + gamma * ~cut * v, "the wrong flag: a time limit has a future, a crash has none"),
    (lambda r, d, cut, v, gamma: r + gamma * ~(d & ~cut) * v, "with both flags set, the crash counts"),
    (lambda r, d, cut, v, gamma: ~d * (r + gamma * v), "the last reward counts too: mask the future alone"),
    (lambda r, d, cut, v, gamma: r + ~d * v, "the future is not discounted: gamma is missing"),
    (lambda r, d, cut, v, gamma: gamma * ~d * v, "the reward of the step itself is missing"),
    (lambda r, d, cut, v, gamma: gamma * (r + ~d * v), "the reward comes now: gamma belongs on the future alone"),
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
