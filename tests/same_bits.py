"""What two trainings of one seed have in common, to the bit, in memory and on disk."""

import csv
import json

import numpy as np

from ddpg_tf.training import Record

TIMING = Record._fields.index("steps_per_second")


def numbers(run):
    """All that a run leaves behind but the clock: weights, optimizers, memory, records, selections."""
    arrays = {name: np.asarray(v) for name, v in run.agent._variables().items()}
    arrays |= run.memory.transitions._asdict()
    arrays["records"] = np.delete(np.array(run.records).reshape(-1, len(Record._fields)), TIMING, axis=1)
    arrays["selections"] = np.array([(s.step, s.mean) for s in run.selections])
    arrays |= {f"policy/{i}": weight for i, weight in enumerate(run.policy.weights)}
    arrays |= {f"best/{i}": weight for i, weight in enumerate(run.best_policy.weights)}
    arrays["best_mean"] = np.array(run.best_mean)
    arrays["solved_at"] = np.array(run.solved_at.step if run.solved_at else -1)
    return arrays


def generators(run):
    """Where every random generator of a run stands between two episodes."""
    env = run.env
    owners = (run.memory._rng, run.noise._rng, env.action_space.np_random, env.unwrapped.np_random)
    return [owner.bit_generator.state for owner in owners]


def assert_same_bits(left, right, apart_from=()):
    left, right = numbers(left), numbers(right)
    assert left.keys() == right.keys()
    for name in left:
        if name.startswith(tuple(apart_from)):
            continue
        np.testing.assert_array_equal(left[name], right[name], err_msg=name)  # NaN equals NaN


def finished_folder(folder):
    """All that a finished training has written but the clock, by name."""
    found = {}
    for name in ("agent.npz", "policy.npz"):
        with np.load(folder / name) as file:
            found |= {f"{name}/{key}": file[key].tobytes() for key in file.files}
    with open(folder / "records.csv", newline="") as file:
        found["records"] = [row[:TIMING] + row[TIMING + 1 :] for row in csv.reader(file)]
    result = json.loads((folder / "result.json").read_text())
    found["result"] = {key: value for key, value in result.items() if "seconds" not in key}
    found["config"] = (folder / "config.json").read_text()
    return found
