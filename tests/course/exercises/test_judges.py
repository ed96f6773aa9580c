"""Exercises that ask for a test: a sound one passes; one that overlooks a bug, or refuses what is right, hears it."""

import numpy as np
import pytest
from scipy.stats import chisquare

from ddpg_tf.course.exercises.page01 import check_is_sound
from ddpg_tf.course.exercises.page02 import check_is_ou
from ddpg_tf.course.exercises.page14 import check_looks_far
from ddpg_tf.replay import Batch


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
    return lambda Memory: all(part(draw(Memory, added), added) for added in sizes for part in parts)


def ou_by_its_kicks(x, theta, sigma, first=0, axis=1, error=0.05):
    """Eq. 2 turned around: from `first` on, the kicks are standard normal and independent from step to step."""
    kicks = ((x - (1 - theta) * np.vstack([0 * x[:1], x[:-1]])) / sigma)[first:]
    means, widths, product = kicks.mean(axis), kicks.std(axis), (kicks[1:] * kicks[:-1]).mean()
    return max(np.abs(means).max(), np.abs(widths - 1).max(), abs(product)) < error


def ou_in_one_pool(x, theta, sigma):
    return x[0].std() < 1.5 * sigma and ou_by_its_kicks(x, theta, sigma, axis=None, error=0.2)


def ou_by_its_width(x, theta, sigma):
    wide = sigma * np.sqrt((1 - (1 - theta) ** (2 * np.arange(1, len(x) + 1))) / (theta * (2 - theta)))
    return max(np.abs(x.mean(axis=1) / wide).max(), np.abs(x.std(axis=1) / wide - 1).max()) < 0.05


def looks_far(build, pays=0.7, steps=3, rounds=200):
    """Does the agent take 1 in the last of the steps rather than so much in the first? Each step has its card."""
    low, high = np.float32([0.0]), np.float32([1.0])
    agent, cards, rng = build(steps + 1, low, high, 0), np.eye(steps + 1, dtype=np.float32), np.random.default_rng(0)
    for _ in range(rounds):
        card, u = rng.integers(steps, size=64), rng.random(64)
        now = (card == 0) & (u < 0.5)
        last = card == steps - 1
        rewards, ends = np.where(now, pays, last), (now | last).astype(float)
        agent.learn(Batch(cards[card], u[:, None], rewards, cards[card + 1], ends))
    return agent.act(cards[:1])[0, 0] > 0.5


SOUND = [
    (check_is_sound, with_parts(whole, held_alone, fair)), (check_is_ou, ou_by_its_kicks), (check_looks_far, looks_far),
]  # fmt: skip
WRONG = [  # (checker, wrong answer, a key word of the hint)
    (check_is_sound, lambda Memory: True, "never draws the newest"),
    (check_is_sound, with_parts(held_alone, fair), "mixes the parts"),
    (check_is_sound, with_parts(whole, fair, sizes=(5, 8)), "stores nothing more"),
    (check_is_sound, with_parts(whole, held_alone, fair, sizes=(8, 21)), "draws empty slots"),
    (check_is_sound, lambda Memory: False, "sound memory"),
    (check_is_sound, lambda Memory: draw(Memory, 8)[2][:4, 0].tolist() == [7, 6, 2, 3], "sound memory"),
    (check_is_sound, lambda Memory: None, "expected True or False"),
    (check_is_ou, lambda x, theta, sigma: True, "uniform kicks"),
    (check_is_ou, lambda x, theta, sigma: abs(x.mean(axis=1)).max() < 1e-3, "refuses"),
    (check_is_ou, ou_by_its_width, "without memory"),
    (check_is_ou, lambda x, theta, sigma: ou_by_its_kicks(x, theta, sigma, first=1), "start at zero"),
    (check_is_ou, ou_in_one_pool, "one process"),
    (check_is_ou, lambda x, theta, sigma: x.std(axis=1) < 1, "expected True or False"),
    (check_looks_far, lambda build: True, "discount 0,"),
    (check_looks_far, lambda build: False, "0.99"),
    (check_looks_far, lambda build: looks_far(build, pays=0.95), "0.9:"),
    (check_looks_far, lambda build: looks_far(build, steps=2), "0.64"),
    (check_looks_far, lambda build: looks_far(build, rounds=301), "300 times"),
]


@pytest.mark.parametrize("check, test", SOUND)
def test_a_sound_test_passes(check, test):
    assert check.hint(test) is None


@pytest.mark.parametrize("check, test, word", WRONG)
def test_a_test_that_is_too_mild_or_too_strict_hears_it(check, test, word, capsys):
    check(test)
    out = capsys.readouterr().out
    assert out.startswith("✗") and word in out
