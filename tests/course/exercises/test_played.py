"""Checkers that play, a pilot and the loop that collects, and that of a diagnosis: each mistake is named."""

import numpy as np
import pytest

from ddpg_tf.course.exercises.page06 import check_collect, check_pilot
from ddpg_tf.course.exercises.page14 import CASES, check_diagnosis


def pendulum(angle, speed):
    if abs(angle) < 0.4:
        return -10 * angle - 2 * speed
    return 2 * np.sign(speed) if speed**2 / 2 + 15 * np.cos(angle) < 15 else 0.0


def loop(
    seed=None,
    forget_noise=False,
    flag=lambda terminated, truncated: terminated,
    over=lambda terminated, truncated: terminated or truncated,
    move=True,
    slip=0,
    row=lambda *row: row,
    look=lambda s: s,
    noise_each_step=False,
):
    """The right loop of exercise 3, and the wrong ones that differ in one place."""

    def collect(env, act, noise, memory, steps):
        s, _ = env.reset(seed=seed)
        noise.reset()
        for _ in range(steps + slip):
            a = act(look(s))
            s2, r, terminated, truncated, _ = env.step(a)
            memory.add(*row(s, a, r, s2, flag(terminated, truncated)))
            s = s2 if move else s
            if noise_each_step:
                noise.reset()
            if over(terminated, truncated):
                s, _ = env.reset(seed=seed)
                if not forget_noise:
                    noise.reset()

    return collect


def in_place(env, act, noise, memory, steps):
    """Right: resets at the top of the loop, so there is none after the last step; writes into what it was given."""
    over, s = True, np.zeros(2, np.float32)
    for _ in range(steps):
        if over:
            s[:], _ = env.reset()
            noise.reset()
        a = act(s)
        s2, r, terminated, truncated, _ = env.step(a)
        memory.add(s, a, np.float32(r), s2, float(terminated))
        s[:], over = s2, terminated or truncated
        a[:], s2[:] = 0, 0


def five_bugs(env, act, noise, memory, steps):
    """The loop that exercise 3 of page 06 shows."""
    s, _ = env.reset(seed=0)
    noise.reset()
    for _ in range(steps):
        s2, r, terminated, truncated, _ = env.step(act(s))
        over = terminated or truncated
        if over:
            s2, _ = env.reset(seed=0)
        memory.add(s, act(s), r, s2, over)
        s = s2


def noise_at_the_wrong_time(env, act, noise, memory, steps):
    loop(forget_noise=True)(env, act, noise, memory, steps)
    for _ in range(3):
        noise.reset()


RIGHT = [
    (check_pilot, pendulum),
    (check_pilot, lambda angle, speed: np.array([pendulum(angle, speed)], np.float32)),
    (check_collect, loop()),
    (check_collect, in_place),
    (check_diagnosis, lambda: CASES),
]
WRONG = [  # (checker, wrong answer, a key word of the hint)
    (check_pilot, lambda angle, speed: 0.0, "push with the motion"),
    (check_pilot, lambda angle, speed: -2 * np.sign(speed), "turn the sign"),
    (check_pilot, lambda angle, speed: 2 * np.sign(speed), "does not stay"),
    (check_pilot, lambda angle, speed: pendulum(angle, speed) * (1 if abs(angle) < 0.4 else 0.5), "too late"),
    (check_pilot, lambda angle, speed: np.nan, "finite"),
    (check_pilot, lambda angle, speed: [1.0, 2.0], "ValueError"),
    (check_collect, lambda env, act, noise, memory, steps: None, "memory is empty"),
    (check_collect, loop(over=lambda terminated, truncated: terminated), "a step after the end"),
    (check_collect, loop(slip=1), "13 steps were taken"),
    (check_collect, five_bugs, "before the reset"),
    (check_collect, loop(slip=1_000), "does not end"),
    (check_collect, loop(move=False), "next state must become the state"),
    (check_collect, loop(row=lambda s, a, r, s2, d: (s2, a, r, s2, d)), "store, and then move on"),
    (check_collect, loop(row=lambda s, a, r, s2, d: (s, a + 1, r, s2, d)), "call act once"),
    (check_collect, loop(row=lambda s, a, r, s2, d: (2 * s, a, r, s2, d)), "state stored"),
    (check_collect, loop(row=lambda s, a, r, s2, d: (s, a, r, s2 + 1, d)), "next state stored"),
    (check_collect, loop(look=lambda s: 0 * s), "another state"),
    (check_collect, loop(row=lambda s, a, r, s2, d: (s, a, 0.0, s2, d)), "the same in every row"),
    (check_collect, loop(row=lambda s, a, r, s2, d: (s, a, 0.1 * r, s2, d)), "reward stored"),
    (check_collect, loop(row=lambda s, a, r, s2, d: (s, a, r, s2, False)), "no transition is terminal"),
    (check_collect, loop(flag=lambda terminated, truncated: terminated or truncated), "time limit"),
    (check_collect, loop(flag=lambda terminated, truncated: truncated), "wrong flag"),
    (check_collect, loop(flag=lambda terminated, truncated: not terminated), "inverted"),
    (check_collect, loop(flag=lambda terminated, truncated: True), "[0, 1, 2"),
    (check_collect, loop(seed=0), "one seed"),
    (check_collect, loop(forget_noise=True), "start anew"),
    (check_collect, loop(noise_each_step=True), "more often"),
    (check_collect, noise_at_the_wrong_time, "where an episode begins"),
    (check_diagnosis, lambda: CASES | {"C": "no flag"}, "C is not «no flag»: as good as the right agent when greedy"),
    (check_diagnosis, lambda: {"A": "no flag"}, "A, B, C, D, E"),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_a_right_answer_passes(check, answer):
    assert check.hint(answer) is None


@pytest.mark.parametrize("check, answer, word", WRONG)
def test_a_mistake_is_named(check, answer, word, capsys):
    check(answer)
    out = capsys.readouterr().out
    assert out.startswith("✗") and word in out
