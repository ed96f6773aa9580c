"""The folder of a training: what `write_results` leaves in it, and what `load_results` makes of damaged folders."""

import csv
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import ddpg_tf.course.worlds  # noqa: F401  registers ddpg_tf/LinearQuadratic-v0
from ddpg_tf.config import LUNAR_LANDER, PENDULUM
from ddpg_tf.evaluation import Evaluation
from ddpg_tf.lab import results
from ddpg_tf.lab.checkpoint import CHECKPOINT, train_with_checkpoints
from ddpg_tf.lab.files import load
from ddpg_tf.lab.results import config_from, load_results, training_result, write_results
from ddpg_tf.policy import Policy
from ddpg_tf.training import Record, Run, Selection

pytestmark = pytest.mark.usefixtures("uncompiled")
CONFIG = replace(
    PENDULUM, env="ddpg_tf/LinearQuadratic-v0", steps=65, warmup_steps=40, steps_per_call=10, updates_per_call=5,
    batch_size=16, hidden=(8, 4), memory_capacity=100, evaluation_every=60, evaluation_episodes=1, solved_return=None,
)  # fmt: skip
RETURNS = Evaluation(np.array([100.0, 200.0, 250.0, 300.0]))
SOLVED_AT = Selection(75_000, 46.428538, 207.2, 20.0, 150.0, 250.0)
FILES = {"policy.npz", "agent.npz", "config.json", "records.csv", "result.json", "selections.csv"}


@pytest.fixture(scope="module")
def trained(uncompiled, tmp_path_factory):
    """A finished training in an environment without a threshold, and the bytes of its checkpoint."""
    folder, run = tmp_path_factory.mktemp("trained"), Run(CONFIG, 3)
    list(train_with_checkpoints(run, folder))
    run.best_policy = Policy([(name, [w + 1 for w in ws]) for name, ws in run.policy.layers], run.low, run.high)
    return run, (folder / CHECKPOINT).read_bytes()


@pytest.fixture
def folder(trained, tmp_path):
    (tmp_path / CHECKPOINT).write_bytes(trained[1])
    write_results(tmp_path, trained[0], RETURNS)
    return tmp_path


def ended(solved_at, solved_return=200.0):
    run = {"config": LUNAR_LANDER, "seed": 7, "step": 125_000, "seconds": 61.23456}
    return SimpleNamespace(**run, solved_at=solved_at, solved_return=solved_return)


def test_the_figures_of_a_training():
    figures = training_result(ended(SOLVED_AT), RETURNS)
    assert figures == {
        "env": "LunarLanderContinuous-v3", "seed": 7, "steps": 125_000, "train_seconds": 61.23, "solved": True,
        "steps_to_solved": 75_000, "seconds_to_solved": 46.43, "mean": 212.5, "std": pytest.approx(np.sqrt(5468.75)),
        "share_solved": 0.75, "p10": pytest.approx(130.0), "episodes": 4,
    }  # fmt: skip


@pytest.mark.parametrize("solved_at", [SOLVED_AT, None])
@pytest.mark.parametrize(("bar", "solved"), [(212.5, True), (213.0, False), (np.inf, False)])
def test_solved_needs_the_training_and_the_exam_and_the_figures_are_valid_json(solved_at, bar, solved):
    figures = training_result(ended(solved_at, bar), RETURNS)
    assert figures["solved"] is (solved and solved_at is not None)
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_a_folder_holds_the_best_policy_and_all_that_belongs_to_it(trained, folder):
    run, states = trained[0], np.random.default_rng(0).uniform(-1, 1, (50, 1))
    assert {path.name for path in folder.iterdir()} == FILES  # the checkpoint is gone
    policy, config = load_results(str(folder))
    assert config == CONFIG
    np.testing.assert_array_equal(policy(states), run.best_policy(states))
    assert not np.array_equal(policy(states), run.policy(states))
    assert json.loads((folder / "result.json").read_text()) == training_result(run, RETURNS)
    for name, kind in (("records", Record), ("selections", Selection)):
        header, *rows = csv.reader((folder / f"{name}.csv").read_text().splitlines())
        assert header == list(kind._fields) and rows
        np.testing.assert_array_equal(np.array(rows, float), np.array(getattr(run, name)))  # bits; NaN equals NaN
    fresh = Run(CONFIG, 99).agent
    fresh.set_state(load(folder / "agent.npz", "agent"))
    np.testing.assert_array_equal(fresh.policy()(states), run.policy(states))


@pytest.mark.parametrize("broken", ["save", "save_text"])
def test_a_training_that_fails_while_it_writes_can_be_continued(trained, tmp_path, monkeypatch, broken):
    (tmp_path / CHECKPOINT).write_bytes(trained[1])
    monkeypatch.setattr(results, broken, lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_results(tmp_path, trained[0], RETURNS)
    with pytest.raises(ValueError, match=f"{re.escape(str(tmp_path))} holds a training that is not finished"):
        load_results(tmp_path)
    assert list(train_with_checkpoints(Run(CONFIG, 3), tmp_path)) == []


DAMAGED = {
    "": "", '{"env": "Pendulum-v1"': "", "[1, 2]": "", "[" * 100_000: "",
    '{"speed": 3}': "speed", '{"gamma": 1.5}': "gamma", '{"gamma": "0.99"}': "gamma",
    '{"hidden": 3}': "hidden", '{"hidden": ["64"]}': "hidden", '{"steps": NaN}': "steps",
    '{"batch_size": 64, "warmup_steps": 1}': "batch_size",
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), DAMAGED.items(), ids=range(len(DAMAGED)))
def test_a_config_that_cannot_be_is_refused_with_its_file_and_the_setting(folder, text, words):
    (folder / "config.json").write_text(text)
    with pytest.raises(ValueError, match=re.escape(str(folder / "config.json")) + ".*" + words):
        load_results(folder)


def test_settings_that_are_missing_in_a_config_have_their_defaults():
    assert config_from({"gamma": 0.5, "hidden": [3]}) == replace(LUNAR_LANDER, gamma=0.5, hidden=(3,))
