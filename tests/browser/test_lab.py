"""The pages as readers meet them: in JupyterLab, opened, run through the menu, and moved."""

import pytest
from conftest import PAGES, move_slider

BROKEN = """() => [...document.querySelectorAll('.jp-Notebook img[src]')]
    .filter(i => !i.naturalWidth).map(i => i.src.slice(0, 80))"""
CUT = """() => [...document.querySelectorAll('.jp-Notebook .cm-scroller, .jp-Notebook mjx-container[display]')]
    .filter(e => e.scrollWidth > Math.min(e.clientWidth, e.parentElement.clientWidth) + 1)
    .map(e => (e.innerText || e.parentElement.innerText).slice(0, 80))"""
UNRENDERED = """() => [...document.querySelectorAll('.jp-RenderedMarkdown')]
    .filter(e => e.querySelector('mjx-merror') || /\\\\(frac|sum|theta|mathbb|tag)/.test(e.innerText))
    .map(e => e.innerText.slice(0, 80))"""
RUNNING = "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].some(p => p.textContent.includes('*'))"
FAILED = "[data-mime-type='application/vnd.jupyter.error'], [data-mime-type='application/vnd.jupyter.stderr']"


def opened(window, lab, path):
    """Open a page with all its cells in the document: by default Lab only keeps those in sight."""
    window.goto(f"{lab}/lab/tree/notebooks/{path.name}?reset")
    window.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=120_000)
    window.wait_for_function("() => !document.querySelector('#jupyterlab-splash')")
    window.wait_for_timeout(4_000)  # formulas are typeset when the browser is idle, and nothing says when it is done


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_opens_whole(window, lab, path):
    opened(window, lab, path)
    assert window.evaluate(BROKEN) == []
    assert window.evaluate(UNRENDERED) == []
    assert window.evaluate(CUT) == []


@pytest.mark.parametrize("path", [PAGES[0], PAGES[2]], ids=lambda path: path.stem)
def test_run_all_runs_all(window, lab, path):
    opened(window, lab, path)
    window.get_by_role("menuitem", name="Run", exact=True).click()
    window.get_by_text("Restart Kernel and Run All Cells…").click()
    window.locator(".jp-Dialog .jp-mod-accept").click()
    window.wait_for_function(RUNNING, timeout=120_000)
    window.wait_for_function(f"() => !({RUNNING})()", timeout=600_000)
    assert window.locator(FAILED).count() == 0


def test_the_slider_moves(window, lab):
    opened(window, lab, PAGES[2])
    move_slider(window)
