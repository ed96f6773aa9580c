"""The form of every page: executed in order, nothing stored that another machine would not print, a steady rhythm."""

import itertools
import json
import re

import pytest

from tests.pages import PAGES, ROOT, cells_of, checks_in, page_problems, printed, problems

SOLUTIONS = sorted((ROOT / "solutions").glob("*.ipynb"))


@pytest.mark.parametrize("path", PAGES + SOLUTIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_stored_notebook_is_whole_and_the_same_everywhere(path):
    assert problems(json.loads(path.read_text(encoding="utf-8"))) == []
    assert path.stat().st_size < 2_000_000


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_page_has_the_form_of_the_series(path):
    assert page_problems(json.loads(path.read_text(encoding="utf-8")), ROOT) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_exercise_has_a_solution_that_passes(path):
    page = json.loads(path.read_text(encoding="utf-8"))
    solved = json.loads((ROOT / "solutions" / path.name).read_text(encoding="utf-8"))
    passed = {call for cell in cells_of(solved, "code") if printed(cell).startswith("✓") for call in checks_in(cell)}
    assert {call for cell in cells_of(page, "code") for call in checks_in(cell)} <= passed


def test_series_is_complete():
    assert [path.name[:2] for path in PAGES] == [f"{number:02d}" for number in range(len(PAGES))]


COVERAGE = (ROOT.parent / "docs" / "coverage.md").read_text(encoding="utf-8")
LECTURE_ROW = r"^\| (\d+) \| \[\d\d\]\(\.\./notebooks/(.+?)\) \| (.+?) \|"


def test_the_lecture_plan_names_sections_of_the_pages_and_leaves_slack():
    plan = (ROOT.parent / "docs" / "lectures.md").read_text(encoding="utf-8")
    lectures = [re.findall(LECTURE_ROW, text, re.MULTILINE) for text in plan.split("\n**Lecture ")[1:]]
    assert [sum(int(minutes) for minutes, *_ in rows) for rows in lectures] == [75, 75, 75, 75]
    for _, page, section in itertools.chain(*lectures):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert f'"## {section}' in text, (page, section)


def test_each_system_of_the_sources_has_its_place():
    rows = re.findall(r"^\| (?!in the source|---)(.+?) \| (.*) \|$", COVERAGE, re.MULTILINE)
    places = [re.findall(r"\[\d\d › (.+?)\]\(\.\./notebooks/(.+?)\)", place) for _, place in rows]
    assert [what for what, place in rows if "](" not in place] == []
    for section, page in itertools.chain(*places):
        assert f"## {section}" in (ROOT / page).read_text(encoding="utf-8"), (page, section)


def cell(source="1 + 1", kind="code", **parts):
    return {"cell_type": kind, "metadata": {}, "source": source, "outputs": [], "execution_count": 2, **parts}


def prints(text):
    return cell(outputs=[{"output_type": "stream", "name": "stdout", "text": text}])


def complaints(*cells):
    """What the rules say of a page that has an opening, a code cell and these."""
    opening = cell("# 05 · Title\n\n**Time:** an hour", "markdown")
    notebook = {"metadata": {"kernelspec": {"name": "python3"}}, "cells": [opening, cell(execution_count=1), *cells]}
    return "\n".join(problems(notebook) + page_problems(notebook, ROOT))


@pytest.mark.parametrize(("complaint", "cells"), [
    ("not executed from top to bottom on a fresh kernel", [cell(execution_count=3)]),
    ("stored error: ValueError", [cell(outputs=[{"output_type": "error", "ename": "ValueError"}])]),
    ("stored stderr", [cell(outputs=[{"output_type": "stream", "name": "stderr", "text": "warning"}])]),
    ("an address in an output", [prints("<A at 0x7f3a2b1c>")]),
    ("a path of a machine in an output", [prints("/tmp/x")]),
    ("a time in an output", [prints("took 3.2 s")]),
    ("a control character in a cell", [cell("$x\tag{3}$", "markdown")]),
    ("a cell that installs or calls the shell", [cell("'''\n!pip install\n'''")]),
    ("picture gone.png without a file", [cell("![a picture of something that is gone](gone.png)", "markdown")]),
    ("an exercise that is stored solved", [cell("check_it(it)", outputs=[])]),
    ("longest: 26", [cell("x = 1\n" * 26)]),
    ("code cells in a row: 3", [cell(), cell()]),
    ("52 cells in the core", [cell("text", "markdown")] * 50),
    ("the core takes 35", [cell("word " * 7000, "markdown")]),
    ("not in the bibliography: https://nowhere.org/b", [cell("[a](https://nowhere.org/b)", "markdown")]),
    ("a line of 85 characters", [cell("x = 1" + 80 * " ")]),
    ("a claim that shows its bound and no value: 'so'", [cell("claim('so', x, at_least=1)")]),
    ("a picture without words", [cell(outputs=[{"output_type": "display_data", "data": {"image/png": ""}}])]),
])  # fmt: skip
def test_the_rules_find_a_page_that_breaks_them(complaint, cells):
    assert complaint in complaints(*cells)
    assert complaint not in complaints()


@pytest.mark.parametrize("complaint", [
    "no title with a number and no numbered steps", "fewer than two exercises", "no claim", "times at the top",
    "no section «Recap»", "fewer than five recap questions",
])  # fmt: skip
def test_the_rules_find_what_a_page_lacks(complaint):
    assert complaint in complaints()
