"""Many seeds side by side: one whole file for each, nothing computed twice, no two settings in one folder."""

import json
import re
from dataclasses import replace

import pytest

from ddpg_tf.lab import runs
from ddpg_tf.config import PENDULUM, Config
from ddpg_tf.evaluation import TEST_SEEDS, evaluate
from ddpg_tf.lab.runs import load_recordings, record, record_many
from ddpg_tf.training import Run, train

TINY = replace(
    PENDULUM, steps=400, warmup_steps=200, batch_size=16, hidden=(8,), evaluation_every=200, evaluation_episodes=2
)
CHANGING = {"wall_seconds", "date"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two seeds, each trained in a process of its own."""
    folder = tmp_path_factory.mktemp("recorded") / "tiny"
    assert {recording["seed"] for recording in record_many(TINY, range(2), folder, jobs=2)} == {0, 1}
    return folder


def without_clocks(recording):
    kept = {name: value for name, value in recording.items() if name not in CHANGING}
    result = {name: value for name, value in recording["result"].items() if "seconds" not in name}
    return kept | {"result": result, "selections": [[step, mean] for step, _, mean in recording["selections"]]}


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


def test_a_recording_says_with_what_it_was_made(folder):
    recording = load_recordings(folder)[0]
    assert Config.from_json(json.dumps(recording["config"])) == TINY
    assert set(recording["versions"]) == {"ddpg_tf", "tensorflow", "keras", "gymnasium", "numpy"}
    assert "cores" in recording["machine"]
    assert recording["wall_seconds"] > recording["result"]["train_seconds"] > 0


def test_the_files_are_strict_json_and_nothing_temporary_is_left(folder):
    assert sorted(path.name for path in folder.iterdir()) == ["seed-000.json", "seed-001.json"]

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    for path in folder.iterdir():
        json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def test_a_seed_that_is_there_is_not_run_again(folder, monkeypatch):
    monkeypatch.setattr(runs, "_record_alone", None)
    assert [recording["seed"] for recording in record_many(TINY, range(2), folder)] == [0, 1]


def test_what_was_finished_before_a_failure_is_kept(folder, tmp_path, monkeypatch):
    recording = load_recordings(folder)[0]

    def fail_later(config, seed):
        if seed == 1:
            raise RuntimeError("the lights went out")
        return recording

    monkeypatch.setattr(runs, "record", fail_later)
    with pytest.raises(RuntimeError, match="lights"):
        list(record_many(TINY, range(3), tmp_path, jobs=1, backend="sequential"))
    assert load_recordings(tmp_path) == [recording]


def test_another_setting_in_the_same_folder_is_refused_by_its_name(folder):
    with pytest.raises(ValueError, match=r"seed-000.json was recorded with gamma = 0.99, expected 0.9; give another"):
        list(record_many(replace(TINY, gamma=0.9), range(1), folder))


def test_two_settings_in_one_folder_are_not_read_as_one(folder, tmp_path):
    first, second = load_recordings(folder)
    second["config"]["tau"] = 0.5
    for recording in (first, second):
        (tmp_path / f"seed-{recording['seed']:03d}.json").write_text(json.dumps(recording), encoding="utf-8")
    with pytest.raises(ValueError, match="seed-001.json was recorded with tau = 0.5, expected 0.005"):
        load_recordings(tmp_path)


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=re.escape(str(tmp_path))):
        load_recordings(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "{}", '{"format": 1'])
def test_a_damaged_file_is_named_with_its_cure(tmp_path, text):
    (tmp_path / "seed-000.json").write_text(text, encoding="utf-8")
    with pytest.raises(
        ValueError, match="seed-000.json is no recording of a run: .* remove it, and run its seed again"
    ):
        load_recordings(tmp_path)


def test_a_file_of_another_format_is_refused(tmp_path):
    (tmp_path / "seed-000.json").write_text('{"format": 2}', encoding="utf-8")
    with pytest.raises(ValueError, match="has format 2, expected 1"):
        load_recordings(tmp_path)


def test_a_backend_that_hands_over_all_at_once_writes_the_same_files(folder, tmp_path):
    done = list(record_many(TINY, range(1), tmp_path, jobs=1, backend="multiprocessing"))
    assert load_recordings(tmp_path) == done
    assert without_clocks(done[0]) == without_clocks(load_recordings(folder)[0])


def test_a_worker_without_our_disk_is_written_for(folder, tmp_path, monkeypatch):
    recording = load_recordings(folder)[0]
    monkeypatch.setattr(runs, "_record_alone", lambda config, seed, path: recording)
    assert list(record_many(TINY, range(1), tmp_path, backend="sequential")) == load_recordings(tmp_path) == [recording]


def test_an_unknown_backend_is_refused(tmp_path):
    with pytest.raises(ValueError, match="nosuch"):
        list(record_many(TINY, range(1), tmp_path, backend="nosuch"))


@pytest.mark.parametrize(("backend", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_a_backend_that_is_not_installed_is_named_with_its_package(tmp_path, monkeypatch, backend, package):
    def absent(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name.split(".")[0])

    monkeypatch.setattr(runs.importlib, "import_module", absent)
    with pytest.raises(ValueError, match=f"the backend {backend} needs the package {package}: install it"):
        list(record_many(TINY, range(1), tmp_path, backend=backend))
