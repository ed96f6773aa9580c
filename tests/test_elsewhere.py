"""The run under other arithmetics: it goes on after a failure, misses none, measures margins, and weakens nothing."""

import os

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf.course.claims import claim
from tests.elsewhere import __main__ as elsewhere
from tests.elsewhere.pages import _texts, checks_of
from tests.elsewhere.recorder import measurement

INF = float("inf")
numbers = st.floats(-1e6, 1e6)
CELLS = [  # source, what is stored, tags
    ("from ddpg_tf.course.claims import claim\nimport os", "", []),
    ("claim('holds', 1.5, at_most=2)", "✓ holds: at most 2\n", []),
    ("claim('fails', [1.0, 3.0, 2.5], at_most=2)\nprint('and on')", "✓ fails: at most 2\nand on\n", []),
    ("1 / 0", "", []),
    ("print('one')\nprint('two now')", "one\ntwo\n", []),
    ("print('not stored')", "", []),
    ("print('as it comes')", "as it came\n", ["nbval-ignore-output"]),
    ("1 / 0", "", ["raises-exception"]),
    ("try:\n    claim('shown to fail', False)\nexcept AssertionError as error:\n    print('✗', error)",
     "✗ shown to fail: claimed True, measured False\n", []),
    ("print(os.environ['OPENBLAS_CORETYPE'], os.path.exists('written'))\nopen('written', 'w').close()",
     "Haswell False\n", []),
]  # fmt: skip


def page(folder, cells):
    """A notebook of (source, stored output, tags), stored as a slow cell is: in pieces."""
    notebook = nbformat.v4.new_notebook()
    for source, text, tags in cells:
        outputs = [nbformat.v4.new_output("stream", name="stdout", text=line) for line in text.splitlines(True)]
        notebook.cells.append(nbformat.v4.new_code_cell(source, outputs=outputs, metadata={"tags": tags}))
    folder.mkdir()
    nbformat.write(notebook, folder / "page.ipynb")
    return folder / "page.ipynb"


@pytest.fixture(scope="module")
def checks(tmp_path_factory):
    """What the page of CELLS gives, and that a second run finds no file of the first."""
    path = page(tmp_path_factory.mktemp("elsewhere") / "notebooks", CELLS)
    found = checks_of(path, elsewhere._environment("avx2"))
    assert os.listdir(path.parent) == ["page.ipynb"] and "OPENBLAS_CORETYPE" not in os.environ
    return found


def test_every_check_of_a_page_is_recorded_whatever_fails_before_it(checks):
    assert [(check["cell"], check["kind"], check["passed"]) for check in checks] == [
        (2, "bound", True), (2, "stored line", True), (3, "bound", False), (3, "stored line", True),
        (4, "error", False), (5, "stored line", False), (6, "stored line", False), (9, "stored line", True),
        (10, "stored line", True),
    ]  # fmt: skip


def test_the_numbers_of_a_figure_with_a_slider_are_compared():
    one, same, other = (
        [nbformat.v4.new_output("display_data", data={"application/vnd.plotly.v1+json": {"data": [{"y": y}]}})]
        for y in ([1, 2], [1, 2], [1, 3])
    )
    assert _texts(one) == _texts(same) != _texts(other)


def test_a_failure_comes_with_its_numbers(checks):
    failed = [(check["bound"], check["value"], check["margin"]) for check in checks if not check["passed"]]
    error = "ZeroDivisionError: division by zero"
    assert failed == [("at most 2", 3, -1), ("no error", error, None), ("two", "two now", None),
                      ("nothing", "not stored", None)]  # fmt: skip


@given(st.lists(numbers, min_size=1, max_size=4), st.one_of(
    st.fixed_dictionaries({"expected": numbers, "tolerance": st.floats(1e-3, 1e6)}),
    st.fixed_dictionaries({"at_least": numbers}), st.fixed_dictionaries({"at_most": numbers}),
    st.fixed_dictionaries({"at_least": numbers, "at_most": numbers}),
))  # fmt: skip
def test_the_margin_is_below_zero_exactly_where_the_claim_fails(value, options):
    try:
        claim("it is so", value, **options)
        holds = True
    except AssertionError:
        holds = False
    measured = measurement(value, **options)
    assert (measured["margin"] >= 0) == holds
    assert measured["value"] in value and measured["margin"] == min(measured["distances"].values())


@pytest.mark.parametrize("value, options, nearest, distances", [
    ([0.5, 0.875], dict(at_least=0, at_most=1), 0.875, {"at_least": 0.5, "at_most": 0.125}),
    ([0.25, 8.0], dict(expected=[0.0, 8.0], tolerance=1), 0.25, {"at_least": 1, "at_most": 0.75}),
    ([INF, 5.0], dict(at_least=2), 5, {"at_least": 3}),
    (True, {}, "True", {}),
    ([1.0], dict(expected=[1.0, 2.0], tolerance=1.0), "an array of shape (1,) from 1.0 to 1.0", {}),
])  # fmt: skip
def test_the_element_nearest_to_a_bound_is_recorded_and_no_margin_if_exact(value, options, nearest, distances):
    measured = measurement(value, **options)
    assert (measured["value"], measured["distances"]) == (nearest, distances)
    assert (measured["margin"] is None) == (not distances)


def group(*values, **bounds):
    return [measurement(value, **bounds) for value in values]


@pytest.mark.parametrize("measured, is_narrow", [
    (group(1.0, 3.0, at_most=4), False),  # the distance is half of the spread
    (group(1.0, 3.0, at_most=3.9), True),
    (group(1.0, 3.0, at_least=-5, at_most=3.9), True),
    (group(-0.9, 0.9, expected=0, tolerance=1), True),  # as far off on either side, and about to fail on both
    (group([0.1, 5.0], [5.0, 9.9], at_least=0, at_most=10), True),
    (group([0.1, 9.0], [9.9, 0.11], at_least=0, at_most=11), False),  # the nearest element is not the same one
    (group(0.0, 0.0, at_most=0), False),
    (group(INF, INF, at_least=1000), False),
    (group(True, True), False),
])  # fmt: skip
def test_narrow_is_nearer_to_a_bound_than_half_of_the_spread(measured, is_narrow):
    assert elsewhere.narrow(measured) == is_narrow


def check(arithmetic="avx2", passed=True, value=1.0, typical=None):
    return {"page": "05", "cell": 2, "sentence": "it is so", "arithmetic": arithmetic, "passed": passed,
            "typical": typical, **measurement(value, at_most=4)}  # fmt: skip


def test_a_sentence_that_stands_twice_in_a_cell_is_two_checks():
    twice = [check("avx2"), check("avx2", value=2.0), check("sse4"), check("sse4", value=2.0)]
    values = [[found["value"] for found in group] for group in elsewhere.by_check(twice).values()]
    assert values == [[1, 1], [2, 2]]


@pytest.mark.parametrize("checks, status, summary", [
    ([check("avx2"), check("sse4")], 0, "1 checks: 0 fail, 0 narrow, 0 not"),
    ([check("avx2"), check("sse4", value=3.9)], 0, "1 checks: 0 fail, 1 narrow, 0 not"),
    ([check("avx2"), check("sse4", value=4.1, passed=False)], 1, "1 checks: 1 fail, 0 narrow, 0 not"),
    ([check("avx2", typical=(1.3, 0.4)), check("sse4", value=1.2)], 0, "1 checks: 0 fail, 0 narrow, 0 not"),
    ([check("avx2", typical=(2.0, 0.4)), check("sse4", value=1.2)], 0, "1 checks: 0 fail, 0 narrow, 1 not"),
])  # fmt: skip
def test_the_report(checks, status, summary, capsys):
    assert elsewhere.report(checks) == status
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"1 pages, 2 arithmetics, {summary}")


def test_a_page_runs_again_only_when_something_has_changed(tmp_path, monkeypatch):
    runs = []
    monkeypatch.setattr(elsewhere, "checks_of", lambda path, environment: runs.append(path.stem) or [check()])
    path, out = page(tmp_path / "notebooks", CELLS), tmp_path / "kept"
    command = [str(path), "--arithmetics", "avx2", "--out", str(out)]
    for arguments, count in (([], 1), ([], 1), (["--fresh"], 2)):
        elsewhere.main(command + arguments)
        assert len(runs) == count
    path.write_text(path.read_text().replace("holds", "is so"))
    elsewhere.main(command)
    assert len(runs) == 3
