"""Run a function of a page over many seeds: `python notebooks/record.py PAGE FUNCTION --seeds 5`.

The function is the page's own: the cells tagged `definition` are run in their order, and nothing else. It maps a seed
to a dict that JSON can hold, which is written to `results/PAGE/FUNCTION/seed-000.json` and so on; a seed that has its
file is not run again.
"""

import argparse
import json
from pathlib import Path

import joblib
import nbformat
from tqdm import tqdm

from ddpg_tf.lab.files import save_text

HERE = Path(__file__).parent


def main(arguments=None):
    """Record the seeds that are missing, as many at a time as there are cores."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("page", choices=sorted(path.stem for path in HERE.glob("[0-9]*.ipynb")), metavar="PAGE")
    parser.add_argument("function", metavar="FUNCTION", help="defined in a cell with the tag `definition`")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from seed 0 (default: %(default)s)")
    options = parser.parse_args(arguments)
    folder = HERE / "results" / options.page / options.function
    paths = {seed: folder / f"seed-{seed:03d}.json" for seed in range(options.seeds)}
    missing = [seed for seed, path in paths.items() if not path.exists()]
    work = joblib.Parallel(n_jobs=joblib.cpu_count(), return_as="generator_unordered")
    found = work(joblib.delayed(run)(options.page, options.function, seed) for seed in missing)
    for seed, result in tqdm(found, total=len(missing), unit=" seeds"):
        save_text(paths[seed], json.dumps(result, allow_nan=False) + "\n")


def run(page, function, seed):
    """(seed, what the page's function returns for it)."""
    return seed, definitions(page)[function](seed)


def definitions(page):
    """The names that the cells tagged `definition` of a page define."""
    names = {}
    for cell in nbformat.read(HERE / f"{page}.ipynb", as_version=4).cells:
        if "definition" in cell.metadata.get("tags", []):
            exec(cell.source, names)
    return names


if __name__ == "__main__":
    main()
