"""One setting over many seeds, side by side: one small file per seed, and no seed is computed twice."""

import contextlib
import functools
import importlib
import itertools
import json
import os
import pkgutil
import platform
import time
from concurrent.futures import BrokenExecutor, CancelledError
from datetime import date
from pathlib import Path

from ddpg_tf.checks import check
from ddpg_tf.evaluation import TEST_SEEDS, evaluate
from ddpg_tf.lab.files import as_json, check_writable, save_text
from ddpg_tf.lab.results import training_result
from ddpg_tf.training import train

BUILD = "ddpg_tf.training:Run"
FORMAT = 2  # the first edition's is 1, without a builder: read by the pages until they are recorded anew
LOST = "a worker was killed, perhaps for lack of memory; finished seeds are kept, run the same again for the others."
PACKAGES = ("ddpg_tf", "tensorflow", "keras", "gymnasium", "numpy")
KEYS = {"format", "config", "seed", "result", "returns", "selections", "episodes"}  # what every reader relies on


def record(config, seed, build=BUILD):
    """Train one seed, evaluate its best policy on the test seeds, and return all of it as a dict for JSON.

    build: "module:function" of what makes a Run of (config, seed). The dict: `training_result`, wall_seconds with all
    evaluations, returns of the test seeds, [step, seconds, mean] of selections, [step, return] of episodes, its making.
    """
    start = time.perf_counter()
    run = pkgutil.resolve_name(build)(config, seed)
    expectation = "a Run of the config and seed that it was given"
    check(f"record: what {build} gives", (run.config, run.seed), expectation, lambda made: made == (config, seed))
    with contextlib.closing(run.env):
        list(train(run))
    evaluation = evaluate(run.best_policy, config.env, TEST_SEEDS, config.episode_limit, config.env_kwargs)
    return {
        "format": FORMAT,
        "config": as_json(config),
        "build": build,
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


def record_many(config, seeds, folder, jobs=-1, backend="loky", build=BUILD):
    """Record every seed that has no seed-000.json in `folder` yet; an iterator over all, first those that were there.

    jobs, backend: as for `spread`. Raises at once OSError for a folder that cannot be written, ValueError for files of
    another kind or setting in it or a backend that is not installed, ImportError or AttributeError for a build that
    does not exist. The iterator raises ChildProcessError if a worker was killed.
    """
    paths = {seed: Path(folder) / f"seed-{seed:03d}.json" for seed in seeds}
    made = as_json(config, format=FORMAT, build=build)
    there = [_read(path, made) for path in paths.values() if path.exists()]
    tasks = [(config, seed, build) for seed, path in paths.items() if not path.exists()]
    if tasks:  # found out now, and not by a worker or after the first training
        pkgutil.resolve_name(build)
        check_writable(folder)
    return itertools.chain(there, _written(spread(record, tasks, jobs, backend), paths))


def spread(function, tasks, jobs=-1, backend="loky"):
    """What function(*task) returns for every task, in the order in which they are done, each on one thread.

    jobs: processes of loky, -1 for one per core; dask and ray use all that their cluster has. backend: "loky" (this
    machine), "dask" (the cluster of DASK_SCHEDULER_ADDRESS, or this machine) or "ray" (that of RAY_ADDRESS, likewise).
    Raises at once ValueError for another or one that is not installed; its iterator as that of `record_many`.
    """
    check("spread: backend", backend, f"one of {list(BACKENDS)}", lambda name: name in BACKENDS)
    package, results = BACKENDS[backend]
    try:
        library = importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise ValueError(f"the backend {backend} needs {error.name}: pip install '.[cluster]'.") from error
    return results(library, functools.partial(_on_one_thread, function), tasks, jobs)


def load_recordings(folder):
    """All recordings in a folder, by seed. Raises FileNotFoundError, or ValueError for a file unlike the first."""
    paths = sorted(Path(folder).glob("seed-*.json"))
    if not paths:
        raise FileNotFoundError(f"no recordings in {folder}; write them with python -m ddpg_tf runs --out {folder}.")
    made = _made(_read(paths[0]))
    return [_read(path, made) for path in paths]


def machine():
    """The machine in words: architecture, cores and system."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"


def _written(recordings, paths):
    """Write each recording on its way."""
    for recording in recordings:
        save_text(paths[recording["seed"]], json.dumps(recording, allow_nan=False) + "\n")
        yield recording


def _on_one_thread(function, *task):
    """In a worker: more threads would wait for each other."""
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, "1")
    return function(*task)


def _on_loky(joblib, function, tasks, jobs):
    work = joblib.Parallel(jobs, backend="loky", return_as="generator_unordered")
    with _lost(BrokenExecutor):
        yield from work(joblib.delayed(function)(*task) for task in tasks)


def _on_dask(distributed, function, tasks, jobs):
    with distributed.Client() as client, _lost(distributed.KilledWorker, CancelledError):
        futures = [client.submit(function, *task, pure=False) for task in tasks]
        yield from (future.result() for future in distributed.as_completed(futures))


def _on_ray(ray, function, tasks, jobs):
    ray.init(log_to_driver=False, ignore_reinit_error=True)
    remote = ray.remote(lambda *task: function(*task))
    running = [remote.remote(*task) for task in tasks]
    while running:
        (done,), running = ray.wait(running)
        with _lost(ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError):
            yield ray.get(done)


@contextlib.contextmanager
def _lost(*errors):
    """Say what to do where one of these errors tells that a worker was killed."""
    try:
        yield
    except errors as error:
        raise ChildProcessError(LOST) from error


BACKENDS = {"loky": ("joblib", _on_loky), "dask": ("distributed", _on_dask), "ray": ("ray", _on_ray)}


def _read(path, made=None):
    """The recording at `path`. Raises ValueError if it is damaged, or was made otherwise than `made` says."""
    try:
        recording = json.loads(path.read_text(encoding="utf-8"))
        check("the list of missing parts", sorted(KEYS - recording.keys()), "none", lambda missing: not missing)
        check("its format", recording["format"], FORMAT, lambda found: found in (1, FORMAT))
        name = f"seed-{recording['seed']:03d}.json"
        check("its name", path.name, name, lambda found: found == name)
        check("the number of its returns", len(recording["returns"]), len(TEST_SEEDS), lambda n: n == len(TEST_SEEDS))
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no recording of a run; remove it, and run its seed again: {error}") from error
    found = _made(recording)
    expected = found if made is None else made
    for name in sorted(found.keys() | expected.keys()):
        cure = f"{expected.get(name)}; give another folder, or remove this one"
        check(f"{path} was recorded otherwise: {name}", found.get(name), cure, lambda x: x == expected.get(name))
    return recording


def _made(recording):
    """All that recordings in one folder must share: the format, the builder's name and the settings."""
    newer = {"env_kwargs": {}, "average_rate": 1.0}  # settings that older recordings do not have
    return {"format": recording["format"], "build": recording.get("build"), **newer, **recording["config"]}
