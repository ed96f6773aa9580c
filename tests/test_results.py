"""The folder of a training: what `write_run` leaves in it, and what `load_run` makes of whole and damaged folders."""

import csv
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ddpg_tf.lab import results
from ddpg_tf.config import LUNAR_LANDER, PENDULUM, Config
from ddpg_tf.evaluation import TEST_SEEDS, Evaluation, evaluate
from ddpg_tf.policy import Policy
from ddpg_tf.lab.results import evaluation_result, load_run, training_result, write_run
from ddpg_tf.training import Record, Run, Selection, train

SMALL = replace(
    PENDULUM, steps=450, warmup_steps=200, block=50, batch_size=32, hidden=(8, 8), memory_capacity=1_000,
    evaluation_every=250, evaluation_episodes=1,
)  # fmt: skip
RETURNS = Evaluation(np.array([100.0, 200.0, 250.0, 300.0]))
FILES = {"policy.npz", "agent.npz", "config.json", "records.csv", "result.json"}


@pytest.fixture(scope="module")
def run():
    """A finished training of three episodes: one of the warm-up, one that learns, one that the last step cuts."""
    run = Run(SMALL, seed=3)
    list(train(run))
    return run


@pytest.fixture
def folder(run, tmp_path):
    write_run(tmp_path / "run", run, RETURNS)
    return tmp_path / "run"


def states(size, count=50):
    return np.random.default_rng(0).standard_normal((count, size)).astype(np.float32)


# ---- the figures


def test_the_figures_of_an_evaluation():
    assert evaluation_result(RETURNS, LUNAR_LANDER) == {
        "mean": 212.5,
        "std": pytest.approx(np.sqrt(5468.75)),
        "share_solved": 0.75,  # 200 itself counts
        "p10": pytest.approx(130.0),
        "episodes": 4,
    }


def test_the_bar_of_the_share_is_that_of_the_settings():
    assert evaluation_result(RETURNS, replace(LUNAR_LANDER, solved_return=250.0))["share_solved"] == 0.5


def ended(solved_at, config=LUNAR_LANDER):
    return SimpleNamespace(config=config, seed=7, step=125_000, seconds=61.23456, solved_at=solved_at)


SOLVED_AT = Selection(75_000, 46.428538, 207.2)


def test_the_figures_of_a_training():
    figures = training_result(ended(SOLVED_AT), RETURNS)
    own = {
        "env": "LunarLanderContinuous-v3", "seed": 7, "steps": 125_000, "train_seconds": 61.23,
        "solved": True, "steps_to_solved": 75_000, "seconds_to_solved": 46.43,
    }  # fmt: skip
    assert figures == own | evaluation_result(RETURNS, LUNAR_LANDER)
    assert json.loads(json.dumps(figures)) == figures


def test_an_unsolved_training_has_no_time_to_solved():
    figures = training_result(ended(None), RETURNS)
    assert (figures["solved"], figures["steps_to_solved"], figures["seconds_to_solved"]) == (False, None, None)
    assert json.loads(json.dumps(figures)) == figures


@pytest.mark.parametrize(("returns", "solved"), [((150.0, 240.0), False), ((160.0, 240.0), True)])
def test_a_selection_that_flattered_the_policy_does_not_solve(returns, solved):
    assert training_result(ended(SOLVED_AT), Evaluation(np.array(returns)))["solved"] is solved


# ---- what is written


def test_the_folder_is_made_and_holds_five_files_and_nothing_temporary(folder):
    assert {path.name for path in folder.iterdir()} == FILES


def test_a_folder_may_be_given_as_text(run, tmp_path):
    write_run(str(tmp_path / "as" / "text"), run, RETURNS)
    assert {path.name for path in (tmp_path / "as" / "text").iterdir()} == FILES


def test_the_records_are_a_table_with_one_line_per_episode(run, folder):
    with open(folder / "records.csv", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == list(Record._fields)
    np.testing.assert_array_equal(np.array(rows, float), np.array(run.records))  # to the last bit; NaN equals NaN
    assert [row[0] for row in rows] == ["0", "1", "2"]
    assert math.isnan(run.records[0].mean_q)


def test_the_result_is_that_of_the_training(run, folder):
    assert json.loads((folder / "result.json").read_text(encoding="utf-8")) == training_result(run, RETURNS)


def test_the_settings_are_those_of_the_training(folder):
    assert Config.from_json((folder / "config.json").read_text(encoding="utf-8")) == SMALL


def test_the_agent_is_the_one_at_the_end_and_learns_on(run, folder):
    fresh = Run(SMALL, seed=99).agent
    fresh.load(folder / "agent.npz")
    for name, variable in run.agent._variables().items():
        np.testing.assert_array_equal(np.asarray(variable), np.asarray(fresh._variables()[name]), err_msg=name)
    np.testing.assert_array_equal(fresh.policy()(states(3)), run.policy(states(3)))


def test_the_policy_is_the_best_and_not_the_last(run, tmp_path, monkeypatch):
    best = Policy([w + 1 for w in run.policy.weights], run.policy.low, run.policy.high)
    monkeypatch.setattr(run, "best_policy", best)
    write_run(tmp_path, run, RETURNS)
    loaded, _ = load_run(tmp_path)
    np.testing.assert_array_equal(loaded(states(3)), best(states(3)))
    assert not np.array_equal(loaded(states(3)), run.policy(states(3)))


def test_writing_again_takes_the_place_of_what_was_there(run, folder, monkeypatch):
    monkeypatch.setattr(run, "seed", 4)
    write_run(folder, run, RETURNS)
    assert json.loads((folder / "result.json").read_text(encoding="utf-8"))["seed"] == 4
    assert {path.name for path in folder.iterdir()} == FILES


def test_the_policy_comes_last(run, tmp_path, monkeypatch):
    """A training that is killed while it writes leaves no folder that looks complete."""

    def full_disk(path):
        raise OSError("no space left")

    monkeypatch.setattr(run.best_policy, "save", full_disk, raising=False)
    with pytest.raises(OSError, match="no space left"):
        write_run(tmp_path, run, RETURNS)
    assert {path.name for path in tmp_path.iterdir()} == FILES - {"policy.npz"}
    with pytest.raises(FileNotFoundError, match="no policy at"):
        load_run(tmp_path)


@pytest.mark.parametrize("broken", ["save_text", "agent"])
def test_no_policy_is_written_when_something_before_it_fails(run, tmp_path, monkeypatch, broken):
    def fail(*args):
        raise OSError("no space left")

    monkeypatch.setattr(*((results, "save_text") if broken == "save_text" else (run.agent, "save")), fail)
    with pytest.raises(OSError, match="no space left"):
        write_run(tmp_path, run, RETURNS)
    assert not (tmp_path / "policy.npz").exists()


# ---- what is read


def test_what_was_written_is_read(run, folder):
    policy, config = load_run(folder)
    assert config == SMALL
    np.testing.assert_array_equal(policy(states(3)), run.best_policy(states(3)))
    assert load_run(str(folder))[1] == SMALL


def test_policy_and_settings_are_enough(run, folder):
    for name in FILES - {"policy.npz", "config.json"}:
        (folder / name).unlink()
    assert load_run(folder)[1] == SMALL


@pytest.mark.parametrize("name", ["policy.npz", "config.json"])
def test_a_file_that_is_not_there_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=re.escape(name)):
        load_run(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_run(tmp_path / "nowhere")


@pytest.mark.parametrize("kept", [0, 10, 200])
def test_a_cut_policy_is_refused(folder, kept):
    path = folder / "policy.npz"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match=re.escape(str(path))):
        load_run(folder)


def test_an_unfinished_training_is_refused_with_the_way_to_its_end(folder):
    (folder / "policy.npz").unlink()
    (folder / "state.npz").write_bytes(b"")
    with pytest.raises(
        ValueError, match=f"unfinished training; end it with .* train --resume {re.escape(str(folder))}"
    ):
        load_run(folder)


def test_an_agent_in_the_place_of_the_policy_is_refused(folder):
    (folder / "policy.npz").write_bytes((folder / "agent.npz").read_bytes())
    with pytest.raises(ValueError, match="is a file of kind 'agent', expected 'policy'"):
        load_run(folder)


DAMAGED = {
    "": "no JSON object",
    '{"env": "Pendulum-v1"': "no JSON object",
    "[1, 2]": "no JSON object",
    '{"speed": 3}': "unknown settings",
    '{"gamma": 1.5}': "gamma is 1.5",
    '{"gamma": "0.99"}': "gamma is '0.99'",  # a TypeError of Config, which here is a damaged file
    '{"batch_size": 64, "warmup_steps": 1}': "batch_size is 64",
}


@pytest.mark.parametrize(("text", "words"), DAMAGED.items())
def test_settings_that_cannot_be_used_are_refused_with_the_file_and_the_reason(folder, text, words):
    path = folder / "config.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=f"{re.escape(str(path))}: .*{re.escape(words)}"):
        load_run(folder)


def test_settings_that_are_no_text_are_refused(folder):
    (folder / "config.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="config.json"):
        load_run(folder)


# ---- the policy that comes with the series


def test_the_recorded_lander_lands():
    policy, config = load_run(Path(__file__).parent.parent / "notebooks" / "pretrained" / "lunar_lander")
    assert evaluate(policy, config.env, TEST_SEEDS[:20]).mean >= config.solved_return
