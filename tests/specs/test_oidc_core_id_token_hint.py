"""OpenID Connect Core §3.1.2.1, §3.1.2.2, §5.5.1: whom the app means, and that nobody else gets through.

Requirement 11 of the conformance facts, the part about `id_token_hint`.
"""

import json
from collections.abc import Callable

import pytest

from idp.clock import Instant
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import RelyingParty

By = Callable[[str, str], dict[str, str | None]]


@pytest.fixture
def hint(signed_in: FormBrowser, library: RelyingParty) -> str:
    """An id_token of the person who is signed in."""
    question = library.ask()
    return str(library.tokens(signed_in.get(question.address), question)["id_token"])


@pytest.fixture
def people(idp_sqlite: RunningIdp, person: Person) -> tuple[Person, Person]:
    """The one who is meant, and somebody else."""
    return person, idp_sqlite.new_person()


def by_hint(hint: str, _sub: str) -> dict[str, str | None]:
    return {"id_token_hint": hint}


def by_value(_hint: str, sub: str) -> dict[str, str | None]:
    return {"claims": json.dumps({"id_token": {"sub": {"value": sub}}})}


WAYS = pytest.mark.parametrize("means", [by_hint, by_value])


@WAYS
def test_the_one_who_is_meant_passes_silently(
    signed_in: FormBrowser, library: RelyingParty, hint: str, means: By
) -> None:
    sub = library.read(hint)[1]["sub"]
    question = library.ask({"prompt": "none", **means(hint, sub)})
    told = library.tokens(signed_in.get(question.address), question)
    assert library.read(told["id_token"])[1]["sub"] == sub


@WAYS
def test_nobody_else_passes_silently(
    idp_sqlite: RunningIdp, browser: FormBrowser, library: RelyingParty, hint: str, means: By
) -> None:
    """Mutation: the hint taken and not looked at."""
    changes = {"prompt": "none", **means(hint, library.read(hint)[1]["sub"])}
    assert browser.get(library.ask(changes).address).answer["error"] == "login_required"
    browser.go_through(library.ask().address, idp_sqlite.new_person())
    assert browser.get(library.ask(changes).address).answer["error"] == "login_required"


@WAYS
def test_another_person_signs_in_again_and_gets_nothing(
    people: tuple[Person, Person], browser: FormBrowser, library: RelyingParty, hint: str, means: By
) -> None:
    """Asked who they are; whoever is not the one meant ends in `login_required`. Mutation: `Proceed` after any sign-in."""
    changes = means(hint, library.read(hint)[1]["sub"])
    person, other = people
    browser.go_through(library.ask().address, other)
    page = browser.get(library.ask(changes).address)
    assert page.has("username")
    assert browser.sign_in(page, other).answer["error"] == "login_required"
    page = browser.get(library.ask(changes).address)
    assert "code" in browser.sign_in(page, person).answer


def test_an_expired_hint_still_names_the_person(
    idp_sqlite: RunningIdp, signed_in: FormBrowser, library: RelyingParty, hint: str
) -> None:
    signer = idp_sqlite.installation.services.signer
    old = signer.sign({**library.read(hint)[1], "exp": Instant(1)}, "ES256")
    assert "code" in signed_in.get(library.ask({"prompt": "none", "id_token_hint": old}).address).answer


@pytest.mark.parametrize(
    "changes", [{"iss": "https://other.test"}, {"aud": "housing-fund"}, {"aud": []}, {"sub": 7}, {"sub": None}], ids=str
)
def test_a_hint_that_names_nobody_we_know_is_refused(
    idp_sqlite: RunningIdp, signed_in: FormBrowser, library: RelyingParty, hint: str, changes: dict[str, object]
) -> None:
    """Signed by us, and yet not an id_token of ours to this client. Mutation: any part of the check left out."""
    forged = idp_sqlite.installation.services.signer.sign({**library.read(hint)[1], **changes}, "ES256")
    assert signed_in.get(library.ask({"id_token_hint": forged}).address).answer["error"] == "invalid_request"


def test_a_hint_that_somebody_else_signed_or_changed_is_refused(
    idp_sqlite: RunningIdp, signed_in: FormBrowser, library: RelyingParty, hint: str
) -> None:
    """Also a token of ours of another type."""
    header, body, signature = hint.split(".")
    typed = idp_sqlite.installation.services.signer.sign(library.read(hint)[1], "ES256", "at+jwt")
    for forged in (f"{header}.{body}.", f"{header}.{body[:-2]}.{signature}", "e30.e30.", typed):
        page = signed_in.get(library.ask({"id_token_hint": forged}).address)
        assert page.answer["error"] == "invalid_request"


def test_hint_and_value_that_differ_are_nobody(signed_in: FormBrowser, library: RelyingParty, hint: str) -> None:
    """Mutation: one of two demands forgotten."""
    changes = {"prompt": "none", "id_token_hint": hint, **by_value("", "somebody else")}
    assert signed_in.get(library.ask(changes).address).answer["error"] == "login_required"
