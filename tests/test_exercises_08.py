"""The checkers of notebook 08 accept every right answer and name the mistake of each wrong one."""

from statistics import mean, median

import numpy as np
import pytest
from scipy import stats

from ddpg_tf.course.exercises.how_sure_are_we import check_at_most, check_iqm, check_wins


def iqm_by_sorting(values):
    quarter = len(values) // 4
    return sum(sorted(values)[quarter : len(values) - quarter]) / (len(values) - 2 * quarter)


def wins_by_mann_whitney(ours, theirs):
    return 1 - stats.mannwhitneyu(ours, theirs).statistic / (len(ours) * len(theirs))


def wins_by_loops(ours, theirs):
    return mean((a < b) + 0.5 * (a == b) for a in ours for b in theirs)


RIGHT = [
    (check_iqm, iqm_by_sorting),
    (check_iqm, lambda values: stats.trim_mean(values, 0.25)),
    (check_at_most, lambda K: 1 - 0.05 ** (1 / K)),
    (check_at_most, lambda K: stats.beta.ppf(0.95, 1, K)),  # Clopper and Pearson's bound
    (check_wins, wins_by_loops),
    (check_wins, wins_by_mann_whitney),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_right_answers_pass(check, answer, capsys):
    check(answer)
    assert capsys.readouterr().out.startswith("✓ ")


def trimmed(values, low, high):
    values = sorted(values)
    return mean(values[low : len(values) - high])


WRONG = [
    (check_iqm, mean, "mean of all"),
    (check_iqm, median, "median"),
    (check_iqm, lambda v: trimmed(v, len(v) // 4, 0), "only the low end"),
    (check_iqm, lambda v: trimmed(v, 0, len(v) // 4), "only the high end"),
    (check_iqm, lambda v: mean(v[len(v) // 4 : len(v) - len(v) // 4]), "sort first"),
    (check_iqm, lambda v: trimmed(v, round(len(v) / 4 + 0.49), round(len(v) / 4 + 0.49)), "round the quarter down"),
    (check_iqm, lambda v: np.mean(sorted(v)[len(v) // 4 : -(len(v) // 4)]), "gives nan"),  # an empty slice for three
    (check_at_most, lambda K: 0.0, "does not make a failure impossible"),
    (check_at_most, lambda K: 1 / K, "one failure in K"),
    (check_at_most, lambda K: 3 / K, "rule of three"),
    (check_at_most, lambda K: 0.05 ** (1 / K), "a failure is the rest"),
    (check_at_most, lambda K: 1 - 0.95 ** (1 / K), "rare"),
    (check_at_most, lambda K: 1 - 0.025 ** (1 / K), "one-sided"),
    (check_at_most, lambda K: 1 - 0.05**K, "a root"),
    (check_at_most, lambda K: 0.1, "gives 0.1, expected"),
    (check_wins, lambda a, b: np.mean(np.less.outer(a, b)), "equal steps count as half"),
    (check_wins, lambda a, b: np.mean(np.less_equal.outer(a, b)), "not as a whole"),
    (check_wins, lambda a, b: 1 - wins_by_loops(a, b), "fewer steps win"),
    (check_wins, lambda a, b: mean(x < y for x, y in zip(a, b)), "nothing in common"),
    (check_wins, lambda a, b: float(median(a) < median(b)), "medians"),
    (check_wins, lambda a, b: float(mean(a) < mean(b)), "means"),
]


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value")
@pytest.mark.parametrize(("check", "answer", "words"), WRONG)
def test_wrong_answers_are_refused_by_the_name_of_their_mistake(check, answer, words):
    assert words in check.__wrapped__(answer)
