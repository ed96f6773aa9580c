"""How fast each piece of the work is on this machine: ours, and the matrix products that no code can do without."""

import tempfile
import time
from dataclasses import replace
from unittest.mock import patch

import numpy as np

from ddpg_tf.agent import DDPG
from ddpg_tf.config import LUNAR_LANDER
from ddpg_tf.lab import checkpoint
from ddpg_tf.networks import build_actor, build_critic
from ddpg_tf.replay import ReplayMemory
from ddpg_tf.training import Run
from tests.benchmarks.clock import ACTIONS, STATES, microseconds


def filled_memory(capacity, held):
    """A memory that holds random transitions."""
    rng = np.random.default_rng(0)
    replay = ReplayMemory(capacity, STATES, ACTIONS, seed=0)
    for _ in range(held):
        replay.add(rng.random(STATES), rng.random(ACTIONS), rng.random(), rng.random(STATES), False)
    return replay


def build(hidden):
    """A DDPG for the lander's sizes."""
    low, high = -np.ones(ACTIONS), np.ones(ACTIONS)
    return DDPG(build_actor(STATES, low, high, hidden), build_critic(STATES, ACTIONS, hidden), low, high)


def updates_per_second(hidden, batch, count=50):
    """Updates per second, `count` of them in one call of learn."""
    agent = build(hidden)
    batches = filled_memory(10_000, 5_000).sample_many(count, batch)
    return count * 1e6 / microseconds(lambda: agent.learn(batches), max(200 // count, 4))


def products_per_second(hidden, batch):
    """Updates per second that the matrix products of one update would allow, by NumPy's BLAS, and nothing else."""
    rng = np.random.default_rng(0)
    pairs = [(rng.random((m, k), np.float32), rng.random((k, n), np.float32)) for m, k, n in products(*hidden, batch)]
    outputs = [np.empty((left.shape[0], right.shape[1]), np.float32) for left, right in pairs]

    def once():
        for (left, right), output in zip(pairs, outputs):
            np.matmul(left, right, out=output)

    return 1e6 / microseconds(once, 100)


def products(h1, h2, batch):
    """The products (m, k) (k, n) of one update: passes forward, and what their gradients need, no more."""
    actor = [(batch, STATES, h1), (batch, h1, h2), (batch, h2, ACTIONS)]
    critic = [(batch, STATES, h1), (batch, h1 + ACTIONS, h2), (batch, h2, 1)]
    weights = lambda layers: [(k, m, n) for m, k, n in layers]  # noqa: E731  dL/dW = xᵀ dL/dy
    inputs = lambda layers: [(m, n, k) for m, k, n in layers]  # noqa: E731  dL/dx = dL/dy Wᵀ
    targets = actor + critic
    critic_step = critic + weights(critic) + inputs(critic[1:])
    towards_action = [(batch, 1, h2), (batch, h2, ACTIONS)]
    actor_step = actor + critic + towards_action + weights(actor) + inputs(actor[1:])
    return targets + critic_step + actor_step


def action_microseconds(hidden):
    """Microseconds per action: the NumPy policy, and the Keras actor that it was taken from."""
    agent, state = build(hidden), np.zeros(STATES, np.float32)
    policy = agent.policy()
    through_keras = microseconds(lambda: np.asarray(agent.actor(state[None])), 100)
    return microseconds(lambda: policy(state), 5_000), through_keras


def memory_microseconds(capacity, batch=256):
    """Microseconds per call of a full memory: add, sample, sample_many of 50; and its bytes per byte of numbers."""
    state, action = np.zeros(STATES, np.float32), np.zeros(ACTIONS, np.float32)
    replay = filled_memory(capacity, capacity)
    return (
        microseconds(lambda: replay.add(state, action, 0.0, state, False), 5_000),
        microseconds(lambda: replay.sample(batch), 2_000),
        microseconds(lambda: replay.sample_many(50, batch), 50),
        replay.nbytes / (4 * (2 * STATES + ACTIONS + 2) * capacity),
    )


def saving_seconds(steps=30_000):
    """A lander that trains with a full memory and writes checkpoints: seconds of the longest, of all, and of it all."""
    run = Run(replace(LUNAR_LANDER, steps=steps))
    run.memory.set_state(filled_memory(LUNAR_LANDER.memory_capacity, LUNAR_LANDER.memory_capacity).get_state())
    seconds = []

    def timed(*arguments):
        start = time.perf_counter()
        save(*arguments)
        seconds.append(time.perf_counter() - start)

    save, start = checkpoint.save, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, patch.object(checkpoint, "save", timed):
        for _ in checkpoint.train_with_checkpoints(run, folder):
            pass
    return max(seconds), sum(seconds), time.perf_counter() - start
