"""The noise is its equation, kick by kick, and has the mean and the width that page 02 derives from it.

These are taken over `N` independent components at fixed seeds. A tolerance is `ERRORS` standard errors of the measured
number: a correct noise misses one with probability 6e-7.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddpg_tf.noise import OrnsteinUhlenbeck, linear_scale

N = 20_000
ERRORS = 5
# The paper's, one without memory (Gaussian noise), one that alternates, and the paper's with dt = 0.01.
SETTINGS = [(0.15, 0.2), (1.0, 0.5), (1.7, 0.1), (0.0015, 0.02)]


def width(t, theta, sigma):
    """Standard deviation after t steps from zero: the geometric series of v <- (1 - theta)² v + sigma²."""
    return sigma * np.sqrt((1 - (1 - theta) ** (2 * t)) / (theta * (2 - theta)))


def paths(noise, steps):
    return np.array([noise.sample() for _ in range(steps)], np.float64)


@pytest.mark.parametrize(("theta", "sigma"), SETTINGS)
def test_mean_and_width_of_every_step(theta, sigma):
    x = paths(OrnsteinUhlenbeck(N, theta, sigma, seed=1), 100)
    expected = width(np.arange(1, 101), theta, sigma)
    assert (np.abs(x.mean(axis=1)) <= ERRORS * expected / np.sqrt(N)).all()
    assert (np.abs(x.std(axis=1) - expected) <= ERRORS * expected / np.sqrt(2 * N)).all()


@pytest.mark.parametrize(("theta", "sigma"), SETTINGS)
def test_each_step_is_that_of_the_equation_and_a_reset_goes_back_to_zero_but_not_to_the_first_kick(theta, sigma):
    noise, kicks = OrnsteinUhlenbeck(2, theta, sigma, seed=3), np.random.default_rng(3)
    for _ in range(2):
        x = np.zeros(2)
        for _ in range(10):
            x = (1 - theta) * x + sigma * kicks.standard_normal(2)
            sample = noise.sample()
            np.testing.assert_allclose(sample, x, rtol=1e-5, atol=1e-7)
            assert sample.dtype == np.float32
            sample[:] = 1e6  # what is given out belongs to the caller
        noise.reset()


def test_one_seed_gives_one_sequence_whatever_the_global_seed():
    np.random.seed(0)
    first = paths(OrnsteinUhlenbeck(3, seed=7), 20)
    assert np.array_equal(paths(OrnsteinUhlenbeck(3, seed=np.random.default_rng(7)), 20), first)
    assert not np.array_equal(paths(OrnsteinUhlenbeck(3, seed=8), 20), first)


def test_a_noise_with_the_state_of_another_goes_on_like_it():
    noise, copy = OrnsteinUhlenbeck(2, seed=0), OrnsteinUhlenbeck(2, seed=1)
    paths(noise, 3)
    state = noise.get_state()
    first = paths(noise, 4)
    copy.set_state(state)  # taken before the last four steps
    assert np.array_equal(paths(copy, 4), first)
    copy.reset(), noise.reset()
    assert np.array_equal(copy.sample(), noise.sample())


def test_a_state_of_another_size_is_refused_and_changes_nothing():
    noise, twin = OrnsteinUhlenbeck(2, seed=0), OrnsteinUhlenbeck(2, seed=0)
    with pytest.raises(ValueError, match="the shape of x"):
        noise.set_state(OrnsteinUhlenbeck(1, seed=1).get_state())  # one number would broadcast over two actions
    assert np.array_equal(noise.sample(), twin.sample())


@pytest.mark.parametrize(
    ("name", "value", "expectation"),
    [("theta", value, "more than 0 and less than 2") for value in (0, -0.1, 2, 2.1, np.inf, np.nan)]
    + [("sigma", value, "from 0 to 1e18") for value in (-1e-9, 10**19, np.inf, np.nan)],
)
def test_a_theta_without_a_width_at_rest_and_a_sigma_that_is_no_width_are_refused(name, value, expectation):
    with pytest.raises(ValueError, match=f"^OrnsteinUhlenbeck: {name} is {value}, expected {expectation}"):
        OrnsteinUhlenbeck(2, **{name: value})


scales = st.floats(0, 10)


@settings(max_examples=50)
@given(start=scales, end=scales, decay_steps=st.floats(1, 1e7), share=st.floats(0, 1), beyond=st.floats(0, 1e7))
def test_linear_scale_is_a_straight_line_and_then_constant(start, end, decay_steps, share, beyond):
    expected = (1 - share) * start + share * end
    assert linear_scale(share * decay_steps, start, end, decay_steps) == pytest.approx(expected, abs=1e-12)
    assert linear_scale(decay_steps + beyond, start, end, decay_steps) == pytest.approx(end, abs=1e-14)
    assert linear_scale(beyond, start, end, 0) == pytest.approx(end, abs=1e-14)
