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

from idp.accounts.act import Act
from idp.accounts.invitations import Offer, invite
from idp.accounts.methods import Methods
from idp.clock import after
from idp.model.account import AccountStatus
from idp.model.evidence import WithdrawalReason
from idp.model.office import Role
from idp.model.policy import Level
from idp.model.session import Visitor
from tests.idp.storage.made import new_session
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import SANDBOX_CODE, FormBrowser, Page
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
    # RFC 8693 §2.2.2 has another word for it than RFC 6749 §5.2; whatever the state, it is one answer.
    assert answer.json()["error"] == ("invalid_request" if grant == "token-exchange" else "invalid_grant")
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

Value = tuple[str, Redeem]
"""What is used once, with what its owner does with it."""


def a_code(case: Case) -> Value:
    page, question = case.code()
    return page.answer["code"], lambda: case.app.redeem(page, question)


def a_refresh_token(case: Case) -> Value:
    page, question = case.code()
    value = case.app.redeem(page, question).json()["refresh_token"]
    again = {"grant_type": "refresh_token", "refresh_token": value}
    return value, lambda: case.app.http.post(f"{case.app.issuer}/token", data={**again, **case.app.proof()})


def a_request_uri(case: Case) -> Value:
    pushed = case.app.push()

    def led() -> httpx.Response:
        page = case.browser.go_through(pushed.address, case.person)
        return _ok(is_good="code" in page.answer)

    return dict(parse_qsl(urlsplit(pushed.address).query))["request_uri"], led


def an_initial_access_token(case: Case) -> Value:
    allowed = allow(case.idp, max_clients=1)["token"]
    return allowed, lambda: _ok(is_good=case.registering.post(METADATA, allowed).status_code == 201)


def a_registration_access_token(case: Case) -> Value:
    registered = case.registering.register()
    return registered["registration_access_token"], lambda: case.registering.manage("GET", registered)


def a_client_assertion(case: Case) -> Value:
    proof = case.app.proof()
    parameters, _ = case.app.parameters()

    def push() -> httpx.Response:
        answer = case.app.http.post(f"{case.app.issuer}/par", data={**parameters, **proof})
        return _ok(is_good=answer.status_code == 201)

    return proof["client_assertion"], push


def a_dpop_proof(case: Case) -> Value:
    """With the nonce that it needs."""
    page, question = case.code()
    body = {
        "grant_type": "authorization_code",
        "code": page.answer["code"],
        "redirect_uri": case.app.redirect_uri,
        "code_verifier": question.code_verifier,
    }
    address = f"{case.app.issuer}/token"
    without = {"DPoP": case.app.prover.proof("POST", address)}
    unknown = {**body, "code": "unknown", **case.app.proof()}
    nonce = case.app.http.post(address, data=unknown, headers=without).headers["dpop-nonce"]
    value = case.app.prover.proof("POST", address, nonce=nonce)
    return value, lambda: case.app.http.post(address, data={**body, **case.app.proof()}, headers={"DPoP": value})


def an_invitation(case: Case) -> Value:
    services = case.idp.installation.services
    with services.begin() as unit_of_work:
        token = invite(unit_of_work, Offer(role=Role.AUDIT), services.clock()).token
        unit_of_work.commit()
    return token, lambda: case.browser.http.get(f"{case.idp.issuer}/console/invitations/{token}")


def a_message_code(case: Case) -> Value:
    page = case.browser.press(
        case.browser.get(case.app.ask().address), {"name": "way", "value": "code"}, username=case.person.phone
    )
    return SANDBOX_CODE, lambda: _signed_in(case, page, SANDBOX_CODE)


def a_recovery_code(case: Case) -> Value:
    services = case.idp.installation.services
    with services.begin() as unit_of_work:
        account = unit_of_work.accounts.get(case.person.account_id)
        assert account is not None
        session = unit_of_work.sessions.begin(new_session(account.id, expires_at=after(services.clock(), 60)))
        unit_of_work.commit()
    act = Act(Visitor(session=session, account=account), "zh-CN", services.clock())
    code, *_ = Methods(services).make_recovery_codes(act)
    return code, lambda: _signed_in(case, _at(case, "recovery"), code)


def a_slip(case: Case) -> Value:
    code = case.idp.new_slip(case.person)

    def show() -> httpx.Response:
        page = case.browser.press(_at(case, "slip"), {"id": "sign-in"}, code=code)
        return _ok(is_good=page.address.endswith("/new-start"))

    return code, show


def _at(case: Case, step: str) -> Page:
    """The page of this step, for the person of the case."""
    page = case.browser.press(
        case.browser.get(case.app.ask().address), {"name": "way", "value": "password"}, username=case.person.phone
    )
    return case.browser.get(page.address.replace("/password", f"/{step}"))


def _signed_in(case: Case, page: Page, code: str) -> httpx.Response:
    page = case.browser.press(page, {"id": "sign-in"}, code=code)
    return _ok(is_good=page.has("consent-allow") or "code" in page.answer)


def _ok(*, is_good: bool) -> httpx.Response:
    return httpx.Response(200 if is_good else 400)


VALUES: dict[str, Callable[[Case], Value]] = {
    "code": a_code,
    "refresh_token": a_refresh_token,
    "request_uri": a_request_uri,
    "initial_access_token": an_initial_access_token,
    "registration_access_token": a_registration_access_token,
    "client_assertion": a_client_assertion,
    "DPoP proof": a_dpop_proof,
    "invitation": an_invitation,
    "message code": a_message_code,
    "recovery code": a_recovery_code,
    "slip": a_slip,
}


def _offers(case: Case, name: str, value: str) -> Iterator[httpx.Response]:
    """The value wherever another one is expected; those who ask wrongly are another app and another browser."""
    app, http = case.app, case.app.http
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
            yield http.post(f"{app.issuer}/token", data={**form, **app.proof()})
    bearer = {"Authorization": f"Bearer {value}"}
    yield http.get(f"{app.issuer}/userinfo", headers=bearer)
    yield http.post(f"{app.issuer}/id_match", json={}, headers=bearer)
    yield http.get(f"{app.issuer}/api/v1/clients", headers=bearer)
    if name != "initial_access_token":
        yield http.post(f"{app.issuer}/clients", json={"redirect_uris": [app.redirect_uri]}, headers=bearer)
    yield http.get(f"{app.issuer}/clients/{app.client_id}", headers=bearer)
    if name != "request_uri":
        yield http.get(app.led_by(value))
        yield http.get(app.led_by(f"urn:ietf:params:oauth:request_uri:{value}"))
    yield http.post(f"{app.issuer}/par", data={"request_uri": value, "client_id": app.client_id, **app.proof()})
    yield http.post(f"{app.issuer}/par", data={"request": value, "client_id": app.client_id, **app.proof()})
    if name != "client_assertion":
        mine = {**app.proof(), "client_assertion": value}
        yield http.post(f"{app.issuer}/token", data={"grant_type": "client_credentials", **mine})
    unknown = {**forms["code"], "code": "unknown"}
    yield http.post(f"{app.issuer}/token", data={**unknown, **app.proof()}, headers={"DPoP": f"{value}."})
    if name != "refresh_token":  # that one is told about to its own client, which may take it back
        told = http.post(f"{app.issuer}/introspect", data={"token": value, **app.proof()})
        assert told.json() == {"active": False}
        assert http.post(f"{app.issuer}/revoke", data={"token": value, **app.proof()}).status_code == 200
    yield http.get(f"{app.issuer}/authorize/{value}")
    if name != "invitation":
        yield http.get(f"{app.issuer}/console/invitations/{value}")


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_good_at_its_own_door_alone(case: Case, name: str) -> None:
    """Threat B07. Mutations: two kinds in one place of the store; a value that a wrong door uses up."""
    value, by_its_owner = VALUES[name](case)
    for answer in _offers(case, name, value):
        assert answer.status_code in {400, 401, 404}, (answer.request.url, answer.status_code)
    answer = by_its_owner()
    assert answer.status_code == 200, answer.text
