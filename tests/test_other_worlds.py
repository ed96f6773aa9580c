"""Page 16's worlds and networks: what is played, what is seen, and whose loss moves what."""

import contextlib

import gymnasium as gym
import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf.envs import make_env
from ddpg_tf.networks import build_actor, build_critic
from ddpg_tf.replay import Batch
from notebooks.record import definitions

PAGE = definitions("16_other_worlds")
pytestmark = pytest.mark.usefixtures("uncompiled")


def open_env(name):
    return contextlib.closing(make_env(name))


def changed(before, after, part):
    """For each variable of a model, whether it is not what it was."""
    return [np.any(before[name] != after[name]) for name in before if name.startswith(f"{part}/")]


def batches_of(state_size, action_size, size=16):
    rng = np.random.default_rng(0)
    arrays = (rng.normal(size=(1, size, state_size)), rng.uniform(-1, 1, (1, size, action_size)),
              rng.normal(size=(1, size)), rng.normal(size=(1, size, state_size)), np.zeros((1, size)))  # fmt: skip
    return Batch(*map(np.float32, arrays))


def test_the_discrete_world_plays_the_largest_preference():
    env = PAGE["ByArgmax"](gym.make("CartPole-v1"))
    assert env.action_space.shape == (2,)
    played = [env.action(np.float32(preferences)) for preferences in ([0.1, 0.9], [-0.1, -0.9], [1, 0])]
    assert played == [1, 0, 0] and all(type(action) is int for action in played)


def test_the_critic_values_the_action_that_is_played_and_climbs_the_softmax():
    critic = PAGE["choosing_critic"](4, 3, 0)
    rng = np.random.default_rng(0)
    critic.set_weights([rng.normal(size=w.shape) for w in critic.get_weights()])
    s, a = (tf.constant(rng.normal(size=(32, n)), tf.float32) for n in (4, 3))
    corners = [critic([s, tf.tile(row[None], (32, 1))]).numpy() for row in tf.eye(3)]
    q = np.stack(corners, axis=1)
    with tf.GradientTape() as tape:
        tape.watch(a)
        values = critic([s, a])
    chosen = np.argmax(a, axis=1)
    assert len(set(chosen)) == 3
    np.testing.assert_allclose(values, q[np.arange(32), chosen], rtol=1e-5)
    p = tf.nn.softmax(a).numpy()
    by_hand = p * (q - (p * q).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(tape.gradient(values, a), by_hand, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("k", [1, 2, 8])
def test_a_history_holds_the_last_positions_newest_last_and_no_velocity(k):
    rng = np.random.default_rng(0)
    with open_env(f"Positions{k}") as env, contextlib.closing(gym.make("Pendulum-v1")) as whole:
        state, seen = env.reset(seed=5)[0], [whole.reset(seed=5)[0]] * k
        for over in [False] * 199 + [True]:
            np.testing.assert_array_equal(state, np.concatenate([full[:2] for full in seen[-k:]]))
            action = rng.uniform(-2, 2, 1).astype(np.float32)
            (state, _, _, truncated, _), (full, *_) = env.step(action), whole.step(action)
            seen.append(full)
            assert truncated == over


def test_a_picture_shows_target_and_dot_where_they_are():
    with open_env("DrawnDot") as env:
        for seed in range(20):
            picture = env.reset(seed=seed)[0].reshape(16, 16)
            world = env.unwrapped
            if np.abs(world.dot - world.target).max() < 0.4:
                continue  # the two spots overlap
            for place, index in ((world.target, picture.argmax()), (world.dot, picture.argmin())):
                row, column = np.unravel_index(index, (16, 16))
                np.testing.assert_allclose([(column + 0.5) / 16, (row + 0.5) / 16], place, atol=0.5 / 16 + 1e-6)


@pytest.mark.parametrize(("kind", "moves"), [("Gentle", True), ("CriticsTrunk", False)])
def test_whose_loss_moves_the_trunk(kind, moves):
    agent = PAGE["agent_of"](PAGE["PENDULUM"], *PAGE["on_one_trunk"](0), PAGE[kind])
    assert agent.actor.get_layer("trunk") is agent.critic.get_layer("trunk")
    before, states = agent.get_state(), tf.constant(batches_of(3, 1).states[0])
    for _ in range(2):
        agent.update_actor(states)
    trunk, head = np.split(np.array(changed(before, agent.get_state(), "actor")), [2])
    assert trunk.all() == trunk.any() == moves and head.all()
    agent.learn(batches_of(3, 1))
    assert all(changed(before, agent.get_state(), "actor"))  # the critic's loss moves it in both


def test_without_a_price_it_is_ddpg():
    states = []
    for kind in (PAGE["DDPG"], type("Free", (PAGE["Gentle"],), {"price": 0.0})):
        networks = build_actor(4, [-1, -1], [1, 1], (8, 6)), build_critic(4, 2, (8, 6))
        agent = PAGE["agent_of"](PAGE["CART"], *networks, kind)
        for _ in range(3):
            agent.learn(batches_of(4, 2))
        states.append(agent.get_state())
    for name, expected in states[0].items():
        np.testing.assert_allclose(states[1][name], expected, rtol=1e-5, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("kind", ["Recurrent", "Seeing"])
def test_the_policy_in_numpy_is_frozen_and_takes_one_state_or_many(kind):
    world, networks = {"Recurrent": ("Positions8", PAGE["recurrent_networks"](8, 0)),
                       "Seeing": ("DrawnDot", PAGE["seeing_networks"](0))}[kind]  # fmt: skip
    config = PAGE["replace"](PAGE["PENDULUM"], env=world)
    agent = PAGE["agent_of"](config, *networks, PAGE[kind])
    rng = np.random.default_rng(0)
    agent.actor.set_weights([rng.normal(size=w.shape) / w.shape[0] ** 0.5 for w in agent.actor.get_weights()])
    states = rng.normal(size=(5, agent.actor.input_shape[-1])).astype(np.float32)
    policy, expected = agent.policy(), agent.actor(states).numpy()
    assert np.ptp(expected) > 0.1
    agent.actor.set_weights([0 * w for w in agent.actor.get_weights()])
    np.testing.assert_allclose(policy(states), expected, atol=1e-4)
    np.testing.assert_allclose(policy(states[2]), expected[2], atol=1e-4)
