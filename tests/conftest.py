"""Property tests run the same examples every time and are not timed: machines are noisy."""

from hypothesis import HealthCheck, settings

settings.register_profile("onesec", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("onesec")
