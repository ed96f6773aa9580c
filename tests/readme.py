"""`make readme`: write the tables of the README from what was recorded; nothing in them is typed by hand."""

import json
import re
from pathlib import Path
from statistics import median

import numpy as np

from ddpg_tf.lab.files import save_text
from ddpg_tf.lab.runs import load_recordings
from ddpg_tf.lab.statistics import summary, table_of_seeds

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "notebooks" / "results"
LANDERS = {"lunar-lander": "`lunar-lander`: stops at 230", "lunar-lander-long": "`lunar-lander-long`: 400,000 steps",
           "paper-lander": "`paper`: the settings of 2016"}  # fmt: skip
PENDULUMS = {"pendulum": "`pendulum`", "paper-pendulum": "`paper`"}


def main(path=ROOT / "README.md"):
    """Replace every block of the README by a new one."""
    save_text(path, renewed(path.read_text(encoding="utf-8")))


def renewed(text):
    """The text with the content of each `<!-- name -->` … `<!-- end -->` made again. KeyError for another name."""
    blocks = {"landers": landers, "seeds": seeds, "pendulums": pendulums, "speed": speed, "solve": solve}
    form = r"<!-- (?!end)(\w+) -->\n.*?<!-- end -->"
    return re.sub(form, lambda found: _block(found[1], blocks[found[1]]()), text, flags=re.DOTALL)


def _block(name, content):
    return f"<!-- {name} -->\n{content}\n<!-- end -->"


def landers():
    """Our recordings of the lander beside the published figures."""
    head = [
        "who",
        "solved",
        "steps to solved",
        "seconds to solved",
        "steps",
        "mean ± std",
        "share ≥ 200",
        "10th percentile",
    ]
    rows = [_lander(f"**DDPG, {words}**", RESULTS / name) for name, words in LANDERS.items()]
    return table(head, rows + [_published(peer) for peer in _read("published")])


def _lander(words, folder):
    recordings = load_recordings(folder)
    row, steps = summary(recordings), median(recording["result"]["steps"] for recording in recordings)
    returns = np.array([recording["returns"] for recording in recordings])
    return [
        words, f"{row['solved']} of {row['seeds']} seeds", _whole(row["steps_to_solved"]),
        _whole(row["seconds_to_solved"]), _whole(steps), f"{row['mean']:.1f} ± {returns.std():.1f}",
        f"{row['share_solved']:.1%}", f"{row['p10']:.1f}",
    ]  # fmt: skip


def _published(peer):
    std = f" ± {peer['std']:.1f}" if "std" in peer else ""
    share, p10 = (
        f"{peer[name]:{form}}" if name in peer else "" for name, form in (("share_solved", ".1%"), ("p10", ".1f"))
    )
    return [peer["who"], f"{peer['runs']} run", "", "", _whole(peer["steps"]), f"{peer['mean']:.1f}{std}", share, p10]


def seeds():
    """Every seed of the setting that page 07 trains."""
    return table_of_seeds(load_recordings(RESULTS / "lunar-lander"))


def pendulums():
    """Our recordings of the pendulum."""
    head = ["settings", "seeds", "steps", "seconds of training, median and most", "mean return, worst to best seed"]
    return table(head, [_pendulum(words, RESULTS / name) for name, words in PENDULUMS.items()])


def _pendulum(words, folder):
    results = [recording["result"] for recording in load_recordings(folder)]
    seconds, means = ([result[name] for result in results] for name in ("train_seconds", "mean"))
    steps = f"{median(result['steps'] for result in results):,.0f}"
    return [
        words,
        str(len(results)),
        steps,
        f"{median(seconds):.0f}, {max(seconds):.0f}",
        f"{min(means):.1f} to {max(means):.1f}",
    ]


def speed():
    """The pieces of the work, ours beside the peer's, from one run."""
    peers = _read("peers")
    ours, theirs = peers["ours"], peers["sb3"]
    rows = []
    for name, products in ours["products"].items():
        words = f"updates per second, {name} (the matrix products alone would allow {products:,.0f})"
        rows.append([words, f"{ours[name]:,.0f}", f"{theirs[name]:,.0f}", f"{ours[name] / theirs[name]:.1f}"])
    for name, words in (("action", "one action"), ("add", "memory: one transition in"), ("sample", "memory: 256 out")):
        rows.append([f"{words}, µs", f"{ours[name]:.1f}", f"{theirs[name]:.1f}", f"{theirs[name] / ours[name]:.1f}"])
    about = (
        f"{peers['date']}, {peers['machine']}; stable-baselines3 {theirs['version']} with PyTorch {theirs['torch']}."
    )
    return f"{table(['what', 'ours', 'SB3', 'times better'], rows)}\n\n{about}"


def solve():
    """From nothing to solved, ours beside the peer's, from the same run."""
    rows = [
        [who, str(run["seed"]), _whole(run["steps"]), f"{run['seconds']:,.0f}", "yes" if run["solved"] else "no",
         "" if run["exam"] is None else f"{run['exam']:.1f}"]
        for who, runs in _read("peers")["solve"].items()
        for run in runs
    ]  # fmt: skip
    return table(["who", "seed", "steps", "seconds of training", "solved", "mean of the exam"], rows)


def table(head, rows):
    """A Markdown table: the first column to the left, the others to the right."""
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _read(name):
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def _whole(number):
    return "–" if number is None else f"{number:,.0f}"


if __name__ == "__main__":
    main()
