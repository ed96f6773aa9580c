"""The README: its tables are those of the recordings, and its commands exist."""

import re
from pathlib import Path

import pytest

from tests.readme import renewed, table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_recordings():
    assert renewed(README) == README, "run make readme"


def test_a_block_is_replaced_and_the_text_around_it_stays():
    text = "before\n<!-- pendulums -->\nold\n<!-- end -->\nbetween\n<!-- pendulums -->\nold\n<!-- end -->\nafter"
    new = renewed(text)
    assert "old" not in new
    assert re.sub(r"-->\n\|.*?\n<!-- end", "-->\nold\n<!-- end", new, flags=re.DOTALL) == text
    assert renewed(new) == new


def test_an_unknown_block_is_refused():
    with pytest.raises(KeyError, match="weather"):
        renewed("<!-- weather -->\n<!-- end -->")


def test_a_table():
    assert table(["who", "steps"], [["a", "1"]]) == "| who | steps |\n| --- | --: |\n| a | 1 |"


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)(?=`|\s{2,}#)", README))
    assert named and named <= targets


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
