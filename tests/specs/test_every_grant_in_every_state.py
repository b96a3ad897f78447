"""One gate for every grant that speaks for a person (threats group 1.1, D03, J08), and one door for every value (B07).

Whoever adds a grant adds it to `GRANTS`; whoever adds a value that is used once adds it to `VALUES`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from idp.model.account import AccountStatus
from idp.model.evidence import WithdrawalReason
from idp.model.policy import Level
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.pushing_party import PushingParty
from tests.specs.registering_app import METADATA, RegisteringApp, allow
from tests.specs.relying_party import Question

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
_numbers = count(1)


@dataclass
class Case:
    """A person, the app they let have their data, and the service that the app lets act."""

    idp: RunningIdp
    person: Person
    app: PushingParty
    desk: PushingParty
    browser: FormBrowser
    registering: RegisteringApp

    def code(self) -> tuple[Page, Question]:
        question = self.app.ask()
        return self.browser.go_through(question.address, self.person), question


@pytest.fixture
def case(idp_sqlite: RunningIdp) -> Iterator[Case]:
    number = next(_numbers)
    resource = f"https://desk-{number}.example"
    target = f"https://archive-{number}.example"
    machine: dict[str, Any] = {"redirect_uris": [], "response_types": [], "profile": "gov-standard"}
    words = {"zh-CN": "读取", "en": "Read"}
    with ExitStack() as stack:

        def new(**metadata: Any) -> PushingParty:
            return stack.enter_context(PushingParty(idp_sqlite, **metadata))

        new(
            resource=target,
            resource_scope={f"a{number}:read": words},
            grant_types=["client_credentials"],
            scope="",
            **machine,
        )
        desk = new(
            client_id=f"desk-{number}",
            resource=resource,
            grant_types=[EXCHANGE],
            exchange_audiences=[target],
            scope=f"a{number}:read",
            **machine,
        )
        app = new(
            profile="gov-standard",
            scope=f"openid profile a{number}:read",
            asks_consent=True,
            audience=resource,
            may_act=f"desk-{number}",
        )
        browser = stack.enter_context(FormBrowser(idp_sqlite.issuer))
        registering = stack.enter_context(RegisteringApp(idp_sqlite, allow(idp_sqlite)["token"]))
        yield Case(idp_sqlite, idp_sqlite.new_person(), app, desk, browser, registering)


Redeem = Callable[[], httpx.Response]


def by_code(case: Case) -> Redeem:
    page, question = case.code()
    return lambda: case.app.redeem(page, question)


def by_refresh(case: Case) -> Redeem:
    page, question = case.code()
    refresh_token = case.app.redeem(page, question).json()["refresh_token"]
    body = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return lambda: case.app.http.post(f"{case.app.issuer}/token", data={**body, **case.app.proof()})


def by_exchange(case: Case) -> Redeem:
    page, question = case.code()
    subject = case.app.redeem(page, question).json()["access_token"]
    (target,) = case.desk.metadata["exchange_audiences"]
    body = {"grant_type": EXCHANGE, "subject_token": subject, "subject_token_type": ACCESS, "audience": target}
    return lambda: case.desk.http.post(f"{case.desk.issuer}/token", data={**body, **case.desk.proof()})


GRANTS = {"authorization_code": by_code, "refresh_token": by_refresh, "token-exchange": by_exchange}


def _moves(status: AccountStatus) -> Callable[[Case], None]:
    def move(case: Case) -> None:
        with case.idp.installation.services.begin() as unit_of_work:
            assert unit_of_work.accounts.move(case.person.account_id, AccountStatus.ACTIVE, status)
            unit_of_work.commit()

    return move


def _level_withdrawn(case: Case) -> None:
    """More is asked of this app than the sign-in was worth."""
    services = case.idp.installation.services
    with services.begin() as unit_of_work:
        client = unit_of_work.clients.get(case.app.client_id)
        assert client is not None
        unit_of_work.clients.save(replace(client, level=Level.FIVE), services.clock())
        unit_of_work.commit()


def _evidence_withdrawn(case: Case) -> None:
    """The app needs what the sign-in reached, and no record says any more who the person is."""
    services = case.idp.installation.services
    with services.begin() as unit_of_work:
        client = unit_of_work.clients.get(case.app.client_id)
        assert client is not None
        unit_of_work.clients.save(replace(client, level=Level.THREE), services.clock())
        withdrawn = unit_of_work.evidence.withdraw_all(case.person.account_id, WithdrawalReason.WRONG, services.clock())
        assert withdrawn == 1
        unit_of_work.commit()


def _consent_withdrawn(case: Case) -> None:
    with case.idp.installation.services.begin() as unit_of_work:
        assert unit_of_work.consents.withdraw(case.person.account_id, case.app.client_id)
        unit_of_work.commit()


STATES = {
    "frozen": _moves(AccountStatus.FROZEN),
    "closed": _moves(AccountStatus.CLOSED),
    "level withdrawn": _level_withdrawn,
    "evidence withdrawn": _evidence_withdrawn,
    "consent withdrawn": _consent_withdrawn,
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("grant", GRANTS)
def test_after_the_approval_and_before_the_redemption_it_is_refused(case: Case, grant: str, state: str) -> None:
    """Mutation: a grant that does not ask the gate, or a state that the gate does not know."""
    redeem = GRANTS[grant](case)
    STATES[state](case)
    answer = redeem()
    assert answer.status_code == 400, answer.text
    dead = {"invalid_grant", "invalid_request"} if grant == "token-exchange" else {"invalid_grant"}
    assert answer.json()["error"] in dead
    assert not {"access_token", "refresh_token", "id_token"} & answer.json().keys()


@pytest.mark.parametrize("state", STATES)
def test_before_the_start_nothing_begins(case: Case, state: str) -> None:
    """Whoever was signed in is asked again, or refused: no code comes."""
    case.code()
    STATES[state](case)
    page = case.browser.get(case.app.ask().address)
    assert "code" not in page.answer
    silent = case.browser.get(case.app.ask({"prompt": "none"}).address)
    assert "error" in silent.answer
    assert "code" not in silent.answer


# ── every value at every door ──


def _values(case: Case) -> dict[str, tuple[str, Redeem]]:
    """What is used once, with what its owner does with it."""
    page, question = case.code()
    pushed = case.app.push()
    request_uri = dict(parse_qsl(urlsplit(pushed.address).query))["request_uri"]
    page_of_refresh, question_of_refresh = case.code()
    tokens = case.app.redeem(page_of_refresh, question_of_refresh).json()
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    allowed = allow(case.idp, max_clients=1)["token"]
    registering = case.registering
    registered = registering.register()

    def led() -> httpx.Response:
        answer = case.browser.get(pushed.address)
        return httpx.Response(200 if "code" in answer.answer else 400)

    return {
        "code": (page.answer["code"], lambda: case.app.redeem(page, question)),
        "refresh_token": (
            tokens["refresh_token"],
            lambda: case.app.http.post(f"{case.app.issuer}/token", data={**again, **case.app.proof()}),
        ),
        "request_uri": (request_uri, led),
        "initial_access_token": (allowed, lambda: _as_ok(registering.post(METADATA, allowed))),
        "registration_access_token": (
            registered["registration_access_token"],
            lambda: registering.manage("GET", registered),
        ),
    }


def _as_ok(answer: httpx.Response) -> httpx.Response:
    """What was made is as good as what was told."""
    return httpx.Response(200 if answer.status_code == 201 else answer.status_code)


VALUES = ("code", "refresh_token", "request_uri", "initial_access_token", "registration_access_token")


def _offers(case: Case, name: str, value: str) -> Iterator[httpx.Response]:
    """The value wherever another one is expected."""
    app = case.app
    forms: dict[str, dict[str, str]] = {
        "code": {
            "grant_type": "authorization_code",
            "code": value,
            "redirect_uri": app.redirect_uri,
            "code_verifier": "v" * 43,
        },
        "refresh_token": {"grant_type": "refresh_token", "refresh_token": value},
        "subject_token": {
            "grant_type": EXCHANGE,
            "subject_token": value,
            "subject_token_type": ACCESS,
            "audience": "https://x.example",
        },
    }
    for kind, form in forms.items():
        if kind != name:
            yield app.http.post(f"{app.issuer}/token", data={**form, **app.proof()})
    bearer = {"Authorization": f"Bearer {value}"}
    yield app.http.get(f"{app.issuer}/userinfo", headers=bearer)
    yield app.http.get(f"{app.issuer}/api/v1/clients", headers=bearer)
    if name != "initial_access_token":
        yield app.http.post(f"{app.issuer}/clients", json={"redirect_uris": [app.redirect_uri]}, headers=bearer)
    yield app.http.get(f"{app.issuer}/clients/{app.client_id}", headers=bearer)
    if name != "request_uri":
        yield app.http.get(app.led_by(value))
        yield app.http.get(app.led_by(f"urn:ietf:params:oauth:request_uri:{value}"))
    if name != "refresh_token":  # that one is told about to its own client
        told = app.http.post(f"{app.issuer}/introspect", data={"token": value, **app.proof()})
        assert told.json() == {"active": False}
    yield app.http.get(f"{app.issuer}/authorize/{value}")


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_good_at_its_own_door_alone(case: Case, name: str) -> None:
    """Threat B07. Mutations: two kinds in one place of the store; a value that a wrong door uses up."""
    value, by_its_owner = _values(case)[name]
    for answer in _offers(case, name, value):
        assert answer.status_code in {400, 401}, (answer.request.url, answer.status_code)
    assert by_its_owner().status_code == 200
