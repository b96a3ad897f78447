"""Letting apps register themselves: so many, of which kind, and until when (RFC 7591 §3)."""

from typing import Annotated, Any

from pydantic import Field

from admin.operation import ANY_OFFICER, GUARDIANS, SECURITY, Desk, Effect, Gives, Nothing, Operation, State, Takes
from admin.operations.officers import Outcome
from idp.clock import after
from idp.entropy import random_token
from idp.errors import Refused
from idp.model import numbered_secret, release
from idp.model.authorization import SCOPES
from idp.model.client import Profile
from idp.model.policy import Level
from idp.model.registration import InitialAccessToken, NewInitialAccessToken
from idp.registration.faults import legible

DAY = 86_400


class Allow(Takes):
    """For whom, and what each app that is registered with it may have."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    profile: Profile = Profile.GOV_STANDARD
    channel: Annotated[str, Field(max_length=64)] = "website"
    level: Annotated[int, Field(ge=Level.ONE, le=Level.FIVE)] = Level.ONE
    scope: Annotated[str, Field(max_length=2048)] = "openid"
    max_clients: Annotated[int, Field(gt=0, le=1000)] = 1
    days: Annotated[int, Field(gt=0, le=366)] = 30


class OneToken(Takes):
    """An initial access token, by its number."""

    token_id: Annotated[int, Field(gt=0)]


class TokenTold(Gives):
    """What was allowed, and what became of it; the value itself is told once."""

    token_id: int
    name: str
    profile: Profile
    channel: str
    level: int
    scope: str
    max_clients: int
    clients: int
    issued_at: int
    expires_at: int
    ended_at: int | None


class Allowed(TokenTold):
    """The same with its value, for whoever approves it to hand over."""

    token: str


class TokenList(Gives):
    """Every one, the newest first."""

    tokens: list[TokenTold]


def _list(desk: Desk, wanted: Nothing) -> TokenList:
    del wanted
    return TokenList(tokens=[TokenTold(**_told(each)) for each in desk.unit_of_work.initial_access_tokens.all()])


def _unknown_scopes(desk: Desk, scope: str) -> list[str]:
    declared = {name for client in desk.unit_of_work.clients.all() for name, _ in client.resource_scope}
    return [name for name in scope.split() if name not in SCOPES and name not in declared]


def _allow(desk: Desk, wanted: Allow) -> Allowed:
    settings, secret = desk.services.settings, random_token()
    if wanted.profile not in settings.profiles:
        raise Refused("invalid_request", f"profile: {wanted.profile} is off here.")
    if wanted.channel not in desk.services.channels:
        raise Refused("invalid_request", "channel: no such channel is switched on.")
    if licensed := release.LICENSED.intersection(wanted.scope.split()):
        raise Refused(
            "invalid_request", f"scope: {min(licensed)} takes a licence, which is given to one app at a time."
        )
    if unknown := _unknown_scopes(desk, wanted.scope):
        raise Refused("invalid_request", f"scope: no resource declares {legible(unknown[0])}.")
    token = desk.unit_of_work.initial_access_tokens.add(
        NewInitialAccessToken(
            secret_digest=numbered_secret.digest_of(secret),
            name=wanted.name,
            profile=wanted.profile,
            channel=wanted.channel,
            level=Level(wanted.level),
            scope=tuple(dict.fromkeys(wanted.scope.split())),
            max_clients=wanted.max_clients,
            issued_at=desk.at,
            expires_at=after(desk.at, wanted.days * DAY),
        )
    )
    return Allowed(**_told(token), token=numbered_secret.write(token.id, secret))


def _end(desk: Desk, wanted: OneToken) -> Outcome:
    if desk.unit_of_work.initial_access_tokens.get(wanted.token_id) is None:
        raise Refused("not_found", "There is no initial access token with this number.", status=404)
    return Outcome(is_changed=desk.unit_of_work.initial_access_tokens.end(wanted.token_id, desk.at))


def _told(token: InitialAccessToken) -> dict[str, Any]:
    return {
        "token_id": token.id,
        "name": token.name,
        "profile": token.profile,
        "channel": token.channel,
        "level": token.level,
        "scope": " ".join(token.scope),
        "max_clients": token.max_clients,
        "clients": token.clients,
        "issued_at": token.issued_at,
        "expires_at": token.expires_at,
        "ended_at": token.ended_at,
    }


def _state_of_all(desk: Desk, wanted: Allow) -> State:
    """What is open under this name: what a second person decides on."""
    known = [each for each in desk.unit_of_work.initial_access_tokens.all() if each.name == wanted.name]
    return {wanted.name: {"open": sum(each.is_good(desk.at) for each in known)}}


def _state(desk: Desk, wanted: OneToken) -> State | None:
    token = desk.unit_of_work.initial_access_tokens.get(wanted.token_id)
    return None if token is None else {"is_good": token.is_good(desk.at), "clients": token.clients}


LIST_TOKENS = Operation(
    name="registration.list",
    about="Who may register apps by themselves, how many, and of which kind.",
    method="GET",
    path="/initial_access_tokens",
    takes=Nothing,
    gives=TokenList,
    does=ANY_OFFICER,
    run=_list,
)
ALLOW = Operation(
    name="registration.allow",
    about="Let somebody register apps by themselves (RFC 7591), by a token that is told once, to whoever approves it.",
    method="POST",
    path="/initial_access_tokens",
    takes=Allow,
    gives=Allowed,
    does=SECURITY,
    run=_allow,
    effect=Effect.GUARDED,
    approves=GUARDIANS,
    state=_state_of_all,
    shows=("name", "profile", "channel", "level", "scope", "max_clients", "days"),
)
END = Operation(
    name="registration.end",
    about="Take an initial access token back: no more apps are registered with it; those that were stay.",
    method="POST",
    path="/initial_access_tokens/{token_id}/end",
    takes=OneToken,
    gives=Outcome,
    does=GUARDIANS,
    run=_end,
    effect=Effect.CHANGE,
    state=_state,
)
OPERATIONS = (LIST_TOKENS, ALLOW, END)
