"""Three hundred thousand steps in one process: the memory stays flat, and no graph is traced twice."""

import gc
from dataclasses import replace
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from ddpg_tf.config import PENDULUM
from ddpg_tf.lab.resume import train_resumable
from ddpg_tf.training import Run


class Cheap(gym.Env):
    """A state that costs nothing, in episodes of 1,000 steps."""

    def __init__(self):
        self.observation_space = spaces.Box(-1.0, 1.0, (1,), np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (1,), np.float32)
        self._state = np.zeros(1, np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self._state, {}

    def step(self, action):
        return self._state, 1.0, False, False, {}


gym.register("tests/Cheap-v0", Cheap, max_episode_steps=1_000, disable_env_checker=True)
LONG = replace(
    PENDULUM, env="tests/Cheap-v0", steps=300_000, warmup_steps=1_000, block=250, batch_size=4, hidden=(2,),
    memory_capacity=20_000, evaluation_every=10_000, evaluation_episodes=1, solved_return=2_000.0,
)  # fmt: skip


def resident():
    """Bytes of this process that are in memory."""
    gc.collect()
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the memory of a process so easily")
def test_300_000_steps_take_no_more_memory_than_60_000_and_trace_once(tmp_path):
    run, sizes = Run(LONG, 0), {}
    for record in train_resumable(run, tmp_path, save_every=20_000):
        if record.step % 60_000 == 0:
            sizes[record.step] = resident()
            assert run.agent._learn_block.experimental_get_tracing_count() == 1
    assert list(sizes) == [60_000, 120_000, 180_000, 240_000, 300_000]
    growth = sizes[300_000] - sizes[60_000]  # of which a thousand records and selections are a hundredth
    assert growth < 12 * 240_000  # twelve bytes per step: less than one float and a reference to it
    assert run.agent.critic_optimizer.iterations == 299_000


def test_batches_of_one_shape_are_traced_once_and_another_shape_once_more():
    run = Run(LONG, 0)
    for _ in range(100):
        run.memory.add([0.0], [0.0], 1.0, [0.0], False)
    for size in (4, 4, 4, 5, 5, 4):
        run.agent.learn(run.memory.sample_many(3, size))
    assert run.agent._learn_block.experimental_get_tracing_count() == 2
