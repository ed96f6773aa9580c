"""README and docs: their tables are those of the recordings, their commands and links exist."""

import re
from pathlib import Path

import pytest

from ddpg_tf.config import LUNAR_LANDER
from ddpg_tf.lab.files import as_json
from tests.readme import FILES, new_recordings, renewed

ROOT = Path(__file__).parent.parent
TEXTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_tables_are_those_of_the_recordings(path):
    text = path.read_text(encoding="utf-8")
    assert renewed(text) == text, "run make readme"


def test_the_recordings_of_page_07_are_of_its_settings():
    assert all(recording["config"] == as_json(LUNAR_LANDER) for recording in new_recordings())


def test_a_block_is_replaced_and_the_text_around_it_stays():
    text = "before\n<!-- tried -->\nold\n<!-- end -->\nbetween\n<!-- tried -->\nold\n<!-- end -->\nafter"
    new = renewed(text)
    assert "old" not in new
    assert re.sub(r"-->\n\|.*?\n<!-- end", "-->\nold\n<!-- end", new, flags=re.DOTALL) == text


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_make_target_and_every_file_that_is_named_exists(path):
    text = path.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z][a-z-]*)", text, re.MULTILINE)) <= targets
    links = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    assert [link for link in links if not (path.parent / link).exists()] == []
