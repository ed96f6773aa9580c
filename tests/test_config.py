"""The settings: the paper's values, the ledger of differences, and refusals that say what to do."""

import dataclasses
import json
import math
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddpg_tf.config import (
    BEYOND_SETTINGS,
    LEDGER,
    LUNAR_LANDER,
    LUNAR_LANDER_LONG,
    NAMED,
    NOISES,
    PAPER,
    PENDULUM,
    Config,
    ledger,
)

THE_PAPER = {  # Lillicrap et al. 2016, section 7 and Algorithm 1, copied from there and not from config.py
    "hidden": (400, 300),
    "batch_size": 64,
    "memory_capacity": 1_000_000,
    "block": 1,
    "reward_scale": 1.0,
    "gamma": 0.99,
    "tau": 0.001,
    "actor_rate": 0.0001,
    "critic_rate": 0.001,
    "final_rate_share": 1.0,
    "critic_l2": 0.01,
    "noise": "ornstein-uhlenbeck",
    "noise_theta": 0.15,
    "noise_sigma": 0.2,
    "noise_final_scale": 1.0,
    "episode_limit": 0,
    "priority_alpha": 0.0,  # section 3: minibatches drawn uniformly
}
THE_TASK = {"env", "steps", "evaluation_every", "evaluation_episodes", "solved_return", "stop_return"}


def differences(left, right):
    return {f.name for f in fields(Config) if getattr(left, f.name) != getattr(right, f.name)}


# ---- the paper and the ledger


def test_paper_is_the_paper():
    assert {name: getattr(PAPER, name) for name in THE_PAPER} == THE_PAPER


def test_every_setting_is_of_the_paper_or_of_the_task_or_is_no_more_than_the_first_batch():
    settings_of_ours = {f.name for f in fields(Config)} - set(THE_PAPER) - THE_TASK
    assert settings_of_ours == {"warmup_steps", "noise_decay_share"}  # the paper is silent on the first
    assert PAPER.warmup_steps == PAPER.batch_size  # as early as a batch can be drawn
    assert PAPER.noise_final_scale == 1.0  # noise that does not decay makes the second idle


def test_every_difference_from_the_paper_has_its_reason_and_every_reason_a_difference():
    assert differences(PAPER, LUNAR_LANDER) - THE_TASK == set(LEDGER)
    assert all(reason.strip() for reason in LEDGER.values())


def test_the_pendulum_has_the_settings_of_the_lander_but_for_task_and_warm_up():
    assert differences(PENDULUM, LUNAR_LANDER) <= THE_TASK | {"warmup_steps"}


def test_the_defaults_are_the_lander():
    assert Config() == LUNAR_LANDER
    assert list(NAMED) == ["lunar-lander", "lunar-lander-long", "pendulum", "paper"]


def test_the_long_training_differs_in_its_length_alone():
    assert differences(LUNAR_LANDER_LONG, LUNAR_LANDER) == {"steps", "evaluation_every", "stop_return"}


def rows(markdown):
    head, line, *body = markdown.split("\n")
    assert (head, line) == ("| what | paper | here | why |", "|---|---|---|---|")
    return {cells[0]: tuple(cells[1:]) for cells in (row.strip("| ").split(" | ") for row in body)}


def test_the_ledger_shows_both_values_and_the_reason():
    table = rows(ledger())
    assert set(table) == {f"`{name}`" for name in LEDGER} | {row[0] for row in BEYOND_SETTINGS}
    assert table["`tau`"] == ("0.001", "0.005", LEDGER["tau"])
    assert table["`hidden`"] == ("(400, 300)", "(64, 64)", LEDGER["hidden"])
    assert table["time limits"][:2] == ("nothing in Algorithm 1", "bootstrapped")
    assert table["`warmup_steps`"][:2] == ("not given", "10000")


def test_the_ledger_shows_only_what_differs_and_only_what_is_asked_for():
    assert set(rows(ledger(settings=("tau", "gamma"), beyond=False))) == {"`tau`"}
    assert rows(ledger(PAPER, beyond=False)) == {}
    assert set(rows(ledger(replace(PAPER, block=50), beyond=False))) == {"`block`"}


# ---- refusals

inf, nan = math.inf, math.nan
below_one = st.integers(max_value=0)
not_positive = st.floats(max_value=0) | st.sampled_from([inf, nan])
negative = st.floats(max_value=0, exclude_max=True) | st.sampled_from([inf, nan])
no_share = st.floats(max_value=0, exclude_max=True) | st.floats(min_value=1, exclude_min=True) | st.just(nan)
BAD = {
    **dict.fromkeys(["steps", "batch_size", "memory_capacity", "warmup_steps", "block"], (below_one, "at least 1")),
    **dict.fromkeys(["evaluation_every", "evaluation_episodes"], (below_one, "at least 1")),
    **dict.fromkeys(["reward_scale", "actor_rate", "critic_rate"], (not_positive, "above 0")),
    **dict.fromkeys(["critic_l2", "noise_sigma", "noise_final_scale"], (negative, "of at least 0")),
    **dict.fromkeys(["gamma", "priority_alpha", "final_rate_share", "noise_decay_share"], (no_share, "from 0 to 1")),
    "episode_limit": (st.integers(max_value=-1), "of at least 0"),
    "tau": (no_share | st.just(0.0), "more than 0 and at most 1"),
    "noise_theta": (
        st.floats(max_value=0) | st.floats(min_value=2) | st.just(nan),
        "more than 0 and less than 2",
    ),
    "noise": (st.text().filter(lambda text: text not in NOISES), "ornstein-uhlenbeck or gaussian"),
    "hidden": (st.just(()) | st.tuples(st.just(64), below_one), "at least one layer"),
    "solved_return": (st.just(nan), "a number"),
    "stop_return": (st.just(nan), "a number"),
}


def test_every_setting_but_the_id_has_a_rule():
    assert set(BAD) == {f.name for f in fields(Config)} - {"env"}  # make_env judges the id


@pytest.mark.parametrize("name", BAD)
def test_a_value_out_of_range_is_refused_with_field_value_and_expectation(name):
    strategy, expectation = BAD[name]

    @settings(max_examples=25)
    @given(strategy)
    def refused(value):
        with pytest.raises(ValueError) as error:
            Config(**{name: value})
        message = str(error.value)
        assert message.startswith(f"Config.{name} is {value}, expected ")
        assert expectation in message

    refused()


TYPES = {str: "str", int: "int", float: "float", tuple[int, ...]: "tuple"}
values = st.one_of(
    st.none(), st.booleans(), st.text(max_size=3), st.integers(), st.floats(), st.lists(st.text(max_size=2)),
    st.tuples(st.floats()), st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
)  # fmt: skip


def has_type(value, kind):
    if kind is float:
        return type(value) in (int, float)
    if kind == tuple[int, ...]:
        return isinstance(value, (tuple, list)) and all(type(units) is int for units in value)
    return type(value) is kind


@pytest.mark.parametrize("setting", fields(Config), ids=lambda setting: setting.name)
def test_a_value_of_another_type_is_refused_with_field_value_type_and_meaning(setting):
    @settings(max_examples=25)
    @given(values.filter(lambda value: not has_type(value, setting.type)))
    def refused(value):
        with pytest.raises(TypeError) as error:
            Config(**{setting.name: value})
        shown = tuple(value) if setting.name == "hidden" and isinstance(value, list) else value
        expected = f"Config.{setting.name} is {shown!r}, expected {TYPES[setting.type]}: {setting.metadata['help']}."
        assert str(error.value) == expected

    refused()


@pytest.mark.parametrize("smaller", ["memory_capacity", "warmup_steps"])
def test_a_batch_that_cannot_be_drawn_after_the_warm_up_is_refused(smaller):
    with pytest.raises(ValueError, match=rf"Config.batch_size is 256, expected at most .*{smaller} \(255\)"):
        Config(**{smaller: 255})
    assert getattr(Config(**{smaller: 256}), smaller) == 256


def test_the_edges_are_allowed():
    edges = {"gamma": 1.0, "tau": 1.0, "final_rate_share": 0.0, "noise_sigma": 0.0, "critic_l2": 0.0}
    Config(**edges, noise_decay_share=0.0, noise_final_scale=0.0, stop_return=inf, solved_return=-inf)
    Config(gamma=0, tau=1, batch_size=1, memory_capacity=1, warmup_steps=1, block=1, steps=1)  # whole numbers too


def test_settings_cannot_be_changed_under_a_running_training():
    with pytest.raises(dataclasses.FrozenInstanceError):
        LUNAR_LANDER.gamma = 0.5
    assert hash(Config(hidden=[64, 64])) == hash(LUNAR_LANDER)  # a list would be changeable


# ---- JSON

finite = st.floats(min_value=1e-9, max_value=1e9)
share = st.floats(0, 1)
count = st.integers(1, 10**6)
configs = st.builds(
    Config,
    env=st.text(), steps=count, episode_limit=st.integers(0, 10**6), block=count,
    batch_size=st.integers(1, 64), hidden=st.lists(count, min_size=1, max_size=4),
    memory_capacity=st.integers(64, 10**6),
    warmup_steps=st.integers(64, 10**6), reward_scale=finite, gamma=share, tau=st.floats(1e-9, 1),
    actor_rate=finite, critic_rate=finite, final_rate_share=share, critic_l2=finite,
    noise=st.sampled_from(NOISES), noise_theta=st.floats(1e-9, 1.999), noise_sigma=finite,
    noise_final_scale=finite, noise_decay_share=share, priority_alpha=share,
    evaluation_every=count, evaluation_episodes=count,
    solved_return=st.floats(allow_nan=False), stop_return=st.floats(allow_nan=False),
)  # fmt: skip


@settings(max_examples=100)
@given(configs)
def test_json_and_back_is_the_same_config(config):
    assert Config.from_json(config.to_json()) == config


@pytest.mark.parametrize("config", NAMED.values(), ids=list(NAMED))
def test_the_named_settings_survive_json(config):
    assert Config.from_json(config.to_json()) == config


def test_an_unknown_setting_is_named():
    text = json.dumps({**json.loads(PENDULUM.to_json()), "learning_rate": 1e-3})
    with pytest.raises(ValueError, match=r"unknown settings \['learning_rate'\]"):
        Config.from_json(text)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "3", "null", '"gamma"', PENDULUM.to_json()[:-5]])
def test_a_text_that_is_no_json_object_is_refused(text):
    with pytest.raises(ValueError, match="Config.from_json: the text is no JSON object of settings"):
        Config.from_json(text)


@pytest.mark.parametrize("text", ['{"gamma": 2}', '{"hidden": 5}', '{"steps": "many"}', '{"tau": null}'])
def test_bad_values_in_json_are_refused_as_everywhere(text):
    (name,) = json.loads(text)
    with pytest.raises((ValueError, TypeError), match=rf"Config.{name} is .*, expected "):
        Config.from_json(text)
