"""Evaluation of a greedy policy, on seeds that training never sees."""

import contextlib
from typing import NamedTuple

import numpy as np

from ddpg_tf.checks import check
from ddpg_tf.envs import action_bounds, make_env

SELECTION_SEEDS = range(1_000_000, 1_000_100)  # the policy to keep is chosen on these, so its score on them is too high
TEST_SEEDS = range(2_000_000, 2_000_100)  # no policy is trained or chosen on them


class Evaluation(NamedTuple):
    """Undiscounted returns of greedy episodes, float64, shape (episodes,)."""

    returns: np.ndarray

    mean = property(lambda self: float(self.returns.mean()), doc="Mean return.")
    std = property(lambda self: float(self.returns.std()), doc="Standard deviation of the returns.")
    p10 = property(lambda self: float(np.percentile(self.returns, 10)), doc="One episode in ten has a lower return.")

    def share(self, threshold):
        """Share of the episodes with at least this return."""
        return float((self.returns >= threshold).mean())


def evaluate(policy, env_id, seeds=TEST_SEEDS, episode_limit=None, env_kwargs=None):
    """Play one greedy episode per seed and return an Evaluation.

    policy: maps a state to an action, both NumPy vectors. episode_limit: as for `make_env`, env_kwargs: its options.
    Raises ValueError for no seeds, for what `make_env` refuses, and for actions and returns that are not finite.
    """
    seeds = list(seeds)
    check("evaluate: the number of seeds", len(seeds), "at least one", bool)
    with contextlib.closing(make_env(env_id, episode_limit=episode_limit, **(env_kwargs or {}))) as env:
        returns = [sum(greedy_rewards(policy, env, seed)) for seed in seeds]
    for value, seed in zip(returns, seeds):
        check(f"evaluate: the return of seed {seed} in {env_id}", value, "a finite number", np.isfinite)
    return Evaluation(np.array(returns, np.float64))


def greedy_rewards(policy, env, seed):
    """Yield the rewards of one episode; actions are clipped to the bounds. Raises ValueError for NaN as an action."""
    low, high = action_bounds(env)
    (state, _), over = env.reset(seed=seed), False
    while not over:
        action = np.minimum(np.maximum(policy(state), low), high)
        if not np.isfinite(action).all():
            raise ValueError(f"the policy gives the action {action} in the state {state}, expected finite numbers.")
        state, reward, terminated, truncated, _ = env.step(action)
        over = terminated or truncated
        yield float(reward)
