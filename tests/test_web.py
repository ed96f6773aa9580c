"""The slides and the site are made from the pages; what a browser sees of them is tested by `make browser`."""

import copy
import importlib.util
import json
import re
from pathlib import Path
from types import SimpleNamespace

import hosted
import pytest
import slides
import website
from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
DECKS = {path.stem: slides.page_deck(slides.read(path)) for path in PAGES}
DECKS |= slides.lecture_decks((ROOT / "docs/lectures.md").read_text(encoding="utf-8"), DECKS)


@pytest.mark.parametrize("name", DECKS)
def test_a_slide_is_legible_from_the_last_row_and_nothing_follows_a_prediction(name):
    for slide in DECKS[name]:
        said = [part.text for part in slide.parts if part.kind in ("text", "prediction")]
        code = [part for part in slide.parts if part.kind in ("code", "output")]
        assert slides.words(said) <= slides.WORDS, slide
        assert sum(part.text.count("\n") + 1 for part in code) <= slides.LINES, slide
        assert all(slides.font_size(part, slide.parts) >= 18 for part in code), slide
        assert sum(part.kind in ("figure", "table") for part in slide.parts) <= 1, slide
        assert "prediction" not in [part.kind for part in slide.parts[:-1]], slide


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_deck_has_every_figure_and_every_paragraph_of_the_core_in_its_order(path):
    deck, cells = DECKS[path.stem], list(slides.core(slides.read(path)))
    figures = [out["data"] for cell in cells for out in cell.get("outputs", []) if "data" in out]
    expected = sum("image/png" in data or slides.PLOTLY in data for data in figures)
    parts = [part for slide in deck for part in slide.parts]
    assert sum(part.kind == "figure" and "figures/" not in part.body for part in parts) == expected
    spoken = [block for part in parts if part.kind in ("text", "prediction") for block in part.notes.split("\n\n")]
    written = [
        block.strip()
        for cell in cells if cell["cell_type"] == "markdown"
        for block in re.split(r"\n\s*\n", "".join(cell["source"]))
    ]  # fmt: skip
    order = [written.index(block) for block in spoken if block in written]
    assert order == sorted(order)
    assert len(order) > 0.9 * len([b for b in written if slides.block_kind(b) in ("text", "prediction")])


def test_a_long_paragraph_is_shown_whole_on_several_slides():
    sentences = [f"Sentence {number} says one more thing about the same world." for number in range(9)]
    parts = list(slides.text_parts(" ".join(sentences)))
    assert " ".join(part.text for part in parts) == " ".join(sentences)
    assert all(slides.words([part.text]) <= slides.WORDS for part in parts) and len(parts) == 3


def test_alt_text_reaches_the_site():
    png = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0KGgo="}}
    figure = {"data": [], "layout": {"a": "</script>"}}
    plot = {"output_type": "display_data", "metadata": {}, "data": {slides.PLOTLY: figure}}
    cell = {"cell_type": "code", "metadata": {"alt": "A lander lands."}, "outputs": [png, plot]}
    done = website.for_myst({"cells": [copy.deepcopy(cell)]})["cells"][0]
    assert done["metadata"]["mystnb"]["image"]["alt"] == "A lander lands."
    drawn = done["outputs"][1]["data"]["text/html"]
    assert 'aria-label="A lander lands."' in drawn and drawn.count("</script>") == 1


def test_links_to_the_repository_only_where_it_is_known():
    assert "github.com" not in json.dumps(website.settings(None))
    config = website.settings("owner/name")
    assert config["repository"]["url"] == "https://github.com/owner/name"
    assert config["launch_buttons"]["colab_url"] and config["html"]["use_repository_button"]


def test_a_hosted_page_installs_the_package_only_where_it_is_missing(monkeypatch):
    page = hosted.for_host(slides.read(PAGES[0]), "owner/name")
    text = json.dumps(page)
    assert "../figures" not in text and "https://raw.githubusercontent.com/owner/name/hosted/figures/map.png" in text
    setup = compile(TransformerManager().transform_cell(page["cells"][0]["source"]), "setup", "exec")
    ran = []
    shell = SimpleNamespace(run_line_magic=lambda magic, line: ran.append(line))
    exec(setup, {"get_ipython": lambda: shell})
    assert not ran
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    exec(setup, {"get_ipython": lambda: shell})
    assert "https://github.com/owner/name/archive/hosted.zip" in ran[0]
