"""The loop: what is stored, when it learns, what it keeps. That one seed is one run to the bit: lab/test_checkpoint."""

import math
from dataclasses import replace
from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from scipy import stats

from ddpg_tf import training
from ddpg_tf.agent import Metrics
from ddpg_tf.config import PENDULUM
from ddpg_tf.evaluation import SELECTION_SEEDS, Evaluation
from ddpg_tf.policy import Policy
from ddpg_tf.replay import ReplayMemory
from ddpg_tf.training import Run, build_agent, train


class Counting(gym.Env):
    """States are (episode, step): every transition tells where it comes from. Pays `reward` per step."""

    def __init__(self, length=None, reward=1.0, reuse=False):
        self.length, self.reward, self.reuse, self.episode = length, reward, reuse, 0
        self.observation_space = spaces.Box(0.0, np.inf, (2,), np.float32)
        self.action_space = spaces.Box(np.array([-2.1]), np.array([4.3]), dtype=np.float64)  # not float32s
        self.buffer = np.zeros(2, np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.episode, self.count = self.episode + 1, 0
        return self.state(), {}

    def step(self, action):
        assert self.action_space.contains(action.astype(np.float64)), f"{action} is outside of the bounds"
        self.count += 1
        return self.state(), self.reward, self.count == self.length, False, {}

    def state(self):
        self.buffer[:] = self.episode, self.count
        return self.buffer if self.reuse else self.buffer.copy()


WORLDS = {"Ends": {"length": 5}, "Reuses": {"length": 5, "reuse": True}, "Endless": {}, "Known": {"length": 5}}
for name, options in WORLDS.items():
    gym.register(f"tests/{name}-v0", Counting, kwargs=options, reward_threshold=4.5 if name == "Known" else None)
gym.register("tests/TimeLimit-v0", Counting, max_episode_steps=5)
gym.register("tests/LongTimeLimit-v0", Counting, max_episode_steps=20)

MIDDLE, HALF = np.float32(1.1), np.float32(3.2)
COUNTING = replace(
    PENDULUM, env="tests/Ends-v0", steps=100, warmup_steps=20, steps_per_call=10, updates_per_call=3, batch_size=10,
    evaluation_every=1_000, evaluation_episodes=1, finalists=1, memory_capacity=1_000, solved_return=None,
)  # fmt: skip


class Idle:
    """An agent that stays as it is: its n-th call of learn returns a loss of n."""

    def __init__(self, weight=0.0):
        self.shapes, self.weight = [], weight

    def learn(self, batches):
        self.shapes.append(batches.rewards.shape)
        return Metrics(float(len(self.shapes)), 10.0, 20.0), np.zeros(batches.rewards.shape, np.float32)

    def policy(self):
        layers = [("tanh", [np.full((2, 1), self.weight), np.zeros(1)]), ("rescaling", [HALF, MIDDLE])]
        return Policy(layers, [-2.1], [4.3])


def idle(**changes):
    return Run(replace(COUNTING, **changes), 0, agent=Idle())


def finished(run):
    assert list(train(run)) == run.records and run.finished
    return run


def judged_by(monkeypatch, means):
    """Let the evaluations of a training have these means, in turn; returns the list of seeds asked for."""
    asked, means = [], iter(means)

    def evaluate(policy, env_id, seeds, episode_limit, env_kwargs):
        asked.append(seeds)
        return Evaluation(np.array([next(means)]))

    monkeypatch.setattr(training, "evaluate", evaluate)
    return asked


SMALL = replace(
    PENDULUM, steps=500, warmup_steps=200, steps_per_call=50, updates_per_call=10, batch_size=32, hidden=(8, 8),
    memory_capacity=1_000, evaluation_every=250, evaluation_episodes=2, finalists=1, episode_limit=60,
)  # fmt: skip


@pytest.fixture(scope="module")
def seed_0(uncompiled):
    return finished(Run(SMALL, 0))


def test_another_seed_gives_other_numbers_everywhere(seed_0):
    other = Run(replace(SMALL, steps=301), 1)
    assert not np.array_equal(Run(SMALL, 0).policy.weights[0], other.policy.weights[0])
    list(train(other))
    for name in ("states", "actions", "rewards"):
        assert not np.isin(getattr(other.memory.transitions, name), getattr(seed_0.memory.transitions, name)).any()
    assert not np.array_equal(other.memory.sample(5).rewards, seed_0.memory.sample(5).rewards)


def test_the_generators_of_one_run_differ():
    run = idle()
    generators = [run.env.unwrapped.np_random, run.warmup_rng, run.memory._rng, run.noise._rng]
    assert len({generator.random() for generator in generators}) == 4
    starts = Run(SMALL, 0).env
    assert len({tuple(starts.reset()[0]) for _ in range(5)}) == 5  # one seed for all would start all alike


def test_an_end_is_stored_as_terminated_and_a_time_limit_is_not():
    run = finished(idle(steps=40))
    np.testing.assert_array_equal(run.memory.transitions.terminated, [0, 0, 0, 0, 1] * 8)
    run = finished(idle(steps=40, env="tests/TimeLimit-v0"))
    assert [record.length for record in run.records] == [5] * 8  # the limit cut every episode
    assert not run.memory.transitions.terminated.any()


@pytest.mark.parametrize("env", ["tests/Ends-v0", "tests/TimeLimit-v0", "tests/Reuses-v0"])
def test_the_true_last_observation_is_stored_also_where_the_environment_reuses_its_array(env):
    transitions = finished(idle(steps=40, env=env)).memory.transitions
    episode, step = np.divmod(np.arange(40), 5)
    first = transitions.states[0, 0]
    np.testing.assert_array_equal(transitions.states, np.stack([episode + first, step], 1))
    np.testing.assert_array_equal(transitions.next_states, np.stack([episode + first, step + 1], 1))  # never (…, 0)


def test_an_episode_limit_cuts_training_episodes_and_those_of_the_evaluation():
    run = finished(idle(env="tests/LongTimeLimit-v0", episode_limit=7, evaluation_every=50))
    assert [record.length for record in run.records] == [7] * 14 + [2]
    assert not run.memory.transitions.terminated.any()  # and is no end
    assert [selection.mean for selection in run.selections] == [7.0, 7.0] and run.best_mean == 7.0


def test_arguments_of_the_environment_reach_training_and_evaluation_and_only_stored_rewards_are_scaled():
    run = finished(idle(env_kwargs={"length": 4, "reward": 2.0}, steps=40, reward_scale=0.25))
    np.testing.assert_array_equal(run.memory.transitions.rewards, np.full(40, 0.5))
    assert [record.episode_return for record in run.records] == [8.0] * 10
    assert [selection.mean for selection in run.selections] == [8.0] and run.best_mean == 8.0


def test_a_selection_has_mean_spread_and_ends_of_the_greedy_returns(monkeypatch):
    returns = np.array([-300.0, -100.0, -200.0, -400.0])
    monkeypatch.setattr(training, "evaluate", lambda *arguments: Evaluation(returns))
    (selection,) = finished(idle()).selections
    assert selection[2:] == (-250.0, pytest.approx(np.sqrt(12_500)), -400.0, -100.0)
    assert {type(value) for value in selection[2:]} == {float}  # a NumPy number would become an array in a checkpoint


def test_the_warm_up_is_uniform_over_the_bounds_and_learns_nothing():
    run = finished(idle(steps=1_001, warmup_steps=1_000))
    actions = run.memory.transitions.actions[:1_000, 0]
    assert stats.kstest(actions, stats.uniform(-2.1, 6.4).cdf).pvalue > 1e-4
    assert run.agent.shapes == [] and np.isnan([record[4:7] for record in run.records]).all()


@pytest.mark.parametrize(("noise", "step", "expected"), [
    (0.5, 20, 0.4), (0.5, 25, 0.375), (0.5, 50, 0.25), (-0.5, 90, -0.25), (9, 50, 1), (-9, 50, -1),
])  # fmt: skip
def test_noise_in_half_ranges_falls_in_a_line_is_added_to_the_policy_and_then_clipped(noise, step, expected):
    run = idle(noise_final_scale=0.5, noise_decay_share=0.5)  # of 100 steps
    run.step, run.noise = step, SimpleNamespace(sample=lambda: np.float32([noise]))
    action = run.explore(np.zeros(2, np.float32))
    np.testing.assert_allclose(action, [MIDDLE + expected * HALF], rtol=1e-6)
    assert action.dtype == np.float32 and run.low <= action <= run.high


@pytest.mark.parametrize(("noise", "theta"), [("gaussian", 1.0), ("ornstein-uhlenbeck", 0.4)])
def test_the_noise_is_the_one_that_was_asked_for(noise, theta):
    run = idle(noise=noise, noise_sigma=0.7, noise_theta=0.4)
    assert (run.noise.theta, run.noise.sigma) == (theta, 0.7)


def test_the_noise_starts_anew_with_each_episode():
    run, events = idle(), []
    run.noise = SimpleNamespace(sample=lambda: events.append("s") or np.zeros(1), reset=lambda: events.append("r"))
    finished(run)
    assert "".join(events) == "r" * 4 + "rsssss" * 16  # four episodes of warm-up draw no noise


@pytest.mark.parametrize(("steps_per_call", "updates_per_call", "calls"), [(1, 1, 80), (10, 3, 8), (30, 60, 2)])
def test_it_learns_after_so_many_steps_so_many_batches(steps_per_call, updates_per_call, calls):
    run = finished(idle(steps_per_call=steps_per_call, updates_per_call=updates_per_call))
    assert run.agent.shapes == [(updates_per_call, 10)] * calls


def test_an_empty_memory_that_is_given_is_used_and_hears_of_the_errors():
    class Listening(ReplayMemory):
        heard = []

        def update_priorities(self, batches, td_errors):
            self.heard.append((batches.rewards.shape, td_errors.shape))

    memory = Listening(500, 2, 1, 0)
    run = finished(Run(COUNTING, 0, agent=Idle(), memory=memory))
    assert run.memory is memory and len(memory) == 100
    assert memory.heard == [((3, 10), (3, 10))] * 8


def test_weights_that_are_no_longer_finite_stop_the_training():
    run = Run(COUNTING, 0, agent=Idle())
    run.agent.weight = np.nan
    with pytest.raises(FloatingPointError, match="Policy: not all weights are finite") as error:
        list(train(run))
    assert error.value.__notes__ == ["This happened in episode 5, after 30 environment steps."]


def test_both_optimizers_make_all_updates_and_their_rates_fall_to_the_share(seed_0):
    for optimizer, start in ((seed_0.agent.actor_optimizer, 3e-4), (seed_0.agent.critic_optimizer, 1e-3)):
        assert optimizer.iterations == 60
        rates = [optimizer._learning_rate(step) for step in (0, 30, 60)]
        np.testing.assert_allclose(rates, [start, 0.525 * start, 0.05 * start], rtol=1e-6)


def test_the_agent_has_the_settings_of_the_config():
    agent = build_agent(replace(SMALL, critic_l2=0.1, gamma=0.5, tau=0.25), 3, [-2.0, 0.0], [1.0, 5.0], seed=0)
    assert (agent.gamma, agent.tau, agent.low.tolist(), agent.high.tolist()) == (0.5, 0.25, [-2.0, 0.0], [1.0, 5.0])
    assert len(agent.critic.losses) == 3 and agent.critic.input_shape == [(None, 3), (None, 2)]
    kernels = agent.actor.trainable_variables[2].numpy(), agent.critic.trainable_variables[4].numpy()
    assert kernels[0].shape == (8, 8) and kernels[1].shape == (8, 1)


def test_records_are_means_over_the_calls_of_an_episode():
    run = finished(idle(env="tests/LongTimeLimit-v0"))
    assert [record[:4] for record in run.records] == [(i, 20 * (i + 1), 20, 20.0) for i in range(5)]
    assert [record.critic_loss for record in run.records[1:]] == [1.5, 3.5, 5.5, 7.5]
    assert [record[5:7] for record in run.records[1:]] == [(10.0, 20.0)] * 4


def test_the_finalists_play_all_selection_seeds_and_the_best_is_kept_the_first_of_equals_on_the_way(monkeypatch):
    screened, finals = [-500.0, -300.0, -400.0, -300.0], [-390.0, -310.0, -380.0]
    asked = judged_by(monkeypatch, screened + finals)
    run, policies, best = idle(evaluation_every=25, evaluation_episodes=7, finalists=3), [], []
    assert run.best_policy is run.policy and run.best_mean == -math.inf
    evaluate = run.evaluate
    run.evaluate = lambda: (policies.append(run.policy), evaluate(), best.append((run.best_policy, run.best_mean)))
    finished(run)
    assert best == list(zip((policies[0], *[policies[1]] * 3), (-500.0, *[-300.0] * 3)))
    assert [(selection.step, selection.mean) for selection in run.selections] == list(zip((25, 50, 75, 100), screened))
    assert asked == [SELECTION_SEEDS[:7]] * 4 + [SELECTION_SEEDS] * 3
    assert [(best.mean, best.step) for best, _ in run.candidates] == [(-300.0, 50), (-300.0, 100), (-400.0, 75)]
    assert run.best_policy is policies[3] and run.best_mean == -310.0  # the second finalist, of step 100


def test_the_last_step_is_evaluated_even_where_none_is_due_and_the_warm_up_never(monkeypatch):
    judged_by(monkeypatch, [-700.0] * 20)
    run = finished(idle(evaluation_every=1_000))
    assert [selection.step for selection in run.selections] == [100] and run.best_policy is run.policy
    assert [selection.step for selection in finished(idle(evaluation_every=10)).selections] == list(range(20, 101, 10))


def test_solved_means_all_the_selection_seeds_and_keeps_the_first_time(monkeypatch):
    means = [-150.0, -250.0, -180.0, -190.0, -100.0, -120.0, -130.0]  # the second, the fourth and the last: all seeds
    asked = judged_by(monkeypatch, means)
    run = finished(idle(evaluation_every=30, solved_return=-200.0))  # steps 30, 60, 90 and the last
    few = SELECTION_SEEDS[:1]
    assert asked == [few, SELECTION_SEEDS, few, SELECTION_SEEDS, few, few, SELECTION_SEEDS]
    assert (run.solved_at.step, run.solved_at.mean) == (60, -180.0)


def test_without_a_number_the_threshold_is_that_of_the_environment_if_it_has_one():
    assert [idle(env=f"tests/{name}-v0").solved_return for name in ("Known", "Ends")] == [4.5, math.inf]
    assert idle(env="tests/Known-v0", solved_return=3.0).solved_return == 3.0


def test_the_clock_counts_training_and_not_evaluation(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(training, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    run = idle(env="tests/Endless-v0", evaluation_every=30, episode_limit=50)

    def evaluate(policy, env_id, seeds, episode_limit, env_kwargs):
        now[0] += 1_000.0
        return Evaluation(np.array([-500.0]))

    def step(action, step=run.env.step):
        now[0] += 1.0
        return step(action)

    run.env = SimpleNamespace(reset=run.env.reset, step=step)
    monkeypatch.setattr(training, "evaluate", evaluate)
    finished(run)
    assert [(s.step, s.seconds) for s in run.selections] == [(30, 30.0), (60, 60.0), (90, 90.0), (100, 100.0)]
    assert (run.seconds, [record.steps_per_second for record in run.records]) == (100.0, [1.0, 1.0])


def test_the_policy_that_is_evaluated_follows_the_actor_slowly_and_the_training_stays_the_same(seed_0):
    run = Run(replace(SMALL, average_rate=0.25), 0)
    expected, learn = [run.policy.weights], run.learn

    def follow():
        metrics = learn()
        expected.append([0.75 * mean + 0.25 * weight for mean, weight in zip(expected[-1], run.policy.weights)])
        return metrics

    run.learn = follow
    finished(run)
    assert [record.episode_return for record in run.records] == [record.episode_return for record in seed_0.records]
    for chosen, policy in run.candidates:
        for weight, mean in zip(policy.weights, expected[(chosen.step - 200) // 50]):
            np.testing.assert_allclose(weight, mean, atol=1e-6)
    assert seed_0.average is seed_0.policy  # with a rate of 1


def test_all_evaluations_are_of_the_average(monkeypatch):
    run, flown = idle(average_rate=0.5, evaluation_every=30, solved_return=-1.0), []
    zeros = Evaluation(np.zeros(1))
    monkeypatch.setattr(training, "evaluate", lambda policy, *_: flown.append(policy is run.average) or zeros)
    finished(run)
    assert flown == [True] * 5 + [False]  # four evaluations, one of them confirmed; the finalist is older


def test_a_policy_that_is_a_function_has_no_average():
    agent = Idle()
    agent.policy = lambda: lambda state: np.float32([0.0])
    Run(COUNTING, 0, agent=agent)
    with pytest.raises(ValueError, match="config.average_rate is 0.5, expected 1 for a policy that is no Policy"):
        Run(replace(COUNTING, average_rate=0.5), 0, agent=agent)


def test_an_agent_for_another_world_is_refused_before_the_first_step():
    for state_size, action_size in ((4, 1), (3, 2)):
        with pytest.raises(ValueError, match="mismatch|the shape of the agent's action"):
            Run(PENDULUM, 0, agent=build_agent(PENDULUM, state_size, [-2.0] * action_size, [2.0] * action_size, 0))


@pytest.mark.parametrize("seed", [-1, 0.5, np.nan, None, "0", True, [1]])
def test_a_seed_that_is_no_whole_number_is_refused(seed):
    with pytest.raises((ValueError, TypeError), match="Run: seed is .*, expected a whole number of at least 0"):
        Run(COUNTING, seed)
