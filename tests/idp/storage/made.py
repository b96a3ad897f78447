"""Things to store, with every field that a test does not care about filled in."""

from dataclasses import replace
from typing import Any

from idp.clock import Instant
from idp.events import Action, Event, Kind
from idp.model.account import Account, Identifier, IdentifierKind, NewAccount
from idp.model.authorization import Authorization, Grant
from idp.model.client import Client, ClientStatus, Profile
from idp.model.policy import Method, Proofing
from idp.model.session import NewSession, Session
from idp.ports import UnitOfWork

NOW = Instant(1_800_000_000)
NAME = "欧阳春晓"
CITIZEN_ID = Identifier(IdentifierKind.CITIZEN_ID, "890101199001011234")
PHONE = Identifier(IdentifierKind.PHONE, "+8613900000001")
EMAIL = Identifier(IdentifierKind.EMAIL, "chunxiao@example.org")


def new_account(*identifiers: Identifier, **changes: Any) -> NewAccount:
    account = NewAccount(
        name=NAME,
        identifiers=identifiers,
        proofing=Proofing.P2,
        proofed_at=NOW,
        is_sandbox=False,
        created_at=NOW,
    )
    return replace(account, **changes)


def account(unit_of_work: UnitOfWork, *identifiers: Identifier) -> Account:
    return unit_of_work.accounts.create(new_account(*identifiers))


def new_session(account_id: int, **changes: Any) -> NewSession:
    begun = NewSession(
        secret_digest=b"s" * 32,
        account_id=account_id,
        channel="website",
        methods=(Method.PASSWORD, Method.MESSAGE_CODE),
        auth_time=NOW,
        expires_at=Instant(NOW + 3600),
    )
    return replace(begun, **changes)


def session(unit_of_work: UnitOfWork, account_id: int) -> Session:
    return unit_of_work.sessions.begin(new_session(account_id))


def grant(unit_of_work: UnitOfWork, **changes: Any) -> Grant:
    """A grant of a new person with a new session."""
    session_ = session(unit_of_work, account(unit_of_work).id)
    granted = Grant(
        client_id="housing-fund",
        account_id=session_.account_id,
        session_id=session_.id,
        sid=session_.sid,
        sub="sub-of-sector",
        scope=("openid", "profile"),
        auth_time=NOW,
        acr="urn:yizheng:level:3",
        amr=("pwd", "sms"),
        nonce="n-0S6",
        claims={"id_token": {"acr": {"essential": True}}},
    )
    return replace(granted, **changes)


def told(at: Instant = NOW) -> Event:
    """The event that tells of issued tokens."""
    return Event(kind=Kind.AUDIT, action=Action.TOKEN_ISSUED, at=at)


def authorization(unit_of_work: UnitOfWork, origin: bytes) -> Authorization:
    written = unit_of_work.authorizations.redeem(origin, grant(unit_of_work), told())
    assert written is not None
    return written


def client(client_id: str = "housing-fund", **changes: Any) -> Client:
    registered = Client(
        client_id=client_id,
        client_name="公积金",
        channel="website",
        profile=Profile.GOV_STANDARD,
        status=ClientStatus.ACTIVE,
        sector="apps.example",
        redirect_uris=("http://localhost:8001/callback",),
    )
    return replace(registered, **changes)
