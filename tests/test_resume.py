"""A training that is stopped, breaks off or meets bad numbers: what is kept, and that it goes on with the same bits."""

import os
import re
import signal
import threading
from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from same_bits import assert_same_bits, generators

from ddpg_tf import training
from ddpg_tf.config import PENDULUM
from ddpg_tf.lab.interrupts import Interrupted, stoppable
from ddpg_tf.lab.results import STATE_FILE
from ddpg_tf.lab.resume import train_resumable
from ddpg_tf.lab.state import Snapshot, read_state, save_state
from ddpg_tf.training import Run, train

pytestmark = pytest.mark.usefixtures("uncompiled", "with_ctrl_c")
ROUND = replace(  # the ring comes round three times; the last episode is cut
    PENDULUM, steps=390, episode_limit=50, warmup_steps=100, block=10, batch_size=16, hidden=(8,), memory_capacity=120,
    evaluation_every=65, evaluation_episodes=1,
)  # fmt: skip


class Moody(gym.Env):
    """Ten steps of noise per episode, and at one step of one's life a value of one's choice for each part."""

    def __init__(self, at=10**9, state=0.0, reward=0.0, first=0.0):
        self.at, self.bad = at, (state, reward, first)
        self.count = 0
        self.observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (1,), np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        first = self.bad[2] if self.count >= self.at else 0.0
        return (self.np_random.normal(size=2) + first).astype(np.float32), {}

    def step(self, action):
        self.count += 1
        state, reward = self.bad[:2] if self.count == self.at else (0.0, 0.0)
        over = self.count % 10 == 0
        return (self.np_random.normal(size=2) + state).astype(np.float32), float(action[0]) + reward, over, False, {}


gym.register("tests/Moody-v0", Moody)
MOODY = replace(
    ROUND, env="tests/Moody-v0", steps=200, warmup_steps=50, block=10, batch_size=10, memory_capacity=70,
    evaluation_every=1_000, evaluation_episodes=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def uninterrupted(uncompiled):
    run = Run(ROUND, 3)
    list(train(run))
    return run


def cut(folder, episodes, save_every):
    """A run that goes on in the folder, and is dropped after so many episodes."""
    run = Run(ROUND, 3)
    records = train_resumable(run, folder, save_every)
    for _, _ in zip(range(episodes), records):
        pass
    records.close()
    return run


# ---- the same bits


def test_keeping_the_state_changes_nothing(uninterrupted, tmp_path):
    run = Run(ROUND, 3)
    assert list(train_resumable(run, tmp_path, save_every=1)) == run.records
    assert_same_bits(run, uninterrupted)
    assert generators(run) == generators(uninterrupted)


@pytest.mark.parametrize("episodes", [(1,), (2, 1), (1, 1, 1, 1, 1, 1, 1), (3, 2, 1), (8,)])
def test_a_run_that_is_dropped_between_episodes_goes_on_to_the_same_bits(uninterrupted, tmp_path, episodes):
    for count in episodes:
        cut(tmp_path, count, save_every=1)
    run = cut(tmp_path, 99, save_every=1)
    assert run.finished
    assert_same_bits(run, uninterrupted)
    assert generators(run) == generators(uninterrupted)


@pytest.mark.parametrize("save_every", [100, 170, 10_000])
def test_what_was_not_yet_saved_is_played_again_to_the_same_bits(uninterrupted, tmp_path, save_every):
    for count in (3, 5, 2):
        cut(tmp_path, count, save_every)
    assert_same_bits(cut(tmp_path, 99, save_every), uninterrupted)


def test_a_prioritized_memory_survives_with_its_priorities(tmp_path):
    config = replace(ROUND, priority_alpha=0.6)
    uninterrupted = Run(config, 3)
    list(train(uninterrupted))
    assert len(np.unique(uninterrupted.memory.probabilities)) > 100
    for count in (3, 2, 99):
        run = Run(config, 3)
        for _, _ in zip(range(count), train_resumable(run, tmp_path, save_every=60)):
            pass
    assert run.finished
    assert_same_bits(run, uninterrupted)
    assert generators(run) == generators(uninterrupted)
    np.testing.assert_array_equal(run.memory.probabilities, uninterrupted.memory.probabilities)


def test_a_failing_episode_of_a_prioritized_run_is_undone(tmp_path):
    config = replace(ROUND, priority_alpha=0.6)
    uninterrupted, run = Run(config, 3), breaking_off(Run(config, 3), {130, 280})
    list(train(uninterrupted))
    for _ in range(2):
        with pytest.raises(RuntimeError):
            list(train_resumable(run, tmp_path))
    list(train_resumable(run, tmp_path))
    assert_same_bits(run, uninterrupted)
    np.testing.assert_array_equal(run.memory.probabilities, uninterrupted.memory.probabilities)


def test_a_finished_run_is_there_at_once_when_the_cell_is_run_again(uninterrupted, tmp_path):
    cut(tmp_path, 99, save_every=10_000)
    again = Run(ROUND, 3)
    assert list(train_resumable(again, tmp_path)) == []
    assert_same_bits(again, uninterrupted)
    assert again.finished and len(again.records) == len(uninterrupted.records)


def test_a_run_that_is_further_than_the_file_goes_on_from_where_it_is(uninterrupted, tmp_path):
    run = cut(tmp_path, 4, save_every=10_000)
    assert read_state(tmp_path / STATE_FILE).step == 0
    played = list(train_resumable(run, tmp_path))
    assert len(played) == len(uninterrupted.records) - 4
    assert_same_bits(run, uninterrupted)


def test_it_says_where_it_goes_on(tmp_path, capsys):
    cut(tmp_path, 2, save_every=1)
    assert capsys.readouterr().out == ""
    cut(tmp_path, 1, save_every=1)
    line = f"going on after 100 of 390 steps and 2 episodes, from {tmp_path / STATE_FILE}\n"
    assert capsys.readouterr().out == line


@pytest.mark.parametrize("save_every", [1, 100, 10_000])
def test_it_saves_as_often_as_it_was_told(tmp_path, monkeypatch, save_every):
    saved = []
    monkeypatch.setattr("ddpg_tf.lab.resume.save_state", lambda run, path: saved.append(run.step))
    list(train_resumable(Run(replace(ROUND, steps=250, warmup_steps=250), 0), tmp_path, save_every))
    expected = {1: [0, 50, 100, 150, 200, 250], 100: [0, 100, 200, 250], 10_000: [0, 250]}
    assert saved == expected[save_every]


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"gamma": 0.9}, "gamma = 0.99, expected 0.9"), ({"steps": 3_000}, "steps = 390, expected 3000")],
)
def test_the_folder_of_another_training_is_refused_and_kept(tmp_path, changed, words):
    cut(tmp_path, 1, save_every=1)
    before = (tmp_path / STATE_FILE).read_bytes()
    with pytest.raises(ValueError, match=re.escape(f"is the state of a training with {words}; give another folder")):
        next(train_resumable(Run(replace(ROUND, **changed), 3), tmp_path))
    with pytest.raises(ValueError, match="with seed = 3, expected 4"):
        next(train_resumable(Run(ROUND, 4), tmp_path))
    assert (tmp_path / STATE_FILE).read_bytes() == before


@pytest.mark.parametrize("first", [False, True])
def test_what_a_killed_process_has_left_is_cleared_away(tmp_path, first):
    cut(tmp_path, 1, save_every=1)
    for name in (STATE_FILE, "result.json"):  # killed while saving, and while writing the result
        (tmp_path / f".{name}.123.part").write_bytes(b"half")
    (tmp_path / ".somebody_else.part").write_bytes(b"whole")
    if first:
        (tmp_path / STATE_FILE).unlink()
    cut(tmp_path, 1, save_every=1)
    assert {path.name for path in tmp_path.iterdir()} == {STATE_FILE, ".somebody_else.part"}


# ---- an episode that cannot be finished is undone


def breaking_off(run, at):
    """Let the world of a run break at these steps of its life, once each."""
    step, lived = run.env.step, [0]

    def fragile(action):
        lived[0] += 1
        if lived[0] in at:
            raise RuntimeError("the lights went out")
        return step(action)

    run.env.step = fragile
    return run


def test_a_failing_episode_is_undone_and_the_run_goes_on_to_the_same_bits(uninterrupted, tmp_path):
    run, failures = breaking_off(Run(ROUND, 3), {1, 40, 90, 200, 310, 420}), 0
    while not run.finished:
        try:
            list(train_resumable(run, tmp_path))
        except RuntimeError as error:
            failures += 1
            assert re.search(r"What was learned before, in .* episodes, is kept in .*state.npz", error.__notes__[0])
    assert failures == 6
    assert_same_bits(run, uninterrupted)
    assert generators(run) == generators(uninterrupted)


def test_the_state_before_a_failure_is_in_the_file(uninterrupted, tmp_path):
    with pytest.raises(RuntimeError):
        list(train_resumable(breaking_off(Run(ROUND, 3), {280}), tmp_path))
    assert read_state(tmp_path / STATE_FILE).step == 250
    assert_same_bits(cut(tmp_path, 99, save_every=10_000), uninterrupted)


def test_a_snapshot_brings_back_what_an_episode_has_changed():
    run = Run(ROUND, 3)
    records = train(run)
    for _ in range(5):
        next(records)
    left = Run(ROUND, 3)
    for _, _ in zip(range(5), train(left)):
        pass
    snapshot = Snapshot(run)
    next(records), next(records)
    snapshot.restore()
    assert_same_bits(run, left)
    assert generators(run) == generators(left)


def test_a_run_that_was_stopped_within_an_episode_is_refused_and_the_file_kept(tmp_path):
    run = cut(tmp_path, 3, save_every=1)
    before = (tmp_path / STATE_FILE).read_bytes()
    interrupting(run, at=3)
    with pytest.raises(KeyboardInterrupt):
        next(train(run))
    with pytest.raises(
        ValueError, match="stopped at step 152, within an episode that began after step 150; make a new"
    ):
        next(train_resumable(run, tmp_path))
    with pytest.raises(ValueError, match="within an episode"):
        save_state(run, tmp_path / STATE_FILE)
    assert (tmp_path / STATE_FILE).read_bytes() == before


def test_a_folder_with_a_finished_training_is_refused(tmp_path):
    (tmp_path / "policy.npz").write_bytes(b"")
    with pytest.raises(
        ValueError, match=re.escape(f"{tmp_path} holds a finished training already; give another folder")
    ):
        next(train_resumable(Run(ROUND, 3), tmp_path))
    assert not (tmp_path / STATE_FILE).exists()


@pytest.mark.parametrize("save_every", [0, -5, None, "often", np.nan])
def test_how_often_to_save_is_a_count(tmp_path, save_every):
    with pytest.raises((ValueError, TypeError), match=f"train_resumable: save_every is .*{save_every}.*at least 1"):
        next(train_resumable(Run(ROUND, 3), tmp_path, save_every))


def test_a_full_disk_does_not_hide_why_a_training_failed(tmp_path, monkeypatch):
    def full(run, path):
        if run.records:
            raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("ddpg_tf.lab.resume.save_state", full)
    with pytest.raises(RuntimeError, match="the lights went out") as error:
        list(train_resumable(breaking_off(Run(ROUND, 3), {90}), tmp_path))
    assert re.search("could not be saved: .*No space left on device", error.value.__notes__[0])


def test_a_generator_that_cannot_be_written_is_named_after_the_first_episode(tmp_path):
    run = Run(MOODY, 0)
    reset = run.env.reset

    def other(**options):
        first = reset(**options)
        run.env.unwrapped.np_random = np.random.Generator(np.random.MT19937(0))
        return first

    run.env.reset = other
    with pytest.raises(ValueError, match="a random generator is of the kind MT19937, expected PCG64") as error:
        next(train_resumable(run, tmp_path))
    assert "kept in" in error.value.__notes__[0]
    assert (run.step, len(run.memory), run.records, read_state(tmp_path / STATE_FILE).step) == (0, 0, [], 0)


# ---- interrupts


def interrupting(run, at, times=1):
    """Let the stop button be pressed at this step of the world's life."""
    step, lived = run.env.step, [0]

    def watched(action):
        lived[0] += 1
        if lived[0] == at:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
        return step(action)

    run.env.step = watched
    return run


@pytest.mark.parametrize("at", [1, 40, 50, 51, 110, 290, 389])
def test_an_interrupt_ends_the_training_with_the_state_saved_and_one_line(uninterrupted, tmp_path, capsys, at):
    run = interrupting(Run(ROUND, 3), at)
    records = list(train_resumable(run, tmp_path))
    episodes = at // 50
    assert (records, len(records), run.step) == (run.records, episodes, 50 * episodes)
    assert capsys.readouterr().out == (
        f"stopped after {50 * episodes} of 390 steps and {episodes} episodes; to go on: "
        f"run the same again, or python -m ddpg_tf train --resume {tmp_path}\n"
    )
    assert read_state(tmp_path / STATE_FILE).step == run.step
    assert_same_bits(cut(tmp_path, 99, save_every=10_000), uninterrupted)  # in another process, as it were
    list(train_resumable(run, tmp_path / "elsewhere"))  # and with what is in memory
    assert_same_bits(run, uninterrupted)


def test_the_interrupted_step_is_the_last_one():
    run = interrupting(Run(ROUND, 3), at=40)
    with stoppable(run), pytest.raises(Interrupted):
        next(train(run))
    assert run.step == 40


def test_an_interrupt_in_an_evaluation_does_not_wait_for_its_end(uninterrupted, tmp_path, monkeypatch):
    flown = []

    def evaluate(policy, env_id, seeds):
        flown.append(policy(np.zeros(3, np.float32)))
        if len(flown) == 3:
            signal.raise_signal(signal.SIGINT)
        flown.append(policy(np.zeros(3, np.float32)))
        return real(policy, env_id, seeds)

    real = training.evaluate
    monkeypatch.setattr(training, "evaluate", evaluate)
    run = Run(ROUND, 3)
    assert [record.step for record in train_resumable(run, tmp_path)] == [50, 100, 150]
    assert len(flown) == 3  # one whole evaluation at 130, half of one at 195
    assert [selection.step for selection in run.selections] == [130]
    monkeypatch.undo()
    assert_same_bits(cut(tmp_path, 99, save_every=10_000), uninterrupted)


def test_a_second_interrupt_stops_at_once_and_spoils_nothing(uninterrupted, tmp_path):
    run = interrupting(Run(ROUND, 3), at=90, times=2)
    with pytest.raises(KeyboardInterrupt) as stop:
        list(train_resumable(run, tmp_path))
    assert stop.type is KeyboardInterrupt
    assert (run.step, len(run.memory)) == (50, 50)
    list(train_resumable(run, tmp_path))
    assert_same_bits(run, uninterrupted)


def test_a_second_interrupt_waits_until_the_episode_is_undone(uninterrupted, tmp_path, monkeypatch):
    run = interrupting(Run(ROUND, 3), at=140)
    restore = run.agent.restore

    def interrupted(arrays):
        signal.raise_signal(signal.SIGINT)
        restore(arrays)

    monkeypatch.setattr(run.agent, "restore", interrupted)
    with pytest.raises(KeyboardInterrupt) as stop:
        list(train_resumable(run, tmp_path))
    assert stop.type is KeyboardInterrupt
    monkeypatch.undo()
    assert (run.step, len(run.memory), run.records[-1].step, run.stop_asked) == (100, 100, 100, False)
    list(train_resumable(run, tmp_path))
    assert_same_bits(run, uninterrupted)


@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupt_while_saving_leaves_a_whole_file(uninterrupted, tmp_path, monkeypatch, times):
    real, calls = os.fsync, []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == 4:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    try:
        list(train_resumable(Run(ROUND, 3), tmp_path, save_every=1))
    except KeyboardInterrupt:
        assert times == 2
    assert [path.name for path in tmp_path.iterdir()] == [STATE_FILE]
    assert read_state(tmp_path / STATE_FILE).step == {1: 150, 2: 100}[times]
    assert_same_bits(cut(tmp_path, 99, save_every=10_000), uninterrupted)


@pytest.mark.parametrize("episode", [0, 3])
def test_an_interrupt_between_two_episodes_stops_before_the_next_one(uninterrupted, tmp_path, capsys, episode):
    records = train_resumable(Run(ROUND, 3), tmp_path)
    for record in records:
        if record.episode == episode:
            signal.raise_signal(signal.SIGINT)
    assert record.episode == episode
    assert capsys.readouterr().out.startswith(f"stopped after {record.step} of 390 steps")
    assert read_state(tmp_path / STATE_FILE).step == record.step
    assert_same_bits(cut(tmp_path, 99, save_every=10_000), uninterrupted)


def test_who_leaves_the_loop_has_python_s_own_stop_button_again(tmp_path):
    for _ in train_resumable(Run(ROUND, 3), tmp_path):
        break
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_another_handler_is_left_alone():
    mine = []
    before = signal.signal(signal.SIGINT, lambda *_: mine.append("rung"))
    try:
        run = Run(MOODY, 0)
        with stoppable(run):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (mine, run.stop_asked) == (["rung"], False)


def test_a_training_in_a_thread_needs_no_signals(tmp_path):
    run, played = Run(MOODY, 0), []
    thread = threading.Thread(target=lambda: played.extend(train_resumable(run, tmp_path)))
    thread.start()
    thread.join()
    assert (len(played), run.finished) == (20, True)


def test_without_a_folder_an_interrupt_is_python_s_own():
    with pytest.raises(KeyboardInterrupt) as stop:
        list(train(interrupting(Run(MOODY, 0), at=25)))
    assert stop.type is KeyboardInterrupt


# ---- bad numbers

BAD = [np.nan, np.inf, -np.inf]


@pytest.mark.filterwarnings("ignore:.*The reward is a", "ignore:.*obs")
@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("at", [33, 97])  # in the warm-up and after it
@pytest.mark.parametrize("part, named", [("state", "next_states"), ("reward", "rewards")])
def test_a_bad_reward_or_observation_stops_the_run_and_is_named(tmp_path, monkeypatch, bad, at, part, named):
    run = Run(MOODY, 0)
    run.env.unwrapped.at, run.env.unwrapped.bad = (
        at,
        tuple({"state": 0.0, "reward": 0.0, "first": 0.0, part: bad}.values()),
    )
    message = rf"in episode {at // 10}, after {at - 1} steps: ReplayMemory.add: {named} of one transition is .*{bad}"
    with pytest.raises(ValueError, match=message) as error:
        list(train_resumable(run, tmp_path))
    assert str(tmp_path / STATE_FILE) in error.value.__notes__[0]
    kept = read_state(tmp_path / STATE_FILE)
    assert kept.step == run.step == at // 10 * 10
    assert np.isfinite(kept.arrays["memory/rewards"]).all()


@pytest.mark.filterwarnings("ignore:.*obs")
@pytest.mark.parametrize(
    "at, named", [(20, "ReplayMemory.add: states"), (100, r"Run.explore: the action is \[nan\] in the state")]
)
def test_a_bad_first_observation_stops_the_run_before_it_acts_on_it(tmp_path, at, named):
    run = Run(MOODY, 0)
    run.env.unwrapped.at, run.env.unwrapped.bad = at, (0.0, 0.0, np.nan)
    with pytest.raises(ValueError, match=rf"in episode {at // 10}, after {at} steps: {named}.*nan"):
        list(train_resumable(run, tmp_path))
    assert read_state(tmp_path / STATE_FILE).step == at


def test_losses_that_diverge_stop_the_run_with_the_networks_of_before(tmp_path):
    run = Run(replace(MOODY, reward_scale=1e20, warmup_steps=100), 0)  # its square is beyond float32
    message = r"in episode 10, after 110 steps: DDPG.learn: the block ended with Learned\(critic_loss=(nan|inf)"
    with pytest.raises(FloatingPointError, match=message):
        list(train_resumable(run, tmp_path))
    assert run.step == read_state(tmp_path / STATE_FILE).step == 100
    assert all(np.isfinite(array).all() for array in run.agent.state().values())
    assert all(np.isfinite(weight).all() for weight in run.policy.weights)


def test_moments_that_diverge_before_the_losses_do_are_not_saved(tmp_path):
    run, learned = Run(MOODY, 0), []
    learn = run.learn

    def diverging():
        learned.append(learn())
        if run.step == 120:  # the last update of an episode: its losses are those of before
            moment = run.agent.critic_optimizer.variables[-1]
            moment.assign(np.full(moment.shape, np.inf, np.float32))
        return learned[-1]

    run.learn = diverging
    with pytest.raises(
        FloatingPointError, match=r"in episode 11, after 120 steps: critic_optimizer/\d+ of the agent has a NaN"
    ):
        list(train_resumable(run, tmp_path, save_every=1))
    assert read_state(tmp_path / STATE_FILE).step == run.step == 110
    assert all(np.isfinite(array).all() for array in run.agent.state().values())
    again = Run(MOODY, 0)
    list(train_resumable(again, tmp_path))
    assert again.finished


def test_a_reward_that_is_no_number_is_named_with_its_step(tmp_path):
    run = Run(MOODY, 0)
    step = run.env.step
    run.env.step = lambda action: (*step(action)[:1], None, False, False, {})
    with pytest.raises(TypeError, match="in episode 0, after 0 steps: "):
        list(train_resumable(run, tmp_path))


@pytest.mark.filterwarnings("ignore:.*The reward is a")
def test_a_bad_return_in_a_selection_is_named_with_its_seed():
    with pytest.raises(ValueError, match=r"evaluate: the episode of seed 7 in tests/Broken-v0 brought nan"):
        gym.register("tests/Broken-v0", Moody, kwargs={"at": 15, "reward": np.nan})
        training.evaluate(lambda state: np.zeros(1, np.float32), "tests/Broken-v0", [3, 7])
