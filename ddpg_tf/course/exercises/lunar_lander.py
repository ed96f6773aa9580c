"""Checkers for notebook 07, lunar lander."""

import math

import numpy as np

from ddpg_tf.course.exercises import checker, hint_for_number

_BAR, _LAST = 200, 100
_SAMPLE = tuple(np.random.default_rng(7).normal(230, 70, 100).round(1).tolist())
_SPREAD = ((_SAMPLE,), (_SAMPLE[:30],), ((240.0, 160.0, 260.0, -20.0),))


def _sequence(*parts):
    """(name, returns) from (return, count) pairs."""
    return [value for value, count in parts for _ in range(count)]


_HISTORIES = {  # each tells at least one mistake from the right answer
    "100 returns of 250": _sequence((250, 100)),
    "100 returns of 190": _sequence((190, 100)),
    "100 returns of 150 and, among them, one of 280": _sequence((150, 60), (280, 1), (150, 40)),
    "100 returns of 150, then one of 280": _sequence((150, 100), (280, 1)),
    "100 returns of 250, of which the last is -50": _sequence((250, 99), (-50, 1)),
    "20 returns of 250": _sequence((250, 20)),
    "300 returns of -200, then 100 of 250": _sequence((-200, 300), (250, 100)),
    "100 returns of 250, then 100 of 0": _sequence((250, 100), (0, 100)),
    "60 returns of 260, then 40 of 0": _sequence((260, 60), (0, 40)),
    "100 returns of 200 exactly": _sequence((200, 100)),
}


def _window(returns):
    return list(returns)[-_LAST:]


def _solved(returns):
    return len(returns) >= _LAST and sum(_window(returns)) / _LAST >= _BAR


def _mean(returns):
    return sum(returns) / len(returns)


@checker
def check_is_solved(answer):
    """`answer(returns)`: whether the mean of the last 100 returns is at least 200."""
    few = "twenty good landings are no hundred: with fewer than 100 returns the answer is False"
    wrong = [
        (lambda r: max(r) >= _BAR, "that is the maximum: one lucky landing is enough for it"),
        (lambda r: r[-1] >= _BAR, "that is the last return alone"),
        (lambda r: _mean(_window(r)) >= _BAR, few),
        (lambda r: _mean(r) >= _BAR, "that is the mean of all returns, and of too few"),
        (lambda r: len(r) >= _LAST and _mean(r) >= _BAR, "that is the mean of all returns, not of the last 100"),
        (lambda r: len(r) >= _LAST and _mean(r[:_LAST]) >= _BAR, "these are the first 100 returns, not the last"),
        (lambda r: len(r) >= _LAST and min(_window(r)) >= _BAR, "every landing at 200 is more than the mean at 200"),
        (lambda r: len(r) >= _LAST and _median(_window(r)) >= _BAR, "that is the median, blind to the crashes"),
        (lambda r: len(r) >= _LAST and _mean(_window(r)) > _BAR, "exactly 200 is solved: at least, not above"),
        (lambda r: not _solved(r), "it is the wrong way round"),
    ]
    given = {name: answer(list(returns)) for name, returns in _HISTORIES.items()}
    kind = next((value for value in given.values() if not isinstance(value, (bool, np.bool_))), None)
    if kind is not None:
        return f"it gives {kind!r}, expected True or False"
    return _verdict_hint(given, wrong)


def _median(returns):
    return float(np.median(returns))


def _verdict_hint(given, wrong):
    """None if the answer is right about every history, else the hint of the mistake it equals, or the first error."""
    if all(given[name] == _solved(returns) for name, returns in _HISTORIES.items()):
        return None
    for mistake, words in wrong:
        if all(given[name] == mistake(returns) for name, returns in _HISTORIES.items()):
            return words
    name = next(name for name, returns in _HISTORIES.items() if given[name] != _solved(returns))
    return f"{name}: it gives {bool(given[name])}, expected {_solved(_HISTORIES[name])}"


@checker
def check_standard_error(answer):
    """`answer(returns)`: the standard error of the mean, from either standard deviation (ddof 0 or 1)."""
    wrong = [
        (lambda r: np.std(r), "that is the spread of one landing; the mean of n landings is better known: divide"),
        (lambda r: np.std(r, ddof=1), "that is the spread of one landing; divide it for the mean of n"),
        (lambda r: np.var(r) / len(r), "that is the variance of the mean; its root is missing"),
        (lambda r: np.var(r, ddof=1) / len(r), "that is the variance of the mean; its root is missing"),
        (lambda r: np.std(r) / len(r), "divide by the root of n, not by n: variances add, spreads do not"),
        (lambda r: np.std(r, ddof=1) / len(r), "divide by the root of n, not by n: variances add, spreads do not"),
        (lambda r: np.var(r) / len(r) ** 0.5, "that has the variance above the line; it takes its root"),
        (lambda r: np.mean(r) / len(r) ** 0.5, "that has the mean above the line; it takes the spread"),
        (lambda r: np.std(r) / 10, "n is not always 100: use the length of returns"),
    ]
    either = (lambda r: np.std(r, ddof=1) / len(r) ** 0.5,)
    return _hint(answer, lambda r: np.std(r) / len(r) ** 0.5, wrong, _SPREAD, also=either)


@checker
def check_landings_needed(answer):
    """`answer(spread, error)`: the least number of landings whose mean has at most this standard error."""

    def right(spread, error):
        return math.ceil((spread / error) ** 2)

    whole = "a number of landings is whole, and one too few leaves the error too large: round up"
    wrong = [
        (lambda s, e: math.ceil(s / e), "the square is missing: half the error takes four times the landings"),
        (lambda s, e: s / e, "the square is missing: half the error takes four times the landings"),
        (lambda s, e: math.floor((s / e) ** 2), whole),
        (lambda s, e: round((s / e) ** 2), whole),
        (lambda s, e: (s / e) ** 2, whole),
        (lambda s, e: math.ceil(s**2 / e), "the error has to be squared too"),
        (lambda s, e: math.ceil((e / s) ** 2), "upside down: a larger spread takes more landings"),
        (lambda s, e: math.ceil((s / e) ** 0.5), "solve for n: it stands under a root, so the other side is squared"),
    ]
    return _hint(answer, right, wrong, [(90, 7), (92.4, 5), (15, 4.5), (60, 6), (80, 10.0)])


def _hint(answer, right, wrong, cases, also=()):
    """`hint_for_number`, with the returns of a case given as an array."""
    return hint_for_number(lambda *case: answer(*map(_copy, case)), right, wrong, cases, also=also, shown=_shown)


def _copy(value):
    """Returns as an array, as the page has them; numbers as they are."""
    return np.array(value) if isinstance(value, tuple) else value


def _shown(case):
    """The input, short enough for a line."""
    if isinstance(case[0], tuple) and len(case[0]) > 4:
        return f"a list of {len(case[0])} returns"
    return f"{case[0] if len(case) == 1 else case}"
