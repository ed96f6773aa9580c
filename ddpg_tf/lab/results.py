"""What a training leaves behind: a folder with the policy, the agent, the settings, the records and the result."""

import csv
import io
import json
import shlex
from pathlib import Path

from ddpg_tf.config import Config
from ddpg_tf.lab.files import save_text
from ddpg_tf.policy import Policy

STATE_FILE = "state.npz"  # while the training is not finished
SAVE_EVERY = 10_000  # steps


def evaluation_result(evaluation, config):
    """The figures of an Evaluation as a dict: mean, std, share_solved, p10, episodes."""
    return {
        "mean": evaluation.mean,
        "std": evaluation.std,
        "share_solved": evaluation.share(config.solved_return),
        "p10": evaluation.p10,
        "episodes": len(evaluation.returns),
    }


def training_result(run, evaluation):
    """The figures of a training and of the evaluation of its best policy, as a dict that JSON can hold.

    solved: the selection reached config.solved_return, and so did the mean of `evaluation`.
    """
    first = run.solved_at
    return {
        "env": run.config.env,
        "seed": run.seed,
        "steps": run.step,
        "train_seconds": round(run.seconds, 2),
        "solved": first is not None and evaluation.mean >= run.config.solved_return,
        "steps_to_solved": first and first.step,
        "seconds_to_solved": first and round(first.seconds, 2),
        **evaluation_result(evaluation, run.config),
    }


def write_run(folder, run, evaluation):
    """Write policy.npz (the best), agent.npz (all networks and optimizers now), config.json, records.csv, result.json.

    Each file is whole or absent; policy.npz comes last, so a folder with a policy is complete.
    """
    folder = Path(folder)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(run.records[0]._fields)
    writer.writerows(run.records)
    save_text(folder / "config.json", run.config.to_json())
    save_text(folder / "records.csv", table.getvalue())
    save_text(folder / "result.json", json.dumps(training_result(run, evaluation), indent=1))
    run.agent.save(folder / "agent.npz")
    run.best_policy.save(folder / "policy.npz")


def load_run(folder):
    """Read (policy, config) of a folder that `write_run` wrote.

    Raises FileNotFoundError or ValueError for a folder without them, or with damaged files.
    """
    folder = Path(folder)
    if (folder / STATE_FILE).exists() and not (folder / "policy.npz").exists():
        command = f"python -m ddpg_tf train --resume {shlex.quote(str(folder))}"
        raise ValueError(f"{folder} holds an unfinished training; end it with {command}")
    policy, path = Policy.load(folder / "policy.npz"), folder / "config.json"
    try:
        return policy, Config.from_json(path.read_text(encoding="utf-8"))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from error
