"""The ledger: every difference from the paper has its reason, and the table shows both values."""

from dataclasses import fields, replace

from ddpg_tf.config import LUNAR_LANDER, PAPER, Config
from ddpg_tf.course.ledger import BEYOND_SETTINGS, LEDGER, ledger

THE_TASK = {"env", "steps", "evaluation_every", "evaluation_episodes", "finalists", "solved_return"}


def rows(markdown):
    body = (row.strip("| ").split(" | ") for row in markdown.split("\n")[2:])
    return {what: tuple(cells) for what, *cells in body}


def test_every_difference_from_the_paper_has_its_reason_and_every_reason_a_difference():
    different = {f.name for f in fields(Config) if getattr(PAPER, f.name) != getattr(LUNAR_LANDER, f.name)}
    assert different - THE_TASK == {name for name, reason in LEDGER.items() if reason.strip()} == set(LEDGER)


def test_the_table_shows_both_values_and_the_reason():
    table = rows(ledger())
    assert set(table) == {f"`{name}`" for name in LEDGER} | {row[0] for row in BEYOND_SETTINGS}
    assert table["`tau`"] == ("0.001", "0.005", LEDGER["tau"])
    assert table["`warmup_steps`"][:2] == ("not given", "10000")
    assert table["time limits"][:2] == ("nothing in Algorithm 1", "bootstrapped")


def test_the_table_shows_only_what_differs_and_only_what_is_asked_for():
    assert set(rows(ledger(settings=("tau", "gamma"), beyond=False))) == {"`tau`"}
    assert set(rows(ledger(replace(PAPER, steps_per_call=50), beyond=False))) == {"`steps_per_call`"}
