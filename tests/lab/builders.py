"""Settings small enough for a test, and builders and environments that workers can import."""

import os
import signal
from dataclasses import replace
from pathlib import Path

from ddpg_tf.config import PENDULUM
from ddpg_tf.training import Run

TINY = replace(
    PENDULUM, steps=400, warmup_steps=200, batch_size=16, hidden=(8,), evaluation_every=200, evaluation_episodes=2,
    finalists=1,
)  # fmt: skip

OPTIONS = [
    "--env", "Pendulum-v1", "--steps", "400", "--warmup-steps", "200", "--batch-size", "16", "--hidden", "8",
    "--evaluation-every", "200", "--evaluation-episodes", "2", "--finalists", "1",
]  # the same on a command line  # fmt: skip


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
    """Raises RuntimeError with the number of threads on which TensorFlow computes a product."""
    import tensorflow as tf

    tf.linalg.matmul(tf.ones((2000, 2000)), tf.ones((2000, 2000)))
    names = [name.read_text().strip() for name in Path("/proc/self/task").glob("*/comm")]
    raise RuntimeError(f"threads: {names.count('tf_Compute')}")
