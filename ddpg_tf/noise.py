"""Exploration noise: what a deterministic policy adds to its actions to try something new."""

import numpy as np

from ddpg_tf.checks import check, check_count, check_number


class OrnsteinUhlenbeck:
    """Temporally correlated noise, x <- x - theta x + sigma n with n ~ N(0, 1), started at zero.

    size: numbers per action. theta: share of x lost per step, in (0, 2); 1 gives independent Gaussian noise.
    sigma: standard deviation of one kick. seed: int or numpy Generator. Samples are float32, shape (size,), in units of
    half the action range. Raises ValueError for a theta with which the noise would grow without bound, and for a
    negative sigma. Lillicrap et al. 2016, section 7; the paper has no time step, and neither has this.
    """

    def __init__(self, size, theta=0.15, sigma=0.2, seed=None):
        check_count("OrnsteinUhlenbeck: size", size, at_most=1_000_000)
        check_number("OrnsteinUhlenbeck: theta", theta, "more than 0 and less than 2", lambda theta: 0.0 < theta < 2.0)
        check_number("OrnsteinUhlenbeck: sigma", sigma, "from 0 to 1e18", lambda sigma: 0.0 <= sigma <= 1e18)
        self.theta, self.sigma = theta, sigma
        self._x = np.zeros(int(size))
        self._rng = np.random.default_rng(seed)

    def reset(self):
        """Start again at zero, as at the beginning of an episode; the generator goes on, so no episode repeats."""
        self._x = np.zeros_like(self._x)

    def sample(self):
        """Take one step and return the new x, float32, shape (size,)."""
        kick = self._rng.standard_normal(self._x.shape)
        self._x = self._x - self.theta * self._x + self.sigma * kick
        return self._x.astype(np.float32)

    def get_state(self):
        """The noise x and its generator."""
        return {"x": self._x, "rng": self._rng.bit_generator.state}

    def set_state(self, state):
        """Continue from a `get_state`. Raises ValueError or TypeError for anything else."""
        x = np.array(state["x"], np.float64)
        check("OrnsteinUhlenbeck: the shape of x", x.shape, self._x.shape, lambda shape: shape == self._x.shape)
        self._rng.bit_generator.state = state["rng"]
        self._x = x


def linear_scale(step, start, end, decay_steps):
    """Factor on the noise: from `start` at step 0 in a straight line to `end` at `decay_steps`, then constant."""
    progress = min(step / decay_steps, 1.0) if decay_steps else 1.0
    return start + (end - start) * progress
