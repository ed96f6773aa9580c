"""stable-baselines3's DDPG, measured as ours is: run by `tests.benchmarks.peers` in an environment of its own.

`python -m tests.benchmarks.sb3 speed` and `… solve SETTINGS SEED MINUTES` print one line of JSON.
"""

import json
import sys
import time

import gymnasium as gym
import numpy as np
import torch
from stable_baselines3 import DDPG, __version__
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.noise import NormalActionNoise, OrnsteinUhlenbeckActionNoise

from ddpg_tf.config import LUNAR_LANDER
from ddpg_tf.evaluation import SELECTION_SEEDS, TEST_SEEDS, evaluate
from tests.benchmarks.clock import ACTIONS, STATES, microseconds

ZERO, ONE = np.zeros(ACTIONS), np.ones(ACTIONS)
SHARED = {"buffer_size": 200_000, "learning_starts": 10_000, "tau": 0.005, "batch_size": 256, "train_freq": 1}
SETTINGS = {  # the zoo's for LunarLanderContinuous, and ours; SB3 has one learning rate for both networks
    "zoo": SHARED | {
        "gamma": 0.98, "learning_rate": 1e-3, "policy_kwargs": {"net_arch": [400, 300]},
        "action_noise": NormalActionNoise(ZERO, 0.1 * ONE),
    },
    "ours": SHARED | {
        "gamma": 0.99, "learning_rate": 1e-3, "policy_kwargs": {"net_arch": [64, 64]},
        "action_noise": OrnsteinUhlenbeckActionNoise(ZERO, 0.2 * ONE, theta=0.15, dt=1.0),
    },
}  # fmt: skip
SOLVED = 200.0  # the lander's reward threshold
REWARD_SCALE = {"zoo": 1.0, "ours": LUNAR_LANDER.reward_scale}


def speed():
    """Updates per second, microseconds of one action, of the memory's add and of its sample."""
    results = {"version": __version__, "torch": torch.__version__}
    for name, net, batch in (("64-64, batch 256", [64, 64], 256), ("400-300, batch 64", [400, 300], 64)):
        results[name] = max(_updates_per_second(net, batch, threads) for threads in (1, torch.get_num_threads()))
    model, state = _model("ours", 0), np.zeros(STATES, np.float32)
    results["action"] = microseconds(lambda: model.predict(state, deterministic=True), 1_000)
    memory = _filled(model, 100_000)
    results["add"] = microseconds(lambda: _add(memory, state), 5_000)
    results["sample"] = microseconds(lambda: memory.sample(256), 1_000)
    return results


def solve(settings, seed, minutes):
    """Train until a selection reaches the solved return, or `minutes` of training are over.

    The selection is ours: every 10,000 steps 30 episodes, and 100 where these reach 200; its time does not count.
    """
    torch.set_num_threads(1)
    judge = _Judge(60 * minutes)
    _model(settings, seed).learn(LUNAR_LANDER.steps, callback=judge)
    return {"seed": seed, "steps": judge.num_timesteps, "seconds": judge.seconds, "solved": judge.exam is not None,
            "exam": judge.exam, "best": judge.best}  # fmt: skip


class _Judge(BaseCallback):
    """Ends the training when it is solved, or when its time is over."""

    def __init__(self, limit):
        super().__init__()
        self.limit, self.seconds, self.exam, self.best = limit, 0.0, None, -np.inf

    def _on_training_start(self):
        self.clock = time.perf_counter()

    def _on_step(self):
        if self.num_timesteps % LUNAR_LANDER.evaluation_every or self.num_timesteps < LUNAR_LANDER.warmup_steps:
            return True
        self.seconds += time.perf_counter() - self.clock
        mean = self._mean(SELECTION_SEEDS[: LUNAR_LANDER.evaluation_episodes])
        if mean >= SOLVED:
            mean = self._mean(SELECTION_SEEDS)
        self.best = max(self.best, mean)
        if mean >= SOLVED:
            self.exam = self._mean(TEST_SEEDS)
        self.clock = time.perf_counter()
        return self.exam is None and self.seconds < self.limit

    def _mean(self, seeds):
        return evaluate(lambda state: self.model.predict(state, deterministic=True)[0], LUNAR_LANDER.env, seeds).mean


def _model(settings, seed):
    env = gym.wrappers.TransformReward(gym.make(LUNAR_LANDER.env), lambda reward: REWARD_SCALE[settings] * reward)
    return DDPG("MlpPolicy", env, seed=seed, device="cpu", **SETTINGS[settings])


def _updates_per_second(net, batch, threads):
    torch.set_num_threads(threads)
    env = gym.make(LUNAR_LANDER.env)
    model = DDPG("MlpPolicy", env, policy_kwargs={"net_arch": net}, batch_size=batch, buffer_size=10_000, device="cpu")
    model.learn(1)  # sets up the logger that train() writes to
    model.replay_buffer = _filled(model, 5_000)
    return 50e6 / microseconds(lambda: model.train(50, batch), 2)


def _filled(model, held):
    """A replay buffer of SB3's with as many random transitions."""
    memory = ReplayBuffer(held, model.observation_space, model.action_space, device="cpu")
    for state in np.random.default_rng(0).random((held, STATES), np.float32):
        _add(memory, state)
    return memory


def _add(memory, state):
    memory.add(state[None], state[None], ZERO[None], np.zeros(1), np.zeros(1), [{}])


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    print(json.dumps(speed() if command == "speed" else solve(arguments[0], int(arguments[1]), float(arguments[2]))))
