"""What every test may use: private stores, a running identity provider, and no skips in CI."""

pytest_plugins = [
    "tests.plugins.no_skips",
    "tests.plugins.private_servers",
    "tests.plugins.running_idp",
    "tests.plugins.tls_front",
]
