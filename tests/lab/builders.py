"""Settings small enough for a test, and builders and environments that workers can import."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import gymnasium as gym
import numpy as np

from ddpg_tf.config import PENDULUM
from ddpg_tf.training import Run

TINY = replace(
    PENDULUM, steps=400, warmup_steps=200, batch_size=16, hidden=(8,), evaluation_every=200, evaluation_episodes=2,
    finalists=1,
)  # fmt: skip


def other_build(config, seed):
    """Not `Run`, but the same training."""
    return Run(config, seed)


def killed_once(config, seed):
    """The first worker that trains seed 1 dies, as if it had no memory left."""
    flag = Path(os.environ["KILLED_ONCE"])
    if seed == 1 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return Run(config, seed)


def killed_always(config, seed):
    """No worker survives this."""
    os.kill(os.getpid(), signal.SIGKILL)


def threads_of_worker(config, seed):
    """Raises RuntimeError with the number of threads that TensorFlow starts for its first product."""
    import tensorflow as tf

    before = len(os.listdir("/proc/self/task"))
    tf.linalg.matmul(tf.ones((2000, 2000)), tf.ones((2000, 2000)))
    raise RuntimeError(f"threads: {len(os.listdir('/proc/self/task')) - before}")


class Broken(gym.Env):
    """An environment with a student's mistake in `step`: a TypeError, or whatever `error` is."""

    def __init__(self, error=TypeError):
        self.observation_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
        self.action_space, self.error = gym.spaces.Box(-1.0, 1.0, (1,), np.float32), error

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.zeros(1, np.float32), {}

    def step(self, action):
        raise self.error("a mistake in step")


for error in (TypeError, AttributeError, KeyError, ValueError, OSError):
    gym.register(f"{error.__name__}-v0", entry_point=Broken, kwargs={"error": error}, max_episode_steps=9)
gym.register("NoThreshold-v0", entry_point="gymnasium.envs.classic_control:PendulumEnv", max_episode_steps=200)
