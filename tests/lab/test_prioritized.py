"""The sum tree against exact sums, prioritized draws against their priorities, the weights, errors and states."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from scipy import stats

from ddpg_tf.config import PENDULUM
from ddpg_tf.lab.prioritized import PrioritizedBatch, PrioritizedReplayMemory, SumTree, prioritized_run
from ddpg_tf.replay import Batch
from ddpg_tf.training import Run

UNLIKELY = 1e-4  # a fair sampler fails such a test once in ten thousand seeds
PRIORITIES = np.array([0.5, 3.0, 1.0, 0.2, 8.0, 2.0, 0.1, 4.0, 1.5, 6.0])


def transition(n):
    """A transition of two numbers of state and one of action in which every number tells that it is the n-th."""
    return np.full(2, n), np.full(1, n + 0.25), n + 0.5, np.full(2, n + 1), n % 2 == 1


def filled(capacity, added, seed=0, **options):
    memory = PrioritizedReplayMemory(capacity, 2, 1, seed, **options)
    for n in range(added):
        memory.add(*transition(n))
    return memory


def update(memory, indices, priorities):
    """Give these priorities through the errors that lead to them, with either sign."""
    indices = np.asarray(indices)
    errors = (np.asarray(priorities, float) - 1e-6) * (-1.0) ** np.arange(indices.size).reshape(indices.shape)
    batch = memory.sample(1)._replace(indices=indices)
    memory.update_priorities(batch, errors)


def prioritized(seed=0, **options):
    """Ten transitions with PRIORITIES."""
    memory = filled(10, 10, seed, **options)
    update(memory, np.arange(10), PRIORITIES)
    return memory


def equal(one, other):
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(one, other, strict=True))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=70).filter(any), st.lists(st.floats(0, 1), max_size=9))
def test_find_is_a_search_in_the_running_sum(values, shares):
    tree = SumTree(len(values))
    tree.set(np.arange(len(values)), values)
    points = np.array([*shares, 1.0]) * sum(values)  # exact, as sums and differences of whole numbers are
    ends, last = np.cumsum(values), np.flatnonzero(values).max()
    assert tree.total == ends[-1]
    assert np.array_equal(tree.find(points), np.minimum(np.searchsorted(ends, points, side="right"), last))


@given(st.lists(st.tuples(st.integers(0, 12), st.floats(0, 1e3)), min_size=1, max_size=60))
def test_one_by_one_and_all_at_once_give_the_same_bits_and_no_node_drifts_from_the_sum(changes):
    one, all_at_once = SumTree(13), SumTree(13)
    for leaf, value in changes:
        one.set(leaf, value)
    all_at_once.set(*(np.array(column) for column in zip(*changes)))  # leaves named twice: the last one stays
    assert np.array_equal(one._tree, all_at_once._tree)
    inner = np.arange(1, 16)
    assert np.array_equal(one._tree[inner], one._tree[2 * inner] + one._tree[2 * inner + 1])


def test_a_batch_has_one_draw_from_each_part_of_the_sum_as_often_as_its_priority():
    assert (filled(8, 8).sample_many(50, 8).indices == np.arange(8)).all()  # equal priorities: each index is a part
    counts = np.bincount(prioritized(alpha=0.6).sample_many(4_000, 7).indices.ravel(), minlength=10)
    assert stats.chisquare(counts, 28_000 * PRIORITIES**0.6 / np.sum(PRIORITIES**0.6)).pvalue > UNLIKELY


@pytest.mark.parametrize("leading", [(6,), (4, 6)])
def test_the_parts_of_a_transition_stay_together_and_indices_tell_where(leading):
    memory = filled(50, 77)
    batch = memory.sample(*leading) if len(leading) == 1 else memory.sample_many(*leading)
    assert isinstance(batch, PrioritizedBatch) and batch._fields[:5] == Batch._fields
    assert batch.rewards.shape == batch.weights.shape == batch.indices.shape == leading
    assert equal(batch[:5], [array[batch.indices] for array in memory.transitions])
    assert (batch.weights.dtype, batch.indices.dtype) == (np.float32, np.int64)


@pytest.mark.parametrize("beta", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
def test_weights_are_the_papers(alpha, beta):
    memory = prioritized(alpha=alpha, beta=beta)
    batch = memory.sample_many(20, 9)
    expected = (10 * memory.probabilities[batch.indices]) ** -beta
    expected /= expected.max(axis=1, keepdims=True)
    assert batch.weights == pytest.approx(expected, rel=1e-6)
    assert (batch.weights.max(axis=1) == 1).all()


@pytest.mark.parametrize(("indices", "errors"), [
    ([0, 1], [1.0]), ([0, 1], 1.0), ([[0, 1]], [1.0, 2.0]), ([0, 10], [1.0, 1.0]), ([-1], [1.0]),
    ([0, 1], [9.0, math.nan]), ([0, 1], [9.0, -math.inf]), ([0, 1], [9.0, 1e19]),
])  # fmt: skip
def test_bad_errors_and_indices_are_refused_and_change_nothing(indices, errors):
    memory, twin = prioritized(), prioritized()
    with pytest.raises(ValueError, match="PrioritizedReplayMemory.update_priorities: .*expected"):
        memory.update_priorities(memory.sample(1)._replace(indices=np.array(indices)), errors)
    twin.sample(1)
    for one in (memory, twin):
        one.add(*transition(77))
    assert np.array_equal(memory.probabilities, twin.probabilities)


@pytest.mark.parametrize("name", ["alpha", "beta"])
@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan, math.inf, "1", None, True])
def test_alpha_and_beta_are_shares(name, bad):
    with pytest.raises((ValueError, TypeError), match=f"{name} is {bad}, expected a number from 0 to 1"):
        PrioritizedReplayMemory(5, 2, 1, **{name: bad})


def test_a_refused_transition_has_no_priority():
    memory = filled(5, 3)
    with pytest.raises(ValueError, match="nan"):
        memory.add(np.zeros(2), np.zeros(1), math.nan, np.zeros(2), False)
    assert memory._sums.total == 3.0


class MemoryAgainstLists(RuleBasedStateMachine):
    """Any sequence of calls leaves the priorities that two plain lists have, through a state as well."""

    @initialize(capacity=st.integers(1, 6), alpha=st.sampled_from([0.3, 1.0]))
    def start(self, capacity, alpha):
        self.make = lambda: PrioritizedReplayMemory(capacity, 2, 1, 0, alpha)
        self.memory, self.capacity, self.alpha = self.make(), capacity, alpha
        self.priorities, self.largest, self.added = [], 1.0, 0

    @rule()
    def add(self):
        self.memory.add(*transition(self.added))
        self.priorities[self.added % self.capacity : self.added % self.capacity + 1] = [self.largest]
        self.added += 1

    @precondition(lambda self: self.added)
    @rule(data=st.data())
    def update(self, data):
        held = st.integers(0, len(self.priorities) - 1)
        changes = data.draw(st.lists(st.tuples(held, st.floats(1e-6, 100)), min_size=1, max_size=8))
        for index, priority in changes:
            self.priorities[index] = priority
        update(self.memory, *zip(*changes))
        self.largest = max([self.largest, *(priority for _, priority in changes)])

    @rule()
    def restore(self):
        saved, self.memory = self.memory, self.make()
        self.memory.set_state(saved.get_state())
        if self.added:
            assert equal(self.memory.sample_many(2, len(saved)), saved.sample_many(2, len(saved)))

    @invariant()
    def same_probabilities(self):
        assert len(self.memory) == len(self.priorities)
        if self.added:
            powers = np.array(self.priorities) ** self.alpha
            assert self.memory.probabilities == pytest.approx(powers / powers.sum(), rel=1e-8)


TestMemoryAgainstLists = MemoryAgainstLists.TestCase
TestMemoryAgainstLists.settings = settings(max_examples=40, stateful_step_count=20)

WRONG = {
    "negative": lambda state: {"leaves": -state["leaves"]}, "zero": lambda state: {"leaves": 0 * state["leaves"]},
    "NaN": lambda state: {"leaves": np.nan * state["leaves"]}, "too few": lambda state: {"leaves": state["leaves"][1:]},
    "another alpha": lambda state: {"exponents": [0.5, 1.0]}, "a largest below 1": lambda state: {"largest": 0.5},
    "a largest of words": lambda state: {"largest": "large"}, "no exponents": lambda state: {"exponents": []},
}  # fmt: skip


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_a_state_that_cannot_be_is_refused_and_changes_nothing(change):
    memory, twin, state = filled(5, 5), filled(5, 5), filled(5, 7, seed=1).get_state()
    with pytest.raises((ValueError, TypeError)):
        memory.set_state({**state, **change(state)})
    assert np.array_equal(memory.probabilities, twin.probabilities) and equal(memory.sample(5), twin.sample(5))


def test_a_prioritized_run_differs_in_its_memory_only():
    config = replace(PENDULUM, hidden=(4,), memory_capacity=50, batch_size=5)
    run, plain = prioritized_run(config, 3), Run(config, 3)
    assert (type(run.memory), run.memory.capacity, run.memory.alpha) == (PrioritizedReplayMemory, 50, 0.6)
    assert run.warmup_rng.bit_generator.state == plain.warmup_rng.bit_generator.state
    assert equal(run.policy.weights, plain.policy.weights)
