"""Checkers of notebook 10: parameters of a convolutional network, targets of double Q-learning, a biased mean."""

import numpy as np

from ddpg_tf.course.exercises import checker, hint_for_number

_DQN = ((32, 8, 4), (64, 4, 2), (64, 3, 1))
_NETWORKS = (  # side, channels, convolutions (filters, kernel, stride), hidden, actions
    (11, 2, ((5, 3, 2),), 7, 3),  # small first: a hint shows six digits
    (84, 4, _DQN, 512, 18),
    (84, 1, ((16, 8, 4), (32, 4, 2)), 256, 4),
)


def _parameters(side, channels, convolutions, hidden, actions, *, bias=1, shrink=None, flat=True):
    """The right count, or with other arguments one without biases, with other sides, or without a Flatten."""
    total = 0
    for filters, kernel, stride in convolutions:
        total += (kernel**2 * channels + bias) * filters
        side = (shrink or _valid)(side, kernel, stride)
        channels = filters
    inputs = side**2 * channels if flat else channels
    return total + (inputs + bias) * hidden + (hidden + bias) * actions


def _valid(side, kernel, stride):
    return (side - kernel) // stride + 1


def _one_channel(side, channels, convolutions, hidden, actions):
    """Kernels counted as if each saw one channel."""
    depths = [channels, *(filters for filters, *_ in convolutions)]
    extra = sum(kernel**2 * (depth - 1) * filters for (filters, kernel, _), depth in zip(convolutions, depths))
    return _parameters(side, channels, convolutions, hidden, actions) - extra


def _not_shared(side, channels, convolutions, hidden, actions):
    """Kernels counted once for each place of the picture."""
    total = _parameters(side, channels, convolutions, hidden, actions)
    for filters, kernel, stride in convolutions:
        side = _valid(side, kernel, stride)
        total += (side**2 - 1) * (kernel**2 * channels + 1) * filters
        channels = filters
    return total


_WRONG_COUNTS = (
    (lambda *case: _parameters(*case, bias=0), "the biases are missing: one for each filter and for each unit"),
    (
        lambda *case: _parameters(*case, shrink=lambda side, kernel, stride: -(-side // stride)),
        "that is a padded picture: without padding a kernel of k pixels fits in (n - k) // stride + 1 places",
    ),
    (
        lambda *case: _parameters(*case, shrink=lambda side, kernel, stride: (side - kernel) // stride),
        "one place too few on each side: n pixels have (n - k) // stride + 1 places, not (n - k) // stride",
    ),
    (
        lambda *case: _parameters(*case, shrink=lambda side, kernel, stride: side - kernel + 1),
        "the strides are not used: the kernel jumps, and the next picture is smaller for it",
    ),
    (
        lambda *case: _parameters(*case, flat=False),
        "the dense layer sees the channels of one pixel only: flatten first, and it sees all of them",
    ),
    (_one_channel, "each kernel goes through all channels of its input: k * k * channels weights, not k * k"),
    (_not_shared, "a filter has the same weights at every place: count it once, not once for each place"),
)


@checker
def check_count_parameters(answer):
    """Weights and biases of a DQN network, `answer(side, channels, convolutions, hidden, actions)`."""
    return hint_for_number(answer, _parameters, _WRONG_COUNTS, _NETWORKS, shown=lambda case: f"count_parameters{case}")


_REWARDS, _TERMINALS, _GAMMA = np.array([1.0, -2.0, 3.0, 0.5]), np.array([0.0, 1.0, 0.0, 0.0]), 0.9
_Q_NEXT = np.array([[1.0, 4.0, 2.0], [5.0, 3.0, 6.0], [7.0, 1.0, 2.0], [0.0, 2.0, 9.0]])
_TARGET_NEXT = np.array([[8.0, 3.0, 5.0], [2.0, 9.0, 4.0], [1.5, 6.0, 3.5], [7.0, 1.0, 2.5]])


def _pick(values, actions):
    return np.take_along_axis(values, actions[:, None], axis=1)[:, 0]


def _target(values, rewards=_REWARDS, terminals=_TERMINALS, gamma=_GAMMA):
    return rewards + gamma * (1 - terminals) * values


def _double_values(q_next, target_next):
    return _pick(target_next, q_next.argmax(axis=1))


_DOUBLE = _double_values(_Q_NEXT, _TARGET_NEXT)
_CHOICE = _Q_NEXT.argmax(axis=1)

_WRONG_TARGETS = (
    (_target(_double_values(_TARGET_NEXT, _Q_NEXT)), "the roles are swapped: q_next chooses, target_next judges"),
    (_target(_TARGET_NEXT.max(axis=1)), "that is DQN's target: target_next both chooses and judges"),
    (_target(_Q_NEXT.max(axis=1)), "q_next both chooses and judges: target_next is to judge"),
    (_target(np.minimum(_Q_NEXT, _TARGET_NEXT).max(axis=1)), "no minimum here: the choice is q_next's alone"),
    (_target(_TARGET_NEXT[_CHOICE % 4][:, 0]), "target_next[best] picks rows: you want one entry of each row"),
    ((1 - _TERMINALS) * _target(_DOUBLE), "the mask wipes out the reward too: a terminal row has y = r"),
    (_target(_DOUBLE, terminals=0 * _TERMINALS), "the mask is missing: after the end there is no future"),
    (_target(_DOUBLE, terminals=1 - _TERMINALS), "the mask is inverted: it keeps the future of the terminal rows only"),
    (_target(_DOUBLE, gamma=1.0), "gamma is missing: the next step is one step away"),
    (_DOUBLE, "the rewards are missing, and the mask"),
)


@checker
def check_double_target(answer):
    """Targets of double Q-learning, `answer(rewards, terminals, q_next, target_next, gamma)`, shape (batch,)."""
    given = np.asarray(answer(_REWARDS, _TERMINALS, _Q_NEXT.copy(), _TARGET_NEXT.copy(), _GAMMA), float)
    if given.shape != _REWARDS.shape:
        return f"one target for each row: shape (4,), not {given.shape}"
    for wrong, hint in ((_target(_DOUBLE), None), *_WRONG_TARGETS):
        if np.allclose(given, wrong):
            return hint
    return (
        f"for rewards {_REWARDS.tolist()}, terminals {_TERMINALS.tolist()}, q_next {_Q_NEXT.tolist()}, target_next "
        f"{_TARGET_NEXT.tolist()}, gamma {_GAMMA} it gives {given.tolist()}, expected {_target(_DOUBLE).tolist()}"
    )


def _fixed_point(p, reward, alpha):
    return reward / (1 + ((1 - p) / p) ** (1 / (1 + alpha)))


_WRONG_POINTS = (
    (lambda p, reward, alpha: p * reward, "that is the mean, which uniform draws find; these draws are not uniform"),
    (
        lambda p, reward, alpha: _fixed_point(p, reward, 1),
        "right for alpha = 1 only: the draw has the error to the power of alpha",
    ),
    (
        lambda p, reward, alpha: _fixed_point(p, reward, alpha - 1),
        "the error comes in twice: once in the draw, to the power of alpha, and once in the update itself",
    ),
    (
        lambda p, reward, alpha: reward / (1 + ((1 - p) / p) ** (1 + alpha)),
        "solve for the ratio of the errors: it is the (1 + alpha)-th root, not the power",
    ),
    (lambda p, reward, alpha: _fixed_point(1 - p, reward, alpha), "p and 1 - p are swapped: p is the share that pays"),
    (lambda p, reward, alpha: _fixed_point(p, 1, alpha), "the reward is not used: so it is right for 1"),
    (
        lambda p, reward, alpha: reward * p**alpha / (p**alpha + (1 - p) ** alpha),
        "the chance of a draw is p times the error to the power of alpha, not p to the power of alpha",
    ),
)


@checker
def check_fixed_point(answer):
    """Where Q comes to rest if draws have |error|^alpha and no weights, `answer(p, reward, alpha)`."""
    cases = ((0.1, 10.0, 1.0), (0.1, 10.0, 0.6), (0.3, -2.0, 0.5), (0.5, 4.0, 0.25))
    return hint_for_number(answer, _fixed_point, _WRONG_POINTS, cases, shown=lambda case: f"fixed_point{case}")
