"""A policy that leaves: its models act as it does, also when read back, and its folder says what is true."""

import contextlib
import io
import json
import re

import keras
import numpy as np
import onnx
import pytest
import yaml
from onnx.reference import ReferenceEvaluator

import ddpg_tf.course.worlds  # noqa: F401  registers ddpg_tf/LinearQuadratic-v0
from ddpg_tf.config import PENDULUM, Config
from ddpg_tf.evaluation import TEST_SEEDS, evaluate
from ddpg_tf.policy import LAYERS, Policy
from ddpg_tf.share import export as module
from ddpg_tf.share.export import TOLERANCE, export
from ddpg_tf.share.models import difference, keras_model, onnx_model

LOW, HIGH = np.float32([-0.7, 0.1]), np.float32([0.3, 12.3])
STATES = np.random.default_rng(1).normal(size=(500, 3)).astype(np.float32)


def policy_with(name):
    """A policy of three layers, the second of this kind; half of its actions are cut off at a bound."""
    rng = np.random.default_rng(0)
    dense = lambda rows, columns: [rng.normal(size=(rows, columns)), rng.normal(size=columns)]  # noqa: E731
    weights = {"rescaling": [np.array(1.7), rng.normal(size=5)]}
    weights["layer_normalization"] = [rng.normal(size=5), rng.normal(size=5), np.array(0.1)]
    return Policy([("relu", dense(3, 5)), (name, weights.get(name) or dense(5, 5)), ("linear", dense(5, 2))], LOW, HIGH)


def of_keras(policy, path):
    keras_model(policy).save(path / "policy.keras")
    loaded = keras.saving.load_model(path / "policy.keras")
    return lambda states: loaded(states).numpy()


def of_onnx(policy, path):
    onnx.save(onnx_model(policy), path / "policy.onnx")
    session = ReferenceEvaluator(str(path / "policy.onnx"))
    return lambda states: session.run(None, {"states": states})[0]


@pytest.mark.parametrize("form", [of_keras, of_onnx])
@pytest.mark.parametrize("name", LAYERS)
def test_each_layer_acts_as_in_the_policy_and_no_action_leaves_the_bounds(name, form, tmp_path):
    policy = policy_with(name)
    model, expected = form(policy, tmp_path), policy(STATES)
    actions = model(STATES)
    assert actions.dtype == np.float32 and actions.shape == (500, 2)
    np.testing.assert_allclose(actions, expected, rtol=0, atol=TOLERANCE)
    assert (actions >= LOW).all() and (actions <= HIGH).all()
    inside = ((expected > LOW) & (expected < HIGH)).mean()
    assert 0.1 < inside < 0.95  # the test sees both, actions and bounds
    assert model(STATES[:1]).shape == (1, 2)


def test_a_difference_is_a_share_of_the_range_and_of_the_worst_action():
    policy = policy_with("tanh")
    assert difference(policy, lambda states: policy(states) + [0.0, 0.122]) == pytest.approx(0.01, rel=1e-3)


MOUNTAIN = Policy([("tanh", [np.float32([[0.0], [60.0]]), np.zeros(1)])], [-1.0], [1.0])  # pushes the way it moves


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub") / "ddpg-car"
    folder.mkdir()
    config = Config(env="MountainCarContinuous-v0", env_kwargs={"goal_velocity": 0.01}, episode_limit=300)
    return folder, config, export(MOUNTAIN, config, folder)


def test_the_folder_is_complete_and_its_card_has_the_figures_of_the_exam(exported):
    folder, config, exam = exported
    names = {"README.md", "config.json", "policy.keras", "policy.onnx", "replay.mp4", "results.json"}
    assert {path.name for path in folder.iterdir()} == names
    expected = evaluate(MOUNTAIN, config.env, TEST_SEEDS, 300, {"goal_velocity": 0.01})
    np.testing.assert_array_equal(exam.returns, expected.returns)
    _, front, text = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    card = yaml.safe_load(front)
    (result,) = card["model-index"][0]["results"]
    assert card["tags"][0] == result["dataset"]["type"] == config.env
    assert result["metrics"][0]["value"] == f"{expected.mean:.1f} +/- {expected.std:.1f}"
    assert text.startswith("\n# ddpg-car\n") and "goal_velocity=0.01, max_episode_steps=300" in text
    results = json.loads((folder / "results.json").read_text())
    assert (results["mean_reward"], results["std_reward"]) == (expected.mean, expected.std)
    assert json.loads((folder / "config.json").read_text())["env_kwargs"] == {"goal_velocity": 0.01}


def test_the_example_on_the_card_plays_the_first_episode_of_the_exam(exported, monkeypatch):
    folder, _, exam = exported
    monkeypatch.chdir(folder)
    (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, {})
    assert float(printed.getvalue()) == pytest.approx(exam.returns[0], abs=1e-3)


def test_an_environment_that_cannot_be_drawn_has_no_film(tmp_path):
    config = Config(env="ddpg_tf/LinearQuadratic-v0")
    export(Policy([("tanh", [np.ones((1, 1)), np.zeros(1)])], [-1.0], [1.0]), config, tmp_path)
    assert (tmp_path / "README.md").exists() and not (tmp_path / "replay.mp4").exists()


def test_a_model_that_acts_otherwise_is_refused(tmp_path, monkeypatch):
    off = Policy([("tanh", [MOUNTAIN.layers[0][1][0], np.full(1, 1e-4)])], [-1.0], [1.0])
    monkeypatch.setattr(module, "onnx_model", lambda policy: onnx_model(off))
    with pytest.raises(FloatingPointError, match="export: the difference of the models is .*expected at most 1e-05"):
        export(MOUNTAIN, PENDULUM, tmp_path)
