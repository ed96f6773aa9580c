"""Checkers of notebook 01: the slots of the ring, the target at an end, and the uses of a transition."""

import numpy as np

from ddpg_tf.course.exercises import checker


@checker
def check_ring_slots(ring_slots):
    """`ring_slots(capacity, added)`: which transition lies in each slot that is in use."""
    for capacity, added in ((5, 3), (5, 5), (5, 7), (4, 12), (1, 9), (6, 0)):
        given = np.asarray(ring_slots(capacity, added))
        right = added - 1 - (added - 1 - np.arange(min(added, capacity))) % capacity
        if not np.array_equal(given, right):
            return _hint_for_slots(capacity, added, given, right) + _shown((capacity, added), given, right)
    return None


def _hint_for_slots(capacity, added, given, right):
    held = len(right)
    if given.shape != right.shape:
        return f"{held} slots are in use, one per transition that is held; your answer has shape {given.shape}"
    if np.array_equal(given, np.arange(held)):
        return "these are the first transitions; once the ring is full, the newest is written over the oldest"
    if np.array_equal(given, np.arange(added - held, added)):
        return "the right transitions in order of age; in the ring, transition n lies in slot n % capacity"
    if np.array_equal(np.sort(given), np.sort(right)):
        return "the right transitions in the wrong slots; transition 0 lies in slot 0, the next in slot 1"
    if np.array_equal(given - 1, right) or np.array_equal(given + 1, right):
        return "off by one; the first transition has the number 0, the newest added - 1"
    return "a slot holds the newest of all transitions n with n % capacity equal to the slot"


@checker
def check_td_target(td_target):
    """`td_target(rewards, terminated, truncated, next_values, gamma)`: the target of each transition of a batch."""
    rewards, next_values = np.array([1.0, -100.0, 0.5, 100.0]), np.array([10.0, 20.0, 30.0, 40.0])
    terminated, truncated = np.array([False, True, False, True]), np.array([False, False, True, True])
    given = np.asarray(td_target(rewards, terminated, truncated, next_values, 0.9))
    right = rewards + 0.9 * ~terminated * next_values
    if given.shape != right.shape:
        return f"four transitions have four targets, shape (4,); your answer has shape {given.shape}"
    for wrong, hint in _wrong_targets(rewards, terminated, truncated, 0.9 * next_values):
        if np.allclose(given, wrong):
            return hint
    if not np.allclose(given, right):
        arguments = (rewards, terminated, truncated, next_values, 0.9)
        return "the reward, and the discounted next value unless the world ended" + _shown(arguments, given, right)
    return None


def _wrong_targets(rewards, terminated, truncated, future):
    """Targets that have been published, and what is wrong with each. future: gamma times the next values."""
    return (
        (rewards + future, "a crash has no future: where the episode terminated the target is the reward alone"),
        (rewards + terminated * future, "the mask is inverted: the future counts where the world did not end"),
        (
            rewards + ~(terminated | truncated) * future,
            "a time limit is no terminal state: the clock stopped, the world goes on, so the future counts",
        ),
        (rewards + ~truncated * future, "the wrong flag: a time limit has a future, a terminal state has none"),
        (
            rewards + ~(terminated & ~truncated) * future,
            "the last transition both crashed and ran out of time; the crash is what counts",
        ),
        (~terminated * (rewards + future), "the last reward counts too: the mask belongs on the future alone"),
        (rewards + ~terminated * future / 0.9, "the future is not discounted: gamma is missing"),
    )


@checker
def check_expected_uses(expected_uses):
    """`expected_uses(capacity, batch_size, updates_per_step)`: draws of one transition in all its life."""
    for capacity, batch_size, updates in ((5_000, 256, 0.5), (1_000, 64, 1), (1_000_000, 64, 1), (200, 32, 4)):
        given, right = expected_uses(capacity, batch_size, updates), batch_size * updates
        if not np.isclose(given, right):
            hint = _hint_for_uses(capacity, batch_size, updates, given)
            return hint + _shown((capacity, batch_size, updates), given, right)
    return None


def _hint_for_uses(capacity, batch_size, updates, given):
    known = {
        batch_size / capacity: "that is one update's share; a transition stays for many steps",
        batch_size * updates / capacity: "that is one step's share; a transition stays for `capacity` steps",
        batch_size * updates * capacity: "these are all draws in its life; each hits it once in `capacity` times",
        batch_size: "right for one update per step; here there are more or fewer",
        updates: "an update draws batch_size transitions, not one",
        capacity: "that is how many steps it stays; how often is it drawn in each?",
    }
    near = [hint for wrong, hint in known.items() if np.isclose(given, wrong)]
    return near[0] if near else "multiply the draws of one step, the chance of each, and the steps of its life"


def _shown(arguments, given, right):
    """The case that failed, for a reader who wants to try it."""
    shown = ", ".join(f"{np.asarray(argument).tolist()}" for argument in arguments)
    return f" (for {shown} you gave {np.asarray(given).tolist()}, expected {np.asarray(right).tolist()})"
