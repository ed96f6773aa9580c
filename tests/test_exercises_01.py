"""The checkers of notebook 01: they pass the right answer and name the mistake in each wrong one."""

import numpy as np
import pytest

from ddpg_tf.course.exercises.replay_memory import check_expected_uses, check_ring_slots, check_td_target


def by_writing(capacity, added):
    slots = [None] * min(capacity, added)
    for n in range(added):
        slots[n % capacity] = n
    return slots


def by_arithmetic(capacity, added):
    return added - 1 - (added - 1 - np.arange(min(capacity, added))) % capacity


@pytest.mark.parametrize("answer", [by_writing, by_arithmetic])
def test_ring_slots_right(answer, capsys):
    assert check_ring_slots.__wrapped__(answer) is None
    check_ring_slots(answer)
    assert capsys.readouterr().out == f"✓ {answer.__name__} is right\n"


@pytest.mark.parametrize("answer, word", [
    (lambda capacity, added: range(min(capacity, added)), "over the oldest"),
    (lambda capacity, added: range(max(0, added - capacity), added), "order of age"),
    (lambda capacity, added: np.roll(by_writing(capacity, added), 1), "wrong slots"),
    (lambda capacity, added: np.add(by_writing(capacity, added), 1), "off by one"),
    (lambda capacity, added: np.zeros(capacity), "3 slots are in use"),
    (lambda capacity, added: np.full(min(capacity, added), 77), "for 5, 3 you gave [77, 77, 77], expected [0, 1, 2]"),
])  # fmt: skip
def test_ring_slots_wrong(answer, word):
    assert word in check_ring_slots.__wrapped__(answer)


def right_target(r, terminated, truncated, v, gamma):
    return r + gamma * (1 - terminated) * v


def row_by_row(r, terminated, truncated, v, gamma):
    return [a if done else a + gamma * b for a, done, b in zip(r, terminated, v)]


@pytest.mark.parametrize("answer", [right_target, row_by_row])
def test_td_target_right(answer):
    assert check_td_target.__wrapped__(answer) is None


@pytest.mark.parametrize("answer, word", [
    (lambda r, d, t, v, gamma: r + gamma * v, "a crash has no future"),
    (lambda r, d, t, v, gamma: r + gamma * d * v, "inverted"),
    (lambda r, d, t, v, gamma: r + gamma * (1 - (d | t)) * v, "a time limit is no terminal state"),
    (lambda r, d, t, v, gamma: r + gamma * (1 - t) * v, "the wrong flag"),
    (lambda r, d, t, v, gamma: r + gamma * np.where(d & ~t, 0, v), "both crashed and ran out of time"),
    (lambda r, d, t, v, gamma: (1 - d) * (r + gamma * v), "the last reward counts too"),
    (lambda r, d, t, v, gamma: r + (1 - d) * v, "gamma is missing"),
    (lambda r, d, t, v, gamma: r[:, None] + gamma * (1 - d) * v, "shape (4, 4)"),
    (lambda r, d, t, v, gamma: right_target(r, d, t, v, gamma)[:, None], "shape (4, 1)"),
    (lambda r, d, t, v, gamma: r, "expected [10.0, -100.0, 27.5, 100.0]"),
])  # fmt: skip
def test_td_target_wrong(answer, word):
    assert word in check_td_target.__wrapped__(answer)


def test_expected_uses_right():
    assert check_expected_uses.__wrapped__(lambda capacity, batch_size, updates: batch_size * updates) is None


@pytest.mark.parametrize("answer, word", [
    (lambda capacity, batch_size, updates: batch_size / capacity, "one update's share"),
    (lambda capacity, batch_size, updates: batch_size * updates * capacity, "all draws in its life"),
    (lambda capacity, batch_size, updates: batch_size, "more or fewer"),
    (lambda capacity, batch_size, updates: updates, "draws batch_size transitions"),
    (lambda capacity, batch_size, updates: capacity, "how many steps it stays"),
    (lambda capacity, batch_size, updates: 7, "for 5000, 256, 0.5 you gave 7, expected 128.0"),
])  # fmt: skip
def test_expected_uses_wrong(answer, word):
    assert word in check_expected_uses.__wrapped__(answer)


def test_expected_uses_of_one_step_with_several_updates():
    hint = check_expected_uses.__wrapped__(lambda capacity, batch_size, updates: batch_size * updates / capacity)
    assert "one step's share" in hint
