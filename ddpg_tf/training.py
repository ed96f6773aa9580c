"""Training: the loop of Algorithm 1 around environment, memory, agent and noise."""

import contextlib
import math
import time
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from ddpg_tf.agent import DDPG
from ddpg_tf.checks import check_number
from ddpg_tf.envs import make_env
from ddpg_tf.evaluation import SELECTION_SEEDS, evaluate
from ddpg_tf.lab.interrupts import Interrupted
from ddpg_tf.noise import Gaussian, OrnsteinUhlenbeck, linear_scale
from ddpg_tf.lab.prioritized import PrioritizedReplayMemory
from ddpg_tf.replay import ReplayMemory

LEAST_PRIORITY = 1e-6  # what meets its target today may be wrong tomorrow


class Record(NamedTuple):
    """One training episode. Means over the episode's updates are NaN while there were none."""

    episode: int
    step: int  # environment steps since the start, at the end of the episode
    length: int
    episode_return: float  # undiscounted and unscaled, with the exploration noise in it
    critic_loss: float
    mean_q: float
    max_q: float
    steps_per_second: float


class Selection(NamedTuple):
    """One evaluation of the greedy policy on the selection seeds, after this many steps and training seconds."""

    step: int
    seconds: float
    mean: float


class Run:
    """Everything that one training changes: the agent, the memory, the noise, the step, and the record so far.

    config: Config. seed: int; it feeds every random generator, so two runs with one seed are the same to the bit.
    After or during `train`: records (Record per episode), selections (Selection per evaluation), policy (the actor
    now), best_policy (the one with the best selection), solved_at (the Selection that first reached
    config.solved_return over all the selection seeds, or None), finished.
    Raises ValueError for an environment that `make_env` refuses, ValueError or TypeError for a seed that is none.
    """

    def __init__(self, config, seed=0):
        check_number("Run: seed", seed, "a whole number of at least 0", lambda seed: seed >= 0 and seed % 1 == 0)
        self.config, self.seed = config, int(seed)
        env_seed, action_seed, memory_seed, noise_seed, agent_seed = np.random.SeedSequence(self.seed).spawn(5)
        self.env = make_env(config.env, episode_limit=config.episode_limit or None)
        self.env_seed = int(env_seed.generate_state(1)[0])
        self.env.action_space.seed(int(action_seed.generate_state(1)[0]))
        state_size, space = self.env.observation_space.shape[0], self.env.action_space
        self.memory = _memory(config, state_size, len(space.low), memory_seed)
        self.noise = _noise(config, len(space.low), noise_seed)
        self.agent = _agent(config, state_size, space, int(agent_seed.generate_state(1)[0]))
        self.policy = self.agent.policy()
        self.best_policy, self.best_mean = self.policy, -math.inf
        self.step, self.seconds, self.solved_at = 0, 0.0, None
        self.stop_asked = False  # who sets it makes the next step raise Interrupted
        self.records, self.selections = [], []

    @property
    def finished(self):
        """Whether the steps are used up, or a selection reached config.stop_return."""
        return self.step >= self.config.steps or self.best_mean >= self.config.stop_return

    def explore(self, state):
        """The action to try in this state: uniformly random in the warm-up, then the policy plus scaled noise.

        Raises Interrupted where a stop was asked for, ValueError where the action is no number.
        """
        space, config = self.env.action_space, self.config
        self._heed_stop()
        if self.step < config.warmup_steps:
            return space.sample()
        decay_steps = config.noise_decay_share * config.steps
        scale = linear_scale(self.step, 1.0, config.noise_final_scale, decay_steps)
        noise = scale * self.noise.sample() * (space.high - space.low) / 2
        action = np.clip(self.policy(state) + noise, space.low, space.high).astype(np.float32)
        if not np.isfinite(action).all():  # the world might not survive it
            raise ValueError(f"Run.explore: the action is {action} in the state {state}, expected finite numbers.")
        return action

    def learn(self):
        """One block of updates: as many as there were steps since the last block."""
        batches = self.memory.sample_many(self.config.block, self.config.batch_size)
        if self.config.priority_alpha > 0:
            learned, errors = self.agent.learn_weighted(batches)
            self.memory.update_priorities(batches.slots, errors + LEAST_PRIORITY)
        else:
            learned = self.agent.learn(batches)
        self.policy = self.agent.policy()
        return learned

    def select(self):
        """Judge the policy on the selection seeds, and keep it if it is the best so far.

        The first config.evaluation_episodes of them speak first; where their mean reaches config.solved_return,
        the mean over all of them counts instead, so that a lucky few neither win nor end the training.
        """
        config = self.config
        mean = evaluate(self._greedy, config.env, SELECTION_SEEDS[: config.evaluation_episodes]).mean
        promising = mean >= config.solved_return
        if promising:
            mean = evaluate(self._greedy, config.env, SELECTION_SEEDS).mean
        self.selections.append(Selection(self.step, self.seconds, mean))
        if mean > self.best_mean:
            self.best_policy, self.best_mean = self.policy, mean
        if promising and mean >= config.solved_return and self.solved_at is None:
            self.solved_at = self.selections[-1]

    def _greedy(self, state):
        self._heed_stop()
        return self.policy(state)

    def _heed_stop(self):
        if self.stop_asked:
            raise Interrupted


def train(run):
    """Train until `run.finished`, and yield a Record at the end of each episode. Algorithm 1.

    An episode that the last step cuts is recorded too. Raises ValueError where the environment gives NaN or infinity,
    and FloatingPointError where the losses diverge, with the episode, the step and the values.
    """
    while not run.finished:
        try:
            record = _episode(run)
        except (ValueError, TypeError, FloatingPointError) as error:
            kind = next(kind for kind in (ValueError, TypeError, FloatingPointError) if isinstance(error, kind))
            raise kind(f"in episode {len(run.records)}, after {run.step:,} steps: {error}") from error
        run.records.append(record)
        yield record


def _episode(run):
    """Play one training episode, learning and selecting on the way."""
    config, first_step, first_seconds, clock = run.config, run.step, run.seconds, time.perf_counter()
    state, _ = run.env.reset(seed=None if run.records else run.env_seed)  # a seed each time would repeat one start
    run.noise.reset()
    total, learned, over = 0.0, [], False
    while not over and not run.finished:
        action = run.explore(state)
        next_state, reward, terminated, truncated, _ = run.env.step(action)
        run.memory.add(state, action, reward * config.reward_scale, next_state, terminated)
        run.step += 1
        state, over, total = next_state, terminated or truncated, total + reward
        steps_learned = run.step - config.warmup_steps
        if steps_learned > 0 and steps_learned % config.block == 0:
            learned.append(run.learn())
        if steps_learned >= 0 and (run.step % config.evaluation_every == 0 or run.step == config.steps):
            run.seconds += time.perf_counter() - clock
            run.select()
            clock = time.perf_counter()
    run.seconds += time.perf_counter() - clock
    length = run.step - first_step
    means = np.mean(learned, axis=0).tolist() if learned else [math.nan] * 3
    speed = length / (run.seconds - first_seconds)
    return Record(len(run.records), run.step, length, float(total), *means, speed)


def write_scalars(records, folder):
    """Pass the records through, writing each as TensorBoard scalars to `folder` on the way.

    Return, length, mean Q and mean max Q, critic loss and steps per second, over environment steps.
    """
    writer = tf.summary.create_file_writer(str(folder))
    with contextlib.closing(writer):
        for record in records:
            with writer.as_default(record.step):
                for name in ("episode_return", "length", "mean_q", "max_q", "critic_loss", "steps_per_second"):
                    tf.summary.scalar(name, getattr(record, name))
            yield record


def _memory(config, state_size, action_size, seed):
    if config.priority_alpha > 0:
        return PrioritizedReplayMemory(config.memory_capacity, state_size, action_size, seed, config.priority_alpha)
    return ReplayMemory(config.memory_capacity, state_size, action_size, seed)


def _noise(config, size, seed):
    if config.noise == "gaussian":
        return Gaussian(size, config.noise_sigma, seed)
    return OrnsteinUhlenbeck(size, config.noise_theta, config.noise_sigma, seed)


def _agent(config, state_size, space, seed):
    """The agent of these settings; one update per step after the warm-up sets the length of the falling rates."""
    updates = max(config.steps - config.warmup_steps, 1)
    return DDPG(
        state_size, space.low, space.high, hidden=config.hidden, gamma=config.gamma, tau=config.tau,
        actor_rate=_rate(config.actor_rate, config.final_rate_share, updates),
        critic_rate=_rate(config.critic_rate, config.final_rate_share, updates),
        critic_l2=config.critic_l2, seed=seed,
    )  # fmt: skip


def _rate(start, share, updates):
    """A learning rate that falls in a straight line to `share` of itself after `updates`."""
    return keras.optimizers.schedules.PolynomialDecay(start, updates, end_learning_rate=share * start)
