"""Exploration noise: what a deterministic policy adds to its actions in order to see something new."""

import numpy as np

from ddpg_tf.checks import check_count, check_number
from ddpg_tf.lab.generators import generator_at, generator_state


class OrnsteinUhlenbeck:
    """Temporally correlated noise, x <- x - theta x + sigma n with n ~ N(0, 1), started at zero.

    size: numbers per action. theta: share of x that is lost per step, in (0, 2). sigma: width of one kick.
    seed: int or numpy SeedSequence. Samples are float32, shape (size,), in units of half the action range.
    Raises ValueError for a theta or sigma with which the noise would be no noise, or would grow without bound.
    Lillicrap et al. 2016, section 7; there is no time step in the paper, and none here.
    """

    def __init__(self, size, theta=0.15, sigma=0.2, seed=None):
        check_number("OrnsteinUhlenbeck: theta", theta, "more than 0 and less than 2", lambda theta: 0.0 < theta < 2.0)
        _check_width("OrnsteinUhlenbeck", size, sigma)
        self.theta, self.sigma = theta, sigma
        self._x = np.zeros(int(size))
        self._rng = np.random.default_rng(seed)

    def reset(self):
        """Start anew at zero, as at the beginning of an episode. The generator goes on, so no episode repeats one."""
        self._x = np.zeros_like(self._x)

    def sample(self):
        """Take one step and return the new x, float32, shape (size,)."""
        kick = self._rng.standard_normal(self._x.shape)
        self._x = self._x - self.theta * self._x + self.sigma * kick
        return self._x.astype(np.float32)


class Gaussian:
    """Uncorrelated noise, x ~ N(0, sigma²), with the interface of `OrnsteinUhlenbeck`.

    size: numbers per action. sigma: width. seed: int or numpy SeedSequence.
    Samples are float32, shape (size,), in units of half the action range. Raises ValueError for a negative sigma.
    """

    def __init__(self, size, sigma=0.1, seed=None):
        _check_width("Gaussian", size, sigma)
        self.sigma, self._size = sigma, int(size)
        self._rng = np.random.default_rng(seed)

    def reset(self):
        """Nothing to forget: every sample is new."""

    def sample(self):
        """Return one draw, float32, shape (size,)."""
        return (self.sigma * self._rng.standard_normal(self._size)).astype(np.float32)


def linear_scale(step, start, end, decay_steps):
    """Factor on the noise: from `start` at step 0 in a straight line to `end` at `decay_steps`, then constant."""
    progress = min(step / decay_steps, 1.0) if decay_steps else 1.0
    return start + (end - start) * progress


def noise_state(noise):
    """Where a noise stands between two episodes, for JSON: x starts anew with the next one, the generator goes on."""
    return generator_state(noise._rng)


def restore_noise(noise, state):
    """Let a noise go on from a `noise_state`. Raises ValueError for one that is none."""
    noise._rng = generator_at(state)


def _check_width(who, size, sigma):
    check_count(f"{who}: size", size, at_most=1_000_000)
    check_number(f"{who}: sigma", sigma, "at least 0 and at most 1e30", lambda sigma: 0.0 <= sigma <= 1e30)
