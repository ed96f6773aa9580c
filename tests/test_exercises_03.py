"""The checkers of notebook 03: they pass the right answer and name the mistake in each wrong one."""

import numpy as np
import pytest

from ddpg_tf.course.exercises.actor_critic import check_count_parameters, check_scale_action, check_td_targets
from ddpg_tf.networks import build_actor, build_critic

# ---- count_parameters


def layers(*widths):
    return sum((f + 1) * units for f, units in zip(widths, widths[1:]))


def by_hand(state_size, action_size, hidden):
    joined = hidden[1] if len(hidden) > 1 else hidden[0]
    return layers(state_size, *hidden, action_size), layers(state_size, *hidden, 1) + action_size * joined


def by_building(state_size, action_size, hidden):
    actor = build_actor(state_size, -np.ones(action_size), np.ones(action_size), hidden)
    return [actor.count_params(), build_critic(state_size, action_size, hidden).count_params()]


def without_biases(state_size, action_size, hidden):
    actor, critic = by_hand(state_size, action_size, hidden)
    return actor - sum(hidden) - action_size, critic - sum(hidden) - 1


def second_layer_only(state_size, action_size, hidden):
    actor, critic = by_hand(state_size, action_size, hidden)
    return (actor, critic) if len(hidden) > 1 else (actor, layers(state_size, *hidden, 1))


@pytest.mark.parametrize("answer", [by_hand, by_building])
def test_count_parameters_right(answer):
    assert check_count_parameters.__wrapped__(answer) is None


@pytest.mark.parametrize("answer, words", [
    (lambda s, a, h: by_hand(s, a, h)[::-1], "the actor's number comes first"),
    (lambda s, a, h: by_hand(s, a, h)[1], "two numbers are wanted"),
    (without_biases, "the biases are missing"),
    (lambda s, a, h: (layers(s, *h, 1), by_hand(s, a, h)[1]), "one unit for each action"),
    (lambda s, a, h: (layers(s, *h, a), layers(s + a, *h, 1)), "enters at the first hidden layer"),
    (lambda s, a, h: (layers(s, *h, a), layers(s, *h, 1)), "has no action"),
    (lambda s, a, h: (layers(s, *h, a), layers(s, *h, a)), "like a DQN"),
    (lambda s, a, h: (layers(s, *h, a), layers(s, *h, a) + a * h[-1]), "one output, not one"),
    (lambda s, a, h: (layers(s, *h, a), by_hand(s, a, h)[1] + a), "not biases"),
    (second_layer_only, "with one hidden layer"),
    (lambda s, a, h: (layers(s, *h, a), 7), "you gave [124502.0, 7.0], expected [124502.0, 124801.0]"),
    (lambda s, a, h: (1, 2), "for 8, 2, (400, 300) you gave [1.0, 2.0]"),
])  # fmt: skip
def test_count_parameters_wrong(answer, words):
    assert words in check_count_parameters.__wrapped__(answer)


# ---- scale_action


def through_the_middle(u, low, high):
    return (high + low) / 2 + (high - low) / 2 * u


def from_low(u, low, high):
    return low + (u + 1) / 2 * (high - low)


@pytest.mark.parametrize("answer", [through_the_middle, from_low])
def test_scale_action_right(answer):
    assert check_scale_action.__wrapped__(answer) is None


@pytest.mark.parametrize("answer, words", [
    (lambda u, low, high: np.clip(u, low, high), "that clamps: between -2 and 2"),
    (lambda u, low, high: high * u, "taken for symmetric"),
    (lambda u, low, high: (high - low) / 2 * u, "taken for symmetric"),
    (lambda u, low, high: np.clip(high * u, low, high), "clamps the product"),
    (lambda u, low, high: low + (high - low) * u, "u begins at -1"),
    (lambda u, low, high: (high + low) / 2 + (high - low) * u, "twice too far"),
    (lambda u, low, high: (high - low) / 2 * (1 + u), "with a plus"),
    (lambda u, low, high: high + (high - low) / 2 * u, "with a plus"),
    (lambda u, low, high: through_the_middle(np.tanh(u), low, high), "through the tanh already"),
    (lambda u, low, high: through_the_middle(-u, low, high), "the sign"),
    (lambda u, low, high: through_the_middle(u, low, high)[0], "your answer has shape (3,)"),
    (lambda u, low, high: u + 7, "in a line between: for [[-1.0, -1.0, -1.0]"),
])  # fmt: skip
def test_scale_action_wrong(answer, words):
    assert words in check_scale_action.__wrapped__(answer)


# ---- td_targets


def next_values(batch, mu, q):
    return q(batch.next_states, mu(batch.next_states))


def in_one_line(batch, mu, q, gamma):
    return batch.rewards + gamma * (1 - batch.terminals) * next_values(batch, mu, q)


def row_by_row(batch, mu, q, gamma):
    rows = zip(batch.rewards, batch.terminals, next_values(batch, mu, q))
    return [r if d else r + gamma * value for r, d, value in rows]


@pytest.mark.parametrize("answer", [in_one_line, row_by_row])
def test_td_targets_right(answer, capsys):
    assert check_td_targets.__wrapped__(answer) is None
    check_td_targets(answer)
    assert capsys.readouterr().out == f"✓ {answer.__name__} is right\n"


def masked(batch, values, gamma):
    return batch.rewards + gamma * (1 - batch.terminals) * values


@pytest.mark.parametrize("answer, words", [
    (lambda b, mu, q, gamma: b.rewards + gamma * next_values(b, mu, q), "a crash has no future"),
    (lambda b, mu, q, gamma: b.rewards + gamma * b.terminals * next_values(b, mu, q), "inverted"),
    (lambda b, mu, q, gamma: (1 - b.terminals) * in_one_line(b, mu, q, gamma), "the last reward is gone"),
    (lambda b, mu, q, gamma: masked(b, q(b.next_states, b.actions), gamma), "the action of the memory"),
    (lambda b, mu, q, gamma: masked(b, q(b.states, mu(b.states)), gamma), "the value of s, not of s'"),
    (lambda b, mu, q, gamma: masked(b, q(b.next_states, mu(b.states)), gamma), "was asked in s"),
    (lambda b, mu, q, gamma: masked(b, q(b.states, b.actions), gamma), "the transition itself"),
    (lambda b, mu, q, gamma: in_one_line(b, mu, q, 1.0), "gamma is missing"),
    (lambda b, mu, q, gamma: b.rewards[:, None] + masked(b, next_values(b, mu, q), gamma), "the broadcast"),
    (lambda b, mu, q, gamma: in_one_line(b, mu, q, gamma)[:, None], "shape (4, 1)"),
    (lambda b, mu, q, gamma: b.rewards, "you gave [1.0, -100.0, -0.5, 100.0], expected"),
])  # fmt: skip
def test_td_targets_wrong(answer, words):
    assert words in check_td_targets.__wrapped__(answer)
