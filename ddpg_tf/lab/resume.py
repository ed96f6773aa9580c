"""A training that survives: its state is kept in a folder, and it goes on from there with the same bits."""

import json
import shlex
from pathlib import Path

from tqdm import tqdm

from ddpg_tf.checks import check_count
from ddpg_tf.lab.files import damage_named, remove_parts
from ddpg_tf.lab.interrupts import Interrupted, held_back, stoppable
from ddpg_tf.lab.results import SAVE_EVERY, STATE_FILE
from ddpg_tf.lab.state import KIND, Snapshot, check_between_episodes, read_state, restore_state, save_state
from ddpg_tf.training import train


def train_resumable(run, folder, save_every=SAVE_EVERY):
    """`train`, with the state of the run kept in `folder`: yields the records of the episodes that are played now.

    Where the folder holds the state of a training of the same config and seed that is further than `run`, the run goes
    on from there, to the same bits: so a cell that was stopped is run again, and nothing is lost. The state is saved
    at the beginning, at the end of the first episode after each `save_every` steps, and at the end. An episode that
    cannot be finished is undone. The first interrupt (Ctrl-C, the stop button) ends the training at the next step,
    with the state saved and one line that says how to go on; a second one stops at once. That holds until the loop
    over the records ends or is left: a generator that is kept and not asked keeps the first interrupt for itself.
    Raises ValueError where the folder holds a finished training, the state of another one or a damaged one, OSError
    where it cannot be written, and what `train` raises, with the state before that episode saved.
    """
    check_count("train_resumable: save_every", save_every)
    path = Path(folder) / STATE_FILE
    check_between_episodes(run)
    _go_on(run, path)
    save_state(run, path)
    saved, before, episodes = run.step, Snapshot(run), train(run)
    with stoppable(run):
        while not run.finished:
            try:
                record = _whole_episode(episodes, before)
            except Interrupted:
                save_state(run, path)
                tqdm.write(f"stopped after {_so_far(run)}; to go on: {how_to_go_on(folder)}")
                return
            except Exception as error:
                error.add_note(_kept(run, path))
                raise
            if run.finished or run.step >= saved + save_every:
                save_state(run, path)
                saved = run.step
            yield record


def how_to_go_on(folder):
    """What to do in order to go on with the training in a folder."""
    return f"run the same again, or python -m ddpg_tf train --resume {shlex.quote(str(folder))}"


def _whole_episode(episodes, before):
    """The record of the next episode; whatever keeps it from its end, the run is then as it was before."""
    try:
        record = next(episodes)
        with held_back():
            before.take()
    except BaseException:
        with held_back():
            before.restore()
        raise
    return record


def _kept(run, path):
    """Save a run whose next episode has failed, and say so."""
    try:
        save_state(run, path)
    except OSError as full:
        return f"And what was learned before could not be saved: {full}."
    return f"What was learned before, in {_so_far(run)}, is kept in {path}."


def _go_on(run, path):
    """Make the run what the file says, if there is one and it is further."""
    remove_parts(path.parent)
    if not path.exists():
        if (path.parent / "policy.npz").exists():
            raise ValueError(f"{path.parent} holds a finished training already; give another folder.")
        return
    state = read_state(path)
    _check_same(run, state, path)
    if state.step > run.step:
        with held_back():
            _restore(run, state, path)
        tqdm.write(f"going on after {_so_far(run)}, from {path}")


def _restore(run, state, path):
    """Make the run what the state says; ValueError where that cannot be, and the run is then as it was."""
    before = Snapshot(run)
    try:
        with damage_named(path, KIND):
            restore_state(run, state)
    except ValueError:
        before.restore()
        raise


def _check_same(run, state, path):
    """Raise ValueError where a state is that of another training."""
    here, there = ({**json.loads(r.config.to_json()), "seed": r.seed} for r in (run, state))
    for name, value in here.items():
        if there[name] != value:
            raise ValueError(
                f"{path} is the state of a training with {name} = {there[name]}, expected {value}; "
                "give another folder, or remove this one."
            )


def _so_far(run):
    return f"{run.step:,} of {run.config.steps:,} steps and {len(run.records):,} episodes"
