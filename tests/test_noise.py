"""The noise has the mean, width, memory and shape of its equation, and each check fails for one that has not.

Statistics are taken over `N` independent components at fixed seeds. A tolerance is `ERRORS` standard errors
of the measured number: a correct noise misses one with probability 6e-7, the wrong ones below by far.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ddpg_tf.noise import Gaussian, OrnsteinUhlenbeck, linear_scale

N = 20_000
ERRORS = 5
# The paper's, one without memory, one that alternates, and the paper's with dt = 0.01.
SETTINGS = [(0.15, 0.2), (1.0, 0.5), (1.7, 0.1), (0.0015, 0.02)]


def width(t, theta, sigma):
    """Standard deviation after t steps from zero: the geometric series of v <- (1 - theta)² v + sigma²."""
    return sigma * np.sqrt((1 - (1 - theta) ** (2 * t)) / (theta * (2 - theta)))


def paths(noise, steps):
    return np.array([noise.sample() for _ in range(steps)], np.float64)


def check_mean(noise):
    for t, x in enumerate(paths(noise, 40), start=1):
        assert abs(x.mean()) <= ERRORS * width(t, noise.theta, noise.sigma) / np.sqrt(N), f"mean at step {t}"


def check_width(noise):
    for t, x in enumerate(paths(noise, 40), start=1):
        expected = width(t, noise.theta, noise.sigma)
        assert abs(x.std() - expected) <= ERRORS * expected / np.sqrt(2 * N), f"width at step {t}"


def check_autocorrelation(noise):
    x = paths(noise, 120)
    for lag in (1, 2, 5, 20):
        rho = _correlation(100 - lag, 100, noise.theta)
        measured = np.corrcoef(x[99 - lag], x[99])[0, 1]
        assert abs(measured - rho) <= ERRORS * (1 - rho**2) / np.sqrt(N), f"autocorrelation at lag {lag}"


def _correlation(s, t, theta):
    """Correlation of x_s and x_t: (1 - theta)^(t - s) at rest, less while the width still grows."""
    return (1 - theta) ** (t - s) * width(s, theta, 1.0) / width(t, theta, 1.0)


def check_normal(noise):
    x = paths(noise, 100)[-1]
    assert stats.kstest(x, stats.norm(0, width(100, noise.theta, noise.sigma)).cdf).pvalue > 1e-4, "shape"


def check_components_are_independent(noise):
    for t, x in enumerate(paths(noise, 40), start=1):
        products = x[: N // 2] * x[N // 2 :] / width(t, noise.theta, noise.sigma) ** 2
        assert abs(products.mean()) <= ERRORS / np.sqrt(N / 2), f"components at step {t} are correlated"


CHECKS = (check_mean, check_width, check_autocorrelation, check_normal, check_components_are_independent)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(("theta", "sigma"), SETTINGS)
def test_ornstein_uhlenbeck_is_as_its_equation_says(check, theta, sigma):
    check(OrnsteinUhlenbeck(N, theta, sigma, seed=1))


@pytest.mark.parametrize("check", CHECKS)
def test_gaussian_is_the_process_without_memory(check):
    noise = Gaussian(N, sigma=0.3, seed=2)
    noise.theta = 1.0
    check(noise)


def test_width_at_rest_with_the_settings_of_the_paper():
    at_rest = paths(OrnsteinUhlenbeck(N, seed=1), 60)[-1]
    assert abs(at_rest.std() - 0.3797) <= ERRORS * 0.3797 / np.sqrt(2 * N)


# What would slip through, if the checks above were too kind.


class _Drawing:
    """Stands in for the generator, with another `standard_normal`."""

    def __init__(self, draw):
        self.standard_normal = draw


class UniformKicks(OrnsteinUhlenbeck):
    """`random.random()` for a kick: mean sigma / (2 theta) = 0.67, width 0.11."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._rng = _Drawing(self._rng.random)


class OneKickForAll(OrnsteinUhlenbeck):
    """One number drawn for all components of the action."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        draw = self._rng.standard_normal
        self._rng = _Drawing(lambda shape: np.full(shape, draw()))


class CoinKicks(OrnsteinUhlenbeck):
    """Kicks of ±1: mean, width and memory are right, the shape is not."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rng = self._rng
        self._rng = _Drawing(lambda shape: rng.choice((-1.0, 1.0), shape))


class SmallTimeStep(OrnsteinUhlenbeck):
    """The process with dt = 0.01 under the name of one without: hundreds of steps until it is wide."""

    def sample(self):
        kick = self._rng.standard_normal(self._x.shape)
        self._x = self._x - self.theta * 0.01 * self._x + self.sigma * 0.1 * kick
        return self._x.astype(np.float32)


class Forgetful(OrnsteinUhlenbeck):
    """The state is never stored, so the process is at its first step for ever."""

    def sample(self):
        self.reset()
        return super().sample()


class AsWideButForgetful(OrnsteinUhlenbeck):
    """Independent draws of the right width at every step: only the memory is missing."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._t = 0

    def sample(self):
        self._t += 1
        draw = self._rng.standard_normal(self._x.shape)
        return (width(self._t, self.theta, self.sigma) * draw).astype(np.float32)


def test_uniform_kicks_are_caught():
    check_mean(OrnsteinUhlenbeck(N, seed=1))
    wrong = UniformKicks(N, seed=1)
    with pytest.raises(AssertionError, match="mean at step 1"):
        check_mean(wrong)
    at_rest = paths(wrong, 200)[-1]
    expected = 0.2 / (2 * 0.15)
    assert abs(at_rest.mean() - expected) <= ERRORS * at_rest.std() / np.sqrt(N)


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        (UniformKicks, check_width),
        (OneKickForAll, check_components_are_independent),
        (CoinKicks, check_normal),
        (SmallTimeStep, check_width),
        (SmallTimeStep, check_autocorrelation),
        (Forgetful, check_width),
        (AsWideButForgetful, check_autocorrelation),
    ],
)
def test_other_wrong_noises_are_caught(wrong, check):
    theta = 1.0 if wrong is CoinKicks else 0.15  # with a memory, sums of coins soon look normal
    with pytest.raises(AssertionError):
        check(wrong(N, theta, 0.2, seed=1))


# Episodes and seeds.


def test_after_a_reset_the_process_starts_at_zero_but_does_not_repeat():
    noise, kicks = OrnsteinUhlenbeck(2, seed=3), np.random.default_rng(3)
    first = paths(noise, 10)
    kicks.standard_normal((10, 2))
    noise.reset()
    second = noise.sample()
    assert np.array_equal(second, (0.2 * kicks.standard_normal(2)).astype(np.float32))
    assert not np.array_equal(second, first[0].astype(np.float32))


def test_resetting_gaussian_noise_changes_nothing():
    straight, reset = Gaussian(2, seed=4), Gaussian(2, seed=4)
    for _ in range(5):
        reset.reset()
        assert np.array_equal(straight.sample(), reset.sample())


@pytest.mark.parametrize("kind", [OrnsteinUhlenbeck, Gaussian])
def test_one_seed_gives_one_sequence(kind):
    def first(seed):
        return paths(kind(3, seed=seed), 20)

    assert np.array_equal(first(7), first(7))
    assert np.array_equal(first(np.random.SeedSequence(7)), first(7))
    assert not np.array_equal(first(7), first(8))
    assert not np.array_equal(first(None), first(None))


@pytest.mark.parametrize("kind", [OrnsteinUhlenbeck, Gaussian])
def test_global_seeds_play_no_part(kind):
    noise = kind(2, seed=5)
    np.random.seed(0)
    before = noise.sample()
    np.random.seed(0)
    assert not np.array_equal(before, noise.sample())


@pytest.mark.parametrize("kind", [OrnsteinUhlenbeck, Gaussian])
@pytest.mark.parametrize("size", [1, 2, 17])
def test_samples_are_float32_of_the_size_of_the_action(kind, size):
    noise = kind(size, seed=0)
    for _ in range(2):
        sample = noise.sample()
        assert sample.shape == (size,)
        assert sample.dtype == np.float32
        noise.reset()


@pytest.mark.parametrize("kind", [OrnsteinUhlenbeck, Gaussian])
def test_a_sample_belongs_to_the_caller(kind):
    spoiled, clean = kind(2, seed=6), kind(2, seed=6)
    spoiled.sample()[:] = 1e6
    clean.sample()
    assert np.array_equal(spoiled.sample(), clean.sample())


@given(seed=st.integers(0, 2**32), sigma=st.floats(0, 10))
@settings(max_examples=50)
def test_with_theta_one_the_process_is_gaussian_noise(seed, sigma):
    process, gaussian = OrnsteinUhlenbeck(2, 1.0, sigma, seed), Gaussian(2, sigma, seed)
    assert np.array_equal(paths(process, 5), paths(gaussian, 5))


@pytest.mark.parametrize("kind", [OrnsteinUhlenbeck, Gaussian])
def test_without_a_kick_there_is_no_noise(kind):
    assert not paths(kind(2, sigma=0.0, seed=0), 5).any()


# What is refused.


@given(theta=st.floats().filter(lambda theta: not 0 < theta < 2))
def test_a_theta_without_a_width_at_rest_is_refused(theta):
    with pytest.raises(ValueError, match="^OrnsteinUhlenbeck: theta is .*more than 0 and less than 2"):
        OrnsteinUhlenbeck(2, theta=theta)


@pytest.mark.parametrize("kind", [OrnsteinUhlenbeck, Gaussian])
@given(sigma=st.floats().filter(lambda sigma: not 0 <= sigma < np.inf))
def test_a_sigma_that_is_no_width_is_refused(kind, sigma):
    with pytest.raises(ValueError, match=f"^{kind.__name__}: sigma is .*at least 0"):
        kind(2, sigma=sigma)


# The decay.

scales = st.floats(0, 10)
lengths = st.integers(1, 10**7)


@given(start=scales, end=scales, decay_steps=lengths, beyond=st.integers(0, 10**7))
def test_linear_scale_starts_and_ends_where_it_should(start, end, decay_steps, beyond):
    assert linear_scale(0, start, end, decay_steps) == start
    assert linear_scale(decay_steps + beyond, start, end, decay_steps) == pytest.approx(end, abs=1e-14)


@given(start=scales, end=scales, decay_steps=lengths, steps=st.lists(st.integers(0, 2 * 10**7), min_size=2))
def test_linear_scale_goes_one_way(start, end, decay_steps, steps):
    values = [linear_scale(step, start, end, decay_steps) for step in sorted(steps)]
    assert (np.diff(values) * np.sign(end - start) >= 0).all()


@given(start=scales, end=scales, decay_steps=st.integers(1, 10**6))
def test_linear_scale_is_a_straight_line(start, end, decay_steps):
    middle = linear_scale(decay_steps, start, end, 2 * decay_steps)
    assert middle == pytest.approx((start + end) / 2, abs=1e-14)


@given(start=scales, end=scales, step=st.integers(0, 10**7))
def test_without_decay_steps_the_scale_is_at_its_end(start, end, step):
    assert linear_scale(step, start, end, 0) == pytest.approx(end, abs=1e-14)
