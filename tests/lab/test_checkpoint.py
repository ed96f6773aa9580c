"""Trainings that are killed, interrupted and fed bad numbers: what is kept is good, and they end with the same bits."""

import contextlib
import gc
import itertools
import multiprocessing
import os
import random
import re
import signal
import sys
from dataclasses import replace
from operator import methodcaller
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

import ddpg_tf.course.worlds  # noqa: F401  registers ddpg_tf/LinearQuadratic-v0
from ddpg_tf import agent, training
from ddpg_tf.agent import DDPG
from ddpg_tf.config import PENDULUM
from ddpg_tf.lab import checkpoint
from ddpg_tf.lab.checkpoint import CHECKPOINT, KIND, run_state, train_with_checkpoints
from ddpg_tf.lab.files import load, save
from ddpg_tf.lab.prioritized import prioritized_run
from ddpg_tf.networks import initialize
from ddpg_tf.training import Run, train
from tests.test_agent import networks_of_ones_own

PACKAGE = str(Path(__file__).parents[2] / "ddpg_tf")
pytestmark = pytest.mark.usefixtures("fast", "with_ctrl_c")
CONFIG = replace(  # episodes of 20 steps, the ring wraps three times, the last episode is cut, it counts as solved
    PENDULUM, env="ddpg_tf/LinearQuadratic-v0", steps=390, warmup_steps=100, steps_per_call=10, updates_per_call=5,
    batch_size=16, hidden=(4,), memory_capacity=120, evaluation_every=65, evaluation_episodes=1, finalists=3,
    solved_return=-50.0, average_rate=0.2,
)  # fmt: skip
LONG = replace(
    CONFIG, steps=200_000, warmup_steps=1_000, steps_per_call=250, updates_per_call=25, batch_size=4, hidden=(2,),
    memory_capacity=10_000, evaluation_every=10_000, episode_limit=1_000,
)  # fmt: skip


class Sinking(DDPG):
    """An agent of one's own: its targets sink with each update, by a variable that is kept in a list."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.sunk = [tf.Variable(0.0)]

    def targets(self, batch):
        self.sunk[0].assign_add(1e-3)
        return super().targets(batch) - self.sunk[0]


def own_run(config, seed):
    """A Run with an agent and networks of one's own."""
    return Run(config, seed, agent=Sinking(*(initialize(x, seed) for x in networks_of_ones_own(1, 1.0)), [-1.0], [1.0]))


def make_fast(patch):
    """No XLA, which takes long to compile, two selection seeds, and a clock that ticks whenever it is read."""
    patch.setattr(agent, "xla_works", lambda: False)
    patch.setattr(training, "SELECTION_SEEDS", range(2))
    patch.setattr(training, "time", SimpleNamespace(perf_counter=itertools.count().__next__))


@pytest.fixture(scope="module")
def fast():
    with pytest.MonkeyPatch.context() as patch:
        make_fast(patch)
        yield


BUILDS = {"uniform": Run, "prioritized": prioritized_run, "own agent": own_run}


@pytest.fixture(scope="module")
def expected(fast):
    """What the trainings end with that nobody disturbs, by name of the build; they use what is to be proved."""
    runs = {name: build(CONFIG, 3) for name, build in BUILDS.items()}
    for run in runs.values():
        assert len(list(train(run))) == 20 and run.records[-1].length == 10 and np.isnan(run.records[0].mean_q)
        assert len(run.memory) == 120 < run.step and run.solved_at and len(run.candidates) == 3
    assert len(np.unique(runs["prioritized"].memory.probabilities)) > 60
    assert float(runs["own agent"].agent.sunk[0]) == pytest.approx(0.145)  # 145 updates
    return runs


def assert_same_bits(left, right):
    """Two states of runs are the same to the last bit, in their types, and where the clock stands."""
    assert left.keys() == right.keys()
    with np.printoptions(threshold=sys.maxsize, floatmode="unique"):
        assert [name for name in left if repr(left[name]) != repr(right[name])] == []


def play(run, folder, episodes=999, save_every=1):
    """Let a run go on in the folder, and drop it after so many episodes."""
    records = train_with_checkpoints(run, folder, save_every)
    list(itertools.islice(records, episodes))
    records.close()
    return run


def saved_step(folder):
    return load(folder / CHECKPOINT, KIND)["step"]


@pytest.mark.parametrize("save_every", [1, 70, 10_000])
@pytest.mark.parametrize("build", BUILDS)
def test_a_training_that_is_dropped_again_and_again_ends_with_the_same_bits(expected, tmp_path, build, save_every):
    for episodes in (4, 8, 999):  # within the warm-up, and after the ring has wrapped
        run = play(BUILDS[build](CONFIG, 3), tmp_path, episodes, save_every)
    assert run.finished
    assert_same_bits(run_state(run), run_state(expected[build]))


@pytest.mark.parametrize("save_every", [1, 70, 10_000])
def test_it_saves_after_each_save_every_steps_and_at_both_ends(tmp_path, monkeypatch, save_every):
    saved = []
    monkeypatch.setattr(checkpoint, "save", lambda path, kind, state: saved.append(state["step"]))
    list(train_with_checkpoints(Run(replace(CONFIG, steps=190, warmup_steps=185), 0), tmp_path, save_every))
    assert saved == {1: [*range(0, 190, 20), 190], 70: [0, 80, 160, 190], 10_000: [0, 190]}[save_every]


@pytest.mark.parametrize(("name", "value"), [("gamma", 0.9), ("seed", 4), ("version", 0)])
def test_the_folder_of_another_training_is_refused_and_kept(tmp_path, monkeypatch, name, value):
    play(Run(CONFIG, 3), tmp_path, 1)
    before = (tmp_path / CHECKPOINT).read_bytes()
    if name == "version":
        monkeypatch.setattr(checkpoint, "__version__", value)
    run = Run(replace(CONFIG, gamma=0.9) if name == "gamma" else CONFIG, 4 if name == "seed" else 3)
    words = f"its training's {name} is .*, expected {value}; use that, or another folder"
    with pytest.raises(ValueError, match=re.escape(str(tmp_path / CHECKPOINT)) + f".*{words}"):
        next(train_with_checkpoints(run, tmp_path))
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_a_folder_with_a_finished_training_and_a_run_without_its_checkpoint_are_refused(tmp_path):
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "policy.npz").touch()
    with pytest.raises(ValueError, match="done holds a finished training already"):
        next(train_with_checkpoints(Run(CONFIG, 3), tmp_path / "done"))
    next(train(run := Run(CONFIG, 3)))
    with pytest.raises(ValueError, match="the run has made 20 steps.*start with a new Run"):
        next(train_with_checkpoints(run, tmp_path / "new"))
    assert [path.name for path in tmp_path.rglob("*")] == ["done", "policy.npz"]


@pytest.mark.parametrize("save_every", [0, "often"])
def test_save_every_is_a_count(tmp_path, save_every):
    with pytest.raises((ValueError, TypeError), match=f"train_with_checkpoints: save_every is .*{save_every}"):
        next(train_with_checkpoints(Run(CONFIG, 3), tmp_path, save_every))


@contextlib.contextmanager
def interrupted(at):
    """Raises KeyboardInterrupt at the line of the package that is executed as the n-th in the block."""
    lines = itertools.count(1)

    def trace(frame, event, argument):
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line" and next(lines) == at:
            raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(None)


@pytest.mark.parametrize("seed", range(3))
def test_a_cell_that_is_interrupted_at_any_line_and_run_again_ends_with_the_same_bits(expected, tmp_path, seed):
    """The same run object each time, stopped wherever it was: in a step, in an update, while saving or restoring."""
    rng, name = random.Random(seed), list(BUILDS)[seed % 3]
    run, interrupts = BUILDS[name](CONFIG, 3), 0
    while True:
        try:
            with interrupted(at=int(10 ** rng.uniform(1, 4.6)) if interrupts < 4 else None):
                list(train_with_checkpoints(run, tmp_path, save_every=50))
        except KeyboardInterrupt:
            interrupts += 1
            if (tmp_path / CHECKPOINT).exists():
                load(tmp_path / CHECKPOINT, KIND)  # never half a checkpoint
            else:
                run = BUILDS[name](CONFIG, 3)  # not even the first one was saved
        else:
            break
    assert interrupts and [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]
    assert_same_bits(run_state(run), run_state(expected[name]))


@pytest.mark.parametrize("error", [RuntimeError("the lights went out"), KeyboardInterrupt()])
def test_an_error_within_an_episode_carries_a_note_on_how_to_continue(expected, tmp_path, error):
    run, lived = Run(CONFIG, 3), itertools.count(1)
    step = run.env.step

    def fragile(action):
        if next(lived) == 155:
            raise error
        return step(action)

    run.env.step = fragile
    with pytest.raises(type(error)) as caught:
        list(train_with_checkpoints(run, tmp_path, save_every=60))
    assert caught.value is error
    assert f"first 120 steps are kept in {tmp_path / CHECKPOINT}" in error.__notes__[-1]
    assert saved_step(tmp_path) == 120
    with pytest.raises(ValueError, match="step 154 is within an episode"):
        run_state(run)
    list(train_with_checkpoints(run, tmp_path, save_every=60))
    assert_same_bits(run_state(run), run_state(expected["uniform"]))


def test_values_that_diverge_before_the_losses_do_are_not_saved(tmp_path):
    run, learn = Run(CONFIG, 3), Run.learn

    def diverging():
        metrics = learn(run)
        if run.step == 120:  # the last update of an episode: its losses are still finite
            moment = run.agent.critic_optimizer.variables[-1]
            moment.assign(np.full(moment.shape, np.inf, np.float32))
        return metrics

    run.learn = diverging
    with pytest.raises(FloatingPointError, match=r"after 120 steps critic_optimizer/\d+ of the agent is no longer fin"):
        list(train_with_checkpoints(run, tmp_path, save_every=1))
    assert saved_step(tmp_path) == 100


def test_a_policy_of_another_kind_is_refused_before_a_step_is_made(tmp_path):
    run = Run(CONFIG, 3)
    run.best_policy = lambda state: state
    with pytest.raises(ValueError, match=r"policy\(\) gives is <function.*expected a Policy"):
        train_with_checkpoints(run, tmp_path)


@pytest.fixture(scope="module")
def vain(fast):
    """A run to be restored in vain."""
    return Run(CONFIG, 3)


def put(name, value):
    """A change of a state: the value of what has this name becomes another."""
    return lambda state: state.update({name: value})


PARTS = ["training", "agent", "memory", "noise", "env", "warmup", "step", "seconds", "records", "selections"]
WRONG = {
    **{f"no {name}": methodcaller("pop", name) for name in [*PARTS, "solved_at", "candidates", "average", "best"]},
    "no kernel": lambda state: state["agent"].pop("actor/0"),
    "no rewards": lambda state: state["memory"].pop("rewards"),
    "memory as a list": put("memory", [1, 2]),
    "generator of nothing": lambda state: state["noise"].update(rng={}),
    "another generator": lambda state: state["env"].update(bit_generator="MT19937"),
    "a generator beyond its bits": lambda state: state["env"]["state"].update(state=2**200),
    "a noise of two": lambda state: state["noise"].update(x=np.zeros(2)),
    "records too narrow": put("records", [[0, 20, 20]]), "selections too wide": put("selections", [[0] * 9]),
    "candidates as a number": put("candidates", 3), "a candidate without policy": put("candidates", [[[0] * 6]]),
    "another layer": lambda state: state["best"][1]["layers"][0].__setitem__(0, "swish"),
    "a layer of another shape": lambda state: state["best"][1]["layers"][0][1].__setitem__(0, np.zeros((1, 3))),
}  # fmt: skip


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_right_checksums_with_wrong_contents_are_refused_by_name_and_the_file_kept(expected, vain, tmp_path, change):
    path = tmp_path / CHECKPOINT
    save(path, KIND, run_state(expected["uniform"]))
    state = load(path, KIND)
    change(state)
    save(path, KIND, state)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=re.escape(f"{path} is no checkpoint that can be used: ")):
        next(train_with_checkpoints(vain, tmp_path))
    assert path.read_bytes() == before


@pytest.mark.parametrize(("saved", "other"), [(Run, prioritized_run), (prioritized_run, Run), (Run, own_run)])
def test_the_checkpoint_of_another_kind_of_run_is_refused(tmp_path, saved, other):
    play(saved(CONFIG, 3), tmp_path, 1)
    with pytest.raises(ValueError, match="the difference of its (memory|agent) is .* build the run as it was"):
        next(train_with_checkpoints(other(CONFIG, 3), tmp_path))


def start(target, *arguments):
    """A process that is forked from a server which has loaded TensorFlow once, and nothing of other tests."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["ddpg_tf.lab.prioritized", "ddpg_tf.course.worlds"])
    child = processes.Process(target=target, args=arguments, daemon=True)
    child.start()
    return child


def die_at_the_fourth_save(folder, renamed):
    """Train until the process is killed, just before or just after its fourth checkpoint takes the name."""
    saved, rename = [], os.replace

    def fatal(old, new):
        saved.append(new)
        if renamed or len(saved) < 4:
            rename(old, new)
        if len(saved) == 4:
            os.kill(os.getpid(), signal.SIGKILL)

    os.replace = fatal
    make_fast(pytest.MonkeyPatch())
    list(train_with_checkpoints(prioritized_run(CONFIG, 3), folder, save_every=1))


@pytest.mark.skipif(os.name != "posix", reason="Windows has neither fork servers nor this signal")
@pytest.mark.parametrize(("renamed", "step"), [(False, 40), (True, 60)])
def test_a_training_killed_while_it_saves_ends_with_the_same_bits(expected, tmp_path, renamed, step):
    child = start(die_at_the_fourth_save, tmp_path, renamed)
    child.join()
    assert (child.exitcode, saved_step(tmp_path)) == (-signal.SIGKILL, step)
    assert_same_bits(run_state(play(prioritized_run(CONFIG, 3), tmp_path)), run_state(expected["prioritized"]))


def watch_memory(folder, sender):
    """Send the bytes of this process in memory, after some steps of a long training, and how often it traced."""
    training.SELECTION_SEEDS, sizes = range(2), {}
    run = Run(LONG, 0)
    for record in train_with_checkpoints(run, folder, save_every=20_000):
        if record.step in (40_000, 200_000):
            gc.collect()
            status = Path("/proc/self/status").read_text()
            sizes[record.step] = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024
    sender.send((sizes, run.agent._compiled_updates.experimental_get_tracing_count()))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the memory of a process so easily")
def test_200_000_steps_take_no_more_memory_than_40_000_and_trace_once(tmp_path):
    receiver, sender = multiprocessing.Pipe()
    child = start(watch_memory, tmp_path, sender)
    sender.close()  # or a child that dies would be waited for
    sizes, traces = receiver.recv()
    child.join()
    assert traces == 1
    assert sizes[200_000] - sizes[40_000] < 12 * 160_000  # less than one float and a reference per step
