"""The checkers of notebook 06 accept the right answer and name the mistake of each wrong one."""

import numpy as np
import pytest

from ddpg_tf.course.exercises.pendulum import check_collect, check_explore, check_pilot


def energy(angle, speed):
    return speed**2 / 2 + 15 * np.cos(angle)


def pilot(angle, speed):
    if abs(angle) < 0.4:
        return -10 * angle - 2 * speed
    return 2 * np.sign(speed) if energy(angle, speed) < 15 else 0.0


def hold_with_the_wrong_sign(angle, speed):
    return 10 * angle + 2 * speed if abs(angle) < 0.4 else pilot(angle, speed)


def timid(angle, speed):
    return pilot(angle, speed) if abs(angle) < 0.4 else 0.5 * pilot(angle, speed)


def explore(policy, noise, state, low, high):
    return np.clip(policy(state) + (high - low) / 2 * noise.sample(), low, high)


def loop(seed=None, forget_noise=False, flag=lambda terminated, truncated: terminated, over=None, move=True, slip=0):
    """The right loop of exercise 3, and the wrong ones that differ in one place."""

    def collect(env, act, noise, memory, steps):
        s, _ = env.reset(seed=seed)
        noise.reset()
        for _ in range(steps + slip):
            a = act(s)
            s2, r, terminated, truncated, _ = env.step(a)
            memory.add(s, a, r, s2, flag(terminated, truncated))
            s = s2 if move else s
            if (over or (lambda terminated, truncated: terminated or truncated))(terminated, truncated):
                s, _ = env.reset(seed=seed)
                if not forget_noise:
                    noise.reset()

    return collect


def tidy(env, act, noise, memory, steps):
    """Right too: resets at the top of the loop, so there is none after the last step."""
    over = True
    for _ in range(steps):
        if over:
            s, _ = env.reset()
            noise.reset()
        a = act(s)
        s2, r, terminated, truncated, _ = env.step(a)
        memory.add(s, a, r, s2, terminated)
        s, over = s2, terminated or truncated


def moved_too_early(env, act, noise, memory, steps):
    def add(s, a, r, s2, d):
        memory.add(s2, a, r, s2, d)

    loop()(env, act, noise, Memory(add), steps)


class Memory:
    def __init__(self, add):
        self.add = add


def stored_after_the_reset(env, act, noise, memory, steps):
    s, _ = env.reset()
    noise.reset()
    for _ in range(steps):
        a = act(s)
        s2, r, terminated, truncated, _ = env.step(a)
        if terminated or truncated:
            s2, _ = env.reset()
            noise.reset()
        memory.add(s, a, r, s2, terminated)
        s = s2


def acted_twice(env, act, noise, memory, steps):
    loop()(env, act, noise, Memory(lambda s, a, r, s2, d: memory.add(s, act(s), r, s2, d)), steps)


def noise_at_each_step(env, act, noise, memory, steps):
    def act_anew(s):
        noise.reset()
        return act(s)

    loop(forget_noise=True)(env, act_anew, noise, memory, steps)


def noise_at_the_wrong_time(env, act, noise, memory, steps):
    loop(forget_noise=True)(env, act, noise, memory, steps)
    for _ in range(len(env.seeds) - 1):
        noise.reset()


def episodes_for_steps(env, act, noise, memory, steps):
    for _ in range(steps):
        s, over = env.reset()[0], False
        noise.reset()
        while not over:
            a = act(s)
            s2, r, terminated, truncated, _ = env.step(a)
            memory.add(s, a, r, s2, terminated)
            s, over = s2, terminated or truncated


def stores_every_other(env, act, noise, memory, steps):
    turn = iter(range(99))
    loop()(env, act, noise, Memory(lambda *row: memory.add(*row) if next(turn) % 2 else None), steps)


RIGHT = [
    (check_pilot, pilot),
    (check_pilot, lambda angle, speed: np.array([pilot(angle, speed)])[0]),
    (check_explore, explore),
    (
        check_explore,
        lambda p, n, s, low, high: np.minimum(np.maximum(p(s) + n.sample() * (high - low) / 2, low), high),
    ),
    (check_collect, loop()),
    (check_collect, loop(flag=lambda terminated, truncated: float(terminated))),
    (check_collect, tidy),
]
WRONG = [
    (check_pilot, lambda angle, speed: 0.0, "push with the motion"),
    (check_pilot, lambda angle, speed: -10 * angle - 2 * speed, "push with the motion"),
    (check_pilot, lambda angle, speed: -2 * np.sign(speed), "turn the sign"),
    (check_pilot, lambda angle, speed: 2 * np.sign(speed), "does not stay"),
    (check_pilot, hold_with_the_wrong_sign, "does not stay"),
    (check_pilot, timid, "too late"),
    (check_explore, lambda p, n, s, low, high: p(s), "no effect"),
    (check_explore, lambda p, n, s, low, high: p(s) + (high - low) / 2 * n.sample(), "clip the sum"),
    (
        check_explore,
        lambda p, n, s, low, high: np.clip(p(s), low, high) + (high - low) / 2 * n.sample(),
        "clip the sum",
    ),
    (
        check_explore,
        lambda p, n, s, low, high: np.clip(p(s) + n.sample(), low, high),
        "half the range: scale",
    ),
    (
        check_explore,
        lambda p, n, s, low, high: np.clip(p(s) + (high - low) * n.sample(), low, high),
        "not of all of it",
    ),
    (
        check_explore,
        lambda p, n, s, low, high: np.clip(p(s) + high * n.sample(), low, high),
        "half the range is",
    ),
    (
        check_explore,
        lambda p, n, s, low, high: np.clip(p(s) + (high - low) / 2 * n.sample(), -high, high),
        "symmetric",
    ),
    (
        check_explore,
        lambda p, n, s, low, high: np.clip(p(s) + (high - low) / 2 * n.sample(), -1, 1),
        "not to ±1",
    ),
    (
        check_explore,
        lambda p, n, s, low, high: np.clip(p(s) + (high - low) / 2 * n.sample() + (high + low) / 2, low, high),
        "have the middle in them already",
    ),
    (
        check_explore,
        lambda p, n, s, low, high: explore(p, n, s, low, high) + 0 * n.sample(),
        "draw once per action",
    ),
    (check_explore, lambda p, n, s, low, high: explore(p, n, s, low, high)[0], "shape (1,)"),
    (check_explore, lambda p, n, s, low, high: explore(p, n, s, low, high) * 0.5, "expected 1.1"),
    (check_collect, lambda env, act, noise, memory, steps: None, "memory is empty"),
    (check_collect, loop(over=lambda terminated, truncated: terminated), "a step after the end"),
    (check_collect, loop(over=lambda terminated, truncated: False), "a step after the end"),
    (check_collect, loop(slip=-1), "13 steps were taken, 14 were asked for"),
    (check_collect, loop(slip=1), "15 steps were taken, 14 were asked for"),
    (check_collect, episodes_for_steps, "14 were asked for"),
    (check_collect, stores_every_other, "7 transitions were stored"),
    (check_collect, loop(move=False), "next state must become the state"),
    (check_collect, moved_too_early, "store, and then move on"),
    (check_collect, stored_after_the_reset, "store it before the reset"),
    (check_collect, acted_twice, "call act once"),
    (check_collect, loop(flag=lambda terminated, truncated: False), "no transition is terminal"),
    (
        check_collect,
        loop(flag=lambda terminated, truncated: terminated or truncated),
        "time limit is stored as terminal",
    ),
    (check_collect, loop(flag=lambda terminated, truncated: truncated), "wrong flag"),
    (check_collect, loop(flag=lambda terminated, truncated: not terminated), "inverted"),
    (check_collect, loop(flag=lambda terminated, truncated: True), "you stored [0, 1, 2"),
    (check_collect, loop(seed=0), "one seed at each reset"),
    (check_collect, loop(forget_noise=True), "start anew with each episode"),
    (check_collect, noise_at_each_step, "more often than the world"),
    (check_collect, noise_at_the_wrong_time, "where an episode begins"),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_the_right_answer_is_right(check, answer, capsys):
    assert check.__wrapped__(answer) is None
    check(answer)
    assert capsys.readouterr().out == f"✓ {answer.__name__} is right\n"


@pytest.mark.parametrize(("check", "answer", "words"), WRONG)
def test_a_wrong_answer_gets_the_hint_that_names_its_mistake(check, answer, words, capsys):
    assert words in check.__wrapped__(answer)
    check(answer)
    assert capsys.readouterr().out.startswith(f"✗ {answer.__name__}: ")


def test_a_loop_without_end_is_stopped(capsys):
    def forever(env, act, noise, memory, steps):
        env.reset()
        while True:
            env.step(act(None))

    check_collect(forever)
    assert "the loop does not end" in capsys.readouterr().out
