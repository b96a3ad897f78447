"""`docs/how-to/ask-for-identity.md`: its registration is one, its program asks and compares, and its table of statuses is true."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from idp.oauth import client_list
from tests.docs.pages import blocks
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import RelyingParty

PAGE = "how-to/ask-for-identity.md"
SECRET = "secret-of-the-page-for-identity-0123456789"


@pytest.fixture(scope="module")
def program() -> dict[str, Any]:
    """The names of the page's program."""
    (block,) = (block for block in blocks(PAGE) if block.language == "python")
    names: dict[str, Any] = {}
    exec(block.text, names)
    return names


@pytest.fixture(scope="module")
def app(idp_sqlite: RunningIdp) -> Iterator[RelyingParty]:
    """The app of the page, as `idp client import` reads it."""
    (block,) = (block for block in blocks(PAGE) if block.language == "json")
    text = block.text.replace("<random, 32 or more>", SECRET)
    (client,) = client_list.read(text.encode())
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        unit_of_work.clients.save(client, services.clock())
        unit_of_work.commit()
    metadata = {
        "client_id": client.client_id,
        "client_secret": SECRET,
        "redirect_uris": list(client.redirect_uris),
        "scope": " ".join(client.scope),
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
    }
    with RelyingParty(idp_sqlite, metadata) as party:
        yield party


@pytest.fixture(scope="module")
def known(idp_sqlite: RunningIdp) -> Person:
    return idp_sqlite.new_person()


@pytest.fixture(scope="module")
def endpoints(idp_sqlite: RunningIdp) -> dict[str, str]:
    address = f"{idp_sqlite.issuer}/.well-known/openid-configuration"
    document: dict[str, str] = httpx.get(address, trust_env=False).json()
    return document


@pytest.fixture(scope="module")
def token(idp_sqlite: RunningIdp, app: RelyingParty, known: Person, program: dict[str, Any]) -> str:
    """Of a person who was asked as the page asks."""
    question = app.ask(program["authorization_parameters"]())
    assert urlencode({"claims": program["authorization_parameters"]()["claims"]}, quote_via=quote) in question.address
    with FormBrowser(idp_sqlite.issuer) as browser:
        page = browser.sign_in(browser.get(question.address), known)
        assert "《社会保险法》第七十四条" in page.html
        tokens = app.tokens(browser.press(page, {"id": "consent-allow"}), question)
    found: str = tokens["access_token"]
    return found


def test_the_program_reads_what_it_asked_for(
    program: dict[str, Any], endpoints: dict[str, str], token: str, known: Person
) -> None:
    """Mutation: a claim of the page that the server does not know."""
    assert program["who_is_it"](endpoints["userinfo_endpoint"], token) == (known.name, False)


def test_the_program_compares_until_it_is_stopped(
    program: dict[str, Any], endpoints: dict[str, str], token: str, known: Person
) -> None:
    """The numbers of the page: five a day. Mutations: another budget; another answer when it is used up."""
    compare = program["is_theirs"]
    place = endpoints["id_match_endpoint"]
    answers = [
        compare(place, token, known.citizen_id),
        compare(place, token, f" {known.citizen_id[:6]} {known.citizen_id[6:]}", known.name),
        compare(place, token, known.citizen_id, "别人"),
        compare(place, token, "890102193703180069"),
        compare(place, token, "E12345678"),
        compare(place, token, known.citizen_id),
    ]
    assert answers == [True, True, False, False, False, None]
    with pytest.raises(httpx.HTTPStatusError, match="400"):
        compare(place, token, known.citizen_id[:-1])
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        compare(place, "of-nobody", known.citizen_id)
