"""The sum tree against exact sums, prioritized draws against their priorities, the weights, refusals and files."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from scipy import stats

from ddpg_tf.agent import DDPG
from ddpg_tf.lab.prioritized import PrioritizedBatch, PrioritizedReplayMemory, SumTree
from ddpg_tf.replay import Batch, Mark, ReplayMemory

UNLIKELY = 1e-4  # a fair sampler fails such a test once in ten thousand seeds
PRIORITIES = np.array([0.5, 3.0, 1.0, 0.0, 8.0, 2.0, 0.1, 4.0, 1.5, 6.0])


def transition(n):
    """A transition of two numbers of state and one of action whose every number tells that it is the n-th."""
    return np.full(2, n), np.full(1, n + 0.25), n + 0.5, np.full(2, n + 1), n % 2 == 1


def filled(capacity, added, seed=0, **options):
    memory = PrioritizedReplayMemory(capacity, 2, 1, seed, **options)
    for n in range(added):
        memory.add(*transition(n))
    return memory


def prioritized(seed=0, alpha=1.0):
    """Ten transitions with PRIORITIES."""
    memory = filled(10, 10, seed, alpha=alpha)
    memory.update_priorities(np.arange(10), PRIORITIES)
    return memory


def equal(one, other):
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(one, other, strict=True))


# The tree


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=70), st.data())
def test_find_is_a_search_in_the_running_sum(values, data):
    tree = SumTree(len(values))
    tree.set(np.arange(len(values)), np.array(values))
    assert tree.total == pytest.approx(math.fsum(values), rel=1e-14)
    if tree.total == 0:
        return
    shares = np.array(data.draw(st.lists(st.floats(0, 1), min_size=1, max_size=9)))
    leaves = tree.find(shares * tree.total)
    assert (tree.get(leaves) > 0).all()
    ends = np.cumsum(values)
    slack = 1e-12 * ends[-1]  # where two leaves meet, rounding decides
    assert (ends[leaves] >= shares * ends[-1] - slack).all()
    assert (ends[leaves] - np.array(values)[leaves] <= shares * ends[-1] + slack).all()


@pytest.mark.parametrize("capacity", [1, 2, 3, 4, 5, 1000, 1024, 1025])
def test_whole_numbers_are_found_exactly(capacity):
    values = np.arange(capacity) % 4  # sums of whole numbers have no rounding
    tree = SumTree(capacity)
    tree.set(np.arange(capacity), values)
    if not values.sum():
        return
    points = np.arange(values.sum()) + 0.5
    assert np.array_equal(tree.find(points), np.repeat(np.arange(capacity), values))
    assert tree.find(points[0]) == tree.find(points)[0]


@given(st.lists(st.tuples(st.integers(0, 12), st.floats(0, 1e3)), max_size=60))
def test_one_by_one_and_all_at_once_give_the_same_bits(changes):
    one, all_at_once = SumTree(13), SumTree(13)
    for leaf, value in changes:
        one.set(leaf, value)
    leaves, values = (np.array(column) for column in zip(*changes)) if changes else (np.zeros(0, int), np.zeros(0))
    all_at_once.set(leaves, values)  # leaves named twice: the last one stays
    assert np.array_equal(one._tree, all_at_once._tree)


def test_the_sum_does_not_drift():
    rng = np.random.default_rng(0)
    tree, differences = SumTree(1000), np.float32(0)
    for _ in range(2_000):
        leaves = rng.integers(1000, size=64)
        values = 10.0 ** rng.uniform(-8, 4, 64)
        for leaf, value in dict(zip(leaves.tolist(), values.tolist())).items():
            differences += np.float32(value - tree.get(leaf))  # how a float32 sum would be kept up to date
        tree.set(leaves, values)
    exact = math.fsum(tree.get(np.arange(1000)))
    assert abs(tree.total / exact - 1) < 10 * np.finfo(float).eps  # one rounding for each of the 10 levels
    tree.set(np.arange(1000), 0.0)
    assert tree.total == 0.0
    assert abs(differences / exact - 1) > 1e-7  # the test can tell


def test_each_node_is_the_sum_of_its_children():
    tree = SumTree(37)
    rng = np.random.default_rng(1)
    for _ in range(200):
        tree.set(rng.integers(37, size=5), rng.exponential(size=5))
    inner = np.arange(1, 64)
    assert np.array_equal(tree._tree[inner], tree._tree[2 * inner] + tree._tree[2 * inner + 1])


class CountingArray(np.ndarray):
    reads = 0

    def __getitem__(self, key):
        CountingArray.reads += 1
        return super().__getitem__(key)


@pytest.mark.parametrize("batch", [1, 256])
def test_steps_grow_with_the_logarithm_and_not_with_the_batch(batch):
    reads = []
    for capacity in (2**8, 2**16):
        tree = SumTree(capacity)
        tree._tree = tree._tree.view(CountingArray)
        CountingArray.reads = 0
        tree.set(np.arange(batch), 1.0)
        tree.find(np.linspace(0, batch, batch, endpoint=False))
        reads.append(CountingArray.reads)
    assert reads == [8 * 4, 16 * 4]


# Draws


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
def test_frequencies_are_the_priorities(alpha):
    memory = prioritized(alpha=alpha)
    slots = np.concatenate([memory.sample(1).slots for _ in range(20_000)])  # batches of one: independent draws
    expected = PRIORITIES**alpha / np.sum(PRIORITIES**alpha)
    assert memory.probabilities == pytest.approx(expected, rel=1e-14)
    counts = np.bincount(slots, minlength=10)
    assert (counts[expected == 0] == 0).all()
    held = expected > 0
    assert stats.chisquare(counts[held], 20_000 * expected[held]).pvalue > UNLIKELY


@pytest.mark.parametrize("batch_size", [2, 7, 10])
def test_blocks_have_the_same_frequencies(batch_size):
    """One draw from each part of the sum: the mean counts are those of independent draws, their spread is smaller."""
    slots = prioritized().sample_many(4_000, batch_size).slots
    counts, held = np.bincount(slots.ravel(), minlength=10), PRIORITIES > 0
    assert counts[~held].sum() == 0
    expected = slots.size * PRIORITIES[held] / PRIORITIES.sum()
    assert stats.chisquare(counts[held], expected).pvalue > UNLIKELY


def test_a_batch_has_one_draw_from_each_part_of_the_sum():
    memory = filled(8, 8, alpha=1.0)
    for _ in range(50):
        assert memory.sample(8).slots.tolist() == list(range(8))  # equal priorities: each slot is a part


def test_a_priority_of_zero_is_never_drawn():
    memory = filled(100, 100)
    memory.update_priorities(np.arange(99), np.zeros(99))
    assert set(memory.sample_many(50, 100).slots.ravel().tolist()) == {99}


def test_new_transitions_get_the_largest_priority_that_was_given():
    memory = filled(5, 2, alpha=1.0)
    assert memory.probabilities.tolist() == [0.5, 0.5]
    memory.update_priorities(np.array([0, 1]), np.array([6.0, 3.0]))
    memory.update_priorities(np.array([0]), np.array([3.0]))
    memory.add(*transition(2))
    assert memory.probabilities.tolist() == [0.25, 0.25, 0.5]


@pytest.mark.parametrize("smaller", [0.01, 0.5])
def test_small_priorities_do_not_lower_that_of_new_transitions(smaller):
    memory = filled(3, 2, alpha=1.0)
    memory.update_priorities(np.array([0, 1]), np.array([smaller, smaller]))
    memory.add(*transition(2))
    assert memory.probabilities[2] == pytest.approx(1 / (1 + 2 * smaller))


def test_the_ring_overwrites_priorities_with_transitions():
    memory = filled(4, 4, alpha=1.0)
    memory.update_priorities(np.arange(4), np.array([1.0, 0.0, 0.0, 0.0]))
    memory.add(*transition(4))  # over slot 0
    memory.add(*transition(5))  # over slot 1
    assert memory.probabilities.tolist() == [0.5, 0.5, 0.0, 0.0]
    batch = memory.sample_many(10, 4)
    assert set(batch.rewards.ravel().tolist()) == {4.5, 5.5}


def test_the_parts_of_a_transition_stay_together_and_slots_tell_where():
    memory = filled(50, 77)
    batch = memory.sample_many(3, 50)
    n = batch.rewards - 0.5
    assert np.array_equal(batch.states, np.repeat(n[..., None], 2, axis=-1))
    assert np.array_equal(batch.actions, n[..., None] + 0.25)
    assert np.array_equal(batch.next_states, batch.states + 1)
    assert np.array_equal(batch.terminals, n % 2)
    assert np.array_equal(memory.transitions.rewards[batch.slots], batch.rewards)


@pytest.mark.parametrize("leading", [(6,), (4, 6)])
def test_shapes_and_types(leading):
    memory = filled(8, 9)
    batch = memory.sample(*leading) if len(leading) == 1 else memory.sample_many(*leading)
    ends = {"states": (2,), "actions": (1,), "next_states": (2,)}
    assert isinstance(batch, PrioritizedBatch)
    shapes = {name: array.shape for name, array in batch._asdict().items()}
    assert shapes == {name: leading + ends.get(name, ()) for name in PrioritizedBatch._fields}
    assert {array.dtype for array in batch[:-1]} == {np.dtype(np.float32)}
    assert batch.slots.dtype == np.int64
    assert PrioritizedBatch._fields[:5] == Batch._fields


def test_a_block_feeds_the_agent_and_gets_its_errors_back():
    memory, agent = filled(64, 64, alpha=1.0), DDPG(2, [-1.0], [1.0], hidden=(8,))
    batch = memory.sample_many(2, 16)
    _, errors = agent.learn_weighted(batch)
    memory.update_priorities(batch.slots, errors)
    last = dict(zip(batch.slots.ravel(), errors.ravel()))  # a slot that was drawn twice has the last error
    untouched = len(memory) - len(last)
    total = sum(map(float, last.values())) + untouched
    for slot, error in last.items():
        assert memory.probabilities[slot] == pytest.approx(float(error) / total)


@pytest.mark.parametrize("capacity, leaves", [(1, 1), (1000, 1024), (1024, 1024)])
def test_nbytes_are_the_arrays_and_the_tree(capacity, leaves):
    memory = PrioritizedReplayMemory(capacity, 2, 1)
    assert memory.nbytes == ReplayMemory(capacity, 2, 1).nbytes + 8 * 2 * leaves


# Weights


@pytest.mark.parametrize("beta", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
def test_weights_are_the_papers(alpha, beta):
    memory = prioritized(alpha=alpha)
    batch = memory.sample_many(20, 9, beta)
    expected = (10 * memory.probabilities[batch.slots]) ** -beta
    expected /= expected.max(axis=1, keepdims=True)
    assert batch.weights == pytest.approx(expected, rel=1e-6)
    assert (batch.weights.max(axis=1) == 1).all()


def test_with_weights_the_mean_is_that_of_uniform_draws():
    memory = prioritized()
    memory.update_priorities(np.array([3]), np.array([0.05]))  # no zeros: what is never drawn has no weight
    batches = [memory.sample(10, beta=1.0) for _ in range(20_000)]
    smallest = np.array([memory.probabilities[batch.slots].min() for batch in batches])
    sums = np.array([np.mean(batch.weights * batch.rewards) for batch in batches]) / smallest / 10
    error = sums.std() / math.sqrt(len(sums))
    assert abs(sums.mean() - np.mean(np.arange(10) + 0.5)) < 4 * error
    plain = np.mean([batch.rewards.mean() for batch in batches])
    assert abs(plain - 5.0) > 8 * error  # the test can tell


def test_beta_is_one_unless_told():
    one, other = prioritized(seed=3), prioritized(seed=3)
    assert equal(one.sample(8), other.sample(8, beta=1.0))
    assert equal(one.sample_many(2, 8), other.sample_many(2, 8, beta=1.0))


# Seeds


def test_one_seed_draws_the_same_batches_and_another_does_not():
    memory, twin, other = filled(50, 60, 7), filled(50, 60, 7), filled(50, 60, 8)
    first = memory.sample(20)
    assert equal(first, twin.sample(20))
    assert not equal(first, other.sample(20))
    assert equal(memory.sample_many(3, 20), twin.sample_many(3, 20))


# Refusals


def assert_unchanged(memory, twin):
    assert np.array_equal(memory.probabilities, twin.probabilities)
    assert equal(memory.sample(5), twin.sample(5))
    for one in (memory, twin):
        one.add(*transition(77))
    assert np.array_equal(memory.probabilities, twin.probabilities)


@pytest.mark.parametrize(
    "bad, words",
    [
        (math.nan, "a priority is nan, expected finite numbers of at least 0 .*diverged"),
        (math.inf, "a priority is inf, expected finite numbers"),
        (1e39, "a priority is 1e[+]39, expected .* float32 can hold"),
        (-1.0, r"a priority is -1.0, expected .* give \|TD error\|, not the TD error"),
        (-math.inf, "a priority is -inf, expected"),
    ],
)
def test_bad_priorities_are_refused_and_change_nothing(bad, words):
    memory, twin = prioritized(), prioritized()
    with pytest.raises(ValueError, match="PrioritizedReplayMemory.update_priorities: " + words):
        memory.update_priorities(np.array([0, 1, 2]), np.array([100.0, bad, 3.0]))
    assert_unchanged(memory, twin)


def test_priorities_that_are_all_zero_are_refused_and_change_nothing():
    memory, twin = prioritized(), prioritized()
    with pytest.raises(ValueError, match=r"all 10 priorities of the memory would be 0, .*as in \|TD error\| [+] 1e-6"):
        memory.update_priorities(np.arange(10), np.zeros(10))
    assert_unchanged(memory, twin)


def test_with_alpha_zero_all_zero_is_uniform():
    memory = prioritized(alpha=0.0)
    memory.update_priorities(np.arange(10), np.zeros(10))
    assert memory.probabilities == pytest.approx(np.full(10, 0.1))


@pytest.mark.parametrize(
    "slots, priorities, words",
    [
        ([0, 1], [1.0], r"\(1,\) priorities for \(2,\) slots, expected one for each slot"),
        ([0, 1], 1.0, r"\(\) priorities for \(2,\) slots"),
        ([[0, 1]], [1.0, 2.0], r"\(2,\) priorities for \(1, 2\) slots"),
        ([0, 10], [1.0, 1.0], "slot 10 holds no transition, expected 0 to 9"),
        ([-1], [1.0], "slot -1 holds no transition"),
        ([0.5], [1.0], "slots are float64, expected whole numbers"),
        ([True], [1.0], "slots are bool, expected whole numbers"),
    ],
)
def test_bad_slots_are_refused_and_change_nothing(slots, priorities, words):
    memory, twin = prioritized(), prioritized()
    with pytest.raises(ValueError, match=words):
        memory.update_priorities(slots, priorities)
    assert_unchanged(memory, twin)


def test_no_slots_are_no_change():
    memory, twin = prioritized(), prioritized()
    memory.update_priorities([], [])
    assert_unchanged(memory, twin)


@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan, math.inf])
def test_alpha_and_beta_are_shares(bad):
    with pytest.raises(ValueError, match=f"alpha is {bad}, expected a number from 0 to 1"):
        PrioritizedReplayMemory(5, 2, 1, alpha=bad)
    for draw in (lambda: filled(5, 5).sample(2, bad), lambda: filled(5, 5).sample_many(2, 2, bad)):
        with pytest.raises(ValueError, match=f"beta is {bad}, expected a number from 0 to 1"):
            draw()


def test_a_batch_larger_than_the_memory_is_refused():
    memory = filled(20, 12)
    message = "a batch of 64 from a memory that holds 12 transitions; add more first, or ask for at most 12."
    for draw in (lambda: memory.sample(64), lambda: memory.sample_many(2, 64)):
        with pytest.raises(ValueError, match=message):
            draw()
    assert len(memory.sample(12).rewards) == 12


@pytest.mark.parametrize("sizes", [(0,), (-1,), (0, 3), (3, 0)])
def test_counts_below_one_are_refused(sizes):
    memory = filled(5, 5)
    with pytest.raises(ValueError, match="at least 1"):
        memory.sample(*sizes) if len(sizes) == 1 else memory.sample_many(*sizes)


def test_a_refused_transition_has_no_priority():
    memory = filled(5, 3)
    with pytest.raises(ValueError, match="rewards of one transition is nan"):
        memory.add(np.zeros(2), np.zeros(1), math.nan, np.zeros(2), False)
    assert memory.probabilities == pytest.approx(np.full(3, 1 / 3))
    assert memory._sums.total == pytest.approx(3.0)


# Against a plain model


class MemoryAgainstLists(RuleBasedStateMachine):
    """Any sequence of calls leaves the priorities that two plain lists have."""

    @initialize(capacity=st.integers(1, 6), alpha=st.sampled_from([0.3, 1.0]))
    def start(self, capacity, alpha):
        self.capacity, self.alpha = capacity, alpha
        self.memory = PrioritizedReplayMemory(capacity, 2, 1, 0, alpha)
        self.priorities, self.largest, self.added = [], 1.0, 0

    @rule()
    def add(self):
        self.memory.add(*transition(self.added))
        if len(self.priorities) < self.capacity:
            self.priorities.append(self.largest)
        else:
            self.priorities[self.added % self.capacity] = self.largest
        self.added += 1

    @precondition(lambda self: self.added)
    @rule(data=st.data())
    def update(self, data):
        held = st.integers(0, len(self.priorities) - 1)
        changes = data.draw(st.lists(st.tuples(held, st.floats(0, 100, width=32)), max_size=8))
        after = list(self.priorities)
        for slot, priority in changes:
            after[slot] = priority
        slots, given = [slot for slot, _ in changes], [priority for _, priority in changes]
        if sum(p**self.alpha for p in after) > 0:
            self.memory.update_priorities(slots, given)
            self.priorities, self.largest = after, max([self.largest, *given])
        else:
            with pytest.raises(ValueError, match="would be 0"):
                self.memory.update_priorities(slots, given)

    @precondition(lambda self: self.added)
    @rule(data=st.data())
    def sample(self, data):
        batch = self.memory.sample(data.draw(st.integers(1, len(self.priorities))))
        assert all(self.priorities[slot] > 0 for slot in batch.slots)
        assert ((0 <= batch.weights) & (batch.weights <= 1)).all()

    @invariant()
    def same_probabilities(self):
        assert len(self.memory) == len(self.priorities)
        if self.added:
            powers = np.array(self.priorities) ** self.alpha
            assert self.memory.probabilities == pytest.approx(powers / powers.sum(), rel=1e-12)


TestMemoryAgainstLists = MemoryAgainstLists.TestCase
TestMemoryAgainstLists.settings = settings(max_examples=40, stateful_step_count=20)


# Files


@pytest.mark.parametrize("added", [1, 4, 5, 13])
def test_a_loaded_memory_goes_on_like_the_saved_one(tmp_path, added):
    memory = filled(5, added, alpha=0.7)
    memory.update_priorities(np.arange(len(memory)), 0.3 + np.arange(len(memory)))
    memory.sample(1)
    memory.save(tmp_path / "memory.npz")
    loaded = PrioritizedReplayMemory.load(tmp_path / "memory.npz")
    assert (loaded.capacity, loaded.alpha, loaded.nbytes) == (memory.capacity, memory.alpha, memory.nbytes)
    for n in range(added, added + 8):
        assert np.array_equal(loaded.probabilities, memory.probabilities)
        assert equal(loaded.transitions, memory.transitions)
        assert equal(loaded.sample_many(2, len(memory)), memory.sample_many(2, len(memory)))
        for one in (loaded, memory):
            one.add(*transition(n))


def test_an_empty_memory_can_be_saved(tmp_path):
    PrioritizedReplayMemory(5, 2, 1).save(tmp_path / "memory.npz")
    loaded = PrioritizedReplayMemory.load(tmp_path / "memory.npz")
    loaded.add(*transition(0))
    assert loaded.probabilities.tolist() == [1.0]


WRONG = {
    "negative": lambda header, arrays: arrays.update(priorities=-arrays["priorities"]),
    "all zero": lambda header, arrays: arrays.update(priorities=0 * arrays["priorities"]),
    "NaN": lambda header, arrays: arrays.update(priorities=np.nan * arrays["priorities"]),
    "too few": lambda header, arrays: arrays.update(priorities=arrays["priorities"][1:]),
    "of float32": lambda header, arrays: arrays.update(priorities=np.float32(arrays["priorities"])),
    "missing": lambda header, arrays: arrays.pop("priorities"),
    "another alpha": lambda header, arrays: header.update(alpha=0.5),
    "no largest": lambda header, arrays: header.pop("largest"),
    "a largest of zero": lambda header, arrays: header.update(largest=0.0),
    "a largest of words": lambda header, arrays: header.update(largest="large"),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_a_state_that_cannot_be_is_refused_and_changes_nothing(change):
    memory, twin = filled(5, 5, alpha=0.7), filled(5, 5, alpha=0.7)
    header, arrays = filled(5, 7, seed=1, alpha=0.7).state()
    change(header, arrays)
    with pytest.raises((ValueError, TypeError, KeyError)):
        memory.restore(header, arrays)
    assert_unchanged(memory, twin)


def test_a_mark_brings_back_the_priorities_too():
    memory = filled(5, 4, alpha=0.7)
    memory.update_priorities([0, 1, 2, 3], [3.0, 0.5, 1.0, 2.0])
    probabilities, mark = memory.probabilities, Mark(memory)
    for n in range(4, 9):
        memory.add(*transition(n))
        memory.update_priorities(np.arange(4), np.full(4, 10.0 + n))
    memory.sample(3)
    mark.rewind()
    first = memory.sample(4)
    np.testing.assert_array_equal(memory.probabilities, probabilities)
    memory.update_priorities([2], [99.0])
    mark.rewind()
    np.testing.assert_array_equal(memory.probabilities, probabilities)
    assert equal(memory.sample(4), first)
    memory.add(*transition(4))
    assert memory.probabilities[4] == memory.probabilities[0]  # the largest that was given before the mark: 3


def test_one_kind_of_memory_is_not_taken_for_the_other(tmp_path):
    filled(5, 5).save(tmp_path / "prioritized.npz")
    uniform = ReplayMemory(5, 2, 1)
    uniform.add(*transition(0))
    uniform.save(tmp_path / "uniform.npz")
    with pytest.raises(ValueError, match="kind 'prioritized replay memory', expected 'replay memory'"):
        ReplayMemory.load(tmp_path / "prioritized.npz")
    with pytest.raises(ValueError, match="kind 'replay memory', expected 'prioritized replay memory'"):
        PrioritizedReplayMemory.load(tmp_path / "uniform.npz")
