"""The noise has the mean, width, memory and shape of its equation.

Statistics are taken over `N` independent components at fixed seeds. A tolerance is `ERRORS` standard errors
of the measured number: a correct noise misses one with probability 6e-7.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ddpg_tf.noise import OrnsteinUhlenbeck, linear_scale

N = 20_000
ERRORS = 5
# The paper's, one without memory (Gaussian noise), one that alternates, and the paper's with dt = 0.01.
SETTINGS = [(0.15, 0.2), (1.0, 0.5), (1.7, 0.1), (0.0015, 0.02)]
NOISES = [(OrnsteinUhlenbeck(N, theta, sigma, seed=1), theta, sigma) for theta, sigma in SETTINGS]


def width(t, theta, sigma):
    """Standard deviation after t steps from zero: the geometric series of v <- (1 - theta)² v + sigma²."""
    return sigma * np.sqrt((1 - (1 - theta) ** (2 * t)) / (theta * (2 - theta)))


def paths(noise, steps):
    return np.array([noise.sample() for _ in range(steps)], np.float64)


@pytest.fixture(scope="module", params=NOISES, ids=lambda noise: f"theta {noise[1]}")
def walked(request):
    """A hundred steps of every component from zero, theta and sigma."""
    noise, theta, sigma = request.param
    return paths(noise, 100), theta, sigma


def test_mean_and_width_of_every_step(walked):
    x, theta, sigma = walked
    expected = width(np.arange(1, 101), theta, sigma)
    assert (np.abs(x.mean(axis=1)) <= ERRORS * expected / np.sqrt(N)).all()
    assert (np.abs(x.std(axis=1) - expected) <= ERRORS * expected / np.sqrt(2 * N)).all()


@pytest.mark.parametrize("lag", [1, 2, 5, 20])
def test_autocorrelation(walked, lag):
    x, theta, _ = walked
    rho = (1 - theta) ** lag * width(100 - lag, theta, 1.0) / width(100, theta, 1.0)  # less while the width still grows
    assert abs(np.corrcoef(x[99 - lag], x[99])[0, 1] - rho) <= ERRORS * (1 - rho**2) / np.sqrt(N)


def test_every_step_is_normal(walked):
    x, theta, sigma = walked
    for t in (1, 100):  # with a memory, sums of any kicks look normal in the end
        assert stats.kstest(x[t - 1], stats.norm(0, width(t, theta, sigma)).cdf).pvalue > 1e-4


def test_components_are_independent(walked):
    x, theta, sigma = walked
    products = x[:, : N // 2] * x[:, N // 2 :] / width(np.arange(1, 101), theta, sigma)[:, None] ** 2
    assert (np.abs(products.mean(axis=1)) <= ERRORS / np.sqrt(N / 2)).all()


def test_after_a_reset_the_process_starts_at_zero_but_does_not_repeat():
    noise, kicks = OrnsteinUhlenbeck(2, seed=3), np.random.default_rng(3)
    paths(noise, 10)
    kicks.standard_normal((10, 2))
    noise.reset()
    assert np.array_equal(noise.sample(), (0.2 * kicks.standard_normal(2)).astype(np.float32))


def test_one_seed_gives_one_sequence_whatever_the_global_seed():
    np.random.seed(0)
    first = paths(OrnsteinUhlenbeck(3, seed=7), 20)
    assert np.array_equal(paths(OrnsteinUhlenbeck(3, seed=np.random.default_rng(7)), 20), first)
    assert not np.array_equal(paths(OrnsteinUhlenbeck(3, seed=8), 20), first)


def test_samples_are_float32_of_the_size_of_the_action_and_belong_to_the_caller():
    spoiled, clean = OrnsteinUhlenbeck(2, seed=6), OrnsteinUhlenbeck(2, seed=6)
    sample = spoiled.sample()
    assert sample.shape == (2,) and sample.dtype == np.float32
    sample[:] = 1e6
    clean.sample()
    clean.reset(), spoiled.reset()
    assert np.array_equal(spoiled.sample(), clean.sample())


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


@given(theta=st.floats().filter(lambda theta: not 0 < theta < 2))
def test_a_theta_without_a_width_at_rest_is_refused(theta):
    with pytest.raises(ValueError, match="^OrnsteinUhlenbeck: theta is .*more than 0 and less than 2"):
        OrnsteinUhlenbeck(2, theta=theta)


@given(sigma=st.floats().filter(lambda sigma: not 0 <= sigma <= 1e18))
def test_a_sigma_that_is_no_width_is_refused(sigma):
    with pytest.raises(ValueError, match="^OrnsteinUhlenbeck: sigma is .*from 0 to 1e18"):
        OrnsteinUhlenbeck(2, sigma=sigma)


scales = st.floats(0, 10)


@settings(max_examples=50)
@given(start=scales, end=scales, decay_steps=st.floats(1, 1e7), share=st.floats(0, 1), beyond=st.floats(0, 1e7))
def test_linear_scale_is_a_straight_line_and_then_constant(start, end, decay_steps, share, beyond):
    expected = (1 - share) * start + share * end
    assert linear_scale(share * decay_steps, start, end, decay_steps) == pytest.approx(expected, abs=1e-12)
    assert linear_scale(decay_steps + beyond, start, end, decay_steps) == pytest.approx(end, abs=1e-14)
    assert linear_scale(beyond, start, end, 0) == pytest.approx(end, abs=1e-14)
