"""Rules of the unit tests: hypothesis draws the same cases in every run, and a busy machine is no failure."""

import signal

import ddpg_tf  # noqa: F401  before any test imports TensorFlow: it sets oneDNN, and so the last bits
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("series", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("series")


@pytest.fixture(scope="module")
def uncompiled():
    """The graphs without XLA, which takes longer to compile than the shortest trainings take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ddpg_tf.agent.xla_works", lambda: False)
        yield


@pytest.fixture
def with_ctrl_c():
    """Python's own handler of interrupts, which a process does not have that a script has put into the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
