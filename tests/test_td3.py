"""TD3 as page 13 defines it: each repair by hand, and what a training and a checkpoint need of it."""

import ast
import json
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf.config import PENDULUM
from ddpg_tf.lab.checkpoint import train_with_checkpoints
from ddpg_tf.networks import build_actor, build_critic
from ddpg_tf.replay import Batch
from ddpg_tf.training import Run, train
from notebooks.record import HERE, definitions

PAGE = definitions("13_after_ddpg")
InParts, Smoothing, Delay, TD3, build = (PAGE[name] for name in ("InParts", "Smoothing", "Delay", "TD3", "build"))
TINY = replace(
    PENDULUM, steps=600, warmup_steps=200, updates_per_call=25, batch_size=16, hidden=(8, 6), evaluation_every=300,
    evaluation_episodes=1, finalists=1,
)  # fmt: skip
LOW, HIGH = np.float32([-2.0, 0.0]), np.float32([1.0, 0.5])


def make_agent(kind=TD3, **changes):
    """An agent whose networks all differ, with weights of order one."""
    rng = np.random.default_rng(0)
    settings = {"seed": 3, "gamma": 0.9, "tau": 0.2, "critic_learning_rate": 2e-3} | changes
    agent = kind(build_actor(3, LOW, HIGH, (8, 6)), build_critic(3, 2, (8, 6)), LOW, HIGH, **settings)
    for model in (agent.actor, agent.target_actor, *(model for pair in agent.critics() for model in pair[:2])):
        model.set_weights([rng.normal(size=w.shape) * w.shape[0] ** -0.5 for w in model.get_weights()])
    return agent


def batch_of(size, seed=0):
    rng = np.random.default_rng(seed)
    s, r, s2 = rng.normal(size=(size, 3)), rng.normal(size=size), rng.normal(size=(size, 3))
    arrays = s, rng.uniform(LOW, HIGH, (size, 2)), r, s2, rng.random(size) < 0.3
    return Batch(*(tf.constant(array, tf.float32) for array in arrays))


def alone(batch):
    """The batch with a leading axis of one, as `learn` takes it."""
    return Batch(*(array.numpy()[None] for array in batch))


def in_numpy(critic, s, a):
    """Q(s, a) from the critic's weights."""
    v1, c1, v2, c2, v3, c3 = critic.get_weights()
    hidden = np.maximum(np.concatenate([np.maximum(s @ v1 + c1, 0), a], axis=1) @ v2 + c2, 0)
    return (hidden @ v3 + c3)[:, 0]


def changed(before, after, part):
    """Whether a model or an optimizer is not what it was."""
    return any(np.any(before[name] != after[name]) for name in before if name.startswith(f"{part}/"))


def test_without_repairs_it_is_ddpg_to_the_bit():
    ours, package = build(TINY, 0, InParts), Run(TINY, 0)
    for run in (ours, package):
        list(train(run))
    found, expected = ours.agent.get_state(), package.agent.get_state()
    assert found.pop("t/0") == 200
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def test_a_training_resumes_to_the_same_bits(tmp_path):
    whole, interrupted = build(TINY, 1, TD3), build(TINY, 1, TD3)
    list(train(whole))
    episodes = train_with_checkpoints(interrupted, tmp_path, save_every=200)
    next(episodes), next(episodes)  # 400 steps: the noise has been drawn, the actor has moved
    resumed = build(TINY, 1, TD3)
    assert [record.step for record in train_with_checkpoints(resumed, tmp_path)] == [600]
    found, expected = resumed.agent.get_state(), whole.agent.get_state()
    assert {"twin/0", "target_twin/0", "twin_optimizer/0", "t/0"} <= found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


quick = pytest.mark.usefixtures("uncompiled")  # to the end of the module: compiled tests stand above


@quick
def test_the_target_is_that_of_the_smaller_critic_by_hand():
    agent, batch = make_agent(), batch_of(64)
    a2 = agent.next_actions(batch.next_states).numpy()
    q1, q2 = (in_numpy(target, batch.next_states.numpy(), a2) for target in (agent.target_critic, agent.target_twin))
    assert 8 < np.sum(q1 < q2) < 56  # both are the smaller one somewhere
    by_hand = batch.rewards.numpy() + 0.9 * (1 - batch.terminated.numpy()) * np.where(q1 < q2, q1, q2)
    np.testing.assert_allclose(agent.targets(batch).numpy(), by_hand, rtol=1e-4, atol=1e-5)


@quick
@pytest.mark.parametrize(("sigma", "c"), [(0.2, 0.5), (2.0, 0.5)])
def test_the_noise_on_the_targets_action_is_clipped_and_stays_within_the_bounds(sigma, c):
    agent = make_agent(type("Other", (Smoothing,), {"sigma": sigma, "c": c}))
    s2 = batch_of(4096).next_states
    plain, noisy = agent.target_actor(s2).numpy(), agent.next_actions(s2).numpy()
    assert (noisy >= LOW).all() and (noisy <= HIGH).all()
    half = (HIGH - LOW) / 2
    inside = (noisy > LOW) & (noisy < HIGH)
    noise = ((noisy - plain) / half)[inside]
    assert np.abs(noise).max() <= c + 1e-5
    assert np.mean(np.abs(noise) > c - 1e-5) > 0.5 if sigma > c else 0.15 < noise.std() < 0.22


@quick
def test_the_noise_is_new_at_each_update_and_the_same_in_every_run():
    agent, again = make_agent(Smoothing), make_agent(Smoothing)
    s2 = batch_of(16).next_states
    draw, draw_again = (tf.function(each.next_actions) for each in (agent, again))
    first = draw(s2).numpy()
    np.testing.assert_array_equal(first, draw(s2).numpy())
    np.testing.assert_array_equal(first, draw_again(s2).numpy())
    agent.t.assign_add(1)
    assert np.abs(draw(s2).numpy() - first).max() > 0.1  # no constant of the graph
    assert np.abs(make_agent(Smoothing, seed=4).next_actions(s2).numpy() - first).max() > 0.1


@quick
def test_actor_and_targets_move_only_at_every_second_update():
    agent, batches = make_agent(), alone(batch_of(16))
    for moves in (False, True, False, True):
        before = agent.get_state()
        agent.learn(batches)
        after = agent.get_state()
        for part in ("actor", "actor_optimizer", "target_actor", "target_critic", "target_twin"):
            assert changed(before, after, part) == moves, part
        for part in ("critic", "critic_optimizer", "twin", "twin_optimizer"):
            assert changed(before, after, part), part


@quick
def test_the_critics_descend_on_the_same_targets_each_with_its_own_optimizer():
    agent, batch = make_agent(), batch_of(16)
    agent.t.assign_add(1)  # as the update does, before it draws
    y, expected = agent.targets(batch), []
    for critic, *_ in agent.critics():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((y - critic([batch.states, batch.actions])) ** 2)
        gradients = tape.gradient(loss, critic.trainable_variables)
        expected += [  # the first step of Adam is rate * sign, but for its epsilon
            weight - 2e-3 * g / (np.abs(g) + 1e-7 / np.sqrt(1e-3)) for weight, g in zip(critic.get_weights(), gradients)
        ]
    agent.t.assign_sub(1)
    agent.learn(alone(batch))
    for found, by_hand in zip(agent.critic.get_weights() + agent.twin.get_weights(), expected):
        np.testing.assert_allclose(found, by_hand, atol=2e-5)


@quick
def test_the_twin_begins_with_weights_of_its_own():
    agent = build(TINY, 0, TD3).agent
    kernels = [(a, b) for a, b in zip(agent.critic.get_weights(), agent.twin.get_weights()) if a.ndim == 2]
    assert all(np.abs(a - b).max() > 1e-3 for a, b in kernels)  # copies would stay copies, and min(Q, Q) = Q


@quick
@pytest.mark.parametrize("kind", [InParts, Delay])
def test_both_learning_rates_reach_their_end(kind):
    run = build(TINY, 0, kind)
    list(train(run))
    for optimizer, start in (
        (run.agent.actor_optimizer, TINY.actor_learning_rate), (run.agent.critic_optimizer, TINY.critic_learning_rate),
    ):  # fmt: skip
        np.testing.assert_allclose(optimizer.learning_rate, TINY.final_learning_rate_share * start, rtol=1e-5)


def code_lines(definition, code):
    """Lines of a class, without blank ones and docstrings."""
    lines = ast.get_source_segment(code, definition).splitlines()
    named = [node for node in ast.walk(definition) if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    words = [ast.get_docstring(node, clean=False) for node in named if ast.get_docstring(node)]
    return len([line for line in lines if line.strip()]) - sum(len(text.splitlines()) for text in words)


def test_the_repairs_take_at_most_sixty_lines():
    cells = json.loads((HERE / "13_after_ddpg.ipynb").read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(c["source"]) for c in cells if "definition" in c["metadata"].get("tags", []))
    classes = {node.name: node for node in ast.parse(code).body if isinstance(node, ast.ClassDef)}
    names = [kind.__name__ for kind in TD3.__mro__ if kind.__name__ in classes]
    assert len(names) == 6
    assert sum(code_lines(classes[name], code) for name in names) <= 60
