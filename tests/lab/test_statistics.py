"""Statistics against known values and textbook intervals, and the figures of many runs against hand-made recordings."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf.lab import statistics
from ddpg_tf.lab.statistics import bootstrap_interval, holm, interquartile_mean, summary


def test_the_interquartile_mean_is_the_mean_of_the_middle_half_along_an_axis():
    assert interquartile_mean([7, 0, 6, 1, 5, 2, 4, 3]) == (2 + 3 + 4 + 5) / 4
    assert interquartile_mean([0.0, 0.0, 1.0, 1e9]) == 0.5  # one lucky run of four
    runs = np.arange(24.0).reshape(8, 3)
    assert interquartile_mean(runs).tolist() == interquartile_mean(runs.T, axis=1).tolist() == [10.5, 11.5, 12.5]


@pytest.mark.parametrize("constant", [0.0, -3.5, 1e6])
def test_the_bootstrap_interval_of_equal_runs_is_their_value(constant):
    assert np.array_equal(bootstrap_interval(np.full((5, 3), constant)), np.full((2, 3), constant))


def test_the_bootstrap_interval_of_a_mean_is_the_one_of_the_textbook():
    runs = np.random.default_rng(1).normal(size=200)
    low, high = bootstrap_interval(runs, statistic=np.mean)
    half = 1.96 * runs.std() / np.sqrt(len(runs))
    assert (low, high) == pytest.approx((runs.mean() - half, runs.mean() + half), abs=0.1 * half)


def test_the_bootstrap_interval_is_the_same_every_time_unless_the_seed_is_another():
    runs = np.random.default_rng(2).normal(size=12)
    assert bootstrap_interval(runs) == bootstrap_interval(runs)
    assert bootstrap_interval(runs) != bootstrap_interval(runs, seed=1)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_what_the_step_down_by_hand_rejects(p):
    corrected = holm(np.array(p))
    for alpha in (0.01, 0.05, 0.5):
        by_hand, left = set(), len(p)
        for i in sorted(range(len(p)), key=p.__getitem__):
            if p[i] * left >= alpha:
                break
            by_hand.add(i)
            left -= 1
        assert set(np.flatnonzero(corrected < alpha)) == by_hand


def recording(seed, returns, steps=None):
    """A recording in which nothing but the seed, the returns and the solved step matters."""
    returns = np.array(returns, float)
    result = {
        "seed": seed, "steps": 200_000, "train_seconds": 60.0 + seed, "solved": steps is not None,
        "steps_to_solved": steps, "seconds_to_solved": steps and steps / 2_000, "mean": returns.mean(),
        "std": returns.std(), "share_solved": (returns >= 200).mean(), "p10": np.percentile(returns, 10),
    }  # fmt: skip
    return {"config": {"solved_return": 200.0}, "seed": seed, "result": result, "returns": returns.tolist()}


FOUR = [
    recording(0, [100, 300], steps=50_000),
    recording(1, [250, 250], steps=90_000),
    recording(2, [0, 200]),  # 200 itself counts; a mean of 100 does not
    recording(3, [280, 300], steps=70_000),
]


def test_the_figures_of_four_seeds():
    figures = summary(FOUR)
    returns = [100, 300, 250, 250, 0, 200, 280, 300]
    assert (figures["seeds"], figures["solved"], figures["train_seconds"]) == (4, 3, 61.5)
    assert (figures["steps_to_solved"], figures["seconds_to_solved"]) == (70_000, 35)  # of those that are solved
    assert (figures["mean"], figures["share_solved"]) == (np.mean(returns), 6 / 8)
    assert figures["p10"] == np.percentile(returns, 10)  # of all episodes, not of the seeds' means
    assert figures["iqm"] == (200 + 250) / 2  # the means are 200, 250, 100 and 290
    assert 100 <= figures["low"] < figures["iqm"] < figures["high"] <= 290
    assert json.loads(json.dumps(figures)) == figures


def test_one_unsolved_seed_has_no_time_and_no_interval():
    figures = summary([recording(0, [0, 100])])
    absent = {"steps_to_solved", "seconds_to_solved", "low", "high"}
    assert {name for name, value in figures.items() if value is None} == absent


def test_no_recordings_are_refused():
    with pytest.raises(ValueError, match="the number of recordings is 0, .* run some seeds first"):
        summary([])


def test_the_table_of_seeds_is_in_their_order_and_shows_the_failure():
    lines = statistics.table_of_seeds(FOUR[::-1]).split("\n")
    assert lines[2] == "| 0 | 50,000 | 25 | 200,000 | 60 | 200.0 ± 100.0 | 50% | 120.0 |"
    assert lines[4].startswith("| 2 | – | – | 200,000 | 62 | 100.0")
    assert len({line.count("|") for line in lines}) == 1


def test_the_table_of_settings_has_one_line_for_each():
    lines = statistics.table_of_settings({"ours": FOUR, "one": FOUR[2:3]}).split("\n")
    assert lines[2].startswith("| ours | 3 of 4 | 70,000 | 35 | 62 | 210.0 | 75.0% | 70.0 | 225.0 [")
    assert lines[3] == "| one | 0 of 1 | – | – | 62 | 100.0 | 50.0% | 20.0 | 100.0 |"
    assert len({line.count("|") for line in lines}) == 1
