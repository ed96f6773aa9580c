"""Run a function of a page over many seeds: `python notebooks/record.py PAGE FUNCTION --seeds 5`.

The function is the page's own: the cells tagged `definition` are run in their order, and nothing else. It maps a seed
to a dict that JSON can hold, which is written to `results/PAGE/FUNCTION/seed-000.json` and so on; a seed that has its
file is not run again.
"""

import argparse
import json
from pathlib import Path

import nbformat
from tqdm import tqdm

from ddpg_tf.lab.files import save_text
from ddpg_tf.lab.runs import BACKENDS, spread

HERE = Path(__file__).parent


def main(arguments=None):
    """Record the seeds that are missing, as many at a time as there are cores, here or on a cluster."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("page", choices=sorted(path.stem for path in HERE.glob("[0-9]*.ipynb")), metavar="PAGE")
    parser.add_argument("function", metavar="FUNCTION", help="defined in a cell with the tag `definition`")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from seed 0 (default: %(default)s)")
    parser.add_argument("--backend", choices=BACKENDS, default="loky", help="this machine (default), or a cluster")
    options = parser.parse_args(arguments)
    folder = HERE / "results" / options.page / options.function
    paths = {seed: folder / f"seed-{seed:03d}.json" for seed in range(options.seeds)}
    cells = sources(options.page)
    tasks = [(cells, options.function, seed) for seed, path in paths.items() if not path.exists()]
    for seed, result in tqdm(spread(run, tasks, backend=options.backend), total=len(tasks), unit=" seeds"):
        save_text(paths[seed], json.dumps(result, allow_nan=False) + "\n")


def run(cells, function, seed):
    """(seed, what the function that these cells define returns for it)."""
    return seed, defined_by(cells)[function](seed)


def definitions(page):
    """The names that the cells tagged `definition` of a page define."""
    return defined_by(sources(page))


def sources(page):
    """The code of these cells."""
    cells = nbformat.read(HERE / f"{page}.ipynb", as_version=4).cells
    return [cell.source for cell in cells if "definition" in cell.metadata.get("tags", [])]


def defined_by(cells):
    names = {}
    for cell in cells:
        exec(cell, names)
    return names


if __name__ == "__main__":
    main()
