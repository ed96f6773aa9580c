"""Worlds with known answers: a linear-quadratic problem, probes solved by hand, and a lander flown by hand."""

import math

import gymnasium as gym
import numpy as np
from gymnasium import spaces


class LinearQuadratic(gym.Env):
    """One number to steer to zero: s' = s/2 + a/2, reward -(s² + cost a²), s and a in [-1, 1].

    The state never leaves [-1, 1] and the best action never reaches its bounds, so the discounted
    linear-quadratic regulator is the exact answer: `exact_q` and `exact_action`. There is no terminal state,
    only the time limit of 20 steps of the registered "ddpg_tf/LinearQuadratic-v0".
    """

    def __init__(self, cost=0.1):
        self.cost = cost
        self.observation_space = spaces.Box(-1.0, 1.0, (1,), np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (1,), np.float32)

    def reset(self, *, seed=None, options=None):
        """Start anywhere in [-1, 1]."""
        super().reset(seed=seed)
        self._s = self.np_random.uniform(-1.0, 1.0, 1).astype(np.float32)
        return self._s.copy(), {}

    def step(self, action):
        """One step of the equation; never terminates."""
        a = np.clip(action, -1.0, 1.0)
        reward = -float(self._s[0] ** 2 + self.cost * a[0] ** 2)
        self._s = (0.5 * self._s + 0.5 * a).astype(np.float32)
        return self._s.copy(), reward, False, False, {}

    def value_weight(self, gamma):
        """p of V*(s) = -p s²: the positive root of p = 1 + gamma cost p / (4 cost + gamma p)."""
        b = gamma * (1 + self.cost) - 4 * self.cost
        root = math.sqrt(b * b + 16 * gamma * self.cost)
        return (b + root) / (2 * gamma) if b > 0 else 8 * self.cost / (root - b)  # one root, without cancellation

    def exact_action(self, states, gamma):
        """mu*(s) = -gamma p s / (4 cost + gamma p); shapes as given."""
        p = self.value_weight(gamma)
        return -gamma * p * states / (4 * self.cost + gamma * p)

    def exact_q(self, states, actions, gamma):
        """Q*(s, a) = -(s² + cost a²) - gamma p ((s + a) / 2)²; shapes as given."""
        p = self.value_weight(gamma)
        return -(states**2 + self.cost * actions**2) - gamma * p * ((states + actions) / 2) ** 2


class Probe(gym.Env):
    """Smallest worlds that tell one broken part from another: episodes of `length` steps, values known by hand.

    reward: function of (state, action, step) that gives the reward of a step. The state is one number, drawn from
    {-1, 1} at the start and constant; the action is one number in [-1, 1]. Episodes end with `terminated`.
    """

    def __init__(self, reward, length=1):
        self._reward, self._length = reward, length
        self.observation_space = spaces.Box(-1.0, 1.0, (2,), np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (1,), np.float32)

    def reset(self, *, seed=None, options=None):
        """Draw the state; observations are (state, share of the episode that is over)."""
        super().reset(seed=seed)
        self._state, self._step = float(self.np_random.choice((-1.0, 1.0))), 0
        return self._observation(), {}

    def step(self, action):
        """Count one step, and pay for it."""
        reward = float(self._reward(self._state, float(action[0]), self._step))
        self._step += 1
        return self._observation(), reward, self._step >= self._length, False, {}

    def _observation(self):
        return np.array([self._state, self._step / self._length], np.float32)


PROBES = {  # name: (reward, length, what fails if only this one fails)
    "ConstantReward": (lambda s, a, t: 1.0, 1, "the critic cannot learn a constant: loss, optimizer"),
    "RewardFromState": (lambda s, a, t: s, 1, "the critic does not see the state: replay, batching"),
    "DelayedReward": (lambda s, a, t: float(t == 1), 2, "reward does not travel back: target, gamma, terminal"),
    "RewardFromAction": (lambda s, a, t: -((a - 0.5) ** 2), 1, "the actor does not follow: policy gradient"),
    "RewardFromBoth": (lambda s, a, t: -((a - 0.5 * s) ** 2), 1, "the actor does not see the state"),
}


def lander_pilot(state):
    """The pilot by hand of page 00: action of shape (2,) for the lander's state of shape (8,), by two PD rules.

    Sink more slowly the lower you are; lean towards the pad and against the drift. The bar that a learner has to beat.
    """
    x, y, v_x, v_y, angle, spin, *_ = state
    wanted_angle = np.clip(0.5 * x + 1.0 * v_x, -0.4, 0.4)
    wanted_v_y = -0.1 - 0.4 * y
    actions = 10 * (wanted_v_y - v_y), 10 * (angle - wanted_angle) + 20 * spin
    return np.clip(actions, -1, 1).astype(np.float32)


gym.register("ddpg_tf/LinearQuadratic-v0", LinearQuadratic, max_episode_steps=20)
for _name, (_reward, _length, _) in PROBES.items():
    gym.register(f"ddpg_tf/{_name}-v0", Probe, kwargs={"reward": _reward, "length": _length})
