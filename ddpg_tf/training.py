"""Training: the loop of Algorithm 1 around environment, memory, agent and noise."""

import math
import time
from typing import NamedTuple

import keras
import numpy as np

from ddpg_tf.agent import DDPG, Metrics
from ddpg_tf.checks import check, check_number
from ddpg_tf.envs import action_bounds, make_env
from ddpg_tf.evaluation import SELECTION_SEEDS, evaluate
from ddpg_tf.networks import build_actor, build_critic
from ddpg_tf.noise import OrnsteinUhlenbeck, linear_scale
from ddpg_tf.replay import ReplayMemory


class Record(NamedTuple):
    """One training episode. The metrics are means over its calls of `learn`, NaN if there were none."""

    episode: int
    step: int  # environment steps since the start, at the end of the episode
    length: int
    episode_return: float  # undiscounted and unscaled, with the exploration noise in it
    critic_loss: float
    mean_q: float
    max_q: float
    steps_per_second: float


class Selection(NamedTuple):
    """One evaluation of the average, without noise, on the first config.evaluation_episodes selection seeds."""

    step: int
    seconds: float  # of training, evaluations not counted
    mean: float  # of the undiscounted returns, as the next three
    std: float
    min: float
    max: float


class Run:
    """One training: the agent, the memory, the noise, the environment, and the record so far.

    config: Config. seed: int; the generators of environment, warm-up, memory, noise and agent are spawned from it, so
    one seed gives one run, to the bit. agent: None for the one of config, or an object with `learn`, `policy`,
    `get_state` and `set_state` as DDPG has them. memory: likewise, as ReplayMemory. Attributes: records, selections,
    policy (the actor), average (follows it slowly, is evaluated), best_policy, best_mean, solved_at (first Selection of
    solved_return that all selection seeds confirmed, or None). Raises ValueError or TypeError for bad arguments.
    """

    finished = property(lambda self: self.step >= self.config.steps, doc="Whether all steps are used up.")

    def __init__(self, config, seed=0, *, agent=None, memory=None):
        check_number("Run: seed", seed, "a whole number of at least 0", lambda seed: seed >= 0 and seed % 1 == 0)
        self.config, self.seed = config, int(seed)
        env_rng, self.warmup_rng, memory_rng, noise_rng, agent_rng = np.random.default_rng(self.seed).spawn(5)
        self.env = make_env(config.env, episode_limit=config.episode_limit, **config.env_kwargs)
        self.env.reset(seed=int(env_rng.integers(2**31)))
        self.low, self.high = action_bounds(self.env)
        sizes = self.env.observation_space.shape[0], len(self.low)
        self.agent = build_agent(config, sizes[0], self.low, self.high, agent_rng) if agent is None else agent
        self.memory = ReplayMemory(config.memory_capacity, *sizes, memory_rng) if memory is None else memory
        theta = 1.0 if config.noise == "gaussian" else config.noise_theta  # with 1 the process has no memory
        self.noise = OrnsteinUhlenbeck(len(self.low), theta, config.noise_sigma, noise_rng)
        threshold = self.env.spec.reward_threshold if config.solved_return is None else config.solved_return
        self.solved_return = math.inf if threshold is None else threshold
        self.step, self.seconds = 0, 0.0
        self.records, self.selections, self.solved_at = [], [], None
        self.policy = self.average = self.best_policy = self.agent.policy()
        shape = np.shape(self.policy(np.zeros(sizes[0], np.float32)))
        check("Run: the shape of the agent's action", shape, self.low.shape, lambda shape: shape == self.low.shape)
        averages = config.average_rate == 1 or hasattr(self.policy, "towards")
        check("Run: config.average_rate", config.average_rate, "1 for a policy that is no Policy", lambda _: averages)
        self.best_mean, self.candidates = -math.inf, []  # pairs of a Selection and its policy, the best first

    def explore(self, state):
        """The action to try, float32: uniformly random during the warm-up, then the policy plus scaled noise."""
        config = self.config
        if self.step < config.warmup_steps:
            return self.warmup_rng.uniform(self.low, self.high).astype(np.float32)
        scale = linear_scale(self.step, 1.0, config.noise_final_scale, config.noise_decay_share * config.steps)
        noise = scale * self.noise.sample() * (self.high - self.low) / 2
        return np.minimum(np.maximum(self.policy(state) + noise, self.low), self.high)

    def learn(self):
        """One call of `agent.learn`; returns its Metrics. Raises FloatingPointError if the values have diverged."""
        batches = self.memory.sample_many(self.config.updates_per_call, self.config.batch_size)
        metrics, td_errors = self.agent.learn(batches)
        self.memory.update_priorities(batches, td_errors)
        self.policy = self.agent.policy()
        rate = self.config.average_rate
        self.average = self.policy if rate == 1 else self.average.towards(self.policy, rate)
        return metrics

    def evaluate(self):
        """Evaluate the average on the first selection seeds, and keep it if it is one of the best."""
        returns = self._returns(self.average, SELECTION_SEEDS[: self.config.evaluation_episodes])
        latest = Selection(self.step, self.seconds, *(float(f(returns)) for f in (np.mean, np.std, np.min, np.max)))
        self.selections.append(latest)
        if self.solved_at is None and latest.mean >= self.solved_return:
            if self._returns(self.average, SELECTION_SEEDS).mean() >= self.solved_return:  # not by a few lucky starts
                self.solved_at = latest
        ranked = sorted([*self.candidates, (latest, self.average)], key=lambda pair: -pair[0].mean)
        self.candidates = ranked[: self.config.finalists]
        best, self.best_policy = self.candidates[0]
        self.best_mean = best.mean

    def choose(self):
        """Let the candidates play all selection seeds, and keep the one with the best mean."""
        finals = [(float(self._returns(policy, SELECTION_SEEDS).mean()), policy) for _, policy in self.candidates]
        self.best_mean, self.best_policy = max(finals, key=lambda final: final[0])

    def _returns(self, policy, seeds):
        return evaluate(policy, self.config.env, seeds, self.config.episode_limit, self.config.env_kwargs).returns


def train(run):
    """Train until `run.finished`, and yield a Record at the end of each episode; the last step ends one. Algorithm 1.

    Errors carry a note with episode and step: ValueError for NaN and infinity, FloatingPointError for divergence.
    """
    while not run.finished:
        try:
            record = _episode(run)
        except Exception as error:
            error.add_note(f"This happened in episode {len(run.records)}, after {run.step:,} environment steps.")
            raise
        run.records.append(record)
        yield record


def _episode(run):
    """Play one training episode, learning and evaluating on the way; returns its Record."""
    first_step, first_seconds, clock = run.step, run.seconds, time.perf_counter()
    state = _observed(run.env.reset()[0])
    run.noise.reset()
    total, metrics, over = 0.0, [], False
    while not over and not run.finished:
        action = run.explore(state)
        observation, reward, terminated, truncated, _ = run.env.step(action)
        next_state = _observed(observation)
        run.memory.add(state, action, reward * run.config.reward_scale, next_state, terminated)
        run.step += 1
        state, over, total = next_state, terminated or truncated, total + reward
        since_warmup = run.step - run.config.warmup_steps
        if since_warmup > 0 and since_warmup % run.config.steps_per_call == 0:
            metrics.append(run.learn())
        if since_warmup >= 0 and (run.step % run.config.evaluation_every == 0 or run.finished):
            run.seconds += time.perf_counter() - clock
            run.evaluate()
            clock = time.perf_counter()
    run.seconds += time.perf_counter() - clock
    if run.finished:
        run.choose()
    length = run.step - first_step
    means = np.mean(metrics, axis=0).tolist() if metrics else [math.nan] * len(Metrics._fields)
    return Record(len(run.records), run.step, length, float(total), *means, length / (run.seconds - first_seconds))


def _observed(observation):
    """A copy: an environment may reuse the buffer of its observations, and s would become s' in the memory."""
    return np.array(observation, np.float32)


def build_agent(config, state_size, low, high, seed, kind=DDPG):
    """The agent of these settings, of this kind, with falling rates. seed: int or Generator for the first weights."""
    actor_rng, critic_rng = np.random.default_rng(seed).spawn(2)
    return kind(
        build_actor(state_size, low, high, config.hidden, actor_rng),
        build_critic(state_size, len(low), config.hidden, config.critic_l2, critic_rng),
        low, high, gamma=config.gamma, tau=config.tau,
        actor_learning_rate=falling_rate(config, config.actor_learning_rate),
        critic_learning_rate=falling_rate(config, config.critic_learning_rate),
    )  # fmt: skip


def falling_rate(config, start):
    """Learning rate that falls linearly from `start` to config.final_learning_rate_share of it, as a Keras schedule."""
    updates = max((config.steps - config.warmup_steps) // config.steps_per_call * config.updates_per_call, 1)
    return keras.optimizers.schedules.PolynomialDecay(start, updates, config.final_learning_rate_share * start)
