"""Checkpoints: the state of a training in one file, and training that continues from it with the same bits."""

from pathlib import Path

import numpy as np

from ddpg_tf import __version__
from ddpg_tf.checks import check, check_count
from ddpg_tf.lab.files import as_json, load, policy_from_state, policy_state, save
from ddpg_tf.training import Record, Selection, train

CHECKPOINT = "checkpoint.npz"  # in the folder of a training whose results are not written yet
KIND = "checkpoint"
PARTS = ("agent", "memory", "noise")  # of a run, each with a state of its own


def train_with_checkpoints(run, folder, save_every=10_000):
    """`train`, with a checkpoint of the run in `folder`: an iterator over the Record of each episode played now.

    If the folder holds a checkpoint of the same config and seed, the run first becomes what it was then, wherever it
    is now: so an interrupted cell is simply run again, and ends with the same bits. It is saved at the start, at the
    end of the first episode after each `save_every` steps, and at the end. Raises ValueError at once if the folder
    holds a finished or another training or a damaged checkpoint, OSError if it cannot be written. What the iterator
    raises carries a note on how to continue; FloatingPointError comes before an agent that has diverged is saved.
    """
    check_count("train_with_checkpoints: save_every", save_every)
    path = Path(folder) / CHECKPOINT
    if path.exists():
        load(path, KIND, lambda state: restore_run(run, state))
    elif (path.parent / "policy.npz").exists():
        raise ValueError(f"{folder} holds a finished training already; choose another folder.")
    elif run.step:
        raise ValueError(f"the run has made {run.step:,} steps, and there is no {path}; start with a new Run.")
    else:
        save(path, KIND, run_state(run))
    return _saving(run, path, save_every)


def _saving(run, path, save_every):
    """`train`, with a checkpoint every so many steps."""
    saved = run.step
    try:
        for record in train(run):
            if run.finished or run.step >= saved + save_every:
                save(path, KIND, run_state(run))
                saved = run.step
            yield record
    except (Exception, KeyboardInterrupt) as error:
        error.add_note(f"The first {saved:,} steps are kept in {path}; to continue from there, run the same again.")
        raise


def run_state(run):
    """All that changes during a training, as nested dicts for `files.save`; of the environment only its generator.

    Raises ValueError within an episode, FloatingPointError if the agent has a NaN or an infinity in it.
    """
    if run.step != (run.records[-1].step if run.records else 0):
        raise ValueError(f"run_state: step {run.step} is within an episode; ask between two records of train.")
    parts = {name: getattr(run, name).get_state() for name in PARTS}
    for name, array in parts["agent"].items():
        if not np.isfinite(array).all():
            diverged = f"after {run.step:,} steps {name} of the agent is no longer finite; the values have diverged"
            raise FloatingPointError(f"run_state: {diverged}; scale the rewards down, or lower the learning rates.")
    return {
        **parts,
        "training": as_json(run.config, version=__version__, seed=run.seed),
        "env": run.env.unwrapped.np_random.bit_generator.state,
        "warmup": run.warmup_rng.bit_generator.state,
        "step": run.step,
        "seconds": run.seconds,
        "records": [*run.records],
        "selections": [*run.selections],
        "solved_at": run.solved_at,
        "candidates": [[chosen, policy_state(policy)] for chosen, policy in run.candidates],
        "average": policy_state(run.average),
        "best": [run.best_mean, policy_state(run.best_policy)],
    }


def restore_run(run, state):
    """Continue from a `run_state` of a run with the same config and seed, wherever `run` is now.

    Raises ValueError, LookupError, TypeError or ArithmeticError for another state; the run cannot be used then.
    """
    for name, value in as_json(run.config, version=__version__, seed=run.seed).items():
        cure = f"{value}; use that, or another folder"
        check(f"its training's {name}", state["training"].get(name), cure, lambda found: found == value)
    for name in PARTS:
        part = getattr(run, name)
        different = sorted(state[name].keys() ^ part.get_state().keys())
        check(f"the difference of its {name}", different, "none; build the run as it was then", lambda x: not x)
        part.set_state(state[name])
    run.env.unwrapped.np_random.bit_generator.state = state["env"]
    run.warmup_rng.bit_generator.state = state["warmup"]
    run.step, run.seconds, run.policy = state["step"], state["seconds"], run.agent.policy()
    run.records = [Record(*row) for row in state["records"]]
    run.selections = [Selection(*row) for row in state["selections"]]
    run.solved_at = state["solved_at"] and Selection(*state["solved_at"])
    run.candidates = [(Selection(*chosen), policy_from_state(policy)) for chosen, policy in state["candidates"]]
    run.average = policy_from_state(state["average"])
    run.best_mean, run.best_policy = state["best"][0], policy_from_state(state["best"][1])
