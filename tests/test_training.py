"""The loop: what is stored, when it learns, what it keeps, and that one seed is one run, to the bit."""

from dataclasses import replace
from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from same_bits import assert_same_bits, numbers
from scipy import stats
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ddpg_tf import training
from ddpg_tf.agent import Learned
from ddpg_tf.config import PENDULUM
from ddpg_tf.evaluation import SELECTION_SEEDS, Evaluation
from ddpg_tf.training import Record, Run, train, write_scalars


class Counting(gym.Env):
    """States are (episode, step): every transition tells where it comes from. Pays `reward` per step."""

    def __init__(self, length=None, reward=1.0):
        self.length, self.reward, self.episode = length, reward, 0
        self.observation_space = spaces.Box(0.0, np.inf, (2,), np.float32)
        self.action_space = spaces.Box(np.float32([-2.0]), np.float32([4.0]), dtype=np.float32)  # not symmetric

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.episode, self.count = self.episode + 1, 0
        return self.state(), {}

    def step(self, action):
        self.count += 1
        return self.state(), self.reward, self.count == self.length, False, {}

    def state(self):
        return np.array([self.episode, self.count], np.float32)


gym.register("tests/Ends-v0", Counting, kwargs={"length": 5})
gym.register("tests/TimeLimit-v0", Counting, max_episode_steps=5)
gym.register("tests/LongTimeLimit-v0", Counting, max_episode_steps=20)
gym.register("tests/Endless-v0", Counting)
gym.register("tests/NaN-v0", Counting, kwargs={"reward": float("nan")})

SMALL = replace(
    PENDULUM, steps=500, warmup_steps=200, block=50, batch_size=32, hidden=(8, 8), memory_capacity=1_000,
    evaluation_every=250, evaluation_episodes=2,
)  # fmt: skip
COUNTING = replace(
    SMALL, env="tests/Ends-v0", steps=100, warmup_steps=20, block=10, batch_size=10, evaluation_every=1_000,
    evaluation_episodes=1,
)  # fmt: skip
WARMUP_ONLY = replace(COUNTING, steps=40, warmup_steps=40)


def finished_run(config, seed=0):
    run = Run(config, seed)
    assert list(train(run)) == run.records
    return run


def idle(run):
    """Let the agent of a run not learn (nor compile); returns the list of shapes that it was given."""
    shapes = []

    def learn(batches):
        shapes.append(batches.rewards.shape)
        return Learned(1.0, 2.0, 3.0)

    run.agent.learn = learn
    return shapes


def idle_run(config, seed=0):
    run = Run(config, seed)
    idle(run)
    list(train(run))
    return run


def judged_by(monkeypatch, means):
    """Let the evaluations of a training have these means, in turn; returns the list of seeds asked for."""
    asked, means = [], iter(means)

    def evaluate(policy, env_id, seeds):
        asked.append(seeds)
        return Evaluation(np.array([next(means)]))

    monkeypatch.setattr(training, "evaluate", evaluate)
    return asked


# ---- one seed, one run


@pytest.fixture(scope="module")
def seed_0():
    return finished_run(SMALL, 0)


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not(seed_0):
    assert_same_bits(finished_run(SMALL, 0), seed_0)
    this, other = numbers(seed_0), numbers(finished_run(SMALL, 1))
    for name in ("actor/0", "critic/0", "states", "actions", "rewards", "records", "selections"):
        assert not np.array_equal(this[name], other[name], equal_nan=True), name


def test_a_training_that_is_broken_off_between_episodes_goes_on_as_if_nothing_had_been(seed_0):
    run = Run(SMALL, 0)
    next(train(run))
    next(train(run))
    list(train(run))
    assert_same_bits(run, seed_0)
    assert list(train(run)) == []  # and a finished one stays as it is


def test_writing_scalars_changes_nothing(seed_0, tmp_path):
    run = Run(SMALL, 0)
    assert list(write_scalars(train(run), tmp_path)) == run.records
    assert_same_bits(run, seed_0)


def test_selection_uses_an_environment_of_its_own(seed_0):
    often = finished_run(replace(SMALL, evaluation_every=50), 0)
    assert len(often.selections) > len(seed_0.selections)
    assert_same_bits(often, seed_0, apart_from=["selections", "best", "solved_at"])


def test_the_five_generators_differ():
    first, second = Run(WARMUP_ONLY, 0), Run(WARMUP_ONLY, 1)
    draws = [
        [run.env_seed, run.env.action_space.sample()[0], run.memory._rng.random(), run.noise.sample()[0]]
        for run in (first, second)
    ]
    assert len({float(x) for x in np.ravel(draws)}) == 8
    assert not np.array_equal(first.policy.weights[0], second.policy.weights[0])


def test_episodes_start_differently():
    run = idle_run(replace(SMALL, steps=2_000, warmup_steps=2_000))
    starts = run.memory._arrays.states[::200]  # Pendulum's episodes have 200 steps
    assert len(np.unique(starts, axis=0)) == len(starts)


# ---- what is stored


def test_an_end_is_stored_as_terminal():
    run = finished_run(WARMUP_ONLY)
    np.testing.assert_array_equal(run.memory.transitions.terminals, [0, 0, 0, 0, 1] * 8)


def test_a_time_limit_is_not_stored_as_terminal():
    run = finished_run(replace(WARMUP_ONLY, env="tests/TimeLimit-v0"))
    assert [record.length for record in run.records] == [5] * 8  # the limit cut every episode
    np.testing.assert_array_equal(run.memory.transitions.terminals, np.zeros(40))


@pytest.mark.parametrize("env", ["tests/Ends-v0", "tests/TimeLimit-v0"])
def test_the_true_last_observation_is_stored(env):
    transitions = finished_run(replace(WARMUP_ONLY, env=env)).memory.transitions
    episode, step = np.divmod(np.arange(40), 5)
    np.testing.assert_array_equal(transitions.states, np.stack([episode + 1, step], 1))
    np.testing.assert_array_equal(transitions.next_states, np.stack([episode + 1, step + 1], 1))  # never (…, 0)


def test_rewards_are_scaled_in_the_memory_and_not_in_the_records():
    run = finished_run(replace(WARMUP_ONLY, reward_scale=0.25))
    np.testing.assert_array_equal(run.memory.transitions.rewards, np.full(40, 0.25))
    assert [record.episode_return for record in run.records] == [5.0] * 8


def test_the_action_that_was_taken_is_stored():
    run = Run(replace(COUNTING, env="tests/Ends-v0"), 0)
    idle(run)
    taken = []
    step = run.env.step
    run.env.step = lambda action: taken.append(action) or step(action)
    list(train(run))
    np.testing.assert_array_equal(run.memory.transitions.actions, np.array(taken))


def test_an_episode_limit_cuts_training_episodes_and_only_those():
    config = replace(COUNTING, env="tests/LongTimeLimit-v0", episode_limit=7, evaluation_every=50)
    run = idle_run(config)
    assert [record.length for record in run.records] == [7] * 14 + [2]
    assert not run.memory.transitions.terminals.any()  # and is no end
    assert [selection.mean for selection in run.selections] == [
        20.0,
        20.0,
    ]  # evaluation has the world's own limit


@pytest.mark.filterwarnings("ignore:.*The reward is a NaN value")
def test_a_reward_that_is_no_number_stops_the_training_and_is_named():
    run = Run(replace(WARMUP_ONLY, env="tests/NaN-v0"), 0)
    with pytest.raises(ValueError, match="rewards of one transition is nan"):
        next(train(run))
    assert len(run.memory) == 0


# ---- how it acts


def test_the_warm_up_is_uniform_over_the_bounds_and_learns_nothing():
    run = Run(replace(COUNTING, steps=1_000, warmup_steps=1_000, memory_capacity=1_000), 0)
    before = run.policy.weights
    list(train(run))
    actions = run.memory.transitions.actions[:, 0]
    assert stats.kstest(actions, stats.uniform(-2, 6).cdf).pvalue > 1e-4
    assert run.agent.actor_optimizer.iterations == 0
    assert all(np.array_equal(w, v) for w, v in zip(before, run.agent.policy().weights))
    assert np.isnan([record[4:7] for record in run.records]).all()


def explorer(noise, step, **changes):
    """A run in the middle of a training, its policy at the middle of the range, its noise fixed."""
    run = Run(replace(COUNTING, **changes), 0)
    run.step, run.policy = step, lambda state: np.float32([1.0])
    run.noise = SimpleNamespace(sample=lambda: np.float32([noise]))
    return run


def test_noise_is_in_units_of_half_the_range_and_added_to_the_policy():
    action = explorer(0.5, step=50).explore(np.zeros(2, np.float32))
    np.testing.assert_array_equal(action, [1.0 + 0.5 * 3.0])
    assert action.dtype == np.float32


@pytest.mark.parametrize(("noise", "expected"), [(2.0, 4.0), (-2.0, -2.0)])
def test_the_action_is_clipped_after_the_noise(noise, expected):
    assert explorer(noise, step=50).explore(np.zeros(2, np.float32)) == expected


@pytest.mark.parametrize(("step", "factor"), [(20, 0.8), (25, 0.75), (50, 0.5), (90, 0.5)])
def test_the_noise_falls_in_a_line_over_its_share_of_the_training(step, factor):
    run = explorer(0.5, step, noise_final_scale=0.5, noise_decay_share=0.5)
    np.testing.assert_allclose(run.explore(np.zeros(2, np.float32)), [1.0 + factor * 0.5 * 3.0], rtol=1e-6)


@pytest.mark.parametrize(("noise", "name"), [("gaussian", "Gaussian"), ("ornstein-uhlenbeck", "OrnsteinUhlenbeck")])
def test_the_noise_is_the_one_that_was_asked_for(noise, name):
    run = Run(replace(COUNTING, noise=noise, noise_sigma=0.7), 0)
    assert (type(run.noise).__name__, run.noise.sigma) == (name, 0.7)


def test_the_noise_starts_anew_with_each_episode():
    run = Run(COUNTING, 0)
    idle(run)
    events = []
    run.noise = SimpleNamespace(sample=lambda: events.append("s") or np.zeros(1), reset=lambda: events.append("r"))
    list(train(run))
    assert "".join(events) == "r" * 4 + "rsssss" * 16  # four episodes of warm-up draw no noise


# ---- when it learns


@pytest.mark.parametrize(("block", "updates"), [(1, 80), (10, 80), (16, 80), (30, 60)])
def test_one_update_per_step_after_the_warm_up_in_whole_blocks(block, updates):
    run = Run(replace(COUNTING, block=block), 0)
    shapes = idle(run)
    list(train(run))
    assert set(shapes) == {(block, 10)}
    assert len(shapes) * block == updates


def test_the_first_update_comes_one_block_after_the_warm_up():
    run = Run(COUNTING, 0)
    steps = []
    run.agent.learn = lambda batches: steps.append(run.step) or Learned(0.0, 0.0, 0.0)
    list(train(run))
    assert steps == [30, 40, 50, 60, 70, 80, 90, 100]


def test_both_optimizers_count_one_update_per_step_and_their_rates_fall_to_the_share(seed_0):
    for optimizer, start in ((seed_0.agent.actor_optimizer, 3e-4), (seed_0.agent.critic_optimizer, 1e-3)):
        assert optimizer.iterations == 300
        np.testing.assert_allclose(optimizer.learning_rate, 0.05 * start, rtol=1e-6)
        np.testing.assert_allclose(optimizer._learning_rate(150), 0.525 * start, rtol=1e-6)
        np.testing.assert_allclose(optimizer._learning_rate(0), start, rtol=1e-6)


def test_the_policy_is_the_actor_after_the_last_block(seed_0):
    latest = seed_0.agent.policy().weights
    assert all(np.array_equal(w, v) for w, v in zip(seed_0.policy.weights, latest))
    fresh = Run(SMALL, 0)
    assert not np.array_equal(fresh.policy.weights[0], latest[0])


def test_records_are_means_over_the_updates_of_an_episode():
    run = Run(replace(COUNTING, env="tests/LongTimeLimit-v0"), 0)
    losses = iter(range(8))
    run.agent.learn = lambda batches: Learned(float(next(losses)), 10.0, 20.0)
    list(train(run))
    assert [record.episode for record in run.records] == [0, 1, 2, 3, 4]
    assert [record.step for record in run.records] == [20, 40, 60, 80, 100]
    assert [record.critic_loss for record in run.records[1:]] == [0.5, 2.5, 4.5, 6.5]
    assert [record[5:7] for record in run.records[1:]] == [(10.0, 20.0)] * 4


def test_an_episode_that_the_last_step_cuts_is_recorded_too(monkeypatch):
    judged_by(monkeypatch, [-500.0])  # a real evaluation of this world would never end
    run = idle_run(replace(COUNTING, env="tests/Endless-v0"))
    assert [(record.step, record.length, record.episode_return) for record in run.records] == [(100, 100, 100.0)]
    assert run.finished


# ---- what it keeps


def test_the_policy_of_the_best_selection_is_kept(monkeypatch):
    asked = judged_by(monkeypatch, [-500.0, -300.0, -400.0, -300.0])
    run, kept = Run(replace(COUNTING, evaluation_every=25, evaluation_episodes=7), 0), []
    idle(run)
    select = run.select
    run.select = lambda: (kept.append(run.policy), select())
    list(train(run))
    assert [(selection.step, selection.mean) for selection in run.selections] == [
        (25, -500.0), (50, -300.0), (75, -400.0), (100, -300.0),
    ]  # fmt: skip
    assert run.best_policy is kept[1]  # the first of equals
    assert run.best_mean == -300.0
    assert asked == [SELECTION_SEEDS[:7]] * 4


def test_the_last_step_is_selected_from_even_where_no_evaluation_is_due(monkeypatch):
    judged_by(monkeypatch, [-700.0])
    run = idle_run(replace(COUNTING, evaluation_every=1_000))
    assert [selection.step for selection in run.selections] == [100]
    assert run.best_policy is run.policy  # without it the untrained policy would be handed out


def test_nothing_is_selected_in_the_warm_up(monkeypatch):
    judged_by(monkeypatch, [-700.0] * 9)
    run = idle_run(replace(COUNTING, evaluation_every=10))
    assert [selection.step for selection in run.selections] == list(range(20, 101, 10))


def test_a_selection_that_reaches_the_stop_return_ends_the_training(monkeypatch):
    judged_by(monkeypatch, [-500.0, -90.0])
    run = idle_run(replace(COUNTING, evaluation_every=22, solved_return=0.0, stop_return=-90.0))
    assert (run.step, run.finished) == (44, True)
    assert (run.records[-1].step, run.records[-1].length) == (44, 4)  # the cut episode is recorded
    assert list(train(run)) == []


def test_solved_means_all_the_selection_seeds_and_keeps_the_first_time(monkeypatch):
    means = [-150.0, -250.0, -180.0, -190.0, -300.0, -100.0, -120.0]  # the second, fourth and last: all seeds
    asked = judged_by(monkeypatch, means)
    run = idle_run(replace(COUNTING, evaluation_every=30))  # steps 30, 60, 90 and the last
    few = SELECTION_SEEDS[:1]
    assert asked == [few, SELECTION_SEEDS, few, SELECTION_SEEDS, few, few, SELECTION_SEEDS]
    assert [selection.mean for selection in run.selections] == [-250.0, -190.0, -300.0, -120.0]
    assert (run.solved_at.step, run.solved_at.mean) == (60, -190.0)
    assert run.best_mean == -120.0


def test_a_lucky_few_do_not_end_the_training(monkeypatch):
    judged_by(monkeypatch, [-50.0, -150.0, -60.0, -80.0])
    run = idle_run(replace(COUNTING, evaluation_every=30, stop_return=-90.0))
    assert (run.step, run.best_mean) == (60, -80.0)


def test_the_clock_counts_training_and_not_selection(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(training, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    run = Run(replace(COUNTING, env="tests/Endless-v0", evaluation_every=30), 0)
    idle(run)

    def evaluate(policy, env_id, seeds):
        now[0] += 1_000.0
        return Evaluation(np.array([-500.0]))

    def step(action, step=run.env.step):
        now[0] += 1.0
        return step(action)

    run.env.step = step
    monkeypatch.setattr(training, "evaluate", evaluate)
    list(train(run))
    assert [(s.step, s.seconds) for s in run.selections] == [(30, 30.0), (60, 60.0), (90, 90.0), (100, 100.0)]
    assert (run.seconds, run.records[0].steps_per_second) == (100.0, 1.0)


# ---- TensorBoard


def scalars(folder):
    accumulator = EventAccumulator(str(folder), {"tensors": 0}).Reload()
    tensors = {tag: accumulator.Tensors(tag) for tag in accumulator.Tags()["tensors"]}
    return {
        tag: [(event.step, float(np.frombuffer(event.tensor_proto.tensor_content, np.float32)[0])) for event in events]
        for tag, events in tensors.items()
    }


def test_scalars_read_back_are_the_records(tmp_path):
    records = [Record(i, 10 * i, 10, -100.0 * i, 0.5, -i, i, 1e3) for i in range(1, 4)]
    assert list(write_scalars(iter(records), tmp_path)) == records
    read = scalars(tmp_path)
    assert set(read) == set(Record._fields) - {"episode", "step"}
    for tag, points in read.items():
        assert points == [(record.step, getattr(record, tag)) for record in records], tag


def test_scalars_are_on_disk_when_the_reader_of_the_records_stops_early(tmp_path):
    records = write_scalars((Record(i, i, 1, 0.0, 0.0, 0.0, 0.0, 0.0) for i in range(9)), tmp_path)
    next(records)
    next(records)
    records.close()
    assert [step for step, _ in scalars(tmp_path)["episode_return"]] == [0, 1]
