"""`make bench-peers`: ours beside stable-baselines3 in one run, written to notebooks/results/peers.json.

The peer runs in an environment of its own, build/peers, with the same gymnasium and the same judging.
"""

import json
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from ddpg_tf.agent import xla_works
from ddpg_tf.config import LUNAR_LANDER
from ddpg_tf.lab.files import save_text
from ddpg_tf.lab.runs import machine, record_many
from tests.benchmarks.ours import action_microseconds, memory_microseconds, products_per_second, updates_per_second

ROOT = Path(__file__).parents[2]
SEEDS = range(2)
MINUTES = 12  # of training at most for a peer that does not solve it


def main():
    """Measure one after the other; of the trainings, as many side by side as there are seeds, one core each."""
    results = {"date": date.today().isoformat(), "machine": machine(), "xla": xla_works()}
    results["ours"], results["sb3"] = ours(), answer(peer("speed"))
    results["solve"] = {
        "ours": solve_ours(),
        "SB3 with our settings": solve_peer("ours"),
        "SB3 with the zoo's settings": solve_peer("zoo"),
    }
    save_text(ROOT / "notebooks" / "results" / "peers.json", json.dumps(results, indent=1) + "\n")


def ours():
    """The same figures as `sb3.speed`, and what the matrix products allow."""
    add, sample, _, _ = memory_microseconds(100_000)
    cases = {"64-64, batch 256": ((64, 64), 256), "400-300, batch 64": ((400, 300), 64)}
    return {
        **{name: updates_per_second(*case) for name, case in cases.items()},
        "products": {name: products_per_second(*case) for name, case in cases.items()},
        "action": action_microseconds((64, 64))[0],
        "add": add,
        "sample": sample,
    }


def solve_ours():
    """Our trainings of the seeds: steps and seconds to solved, and the exam of the policy that is kept."""
    with TemporaryDirectory() as folder:
        recordings = record_many(replace(LUNAR_LANDER, average_rate=1.0), SEEDS, folder, jobs=len(SEEDS))
        results = sorted((recording["result"] for recording in recordings), key=lambda result: result["seed"])
    return [
        {"seed": result["seed"], "steps": result["steps_to_solved"], "seconds": result["seconds_to_solved"],
         "solved": result["solved"], "exam": result["mean"]}
        for result in results
    ]  # fmt: skip


def solve_peer(settings):
    """The peer's trainings of the seeds."""
    started = [peer("solve", settings, seed, MINUTES) for seed in SEEDS]
    return [answer(process) for process in started]


def peer(*arguments):
    """A process of `sb3.py` in the peer's environment."""
    command = [ROOT / "build" / "peers" / "bin" / "python", "-m", "tests.benchmarks.sb3", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def answer(process):
    """What it printed, as a dict. Raises CalledProcessError where it failed."""
    out, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return json.loads(out)


if __name__ == "__main__":
    main()
