"""What many runs say together: the interquartile mean, its bootstrap interval, and the figures of a set of runs."""

import numpy as np
from scipy import stats

from ddpg_tf.checks import check


def interquartile_mean(values, axis=0):
    """Mean of the middle half along an axis: less moved by one lucky or unlucky run than the mean."""
    return stats.trim_mean(values, 0.25, axis=axis)


def bootstrap_interval(values, statistic=interquartile_mean, seed=0):
    """95 % percentile bootstrap interval of a statistic over the first axis.

    values: shape (runs, …), two runs at least. Returns (low, high), each of shape (…).
    """
    rng = np.random.default_rng(seed)
    settings = {"axis": 0, "method": "percentile", "n_resamples": 2_000}
    return stats.bootstrap((values,), statistic, rng=rng, **settings).confidence_interval


def holm(p):
    """p-values corrected for their number, in the order given. Holm 1979: smallest times n, next times n - 1, …"""
    steps = np.maximum.accumulate(np.arange(len(p), 0, -1) * np.sort(p))
    return np.minimum(steps, 1.0)[np.argsort(np.argsort(p))]


def summary(recordings):
    """The figures of many recordings of one setting, of which `runs.record` returns one, as a dict.

    Counts: seeds, solved. Medians over the solved seeds, None where there is none: steps_to_solved, seconds_to_solved.
    Median over all seeds: train_seconds. Over all episodes of all seeds: mean, share_solved, p10. Over the seeds'
    means: iqm and its interval, low and high (None for one seed). Raises ValueError for no recordings.
    """
    check("summary: the number of recordings", len(recordings), "at least one; run some seeds first", bool)
    results = [recording["result"] for recording in recordings]
    solved = [result for result in results if result["solved"]]
    returns = np.array([recording["returns"] for recording in recordings])
    means = returns.mean(axis=1)
    low, high = map(float, bootstrap_interval(means)) if len(means) > 1 else (None, None)
    median = lambda name, rows: float(np.median([row[name] for row in rows])) if rows else None  # noqa: E731
    return {
        "seeds": len(results),
        "solved": len(solved),
        "steps_to_solved": median("steps_to_solved", solved),
        "seconds_to_solved": median("seconds_to_solved", solved),
        "train_seconds": median("train_seconds", results),
        "mean": float(returns.mean()),
        "share_solved": float(np.mean([result["share_solved"] for result in results])),
        "p10": float(np.percentile(returns, 10)),
        "iqm": float(interquartile_mean(means)),
        "low": low,
        "high": high,
    }


def table_of_seeds(recordings):
    """One line per seed in Markdown, in the order of the seeds: when it was solved, and its exam."""
    lines = [
        "| seed | steps to solved | seconds | steps trained | seconds | mean ± std | share ≥ bar | 10th percentile |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in sorted((recording["result"] for recording in recordings), key=lambda result: result["seed"]):
        steps, seconds = (row["steps_to_solved"], row["seconds_to_solved"]) if row["solved"] else (None, None)
        lines.append(
            f"| {row['seed']} | {_whole(steps)} | {_whole(seconds)} | {row['steps']:,} | {row['train_seconds']:.0f} "
            f"| {row['mean']:.1f} ± {row['std']:.1f} | {row['share_solved']:.0%} | {row['p10']:.1f} |"
        )
    return "\n".join(lines)


def table_of_settings(sets):
    """One line per set of recordings in Markdown: `summary` of each. sets: dict of name to recordings."""
    lines = [
        "| setting | solved | steps to solved | seconds | seconds trained | mean of all | share ≥ bar "
        "| 10th percentile | IQM of trainings [95 %] |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, recordings in sets.items():
        row = summary(recordings)
        interval = "" if row["low"] is None else f" [{row['low']:.1f}, {row['high']:.1f}]"
        lines.append(
            f"| {name} | {row['solved']} of {row['seeds']} | {_whole(row['steps_to_solved'])} "
            f"| {_whole(row['seconds_to_solved'])} | {_whole(row['train_seconds'])} | {row['mean']:.1f} "
            f"| {row['share_solved']:.1%} | {row['p10']:.1f} | {row['iqm']:.1f}{interval} |"
        )
    return "\n".join(lines)


def _whole(number):
    return "–" if number is None else f"{number:,.0f}"
