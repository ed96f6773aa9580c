"""Environments: `make_env` checks that DDPG can work with one, and says why if it cannot."""

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from ddpg_tf.checks import check_bounds, check_count


def make_env(env_id, *, episode_limit=None, **options):
    """Make a gymnasium environment that DDPG can work with.

    env_id: a registered id, or "module:id" to import the module that registers it. episode_limit: steps after which
    an episode is truncated; None for the environment's own limit. options: for `gymnasium.make`, as render_mode.
    Raises ValueError for an id or options that gymnasium cannot make, for actions that are no bounded vector of
    floats, and for observations that are no vector.
    """
    if episode_limit is not None:
        check_count("make_env: episode_limit", episode_limit)  # gymnasium reads -1 as no limit at all
        options = {**options, "max_episode_steps": episode_limit}
    try:
        env = gym.make(env_id, **options)
    except Exception as error:  # a constructor may fail in any way
        raise ValueError(f"make_env: gymnasium cannot make {env_id!r}: {type(error).__name__}: {error}") from error
    problem = _problem(env)
    if problem:
        env.close()
        raise ValueError(f"make_env: {env_id}: {problem}")
    return env


def action_bounds(env):
    """The bounds (low, high) of the actions, float32, shape (action_size,), never outside the environment's own."""
    space = env.action_space
    low, high = check_bounds(space.low, space.high)
    low = np.where(low < space.low, np.nextafter(low, np.float32(np.inf)), low)  # float64 bounds were rounded outwards
    high = np.where(high > space.high, np.nextafter(high, np.float32(-np.inf)), high)
    return low, high


def _problem(env):
    """Why DDPG cannot work with this environment, and the cure; None if it can."""
    actions, observations = env.action_space, env.observation_space
    if not isinstance(actions, spaces.Box):
        return (
            f"its actions are {actions}, expected a Box of numbers; DDPG is for continuous actions, "
            "so use a continuous form of the environment (LunarLanderContinuous-v3, say) or another algorithm."
        )
    if len(actions.shape) != 1 or not np.issubdtype(actions.dtype, np.floating):
        return f"its actions are {actions}, expected a vector of floats."
    if not np.all((np.abs(actions.low) <= 1e6) & (np.abs(actions.high) <= 1e6)):
        return (
            f"its actions are {actions}, expected bounds of at most 1e6 in size; register the environment wrapped in "
            "gymnasium.wrappers.TransformAction(env, lambda action: action, Box(-1.0, 1.0, (n,))), or scale them there."
        )
    if not isinstance(observations, spaces.Box) or len(observations.shape) != 1:
        return (
            f"its observations are {observations}, expected a vector; images need a convolutional network, which this "
            "package does not have; wrap other spaces in gymnasium's FlattenObservation."
        )
    return None
