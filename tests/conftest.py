"""Rules of the unit tests: hypothesis draws the same cases in every run, and a busy machine is no failure."""

from hypothesis import HealthCheck, settings

settings.register_profile("series", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("series")
