"""What a training leaves behind: a folder with the policy, the agent, the config, the records and the result."""

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path

from ddpg_tf.config import Config
from ddpg_tf.lab.checkpoint import CHECKPOINT
from ddpg_tf.lab.files import contents_checked, load, policy_from_state, policy_state, save, save_text
from ddpg_tf.training import Record, Selection


def training_result(run, evaluation):
    """The figures of a training and of the evaluation of its best policy, as a dict for JSON; times are in seconds.

    solved: a mean of run.solved_return was reached in training, and the mean of `evaluation` reaches it too.
    """
    solved_at = run.solved_at
    return {
        "env": run.config.env,
        "seed": run.seed,
        "steps": run.step,
        "train_seconds": round(run.seconds, 2),
        "solved": solved_at is not None and evaluation.mean >= run.solved_return,
        "steps_to_solved": solved_at and solved_at.step,
        "seconds_to_solved": solved_at and round(solved_at.seconds, 2),
        **figures(evaluation, run.solved_return),
    }


def figures(evaluation, threshold):
    """The figures of an Evaluation. share_solved: share of its episodes with at least this return."""
    known = {name: getattr(evaluation, name) for name in ("mean", "std", "p10")}
    return {**known, "share_solved": evaluation.share(threshold), "episodes": len(evaluation.returns)}


def write_results(folder, run, evaluation):
    """Write config.json, result.json, records.csv, selections.csv, agent.npz (its variables) and policy.npz (the best).

    The policy comes last, so a folder with a policy is complete, and then the checkpoint is removed. Raises OSError.
    """
    folder = Path(folder)
    save_text(folder / "config.json", json.dumps(asdict(run.config), indent=1))
    for name, kind, rows in (("records", Record, run.records), ("selections", Selection, run.selections)):
        table = io.StringIO()
        csv.writer(table).writerows([kind._fields, *rows])
        save_text(folder / f"{name}.csv", table.getvalue())
    save_text(folder / "result.json", json.dumps(training_result(run, evaluation), indent=1, allow_nan=False))
    save(folder / "agent.npz", "agent", run.agent.get_state())
    save(folder / "policy.npz", "policy", policy_state(run.best_policy))
    (folder / CHECKPOINT).unlink(missing_ok=True)


def load_results(folder):
    """Read (policy, config) from a folder that `write_results` wrote.

    Raises FileNotFoundError or ValueError if one of them is missing or damaged, or if the training is not finished.
    """
    folder = Path(folder)
    if (folder / CHECKPOINT).exists() and not (folder / "policy.npz").exists():
        raise ValueError(f"{folder} holds a training that is not finished; continue it with train --resume {folder}.")
    policy, path = load(folder / "policy.npz", "policy", policy_from_state), folder / "config.json"
    with contents_checked(path, "config"):
        return policy, config_from(json.loads(path.read_text(encoding="utf-8")))


def config_from(settings):
    """The Config of settings as JSON gives them back; those that are missing have their defaults."""
    return Config(**{name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()})
