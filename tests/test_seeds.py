"""Seeds that hold: the same bits for every named setting, in this process and in another, watched or not."""

import contextlib
import hashlib
import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from same_bits import assert_same_bits, numbers

from ddpg_tf.commands import _show_progress
from ddpg_tf.config import NAMED
from ddpg_tf.envs import make_env
from ddpg_tf.training import Run, train, write_scalars

SHORT = {
    name: replace(
        config, steps=config.batch_size + 3 * config.block + 100, warmup_steps=config.batch_size + 50,
        evaluation_every=config.batch_size + 100, evaluation_episodes=1, episode_limit=60,
    )
    for name, config in NAMED.items()
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


def test_the_same_seed_gives_the_same_bits_and_another_does_not(named):
    name, run = named
    assert_same_bits(trained(SHORT[name]), run)
    assert digest(trained(SHORT[name], seed=1)) != digest(run)


def test_another_process_gives_the_same_bits(named):
    name, run = named
    code = f"import test_seeds as t; print(t.digest(t.trained(t.SHORT[{name!r}])))"
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == digest(run)


def test_a_world_that_is_rendered_gives_the_same_bits(named):
    name, plain = named
    run = Run(SHORT[name], 0)
    seen = make_env(run.config.env, episode_limit=run.config.episode_limit, render_mode="rgb_array")
    seen.action_space.np_random.bit_generator.state = run.env.action_space.np_random.bit_generator.state
    run.env, step, frames = seen, seen.step, []

    def shown(action):
        frames.append(seen.render().shape)
        return step(action)

    run.env.step = shown
    list(train(run))
    assert len(frames) == run.step and len(frames[0]) == 3
    assert_same_bits(run, plain)


def test_a_progress_bar_and_tensorboard_change_nothing(named, tmp_path):
    name, plain = named
    run = Run(SHORT[name], 0)
    with contextlib.redirect_stderr(io.StringIO()):
        _show_progress(run, write_scalars(train(run), tmp_path))
    assert_same_bits(run, plain)
