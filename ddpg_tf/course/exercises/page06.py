"""Exercises of page 06: a pilot by hand, the exploring action, and the gathering half of Algorithm 1."""

from types import SimpleNamespace

import gymnasium as gym
import numpy as np

from ddpg_tf.course.exercises import Exercise, checker

BAR = -200.0  # of a university course, for Pendulum-v1


@checker
def check_pilot(pilot):
    """`pilot(angle, speed)`: a torque; twenty starts have to bring a mean return above BAR."""
    starts = np.random.default_rng(6).uniform((-np.pi, -1.0), (np.pi, 1.0), (20, 2))
    flights = [_fly(pilot, angle, speed) for angle, speed in starts]
    returns, along, up_once, up_at_the_end = np.mean(flights, axis=0)
    if returns >= BAR:
        return None
    if up_once < 0.5 and along < -0.5:
        hint = "it pushes against the motion, and each swing is smaller than the last: turn the sign"
    elif up_once < 0.5:
        hint = "it stays below: the motor is too weak to lift, so push with the motion, and each swing is larger"
    elif up_at_the_end < 0.5:
        hint = "it comes up and does not stay: come with an energy of 15, no more; there push against angle and speed"
    else:
        hint = "it comes up and stays, but too late: full torque below an energy of 15, and a firmer catch near the top"
    return f"{hint}. Mean return {returns:.0f}, expected at least {BAR:.0f}"


def _fly(pilot, angle, speed):
    """Return; pushes along less against the motion, below the axis; upright ever; upright at the end."""
    rewards, along, upright = [], [0.0], []
    for _ in range(200):
        torque = np.clip(np.asarray(pilot(angle, speed), np.float64).item(), -2, 2)
        if not np.isfinite(torque):
            raise ValueError(f"at angle {angle:.2f}, speed {speed:.2f} it gives {torque}: not finite, or not returned")
        if np.cos(angle) < 0:
            along.append(np.sign(torque * speed))
        rewards.append(-(angle**2 + 0.1 * speed**2 + 0.001 * torque**2))
        speed = np.clip(speed + 0.05 * (15 * np.sin(angle) + 3 * torque), -8, 8)
        angle = (angle + 0.05 * speed + np.pi) % (2 * np.pi) - np.pi
        upright.append(abs(angle) < 0.3)
    return sum(rewards), np.mean(along), any(upright), all(upright[-20:])


class _Policy:
    """An action in one state, and its opposite in all others."""

    def __init__(self, action, state=None):
        self.action, self.state = action, state

    def __call__(self, state):
        return self.action * (1 if np.array_equal(state, self.state) else -1)

    def __repr__(self):
        return str(self.action.tolist())


class _Noise(_Policy):
    """Noise for one action: a second draw is a mistake."""

    drawn = False

    def sample(self):
        if self.drawn:
            raise RuntimeError("noise.sample() takes a step of the process: draw once per action")
        self.drawn = True
        return self.action.copy()


def _exploration(low, high, policy, noise):
    """A case (policy, noise, state, low, high)."""
    low, high, policy, noise = (np.array(x) for x in (low, high, policy, noise))
    state = np.array([0.5, low[0], high[0]])
    return _Policy(policy, state), _Noise(noise), state, low, high


def _explore(policy, noise, state, low, high):
    return np.clip(policy(state) + (high - low) / 2 * noise.sample(), low, high)


check_explore = Exercise(_explore, [
    _exploration([-2.0], [2.0], [0.5], [0.25]),
    _exploration([0.0, -1.0], [10.0, 0.0], [4.0, -0.5], [0.2, 0.4]),
    _exploration([-2.0], [2.0], [1.9], [0.7]),
    _exploration([0.0, -1.0], [10.0, 0.0], [1.0, -0.1], [-0.9, 0.8]),
], [
    (lambda p, n, s, lo, hi: p(s), "the noise has no effect"),
    (lambda p, n, s, lo, hi: p(s) + (hi - lo) / 2 * n.sample(), "beyond the bounds: clip the sum, not the policy"),
    (lambda p, n, s, lo, hi: np.clip(p(s) + n.sample(), lo, hi), "the noise is in units of half the range: scale it"),
    (lambda p, n, s, lo, hi: np.clip(p(s) + (hi - lo) * n.sample(), lo, hi), "the noise is in units of half the range"),
    (lambda p, n, s, lo, hi: np.clip(p(s) + hi * n.sample(), lo, hi), "half the range is (high - low) / 2, not high"),
    (lambda p, n, s, lo, hi: np.clip(p(s) + (hi - lo) / 2 * n.sample(), -hi, hi), "the lower bound need not be -high"),
    (lambda p, n, s, lo, hi: np.clip(p(s) + (hi - lo) / 2 * n.sample(), -1, 1), "clip to the bounds, not to ±1"),
    (lambda p, n, s, lo, hi: np.clip(p(s) - (hi - lo) / 2 * n.sample(), lo, hi), "the sign: the noise is added"),
    (lambda p, n, s, lo, hi: np.clip(p(s) + (hi - lo) / 2 * n.sample() + (hi + lo) / 2, lo, hi),
     "the policy's action has the middle of the range in it already"),
])  # fmt: skip

_STEPS = 12  # the fourth episode is cut by them; its end does not come


@checker
def check_collect(collect):
    """`collect(env, act, noise, memory, steps)`: play so many steps with `act(state)` and store each."""
    world = _World()
    noise, memory = SimpleNamespace(reset=world.reset_noise), SimpleNamespace(add=world.add)
    collect(world, world.act, noise, memory, _STEPS)
    return next((hint for found, hint in _faults(world) if found), None)


class _World(gym.Env):
    """A world that remembers what was done. States are (episode, step); episodes end by turns after 3 steps
    in the world and after 4 steps by the clock."""

    def __init__(self):
        self.observation_space = gym.spaces.Box(0.0, np.inf, (2,), np.float32)
        self.action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
        self.episode, self.count, self.over, self.stepped_after_the_end = 0, 0, True, False
        self.seeds, self.seen, self.rows, self.stored, self.noise_resets = [], [], [], [], []

    def reset(self, *, seed=None, options=None):
        self.seeds.append(seed)
        self.episode, self.count, self.over = self.episode + 1, 0, False
        return self._state(), {}

    def act(self, state):
        """A new action for every call."""
        self.seen.append(np.array(state))
        return np.array([len(self.seen) / 100], np.float32)

    def step(self, action):
        if len(self.rows) == 1_000:
            raise RuntimeError(f"1,000 steps were taken, and {_STEPS} were asked for; the loop does not end")
        self.stepped_after_the_end |= self.over
        state, action = self._state(), np.array(action)
        self.count += 1
        terminated = self.episode % 2 == 1 and self.count >= 3
        truncated = self.episode % 2 == 0 and self.count >= 4
        self.over = terminated or truncated
        reward = 10.0 * self.episode + self.count
        self.rows.append((state, action, reward, self._state(), terminated))
        return self._state(), reward, terminated, truncated, {}

    def add(self, state, action, reward, next_state, terminated):
        reward = np.asarray(reward, float).item()
        self.stored.append((np.array(state), np.array(action), reward, np.array(next_state), bool(terminated)))

    def reset_noise(self):
        self.noise_resets.append(len(self.seen))

    def _state(self):
        return np.array([self.episode, self.count], np.float32)


def _faults(world):
    """(found, hint) of each known mistake, in the order in which one hides the next."""
    states, actions, rewards, nexts, flags = zip(*world.stored) if world.stored else [()] * 5
    ends, resets, seeds = [i for i, flag in enumerate(flags) if flag], len(world.seeds), set(world.seeds) - {None}

    def differs(column):
        return any(not np.array_equal(row[column], true[column]) for row, true in zip(world.stored, world.rows))

    return (
        (not world.stored, "the memory is empty: add every transition"),
        (world.stepped_after_the_end, "a step after the end: reset where it terminated, and where it truncated"),
        (len(world.rows) != _STEPS, f"{len(world.rows)} steps were taken, {_STEPS} were asked for"),
        (len(states) != _STEPS, f"{len(states)} transitions were stored, {_STEPS} steps were taken"),
        (len(set(map(tuple, states))) <= resets, "the next state must become the state, at every step"),
        (all(map(np.array_equal, states, nexts)), "state and next state are one: store, and then move on"),
        (any(s[1] == 0 for s in nexts), "a next state is another episode's first: store it before the reset"),
        (differs(1), "the action stored is not the one taken: call act once"),
        (differs(0), "the state stored is not the one in which the action was taken"),
        (differs(3), "the next state stored is not the one that the step led to"),
        (not all(map(np.array_equal, world.seen, states)), "act is asked about another state than the current one"),
        (rewards[1:] == rewards[:-1], "the reward is the same in every row: store the one of the step"),
        (differs(2), "the reward stored is not the one that the step gave"),
        (not ends, "no transition is terminal, and the world ended twice"),
        (ends == [2, 6, 9], "a time limit is stored as terminal: the clock stopped, the world goes on"),
        (ends == [6], "the wrong flag: terminal is where the world ended, not where the clock did"),
        (len(ends) == _STEPS - 2, "the flag is inverted: it is true where the world ended"),
        (ends != [2, 9], f"terminal are the steps 2 and 9, counted from 0; you stored {ends}"),
        (len(seeds) < resets - world.seeds.count(None), "one seed at each reset is one start"),
        (len(world.noise_resets) > resets, "the noise is reset more often than the world"),
        (len(world.noise_resets) < resets, "the noise must start anew with each episode, the first too"),
        (world.noise_resets != [0, 3, 7, 10], "reset the noise where an episode begins"),
    )
