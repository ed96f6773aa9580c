"""The built site, opened from its folder."""

import re

import pytest
from conftest import PAGES, ROOT, move_slider

HTML = ROOT / "build/site/_build/html"
BROKEN = "() => [...document.images].filter(i => !i.complete || i.naturalWidth === 0).map(i => i.src.slice(0, 80))"
SILENT = "() => [...document.querySelectorAll('main img')].filter(i => i.alt.trim().length < 15).map(i => i.src)"
WIDE = """() => [...document.querySelectorAll('main .cell_input pre, main mjx-container[display]')]
    .filter(e => e.scrollWidth > e.clientWidth + 2 && e.scrollWidth > e.parentElement.clientWidth + 2)
    .map(e => e.innerText.slice(0, 60) || e.outerHTML.slice(0, 60))"""
UNRENDERED = "() => document.querySelectorAll('main span.math:not(:has(mjx-container)), main mjx-merror').length"
RAW_TABLES = "() => [...document.querySelectorAll('main p')].filter(p => /^\\| .* \\|/.test(p.innerText)).length"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_of_the_site_is_whole(window, path):
    window.goto((HTML / "notebooks" / f"{path.stem}.html").as_uri())
    window.wait_for_function("window.MathJax && MathJax.startup && MathJax.startup.promise")
    window.evaluate("MathJax.startup.promise")
    assert window.evaluate(BROKEN) == window.evaluate(SILENT) == []
    assert window.evaluate(UNRENDERED) == window.evaluate(RAW_TABLES) == 0
    assert window.evaluate(WIDE) == []
    assert [problem for problem in window.problems if "theme mode" not in problem] == []


def test_the_slider_moves(window):
    window.goto((HTML / "notebooks/02_ou_noise.html").as_uri())
    move_slider(window)


@pytest.mark.parametrize("path", [PAGES[2], PAGES[4], PAGES[5]], ids=lambda path: path.stem)
def test_the_slider_fits_a_phone(chromium, path):
    phone = chromium.new_page(viewport={"width": 390, "height": 844})
    phone.goto((HTML / "notebooks" / f"{path.stem}.html").as_uri())
    figure = phone.locator(".js-plotly-plot .svg-container").bounding_box()
    phone.close()
    assert figure["x"] >= 0 and figure["x"] + figure["width"] <= 390


def test_every_internal_link_leads_somewhere():
    broken = []
    for page in [HTML / "index.html", *(HTML / "docs").glob("*.html"), *(HTML / "notebooks").rglob("*.html")]:
        for target in re.findall(r'href="([^"#?]+)[^"]*"', page.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists():
                broken.append((page.name, target))
    assert sorted(set(broken)) == []
