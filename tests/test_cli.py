"""The command line: what it prints and writes, and one clear line with exit code 2 for what it cannot use."""

import contextlib
import csv
import io
import json
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from ddpg_tf.__main__ import build_parser, chosen_config, main
from ddpg_tf.config import LUNAR_LANDER, PAPER, PENDULUM, Config
from ddpg_tf.evaluation import TEST_SEEDS, evaluate
from ddpg_tf.policy import Policy

TINY = [
    "--env", "Pendulum-v1", "--steps", "400", "--warmup-steps", "200", "--batch-size", "16",
    "--hidden", "8", "8", "--evaluation-every", "200", "--evaluation-episodes", "2",
]  # fmt: skip
KEYS = (
    "env", "seed", "steps", "train_seconds", "solved", "steps_to_solved", "seconds_to_solved", "mean", "std",
    "share_solved", "p10", "episodes",
)  # fmt: skip


def run(*arguments):
    """Exit code, stdout and stderr of one command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as leaving:  # argparse's way
            code = leaving.code
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A tiny training: its folder, and what it printed."""
    folder = tmp_path_factory.mktemp("runs") / "new" / "pendulum"
    code, out, _ = run("train", *TINY, "--seed", 3, "--out", folder, "--tensorboard", folder / "scalars", "--json")
    assert code == 0
    return folder, out


# ---- help


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ([], ["train", "evaluate", "play"]),
        (["train"], ["examples:", "--config", "--tensorboard", "--json"]),
        (["runs"], ["examples:", "--seeds", "--jobs", "--backend"]),
        (["evaluate"], ["--episodes", "--eval-seed", "policy.npz"]),
        (["play"], ["--seed", "video"]),
    ],
)
def test_help_is_there_and_leaves_with_zero(command, words):
    code, out, err = run(*command, "--help")
    assert (code, err) == (0, "")
    assert [word for word in words if word not in out] == []


@pytest.mark.parametrize("setting", fields(Config), ids=lambda setting: setting.name)
def test_every_setting_has_an_option_with_its_meaning_and_its_default(setting):
    _, out, _ = run("train", "--help")
    text = " ".join(out.split())
    assert f"--{setting.name.replace('_', '-')} " in text
    assert f"{setting.metadata['help']} [{getattr(LUNAR_LANDER, setting.name)}]" in text


def test_help_does_not_wait_for_tensorflow():
    code = "import sys, ddpg_tf.__main__ as m; m.build_parser(); sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# ---- the settings that the options ask for


def config_of(*arguments):
    return chosen_config(build_parser().parse_args(["train", *arguments]))


def test_the_default_is_the_lander_and_an_environment_brings_its_own_settings():
    assert config_of() == LUNAR_LANDER
    assert config_of("--env", "Pendulum-v1") == PENDULUM
    assert config_of("--config", "paper") == PAPER
    assert config_of("--config", "lunar-lander", "--env", "Pendulum-v1") == replace(LUNAR_LANDER, env="Pendulum-v1")
    assert config_of("--env", "MountainCarContinuous-v0") == replace(LUNAR_LANDER, env="MountainCarContinuous-v0")


OTHER = {
    "env": "Pendulum-v1", "priority_alpha": 0.5, "hidden": (32, 16, 8), "noise": "gaussian",
    "stop_return": float("inf"),
}  # fmt: skip


@pytest.mark.parametrize("setting", fields(Config), ids=lambda setting: setting.name)
def test_every_option_sets_its_field_and_no_other(setting):
    default = getattr(LUNAR_LANDER, setting.name)
    value = OTHER[setting.name] if setting.name in OTHER else type(default)(default / 2 or 7)
    words = [str(v) for v in value] if isinstance(value, tuple) else [str(value)]
    config = config_of("--config", "lunar-lander", f"--{setting.name.replace('_', '-')}", *words)
    assert config == replace(LUNAR_LANDER, **{setting.name: value})
    assert value != default


# ---- train


def test_train_ends_with_one_json_line_of_exactly_these_keys(trained):
    lines = trained[1].splitlines()
    result = json.loads(lines[-1])
    assert tuple(result) == KEYS
    assert (result["env"], result["seed"], result["steps"], result["episodes"]) == (
        "Pendulum-v1",
        3,
        400,
        100,
    )
    assert (result["solved"], result["steps_to_solved"], result["seconds_to_solved"]) == (False, None, None)
    assert [line[:1] == "{" for line in lines] == [False] * (len(lines) - 1) + [True]


def test_train_writes_the_best_policy_the_agent_the_settings_the_records_and_the_result(trained):
    folder, out = trained
    names = ["agent.npz", "config.json", "policy.npz", "records.csv", "result.json", "scalars"]
    assert sorted(path.name for path in folder.iterdir()) == names
    result = json.loads((folder / "result.json").read_text())
    assert result == json.loads(out.splitlines()[-1])
    assert Config.from_json((folder / "config.json").read_text()) == config_of(*TINY)
    with open(folder / "records.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["episode"], row["step"], row["length"]) for row in rows] == [
        ("0", "200", "200"),
        ("1", "400", "200"),
    ]
    assert any((folder / "scalars").iterdir())


def test_the_result_is_that_of_the_policy_written_on_the_test_seeds(trained):
    folder, out = trained
    result = json.loads(out.splitlines()[-1])
    evaluation = evaluate(Policy.load(folder / "policy.npz"), "Pendulum-v1", TEST_SEEDS)
    assert (result["mean"], result["std"], result["p10"]) == (evaluation.mean, evaluation.std, evaluation.p10)
    assert result["share_solved"] == evaluation.share(-200.0)


def test_a_solved_training_says_when(tmp_path):
    code, out, _ = run("train", *TINY, "--solved-return", "-1000000", "--out", tmp_path, "--json")
    result = json.loads(out.splitlines()[-1])
    assert (code, result["solved"], result["steps_to_solved"], result["share_solved"]) == (0, True, 200, 1.0)
    assert 0 < result["seconds_to_solved"] <= result["train_seconds"]
    assert "solved after 200 steps" in out


def test_without_json_there_are_only_words(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("train", *TINY, "--seed", 3)
    assert code == 0
    assert Path("runs/Pendulum-v1-seed3/policy.npz").is_file()  # where it goes without --out
    assert out.splitlines()[-1] == "written to runs/Pendulum-v1-seed3"
    assert out.splitlines()[1] == trained[1].splitlines()[1]  # the same seed, the same figures


# ---- evaluate and play


def test_evaluate_gives_the_figures_of_train(trained):
    folder, out = trained
    code, again, _ = run("evaluate", folder, "--json")
    result, expected = json.loads(again.splitlines()[-1]), json.loads(out.splitlines()[-1])
    assert (code, len(again.splitlines())) == (0, 2)
    assert result == {key: expected[key] for key in ("env", "mean", "std", "share_solved", "p10", "episodes")}
    assert again.splitlines()[0] == out.splitlines()[1]


def test_evaluate_takes_other_seeds_and_counts(trained):
    folder, _ = trained
    _, out, _ = run("evaluate", folder, "--episodes", 3, "--eval-seed", 5, "--json")
    result = json.loads(out.splitlines()[-1])
    returns = evaluate(Policy.load(folder / "policy.npz"), "Pendulum-v1", range(5, 8)).returns
    assert (result["episodes"], result["mean"]) == (3, np.mean(returns))


def test_play_writes_a_video_and_prints_where(trained):
    folder, _ = trained
    code, out, _ = run("play", folder, "--seed", 1)
    path = Path(out.strip())
    assert code == 0
    assert path.parent == folder / "videos"
    assert path.read_bytes()[4:8] == b"ftyp"  # the mark of an mp4 file


# ---- what it cannot use


def refused(*arguments):
    """The one line on stderr of a command that is refused with exit code 2."""
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    *usage, line = err.splitlines()
    assert not usage or usage[0].startswith("usage: ")  # argparse shows the usage above its line
    assert "Traceback" not in err
    return line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--env", "NoSuchWorld-v0"], "'NoSuchWorld-v0' is no environment that gymnasium can make"),
        (["train", "--env", "CartPole-v1"], "its actions are Discrete(2), expected a Box of numbers"),
        (["train", "--gamma", "2"], "Config.gamma is 2.0, expected a number from 0 to 1"),
        (["train", "--batch-size", "99999"], "Config.batch_size is 99999, expected at most"),
        (["train", "--hidden", "64", "0"], "Config.hidden is (64, 0), expected at least one layer"),
        (["train", "--steps", "1e5"], "argument --steps: invalid int value: '1e5'"),
        (["train", "--noise", "white"], "argument --noise: invalid choice: 'white'"),
        (["train", "--config", "atari"], "argument --config: invalid choice: 'atari'"),
        (
            ["train", "--seed", "-1"],
            "argument --seed: '-1' is no seed, expected a whole number of at least 0",
        ),
        (["train", "--eval-seed", "-1"], "argument --eval-seed: '-1' is no seed"),
        (["train", "--learning-rate", "1"], "unrecognized arguments: --learning-rate 1"),
        ([], "the following arguments are required: train|runs|evaluate|play"),
        (["fly"], "invalid choice: 'fly'"),
        (["evaluate"], "the following arguments are required: run"),
    ],
)
def test_bad_options_are_refused(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in refused(*arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["evaluate", "play"])
def test_a_missing_folder_is_refused(command, tmp_path):
    assert "no policy at" in refused(command, tmp_path / "nothing")


@pytest.mark.parametrize("command", ["evaluate", "play"])
@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not a zip", b"\xff\xfe\x00"])
@pytest.mark.parametrize("name", ["policy.npz", "config.json"])
def test_a_damaged_file_is_refused_and_named(trained, tmp_path, command, damage, name):
    copy = copied(trained, tmp_path)
    (copy / name).write_bytes(damage)
    assert str(copy / name) in refused(command, copy)


@pytest.mark.parametrize("name", ["policy.npz", "config.json"])
def test_a_missing_file_is_refused_and_named(trained, tmp_path, name):
    copy = copied(trained, tmp_path)
    (copy / name).unlink()
    assert str(copy / name) in refused("evaluate", copy)


def copied(trained, tmp_path):
    for name in ("policy.npz", "config.json"):
        (tmp_path / name).write_bytes((trained[0] / name).read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--env", "LunarLanderContinuous-v3"], "the policy is for states of 3 and actions of 1 numbers"),
        (["--env", "CartPole-v1"], "expected a Box of numbers"),
        (["--episodes", "0"], "there are no seeds, expected at least one"),
        (["--eval-seed", "x"], "'x' is no seed"),
    ],
)
def test_an_evaluation_that_cannot_be_is_refused(trained, arguments, words):
    assert words in refused("evaluate", trained[0], *arguments)


def test_a_folder_with_a_finished_training_is_not_written_over(trained):
    folder, _ = trained
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    line = refused("train", *TINY, "--out", folder)
    assert f"{folder} holds a finished training already; give another folder with --out, or remove it." in line
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize("option", ["--out", "--tensorboard"])
def test_a_file_where_a_folder_should_go_is_refused_before_the_training(tmp_path, monkeypatch, option):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ddpg_tf.training.train", lambda run: pytest.fail("it has begun to train"))
    (tmp_path / "taken").write_text("something of value")
    assert "taken" in refused("train", *TINY, option, tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "something of value"


def test_values_that_diverge_are_told_in_one_line(tmp_path):
    line = refused("train", *TINY, "--reward-scale", "1e37", "--out", tmp_path)
    assert "the values have diverged. Scale the rewards down" in line


# ---- many seeds


def test_runs_sums_up_and_goes_on_where_it_stopped(tmp_path):
    first = run("runs", *TINY, "--seeds", 1, "--jobs", 1, "--out", tmp_path / "tiny")
    code, out, _ = run("runs", *TINY, "--seeds", 2, "--jobs", 1, "--out", tmp_path / "tiny", "--json")
    assert (first[0], code) == (0, 0)
    assert sorted(path.name for path in (tmp_path / "tiny").iterdir()) == ["seed-000.json", "seed-001.json"]
    figures = json.loads(out.splitlines()[-1])
    assert (figures["seeds"], figures["solved"], figures["steps_to_solved"]) == (2, 0, None)
    assert "| tiny | 0 of 2 | – |" in out
    assert [line for line in first[1].splitlines() if line.startswith("| 0 |")][
        0
    ] in out  # the same file, not run again


def test_runs_names_its_folder_after_the_settings_that_were_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("runs", *TINY, "--seeds", 1, "--jobs", 1, "--gamma", "0.9")
    assert code == 0
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.startswith("pendulum_steps-400_hidden-8-8_") and "_gamma-0.9_" in folder.name
    assert f"recorded in runs/{folder.name}" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--seeds", "0"], "'0', expected a whole number of at least 1"),
        (["--jobs", "x"], "'x', expected a whole number"),
        (["--backend", "nosuch"], "Invalid backend: nosuch"),
    ],
)
def test_runs_refuses_what_it_cannot_use(tmp_path, arguments, words):
    code, _, err = run("runs", *TINY, "--out", tmp_path, *arguments)
    assert code == 2
    assert words in err
