"""The command line: what it prints and writes, and one clear line with exit code 2 for what it cannot use."""

import contextlib
import errno
import io
import json
import os
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tqdm import tqdm

from ddpg_tf.config import LUNAR_LANDER, PAPER, PENDULUM, Config
from ddpg_tf.evaluation import TEST_SEEDS, evaluate
from ddpg_tf.lab import cli
from ddpg_tf.lab.cli import main, parse
from ddpg_tf.lab.results import load_results
from ddpg_tf.training import Record
from tests.lab.builders import OPTIONS as TINY

pytestmark = pytest.mark.usefixtures("uncompiled")
LINEAR = "ddpg_tf.course.worlds:ddpg_tf/LinearQuadratic-v0"


def run(*arguments):
    """Exit code, stdout and stderr of one command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as leaving:  # tyro's way
            code = leaving.code
    return code, out.getvalue(), err.getvalue()


def refused(*arguments):
    """The one line on stderr of a command that is refused with exit code 2."""
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    (line,) = [line for line in err.splitlines() if "it/s" not in line and "steps" not in line[:60]]
    return line


def config_of(*arguments):
    return parse(["train", *arguments]).chosen()


def strictly(text):
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A tiny training: its folder, and what it printed."""
    folder = tmp_path_factory.mktemp("runs") / "new" / "pendulum"
    options = f"--seed 3 --json --env-kwargs g=9.5 --out {folder} --tensorboard {folder / 'scalars'}".split()
    code, out, _ = run("train", *TINY, *options)
    assert code == 0
    return folder, out


@pytest.mark.parametrize("command", ["train", "runs"])
def test_help_shows_every_setting_and_the_defaults_of_the_named_settings(command):
    code, out, err = run(command, "--config", "paper", "--help")
    assert (code, err) == (0, "")
    assert [s.name for s in fields(Config) if f"--{s.name.replace('_', '-')} " not in out] == []
    assert "(default: 400 300)" in " ".join(out.replace("│", " ").split())


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["train", "--x"]])
def test_help_and_argument_errors_do_not_wait_for_tensorflow(words):
    command = [sys.executable, "-X", "importtime", "-m", "ddpg_tf", *words]
    imported = subprocess.run(command, capture_output=True, text=True).stderr
    assert "ddpg_tf.lab.cli" in imported and "tensorflow" not in imported


def test_the_default_is_the_lander_and_an_environment_brings_its_own_settings():
    assert config_of() == LUNAR_LANDER
    assert config_of("--env", "Pendulum-v1") == config_of("--env=Pendulum") == PENDULUM
    assert config_of("--config", "paper") == PAPER


def test_what_counts_as_solved_is_not_taken_over_by_another_environment():
    lander = "LunarLanderContinuous-v3"
    assert config_of("--config", "paper", "--env", lander) == replace(PAPER, env=lander, solved_return=None)
    assert config_of("--config", "paper", "--env", lander, "--solved-return", "7").solved_return == 7
    assert config_of("--config", "lunar-lander", "--env", "Pendulum") == replace(LUNAR_LANDER, env="Pendulum-v1")
    assert config_of("--env", LINEAR) == replace(LUNAR_LANDER, env=LINEAR)


ARGUMENTS = {
    "x=1": 1, "x=-0.5": -0.5, "x=1e3": 1e3, "x=true": True, "x=True": True, "x=False": False, "x=null": None,
    "x=None": None, "x=word": "word", "x=a=b": "a=b", "x=": "", "x=[1, 2]": [1, 2], 'x="1"': "1",
}  # fmt: skip


@pytest.mark.parametrize(("word", "value"), ARGUMENTS.items(), ids=ARGUMENTS)
def test_a_value_of_the_environment_is_what_json_or_python_reads_in_it(word, value):
    config = config_of("--env", LINEAR, "--env-kwargs", word, "y=2", "--gamma", "0.5")
    assert config == replace(LUNAR_LANDER, env=LINEAR, env_kwargs={"x": value, "y": 2}, gamma=0.5)
    assert type(config.env_kwargs["x"]) is type(value)


def test_train_writes_its_results_and_ends_with_one_json_line(trained):
    folder, out = trained
    names = ["agent.npz", "config.json", "policy.npz", "records.csv", "result.json", "scalars", "selections.csv"]
    assert sorted(path.name for path in folder.iterdir()) == names
    result = strictly(out.splitlines()[-1])
    assert result == strictly((folder / "result.json").read_text())
    policy, config = load_results(folder)
    assert config == config_of(*TINY, "--env-kwargs", "g=9.5")
    evaluation = evaluate(policy, "Pendulum-v1", TEST_SEEDS, env_kwargs={"g": 9.5})
    assert (result["mean"], result["std"], result["p10"]) == (evaluation.mean, evaluation.std, evaluation.p10)
    assert (result["env"], result["seed"], result["steps"], result["solved"]) == ("Pendulum-v1", 3, 400, False)
    assert any((folder / "scalars").iterdir())


def test_a_world_of_ones_own_has_a_folder_by_default_valid_json_without_a_threshold_and_no_film(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run("train", *TINY, "--env", LINEAR, "--seed", 3, "--json")
    assert code == 0, err
    (folder,), result = Path("runs").iterdir(), out.splitlines()[-1]
    assert folder.name == "ddpg_tf.course.worlds-ddpg_tf-LinearQuadratic-v0-seed3"
    assert strictly(result)["solved"] is False
    code, out, _ = run("evaluate", folder, "--episodes", 2, "--json")
    assert (code, strictly(out.splitlines()[-1])["share_solved"]) == (0, 0.0)
    assert "inf" not in out
    assert "LinearQuadratic-v0 cannot be drawn" in refused("play", folder)


def test_a_training_that_is_interrupted_says_how_to_go_on_and_ends_with_the_same_bits(tmp_path, monkeypatch):
    def interrupt(run, records):
        next(iter(records))
        raise KeyboardInterrupt

    words = ["train", *TINY, "--seed", 3, "--env-kwargs", "g=9.0"]
    with monkeypatch.context() as patch:
        patch.setattr(cli, "show_progress", interrupt)
        code, _, err = run(*words, "--out", tmp_path / "stopped", "--save-every", 1)
    assert (code, err) == (130, "ddpg_tf train: stopped. Run the same again to go on.\n")
    for option, value in (("--gamma", 0.99), ("--env-kwargs", "g=9.0")):
        assert f"leave out {option}" in refused("train", "--resume", tmp_path / "stopped", option, value)
    assert "not finished" in refused("evaluate", tmp_path / "stopped")
    resumed, whole = run("train", "--resume", tmp_path / "stopped"), run(*words, "--out", tmp_path / "whole")
    assert (resumed[0], resumed[1].splitlines()[1]) == (0, whole[1].splitlines()[1])
    files = [(tmp_path / name / "policy.npz").read_bytes() for name in ("stopped", "whole")]
    assert files[0] == files[1]
    assert json.loads((tmp_path / "stopped" / "config.json").read_text())["env_kwargs"] == {"g": 9.0}


def test_the_progress_bar_has_no_best_before_the_first_evaluation(capsys, monkeypatch):
    monkeypatch.setattr(cli, "tqdm", lambda **options: tqdm(**options | {"disable": False}))  # as on a terminal
    for selections in ([], [None]):
        state = SimpleNamespace(config=PENDULUM, step=0, selections=selections, best_mean=-900.0)
        cli.show_progress(state, [Record(0, 200, 200, -1500.0, 0.0, 0.0, 0.0, 1.0)])
        shown = capsys.readouterr().err
        assert "last=-1500" in shown and ("best=-900" in shown) == bool(selections)


def test_evaluate_gives_the_figures_of_train(trained):
    folder, out = trained
    code, again, _ = run("evaluate", folder, "--json")
    result, expected = strictly(again.splitlines()[-1]), strictly(out.splitlines()[-1])
    assert code == 0
    assert result == {key: expected[key] for key in ("env", "mean", "std", "share_solved", "p10", "episodes")}
    assert again.splitlines()[0] == out.splitlines()[1]


def test_evaluate_takes_other_seeds_and_another_world(trained):
    _, out, _ = run("evaluate", trained[0], "--episodes", 3, "--eval-seed", 5, "--env-kwargs", "g=9.0", "--json")
    returns = evaluate(load_results(trained[0])[0], "Pendulum-v1", range(5, 8), env_kwargs={"g": 9.0}).returns
    assert strictly(out.splitlines()[-1]).items() >= {"episodes": 3, "mean": np.mean(returns)}.items()


@pytest.mark.parametrize(("out", "path"), [
    ([], "runs/pendulum/videos/seed1.mp4"), (["--out", "my.mp4"], "my.mp4"), (["--out", "new/my"], "new/my/seed1.mp4"),
])  # fmt: skip
def test_play_says_the_return_and_writes_the_video_where_it_is_told(trained, tmp_path, monkeypatch, out, path):
    monkeypatch.chdir(tmp_path)
    before = sorted(trained[0].iterdir())
    code, said, _ = run("play", trained[0], "--seed", 1, "--env-kwargs", "g=9.0", *out)
    total = evaluate(load_results(trained[0])[0], "Pendulum-v1", [1], env_kwargs={"g": 9.0}).mean
    assert (code, said) == (0, f"return {total:.1f}: {Path(path)}\n")
    assert Path(path).read_bytes()[4:8] == b"ftyp"  # the mark of an mp4 file
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [tmp_path / path]
    assert sorted(trained[0].iterdir()) == before


def test_export_writes_a_folder_that_evaluate_takes_and_never_half_of_it(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, said, _ = run("export", trained[0], "--env-kwargs", "g=9.0")
    folder = Path("runs/pendulum/ddpg-Pendulum-v1")
    assert (code, said.splitlines()[-1]) == (0, f"written to {folder}")
    assert run("evaluate", folder)[1].splitlines()[0] == said.splitlines()[0]  # in the same gravity
    assert f"{folder} exists already; remove it" in refused("export", trained[0])
    monkeypatch.setattr("ddpg_tf.share.export.difference", lambda policy, model: 0.5)
    assert "the difference of the models is 0.5, expected at most 1e-05" in refused("export", trained[0], "--out", "my")
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_export_without_onnx_names_the_cure_and_writes_nothing(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("ddpg_tf.share.export", "ddpg_tf.share.models", "onnx"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert "export needs onnx: pip install '.[export]'" in refused("export", trained[0])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("arguments", "words"), [
    (["train", "--env", "NoSuchWorld-v0"], "gymnasium cannot make 'NoSuchWorld-v0'"),
    (["train", "--env", "CartPole-v1"], "its action space is Discrete(2), expected a vector of floats"),
    (["runs", "--env", "Pendulum-v1", "--env-kwargs", "wind=1"], "unexpected keyword argument 'wind'"),
    (["train", "--seed", "-1"], "--seed is -1, expected at least 0"),
    (["evaluate", "nowhere", "--eval-seed", "-1"], "--eval-seed is -1"),
    (["train", "--save-every", "0"], "--save-every is 0"),
    (["train", "--resume", "nowhere"], "no checkpoint at nowhere/checkpoint.npz"),
    (["runs", "--seeds", "0"], "--seeds is 0, expected at least 1"),
    (["runs", "--build", "nowhere:run"], "No module named 'nowhere'"),
    (["evaluate", "nowhere"], "no policy at nowhere/policy.npz"),
    (["evaluate", "nowhere", "--episodes", "0"], "--episodes is 0, expected at least 1"),
])  # fmt: skip
def test_bad_input_is_refused_in_one_line_and_nothing_is_written(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in refused(*arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("arguments", "words"), [
    (["train", "--gamma", "2"], "Config.gamma is 2.0, expected a number from 0 to 1"),
    (["train", "--steps", "900"], "expected less than steps"),
    (["train", "--noise", "white"], "Config.noise is white"),
    (["train", "--config", "atari"], "'atari'"),
    (["train", "--env-kwargs", "wind"], "'wind' is not of the form NAME=VALUE"),
])  # fmt: skip
def test_arguments_that_cannot_be_parsed_end_with_two_and_are_named(arguments, words):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert words in " ".join(err.replace("│", " ").split())


def test_a_finished_training_is_not_trained_again(trained):
    assert f"{trained[0]} holds a finished training already" in refused("train", *TINY, "--out", trained[0])


@pytest.mark.parametrize(("command", "option"), [("train", "--out"), ("train", "--tensorboard"), ("runs", "--out")])
@pytest.mark.parametrize("folder", ["taken", "taken/below", "sealed"])
def test_a_folder_that_cannot_be_written_is_named_before_the_training(tmp_path, monkeypatch, command, option, folder):
    def read_only(path, *arguments, **options):
        if "sealed" in str(path):
            raise OSError(errno.EROFS, "Read-only file system", path)
        return opened(path, *arguments, **options)

    opened = os.open
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "open", read_only)
    monkeypatch.setattr("ddpg_tf.training._episode", lambda run: pytest.fail("it has begun to train"))
    Path("taken").write_text("something of value")
    Path("sealed").mkdir()
    assert folder in refused(command, *TINY, option, folder)
    assert Path("taken").read_text() == "something of value" and not any(Path("sealed").iterdir())


@pytest.mark.parametrize("command", [["train"], ["runs", "--seeds", "1", "--jobs", "1"]])
def test_a_mistake_in_an_environment_keeps_its_traceback_other_failures_are_one_line(tmp_path, monkeypatch, command):
    def step(self, action):
        raise error("a mistake in step")

    monkeypatch.setattr("gymnasium.envs.classic_control.PendulumEnv.step", step)
    for error in (TypeError, KeyError, ValueError):
        with pytest.raises(error, match="a mistake in step"):
            run(*command, *TINY, "--out", tmp_path / "out")
    for error in (OSError, FloatingPointError):
        words = "a mistake in step This happened in episode 0, after 0 environment steps."
        assert words in refused(*command, *TINY, "--out", tmp_path / "out")


def test_runs_sums_up_and_goes_on_where_it_stopped(tmp_path):
    words = ["runs", *TINY, "--jobs", 1, "--out", tmp_path / "tiny", "--seeds"]
    first = run(*words, 1)
    code, out, _ = run(*words, 2, "--json")
    assert (first[0], code) == (0, 0)
    assert sorted(path.name for path in (tmp_path / "tiny").iterdir()) == ["seed-000.json", "seed-001.json"]
    figures = strictly(out.splitlines()[-1])
    assert (figures["seeds"], figures["solved"], figures["steps_to_solved"]) == (2, 0, None)
    assert next(line for line in first[1].splitlines() if line.startswith("| 0 |")) in out  # not run again
