"""RFC 7636, Proof Key for Code Exchange: S256 for every client, and nothing else."""

from collections.abc import Callable

import pytest

from tests.specs.form_browser import FormBrowser, Page
from tests.specs.relying_party import Question, RelyingParty, s256

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_example_of_appendix_b(signed_in: FormBrowser, library: RelyingParty) -> None:
    assert s256(VERIFIER) == CHALLENGE
    question = library.ask({"code_challenge": CHALLENGE})
    response = library.redeem(signed_in.get(question.address), question, {"code_verifier": VERIFIER})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
        {"code_challenge_method": "S512"},
        {"code_challenge": "too-short"},
        {"code_challenge": CHALLENGE + "="},
        {"code_challenge": CHALLENGE[:-1] + "/"},
        {"code_challenge": VERIFIER * 3},
    ],
    ids=str,
)
def test_no_challenge_no_code(browser: FormBrowser, library: RelyingParty, changes: dict[str, str | None]) -> None:
    """§4.4.1. Mutation: let `ProofKey.validate_code_challenge` return where no challenge came, or accept `plain`."""
    answer = browser.get(library.ask(changes).address).answer
    assert answer["error"] == "invalid_request"
    assert "code" not in answer


@pytest.mark.parametrize(
    "verifier",
    [None, "", VERIFIER, CHALLENGE, "short", "x" * 129, "x" * 42 + "é"],
    ids=["absent", "empty", "another", "the-challenge", "short", "long", "not-ascii"],
)
def test_only_the_right_verifier_redeems(
    redeemable: Callable[..., tuple[Page, Question]], library: RelyingParty, verifier: str | None
) -> None:
    """§4.6. Mutation: return from `ProofKey.validate_code_verifier` at once."""
    page, question = redeemable()
    response = library.redeem(page, question, {"code_verifier": verifier})
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
