"""The rules for every page, and `python -m tests.pages 05`, which prints a page's figures and what is against them."""

import ast
import json
import re
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent / "notebooks"
TESTS = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("test_*.py"))
PAGES = sorted(ROOT.glob("*.ipynb"))
BIBLIOGRAPHY = ROOT.parent / "docs" / "references.bib"
TIME = r"\*\*Time:\*\* core (\d+) minutes · everything (\d+) minutes · runs in "
SHORT = {"00": (30, 8, 12), **dict.fromkeys(("14", "15", "16"), (50, 8, 30))}  # cells and minutes of the core
CLOSING = ("Exercises", "Recap", "Sources and further reading", "Next")
RHYTHM = {"median lines": (1, 6), "90 % up to": (1, 15), "longest": (1, 25), "words per code cell": (30, 110),
          "code cells in a row": (1, 2), "lines per function": (0, 12)}  # fmt: skip
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
    return {
        "code cells": len(code),
        "median lines": median(lengths),
        "90 % up to": lengths[int(0.9 * (len(lengths) - 1))],
        "longest": lengths[-1],
        "words per code cell": round(words(notebook["cells"]) / len(code)),
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
    for cell in notebook["cells"]:
        if re.search(r"[\x00-\x08\x0b-\x1f\t]", source(cell)):  # a \tag that Python has read as a tab
            found.append(f"a control character in a cell: {source(cell)[:40]!r}")
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
    code, text, found = cells_of(notebook, "code"), cells_of(notebook, "markdown"), []
    opening = source(text[0])
    if not re.match(r"# \d\d · ", opening) or len(re.findall(r"^\d\. ", opening, re.MULTILINE)) < 4:
        found.append("the first cell has no title with a number and no numbered steps")
    for alt, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", "\n".join(map(source, text))):
        if len(alt) < 20 or not (folder / path).is_file():
            found.append(f"picture {path} without a file or without words for those who cannot see it")
    named = re.findall(r"`(test_\w+)`", "\n".join(map(source, text)))
    found += [f"no test {name}" for name in named if f"def {name}(" not in TESTS]
    checks = [cell for cell in code if checks_in(cell)]
    if len(checks) < 2 - opening.startswith("# 00"):
        found.append("fewer than two exercises")
    if any("not done yet" not in printed(cell) for cell in checks):
        found.append("an exercise that is stored solved")
    if not any("claim(" in source(cell) for cell in code):
        found.append("no claim")
    figures = rhythm(notebook)
    found += [f"{name}: {figures[name]}" for name, (low, high) in RHYTHM.items() if not low <= figures[name] <= high]
    return found + shape_problems(notebook, opening[2:4])


def pictures(cell):
    """How many pictures a cell shows."""
    if cell["cell_type"] == "markdown":
        return len(re.findall(r"!\[", source(cell)))
    return sum("image/png" in output.get("data", {}) for output in cell["outputs"])


def words(cells):
    """How many words the markdown has; the bars of a table are none."""
    return sum(len(re.findall(r"\S*\w\S*", source(cell))) for cell in cells if cell["cell_type"] == "markdown")


def minutes(cells):
    """Reading time: 200 words a minute, and half a minute for each code cell and each picture."""
    code = sum(cell["cell_type"] == "code" and bool(source(cell).strip()) for cell in cells)
    return words(cells) / 200 + (code + sum(map(pictures, cells))) / 2


def core(notebook):
    """The cells that everybody reads."""
    return [cell for cell in notebook["cells"] if not {"deeper", "closing"} & set(tags(cell))]


def shape_problems(notebook, number):
    """What is against the shape of a page, its core and its end, in words. number: its two digits."""
    cells, opening, found = notebook["cells"], source(notebook["cells"][0]), []
    most_cells, low, high = SHORT.get(number, (50, 20, 30))
    if len(core(notebook)) > most_cells or len(cells) > 110:
        found.append(f"{len(core(notebook))} cells in the core, {len(cells)} in all")
    core_minutes, all_minutes = minutes(core(notebook)), minutes(cells)
    if not low - 0.5 <= core_minutes <= high + 0.5:
        found.append(f"the core takes {core_minutes:.1f} minutes")
    said = re.search(TIME, opening)
    if not said or abs(int(said[1]) - core_minutes) > 2 or abs(int(said[2]) - all_minutes) > 2:
        found.append(f"times at the top: the core takes {core_minutes:.1f}, everything {all_minutes:.1f} minutes")
    closing = "\n".join(source(cell) for cell in cells if "closing" in tags(cell))
    found += [f"no section «{name}» tagged closing" for name in CLOSING if f"## {name}" not in closing]
    if closing.count("<details>") < 5:
        found.append("fewer than five recap questions")
    links = re.findall(r"\]\((https?://[^)\s]+)\)", "\n".join(map(source, cells_of(notebook, "markdown"))))
    known = BIBLIOGRAPHY.read_text(encoding="utf-8")
    found += [f"not in the bibliography: {link}" for link in links if f"{{{link}}}" not in known]
    return found + [problem for cell in cells_of(notebook, "code") for problem in cell_problems(cell)]


def cell_problems(cell):
    """What is wrong with one code cell of a page, in words."""
    found = [f"a line of {len(line)} characters: {line[:40]}" for line in source(cell).splitlines() if len(line) > 74]
    if pictures(cell) and len(cell["metadata"].get("alt", "")) < 20:
        found.append(f"a picture without words for those who cannot see it: {source(cell)[:40]!r}")
    for node in ast.walk(ast.parse(source(cell))):
        given = {keyword.arg for keyword in node.keywords} if isinstance(node, ast.Call) else set()
        if getattr(getattr(node, "func", None), "id", "") == "claim" and given & {"at_least", "at_most"}:
            if not given & {"digits", "typical"}:
                found.append(f"a claim that shows its bound and no value: {ast.unparse(node.args[0])}")
    return found


def main(names):
    """Print for each page its figures and its problems."""
    for path in (path for path in PAGES if path.name[:2] in names):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        print(path.name, rhythm(notebook))
        for name, cells in (("core", core(notebook)), ("everything", notebook["cells"])):
            print(f"    {name}: {len(cells)} cells, {words(cells)} words, {minutes(cells):.1f} minutes")
        for problem in [*problems(notebook), *page_problems(notebook, ROOT)]:
            print("   ", problem)


if __name__ == "__main__":
    main(sys.argv[1:])
