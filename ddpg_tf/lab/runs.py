"""One setting over many seeds, side by side: one small file per seed, which is not computed twice."""

import importlib
import json
import os
import platform
import time
from datetime import date
from pathlib import Path

import joblib

from ddpg_tf.config import Config
from ddpg_tf.evaluation import TEST_SEEDS, evaluate
from ddpg_tf.lab.files import damage_named, save_text
from ddpg_tf.lab.results import training_result

FORMAT = 1
EAGER = ("loky", "threading", "sequential", "dask")  # joblib hands over what these have finished, one by one
PACKAGES = ("ddpg_tf", "tensorflow", "keras", "gymnasium", "numpy")


def record(config, seed):
    """Train one seed, fly 100 unseen episodes with its best policy, and return all of it as a dict for JSON.

    config (settings), seed, result (see `training_result`), wall_seconds (training, selections and exam together),
    returns (the 100), selections ([step, seconds, mean]), episodes ([step, return] of each training episode),
    machine, versions, date.
    """
    from ddpg_tf.training import Run, train  # TensorFlow takes seconds to load, and a worker loads its own

    start, run = time.perf_counter(), Run(config, seed)
    for _ in train(run):
        pass
    evaluation = evaluate(run.best_policy, config.env, TEST_SEEDS)
    return {
        "format": FORMAT,
        "config": json.loads(config.to_json()),
        "seed": seed,
        "result": training_result(run, evaluation),
        "wall_seconds": round(time.perf_counter() - start, 2),
        "returns": [round(value, 2) for value in evaluation.returns.tolist()],
        "selections": [[chosen.step, round(chosen.seconds, 2), round(chosen.mean, 2)] for chosen in run.selections],
        "episodes": [[episode.step, round(episode.episode_return, 2)] for episode in run.records],
        "machine": machine(),
        "versions": {package: importlib.import_module(package).__version__ for package in PACKAGES},
        "date": date.today().isoformat(),
    }


def record_many(config, seeds, folder, jobs=-1, backend="loky"):
    """Record every seed that has no file in `folder` yet, `jobs` at a time, and yield each as soon as it is there.

    folder: where seed-000.json and so on are written; those that are there come first. jobs: processes, -1 for one
    per core. backend: any of joblib's, and where they are installed "dask" (the cluster of DASK_SCHEDULER_ADDRESS, or
    this machine) and "ray" (that of RAY_ADDRESS).
    Raises ValueError for a folder that holds other settings, and for a backend that joblib does not know or that is
    not installed.
    """
    paths = {seed: Path(folder) / f"seed-{seed:03d}.json" for seed in seeds}
    for path in filter(Path.exists, paths.values()):
        yield _matching(path, config)
    missing = {seed: path for seed, path in paths.items() if not path.exists()}
    _greet(backend)
    with joblib.parallel_config(backend=backend, n_jobs=jobs):
        work = joblib.Parallel(return_as="generator_unordered" if backend in EAGER else "list")
        for recording in work(joblib.delayed(_record_alone)(config, seed, path) for seed, path in missing.items()):
            if not missing[recording["seed"]].exists():  # a cluster without a common disk
                _write(missing[recording["seed"]], recording)
            yield recording


def _greet(backend):
    """What dask and ray want to hear before joblib can use them."""
    try:
        if backend == "dask":
            importlib.import_module("distributed").Client()
        elif backend == "ray":
            importlib.import_module("ray.util.joblib").register_ray()
    except ModuleNotFoundError as error:
        raise ValueError(f"the backend {backend} needs the package {error.name}: install it, or take loky.") from error


def load_recordings(folder):
    """The recordings in a folder that `record_many` wrote, by seed.

    Raises FileNotFoundError for a folder without any, ValueError for a file that is damaged or of another setting
    than the first.
    """
    paths = sorted(Path(folder).glob("seed-*.json"))
    if not paths:
        raise FileNotFoundError(f"no recordings in {folder}; write them with python -m ddpg_tf runs --out {folder}.")
    config = _config(paths[0], _read(paths[0]))
    return [_matching(path, config) for path in paths]


def _record_alone(config, seed, path):
    """`record` on one core, written where it was made: what is finished outlives a failure of the others."""
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):  # more threads would wait for each other
        os.environ.setdefault(name, "1")
    recording = record(config, seed)
    _write(path, recording)
    return recording


def _write(path, recording):
    save_text(path, json.dumps(recording) + "\n")


def _read(path):
    """A recording from its file; ValueError where it is no such thing."""
    try:
        recording = json.loads(path.read_text(encoding="utf-8"))
        found = recording["format"]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{path} is no recording of a run: it is damaged; remove it, and run its seed again."
        ) from error
    if found != FORMAT:
        raise ValueError(f"{path} has format {found}, expected {FORMAT}; remove it, and run its seed again.")
    return recording


def _config(path, recording):
    """The Config of a recording; a setting may be younger than the recording, its default holds then."""
    with damage_named(path, "recording of a run"):
        return Config.from_json(json.dumps(recording["config"]))


def _matching(path, config):
    """The recording at `path`; ValueError where it was made with other settings than `config`."""
    recording = _read(path)
    found, expected = (json.loads(settings.to_json()) for settings in (_config(path, recording), config))
    if found != expected:
        name = next(name for name in expected if found[name] != expected[name])
        raise ValueError(
            f"{path} was recorded with {name} = {found[name]}, expected {expected[name]}; "
            "give another folder, or remove this one."
        )
    return {**recording, "config": found}


def machine():
    """The machine in words: architecture, cores and system."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
