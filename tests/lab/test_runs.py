"""Many seeds side by side: one complete file for each, nothing computed twice, no two settings in one folder."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from ddpg_tf.evaluation import TEST_SEEDS, evaluate
from ddpg_tf.lab import runs
from ddpg_tf.lab.runs import load_recordings, record, record_many
from ddpg_tf.training import Run, train
from notebooks import record as recorder
from tests.lab import builders
from tests.lab.builders import OPTIONS, TINY

ROOT, OTHER = Path(__file__).parents[2], "tests.lab.builders:other_build"
FIRST_EDITION = ROOT / "notebooks" / "results" / "first-edition" / "pendulum"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three seeds, each trained in a process of its own."""
    folder = tmp_path_factory.mktemp("recorded") / "tiny"
    assert {recording["seed"] for recording in record_many(TINY, range(3), folder, jobs=2)} == {0, 1, 2}
    assert len(list(folder.iterdir())) == 3  # nothing temporary is left
    return folder


def without_clocks(recording):
    kept = {name: value for name, value in recording.items() if name not in {"wall_seconds", "date"}}
    result = {name: value for name, value in recording["result"].items() if "seconds" not in name}
    return kept | {"result": result, "selections": [[step, mean] for step, _, mean in recording["selections"]]}


def changed(folder, name, change):
    """A copy of the recording of seed 0 in `folder`, under this file name, after the change."""
    recording = json.loads((folder / "seed-000.json").read_text())
    change(recording)
    name.write_text(json.dumps(recording))


def test_a_recording_is_the_training_of_that_seed_and_the_same_in_a_process_of_its_own(folder):
    here = without_clocks(record(TINY, 1))
    assert here == without_clocks(load_recordings(folder)[1])
    run = Run(TINY, 1)
    records = list(train(run))
    returns = evaluate(run.best_policy, TINY.env, TEST_SEEDS).returns
    assert here["returns"] == [round(value, 2) for value in returns.tolist()]
    assert here["episodes"] == [[record.step, round(record.episode_return, 2)] for record in records]
    assert here["selections"] == [[chosen.step, round(chosen.mean, 2)] for chosen in run.selections]
    assert here["result"]["mean"] == returns.mean()


def test_the_environment_of_a_recorded_run_is_closed_and_the_episode_limit_reaches_the_exam(monkeypatch):
    closed = []

    def build(config, seed):
        run = Run(config, seed)
        monkeypatch.setattr(run.env.unwrapped, "close", lambda: closed.append(seed))
        return run

    monkeypatch.setattr(builders, "other_build", build)
    recording = record(replace(TINY, episode_limit=20, env_kwargs={"g": 0.0}), 5, OTHER)
    assert closed == [5]
    assert min(recording["returns"]) > -20 * 16.3  # 16.27 is the most that one step of the pendulum costs
    assert recording["returns"] != record(replace(TINY, episode_limit=20), 5)["returns"]


def test_what_was_finished_before_a_failure_is_kept_and_not_run_again(folder, tmp_path, monkeypatch):
    recording = load_recordings(folder)[0]
    prepared = {0: recording}  # and nothing for seed 1, nor a second time for seed 0
    monkeypatch.setattr(runs, "record", lambda config, seed, build: prepared.pop(seed))
    with pytest.raises(KeyError, match="1"):
        list(record_many(TINY, range(3), tmp_path, jobs=1))
    assert list(record_many(TINY, [0], tmp_path, jobs=1)) == load_recordings(tmp_path) == [recording]


@pytest.mark.parametrize(("config", "build", "words"), [
    (replace(TINY, gamma=0.9), runs.BUILD, r"seed-000.json was recorded otherwise: gamma is 0.99, expected 0.9; give"),
    (TINY, OTHER, r"otherwise: build is ddpg_tf.training:Run, expected tests.lab.builders:other_build"),
])  # fmt: skip
def test_another_setting_or_builder_in_the_same_folder_is_refused_by_its_name(folder, config, build, words):
    with pytest.raises(ValueError, match=words):
        record_many(config, range(1), folder, build=build)


def test_two_settings_in_one_folder_are_not_read_as_one(folder, tmp_path):
    changed(folder, tmp_path / "seed-000.json", lambda recording: None)
    changed(folder, tmp_path / "seed-001.json", lambda r: (r.update(seed=1), r["config"].update(tau=0.5)))
    with pytest.raises(ValueError, match="seed-001.json was recorded otherwise: tau is 0.5, expected 0.005"):
        load_recordings(tmp_path)


UNUSABLE = [
    (lambda recording: recording.pop("result"), r"missing parts is \['result'\]"),
    (lambda recording: recording.pop("config"), r"missing parts is \['config'\]"),
    (lambda recording: recording.update(returns=recording["returns"][:1]), "returns is 1, expected 100"),
    (lambda recording: recording.update(seed=3), "its name is seed-000.json, expected seed-003.json"),
    (lambda recording: recording.update(format=3), "format is 3, expected 2"),
    (lambda recording: recording.update(returns=None), "NoneType"),
    (lambda recording: recording.update(seed="0"), "format code"),
]
CANNOT = "seed-000.json is no recording of a run; remove it, and run its seed again"


@pytest.mark.parametrize(("change", "words"), UNUSABLE)
@pytest.mark.parametrize("use", [load_recordings, lambda folder: record_many(TINY, [0], folder)])
def test_a_recording_that_cannot_be_used_is_refused_by_name(folder, tmp_path, change, words, use):
    changed(folder, tmp_path / "seed-000.json", change)
    with pytest.raises(ValueError, match=f"{CANNOT}: .*{words}"):
        use(tmp_path)


@pytest.mark.parametrize("content", [b"", b"[]", b"3", b'{"format": 1', b"\xff\xfe"])
def test_a_damaged_file_is_named_with_its_cure(tmp_path, content):
    (tmp_path / "seed-000.json").write_bytes(content)
    with pytest.raises(ValueError, match=CANNOT):
        load_recordings(tmp_path)


def test_recordings_from_before_a_setting_are_of_the_same_settings(folder, tmp_path):
    newer = ("env_kwargs", "average_rate")
    changed(folder, tmp_path / "seed-000.json", lambda recording: [recording["config"].pop(name) for name in newer])
    changed(folder, tmp_path / "seed-001.json", lambda recording: recording.update(seed=1))
    assert len(load_recordings(tmp_path)) == len(list(record_many(TINY, range(2), tmp_path))) == 2
    with pytest.raises(ValueError, match="env_kwargs is {}, expected {'g': 9.0}"):
        record_many(replace(TINY, env_kwargs={"g": 9.0}), range(2), tmp_path)


def test_recordings_of_the_first_edition_are_read_and_not_continued():
    recordings = load_recordings(FIRST_EDITION)
    assert {recording["format"] for recording in recordings} == {1}
    assert recordings[0]["config"]["env"] == "Pendulum-v1"
    with pytest.raises(ValueError, match="seed-000.json was recorded otherwise: .*; give another folder"):
        record_many(TINY, range(1), FIRST_EDITION)


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=str(tmp_path)):
        load_recordings(tmp_path)


@pytest.mark.parametrize(("backend", "words"), [("nosuch", "expected one of"), ("ray", r"needs ray: pip install")])
def test_a_backend_that_is_unknown_or_not_installed_is_refused(tmp_path, monkeypatch, backend, words):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ValueError, match=words):
        record_many(TINY, range(1), tmp_path, backend=backend)


def test_workers_compute_on_one_thread(tmp_path, monkeypatch):
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    with pytest.raises(RuntimeError, match="threads: 1$"):
        list(record_many(TINY, [0, 1], tmp_path, jobs=2, build="tests.lab.builders:threads_of_worker"))


unix = pytest.mark.skipif(os.name != "posix", reason="workers are killed with a signal of Unix")


def means(folder):
    """The exact mean return of each seed."""
    return [recording["result"]["mean"] for recording in load_recordings(folder)]


def command(backend, tmp_path):
    """`runs` of three seeds in a process of its own; a worker is killed once, and every result is brought home."""
    build = "tests.lab.builders:killed_once"
    words = ["--seeds", "3", "--jobs", "2", "--backend", backend, "--out", "tiny", "--build", build, *OPTIONS]
    settings = {"PYTHONPATH": str(ROOT), "KILLED_ONCE": str(tmp_path / "killed")}
    return subprocess.run(
        [sys.executable, "-m", "ddpg_tf", "runs", *words],
        cwd=tmp_path, env={**os.environ, **settings}, capture_output=True, text=True, timeout=600,
    )  # fmt: skip


@unix
def test_a_killed_worker_of_loky_ends_in_one_line_and_the_same_command_goes_on(tmp_path, folder):
    first = command("loky", tmp_path)
    lines = [line for line in first.stderr.splitlines() if "ddpg_tf" in line or "Traceback" in line]
    assert (first.returncode, len(lines)) == (2, 1)
    assert lines[0].startswith("ddpg_tf runs: a worker was killed") and "run the same again" in lines[0]
    second = command("loky", tmp_path)
    assert second.returncode == 0, second.stderr
    assert means(tmp_path / "tiny") == means(folder)


@unix
@pytest.mark.parametrize("backend", ["distributed", "ray"])
def test_a_cluster_gives_the_same_recordings_and_outlives_a_killed_worker(tmp_path, folder, backend):
    pytest.importorskip(backend, reason=f"{backend}, of the extra `cluster`, is not installed")
    done = command({"distributed": "dask"}.get(backend, backend), tmp_path)
    assert done.returncode == 0, done.stderr
    assert means(tmp_path / "tiny") == means(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["killed", "tiny"]  # the workers write nothing


@unix
def test_a_seed_that_kills_every_worker_of_dask_ends_the_recording_with_a_word_on_how_to_go_on(tmp_path):
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    dask = pytest.importorskip("dask")
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None)
    with cluster, dask.config.set(scheduler_address=cluster.scheduler_address):
        with pytest.raises(ChildProcessError, match="run the same again"):
            list(record_many(TINY, [1], tmp_path, backend="dask", build="tests.lab.builders:killed_always"))


def test_a_builder_that_trains_something_else_is_refused(monkeypatch):
    monkeypatch.setattr(runs.pkgutil, "resolve_name", lambda name: lambda config, seed: Run(config, seed + 1))
    with pytest.raises(ValueError, match="expected a Run of the config and seed that it was given"):
        record(TINY, 0)


def test_a_function_of_a_page_is_recorded_once(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "HERE", tmp_path)
    runs.save_text(tmp_path / "results/99/double/seed-000.json", "kept")
    cell = nbformat.v4.new_code_cell("double = lambda seed: 2 * seed", metadata={"tags": ["definition"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "99.ipynb")
    recorder.main(["99", "double", "--seeds", "3"])
    assert [path.read_text() for path in sorted(tmp_path.glob("results/99/double/*"))] == ["kept", "2\n", "4\n"]
