"""The replay memory against a plain deque, its draws against chance, its state, and what it refuses."""

import collections
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ddpg_tf.replay import Batch, ReplayMemory

STATE_SIZE, ACTION_SIZE = 3, 2
UNLIKELY = 1e-4  # a fair sampler fails such a test once in ten thousand seeds

numbers = st.floats(-(2**50), 2**50, width=32)
states = st.tuples(*[numbers] * STATE_SIZE)
actions = st.tuples(*[numbers] * ACTION_SIZE)
transitions = st.tuples(states, actions, numbers, states, st.booleans())


def transition(n):
    """A transition whose every number tells that it is the n-th; each second one is terminal."""
    state, next_state = np.full(STATE_SIZE, n), np.full(STATE_SIZE, n + 1)
    return state, np.full(ACTION_SIZE, n + 0.25), n + 0.5, next_state, n % 2 == 1


def filled(capacity, added, seed=0):
    memory = ReplayMemory(capacity, STATE_SIZE, ACTION_SIZE, seed)
    for n in range(added):
        memory.add(*transition(n))
    return memory


def rows(batch):
    """The transitions of a batch as tuples of plain numbers."""
    columns = [array.reshape(len(array), math.prod(array.shape[1:])) for array in batch]
    return [tuple(row) for row in np.concatenate(columns, axis=1).tolist()]


def as_row(transition):
    state, action, reward, next_state, terminated = transition
    return (*state, *action, reward, *next_state, float(terminated))


def equal(one, other):
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(one, other, strict=True))


@given(capacity=st.integers(1, 7), added=st.lists(transitions, max_size=20))
def test_it_holds_what_a_deque_of_its_capacity_holds_and_draws_nothing_else(capacity, added):
    memory, model = ReplayMemory(capacity, STATE_SIZE, ACTION_SIZE, 0), collections.deque(maxlen=capacity)
    for one in added:
        memory.add(*one)
        model.append(as_row(one))
    assert len(memory) == len(model)
    first = len(added) - len(model)  # number of the oldest transition that is held
    by_index = sorted(enumerate(model, first), key=lambda numbered: numbered[0] % capacity)
    assert rows(memory.transitions) == [row for _, row in by_index]
    if added:
        batches = [memory.sample(len(memory)), *map(Batch._make, zip(*memory.sample_many(3, len(memory))))]
        assert {row for batch in batches for row in rows(batch)} <= set(model)


@pytest.mark.parametrize("added", [7, 10, 23])
def test_every_transition_is_drawn_equally_often(added):
    memory = filled(capacity=10, added=added)
    drawn = memory.sample_many(20_000, 5).rewards.ravel()
    held, counts = np.unique(drawn, return_counts=True)
    assert held.tolist() == [n + 0.5 for n in range(max(0, added - 10), added)]
    assert stats.chisquare(counts).pvalue > UNLIKELY


def test_draws_are_independent_and_with_replacement():
    drawn = filled(capacity=4, added=4).sample_many(10_000, 4).rewards.astype(int)
    pairs = np.zeros((4, 4))
    np.add.at(pairs, (drawn[:, :-1].ravel(), drawn[:, 1:].ravel()), 1)
    assert stats.chisquare(pairs.ravel()).pvalue > UNLIKELY  # without replacement the diagonal would be zero


def test_a_batch_has_its_leading_axes_and_is_float32_throughout():
    memory, tails = filled(capacity=8, added=9), [(STATE_SIZE,), (ACTION_SIZE,), (), (STATE_SIZE,), ()]
    for batch, leading in ((memory.sample(6), (6,)), (memory.sample_many(4, 6), (4, 6))):
        assert [array.shape for array in batch] == [leading + tail for tail in tails]
        assert {array.dtype for array in batch} == {np.dtype(np.float32)}
    assert memory.nbytes == 4 * 8 * (2 * STATE_SIZE + ACTION_SIZE + 2)


def test_a_batch_is_a_copy_and_the_transitions_are_read_only():
    memory = filled(capacity=5, added=5)
    before = Batch(*(array.copy() for array in memory.transitions))
    for array in memory.sample(5):
        array[:] = -1
    for view in memory.transitions:
        with pytest.raises(ValueError, match="read-only"):
            view[:] = -1
    assert equal(memory.transitions, before)
    memory.add(*transition(5))  # the views that were handed out do not lock the memory
    assert memory.transitions.rewards[0] == 5.5


def test_one_seed_draws_the_same_batches_and_another_does_not():
    memory, twin, other = filled(50, 60, seed=7), filled(50, 60, seed=np.random.default_rng(7)), filled(50, 60, seed=8)
    assert equal(memory.sample_many(3, 20), twin.sample_many(3, 20))
    assert not equal(memory.sample(20), other.sample(20))


@pytest.mark.parametrize("added", [0, 1, 4, 5, 13])
def test_a_memory_with_the_state_of_another_goes_on_like_it(added):
    memory, copy = filled(capacity=5, added=added), filled(capacity=5, added=3, seed=1)
    if added:
        memory.sample(1)  # the state of the generator must travel too, not the seed
    copy.set_state(memory.get_state())
    for n in range(added, added + 8):
        for one in (copy, memory):
            one.add(*transition(n))
        assert equal(copy.transitions, memory.transitions)
        assert equal(copy.sample_many(2, len(memory)), memory.sample_many(2, len(memory)))


@pytest.mark.parametrize("other", [
    filled(capacity=6, added=6).get_state(),  # more than there is room for
    filled(capacity=9, added=6).get_state(),
    filled(capacity=5, added=3).get_state() | {"position": 2},  # the next add would overwrite the last
    filled(capacity=5, added=7).get_state() | {"position": 5},
    filled(capacity=5, added=7).get_state() | {"states": np.zeros((5, 1))},  # would broadcast
    filled(capacity=5, added=7).get_state() | {"actions": np.zeros((5, ACTION_SIZE + 1))},
])  # fmt: skip
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(other):
    memory, twin = filled(capacity=5, added=8), filled(capacity=5, added=8)
    with pytest.raises(ValueError, match="ReplayMemory"):
        memory.set_state(other)
    assert equal(memory.sample(5), twin.sample(5))
    memory.add(*transition(8)), twin.add(*transition(8))
    assert equal(memory.transitions, twin.transitions)


GOOD = [np.zeros(STATE_SIZE), np.zeros(ACTION_SIZE), 0.0, np.zeros(STATE_SIZE), False]


@pytest.mark.parametrize("place, value", [
    (0, np.zeros(1)), (0, 0.0), (0, np.zeros((1, STATE_SIZE))), (0, np.zeros(STATE_SIZE + 1)),  # NumPy would broadcast
    (1, np.zeros(1)), (1, np.zeros((ACTION_SIZE, 1))), (2, np.zeros(1)), (3, np.zeros(1)), (4, np.zeros(1)),
    (0, np.array([math.inf, -math.inf, 0.0])),  # opposite infinities do not hide each other
    (1, np.array([0.0, -1e19])), (2, math.nan), (2, -math.inf), (3, np.full(3, math.nan)), (3, np.full(3, 1e39)),
    (4, 7), (4, 0.5), (4, math.nan), (2, "much"), (2, None), (0, [[1], [1, 2]]), (2, 10**400),
])  # fmt: skip
def test_what_is_no_transition_is_refused_and_leaves_no_trace(place, value):
    memory, twin = filled(capacity=5, added=7), filled(capacity=5, added=7)
    with pytest.raises((ValueError, TypeError), match="ReplayMemory.add: .*expected"):
        memory.add(*GOOD[:place], value, *GOOD[place + 1 :])
    memory.add(*transition(7)), twin.add(*transition(7))
    assert equal(memory.transitions, twin.transitions)
    assert equal(memory.sample(5), twin.sample(5))


@pytest.mark.parametrize("size", [0, -1, 2.5, 13])
def test_batches_of_no_transition_or_of_more_than_there_are_are_refused(size):
    memory = filled(capacity=20, added=12)
    for draw in (lambda: memory.sample(size), lambda: memory.sample_many(2, size)):
        with pytest.raises(ValueError, match=f"batch_size, of 12 transitions held, is {size}, expected a whole number"):
            draw()
    with pytest.raises(ValueError, match="sample_many: count is 0, expected a whole number"):
        memory.sample_many(0, 3)
    assert len(memory.sample(12).rewards) == 12


@pytest.mark.parametrize("bad", [0, -1, 1.5, math.nan, math.inf, 2**62, True, "5", None])
@pytest.mark.parametrize("name", ["capacity", "state_size", "action_size"])
def test_bad_sizes_are_refused(name, bad):
    sizes = {"capacity": 5, "state_size": STATE_SIZE, "action_size": ACTION_SIZE} | {name: bad}
    with pytest.raises((ValueError, TypeError), match=f"ReplayMemory: {name} is .*{bad}.*, expected a whole number"):
        ReplayMemory(**sizes)
