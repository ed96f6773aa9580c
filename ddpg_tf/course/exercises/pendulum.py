"""Checkers of notebook 06: a pilot by hand, the exploring action, and the gathering half of Algorithm 1."""

import gymnasium as gym
import numpy as np

from ddpg_tf.course.exercises import checker

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
        hint = "it comes up and does not stay: near the top, push against the angle and against the speed"
    else:
        hint = "it comes up and stays, but too late: full torque while the energy is below 15"
    return f"{hint}. Mean return {returns:.0f}, expected at least {BAR:.0f}"


def _fly(pilot, angle, speed):
    """Return; pushes along less against the motion, below the axis; upright ever; upright at the end."""
    rewards, along, upright = [], [0.0], []
    for _ in range(200):
        torque = np.clip(float(pilot(angle, speed)), -2, 2)
        if np.cos(angle) < 0:
            along.append(np.sign(torque * speed))
        rewards.append(-(angle**2 + 0.1 * speed**2 + 0.001 * torque**2))
        speed = np.clip(speed + 0.05 * (15 * np.sin(angle) + 3 * torque), -8, 8)
        angle = (angle + 0.05 * speed + np.pi) % (2 * np.pi) - np.pi
        upright.append(abs(angle) < 0.3)
    return sum(rewards), np.mean(along), any(upright), all(upright[-20:])


@checker
def check_explore(explore):
    """`explore(policy, noise, state, low, high)`: the action to try, page 02's noise on page 03's actor."""
    for low, high, mu, x in _EXPLORATIONS:
        low, high, mu, x = (np.array(array, np.float32) for array in (low, high, mu, x))
        noise = _Noise(x)
        given = np.asarray(explore(lambda state: mu.copy(), noise, np.zeros(3, np.float32), low, high))
        if noise.draws > 1:
            return f"noise.sample() takes a step of the process: draw once per action, not {noise.draws} times"
        right = np.clip(mu + (high - low) / 2 * x, low, high)
        if given.shape != right.shape:
            return f"one number per action, shape {right.shape}; your answer has shape {given.shape}"
        if not _close(given, right):
            hint = next((words for wrong, words in _wrong_explorations(mu, x, low, high) if _close(given, wrong)), "")
            return f"{hint or 'policy, plus noise in units of half the range, clipped'}. " + _first_difference(
                given,
                right,
                lambda i: f"low {low[i]:g}, high {high[i]:g}, policy {mu[i]:g}, noise {x[i]:g}:",
            )
    return None


_EXPLORATIONS = (  # low, high, policy, noise
    ([-2.0], [2.0], [0.5], [0.3]),
    ([0.0, -1.0], [10.0, 0.0], [4.0, -0.5], [0.2, 0.4]),
    ([-2.0], [2.0], [1.9], [0.7]),
    ([0.0, -1.0], [10.0, 0.0], [1.0, -0.1], [-0.9, 0.8]),
)


def _wrong_explorations(mu, x, low, high):
    half = (high - low) / 2
    return (
        (mu, "the noise has no effect"),
        (mu + half * x, "beyond the bounds: clip the sum"),
        (np.clip(mu, low, high) + half * x, "beyond the bounds: clip the sum, not the policy"),
        (np.clip(mu + x, low, high), "the noise is in units of half the range: scale it by (high - low) / 2"),
        (np.clip(mu + 2 * half * x, low, high), "the noise is in units of half the range, not of all of it"),
        (
            np.clip(mu + high * x, low, high),
            "bounds need not be symmetric: half the range is (high - low) / 2",
        ),
        (np.clip(mu + half * x, -high, high), "bounds need not be symmetric: clip to low and high"),
        (np.clip(mu + half * x, -1, 1), "clip to the bounds of the world, not to ±1"),
        (mu + half * np.clip(x, -1, 1), "beyond the bounds: clip the sum, not the noise"),
        (
            np.clip(mu + half * x + (high + low) / 2, low, high),
            "the policy's actions have the middle in them already",
        ),
    )


class _Noise:
    """Noise that always gives the same, and counts."""

    def __init__(self, x):
        self.x, self.draws, self.resets = x, 0, []

    def sample(self):
        self.draws += 1
        return self.x.copy()

    def reset(self):
        self.resets.append(self.draws)


@checker
def check_collect(collect):
    """`collect(env, act, noise, memory, steps)`: play so many steps with `act(state)` and store each."""
    env, memory, steps = _Witness(), _Memory(), 14
    noise = _Noise(np.zeros(1))

    def act(state):
        noise.draws += 1  # so that the resets of the noise have a date
        return np.array([noise.draws / 100], np.float32)

    collect(env, act, noise, memory, steps)
    return next((hint for holds, hint in _faults(env, noise, memory.rows, steps) if holds()), None)


class _Witness(gym.Env):
    """A world that remembers what was done to it. States are (episode, step); episodes end by turns
    after 3 steps in the world and after 4 steps by the clock."""

    def __init__(self):
        self.observation_space = gym.spaces.Box(0.0, np.inf, (2,), np.float32)
        self.action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
        self.episode, self.count, self.over = 0, 0, True
        self.seeds, self.actions, self.stepped_after_the_end = [], [], False

    def reset(self, *, seed=None, options=None):
        self.seeds.append(seed)
        self.episode, self.count, self.over = self.episode + 1, 0, False
        return self._state(), {}

    def step(self, action):
        if len(self.actions) == 1_000:
            raise RuntimeError("1,000 steps were taken, and 14 were asked for; the loop does not end")
        self.stepped_after_the_end |= self.over
        self.actions.append(np.array(action))
        self.count += 1
        terminated = self.episode % 2 == 1 and self.count >= 3
        truncated = self.episode % 2 == 0 and self.count >= 4
        self.over = terminated or truncated
        return self._state(), 1.0, terminated, truncated, {}

    def _state(self):
        return np.array([self.episode, self.count], np.float32)


class _Memory:
    """Keeps the rows as they come."""

    def __init__(self):
        self.rows = []

    def add(self, *row):
        state, action, reward, next_state, terminated = row
        self.rows.append((*map(np.array, (state, action, next_state)), bool(terminated)))


def _faults(env, noise, rows, steps):
    """(test, hint) of each known mistake, in the order in which one hides the next."""
    states, actions, nexts, flags = zip(*rows) if rows else [()] * 4
    ends = [i for i, flag in enumerate(flags) if flag]
    resets = len(env.seeds)
    return (
        (lambda: not rows, "the memory is empty: add every transition"),
        (
            lambda: env.stepped_after_the_end,
            "a step after the end: reset where it terminated, and where it truncated",
        ),
        (lambda: len(env.actions) != steps, f"{len(env.actions)} steps were taken, {steps} were asked for"),
        (lambda: len(rows) != steps, f"{len(rows)} transitions were stored, {steps} steps were taken"),
        (
            lambda: len(set(map(tuple, states))) <= resets,
            "the next state must become the state, at every step",
        ),
        (
            lambda: all(map(np.array_equal, states, nexts)),
            "state and next state are one: store, and then move on",
        ),
        (
            lambda: any(s[1] == 0 for s in nexts),
            "a next state is another episode's first: store it before the reset",
        ),
        (
            lambda: any(map(_differ, actions, env.actions)),
            "the action stored is not the one taken: call act once",
        ),
        (lambda: not ends, "no transition is terminal, and the world ended twice"),
        (
            lambda: ends == [2, 6, 9, 13],
            "a time limit is stored as terminal: the clock stopped, the world goes on",
        ),
        (
            lambda: ends == [6, 13],
            "the wrong flag: terminal is where the world ended, not where the clock did",
        ),
        (lambda: len(ends) == steps - 2, "the flag is inverted: it is true where the world ended"),
        (lambda: ends != [2, 9], f"terminal are the steps 2 and 9, counted from 0; you stored {ends}"),
        (
            lambda: len(set(env.seeds) - {None}) < resets - env.seeds.count(None),
            "one seed at each reset is one start",
        ),
        (lambda: len(noise.resets) > resets, "the noise is reset more often than the world"),
        (lambda: len(noise.resets) < resets, "the noise must start anew with each episode, the first too"),
        (lambda: noise.resets[:4] != [0, 3, 7, 10], "reset the noise where an episode begins"),
    )


def _differ(left, right):
    return not np.array_equal(left, right)


def _close(given, right):
    return np.shape(given) == np.shape(right) and np.allclose(given, right, atol=1e-4)


def _first_difference(given, right, place):
    first = int(np.argmax(~np.isclose(given, right, atol=1e-4)))
    return f"{place(first)} it gives {given[first]:.4g}, expected {right[first]:.4g}"
