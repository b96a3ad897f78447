"""B03 to B06: no challenge, no code; no verifier, no tokens; and a verifier is what RFC 7636 says it is."""

import base64
import hashlib

import pytest

from idp.events import Action
from tests.attacks.rig import (
    CHALLENGE,
    LOOPBACK,
    NATIVE,
    REDIRECT,
    VERIFIER,
    WEB,
    Browser,
    Target,
    authorization_url,
    error_of,
    told,
)

CLIENTS = ((WEB, REDIRECT), (NATIVE, LOOPBACK))
METHODS = ("plain", "", "s256", "S256 ", " S256", "S256\n", "SHA256", "S512", "none", "é", '"')
CHALLENGES = {
    "absent": None,
    "empty": "",
    "too-short": CHALLENGE[:-1],
    "too-long": CHALLENGE + "A",
    "padded": CHALLENGE + "=",
    "hexadecimal": hashlib.sha256(VERIFIER.encode()).hexdigest(),
    "other-alphabet": "+" * 43,
    "full-width": "Ａ" * 43,
    "newline": CHALLENGE[:-1] + "\n",
}
BAD_VERIFIERS = {
    "absent": None,
    "of-42": "a" * 42,
    "of-129": "a" * 129,
    "of-a-megabyte": "a" * 60_000,
    "reserved": "a" * 42 + "/",
    "space": "a" * 42 + " ",
    "newline": "a" * 43 + "\n",
    "non-ascii": "é" * 43,
    "full-width": "ａ" * 43,
    "the-challenge": CHALLENGE,
    "another": "b" * 43,
    "upper-case": VERIFIER.upper(),
}


@pytest.mark.parametrize(("client_id", "redirect_uri"), CLIENTS)
@pytest.mark.parametrize("method", METHODS, ids=ascii)
def test_only_s256_is_a_method(
    target: Target, signed_in: Browser, client_id: str, redirect_uri: str, method: str
) -> None:
    """B05, at the authorization endpoint already, for public and confidential clients.

    Red when `validate_code_challenge` is Authlib's own, which takes `plain`, and an absent method for `plain` (T2).
    """
    wish = {"redirect_uri": redirect_uri, "code_challenge_method": method}
    with target.counts(Action.AUTHORIZATION_REFUSED, "invalid_request"):
        answer = signed_in.get(authorization_url(client_id, **wish))
    assert error_of(answer) == "invalid_request"
    assert "code" not in told(answer.headers["location"])


@pytest.mark.parametrize(("client_id", "redirect_uri"), CLIENTS)
@pytest.mark.parametrize("challenge", CHALLENGES)
def test_a_challenge_is_a_digest(signed_in: Browser, client_id: str, redirect_uri: str, challenge: str) -> None:
    """B04 and B05: a request without one never gets a code, so there is nothing to downgrade.

    Red when the challenge is asked of public clients only, or its form is not looked at.
    """
    for method in ("S256", "plain", None):
        wish = {"code_challenge": CHALLENGES[challenge], "code_challenge_method": method, "redirect_uri": redirect_uri}
        answer = signed_in.get(authorization_url(client_id, **wish))
        assert error_of(answer) == "invalid_request"
        assert "code" not in told(answer.headers["location"])


@pytest.mark.parametrize(("client_id", "redirect_uri"), CLIENTS)
@pytest.mark.parametrize("verifier", BAD_VERIFIERS)
def test_a_bad_verifier_burns_the_code(
    target: Target, signed_in: Browser, client_id: str, redirect_uri: str, verifier: str
) -> None:
    """B03 and B06. Red when an absent verifier passes (CVE-2023-48228), when the verifier is compared with the challenge
    itself, and when the code is left for another try (`_burning` that burns nothing).
    """
    code = signed_in.code(client_id=client_id, redirect_uri=redirect_uri)
    with target.counts(Action.TOKEN_REFUSED, "invalid_grant", times=2):
        wrong = signed_in.redeem(code, client_id, redirect_uri=redirect_uri, code_verifier=BAD_VERIFIERS[verifier])
        again = signed_in.redeem(code, client_id, redirect_uri=redirect_uri)
    assert (wrong.status_code, error_of(wrong)) == (400, "invalid_grant")
    assert (again.status_code, error_of(again)) == (400, "invalid_grant")


def test_a_challenge_that_is_its_own_verifier(signed_in: Browser) -> None:
    """B06: a 43-character verifier offered as its own challenge is not `plain` by the back door.

    Red when `validate_code_verifier` compares the two directly.
    """
    code = signed_in.code(code_challenge="a" * 43)
    assert error_of(signed_in.redeem(code, code_verifier="a" * 43)) == "invalid_grant"


@pytest.mark.parametrize("verifier", ["a" * 43, "a" * 128, "-._~" * 20, "0aZ" * 20])
def test_the_ends_of_the_range_work(signed_in: Browser, verifier: str) -> None:
    """RFC 7636 §4.1. Red when the range or the alphabet is too narrow: a server that refuses all would be green above."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    answer = signed_in.redeem(signed_in.code(code_challenge=digest), code_verifier=verifier)
    assert answer.status_code == 200


def test_a_stranger_leaves_the_code_to_its_owner(target: Target, signed_in: Browser) -> None:
    """B01, since B03 burns codes: another client's try must not. Red when the key of a code does not hold the client."""
    code = signed_in.code()
    with target.counts(Action.TOKEN_REFUSED, "invalid_grant"):
        assert error_of(signed_in.redeem(code, "evil-rp")) == "invalid_grant"
    assert signed_in.redeem(code).status_code == 200
