"""Page 15: each arm changes what its name says and nothing else, and the table of questions points to what exists."""

import json
import re

import numpy as np
import pytest

from ddpg_tf.config import PENDULUM
from ddpg_tf.replay import Batch
from ddpg_tf.training import Run
from notebooks.record import HERE, definitions

PAGE = definitions("15_open_questions")
STATES = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)


def text_of(name):
    cells = json.loads((HERE / name).read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def headings(name):
    return re.findall(r"^##+ (?:Going deeper: |\d+ · )?(.+)$", text_of(name), re.MULTILINE)


def test_all_33_questions_have_an_answer_in_a_section_that_exists():
    text = text_of("15_open_questions.ipynb")
    rows = re.findall(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \| (.+) \|$", text, re.MULTILINE)
    assert [int(number) for number, *_ in rows] == list(range(1, 34))
    for number, _, _, answer, place in rows:
        assert len(answer.split()) >= 3, number
        for page, sections in re.findall(r"(?:\]\((.+?)\)|below), ((?:\*.+?\*(?:, )?)+)", place):
            for section in re.findall(r"\*(.+?)\*", sections):
                assert section in headings(page or "15_open_questions.ipynb"), (number, section)


def test_the_page_builds_the_agent_that_a_run_would_build():
    ours, theirs = PAGE["build"](PENDULUM, 3).get_state(), Run(PENDULUM, 3).agent.get_state()
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_each_shape_is_what_its_name_says():
    base = PAGE["build"](PENDULUM, 3)
    agents = {name: arm["agent"](PENDULUM, 3) for name, arm in PAGE["SHAPES"].items()}
    assert len(agents["action at layer 1"].critic.get_weights()[0]) == 4
    for name, limit in (("final layer ±3e-4", 3e-4), ("final layer ±0.125", 0.125)):
        for last in (agents[name].actor.get_weights()[-2], agents[name].critic.get_weights()[-2]):
            assert 0.5 * limit < np.abs(last).max() <= limit
        same = zip(agents[name].critic.get_weights()[:-2], base.critic.get_weights()[:-2])
        assert all(np.array_equal(a, b) for a, b in same)
    clamped = agents["tanh clamped"].actor(1e6 * STATES).numpy()
    assert np.allclose(2 * clamped, base.actor(1e6 * STATES))
    for name in ("layer normalization", "batch normalization"):
        dense = [layer.get_weights() for layer in PAGE["dense"](agents[name].critic)]
        assert all(np.array_equal(a, b) for a, b in zip(sum(dense, []), base.critic.get_weights()))


def test_adamw_leaves_the_gradient_alone_and_l2_does_not():
    decayed = PAGE["PENALTIES"]["AdamW 0.01"]["agent"](PENDULUM, 3)
    assert decayed.critic_optimizer.weight_decay == 0.01 and not decayed.critic.losses
    for name in ("L2 0.01", "L2 0.0005"):
        arm = PAGE["PENALTIES"][name]
        assert arm["agent"](PAGE["replace"](PENDULUM, critic_l2=arm["critic_l2"]), 0).critic.losses, name


def test_copies_are_made_at_their_time_and_not_between():
    class Soon(PAGE["Copies"]):
        every = 2

    agent = PAGE["build"](PENDULUM, 0, kind=Soon)
    s, first = STATES[None], agent.target_critic.get_weights()
    batches = Batch(s, s[..., :1], s[..., 1], s + 1, 0 * s[..., 1])
    agent.learn(batches)
    assert all(np.array_equal(a, b) for a, b in zip(agent.target_critic.get_weights(), first))
    agent.learn(batches)
    assert all(np.array_equal(a, b) for a, b in zip(agent.target_critic.get_weights(), agent.critic.get_weights()))


def test_the_shift_is_that_of_the_blog_post():
    shift, seen = PAGE["Shift"](), []
    for _ in range(2):
        shift.reset()
        seen.append([2 * shift.sample() for _ in range(3)])
    assert np.allclose(seen, [[1, 1 / 2, 1 / 3], [1 / 2, 1 / 3, 1 / 4]])


@pytest.mark.parametrize("kind, kept", [("NeverReset", True), ("Measured", False)])
def test_noise_goes_on_only_where_it_is_never_reset(kind, kept):
    noise = PAGE[kind](PENDULUM, 0).noise
    noise.sample()
    noise.reset()
    assert bool(noise.get_state()["x"].any()) is kept


def test_a_clock_that_ends_says_terminated_and_the_base_does_not():
    for kind, ended in (("ClockEnds", True), ("Measured", False)):
        run = PAGE[kind](PAGE["replace"](PENDULUM, episode_limit=2), 0)
        run.env.reset(seed=0)
        run.env.step([0.0])
        assert run.env.step([0.0])[2] is ended
