"""`make elsewhere`: pages under the arithmetics of other machines; which checks fail there, and which are narrow."""

import argparse
import hashlib
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median

from joblib import Memory, Parallel, delayed

from tests.elsewhere.pages import SANITIZERS, checks_of

ROOT = Path(__file__).parents[2]
TRAINING = ("05", "06", "07", "10", "11", "12", "13", "14")
VARIABLES = ("ONEDNN_MAX_CPU_ISA", "XLA_FLAGS", "OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES",
             "TF_NUM_INTRAOP_THREADS")  # fmt: skip
XLA = "--xla_cpu_max_isa="
NO_AVX512 = "X86_V4 AVX512_ICL AVX512_SPR"
NO_AVX2 = f"X86_V3 {NO_AVX512}"
ARITHMETICS = {  # four generations of processors, then the newest with one library that computes as on an older one
    "avx512": ("AVX512_CORE", XLA + "AVX512", "SkylakeX", "", "2"),
    "avx512-1": ("AVX512_CORE", XLA + "AVX512", "SkylakeX", "", "1"),
    "avx2": ("AVX2", XLA + "AVX2", "Haswell", NO_AVX512, "2"),
    "avx2-1": ("AVX2", XLA + "AVX2", "Haswell", NO_AVX512, "1"),
    "avx": ("AVX", XLA + "AVX", "Sandybridge", NO_AVX2, "2"),
    "avx-1": ("AVX", XLA + "AVX", "Sandybridge", NO_AVX2, "1"),
    "sse4": ("SSE41", XLA + "SSE4_2", "Nehalem", NO_AVX2, "2"),
    "sse4-1": ("SSE41", XLA + "SSE4_2", "Nehalem", NO_AVX2, "1"),
    "onednn": ("AVX2", XLA + "AVX512", "SkylakeX", "", "2"),
    "xla": ("AVX512_CORE", XLA + "AVX2", "SkylakeX", "", "2"),
    "openblas": ("AVX512_CORE", XLA + "AVX512", "Haswell", "", "2"),
    "numpy": ("AVX512_CORE", XLA + "AVX512", "SkylakeX", NO_AVX2, "2"),
}


def main(arguments=None):
    """Run what is not kept yet, then report on all that was asked for: 1 if a check fails, else 0."""
    options = _options(arguments)
    kept = Memory(options.out, verbose=0).cache(_checks)
    if options.fresh:
        kept.clear(warn=False)
    tasks = [(page, name) for name in filter(_runs_here, options.arithmetics) for page in options.pages]
    work = Parallel(n_jobs=options.jobs, return_as="generator")(delayed(kept)(*task, _source(*task)) for task in tasks)
    checks = []
    for (page, name), found in zip(tasks, work):
        checks += found
        failed = sum(not check["passed"] for check in found)
        print(f"{page.stem}, {name}: {len(found)} checks, {failed} fail", flush=True)
    if options.values:
        print_values(checks)
    return report(checks)


def _options(arguments):
    parser = argparse.ArgumentParser(prog="python -m tests.elsewhere", description=__doc__)
    pages = [_page(number) for number in TRAINING]
    parser.add_argument("pages", nargs="*", type=_page, default=pages, help="numbers or paths (default: all training)")
    parser.add_argument("--arithmetics", nargs="+", choices=ARITHMETICS, default=list(ARITHMETICS), metavar="NAME")
    parser.add_argument("--jobs", type=int, default=1, help="pages at a time")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "elsewhere", help="where all checks are kept")
    parser.add_argument("--fresh", action="store_true", help="forget all that is kept, say after new recordings")
    parser.add_argument("--values", action="store_true", help="list median and spread of every value with a bound")
    return parser.parse_args(arguments)


def _page(name):
    paths = [Path(name).resolve()] if name.endswith(".ipynb") else list((ROOT / "notebooks").glob(f"{name}_*.ipynb"))
    if len(paths) != 1 or not paths[0].is_file():
        raise argparse.ArgumentTypeError(f"{name!r} is no page, expected a number such as 05, or a notebook's path")
    return paths[0]


def settings(name):
    """The environment variables of an arithmetic."""
    return dict(zip(VARIABLES, ARITHMETICS[name]))


def _environment(name):
    """The environment of a kernel: ours, the arithmetic, this package, and no messages of C libraries on the page."""
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, **settings(name), "PYTHONPATH": paths, "PYTEST_CURRENT_TEST": "elsewhere"}


def _runs_here(name):
    """Whether the processor has the instructions: OpenBLAS alone does not ask."""
    product = [sys.executable, "-c", "import numpy; numpy.ones((99, 99)) @ numpy.ones((99, 99))"]
    runs = subprocess.run(product, env=_environment(name), capture_output=True).returncode == 0
    if not runs:
        print(f"{name}: left out, not on this processor")
    return runs


def _source(page, name):
    """What the checks of a page depend on: a hash of the page, the package and the arithmetic."""
    sources = [page, SANITIZERS, *sorted((ROOT / "ddpg_tf").rglob("*.py"))]
    content = b"".join(path.read_bytes() for path in sources) + repr(settings(name)).encode()
    return hashlib.sha256(content).hexdigest()


def _checks(page, name, source):
    """The checks of a page under one arithmetic, each with the names of both."""
    return [{"page": page.stem, "arithmetic": name, **check} for check in checks_of(page, _environment(name))]


def report(checks):
    """Print what fails anywhere, what is narrow, and one line about all. Returns 1 if a check fails, else 0."""
    groups = by_check(checks)
    failing = [key for key, group in groups.items() if not all(check["passed"] for check in group)]
    close = [key for key, group in groups.items() if key not in failing and narrow(group)]
    unlike = [key for key, group in groups.items() if atypical(group)]
    for key in failing:
        _print("FAILS", key, [check for check in groups[key] if not check["passed"]])
    for key in close:
        _print("NARROW", key, sorted(groups[key], key=lambda check: check["margin"]))
    for key in unlike:
        _print("NOT TYPICAL", key, groups[key])
    pages, arithmetics = (len({check[name] for check in checks}) for name in ("page", "arithmetic"))
    print(f"{pages} pages, {arithmetics} arithmetics, {len(groups)} checks: {len(failing)} fail, {len(close)} narrow, "
          f"{len(unlike)} not as typical as they say")  # fmt: skip
    return int(bool(failing))


def by_check(checks):
    """The checks in groups: one check under all arithmetics. A sentence may stand in a cell more than once."""
    groups, seen = defaultdict(list), Counter()
    for check in checks:
        key = tuple(check[name] for name in ("page", "cell", "kind", "sentence"))
        seen[key, check["arithmetic"]] += 1
        groups[*key, seen[key, check["arithmetic"]]].append(check)
    return groups


def narrow(group):
    """Whether a bound is nearer, under the worst arithmetic, than half of the spread over the arithmetics."""
    sides = ([check["distances"][side] for check in group] for side in group[0]["distances"])
    return any(min(side) < (max(side) - min(side)) / 2 for side in sides)


def atypical(group):
    """Whether the median of the values lies outside of what the claim calls typical, value ± spread."""
    if group[0].get("typical") is None:
        return False
    center, spread = group[0]["typical"]
    return abs(median(check["value"] for check in group) - center) > spread


def print_values(checks):
    """A line for each value with a bound: its median over the arithmetics, the lowest and the highest."""
    for (page, cell, kind, sentence, _), group in by_check(checks).items():
        if kind == "bound":
            values = [check["value"] for check in group]
            print(f"{page[:2]}, cell {cell}: {sentence}: {median(values):.4g}, {min(values):.4g} to {max(values):.4g}")


def _print(title, key, checks):
    page, cell, kind, sentence, _ = key
    print(f"{title} {page}, cell {cell}, {kind}: {sentence}")
    for check in checks:
        margin = "" if check["margin"] is None else f", margin {check['margin']:.3g}"
        print(f"    {check['arithmetic']:9s} {check['value']} for {check['bound'] or True}{margin}")


if __name__ == "__main__":
    sys.exit(main())
