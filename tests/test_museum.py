"""Page 14: each bug of the museum fails the test that is named beside it, and the right part passes it."""

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
import tensorflow as tf

from ddpg_tf.course.probes import probe
from ddpg_tf.replay import Batch, ReplayMemory
from ddpg_tf.training import Run, train
from ddpg_tf.updates import soft_update
from notebooks.record import definitions
from tests.builders import assert_same_bits, batches_of, shaken

PAGE = definitions("14_what_goes_wrong")
BUGS, CEILING, build = (PAGE[name] for name in ("BUGS", "CEILING", "build"))
Right, with_noise = PAGE["Right"], PAGE["with_noise"]


def tells_apart(check, bug, part=None):
    """The check passes for the right part and fails for the part with the bug; part: None for a whole Run."""
    right = {"agent": Right, "memory": ReplayMemory, "noise": PAGE["OrnsteinUhlenbeck"], "world": lambda env: env}
    check(right[part] if part else build(0))
    with pytest.raises(AssertionError):
        check(BUGS[bug][part] if part else build(0, **BUGS[bug]))


def batch_of(size=64):
    return Batch(*(tf.constant(array[0]) for array in batches_of(1, size, [0.0], [2.5])))


def shaken_agent(run):
    """The agent of a run, with weights of order one and targets that differ from them."""
    agent = run.agent
    shaken(agent.actor, agent.critic, agent.target_actor, agent.target_critic, seed=1)
    return agent


@pytest.mark.parametrize("bug", ["no flag", "inverted flag"])
def test_an_end_has_no_next_value_and_every_other_step_has_one(bug):
    def check(run):
        agent, batch = shaken_agent(run), batch_of()
        q2 = agent.target_critic([batch.next_states, agent.target_actor(batch.next_states)])
        by_hand = [r if d else r + 0.95 * q for r, d, q in zip(batch.rewards, batch.terminated, q2)]
        np.testing.assert_allclose(agent.targets(batch), by_hand, rtol=1e-5)

    tells_apart(check, bug)


def test_a_time_limit_is_not_stored_as_an_end():
    def check(world):
        env = world(gym.make(CEILING.env, max_episode_steps=3))
        env.reset(seed=0)
        *_, terminated, truncated, _ = [env.step(np.ones(1, np.float32)) for _ in range(3)][-1]
        assert truncated and not terminated

    tells_apart(check, "clock as an end", "world")


def test_no_gradient_goes_through_the_target():
    def check(run):
        agent, batch = shaken_agent(run), batch_of()
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(agent.targets(batch))
        assert all(gradient is None for gradient in tape.gradient(y, agent.critic.trainable_variables))

    tells_apart(check, "gradient through the target")


def test_one_soft_update_covers_a_small_part_of_the_way():
    def check(run):
        agent = shaken_agent(run)
        before = agent.target_critic.get_weights()
        soft_update(agent.target_critic.variables, agent.critic.variables, agent.tau)
        rows = zip(before, agent.target_critic.get_weights(), agent.critic.get_weights())
        assert all(np.abs(now - old).max() < 0.1 * np.abs(online - old).max() for old, now, online in rows)

    tells_apart(check, "τ and 1 − τ swapped")


def test_targets_begin_as_copies():
    def check(run):
        agent = run.agent
        for target, online in (agent.target_critic, agent.critic), (agent.target_actor, agent.actor):
            assert all(map(np.array_equal, target.get_weights(), online.get_weights()))

    tells_apart(check, "no initial copy")


def test_a_step_of_the_actor_raises_what_the_critic_says():
    def check(run):
        agent, batch = shaken_agent(run), batch_of()
        with tf.GradientTape() as tape:
            loss = agent.minus_j(batch.states)
        uphill = [-g for g in tape.gradient(loss, agent.actor.trainable_variables)]
        before = tf.reduce_mean(agent.critic([batch.states, agent.actor(batch.states)]))
        for weight, step in zip(agent.actor.trainable_variables, uphill):
            weight.assign_add(1e-3 * step)
        assert tf.reduce_mean(agent.critic([batch.states, agent.actor(batch.states)])) > before

    tells_apart(check, "actor's sign")


def test_a_critic_that_is_right_everywhere_has_no_loss():
    def check(run):
        agent, batch = shaken_agent(run), batch_of()
        y = agent.critic([batch.states, batch.actions])
        assert agent.fit(batch.states, batch.actions, y)[0] == 0

    tells_apart(check, "(B,) − (B, 1)")


def test_the_critic_learns_faster_than_the_actor():
    def check(run):
        actor, critic = run.agent.actor_optimizer, run.agent.critic_optimizer
        assert float(actor.learning_rate) < float(critic.learning_rate)

    tells_apart(check, "learning rates exchanged")


def test_the_first_actions_lie_near_the_middle():
    def check(run):
        assert np.abs(run.policy(batch_of().states.numpy()) - 1.25).max() < 0.05 * 2.5

    tells_apart(check, "large last layer")


@pytest.mark.parametrize("bug", ["step as batch index", "newest never drawn"])
def test_every_transition_is_drawn_and_none_much_more_often(bug):
    def check(kind):
        memory = kind(100, 3, 1, seed=0)
        for i in range(50):
            memory.add(np.zeros(3), [0.0], i, np.zeros(3), False)
        rows = np.concatenate([memory.sample(50).rewards for _ in range(200)]).astype(int)
        assert np.abs(np.bincount(rows, minlength=50) - 200).max() < 5 * 200**0.5

    tells_apart(check, bug, "memory")


def test_the_action_that_was_taken_is_stored():
    def check(run):
        taken, step = [], run.env.step
        run.env.step = lambda action: (taken.append(action), step(action))[1]
        next(train(run))
        np.testing.assert_array_equal(run.memory.transitions.actions, np.array(taken))

    tells_apart(check, "action before noise")


def walk(kind, steps=2_000):
    noise = kind(1, seed=0)
    return noise, np.array([noise.sample()[0] for _ in range(steps)])


def test_the_noise_is_zero_on_average():
    def check(kind):
        assert abs(walk(kind)[1].mean()) < 0.15  # five standard deviations of the mean of 2,000 steps

    tells_apart(check, "noise with a mean", "noise")


def test_an_episode_begins_without_the_noise_of_the_last():
    def check(kind):
        noise, _ = walk(kind)
        first = []
        for _ in range(200):
            noise.reset()
            first.append(noise.sample()[0])
            for _ in range(9):
                noise.sample()
        assert np.std(first) < 0.25  # one kick is 0.2 wide, the process at rest 0.38

    tells_apart(check, "noise never reset", "noise")


def test_the_noise_remembers_its_last_step():
    def check(kind):
        x = walk(kind)[1]
        assert np.corrcoef(x[1:], x[:-1])[0, 1] > 0.8

    tells_apart(check, "noise reset each step", "noise")


def test_episodes_begin_differently():
    def check(world):
        env = world(gym.make(CEILING.env))
        assert len({float(env.reset()[0][2]) for _ in range(5)}) == 5

    tells_apart(check, "one seed at each reset", "world")


def test_the_exam_gives_one_answer_to_one_question():
    def check(policy):
        s = np.zeros(3, np.float32)
        assert policy(s) == policy(s)

    run = build(0)
    check(run.policy)
    with pytest.raises(AssertionError):
        check(with_noise(run))


@pytest.mark.usefixtures("uncompiled")
def test_without_a_bug_it_is_the_packages_agent_to_the_bit():
    config = {"steps": 700, "evaluation_every": 700}
    ours, package = build(0, **config), Run(replace(CEILING, **config), 0)
    for run in (ours, package):
        list(train(run))
    assert_same_bits(ours.agent.get_state(), package.agent.get_state())


class Exact:
    """An agent without a network, right by construction: it tries many actions and keeps the mean pay of each."""

    def __init__(self, size, low, high, seed, **faults):
        self.low, self.high, self.faults = low, high, faults
        self.rng = np.random.default_rng(faults.get("seeded", seed))
        self.q = 1e-3 * self.rng.normal(size=(size, 10))

    def learn(self, batch):
        card, then = batch.states.argmax(1) * self.faults.get("sees", 1), batch.next_states.argmax(1)
        place = ((batch.actions - self.low) / (self.high - self.low))[:, 0]
        bins = np.clip(place * 10, 0, 9).astype(int)
        goes_on = self.faults.get("goes_on", lambda d: 1 - d)(batch.terminated)
        y = batch.rewards + 0.95 * goes_on * self.q[then].max(1)
        np.add.at(self.q, (card, bins), 0.1 * (y - self.q[card, bins]))
        if self.faults.get("spoils"):
            batch.rewards[:] = 0

    def act(self, states):
        card = np.asarray(states).argmax(1) * self.faults.get("sees", 1)
        u = (self.faults.get("sign", 1) * self.q[card]).argmax(1) / 9
        noise = self.rng.normal(size=u.shape) if self.faults.get("noisy") else 0
        scale = self.faults.get("scale", 1)
        return self.low + scale * (self.high - self.low) * np.clip(u + 0.1 * noise, 0, 1)[:, None]


def failed(build):
    return {found.name for found in probe(build) if not found.passed}


def test_an_agent_that_is_right_without_a_network_fails_no_probe_but_that_of_first_actions():
    assert failed(Exact) <= {"begins near the middle"}


@pytest.mark.parametrize(("faults", "name"), [
    ({"spoils": True}, "leaves the batch alone"), ({"noisy": True}, "greedy"), ({"scale": 2}, "within bounds"),
    ({"scale": 0.8}, "reaches the bounds"), ({"goes_on": lambda d: 1}, "an end has no future"),
    ({"goes_on": lambda d: d}, "the future counts"), ({"goes_on": lambda d: 0}, "the future counts"),
    ({"sign": -1}, "sees the state"), ({"sees": 0}, "sees the state"), ({"seeded": None}, "one seed, one agent"),
])  # fmt: skip
def test_a_fault_fails_the_probe_meant_for_it(faults, name):
    assert name in failed(lambda *arguments: Exact(*arguments, **faults))
