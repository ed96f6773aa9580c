"""Build the slides: one deck for the core of each page, one for each lecture of docs/lectures.md: `make slides`.

There is no second copy of the text. A slide is a heading, at most 40 words, at most 12 lines of code or output, or one
figure; what does not fit stays in the speaker notes, which hold every paragraph whole. Imports and the code of a plot
are left out; the cell tag `hide-code` leaves out others. The decks need no network.
"""

import html
import json
import re
import shutil
from pathlib import Path
from typing import NamedTuple

from nbconvert.filters import markdown2html
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from sources import MODULES, PLOTLY, ROOT, SCRIPTS, read

HERE = Path(__file__).parent
OUT = ROOT / "build/slides"
WORDS, LINES = 40, 12  # of one slide, legible from the last row at 1024 x 768
ROW = r"^\| (\d+) \| \[.*?\]\(\.\./(.*?)\) \| (.*?) \| (.*?) \|"  # of a lecture: minutes, page, section, question


class Slide(NamedTuple):
    """One slide: its section's title, kind (title, text, code or figure), text to count, HTML, and speaker notes."""

    section: str
    kind: str
    text: str
    body: str
    notes: str = ""


def main():
    """Write build/slides/*.html and an index."""
    shutil.rmtree(OUT, ignore_errors=True)
    (OUT / "assets").mkdir(parents=True)
    shutil.copytree(ROOT / "figures", OUT / "figures", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    shutil.copytree(MODULES / "reveal.js/dist", OUT / "assets/reveal")
    shutil.copytree(MODULES / "reveal.js/plugin/notes", OUT / "assets/notes")
    for file in (*SCRIPTS, HERE / "slides.css"):
        shutil.copy(file, OUT / "assets")
    decks = {path.stem: page_deck(read(path)) for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))}
    decks |= lecture_decks((ROOT / "docs/lectures.md").read_text(encoding="utf-8"), decks)
    for name, slides in decks.items():
        (OUT / f"{name}.html").write_text(render(slides), encoding="utf-8")
    links = "".join(f'<li><a href="{name}.html">{html.escape(deck[0].text)}</a></li>' for name, deck in decks.items())
    index = f"<!doctype html><meta charset=utf-8><title>Slides</title><ul>{links}</ul>"
    (OUT / "index.html").write_text(index, encoding="utf-8")


def page_deck(notebook):
    """The slides of a page: its title, and its core."""
    return [slide for cell in core(notebook) for slide in cell_slides(*cell)]


def lecture_decks(plan, pages):
    """{name: slides} of the lectures in the plan: the sections that its rows name, from the decks of the pages."""
    decks = {}
    for number, lecture in enumerate(re.split(r"^\*\*(?=Lecture)", plan, flags=re.M)[1:], 1):
        title = lecture.split("**")[0]
        deck = [Slide("", "title", title, f"<h1>{html.escape(title)}</h1>")]
        for minutes, page, section, room in re.findall(ROW, lecture, re.M):
            slides = [slide for slide in pages[Path(page).stem] if slide.section == section]
            first = slides[0]._replace(notes=f"{minutes} minutes. In the room: {room}\n\n{slides[0].notes}")
            deck += [first, *slides[1:]]
        decks[f"lecture-{number}"] = deck
    return decks


def core(notebook):
    """(section, cell) for the first cell, and each of the core from the first section on.

    A cell stands under the last heading `## ` of the cells before it, or under its own.
    """
    section = ""
    for number, cell in enumerate(notebook["cells"]):
        if {"deeper", "closing"} & set(cell["metadata"].get("tags", [])):
            continue
        source = "".join(cell["source"])
        headings = re.findall(r"^## (.*)", source, re.M) if cell["cell_type"] == "markdown" else []
        if number == 0 or section or headings:
            yield section, cell
        section = headings[-1] if headings else section


def cell_slides(section, cell):
    """The slides of one cell, in the order of its text."""
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return list(text_slides(section, source))
    return merged([*code_slides(section, cell, source), *output_slides(section, cell)])


def merged(slides):
    """Code and what it printed on one slide where LINES allow; the output appears with the next click."""
    if [slide.kind for slide in slides] == ["code", "code"] and all(slide.text for slide in slides):
        code, output = slides
        text = f"{code.text}\n{output.text}"
        if text.count("\n") < LINES:
            return [code._replace(text=text, body=code.body + output.body.replace("<pre", '<pre class="fragment"', 1))]
    return slides


def text_slides(section, source):
    """Slides of a markdown cell. Headings, pictures, tables and predictions have one of their own."""
    pending = []
    for block in re.split(r"\n\s*\n(?![^$]*\$\$(?:[^$]|\$[^$])*$)", source.strip()):
        kind = block_kind(block)
        if kind == "skip":
            continue
        alone = kind != "text" or block.startswith("**Predict first.**")
        if pending and (alone or words([*pending, block]) > WORDS):
            yield from packed(section, pending)
            pending = []
        if kind == "heading":
            section = block.lstrip("# ")
            yield Slide(section, "title", section, f"<h2>{inline(section)}</h2>")
        elif kind == "figure":
            yield Slide(section, "figure", "", as_html(block))
        elif kind == "table":
            yield Slide(section, "code", "", as_html(block))
        else:
            pending.append(block)
            if alone:
                yield from packed(section, pending)
                pending = []
    if pending:
        yield from packed(section, pending)


def block_kind(block):
    """heading, figure, table, text, or skip for what a slide leaves out: times, routes and folded answers."""
    if block.startswith("#"):
        return "heading"
    if block.startswith("!["):
        return "figure"
    if block.startswith("|"):
        return "table" if legible(block) else "skip"
    return "skip" if block.startswith(("**Time:**", "**Read before:**", "<details", "1. ")) else "text"


def legible(table):
    """Whether a Markdown table is small enough for a slide; readers find the others on the page."""
    return table.count("\n") <= 9 and words([table.replace("|", " ")]) <= 2 * WORDS


def packed(section, blocks):
    """One slide of these blocks: each whole if all fit, else its first sentences; the notes hold everything."""
    shown, left = [], WORDS
    for block in blocks:
        part = block if words([block]) <= left else first_sentences(block, left)
        left -= words([part])
        shown.append(part)
    text = "\n\n".join(shown)
    yield Slide(section, "text", text, as_html(text), "\n\n".join(blocks))


def first_sentences(block, limit):
    """As many sentences of a paragraph, or items of a list, as fit in so many words.

    A first one that is too long is cut at its last comma, colon or semicolon that fits.
    """
    parts = re.split(r"(?<=[.?!:])\s+(?=[A-Z*$`])|\n(?=[-*\d])", block)
    shown = parts[:1]
    while len(shown) < len(parts) and words([*shown, parts[len(shown)]]) <= limit:
        shown.append(parts[len(shown)])
    if words(shown) > limit:
        clauses = re.split(r"(?<=[,:;])\s+", shown[0])
        fitting = [n for n in range(1, len(clauses)) if words(clauses[:n]) < limit]
        return " ".join(clauses[: fitting[-1]]) + " …" if fitting else shown[0]  # a test names what stays too long
    return ("\n" if block.startswith("-") else " ").join(shown)


def words(blocks):
    """How many words a reader reads: a formula counts as one, a link as its text."""
    text = re.sub(r"\$\$.*?\$\$|\$.*?\$", "x", " ".join(blocks), flags=re.S)
    return len(re.sub(r"\]\(.*?\)", "]", text).split())


def code_slides(section, cell, source):
    """The source in pieces of at most LINES lines, cut at empty lines if possible; nothing for imports and plots."""
    plot = any(key.startswith("image/") or key == PLOTLY for out in cell["outputs"] for key in out.get("data", {}))
    imports = all(re.match(r"(from|import|\s|\)|$)", line) for line in source.splitlines())
    if plot or imports or "hide-code" in cell["metadata"].get("tags", []):
        return
    for piece in pieces(source):
        yield Slide(section, "code", piece, pre(piece, highlight(piece, PythonLexer(), HtmlFormatter(nowrap=True))))


def pieces(source):
    """Cut lines into pieces of at most LINES, preferably where a line is empty."""
    lines = source.strip("\n").splitlines()
    while len(lines) > LINES:
        empty = [i for i in range(4, LINES + 1) if not lines[i].strip()]
        cut = empty[-1] if empty else LINES
        yield "\n".join(lines[:cut]).strip("\n")
        lines = lines[cut:]
    if any(line.strip() for line in lines):
        yield "\n".join(lines).strip("\n")


def pre(text, body):
    """Preformatted text as large as its longest line allows: 924 px are 46 characters at 33 px, 75 at 20."""
    longest = max(map(len, text.splitlines()))
    return f'<pre style="font-size: {min(33, 924 / 0.603 / longest):.1f}px">{body}</pre>'


def output_slides(section, cell):
    """Slides of what the cell printed and drew."""
    alt = html.escape(cell["metadata"].get("alt", ""), quote=True)
    for output in cell["outputs"]:
        data = output.get("data", {})
        if png := data.get("image/png"):
            image = f'<img alt="{alt}" data-src="data:image/png;base64,{"".join(png).strip()}">'
            yield Slide(section, "figure", "", image, cell["metadata"].get("alt", ""))
        elif figure := data.get(PLOTLY):
            yield Slide(section, "figure", "", plotly_html(figure, alt), cell["metadata"].get("alt", ""))
        elif "text/markdown" in data:
            if legible(table := "".join(data["text/markdown"])):
                yield Slide(section, "code", "", as_html(table))
        else:
            for piece in pieces("".join(output.get("text", data.get("text/plain", "")))):
                yield Slide(section, "code", piece, pre(piece, html.escape(piece)))


def plotly_html(figure, alt):
    """A division that Plotly fills when its slide is shown: in a hidden one it has no size."""
    drawing = html.escape(json.dumps([figure["data"], figure["layout"]]), quote=True)
    return f'<div class="plotly" role="img" aria-label="{alt}" data-figure="{drawing}"></div>'


def as_html(text):
    """Markdown as HTML; pictures are beside the decks, and links to pages are only their text."""
    text = re.sub(r"\[([^]]*)\]\((?!http)[^)]*\.(?:ipynb|md)[^)]*\)", r"\1", text)
    return markdown2html(text.replace("](../figures/", "](figures/"))


def inline(text):
    """Markdown of one line without its paragraph."""
    return re.sub(r"^<p>|</p>\s*$", "", as_html(text))


def render(slides):
    """The deck as one HTML page."""
    page = (HERE / "slides.html").read_text(encoding="utf-8")
    parts = {
        "{{slides}}": "\n".join(section_html(slide) for slide in slides),
        "{{title}}": html.escape(slides[0].text),
        "{{code style}}": HtmlFormatter().get_style_defs("pre"),
    }
    for place, text in parts.items():
        page = page.replace(place, text)
    return page


def section_html(slide):
    """One reveal.js section; all but title slides say above which section they belong to."""
    above = "" if slide.kind == "title" or not slide.section else f'<p class="above">{inline(slide.section)}</p>'
    notes = f'<aside class="notes">{as_html(slide.notes)}</aside>' if slide.notes else ""
    return f'<section class="{slide.kind}">{above}{slide.body}{notes}</section>'


if __name__ == "__main__":
    main()
