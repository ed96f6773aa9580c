"""The replay memory against a plain deque, its draws against chance, its refusals and its files."""

import collections
import math

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from scipy import stats

from ddpg_tf.replay import Batch, ReplayMemory

STATE_SIZE, ACTION_SIZE = 3, 2
UNLIKELY = 1e-4  # a fair sampler fails such a test once in ten thousand seeds

numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)
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


class MemoryAgainstDeque(RuleBasedStateMachine):
    """Any sequence of calls leaves the memory with what a deque of the same length holds."""

    @initialize(capacity=st.integers(1, 7), seed=st.integers(0, 2**32))
    def start(self, capacity, seed):
        self.capacity = capacity
        self.memory = ReplayMemory(capacity, STATE_SIZE, ACTION_SIZE, seed)
        self.model, self.added = collections.deque(maxlen=capacity), 0

    @rule(transition=transitions)
    def add(self, transition):
        self.memory.add(*transition)
        self.model.append(as_row(transition))
        self.added += 1

    @rule(transition=transitions, field=st.integers(0, 4), bad=st.sampled_from([math.nan, math.inf, -1e39]))
    def refuse(self, transition, field, bad):
        broken = list(transition)
        broken[field] = bad if np.ndim(broken[field]) == 0 else (*broken[field][1:], bad)
        with pytest.raises(ValueError):
            self.memory.add(*broken)

    @precondition(lambda self: self.added)
    @rule(data=st.data())
    def sample(self, data):
        batch_size = data.draw(st.integers(1, len(self.model)))
        batch = self.memory.sample(batch_size)
        assert len(batch.rewards) == batch_size
        assert set(rows(batch)) <= set(self.model)

    @precondition(lambda self: self.added)
    @rule(count=st.integers(1, 3), data=st.data())
    def sample_many(self, count, data):
        batch_size = data.draw(st.integers(1, len(self.model)))
        batches = self.memory.sample_many(count, batch_size)
        assert batches.rewards.shape == (count, batch_size)
        drawn = {row for i in range(count) for row in rows(Batch(*(array[i] for array in batches)))}
        assert drawn <= set(self.model)

    @invariant()
    def same_length_and_content(self):
        assert len(self.memory) == len(self.model)
        first = self.added - len(self.model)  # number of the oldest transition that is held
        by_slot = sorted(enumerate(self.model, first), key=lambda numbered: numbered[0] % self.capacity)
        assert rows(self.memory.transitions) == [row for _, row in by_slot]


TestMemoryAgainstDeque = MemoryAgainstDeque.TestCase
TestMemoryAgainstDeque.settings = settings(max_examples=50, stateful_step_count=20)


@pytest.mark.parametrize("added", [7, 10, 23])
def test_every_slot_is_drawn_equally_often(added):
    memory = filled(capacity=10, added=added)
    drawn = memory.sample_many(20_000, 5).rewards.ravel()
    held, counts = np.unique(drawn, return_counts=True)
    assert held.tolist() == [n + 0.5 for n in range(max(0, added - 10), added)]
    assert stats.chisquare(counts).pvalue > UNLIKELY


def test_a_draw_knows_nothing_of_the_one_before():
    drawn = filled(capacity=4, added=4).sample_many(10_000, 4).rewards.astype(int)
    pairs = np.zeros((4, 4))
    np.add.at(pairs, (drawn[:, :-1].ravel(), drawn[:, 1:].ravel()), 1)
    assert stats.chisquare(pairs.ravel()).pvalue > UNLIKELY


def test_draws_are_with_replacement():
    batches = filled(capacity=10, added=10).sample_many(10_000, 10).rewards
    distinct = np.array([len(set(batch)) for batch in batches.tolist()])
    expected = 10 * (1 - 0.9**10)  # each of 10 is missing from a batch of 10 with probability 0.9^10
    assert abs(distinct.mean() - expected) < 4 * distinct.std() / 100  # 4 standard errors of 10,000 batches


def test_the_parts_of_a_transition_stay_together():
    batch = filled(capacity=50, added=77).sample(50)
    n = batch.rewards - 0.5
    assert np.array_equal(batch.states, np.repeat(n[:, None], STATE_SIZE, axis=1))
    assert np.array_equal(batch.actions, np.repeat(n[:, None] + 0.25, ACTION_SIZE, axis=1))
    assert np.array_equal(batch.next_states, batch.states + 1)
    assert np.array_equal(batch.terminals, n % 2)


@pytest.mark.parametrize("leading", [(6,), (4, 6)])
def test_shapes_and_types(leading):
    memory = filled(capacity=8, added=9)
    batch = memory.sample(*leading) if len(leading) == 1 else memory.sample_many(*leading)
    assert isinstance(batch, Batch)
    ends = {"states": (STATE_SIZE,), "actions": (ACTION_SIZE,), "next_states": (STATE_SIZE,)}
    assert {name: array.shape for name, array in batch._asdict().items()} == {
        name: leading + ends.get(name, ()) for name in Batch._fields
    }
    assert {array.dtype for array in batch} == {np.dtype(np.float32)}


@pytest.mark.parametrize("capacity, state_size, action_size", [(1, 1, 1), (1000, 8, 2), (123, 3, 1)])
def test_nbytes_are_exactly_the_arrays(capacity, state_size, action_size):
    memory = ReplayMemory(capacity, state_size, action_size)
    assert memory.nbytes == 4 * capacity * (2 * state_size + action_size + 2)


def test_a_whole_float_is_a_capacity():
    assert ReplayMemory(1e3, 8, 2).nbytes == ReplayMemory(1000, 8, 2).nbytes


def test_add_copies():
    memory = ReplayMemory(5, STATE_SIZE, ACTION_SIZE)
    state = np.zeros(STATE_SIZE, np.float32)
    memory.add(state, np.zeros(ACTION_SIZE), 0.0, state, False)
    state += 1  # as an environment does that steps in place
    assert not memory.transitions.states.any() and not memory.transitions.next_states.any()


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
    memory, twin, other = filled(50, 60, seed=7), filled(50, 60, seed=7), filled(50, 60, seed=8)
    first = memory.sample(20)
    assert equal(first, twin.sample(20))
    assert not equal(first, other.sample(20))
    assert equal(memory.sample_many(3, 20), twin.sample_many(3, 20))


def test_a_seed_sequence_is_a_seed():
    memory, twin = (filled(50, 50, seed=np.random.SeedSequence(3).spawn(2)[1]) for _ in range(2))
    assert equal(memory.sample(20), twin.sample(20))


GOOD = {
    "states": np.zeros(STATE_SIZE),
    "actions": np.zeros(ACTION_SIZE),
    "rewards": 0.0,
    "next_states": np.zeros(STATE_SIZE),
    "terminals": False,
}
WRONG_SHAPES = [
    ("states", np.zeros(1)),  # NumPy would broadcast it over the state
    ("states", 0.0),
    ("states", np.zeros((1, STATE_SIZE))),
    ("states", np.zeros(STATE_SIZE + 1)),
    ("actions", np.zeros(1)),
    ("actions", np.zeros((ACTION_SIZE, 1))),
    ("rewards", np.zeros(1)),
    ("rewards", np.zeros((1, 1))),
    ("next_states", np.zeros(1)),
    ("terminals", np.zeros(1)),
]


def assert_refused(field, value, word):
    """An add with this value fails with the word and the name of the field, and leaves no trace."""
    memory, twin = filled(capacity=5, added=7), filled(capacity=5, added=7)
    with pytest.raises(ValueError, match=f"ReplayMemory.add: {field} .*{word}"):
        memory.add(*(GOOD | {field: value}).values())
    assert equal(memory.transitions, twin.transitions)
    for one in (memory, twin):
        one.add(*transition(7))
    assert equal(memory.transitions, twin.transitions)
    assert equal(memory.sample(5), twin.sample(5))


@pytest.mark.parametrize("field, value", WRONG_SHAPES)
def test_a_wrong_shape_is_refused(field, value):
    assert_refused(field, value, "shape")


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e39, -1e300])
@pytest.mark.parametrize("field", Batch._fields)
def test_what_float32_cannot_hold_is_refused(field, bad):
    value = np.array(GOOD[field], float)
    value[(-1,) * value.ndim] = bad
    assert_refused(field, value, "expected finite numbers")


def test_opposite_infinities_do_not_hide_each_other():
    assert_refused("states", np.array([math.inf, -math.inf, 0.0]), "expected finite numbers")


def test_the_largest_float32_is_kept():
    memory = ReplayMemory(1, STATE_SIZE, ACTION_SIZE)
    largest = np.finfo(np.float32).max
    memory.add(*(GOOD | {"rewards": -largest}).values())
    assert memory.transitions.rewards[0] == -largest


def test_a_batch_larger_than_the_memory_is_refused():
    memory = filled(capacity=20, added=12)
    message = "a batch of 64 from a memory that holds 12 transitions; add more first, or ask for at most 12."
    for draw in (lambda: memory.sample(64), lambda: memory.sample_many(2, 64)):
        with pytest.raises(ValueError, match=message):
            draw()
    assert len(memory.sample(12).rewards) == 12


def test_an_empty_memory_has_nothing_to_draw():
    with pytest.raises(ValueError, match="holds 0 transitions"):
        ReplayMemory(5, STATE_SIZE, ACTION_SIZE).sample(1)


@pytest.mark.parametrize("sizes", [(0,), (-1,), (0, 3), (3, 0), (-1, 3)])
def test_counts_below_one_are_refused(sizes):
    memory = filled(capacity=5, added=5)
    with pytest.raises(ValueError, match="at least 1"):
        memory.sample(*sizes) if len(sizes) == 1 else memory.sample_many(*sizes)


@pytest.mark.parametrize("bad", [0, -1, 1.5, math.nan, math.inf])
@pytest.mark.parametrize("name", ["capacity", "state_size", "action_size"])
def test_bad_sizes_are_refused(name, bad):
    sizes = {"capacity": 5, "state_size": STATE_SIZE, "action_size": ACTION_SIZE} | {name: bad}
    with pytest.raises(ValueError, match=f"ReplayMemory: {name} is {bad}, expected a whole number"):
        ReplayMemory(**sizes)


@pytest.mark.parametrize("added", [1, 4, 5, 13])
def test_a_loaded_memory_goes_on_like_the_saved_one(tmp_path, added):
    memory = filled(capacity=5, added=added)
    memory.sample(1)  # the state of the generator must travel too, not the seed
    memory.save(tmp_path / "memory.npz")
    loaded = ReplayMemory.load(tmp_path / "memory.npz")
    assert loaded.nbytes == memory.nbytes and loaded.capacity == memory.capacity
    for n in range(added, added + 8):
        assert equal(loaded.transitions, memory.transitions)
        assert equal(loaded.sample(1), memory.sample(1))
        assert equal(loaded.sample_many(2, len(memory)), memory.sample_many(2, len(memory)))
        for one in (loaded, memory):
            one.add(*transition(n))


def test_an_empty_memory_can_be_saved(tmp_path):
    ReplayMemory(5, STATE_SIZE, ACTION_SIZE).save(tmp_path / "memory.npz")
    loaded = ReplayMemory.load(tmp_path / "memory.npz")
    assert len(loaded) == 0
    loaded.add(*transition(0))
    assert len(loaded) == 1


def test_a_file_holds_what_the_memory_holds_not_its_capacity(tmp_path):
    filled(capacity=100_000, added=10).save(tmp_path / "memory.npz")
    assert (tmp_path / "memory.npz").stat().st_size < 10_000  # the full arrays would be 4 MB


def test_no_memory_is_loaded_from_nowhere(tmp_path):
    with pytest.raises(FileNotFoundError, match="no replay memory at .*memory.npz"):
        ReplayMemory.load(tmp_path / "memory.npz")


def test_a_damaged_memory_is_not_loaded(tmp_path):
    path = tmp_path / "memory.npz"
    filled(capacity=5, added=5).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="memory.npz is no replay memory that can be read"):
        ReplayMemory.load(path)
