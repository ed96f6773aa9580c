"""Checkers for notebook 04, the deterministic policy gradient."""

import numpy as np

from ddpg_tf.course.exercises import checker

_TOLERANCE = 1e-6  # relative: answers are a few products, and float32 is welcome


@checker
def check_linear_policy_gradient(answer):
    """`answer(states, ascent)`: gradient of J = mean Q(s, mu(s)) in W, where mu(s) = s W. Shape of W."""

    def right(states, ascent):
        return states.T @ ascent / len(states)

    wrong = [
        (lambda s, v: s.T @ v, "that is the sum over the batch; J is a mean, so divide by N"),
        (lambda s, v: -right(s, v), "the sign: that is the gradient of -J, and it leads downhill"),
        (lambda s, v: -(s.T @ v), "the sign, and the sum over the batch: J is a mean, and it goes uphill"),
        (lambda s, v: right(s, v).T, "transposed: the gradient has the shape of W, (state_size, action_size)"),
        (lambda s, v: (s.T @ v).T, "transposed, and a sum over the batch: the gradient has the shape of W"),
        (lambda s, v: s.T @ v / v.size, "divided by all entries of ascent; the mean is over the N states only"),
        (lambda s, v: np.outer(s.mean(0), v.mean(0)), "the mean of the products is not the product of the means"),
        (lambda s, v: v.mean(0), "that is the mean action gradient; the factor dmu/dW, the states, is missing"),
        (lambda s, v: np.sign(s.T @ v), "the signs alone: the size of a product is the vote of its state"),
    ]
    rng = np.random.default_rng(0)
    cases = [(np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]]), np.array([[1.0, 3.0], [2.0, -2.0]]))]
    return _hint(answer, right, wrong, cases + [(rng.normal(size=(8, 3)), rng.normal(size=(8, 2)))])


@checker
def check_action_gradient_by_hand(answer):
    """`answer(V, c, v, states, actions)`: dQ/da of each row, Q(s, a) = relu([s, a] V + c) v."""

    def awake(V, c, states, actions):
        return np.concatenate([states, actions], axis=1) @ V + c > 0

    def right(V, c, v, states, actions):
        return (awake(V, c, states, actions) * v) @ V[states.shape[1] :].T

    def no_mask(V, c, v, s, a):
        return np.tile(V[s.shape[1] :] @ v, (len(s), 1))

    def activations(V, c, v, s, a):
        return (np.maximum(np.concatenate([s, a], axis=1) @ V + c, 0) * v) @ V[s.shape[1] :].T

    wrong = [
        (no_mask, "the ReLU is missing: a unit that sleeps in a row passes nothing back in that row"),
        (
            lambda V, c, v, s, a: (awake(V, c, s, a) * v) @ V[: s.shape[1]].T,
            "that is the slope in the states: the action's rows of V come after the state's",
        ),
        (
            lambda V, c, v, s, a: (awake(V, c, s, a) * v) @ V[: a.shape[1]].T,
            "those are the first rows of V, the state's; the action's rows come last",
        ),
        (lambda V, c, v, s, a: (awake(V, c, s, a) * v) @ V.T, "the slope in states and actions: keep the action's"),
        (activations, "the ReLU's slope is 0 or 1; you multiplied with its output"),
        (lambda *x: right(*x) / len(x[3]), "divided by N: the mean over the batch comes later, here is one row each"),
        (lambda *x: right(*x).mean(0), "one row for each state, please: the mean over the batch comes later"),
        (lambda *x: right(*x).sum(0), "one row for each state, please: do not sum over the batch"),
        (lambda *x: -right(*x), "the sign: the action gradient points to where Q rises"),
        (
            lambda V, c, v, s, a: awake(V, c, s, a) @ V[s.shape[1] :].T,
            "the last layer is missing: each unit counts with its weight in v",
        ),
        (
            lambda V, c, v, s, a: right(V, 0 * c, v, s, a),
            "the bias c is missing: it decides which units sleep",
        ),
    ]
    rng = np.random.default_rng(1)
    cases = [
        (rng.normal(size=(s + a, 6)), rng.normal(size=6), rng.normal(size=6), rng.normal(size=(5, s)),
         rng.normal(size=(5, a)))
        for s, a in ((3, 2), (2, 1))
    ]  # fmt: skip
    return _hint(answer, right, wrong, cases)


@checker
def check_slope_of_the_squash(answer):
    """`answer(a, low, high)`: da/dz of a = middle + half tanh(z), from the action alone."""

    def half(low, high):
        return (high - low) / 2

    def unit(a, low, high):
        """tanh(z), the action in units of half the range."""
        return (a - (high + low) / 2) / half(low, high)

    def right(a, low, high):
        return half(low, high) * (1 - unit(a, low, high) ** 2)

    wrong = [
        (lambda a, low, high: 1 - a**2, "right only for the bounds -1 and 1: take the action back to tanh(z) first"),
        (lambda a, low, high: 1 - unit(a, low, high) ** 2, "that is the slope of the tanh; the range multiplies it"),
        (
            lambda a, low, high: (high - low) * (1 - unit(a, low, high) ** 2),
            "twice too large: half of the range multiplies the tanh",
        ),
        (
            lambda a, low, high: half(low, high) * (1 - (a / half(low, high)) ** 2),
            "the middle of the range is missing: right only for bounds that are symmetric",
        ),
        (
            lambda a, low, high: half(low, high) * (1 - (a / high) ** 2),
            "right only for bounds that are symmetric: the middle of the range is missing",
        ),
        (
            lambda a, low, high: half(low, high) * (1 - np.tanh(a) ** 2),
            "a is the action, already squashed: do not put it through the tanh again",
        ),
        (lambda a, low, high: 1 - np.tanh(a) ** 2, "a is the action, already squashed: no second tanh"),
        (
            lambda a, low, high: half(low, high) * (1 - np.abs(unit(a, low, high))),
            "the square is missing: the slope of the tanh is 1 - tanh²",
        ),
        (
            lambda a, low, high: half(low, high) * (1 - unit(a, low, high)),
            "the square is missing: the slope of the tanh is 1 - tanh²",
        ),
    ]
    bounds = np.array([-2.0, 0.0]), np.array([2.0, 1.0])
    cases = [(np.array([1.0, 0.6]), *bounds), (np.array([[-2.0, 0.5], [0.4, 0.9]]), *bounds)]
    return _hint(answer, right, wrong, cases)


def _hint(answer, right, wrong, cases):
    """None where the answer is right on all cases, else the hint of the known mistake, else what came out."""
    expected = [right(*case) for case in cases]
    given = [answer(*(np.copy(x) for x in case)) for case in cases]
    if _agree(given, expected):
        return None
    for mistake, hint in wrong:
        if _agree(given, [mistake(*case) for case in cases]):
            return hint
    i = next(i for i in range(len(cases)) if not _agree(given[i : i + 1], expected[i : i + 1]))
    if np.shape(given[i]) != expected[i].shape:
        return f"the answer has shape {np.shape(given[i])}, expected {expected[i].shape}"
    inputs = ", ".join(str(np.round(x, 3).tolist()) for x in cases[i])
    return f"for {inputs} it gives {_rounded(given[i])}, expected {_rounded(expected[i])}"


def _agree(given, expected):
    return all(np.shape(g) == np.shape(e) and _close(g, e) for g, e in zip(given, expected))


def _close(given, expected):
    try:
        difference = np.abs(np.asarray(given, np.float64) - expected)
    except (TypeError, ValueError):  # None, or a ragged list: no number, so no agreement
        return False
    return bool(np.all(difference <= _TOLERANCE * np.abs(expected).max()))


def _rounded(array):
    try:
        return np.round(np.asarray(array, np.float64), 4).tolist()
    except (TypeError, ValueError):
        return repr(array)
