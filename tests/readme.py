"""`make readme`: write the tables of README and docs/results.md from recordings; no figure is typed by hand."""

import json
import re
from functools import cache
from pathlib import Path
from statistics import median

import numpy as np

from ddpg_tf.config import LUNAR_LANDER
from ddpg_tf.course.worlds import lander_pilot
from ddpg_tf.evaluation import TEST_SEEDS, evaluate
from ddpg_tf.lab.files import save_text
from ddpg_tf.lab.runs import load_recordings
from ddpg_tf.lab.statistics import summary
from tests.elsewhere.trainings import ARITHMETICS
from tests.pages import TIME

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "notebooks" / "results"
FIRST = RESULTS / "first-edition"
FILES = (ROOT / "README.md", ROOT / "docs" / "results.md")
LANDERS = {"lunar-lander-long": "first edition, long: these settings, older code, no average",
           "paper-lander": "the paper's settings",
           "lunar-lander": "first edition, stopped at a selection of 230"}  # fmt: skip
EXAMS = ["trainings", "worst mean", "median", "best", "ahead of the pilot by hand", "share ≥ 200"]


def main():
    """Replace every block of both files by a new one."""
    for path in FILES:
        save_text(path, renewed(path.read_text(encoding="utf-8")))


def renewed(text):
    """The text with the content of each `<!-- name -->` … `<!-- end -->` made again. KeyError for another name."""
    blocks = {block.__name__: block for block in (pages, best, landers, trainings, tried, average, speed, solve)}
    form = r"(<!-- (?!end)(\w+) -->\n)(.*?)\n?(<!-- end -->)"
    return re.sub(form, lambda found: f"{found[1]}{blocks[found[2]](found[3])}\n{found[4]}", text, flags=re.DOTALL)


def pages(rows):
    """The table of the pages with the times that stand at their tops."""
    head, rule, *rows = rows.splitlines()
    found = [re.match(r"(\| \[.*?\]\((.*?)\) \| .*? \|) ", row) for row in rows]
    times = [re.search(TIME, (ROOT / row[2]).read_text(encoding="utf-8")) for row in found]
    return "\n".join([head, rule, *(f"{row[1]} {time[1]} | {time[2]} |" for row, time in zip(found, times))])


def best(_):
    """Page 07's recordings between the pilot by hand and the published figures, in a few columns."""
    rows = [_by_hand(), _lander("**DDPG, page 07**", new_recordings()), *map(_published, _read("published"))]
    head = ["who", "trainings", "steps", "mean ± std", "share ≥ 200", "10th percentile"]
    return table(head, [[row[0], row[1], *row[4:]] for row in rows])


def landers(_):
    """Our recordings of the lander beside the published figures."""
    head = ["who", "solved", "steps to solved", "seconds to solved", "steps", "mean ± std", "share ≥ 200",
            "10th percentile"]  # fmt: skip
    rows = [_by_hand(), _lander("**DDPG, page 07**", new_recordings())]
    rows += [_lander(f"DDPG, {words}", load_recordings(FIRST / name)) for name, words in LANDERS.items()]
    return table(head, rows + [_published(peer) for peer in _read("published")])


def new_recordings(arithmetics=ARITHMETICS):
    """The recordings of page 07's settings, under these arithmetics."""
    return [recording for name in arithmetics for recording in load_recordings(RESULTS / "lunar-lander" / name)]


@cache
def _pilot():
    return evaluate(lander_pilot, LUNAR_LANDER.env, TEST_SEEDS)


def _by_hand():
    flights = _pilot()
    return ["**pilot by hand, page 00**", "", "", "", "", f"{flights.mean:.1f} ± {flights.std:.1f}",
            f"{flights.share(200):.1%}", f"{flights.p10:.1f}"]  # fmt: skip


def _lander(words, recordings):
    row, steps = summary(recordings), median(recording["result"]["steps"] for recording in recordings)
    returns = np.array([recording["returns"] for recording in recordings])
    return [
        words, f"{row['solved']} of {row['seeds']} solved", _whole(row["steps_to_solved"]),
        _whole(row["seconds_to_solved"]), _whole(steps), f"{row['mean']:.1f} ± {returns.std():.1f}",
        f"{row['share_solved']:.1%}", f"{row['p10']:.1f}",
    ]  # fmt: skip


def _published(peer):
    form = {"std": " ± {:.1f}", "share_solved": "{:.1%}", "p10": "{:.1f}"}
    std, share, p10 = (form[name].format(peer[name]) if name in peer else "" for name in form)
    return [peer["who"], f"{peer['runs']} run", "", "", _whole(peer["steps"]), f"{peer['mean']:.1f}{std}", share, p10]


def trainings(_):
    """The exam means of page 07's settings, by the arithmetic that the training was made with."""
    groups = {**{name: [name] for name in ARITHMETICS}, "all": ARITHMETICS}
    rows = [_exams(name, [run["returns"] for run in new_recordings(group)]) for name, group in groups.items()]
    return table(["arithmetic", *EXAMS], rows)


def tried(_):
    """The settings of the lander that were tried before one was recorded."""
    rows = [[*_exams(name, group["returns"]), _whole(group["seconds"])] for name, group in _read("tried").items()]
    return table(["batch, actor's rate, steps", *EXAMS, "seconds"], rows)


def average(_):
    """The trainings that were made without the average, and the same with it."""
    before = _read("tried")["256, 3e-4, 400,000, as page 07 without the average"]
    made = {(name, run["seed"]): run for name in ARITHMETICS for run in new_recordings([name])}
    after = [made[key] for key in zip(before["arithmetics"], before["seeds"], strict=True)]
    returns = [before["returns"], [run["returns"] for run in after]]
    curves = np.array([before["selections"], [[mean for *_, mean in run["selections"]] for run in after]])
    falls, gains = -np.diff(curves).min(axis=2), np.subtract(*np.mean(returns[::-1], axis=2))
    pairs = zip(("the actor itself", "its average"), returns, falls)
    rows = [[*_exams(name, flights), f"{np.median(fall):.0f}"] for name, flights, fall in pairs]
    better, smaller = np.sum(gains > 0), np.sum(falls[1] < falls[0])
    words = f"It lifts {better} of {len(gains)} exams, and their mean by {gains.mean():.1f}; {smaller} falls are smaller."
    return f"{table(['what is kept', *EXAMS, 'largest fall between evaluations, median'], rows)}\n\n{words}"


def _exams(name, returns):
    means, bar = np.mean(returns, axis=1), _pilot().mean
    figures = (f"{figure:.1f}" for figure in (means.min(), np.median(means), means.max()))
    return [name, str(len(means)), *figures, str(np.sum(means > bar)), f"{np.mean(np.array(returns) >= 200):.1%}"]


def speed(_):
    """The pieces of the work, ours beside the peer's, from one run."""
    peers = _read("peers")
    ours, theirs = peers["ours"], peers["sb3"]
    rows = []
    for name, products in ours["products"].items():
        words = f"updates per second, {name} (the matrix products alone would allow {products:,.0f})"
        rows.append([words, f"{ours[name]:,.0f}", f"{theirs[name]:,.0f}", f"{ours[name] / theirs[name]:.1f}"])
    for name, words in (("action", "one action"), ("add", "memory: one transition in"), ("sample", "memory: 256 out")):
        rows.append([f"{words}, µs", f"{ours[name]:.1f}", f"{theirs[name]:.1f}", f"{theirs[name] / ours[name]:.1f}"])
    versions = f"stable-baselines3 {theirs['version']} with PyTorch {theirs['torch']}"
    return f"{table(['what', 'ours', 'SB3', 'times better'], rows)}\n\n{peers['date']}, {peers['machine']}; {versions}."


def solve(_):
    """From nothing to solved, ours beside the peer's, from the same run."""
    rows = [[who, str(run["seed"]), _whole(run["steps"]), f"{run['seconds']:,.0f}", "yes" if run["solved"] else "no",
             "" if run["exam"] is None else f"{run['exam']:.1f}"]
            for who, runs in _read("peers")["solve"].items() for run in runs]  # fmt: skip
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
