"""The house: an algorithm that knows no laboratory and no course, small, and read from bottom to top."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "ddpg_tf"
FLAT = {path.stem: path for path in PACKAGE.glob("*.py") if not path.stem.startswith("__")}  # without the command line


def imports(path):
    """The modules of the package that a file imports, anywhere in it: `agent`, `lab.files`."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.removeprefix("ddpg_tf.") for name in names if name.startswith("ddpg_tf.")}


def level(name):
    """1 for a module that imports nothing of the package; else one more than the highest that it imports."""
    return 1 + max((level(other) for other in imports(FLAT[name]) & FLAT.keys()), default=0)


def lines(path):
    return len(path.read_text().splitlines())


FLOORS = ("share", "lab", "course")  # above the flat modules; each may use what is below it


@pytest.mark.parametrize("path", [*FLAT.values(), *PACKAGE.glob("[sl]*/*.py")], ids=lambda path: path.stem)
def test_imports_go_downwards_only(path):
    above = FLOORS[FLOORS.index(path.parent.name) + 1 :] if path.parent.name in FLOORS else FLOORS
    assert not [name for name in imports(path) if name.split(".")[0] in above]


def test_the_algorithm_is_small_and_four_levels_high():
    assert max(map(level, FLAT)) <= 4
    assert max(map(lines, FLAT.values())) <= 200
    assert sum(map(lines, PACKAGE.glob("*.py"))) <= 1_000


def test_the_laboratory_grows_no_further():
    assert sum(map(lines, PACKAGE.glob("lab/*.py"))) <= 1_012
    assert sum(map(lines, PACKAGE.glob("share/*.py"))) <= 289
    assert sum(map(lines, Path(__file__).parent.rglob("*.py"))) <= 7_000


def test_the_checkers_grow_no_further():
    assert sum(map(lines, PACKAGE.glob("course/exercises/*.py"))) <= 1_400
