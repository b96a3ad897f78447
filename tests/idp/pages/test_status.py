"""The page that tells everyone whether things work."""

import httpx

from tests.plugins.running_idp import RunningIdp


def test_it_says_that_all_is_well(idp_server: RunningIdp) -> None:
    """Mutation: render the page without its components, as it once was."""
    answer = httpx.get(f"{idp_server.issuer}/status", trust_env=False)
    assert answer.status_code == 200
    assert answer.text.count("tag-ok") == 2
