"""Real processes that are killed, interrupted and starved of disk: each time the training goes on to the same bits."""

import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel
from same_bits import finished_folder

from ddpg_tf import agent
from ddpg_tf.__main__ import main
from ddpg_tf.lab.results import STATE_FILE
from ddpg_tf.lab.state import read_state

ROOT = Path(__file__).parent.parent
TRAIN = [
    "train", "--env", "Pendulum-v1", "--seed", "4", "--steps", "3000", "--warmup-steps", "300", "--batch-size", "32",
    "--hidden", "8", "8", "--memory-capacity", "1000", "--evaluation-every", "500", "--evaluation-episodes", "3",
    "--save-every", "1",
]  # fmt: skip
processes = multiprocessing.get_context("forkserver")  # each child is a process of its own; TensorFlow is loaded once
processes.set_forkserver_preload(["ddpg_tf.lab.resume"])


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """What the training writes that nobody disturbs, and how long its process lives, in seconds."""
    folder, start = tmp_path_factory.mktemp("undisturbed") / "run", time.monotonic()
    return finish(folder), time.monotonic() - start


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """What it writes with XLA, as `python -m ddpg_tf` does it."""
    return finish(tmp_path_factory.mktemp("compiled") / "run", compiled=True)


def launch(folder, prepare=None, compiled=False):
    """Start the training in a process of its own, with XLA or without; `prepare` is called in it first."""
    child = processes.Process(target=_train, args=(str(folder), prepare, compiled), daemon=True)
    child.start()
    return child


def _train(folder, prepare, compiled):
    """What the process does; all it prints goes to a file beside the folder."""
    with open(f"{folder}.log", "a") as file:
        os.dup2(file.fileno(), 1), os.dup2(file.fileno(), 2)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the fork server ignores it
    agent.xla_works = lambda: compiled  # to compile takes longer than all of this training
    if prepare:
        prepare()
    sys.exit(main([*TRAIN, "--out", folder]))


def log(folder):
    return Path(f"{folder}.log").read_text()


def finish(folder, compiled=False):
    """Let the training in a folder go on to its end, whatever has happened to it, and return what it has written."""
    child = launch(folder, compiled=compiled)
    child.join()
    assert child.exitcode == 0, log(folder)
    assert not list(folder.glob(".*")) and not (folder / STATE_FILE).exists()
    return finished_folder(folder)


# ---- SIGKILL


@pytest.mark.parametrize("seed", range(4))
def test_a_training_killed_at_five_random_moments_goes_on_to_the_same_bits(uninterrupted, tmp_path, seed):
    expected, seconds = uninterrupted
    rng, kills, trainings, folder = random.Random(seed), 0, 0, tmp_path / "run-0"
    while kills < 5:
        child = launch(folder)
        child.join(rng.uniform(0.0, seconds))
        child.kill()
        child.join()
        kills += child.exitcode == -signal.SIGKILL
        if (folder / "policy.npz").exists():  # it was done before
            assert finished_folder(folder) == expected
            trainings += 1
            folder = tmp_path / f"run-{trainings}"
        else:
            assert child.exitcode == -signal.SIGKILL, log(folder)
            if (folder / STATE_FILE).exists():
                read_state(folder / STATE_FILE)  # never half a state
    assert finish(folder) == expected


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class DyingAt:
    """Lets a process be killed at one moment of its fourth save."""

    def __init__(self, moment):
        self.moment = moment

    def __call__(self):
        """Patch what saving calls."""
        calls, savez, fsync, replace = [], np.savez, os.fsync, os.replace

        def dying_savez(file, **arrays):
            calls.append(file)
            if len(calls) == 4 and self.moment == "nothing written":
                die()
            if len(calls) == 4 and self.moment == "half written":
                savez(file, **dict(list(arrays.items())[: len(arrays) // 2]))
                file.flush()
                die()
            savez(file, **arrays)

        def dying_fsync(descriptor):
            if len(calls) == 4 and self.moment == "not flushed":
                die()
            fsync(descriptor)

        def dying_replace(old, new):
            if len(calls) == 4 and self.moment == "not renamed":
                die()
            replace(old, new)
            if len(calls) == 4 and self.moment == "renamed":
                die()

        np.savez, os.fsync, os.replace = dying_savez, dying_fsync, dying_replace


@pytest.mark.parametrize("moment", ["nothing written", "half written", "not flushed", "not renamed", "renamed"])
def test_a_training_killed_while_it_saves_goes_on_to_the_same_bits(uninterrupted, tmp_path, moment):
    folder = tmp_path / "run"
    child = launch(folder, DyingAt(moment))
    child.join()
    assert child.exitcode == -signal.SIGKILL, log(folder)
    assert read_state(folder / STATE_FILE).step == (600 if moment == "renamed" else 400)
    assert len(list(folder.glob(".*.part"))) == (moment != "renamed")
    assert finish(folder) == uninterrupted[0]


# ---- a full disk


class WithLimit:
    """Lets no file of a process grow beyond so many bytes: the full disk of those who may not mount one."""

    def __init__(self, bytes):
        self.bytes = bytes

    def __call__(self):
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.bytes, self.bytes))


def test_a_full_disk_ends_the_training_with_one_line_and_the_last_good_state(uninterrupted, tmp_path):
    folder = tmp_path / "run"
    child = launch(folder, WithLimit(60_000))  # room for what a thousand transitions need, but for the first 600 only
    child.join()
    assert child.exitcode == 2, log(folder)
    last = log(folder).splitlines()[-1]
    assert last.startswith("ddpg_tf train: [Errno 27] File too large") and str(folder / STATE_FILE) in last
    assert "Traceback" not in log(folder)
    assert 0 < read_state(folder / STATE_FILE).step < 3_000
    assert not list(folder.glob(".*"))
    assert finish(folder) == uninterrupted[0]


def shell(script, **values):
    """Run a shell script as the ruler of a small world of mounts, or skip the test where that is not allowed."""
    if not shutil.which("unshare"):
        pytest.skip("no unshare here, so no file system can be mounted for the test")
    run = ["unshare", "--mount", "--map-root-user", "sh", "-ec"]
    if subprocess.run([*run, "mount -t tmpfs none /mnt"], capture_output=True).returncode:
        pytest.skip("no right to mount a file system here")
    environment = {**os.environ, **{name: str(value) for name, value in values.items()}, "PYTHONPATH": str(ROOT)}
    return subprocess.run([*run, script], capture_output=True, text=True, env=environment)


def command(*options):
    words = [sys.executable, "-m", "ddpg_tf", *TRAIN, *options]
    return " ".join(f"'{word}'" for word in words)


def test_a_small_file_system_that_runs_full_ends_the_training_in_the_same_way(compiled, tmp_path):
    small, kept = tmp_path / "small", tmp_path / "run"
    small.mkdir(), kept.mkdir()
    script = f"""
        mount -t tmpfs -o size=100k none "$SMALL"
        {command("--out", small / "run")} || code=$?
        cp "$SMALL"/run/* "$KEPT"
        exit $code
    """
    done = shell(script, SMALL=small, KEPT=kept)
    assert done.returncode == 2, done.stderr
    assert re.search(r"^ddpg_tf train: \[Errno 28\] No space left on device: '.*state.npz'", done.stderr, re.MULTILINE)
    assert "Traceback" not in done.stderr
    assert [path.name for path in kept.iterdir()] == [STATE_FILE]
    assert 0 < read_state(kept / STATE_FILE).step < 3_000
    assert finish(kept, compiled=True) == compiled


# ---- a folder that cannot be written


def test_a_read_only_folder_is_refused_in_one_line_before_the_training(tmp_path):
    script = f"""
        mount -t tmpfs none "$DIR"
        mkdir "$DIR/run"
        mount -o remount,ro "$DIR"
        {command("--out", tmp_path / "run")}
    """
    done = shell(script, DIR=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(r"^ddpg_tf train: \[Errno 30\] Read-only file system: '.*state.npz'$", done.stderr, re.MULTILINE)
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_folder_without_the_right_to_write_is_refused_in_one_line(tmp_path, capsys):
    tmp_path.chmod(0o500)
    assert main([*TRAIN, "--out", str(tmp_path)]) == 2
    assert re.match(r"ddpg_tf train: \[Errno 13\] Permission denied: '.*state.npz'\n$", capsys.readouterr().err)


# ---- the program as a user starts and stops it


def python_m_ddpg_tf(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "ddpg_tf", *map(str, arguments)], text=True, cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a script in the background has it ignored
    )  # fmt: skip


def wait_for_steps(child, folder, steps):
    """Wait until the state in the folder is that far, or the process has ended."""
    while child.poll() is None and not (
        (folder / STATE_FILE).exists() and read_state(folder / STATE_FILE).step >= steps
    ):
        time.sleep(0.02)


def test_a_day_in_the_life_of_a_training(compiled, tmp_path):
    folder = tmp_path / "run"
    child = python_m_ddpg_tf(*TRAIN, "--out", folder)
    wait_for_steps(child, folder, 400)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate()
    assert child.returncode == 130, err
    line = r"stopped after [\d,]+ of 3,000 steps and \d+ episodes; to go on: run the same again"
    assert re.fullmatch(rf"{line}, or python -m ddpg_tf train --resume {folder}\n", out)
    assert "Traceback" not in err

    child = python_m_ddpg_tf("train", "--resume", folder, "--save-every", 1)
    wait_for_steps(child, folder, 1_000)
    child.kill()
    child.communicate()

    out, err = python_m_ddpg_tf("train", "--resume", folder).communicate()
    assert re.match(r"going on after 1,\d00 of 3,000 steps and \d+ episodes, from .*state.npz\n", out), err
    assert f"written to {folder}" in out
    assert finished_folder(folder) == compiled


CELL = """
    import numpy as np
    from ddpg_tf.config import PENDULUM
    from ddpg_tf.lab.resume import train_resumable
    from ddpg_tf.training import Run
    from dataclasses import replace

    config = replace(PENDULUM, steps=3_000, warmup_steps=300, batch_size=32, hidden=(8, 8), evaluation_every=500,
                     evaluation_episodes=3)
    run = Run(config, seed=4)
    for record in train_resumable(run, folder):
        print(record.step, flush=True)
    print("finished" if run.finished else "not finished", len(run.records))
"""


def test_the_stop_button_of_a_notebook_and_the_same_cell_again(tmp_path):
    manager, client = start_new_kernel(kernel_name="python3", env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:

        def run_cell(code, stop_at=""):
            """Status and printed lines of a cell; the stop button is pressed when `stop_at` is seen."""
            printed, presses = [], []

            def hook(message):
                printed.append(message["content"].get("text", ""))
                if stop_at in printed[-1].split() and not presses:  # the last line may name the same step
                    presses.append(manager.interrupt_kernel())

            reply = client.execute_interactive(textwrap.dedent(code), output_hook=hook, timeout=300)
            return reply["content"]["status"], "".join(printed).splitlines()

        run_cell(f"folder = {str(tmp_path)!r}")
        status, lines = run_cell(CELL, stop_at="600")
        assert status == "ok", lines
        stopped = int(re.match(r"stopped after ([\d,]+) of 3,000 steps", lines[-2])[1].replace(",", ""))
        assert lines[-1] == f"not finished {stopped // 200}"
        status, lines = run_cell(CELL)
        assert (status, lines[-1]) == ("ok", "finished 15")
        assert lines[0].startswith(f"going on after {stopped:,} of 3,000 steps")
        assert [int(line) for line in lines[1:-1]] == list(range(stopped + 200, 3_001, 200))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
