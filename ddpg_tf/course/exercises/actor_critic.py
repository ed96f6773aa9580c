"""Checkers of notebook 03: parameters by hand, the tanh scaled to the bounds, and the targets of a batch."""

import numpy as np

from ddpg_tf.course.exercises import checker
from ddpg_tf.replay import Batch


@checker
def check_count_parameters(count_parameters):
    """`count_parameters(state_size, action_size, hidden)`: parameters of the actor and of the critic."""
    for sizes in ((8, 2, (400, 300)), (3, 1, (64, 64)), (8, 2, (64, 128)), (5, 3, (32,)), (5, 3, (9, 8, 7))):
        given, right = count_parameters(*sizes), (_actor(*sizes), _critic(*sizes))
        if np.shape(given) != (2,):
            return f"two numbers are wanted, the actor's and the critic's; you gave {given!r}"
        if tuple(given) != right:
            return _hint_for_counts(sizes, tuple(given), right) + _shown(sizes, given, right)
    return None


def _layers(widths, bias=1):
    """Parameters of dense layers of these widths, the input first."""
    return sum((f + bias) * units for f, units in zip(widths, widths[1:]))


def _actor(state_size, action_size, hidden, bias=1):
    return _layers((state_size, *hidden, action_size), bias)


def _critic(state_size, action_size, hidden, bias=1, at=1):
    """The action adds `action_size` inputs to each unit of layer `at`, of the first where there is one."""
    layer = min(at, len(hidden) - 1)
    return _layers((state_size, *hidden, 1), bias) + action_size * hidden[layer]


def _hint_for_counts(sizes, given, right):
    state_size, action_size, hidden = sizes
    if given == right[::-1]:
        return "the actor's number comes first"
    if given == (_actor(*sizes, bias=0), _critic(*sizes, bias=0)):
        return "the biases are missing: a unit has f weights and one more, Eq. 5"
    if given[0] != right[0]:
        return "the actor: state in, the hidden layers, one unit for each action; Eq. 5 in each"
    if len(hidden) == 1:
        return "with one hidden layer the action enters at that one"
    critics = {
        _critic(*sizes, at=0): "your action enters at the first hidden layer; it joins at the second",
        _layers((state_size, *hidden, 1)): "your critic has no action: it adds inputs to the second layer",
        _actor(*sizes): "your critic has one output for each action, like a DQN",
        _actor(*sizes) + action_size * hidden[1]: "the critic has one output, not one for each action",
        right[1] + action_size: "joining adds inputs, not biases: a layer has one bias for each unit",
    }
    return critics.get(given[1], "the critic: look at the table of section 3")


@checker
def check_scale_action(scale_action):
    """`scale_action(u, low, high)`: from (-1, 1) to the bounds, for a batch."""
    low, high = np.array([-2.0, 0.0, 2.0]), np.array([2.0, 5.0, 6.0])
    u = np.array([[-1.0, -1.0, -1.0], [0.0, 0.5, -0.5], [1.0, 1.0, 1.0]])
    right = (high + low) / 2 + (high - low) / 2 * u
    given = np.asarray(scale_action(u, low, high))
    if given.shape != right.shape:
        return f"a batch of shape {u.shape} stays one; your answer has shape {given.shape}"
    for wrong, hint in _wrong_actions(u, low, high):
        if np.allclose(given, wrong):
            return hint
    if not np.allclose(given, right):
        hint = "-1 goes to low, 1 to high, and the rest in a line between"
        return hint + _shown((u, low, high), given, right)
    return None


def _wrong_actions(u, low, high):
    """Maps to the bounds that have been published, and what is wrong with each."""
    middle, half = (high + low) / 2, (high - low) / 2
    symmetric = "the bounds are taken for symmetric; 0 is not the middle of [0, 5]"
    return (
        (np.clip(u, low, high), "that clamps: between -2 and 2 it still reaches no more than -1 to 1"),
        (high * u, symmetric),
        (half * u, symmetric),
        (np.clip(high * u, low, high), "that clamps the product: where it clamps, no gradient comes back"),
        (low + (high - low) * u, "u begins at -1, not at 0: at u = -1 you are below low"),
        (middle + (high - low) * u, "half of the range: u goes both ways, so you reach twice too far"),
        (high + half * u, "the middle is (high + low) / 2, with a plus; from high you leave the range"),
        (half + half * u, "the middle is (high + low) / 2, with a plus; half the range is another point"),
        (middle + half * np.tanh(u), "u has been through the tanh already, do not send it twice"),
        (middle - half * u, "the sign: u = 1 belongs to high"),
    )


@checker
def check_td_targets(td_targets):
    """`td_targets(batch, target_actor, target_critic, gamma)`: Eq. 7 for each row of a Batch."""
    batch, gamma = _batch(), 0.9
    future = gamma * _target_critic(batch.next_states, _target_actor(batch.next_states))
    right = batch.rewards + (1 - batch.terminals) * future
    given = np.asarray(td_targets(batch, _target_actor, _target_critic, gamma))
    if given.shape == (4, 4):
        return "shape (4, 4): a row met a column, the broadcast of section 4; each of the four has shape (4,)"
    if given.shape != right.shape:
        return f"four transitions have four targets, shape (4,); your answer has shape {given.shape}"
    for wrong, hint in _wrong_targets(batch, future, gamma):
        if np.allclose(given, wrong):
            return hint
    if not np.allclose(given, right):
        hint = "the reward, and the discounted next value unless the world ended"
        return hint + _shown(("the batch",), given, right)
    return None


def _batch():
    """Four transitions, two numbers of state and one of action; the second and fourth are terminal."""
    return Batch(
        states=np.array([[0.1, 0.2], [0.3, -0.4], [-0.5, 0.6], [0.7, 0.8]]),
        actions=np.array([[0.5], [-0.25], [0.75], [-1.0]]),
        rewards=np.array([1.0, -100.0, -0.5, 100.0]),
        next_states=np.array([[0.2, 0.3], [0.5, -0.5], [-0.4, 0.9], [0.6, 0.6]]),
        terminals=np.array([0.0, 1.0, 0.0, 1.0]),
    )


def _target_actor(states):
    return np.sum(states, axis=1, keepdims=True) / 2


def _target_critic(states, actions):
    return 10 + 3 * states[:, 0] - 2 * states[:, 1] - 4 * actions[:, 0] ** 2


def _wrong_targets(batch, future, gamma):
    """Targets that have been published, or nearly, and what is wrong with each."""
    s, a, r, s_next, d = batch
    mu, q = _target_actor, _target_critic

    def masked(values):
        return r + gamma * (1 - d) * values

    return (
        (r + future, "a crash has no future: the mask (1 - d) is missing"),
        (r + d * future, "the mask is inverted: d is 1 where the world ended"),
        ((1 - d) * (r + future), "the last reward is gone: the mask belongs on the future alone"),
        (masked(q(s_next, a)), "the action of the memory: in s' the target actor chooses"),
        (masked(q(s, mu(s))), "the value of s, not of s': the target looks one step ahead"),
        (masked(q(s_next, mu(s))), "the target actor was asked in s; it has to act in s'"),
        (masked(q(s, a)), "the value of the transition itself: the target looks ahead, at s' and mu'(s')"),
        (r + (1 - d) * future / gamma, "the future is not discounted: gamma is missing"),
    )


def _shown(arguments, given, right):
    shown = ", ".join(str(x.tolist() if isinstance(x, np.ndarray) else x) for x in arguments)
    return f": for {shown} you gave {_plain(given)}, expected {_plain(right)}"


def _plain(value):
    return np.round(np.asarray(value, np.float64), 4).tolist()
