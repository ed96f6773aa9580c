"""Exercises of page 10: parameters of a convolutional network, targets of double Q-learning, a biased mean."""

import numpy as np

from ddpg_tf.course.exercises import Exercise


def _places(side, kernel, stride):
    return (side - kernel) // stride + 1


def _count_parameters(
    side, channels, convolutions, hidden, actions, *, bias=1, places=_places, flat=True, deep=True, shared=True
):
    """The right count, or one without biases, with other sides, without a Flatten, with kernels that see one channel
    only, or with kernels of their own for each place."""
    total = 0
    for filters, kernel, stride in convolutions:
        side = places(side, kernel, stride)
        total += (kernel**2 * (channels if deep else 1) + bias) * filters * (1 if shared else side**2)
        channels = filters
    inputs = side**2 * channels if flat else channels
    return total + (inputs + bias) * hidden + (hidden + bias) * actions


def _with_places(places):
    """The count with another rule for the side of the next picture, a function of side n, kernel k and stride s."""
    return lambda *case: _count_parameters(*case, places=places)


check_count_parameters = Exercise(_count_parameters, [  # small ones first, for the hints
    (11, 2, ((5, 3, 2),), 7, 3),
    (12, 3, ((5, 3, 2),), 8, 4),  # the last column fits no kernel
    (31, 1, ((6, 5, 3), (4, 3, 2), (3, 2, 3)), 10, 2),
    (84, 4, ((32, 8, 4), (64, 4, 2), (64, 3, 1)), 512, 18),
], [
    (lambda *case: _count_parameters(*case, bias=0), "the biases are missing: one for each filter and for each unit"),
    (_with_places(lambda n, k, s: -(-n // s)), "that is a padded picture: use (n - k) // stride + 1"),
    (_with_places(lambda n, k, s: (n - k) // s), "one place too few: n pixels have (n - k) // stride + 1"),
    (_with_places(lambda n, k, s: n - k + 1), "the strides are not used: they make the next picture smaller"),
    (_with_places(lambda n, k, s: -(-(n - k) // s) + 1), "rounded up: a remainder of pixels fits no kernel"),
    (_with_places(lambda n, k, s: (n - k) / s + 1), "not rounded: a remainder of pixels fits no kernel"),
    (_with_places(lambda n, k, s: n // s), "the kernel needs room: (n - k) // stride + 1 places, not n // stride"),
    (lambda *case: _count_parameters(*case, flat=False), "flatten first: the dense layer sees all pixels"),
    (lambda *case: _count_parameters(*case, deep=False), "each kernel goes through all channels of its input"),
    (lambda *case: _count_parameters(*case, shared=False), "a filter is shared by all places: count it once"),
])  # fmt: skip


def _double_target(rewards, terminated, q_next, target_next, gamma):
    return rewards + gamma * (1 - terminated) * _judged(q_next, target_next)


def _judged(q_next, target_next):
    return np.take_along_axis(target_next, q_next.argmax(axis=1)[:, None], axis=1)[:, 0]


def _with_values(values):
    """The target with other next values, a function of q_next and target_next."""
    return lambda r, d, q, target, gamma: r + gamma * (1 - d) * values(q, target)


check_double_target = Exercise(_double_target, [
    (np.array([1.0, -2.0, 3.0, 0.5]), np.array([0.0, 1.0, 0.0, 0.0]),
     np.array([[1.0, 4.0, 2.0], [5.0, 3.0, 6.0], [7.0, 1.0, 2.0], [0.0, 2.0, 9.0]]),
     np.array([[8.0, 3.0, 5.0], [2.0, 9.0, 4.0], [1.5, 6.0, 3.5], [7.0, 1.0, 2.5]]), 0.9),
    (np.array([0.0, 5.0, -1.0, 4.0, 2.0]), np.array([0.0, 0.0, 0.0, 1.0, 0.0]),
     np.random.default_rng(0).normal(size=(5, 4)), np.random.default_rng(1).normal(size=(5, 4)), 0.5),
], [
    (_with_values(lambda q, target: _judged(target, q)), "the roles are swapped: q_next chooses, target_next judges"),
    (_with_values(lambda q, target: target.max(axis=1)), "that is DQN's target: target_next both chooses and judges"),
    (_with_values(lambda q, target: q.max(axis=1)), "q_next both chooses and judges: target_next is to judge"),
    (_with_values(lambda q, target: np.minimum(q, target).max(axis=1)), "no minimum: q_next alone chooses"),
    (_with_values(lambda q, target: target[q.argmax(axis=1)][:, 0]), "that picks rows: you want one entry of each"),
    (_with_values(lambda q, target: target[:, q.argmax(axis=1)]), "that picks columns: you want one entry of each row"),
    (lambda r, d, *rest: (1 - d) * _double_target(r, d, *rest), "the mask wipes out the reward too"),
    (lambda r, d, *x: _double_target(r, 0 * d, *x), "the mask is missing: after the end there is no future"),
    (lambda r, d, *rest: _double_target(r, 1 - d, *rest), "the mask is inverted: 1 - d is what goes on"),
    (lambda *case: _double_target(*case[:-1], 1.0), "gamma is missing: the next step is one step away"),
    (lambda r, *rest: _double_target(0 * r, *rest), "the rewards are missing"),
    (lambda r, d, q, target, gamma: _judged(q, target), "the rewards are missing, and the mask"),
])  # fmt: skip


def _fixed_point(p, reward, alpha):
    return reward / (1 + ((1 - p) / p) ** (1 / (1 + alpha)))


check_fixed_point = Exercise(_fixed_point, [(0.1, 10.0, 1.0), (0.1, 10.0, 0.6), (0.3, -2.0, 0.5), (0.5, 4.0, 0.25)], [
    (lambda p, R, alpha: p * R, "that is the mean, which uniform draws find; these are not uniform"),
    (lambda p, R, alpha: _fixed_point(p, R, 1), "right for alpha = 1 only"),
    (lambda p, R, alpha: _fixed_point(p, R, alpha - 1), "the error counts twice: in the draw and in the update"),
    (lambda p, R, alpha: R / (1 + ((1 - p) / p) ** (1 + alpha)), "take the (1 + alpha)-th root, not the power"),
    (lambda p, R, alpha: _fixed_point(1 - p, R, alpha), "p and 1 - p are swapped: p is the share that pays"),
    (lambda p, R, alpha: _fixed_point(p, 1, alpha), "the reward is not used: so it is right for 1"),
    (lambda p, R, alpha: R * p**alpha / (p**alpha + (1 - p) ** alpha), "the power is of the error, not of p"),
])  # fmt: skip
