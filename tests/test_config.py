"""The settings: the paper's values, and refusals that name the field, the value and what is expected."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from ddpg_tf.config import LUNAR_LANDER, NAMED, PAPER, PENDULUM, Config

THE_PAPER = {  # Lillicrap et al. 2016, section 7 and Algorithm 1, copied from there and not from config.py
    "hidden": (400, 300), "batch_size": 64, "memory_capacity": 1_000_000, "steps_per_call": 1, "updates_per_call": 1,
    "reward_scale": 1.0, "gamma": 0.99, "tau": 0.001, "actor_learning_rate": 0.0001, "critic_learning_rate": 0.001,
    "final_learning_rate_share": 1.0, "critic_l2": 0.01, "noise": "ornstein-uhlenbeck", "noise_theta": 0.15,
    "noise_sigma": 0.2, "noise_final_scale": 1.0, "average_rate": 1.0, "episode_limit": None, "env_kwargs": {},
}  # fmt: skip
THE_TASK = {"env", "steps", "evaluation_every", "evaluation_episodes", "finalists", "solved_return"}


def test_paper_is_the_paper_and_what_it_does_not_give_is_the_task_or_idle():
    assert {name: getattr(PAPER, name) for name in THE_PAPER} == THE_PAPER
    assert {f.name for f in fields(Config)} - set(THE_PAPER) - THE_TASK == {"warmup_steps", "noise_decay_share"}
    assert PAPER.warmup_steps == PAPER.batch_size  # as early as a batch can be drawn; noise that stays has no decay


def test_the_defaults_are_the_lander_and_the_pendulum_differs_in_task_warm_up_and_average():
    assert Config() == LUNAR_LANDER == NAMED["lunar-lander"]
    different = {f.name for f in fields(Config) if getattr(PENDULUM, f.name) != getattr(LUNAR_LANDER, f.name)}
    assert different <= THE_TASK | {"warmup_steps", "average_rate"}


inf, nan = math.inf, math.nan
no_number = [inf, -inf, nan, True, "1", 1j, [1.0], np.ones(1)]
no_count = [0, -1, 10**9 + 1, 1.0, 2.5, nan, True, "5"]
not_positive, negative = [0, 0.0, -1e-9, None, *no_number], [-1e-9, -1, None, *no_number]
no_share = [1.001, *negative]
COUNTS = "steps batch_size memory_capacity warmup_steps steps_per_call updates_per_call".split()
COUNTS += ["evaluation_every", "finalists"]
BAD = {  # values, expectation
    **dict.fromkeys(COUNTS, ([None, *no_count], "an int from 1 to 1,000,000,000")),
    "episode_limit": (no_count, "an int from 1"),
    "evaluation_episodes": ([101, None, *no_count], "an int from 1 to 100"),
    **dict.fromkeys(["reward_scale", "actor_learning_rate", "critic_learning_rate"], (not_positive, "more than 0")),
    **dict.fromkeys(["critic_l2", "noise_sigma", "noise_final_scale"], (negative, "at least 0")),
    **dict.fromkeys(["gamma", "final_learning_rate_share", "noise_decay_share"], (no_share, "a number from 0 to 1")),
    **dict.fromkeys(["tau", "average_rate"], ([0.0, *no_share], "more than 0 and at most 1")),
    "noise_theta": ([2.0, *not_positive], "more than 0 and less than 2"),
    "noise": (["", "Gaussian", "pink", None], "ornstein-uhlenbeck or gaussian"),
    "solved_return": (no_number, "a number or None"),
    "env_kwargs": ([None, "wind=1", [("wind", 1)], ()], "a dict of arguments by name"),
    "env": (["", None, 3, b"Pendulum-v1"], "the id of an environment"),
    "hidden": ([(), [64, 64], 64, None, "64"], "a tuple of the units of each layer"),
}


def test_every_setting_has_a_rule():
    assert set(BAD) == {f.name for f in fields(Config)}


@pytest.mark.parametrize("name", BAD)
def test_a_value_out_of_range_is_refused_with_field_value_and_expectation(name):
    values, expectation = BAD[name]
    for value in values:
        with pytest.raises((ValueError, TypeError)) as error:
            Config(**{name: value})
        message = str(error.value)
        assert message.startswith((f"Config.{name} is {value}, expected ", f"Config.{name} is {value!r}, expected "))
        assert expectation in message


@pytest.mark.parametrize("units", [0, -1, 2.5, True, "64", 10**5])
def test_a_layer_without_units_is_refused(units):
    with pytest.raises((ValueError, TypeError), match="Config.hidden is .*a whole number from 1 to 10,000"):
        Config(hidden=(64, units))


@pytest.mark.parametrize("changes", [{"memory_capacity": 255}, {"warmup_steps": 255}])
def test_a_batch_that_cannot_be_drawn_after_the_warm_up_is_refused(changes):
    with pytest.raises(ValueError, match="Config.batch_size is 256, expected at most .*255"):
        Config(**changes)


@pytest.mark.parametrize("steps", [1_000, 999])
def test_a_training_that_ends_in_the_warm_up_is_refused(steps):
    with pytest.raises(ValueError, match=f"Config.warmup_steps is 1000, expected less than steps, {steps}"):
        Config(steps=steps, warmup_steps=1_000)
    assert Config(steps=1_001, warmup_steps=1_000, memory_capacity=256).batch_size == 256


def test_settings_are_compared_by_all_of_them_and_can_be_hashed():
    windy = [Config(env_kwargs={"enable_wind": wind}) for wind in (True, True, False)]
    assert windy[0] == windy[1] != windy[2] and hash(windy[0]) == hash(windy[1])


def test_the_edges_are_allowed():
    Config(gamma=1.0, tau=1, final_learning_rate_share=0.0, noise_sigma=0.0, critic_l2=0, evaluation_episodes=100)
    replace(PAPER, batch_size=1, memory_capacity=1, warmup_steps=1, steps=2, gamma=0)
    Config(noise_decay_share=0.0, noise_final_scale=0, solved_return=-1e3)
