"""Nonsense, systematically: what is refused is refused with its name, its value and what is allowed, and nothing else.

The counts below are those of the normal run; together they are well over a thousand cases.
"""

import contextlib
import io
import json
import math
import warnings
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from ddpg_tf import __main__ as command_line
from ddpg_tf.agent import DDPG
from ddpg_tf.course.claims import claim
from ddpg_tf.config import LUNAR_LANDER, PENDULUM, Config
from ddpg_tf.envs import make_env
from ddpg_tf.evaluation import evaluate
from ddpg_tf.lab.files import load_arrays, save_arrays
from ddpg_tf.networks import build_actor, build_critic
from ddpg_tf.noise import Gaussian, OrnsteinUhlenbeck
from ddpg_tf.policy import Policy
from ddpg_tf.lab.prioritized import PrioritizedReplayMemory
from ddpg_tf.replay import Batch, ReplayMemory
from ddpg_tf.lab.results import load_run
from ddpg_tf.lab.runs import load_recordings
from ddpg_tf.lab.state import KIND, read_state
from ddpg_tf.training import Run

JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(), st.complex_numbers(), st.text(max_size=8),
    st.binary(max_size=8), st.lists(st.integers(-3, 3), max_size=3), st.tuples(st.floats(), st.text(max_size=2)),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2), st.just(object()), st.just(len),
    st.builds(lambda x: np.array(x), st.lists(st.floats(-1, 1), max_size=3)), st.just(np.float32("nan")),
    st.sampled_from([0, -1, 1, 2.5, 10**400, -math.inf, "inf", "64", (0,), (64, -1), [[1], [1, 2]]]),
)  # fmt: skip
NAMES = [setting.name for setting in fields(Config)]


def cases(count):
    """So many cases, the same ones in every run."""
    fixtures = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=count, suppress_health_check=fixtures, deadline=None, derandomize=True)


def refusal(function, *args, **options):
    """The text of the ValueError or TypeError that the call ends with, or None; nothing else may come out of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            function(*args, **options)
        except (ValueError, TypeError) as error:
            return f"{type(error).__name__}: {error}"
    return None


def assert_named(text, name, value):
    """What a refusal must tell: whose value it is, the value itself and what is expected in its place."""
    assert name in text, text
    assert "expected" in text, text
    whole = isinstance(value, float) and value % 1 == 0
    assert str(value) in text or repr(value) in text or (whole and str(int(value)) in text), text


# ---- settings


@cases(400)
@given(st.sampled_from(NAMES), JUNK)
@example("reward_scale", 10**400)
@example("steps", True)
def test_a_config_is_whole_or_refused(name, value):
    text = refusal(Config, **{name: value})
    if text is None:
        kept = getattr(Config(**{name: value}), name)
        assert kept == (tuple(value) if isinstance(value, list) else value)
        json.loads(Config(**{name: value}).to_json())
    else:
        owner = name if "Config.batch_size is" in text else f"Config.{name}"
        assert_named(text, owner, tuple(value) if name == "hidden" and isinstance(value, list) else value)


@cases(150)
@given(st.one_of(st.text(), st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=4), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=3)
)).map(json.dumps)))  # fmt: skip
@example("[" * 100_000)
@example('[[1, 2], ["a", 3]]')
def test_a_text_of_settings_is_read_or_refused(text):
    said = refusal(Config.from_json, text)
    assert said is None or "Config" in said


# ---- the command line


@pytest.fixture
def asked(monkeypatch):
    """The settings with which a training would have begun."""
    asked = []
    monkeypatch.setattr(command_line, "begin_training", lambda config, options: asked.append(config))
    return asked


def run(*arguments):
    """Exit code and stderr of one command; nothing but SystemExit may come out of it."""
    err = io.StringIO()
    with contextlib.redirect_stderr(err), contextlib.redirect_stdout(io.StringIO()):
        try:
            code = command_line.main(list(arguments))
        except SystemExit as leaving:
            code = leaving.code
    return code, err.getvalue()


WORDS = st.one_of(
    st.text(st.characters(exclude_characters="\n\r\x00", exclude_categories=["Cs"]), max_size=8),
    st.floats().map(str), st.integers().map(str), st.integers(0, 999).map(str),
    st.sampled_from(["inf", "nan", "1e5", "-0", "0", "0x10", "١٢", "9" * 5_000, "true", "gaussian"]),
)  # fmt: skip


@cases(300)
@given(st.sampled_from([*NAMES, "seed", "eval_seed", "save_every", "config"]), WORDS)
def test_an_option_is_taken_or_refused_with_exit_code_2(asked, name, word):
    assume(word != "--")  # argparse drops it, before Python 3.13
    asked.clear()
    option = f"--{name.replace('_', '-')}"
    code, err = run("train", f"{option}={word}")
    assert (code, len(asked)) in ((0, 1), (2, 0))
    if code == 2:
        line = err.splitlines()[-1]
        assert f"argument {option}:" in line or f"Config.{name} is" in line or "Config.batch_size is" in line, line
        assert word[:50] in line or repr(word)[1:50] in line or any(say(word, kind) in line for kind in (int, float)), (
            line
        )
        assert "Traceback" not in err


def say(word, kind):
    """How a number is printed that was given as this word."""
    try:
        return str(kind(word))
    except (ValueError, OverflowError):
        return word


@cases(60)
@given(st.lists(WORDS, max_size=4))
def test_any_words_are_understood_or_refused_with_exit_code_2(asked, tmp_path, words):
    code, err = run(*words)
    assert code == 2 and err
    assert "Traceback" not in err


# ---- replay memory


@cases(100)
@given(st.sampled_from(["capacity", "state_size", "action_size"]), JUNK)
@example("capacity", 2**62)
@example("capacity", 10**15)
def test_a_memory_has_sizes_or_is_refused(name, value):
    text = refusal(ReplayMemory, **({"capacity": 4, "state_size": 3, "action_size": 2} | {name: small(value)}))
    assert text is None or "ReplayMemory: " in text
    if text:
        assert_named(text, "capacity" if "room" in text else name, small(value))


def small(value):
    """The value, or one below a thousand: a memory of a billion transitions may well be possible."""
    fits = isinstance(value, (int, float)) and 1_000 < value < 10**14
    return 999 if fits else value


@cases(150)
@given(st.sampled_from(range(5)), JUNK)
def test_a_transition_is_stored_whole_or_not_at_all(place, value):
    memory = ReplayMemory(4, 3, 1, seed=0)
    transition = [np.zeros(3), np.zeros(1), 0.0, np.ones(3), False]
    memory.add(*transition)
    transition[place] = value
    text = refusal(memory.add, *transition)
    assert len(memory) == 1 + (text is None)
    assert all(np.isfinite(array).all() for array in memory.transitions)
    if text:
        assert "ReplayMemory.add: " in text and "expected" in text


@cases(100)
@given(st.sampled_from(["alpha", "beta"]), JUNK)
def test_prioritized_draws_have_shares_as_exponents_or_are_refused(name, value):
    memory = PrioritizedReplayMemory(4, 1, 1, seed=0)
    memory.add([0.0], [0.0], 0.0, [0.0], False)
    text = refusal(PrioritizedReplayMemory, 4, 1, 1, 0, value) if name == "alpha" else refusal(memory.sample, 1, value)
    if text:
        assert_named(text, f"PrioritizedReplayMemory: {name}", value)
    else:
        assert 0 <= value <= 1


@cases(100)
@given(JUNK, JUNK)
def test_priorities_are_taken_or_refused(slots, priorities):
    memory = PrioritizedReplayMemory(4, 1, 1, seed=0)
    memory.add([0.0], [0.0], 0.0, [0.0], False)
    text = refusal(memory.update_priorities, slots, priorities)
    assert text is None or ("update_priorities: " in text and "expected" in text), text
    assert np.isfinite(memory.probabilities).all()


@cases(60)
@given(st.sampled_from([ReplayMemory, PrioritizedReplayMemory]), JUNK, JUNK)
def test_a_batch_has_a_size_or_is_refused(kind, count, size):
    memory = kind(4, 1, 1, seed=0)
    for _ in range(4):
        memory.add([0.0], [0.0], 0.0, [0.0], False)
    for draw, values in ((memory.sample, (small(size),)), (memory.sample_many, (small(count), small(size)))):
        text = refusal(draw, *values)
        assert text is None or f"{kind.__name__}.sample" in text, text


# ---- noises and networks


@cases(100)
@given(st.sampled_from(["size", "theta", "sigma"]), JUNK)
def test_a_noise_is_one_or_is_refused(name, value):
    for kind, options in (
        (OrnsteinUhlenbeck, {"size": 2, "theta": 0.15, "sigma": 0.2}),
        (Gaussian, {"size": 2, "sigma": 0.1}),
    ):
        if name in options:
            text = refusal(kind, **(options | {name: small(value)}), seed=0)
            if text:
                assert text.split(": ")[1] == kind.__name__
                assert_named(text, name, small(value))
            else:
                assert np.isfinite(kind(**(options | {name: small(value)}), seed=0).sample()).all()


@cases(40)
@given(st.sampled_from(["state_size", "low", "high", "hidden"]), JUNK)
def test_an_actor_is_built_or_refused(name, value):
    sizes = {"state_size": 3, "low": [-1.0], "high": [1.0], "hidden": (2,)} | {name: small(value)}
    text = refusal(build_actor, **sizes)
    assert text is None or "expected" in text, text


@cases(40)
@given(st.sampled_from(["state_size", "action_size", "hidden", "l2"]), JUNK)
def test_a_critic_is_built_or_refused(name, value):
    sizes = {"state_size": 3, "action_size": 1, "hidden": (2,), "l2": 0.0} | {name: small(value)}
    text = refusal(build_critic, **sizes)
    assert text is None or "expected" in text, text


@cases(40)
@given(st.sampled_from(["gamma", "tau"]), JUNK)
def test_an_agent_has_a_gamma_and_a_tau_or_is_refused(name, value):
    if isinstance(value, (int, float)) and 0 <= value <= 1:
        return  # it would be built, which takes its time and is tried elsewhere
    text = refusal(DDPG, 3, [-1.0], [1.0], hidden=(2,), **{name: value})
    assert_named(text, f"DDPG: {name}", value)


# ---- runs

PENDULUM_SMALL = replace(PENDULUM, hidden=(2,), memory_capacity=1_000)


@cases(60)
@given(JUNK)
@example(np.int64(3))
def test_a_seed_is_a_whole_number_or_is_refused(seed):
    text = refusal(Run, PENDULUM_SMALL, seed)
    if text:
        assert_named(text, "Run: seed", seed)
    else:
        assert seed >= 0 and seed % 1 == 0


# ---- environments


@cases(60)
@given(JUNK | st.text(max_size=12) | st.sampled_from([":x", "..:x", "no_such_module:X-v0", "a/b/c-v0", "Pendulum-v99"]))
def test_a_name_is_an_environment_or_is_refused(name):
    text = refusal(make_env, name)
    assert text is not None and repr(name) in text and "make_env" in text, text


# ---- claims


@cases(150)
@given(JUNK, st.sampled_from(["expected", "at_least", "at_most", "tolerance"]), JUNK, st.sampled_from([0.0, 0.1]))
def test_a_claim_holds_fails_or_is_refused(value, name, bound, tolerance):
    options = {name: bound} | ({"tolerance": tolerance} if name == "expected" else {})
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            text = refusal(claim, "it is so", value, **options)
        except AssertionError as failure:
            text = str(failure)
            assert "it is so: claimed" in text or "claim: the value has shape" in text
            return
    assert text is None or "claim: " in text, text


# ---- files


FLOATS = (np.float32, np.float64, complex)
NUMBERS = st.sampled_from([np.float32, np.float64, np.int64, bool, "U3", complex])
ARRAYS = st.builds(
    lambda kind, shape, value: np.full(shape, value if kind in FLOATS else 1.0).astype(kind),
    NUMBERS, st.lists(st.integers(0, 3), max_size=3), st.sampled_from([0.0, 1.0, np.nan, np.inf]),
)  # fmt: skip
MEMORIES = {memory.kind: memory.load for memory in (ReplayMemory, PrioritizedReplayMemory)}
WHAT = {"policy": Policy.load, KIND: read_state, **MEMORIES}
NAMED = [
    "low",
    "high",
    *(f"weight{i}" for i in range(4)),
    *Batch._fields,
    "priorities",
    "best/0",
    "agent/actor/0",
    "record/episodes",
]
PLACES = [
    "capacity",
    "alpha",
    "largest",
    "pointer",
    "generator",
    "version",
    "config",
    "seed",
    "step",
    "seconds",
    "memory",
]
VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
)


@cases(200)
@given(
    st.sampled_from(list(WHAT)),
    st.dictionaries(st.sampled_from(PLACES), VALUES, max_size=5),
    st.dictionaries(st.sampled_from(NAMED), ARRAYS, max_size=6),
)
def test_a_file_of_nonsense_with_right_checksums_is_read_or_refused_by_its_name(tmp_path, kind, header, arrays):
    path = tmp_path / "things.npz"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save_arrays(path, kind, header, arrays)
    text = refusal(WHAT[kind], path)
    assert text is None or str(path) in text, text


@cases(200)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY\x01\x00", b"\x80\x04"]))
def test_bytes_of_nonsense_are_refused_by_the_name_of_the_file(tmp_path, data, start):
    path = tmp_path / "things.npz"
    path.write_bytes(start + data)
    for read in (lambda path: load_arrays(path, "thing"), *WHAT.values()):
        assert f"{path} is no " in refusal(read, path)
    (tmp_path / "policy.npz").write_bytes(start + data)
    assert str(tmp_path / "policy.npz") in refusal(load_run, tmp_path)


@cases(60)
@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()))
@example(b'{"format": 1}')
@example(b'{"format": 1, "config": {"gamma": 2}}')
def test_a_recording_of_nonsense_is_refused_by_its_name(tmp_path, data):
    path = tmp_path / "seed-000.json"
    path.write_bytes(data)
    assert str(path) in refusal(load_recordings, tmp_path)


@cases(60)
@given(st.binary(max_size=60) | st.dictionaries(st.sampled_from(NAMES), VALUES).map(lambda s: json.dumps(s).encode()))
def test_settings_of_nonsense_in_a_folder_are_read_or_refused_by_the_name_of_the_file(tmp_path, data):
    Policy([np.zeros((3, 1)), np.zeros(1)], [-2.0], [2.0]).save(tmp_path / "policy.npz")
    (tmp_path / "config.json").write_bytes(data)
    text = refusal(load_run, tmp_path)
    assert text is None or str(tmp_path / "config.json") in text


def test_no_seeds_are_refused():
    assert "expected at least one" in refusal(evaluate, len, LUNAR_LANDER.env, [])
