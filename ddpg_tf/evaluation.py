"""Evaluation of a greedy policy: on seeds of its own, apart from training; and what an episode looks like."""

import warnings
from pathlib import Path
from typing import NamedTuple

import gymnasium as gym
import numpy as np

from ddpg_tf.envs import make_env

SELECTION_SEEDS = range(1_000_000, 1_000_100)  # which snapshot is kept is decided on these, so they flatter it
TEST_SEEDS = range(2_000_000, 2_000_100)  # never used in training or selection: the figures that count


class Evaluation(NamedTuple):
    """Undiscounted returns of greedy episodes, float64, shape (episodes,)."""

    returns: np.ndarray

    @property
    def mean(self):
        """Mean return."""
        return float(self.returns.mean())

    @property
    def std(self):
        """Standard deviation of the returns."""
        return float(self.returns.std())

    @property
    def p10(self):
        """10th percentile: one episode in ten is worse."""
        return float(np.percentile(self.returns, 10))

    def share(self, threshold):
        """Share of the episodes with at least this return."""
        return float((self.returns >= threshold).mean())


class Episode(NamedTuple):
    """One greedy episode: its return, its length in steps, and its frames, uint8 (length + 1, height, width, 3)."""

    episode_return: float
    length: int
    frames: np.ndarray


def evaluate(policy, env_id, seeds=TEST_SEEDS):
    """Play one greedy episode per seed, with the environment's own time limit, and return an Evaluation.

    policy: maps a state to an action, both NumPy vectors. Raises ValueError for no seeds, for an environment that
    `make_env` refuses, for a policy of another state size, and for a return that is NaN or infinite.
    """
    seeds = list(seeds)
    if not seeds:
        raise ValueError("evaluate: there are no seeds, expected at least one.")
    env = make_env(env_id)
    try:
        check_fits(policy, env)
        returns = np.array([sum(_rewards(policy, env, seed)) for seed in seeds])
        _check_finite(returns, seeds, env_id)
        return Evaluation(returns)
    finally:
        env.close()


def play(policy, env_id, seed):
    """Play one greedy episode and keep its frames, without a display. Returns an Episode."""
    env = make_env(env_id, render_mode="rgb_array")
    try:
        check_fits(policy, env)
        frames = gym.wrappers.RenderCollection(env)
        rewards = list(_rewards(policy, frames, seed))
        return Episode(float(sum(rewards)), len(rewards), np.stack(frames.render()))
    finally:
        env.close()


def record_video(policy, env_id, seed, folder, name="episode"):
    """Play one greedy episode and write it as `folder/name-episode-0.mp4`; returns that path.

    gymnasium's RecordVideo does the work; its ffmpeg comes in a wheel.
    """
    env = make_env(env_id, render_mode="rgb_array")
    try:
        check_fits(policy, env)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*Overwriting existing videos")  # of other names, it does not
            env = gym.wrappers.RecordVideo(env, str(folder), name_prefix=name, disable_logger=True)
        for _ in _rewards(policy, env, seed):
            pass
    finally:
        env.close()
    return Path(folder) / f"{name}-episode-0.mp4"


def check_fits(policy, env):
    """Raise ValueError where a saved policy is for states or actions of other sizes."""
    expected = getattr(policy, "state_size", None)
    if expected is None:  # any function may fly
        return
    given, actions = env.observation_space.shape[0], env.action_space.shape
    if (expected, policy.low.shape) != (given, actions):
        raise ValueError(
            f"the policy is for states of {expected} and actions of {len(policy.low)} numbers, the environment "
            f"{env.spec.id} has {given} and {actions[0]}; choose the environment it was trained in."
        )


def _check_finite(returns, seeds, env_id):
    """Raise ValueError for the first return that is no finite number."""
    for value, seed in zip(returns, seeds):
        if not np.isfinite(value):
            raise ValueError(
                f"evaluate: the episode of seed {seed} in {env_id} brought {value}, expected a finite number."
            )


def _rewards(policy, env, seed):
    """Yield the rewards of one episode."""
    state, _ = env.reset(seed=seed)
    over = False
    while not over:
        state, reward, terminated, truncated, _ = env.step(policy(state))
        over = terminated or truncated
        yield reward
