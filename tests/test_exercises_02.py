"""The checkers of notebook 02 accept the right answer and name the mistake of each wrong one."""

import numpy as np
import pytest
from scipy.stats import norm

from ddpg_tf.course.exercises.ou_noise import check_correlation_time, check_firing_rate, check_sigma_for_width


def correlation_time(theta):
    return -1 / np.log(1 - theta)


def sigma_for_width(theta, width):
    return width * np.sqrt(theta * (2 - theta))


def firing_rate(mu, width, threshold=0.5):
    return norm.sf(threshold, mu, width) + norm.cdf(-threshold, mu, width)


RIGHT = [
    (check_correlation_time, correlation_time),
    (check_sigma_for_width, sigma_for_width),
    (check_firing_rate, firing_rate),
]
WRONG = [
    (check_correlation_time, lambda theta: 1 / theta, "limit for small theta"),
    (check_correlation_time, lambda theta: np.log(0.5) / np.log(1 - theta), "half-life"),
    (check_correlation_time, lambda theta: 1 / np.log(1 - theta), "sign"),
    (check_correlation_time, lambda theta: -np.log(1 - theta), "inverse"),
    (check_correlation_time, lambda theta: -0.5 / np.log(1 - theta), "variance"),
    (check_correlation_time, lambda theta: int(correlation_time(theta)), "between steps 6 and 7"),
    (check_correlation_time, lambda theta: round(correlation_time(theta)), "between steps 6 and 7"),
    (check_correlation_time, lambda theta: np.ceil(correlation_time(theta)), "between steps 6 and 7"),
    (check_sigma_for_width, lambda theta, width: width / np.sqrt(theta * (2 - theta)), "forwards"),
    (check_sigma_for_width, lambda theta, width: width * theta * (2 - theta), "root is missing"),
    (check_sigma_for_width, lambda theta, width: width * np.sqrt(2 * theta), "limit for small theta"),
    (check_sigma_for_width, lambda theta, width: width * theta, "were to agree"),
    (check_sigma_for_width, lambda theta, width: width, "without memory"),
    (check_firing_rate, lambda mu, width, edge=0.5: 2 * norm.sf(edge / width), "mu is not used"),
    (check_firing_rate, lambda mu, width, edge=0.5: norm.sf(edge, mu, width), "two side engines"),
    (check_firing_rate, lambda mu, width, edge=0.5: 2 * norm.sf(edge, mu, width), "equal only at mu = 0"),
    (check_firing_rate, lambda mu, width, edge=0.5: 1 - firing_rate(mu, width, edge), "inside the dead zone"),
    (check_firing_rate, lambda mu, width, edge=0.5: firing_rate(mu, width**0.5, edge), "not its root"),
    (check_firing_rate, lambda mu, width, edge=0.5: firing_rate(mu, width**2, edge), "not its square"),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_the_right_answer_gets_no_hint(check, answer, capsys):
    assert check.__wrapped__(answer) is None
    check(answer)
    assert capsys.readouterr().out == f"✓ {answer.__name__} is right\n"


@pytest.mark.parametrize(("check", "answer", "words"), WRONG)
def test_a_wrong_answer_gets_the_hint_that_names_the_mistake(check, answer, words):
    assert words in check.__wrapped__(answer)


def test_every_mistake_has_a_hint_of_its_own():
    for check, _ in RIGHT:
        hints = {}
        for checked, answer, words in WRONG:
            if checked is check:
                hints.setdefault(check.__wrapped__(answer), set()).add(words)
        assert len(hints) >= 2
        assert all(len(words) == 1 for words in hints.values())


@pytest.mark.parametrize(
    ("check", "answer", "shown"),
    [
        (check_correlation_time, lambda theta: theta + 40, "(0.15,) gives 40.15, expected 6.15313"),
        (check_correlation_time, lambda theta: None, "gives None, expected"),
        (check_sigma_for_width, lambda theta, width: 7.0, "(0.15, 0.38) gives 7, expected 0.200177"),
        (check_firing_rate, lambda mu, width, edge=0.5: 7.0, "(0.45, 0.1, 0.5) gives 7, expected 0.308538"),
    ],
)
def test_an_unknown_wrong_answer_gets_input_output_and_expectation(check, answer, shown):
    assert shown in check.__wrapped__(answer)
