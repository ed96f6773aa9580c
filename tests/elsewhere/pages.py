"""A page, executed to its end whatever fails, and everything that it promises, checked."""

import json
import re
import shutil
import subprocess
from collections import defaultdict
from copy import deepcopy
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbval.plugin import coalesce_streams, get_sanitize_patterns

SANITIZERS = Path(__file__).parents[2] / "notebooks" / "sanitize.cfg"
NOT_COMPARED = ("stderr", "image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json")  # as nbval
BOOTSTRAP = "from tests.elsewhere import recorder as _; _.install({path!r}, {lines!r}); del _"
CELL_TIMEOUT = 7200  # seconds


def checks_of(page, environment):
    """Execute a page in a copy of its folder, its kernel in `environment`; list its checks in order.

    Each check is a dict: cell (as the page counts them), kind, sentence, bound, value, passed, margin, distances.
    """
    notebook = nbformat.read(page, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    with TemporaryDirectory() as scratch:
        folder, path = Path(scratch) / page.parent.name, Path(scratch) / "claims.jsonl"
        shutil.copytree(page.parent, folder)  # what one run writes must not be what another one finds
        lines = [line for cell in cells for line in _lines(_texts(cell.outputs))]
        bootstrap = nbformat.v4.new_code_cell(BOOTSTRAP.format(path=str(path), lines=lines))
        notebook.cells = [bootstrap, *cells]
        options = dict(kernel_name="python3", allow_errors=True, timeout=CELL_TIMEOUT, interrupt_on_timeout=True)
        client = NotebookClient(notebook, **options)
        with client.setup_kernel(env=environment, cwd=str(folder), stderr=subprocess.DEVNULL):
            checks = {number: _run(client, number, path) for number in range(len(cells) + 1)}
    return [{"cell": number, **check} for number, found in checks.items() for check in found]


def _run(client, number, path):
    """Run one cell, 0 being the bootstrap, and list its checks."""
    cell = client.nb.cells[number]
    tags, stored = cell.metadata.get("tags", []), _texts(cell.outputs)
    try:
        client.execute_cell(cell, number, store_history=False)
        errors = [f"{output.ename}: {output.evalue}" for output in cell.outputs if output.output_type == "error"]
    except DeadKernelError as error:
        errors = [str(error)]
    if errors and number == 0:
        raise RuntimeError(f"the claims cannot be recorded: {errors[0]}")
    claims = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    checks, printed = [json.loads(claim) for claim in claims], _texts(cell.outputs)
    if errors and "raises-exception" not in tags:
        checks.append(_line("error", "the cell runs", "no error", errors[0], passed=False))
    elif (stored or printed) and "nbval-ignore-output" not in tags:
        checks.append(_compared(stored, printed))
    return checks


def _compared(stored, printed):
    """The check that a cell prints what is stored; where it does not, with the first two lines that differ."""
    pairs = zip_longest(_lines(stored), _lines(printed), fillvalue="nothing")
    before, now = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
    return _line("stored line", "the cell prints what is stored", before, now, passed=stored == printed)


def _line(kind, sentence, bound, value, passed):
    return dict(kind=kind, sentence=sentence, bound=bound, value=value, passed=passed, margin=None, distances={})


def _texts(outputs):
    """What nbval compares of some outputs: for each stream and type the list of its texts, sanitized."""
    texts = defaultdict(list)
    for output in coalesce_streams(deepcopy(outputs)):  # it joins the texts in place
        parts = {output.name: output.text} if output.output_type == "stream" else output.get("data", {})
        for key, text in parts.items():
            if key not in NOT_COMPARED:
                texts[key].append(_sanitized(text if isinstance(text, str) else json.dumps(text, sort_keys=True)))
    return texts


def _sanitized(text):
    for pattern, replacement in get_sanitize_patterns(SANITIZERS.read_text(encoding="utf-8")):
        text = re.sub(pattern, replacement, text)
    return text


def _lines(texts):
    return [line for key in sorted(texts) for text in texts[key] for line in text.splitlines()]
