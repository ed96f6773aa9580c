"""Checkpoints: the state of a training in one file, and training that continues from it with the same bits."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ddpg_tf import __version__
from ddpg_tf.checks import check_count
from ddpg_tf.lab.files import contents_checked, load, policy_from_state, policy_state, save
from ddpg_tf.training import Candidate, Record, Selection, train

CHECKPOINT = "checkpoint.npz"  # in the folder of a training whose results are not written yet
KIND = "checkpoint"
TABLES = {"records": Record, "selections": Selection, "solved_at": Selection}


def train_with_checkpoints(run, folder, save_every=10_000):
    """`train`, with a checkpoint of the run in `folder`: an iterator over the Record of each episode played now.

    If the folder holds a checkpoint of the same config and seed, the run first becomes what it was then, wherever it
    is now: a notebook cell that was interrupted is simply run again. A training that was interrupted or killed at any
    moment ends with the same bits as one that was not. The checkpoint is saved at the start, at the end of the first
    episode after each `save_every` steps, and at the end. Errors and interrupts carry a note on how to continue.
    Raises ValueError at once if the folder holds a finished or another training or a damaged checkpoint, OSError if it
    cannot be written. The iterator raises FloatingPointError instead of saving an agent that has diverged, and
    whatever `train` raises.
    """
    check_count("train_with_checkpoints: save_every", save_every)
    path = Path(folder) / CHECKPOINT
    _start(run, path)
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
    """All that changes during a training, at the end of an episode, as nested dicts for `files.save`.

    The environment is represented by its generator alone, because every episode begins with a reset; anything else
    that an environment carries from one episode to the next (BipedalWalker's physics engine) is lost.
    Raises ValueError within an episode, FloatingPointError if the agent has a NaN or an infinity in it.
    """
    if run.step != (run.records[-1].step if run.records else 0):
        raise ValueError(f"run_state: step {run.step} is within an episode; ask between two records of train.")
    parts = _parts(run)
    for name, array in parts["agent"].items():
        if not np.isfinite(array).all():
            raise FloatingPointError(
                f"run_state: after {run.step:,} steps {name} of the agent is no longer finite; the values have "
                "diverged. Scale the rewards down, or lower the critic's learning rate or tau."
            )
    solved_at = [run.solved_at] if run.solved_at else []
    return {
        **parts,
        **{name: _table(TABLES[name], getattr(run, name)) for name in ("records", "selections")},
        "solved_at": _table(Selection, solved_at),
        "step": run.step,
        "seconds": run.seconds,
        "candidates": [[c.mean, c.step, policy_state(c.policy)] for c in run.candidates],
        "best": [run.best_mean, policy_state(run.best_policy)],
    }


def restore_run(run, state):
    """Continue from a `run_state` of a run with the same config and seed, wherever `run` is now.

    Raises ValueError, LookupError, TypeError or ArithmeticError for anything else, with the name of what differs. The
    run cannot be used after an error.
    """
    for name, expected in _training(run).items():
        found = state["training"].get(name)
        if found != expected:
            raise ValueError(f"its training has {name} = {found}, expected {expected}; use that, or another folder.")
    _check_like(state, _example(run, len(state["candidates"])))
    tables = {name: _rows(kind, state[name]) for name, kind in TABLES.items()}
    if state["step"] != (tables["records"][-1].step if tables["records"] else 0) or state["seconds"] < 0:
        raise ValueError(f"step {state['step']} after {state['seconds']} seconds is not the end of the last record.")
    for name in ("agent", "memory", "noise"):
        getattr(run, name).set_state(state[name])
    run.env.unwrapped.np_random.bit_generator.state = state["env"]
    run.warmup_rng.bit_generator.state = state["warmup"]
    run.step, run.seconds, run.policy = state["step"], state["seconds"], run.agent.policy()
    run.records, run.selections = tables["records"], tables["selections"]
    run.solved_at = next(iter(tables["solved_at"]), None)
    run.candidates = [Candidate(mean, step, policy_from_state(policy)) for mean, step, policy in state["candidates"]]
    run.best_mean, run.best_policy = state["best"][0], policy_from_state(state["best"][1])


def _start(run, path):
    """Continue from the checkpoint at `path`, or save the first one there."""
    if path.exists():
        state = load(path, KIND)
        with contents_checked(path, KIND):
            restore_run(run, state)
        return
    if (path.parent / "policy.npz").exists():
        raise ValueError(f"{path.parent} holds a finished training already; choose another folder.")
    if run.step:
        raise ValueError(f"the run has made {run.step:,} steps, and there is no {path}; start with a new Run.")
    save(path, KIND, run_state(run))


def _training(run):
    """What a checkpoint and its run must have in common, as JSON holds it."""
    return json.loads(json.dumps({"version": __version__, "seed": run.seed, **asdict(run.config)}))


def _parts(run):
    """Which training this is, and the states of everything that has one."""
    return {
        "training": _training(run),
        **{name: getattr(run, name).get_state() for name in ("agent", "memory", "noise")},
        "env": run.env.unwrapped.np_random.bit_generator.state,
        "warmup": run.warmup_rng.bit_generator.state,
    }


def _example(run, candidates):
    """A state with the names, types and shapes that a `run_state` of this run has with so many candidates."""
    policy, tables = policy_state(run.policy), {name: _table(kind, []) for name, kind in TABLES.items()}
    numbers = {"step": 0, "seconds": 0.0, "best": [0.0, policy], "candidates": [[0.0, 0, policy]] * candidates}
    return {**_parts(run), **tables, **numbers}


def _check_like(state, example):
    """Raise ValueError unless the state has the names, types and shapes of the example, and no NaN or infinity."""
    found, expected = (dict(_leaves(tree)) for tree in (state, example))
    for path in sorted({*found, *expected}):
        kinds = [_kind(path, tree[path]) if path in tree else "missing" for tree in (found, expected)]
        if kinds[0] != kinds[1]:
            raise ValueError(f"{path} is {kinds[0]}, expected {kinds[1]}.")
        value = np.asarray(found[path])  # the mean is -inf before the first evaluation, the metrics NaN in the warm-up
        if value.dtype.kind == "f" and path not in ("best/0", "records") and not np.isfinite(value).all():
            raise ValueError(f"{path} has a NaN or an infinity in it, expected finite numbers.")


def _leaves(tree, path=""):
    """Every (path, value) in nested dicts and lists."""
    if not isinstance(tree, dict | list | tuple):
        yield path, tree
        return
    for name, part in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield from _leaves(part, f"{path}/{name}" if path else str(name))


def _kind(path, value):
    """Type and shape in words; the first axis of the memory and of the tables has any length."""
    if not isinstance(value, np.ndarray | np.generic):
        return type(value).__name__
    growing = path in TABLES or path.startswith("memory/")
    return f"{value.dtype} of shape {('any', *value.shape[1:]) if growing else value.shape}"


def _table(kind, rows):
    """Named tuples of numbers as float64, shape (rows, fields): whole numbers below 2^53 stay exact."""
    return np.array(rows, np.float64).reshape(-1, len(kind._fields))


def _rows(kind, table):
    """The named tuples of a `_table`."""
    types = kind.__annotations__.values()
    return [kind(*(cast(value) for cast, value in zip(types, row, strict=True))) for row in table.tolist()]
