"""The form of every page: executed in order, nothing stored that another machine would not print, a steady rhythm."""

import ast
import itertools
import json
import re
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parent.parent / "notebooks"
PAGES = sorted(ROOT.glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "solutions").glob("*.ipynb"))
MACHINE = {
    "an address": r"0x[0-9a-f]{6,}",
    "a path of a machine": r"(?<![\w.])/(?:home|root|tmp|work|Users|usr|opt)/",
    "a time": r"\b\d[\d.,]*\s?(?:s|ms|µs|us|seconds|minutes)\b(?!-)",
}


def source(cell):
    return "".join(cell["source"])


def cells_of(notebook, kind):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind and source(cell).strip()]


def printed(cell):
    """The text that nbval compares: streams, plain text and HTML."""
    parts = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        parts += [output.get("text", ""), data.get("text/plain", ""), data.get("text/html", "")]
    return "\n".join("".join(part) for part in parts)


def tags(cell):
    return cell["metadata"].get("tags", [])


def functions(code):
    nodes = [node for cell in code for node in ast.walk(ast.parse(source(cell)))]
    return [node.end_lineno - node.lineno + 1 for node in nodes if isinstance(node, ast.FunctionDef)]


def checks_in(cell):
    """The calls of checkers in a cell."""
    return re.findall(r"^check_\w+\(.*\)$", source(cell), re.MULTILINE)


def longest_run_of_code(notebook):
    kinds = "".join("c" if cell["cell_type"] == "code" else " " for cell in notebook["cells"])
    return max(map(len, kinds.split()), default=0)


def rhythm(notebook):
    """The figures of the page's rhythm, by name."""
    code = cells_of(notebook, "code")
    lengths = sorted(len(source(cell).splitlines()) for cell in code)
    words = sum(len(source(cell).split()) for cell in cells_of(notebook, "markdown"))
    return {
        "code cells": len(code),
        "median lines": median(lengths),
        "90 % up to": lengths[int(0.9 * (len(lengths) - 1))],
        "longest": lengths[-1],
        "words per code cell": round(words / len(code)),
        "code cells in a row": longest_run_of_code(notebook),
        "lines per function": median(functions(code) or [0]),
    }


def problems(notebook):
    """What is wrong with any stored notebook, in words."""
    code = cells_of(notebook, "code")
    found = []
    if [cell["execution_count"] for cell in code] != list(range(1, len(code) + 1)):
        found.append("not executed from top to bottom on a fresh kernel")
    if notebook["metadata"]["kernelspec"]["name"] != "python3":
        found.append("kernel is not python3")
    for cell in code:
        for output in cell["outputs"]:
            if output["output_type"] == "error" and "raises-exception" not in tags(cell):
                found.append(f"stored error: {output['ename']}")
            if output.get("name") == "stderr":
                found.append("stored stderr")
        if "nbval-ignore-output" not in tags(cell):
            found += [f"{name} in an output" for name, form in MACHINE.items() if re.search(form, printed(cell))]
        if re.search(r"^\s*[!%]", source(cell), re.MULTILINE):
            found.append("a cell that installs or calls the shell")
    return found


def page_problems(notebook, folder):
    """What is wrong with a page of the series, in words."""
    code, text = cells_of(notebook, "code"), cells_of(notebook, "markdown")
    found = []
    opening = source(text[0])
    if not re.match(r"# \d\d · ", opening) or len(re.findall(r"^\d\. ", opening, re.MULTILINE)) < 4:
        found.append("the first cell has no title with a number and no numbered steps")
    for alt, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", "\n".join(map(source, text))):
        if len(alt) < 20 or not (folder / path).is_file():
            found.append(f"picture {path} without a file or without words for those who cannot see it")
    checks = [cell for cell in code if checks_in(cell)]
    if len(checks) < 2:
        found.append("fewer than two exercises")
    if any("not done yet" not in printed(cell) for cell in checks):
        found.append("an exercise that is stored solved")
    if not any("claim(" in source(cell) for cell in code):
        found.append("no claim")
    headings = re.findall(r"^## (.+)$", "\n".join(map(source, text)), re.MULTILINE)
    for heading in ("What goes wrong", "Exercises", "Summary", "How this differs from the paper", "Next"):
        if not any(heading in line for line in headings):
            found.append(f"no section «{heading}»")
    return found + rhythm_problems(rhythm(notebook))


def rhythm_problems(figures):
    """Where the rhythm leaves its limits, in words."""
    limits = {
        "median lines": (1, 6),
        "90 % up to": (1, 15),
        "longest": (1, 25),
        "words per code cell": (40, 110),
        "code cells in a row": (1, 2),
        "lines per function": (0, 12),
    }
    return [f"{name}: {figures[name]}" for name, (low, high) in limits.items() if not low <= figures[name] <= high]


@pytest.mark.parametrize("path", PAGES + SOLUTIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_stored_notebook_is_whole_and_the_same_everywhere(path):
    assert problems(json.loads(path.read_text(encoding="utf-8"))) == []
    assert path.stat().st_size < 2_000_000


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_page_has_the_form_of_the_series(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    print(path.name, rhythm(notebook))
    assert page_problems(notebook, ROOT) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_exercise_has_a_solution_that_passes(path):
    page = json.loads(path.read_text(encoding="utf-8"))
    solved = json.loads((ROOT / "solutions" / path.name).read_text(encoding="utf-8"))
    passed = {call for cell in cells_of(solved, "code") if printed(cell).startswith("✓") for call in checks_in(cell)}
    assert {call for cell in cells_of(page, "code") for call in checks_in(cell)} <= passed


def test_series_is_complete():
    assert [path.name[:2] for path in PAGES] == [f"{number:02d}" for number in range(13)]


def cells_of_sections(notebook):
    """First and last execution count of each section of a page, by its heading."""
    ranges, section = {}, None
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            section = (re.findall(r"^## (.+)$", source(cell), re.MULTILINE) or [section])[-1]
        elif section:
            count = cell["execution_count"]
            ranges[section] = (ranges.get(section, (count,))[0], count)
    return ranges


LECTURE_ROW = r"^\| (\d+) \| \[\d\d\]\(notebooks/(.+?)\) \| (.+?) \| (\d+)–(\d+) \|"


def test_the_lecture_plan_names_the_cells_of_the_pages():
    readme = (ROOT.parent / "README.md").read_text(encoding="utf-8")
    lectures = [re.findall(LECTURE_ROW, text, re.MULTILINE) for text in readme.split("\n**Lecture ")[1:]]
    assert [sum(int(minutes) for minutes, *_ in rows) for rows in lectures] == [90, 90, 90, 90]
    for _, page, section, first, last in itertools.chain(*lectures):
        notebook = json.loads((ROOT / page).read_text(encoding="utf-8"))
        assert cells_of_sections(notebook)[section] == (int(first), int(last)), (page, section)


BROKEN_CODE = {
    "not executed from top to bottom on a fresh kernel": {"execution_count": 2},
    "stored error: ValueError": {"outputs": [{"output_type": "error", "ename": "ValueError"}]},
    "stored stderr": {"outputs": [{"output_type": "stream", "name": "stderr", "text": "warning"}]},
    "an address in an output": {"outputs": [{"output_type": "stream", "name": "stdout", "text": "<A at 0x7f3a2b1c>"}]},
    "a path of a machine in an output": {"outputs": [{"output_type": "stream", "name": "stdout", "text": "/tmp/x"}]},
    "a time in an output": {"outputs": [{"output_type": "stream", "name": "stdout", "text": "took 3.2 s"}]},
    "a cell that installs or calls the shell": {"source": "!pip install something"},
}


@pytest.mark.parametrize(("complaint", "change"), BROKEN_CODE.items(), ids=BROKEN_CODE.keys())
def test_the_rules_find_a_broken_notebook(complaint, change):
    cell = {"cell_type": "code", "metadata": {}, "source": "1 + 1", "outputs": [], "execution_count": 1}
    notebook = {"metadata": {"kernelspec": {"name": "python3"}}, "cells": [cell]}
    assert problems(notebook) == []
    assert problems({**notebook, "cells": [cell | change]}) == [complaint]


def test_the_rules_find_a_page_without_form(tmp_path):
    text = {"cell_type": "markdown", "metadata": {}, "source": "![](gone.png)"}
    long = {"cell_type": "code", "metadata": {}, "source": "x = 1\n" * 26, "outputs": [], "execution_count": 1}
    found = page_problems({"cells": [text, long, long, long]}, tmp_path)
    for complaint in ("first cell", "gone.png", "fewer than two", "no claim", "What goes wrong", "longest", "in a row"):
        assert any(complaint in line for line in found), complaint
