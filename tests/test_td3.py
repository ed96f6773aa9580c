"""TD3 as page 13 defines it: each repair by hand, and what a training needs of it; the page checks the target."""

import ast

import nbformat
import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf.networks import build_actor, build_critic
from ddpg_tf.training import Run, train
from notebooks.record import HERE, definitions
from tests.builders import assert_same_bits, batches_of, shaken
from tests.lab.builders import TINY

PAGE = definitions("13_after_ddpg")
InParts, Smoothing, Delay, TD3, build = (PAGE[name] for name in ("InParts", "Smoothing", "Delay", "TD3", "build"))
pytestmark = pytest.mark.usefixtures("uncompiled")
LOW, HIGH = np.float32([-2.0, 0.0]), np.float32([1.0, 0.5])


def make_agent(kind=TD3, **changes):
    """An agent whose networks all differ, with weights of order one."""
    settings = {"seed": 3, "gamma": 0.9, "tau": 0.2, "critic_learning_rate": 2e-3} | changes
    agent = kind(build_actor(3, LOW, HIGH, (8, 6)), build_critic(3, 2, (8, 6)), LOW, HIGH, **settings)
    shaken(agent.actor, agent.target_actor, *(model for pair in agent.critics() for model in pair[:2]))
    return agent


def batches(count=1, size=16):
    return batches_of(count, size, LOW, HIGH)


def changed(before, after, part):
    """Whether a model or an optimizer is not what it was."""
    return any(np.any(before[name] != after[name]) for name in before if name.startswith(f"{part}/"))


def test_without_repairs_it_is_ddpg_to_the_bit():
    ours, package = build(TINY, 0, InParts), Run(TINY, 0)
    for run in (ours, package):
        list(train(run))
    found = ours.agent.get_state()
    assert found.pop("t/0") == 200
    assert_same_bits(found, package.agent.get_state())


@pytest.mark.parametrize(("sigma", "c"), [(0.2, 0.5), (2.0, 0.5)])
def test_the_noise_on_the_targets_action_is_clipped_and_stays_within_the_bounds(sigma, c):
    agent = make_agent(type("Other", (Smoothing,), {"sigma": sigma, "c": c}))
    s2 = batches(size=4096).next_states[0]
    plain, noisy = agent.target_actor(s2).numpy(), agent.next_actions(s2).numpy()
    assert (noisy >= LOW).all() and (noisy <= HIGH).all()
    half = (HIGH - LOW) / 2
    inside = (noisy > LOW) & (noisy < HIGH)
    noise = ((noisy - plain) / half)[inside]
    assert np.abs(noise).max() <= c + 1e-5
    assert np.mean(np.abs(noise) > c - 1e-5) > 0.5 if sigma > c else 0.15 < noise.std() < 0.22


def test_the_noise_is_new_at_each_update_and_the_same_in_every_run():
    agent, again = make_agent(Smoothing), make_agent(Smoothing)
    s2 = batches().next_states[0]
    draw, draw_again = (tf.function(each.next_actions) for each in (agent, again))
    first = draw(s2).numpy()
    np.testing.assert_array_equal(first, draw(s2).numpy())
    np.testing.assert_array_equal(first, draw_again(s2).numpy())
    agent.t.assign_add(1)
    assert np.abs(draw(s2).numpy() - first).max() > 0.1  # no constant of the graph
    assert np.abs(make_agent(Smoothing, seed=4).next_actions(s2).numpy() - first).max() > 0.1


def test_actor_and_targets_move_only_at_every_second_update():
    agent = make_agent()
    for moves in (False, True, False, True):
        before = agent.get_state()
        agent.learn(batches())
        after = agent.get_state()
        for part in ("actor", "actor_optimizer", "target_actor", "target_critic", "target_twin"):
            assert changed(before, after, part) == moves, part
        for part in ("critic", "critic_optimizer", "twin", "twin_optimizer"):
            assert changed(before, after, part), part


def test_the_critics_learn_from_one_target_each_with_its_own_optimizer():
    agent = make_agent()
    agent.twin.set_weights(agent.critic.get_weights())  # alike they stay, though their targets differ
    agent.learn(batches(3))
    for one, other in ((agent.twin, agent.critic), (agent.twin_optimizer, agent.critic_optimizer)):
        assert all(map(np.array_equal, one.variables, other.variables))
    assert agent.twin_optimizer.iterations == 3


def test_the_twin_begins_with_weights_of_its_own():
    agent = build(TINY, 0, TD3).agent
    kernels = [(a, b) for a, b in zip(agent.critic.get_weights(), agent.twin.get_weights()) if a.ndim == 2]
    assert all(np.abs(a - b).max() > 1e-3 for a, b in kernels)  # copies would stay copies, and min(Q, Q) = Q


def test_both_learning_rates_reach_their_end_though_the_actor_moves_half_as_often():
    run = build(TINY, 0, Delay)
    list(train(run))
    for optimizer, start in (
        (run.agent.actor_optimizer, TINY.actor_learning_rate), (run.agent.critic_optimizer, TINY.critic_learning_rate),
    ):  # fmt: skip
        np.testing.assert_allclose(optimizer.learning_rate, TINY.final_learning_rate_share * start, rtol=1e-5)


def test_the_repairs_take_at_most_sixty_lines():
    cells = nbformat.read(HERE / "13_after_ddpg.ipynb", as_version=4).cells
    code = "\n".join(cell.source for cell in cells if "definition" in cell.metadata.get("tags", []))
    names = {kind.__name__ for kind in TD3.__mro__}
    classes = [node for node in ast.parse(code).body if getattr(node, "name", None) in names]
    lines = [line.strip() for node in classes for line in ast.get_source_segment(code, node).splitlines()]
    assert len(classes) == 6
    assert len([line for line in lines if line and not line.startswith('"""')]) <= 60
