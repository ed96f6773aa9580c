"""Seeds that hold: the same bits for every named setting, in this process and in another, watched or not."""

import contextlib
import hashlib
import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from same_bits import assert_same_bits, numbers

from ddpg_tf.lab.commands import show_progress
from ddpg_tf.config import NAMED, PENDULUM
from ddpg_tf.envs import make_env
from ddpg_tf.training import Run, train, write_scalars

SHORT = {
    name: replace(
        config, steps=config.batch_size + 3 * config.block + 100, warmup_steps=config.batch_size + 50,
        evaluation_every=config.batch_size + 100, evaluation_episodes=1, episode_limit=60,
    )
    for name, config in {**NAMED, "prioritized": replace(PENDULUM, priority_alpha=0.6)}.items()
}  # fmt: skip


def trained(config, seed=0):
    run = Run(config, seed)
    list(train(run))
    return run


def digest(run):
    """All the numbers of a run, in few letters."""
    return hashlib.sha256(b"".join(array.tobytes() for array in numbers(run).values())).hexdigest()


@pytest.fixture(scope="module", params=SHORT)
def named(request):
    """A named setting, shortened, and its run of seed 0."""
    return request.param, trained(SHORT[request.param])


def test_every_named_setting_learns_in_this_test(named):
    run = named[1]
    assert run.agent.critic_optimizer.iterations >= 3 * min(run.config.block, 50)
    assert len(run.records) > 2 and len(run.selections) >= 1


def test_the_same_seed_gives_the_same_bits(named):
    name, run = named
    assert_same_bits(trained(SHORT[name]), run)


def test_another_seed_gives_others_from_the_start(named):
    name, run = named
    other = Run(SHORT[name], 1)
    assert not np.array_equal(
        other.agent.actor.trainable_variables[0], Run(SHORT[name], 0).agent.actor.trainable_variables[0]
    )
    next(train(other))
    for mine, others in zip(run.memory.transitions[:3], other.memory.transitions[:3]):  # states, actions, rewards
        assert not np.isin(others.ravel(), mine.ravel()).all()
    assert digest(other) != digest(run)


def test_another_process_gives_the_same_bits(named):
    name, run = named
    code = f"import test_seeds as t; print(t.digest(t.trained(t.SHORT[{name!r}])))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == digest(run)


def test_rendering_a_progress_bar_and_tensorboard_change_nothing(named, tmp_path):
    name, plain = named
    run, frames = Run(SHORT[name], 0), []
    rendered(run, frames)
    with contextlib.redirect_stderr(io.StringIO()) as bar:
        bar.isatty = lambda: True
        show_progress(run, write_scalars(train(run), tmp_path))
    assert len(frames) == run.step and len(frames[0]) == 3
    assert "steps" in bar.getvalue() and any(tmp_path.iterdir())
    assert_same_bits(run, plain)


def rendered(run, frames):
    """Let a run play in a world that draws each of its steps."""
    world = make_env(run.config.env, episode_limit=run.config.episode_limit, render_mode="rgb_array")
    world.action_space.np_random.bit_generator.state = run.env.action_space.np_random.bit_generator.state
    run.env, step = world, world.step

    def shown(action):
        frames.append(world.render().shape)
        return step(action)

    world.step = shown
