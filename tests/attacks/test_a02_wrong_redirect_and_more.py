"""A02: whatever else is wrong, client and redirect_uri come first, and a wrong one of them ends on a page."""

import pytest

from idp.events import Action
from tests.attacks.rig import EVIL, REDIRECT, WEB, Browser, Target, authorization_url, error_of, told

OTHER_FAULTS: dict[str, dict[str, str | None]] = {
    "no-response-type": {"response_type": None},
    "unknown-response-type": {"response_type": 'a"b'},
    "implicit": {"response_type": "id_token token"},
    "unknown-scope": {"scope": "nothing known"},
    "no-scope": {"scope": None},
    "silent": {"prompt": "none"},
    "silent-and-loud": {"prompt": "none login"},
    "unknown-prompt": {"prompt": "é"},
    "request-object": {"request": "eyJhbGciOiJub25lIn0.e30."},
    "request-uri": {"request_uri": "https://evil.test/request"},
    "both": {"request": "x", "request_uri": "urn:ietf:params:oauth:request_uri:x"},
    "max-age": {"max_age": "abc"},
    "form-post-and-more": {"response_mode": "form_post", "prompt": "none login"},
    "response-mode": {"response_mode": "web_message"},
    "jarm": {"response_mode": "jwt", "prompt": "none login"},
    "no-challenge": {"code_challenge": None},
    "plain": {"code_challenge_method": "plain"},
    "claims": {"claims": "{"},
    "essential-acr": {"claims": '{"id_token":{"acr":{"essential":true,"value":"none"}}}'},
    "long-state": {"state": "s" * 3000},
    "long-nonce": {"nonce": "n" * 3000},
}
OBJECTS = {"request-object": "invalid_request_object", "request-uri": "invalid_request_uri", "both": "invalid_request"}
"""What stands in one is the request, its redirect_uri too: these faults are told on a page whatever the address says."""
WRONG_ADDRESSES = ("https://evil.test/cb", f"{REDIRECT}/x", None)


@pytest.mark.parametrize("fault", OTHER_FAULTS)
def test_a_wrong_redirect_uri_wins_over_every_other_fault(target: Target, fault: str) -> None:
    """Red when `_proven_client` runs last in `authorization_request`, and when a refusal trusts what the query names
    (`RefusedAtClient` raised from inside `_proven_client`).
    """
    code = OBJECTS.get(fault, "invalid_request")
    for address in WRONG_ADDRESSES:
        with target.counts(Action.AUTHORIZATION_REFUSED, code):
            answer = target.browser().get(authorization_url(**{"redirect_uri": address, **OTHER_FAULTS[fault]}))
            assert answer.status_code == 400
            assert "location" not in answer.headers
            assert error_of(answer) == code


@pytest.mark.parametrize("fault", OTHER_FAULTS)
def test_a_wrong_client_wins_over_every_other_fault(target: Target, fault: str) -> None:
    """Also when the address is registered, but for another client. Red as above."""
    for client_id, address in (("unknown", REDIRECT), (EVIL, REDIRECT), (WEB, "https://evil.test/cb")):
        parameters = {"redirect_uri": address, **OTHER_FAULTS[fault]}
        answer = target.browser().get(authorization_url(client_id, **parameters))
        assert answer.status_code == 400
        assert "location" not in answer.headers


@pytest.mark.parametrize("fault", sorted(OTHER_FAULTS.keys() - OBJECTS.keys() - {"form-post-and-more", "jarm"}))
def test_each_fault_is_one(target: Target, browser: Browser, fault: str) -> None:
    """With the right address the client is told of it; without this the tables above would combine nothing.

    Red when the check of any one of them is dropped, for instance `max_age_of` in `OpenIDParameters.validate`.
    """
    answer = browser.get(authorization_url(**OTHER_FAULTS[fault]))
    assert answer.headers["location"].startswith((f"{REDIRECT}?", f"{REDIRECT}#"))
    assert "code" not in told(answer.headers["location"])
    assert target.issuer == told(answer.headers["location"])["iss"]
    assert error_of(answer)
