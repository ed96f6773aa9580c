"""Rules of the unit tests: hypothesis draws the same cases in every run, and a busy machine is no failure."""

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
