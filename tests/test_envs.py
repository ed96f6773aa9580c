"""Environments: what `make_env` refuses and why, and bounds that float32 keeps."""

import math

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf.envs import action_bounds, make_env

VECTOR = spaces.Box(-1.0, 1.0, (2,), np.float32)
IMAGE = spaces.Box(0, 255, (8, 8, 3), np.uint8)
INF = math.inf


class Shaped(gym.Env):
    """An environment of given spaces that cannot be played, and knows whether it was closed."""

    closed = 0

    def __init__(self, states=VECTOR, actions=VECTOR, error=None):
        if error:
            raise error
        self.observation_space, self.action_space = states, actions

    def close(self):
        Shaped.closed += 1


@pytest.fixture
def shaped_id():
    """The id of `Shaped`, registered for one test only."""
    env_id = "tests/Shaped-v0"
    gym.register(env_id, Shaped)
    Shaped.closed = 0
    yield env_id
    del gym.registry[env_id]


@pytest.mark.parametrize("limit", [0, -1, 2.5])  # gymnasium reads -1 as "no limit"
def test_a_limit_below_one_step_is_refused(limit):
    with pytest.raises(ValueError, match=f"episode_limit is {limit}, expected a whole number from 1"):
        make_env("Pendulum-v1", episode_limit=limit)


@pytest.mark.parametrize("env_id, why", [
    ("NoSuchLander-v3", "doesn't exist"), ("LunarLanderContinuous-v2", "LunarLanderContinuous-v3"),  # of old pages
    ("no/such/id", "Malformed"), ("", "Malformed"), ("nosuchmodule:Lander-v0", "No module named 'nosuchmodule'"),
    (None, ""), (3, ""),
])  # fmt: skip
def test_an_unknown_id_is_refused_with_gymnasiums_reason(env_id, why):
    with pytest.raises(ValueError) as refusal:
        make_env(env_id)
    assert str(refusal.value).startswith(f"make_env: gymnasium cannot make {env_id!r}: ") and why in str(refusal.value)
    assert refusal.value.__cause__ is not None


@pytest.mark.parametrize("error", [AttributeError("no wheel"), RuntimeError("no display"), KeyError("no key")])
def test_a_constructor_that_fails_is_named(error, shaped_id):
    with pytest.raises(ValueError, match=f"gymnasium cannot make '{shaped_id}': {type(error).__name__}: .*no "):
        make_env(shaped_id, error=error)


BAD_SPACES = [
    (dict(actions=spaces.Discrete(4)), "continuous form"),
    (dict(actions=spaces.Dict(a=VECTOR)), "continuous form"),
    (dict(actions=spaces.Box(0, 3, (2,), np.int64)), "a vector of floats"),
    (dict(actions=spaces.Box(-1.0, 1.0, (2, 2))), "a vector of floats"),
    (dict(actions=spaces.Box(-1.0, 1.0, ())), "a vector of floats"),
    (dict(actions=spaces.Box(-INF, INF, (2,))), "TransformAction"),
    (dict(actions=spaces.Box(np.float32([-1, -INF]), np.float32([1, 1]))), "TransformAction"),
    (dict(actions=spaces.Box(-3e38, 3e38, (2,))), "TransformAction"),
    (dict(states=IMAGE), "a convolutional network"),
    (dict(states=spaces.Discrete(16)), "FlattenObservation"),
    (dict(states=spaces.Dict(position=VECTOR)), "FlattenObservation"),
    (dict(states=spaces.Box(-1.0, 1.0, ())), "expected a vector"),
]


@pytest.mark.parametrize("bad, cure", BAD_SPACES)
def test_spaces_that_ddpg_cannot_work_with_are_refused_with_the_cure(bad, cure, shaped_id):
    with pytest.raises(ValueError) as refusal:
        make_env(shaped_id, **bad)
    message = str(refusal.value)
    assert message.startswith(f"make_env: {shaped_id}: ") and cure in message
    assert cure == "TransformAction" or str(*bad.values()) in message
    assert Shaped.closed == 1  # a refused environment holds no window


def test_the_cure_for_unbounded_actions_works():
    unbounded = Shaped(actions=spaces.Box(-INF, INF, (2,)))
    gym.register("tests/Bounded-v0", lambda: gym.wrappers.TransformAction(unbounded, lambda action: action, VECTOR))
    assert make_env("tests/Bounded-v0").action_space == VECTOR


places = st.floats(-1e5, 1e5)


@given(st.lists(st.tuples(places, st.floats(1e-1, 1e5)), min_size=1, max_size=3))
def test_float64_bounds_are_rounded_inwards_and_by_no_more_than_a_step(pairs):
    low = np.array([place for place, _ in pairs])
    high = low + [width for _, width in pairs]
    env = Shaped(actions=spaces.Box(low, high, dtype=np.float64))
    bounds = action_bounds(env)
    for bound, exact, inwards in zip(bounds, (low, high), (1, -1)):
        assert bound.dtype == np.float32 and env.action_space.contains(bound.astype(np.float64))
        assert (inwards * (bound - exact) <= np.spacing(np.abs(np.float32(exact)))).all()
