"""What every test may use: private stores, a running identity provider, and no skips in CI."""

from hypothesis import HealthCheck, settings

# What Hypothesis finds must not hang on what else the machine does: a drawing that took long says nothing of ours.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")

pytest_plugins = [
    "tests.plugins.no_skips",
    "tests.plugins.private_servers",
    "tests.plugins.running_idp",
    "tests.plugins.tls_front",
]
