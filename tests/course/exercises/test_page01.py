"""The checker that wants a test: a sound one passes; one that overlooks a bug, or refuses what is right, hears it."""

import numpy as np
import pytest
from scipy.stats import chisquare

from ddpg_tf.course.exercises.page01 import check_is_sound
from ddpg_tf.replay import ReplayMemory


def draw(Memory, added, batch_size=4):
    """4,000 draws from eight slots; transition n, from 1, holds n, n + 0.25 and n + 0.5, in arrays that are reused."""
    memory, state, action, next_state = Memory(8, 2, 1, seed=3), np.zeros(2), np.zeros(1), np.zeros(2)
    for n in range(1, added + 1):
        state[:], action[:], next_state[:] = n, n + 0.25, n + 0.5
        memory.add(state, action, n, next_state, n % 2)
    batches = [memory.sample(batch_size) for _ in range(4_000 // batch_size)]
    return [np.concatenate(parts).reshape(4_000, -1) for parts in zip(*batches)]


def whole(drawn, added):
    states, actions, rewards, next_states, terminated = drawn
    parts = states, actions - 0.25, next_states - 0.5
    return all(np.all(part == rewards) for part in parts) and np.all(terminated == rewards % 2)


def held_alone(drawn, added):
    return np.isin(drawn[2], np.arange(max(added - 8, 0), added) + 1).all()


def fair(drawn, added):
    counts = [np.sum(drawn[2] == n) for n in range(max(added - 8, 0) + 1, added + 1)]
    return chisquare(counts, np.full(len(counts), np.mean(counts))).pvalue > 1e-6


def with_parts(*parts, sizes=(5, 8, 21)):
    def is_sound(Memory):
        return all(part(draw(Memory, added), added) for added in sizes for part in parts)

    return is_sound


def test_a_whole_test_passes(capsys):
    check_is_sound(with_parts(whole, held_alone, fair))
    assert capsys.readouterr().out == "✓ is_sound is right\n"
    assert with_parts(whole, held_alone, fair)(ReplayMemory)


@pytest.mark.parametrize("answer, words", [
    (lambda Memory: True, "misses 7 of 7, among them one that never draws the newest"),
    (with_parts(held_alone, fair), "misses 3 of 7, among them one that mixes the parts"),
    (with_parts(whole, held_alone), "never draws the newest"),
    (with_parts(whole, fair, sizes=(5, 8)), "misses 1 of 7, among them one that stores nothing more"),
    (with_parts(whole, held_alone, fair, sizes=(8, 21)), "misses 1 of 7, among them one that draws empty slots"),
    (lambda Memory: False, "sound memory"),
    (lambda Memory: None, "sound memory"),
    (lambda Memory: draw(Memory, 8)[2][:4, 0].tolist() == [7, 6, 2, 3], "sound memory"),
])  # fmt: skip
def test_a_test_that_is_too_mild_or_too_strict_hears_it(answer, words):
    assert words in check_is_sound.hint(answer)
