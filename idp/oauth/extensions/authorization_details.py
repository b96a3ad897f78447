"""Rich authorization requests (RFC 9396): matters that a protected resource declares, by their codes, and mandates.

What an authorization request names, a person sees and grants as a whole, each time; a token request may take less of it. For
whom somebody acts is said there once: no token request changes it.
"""

import json
from collections.abc import Collection, Sequence
from typing import Annotated, Literal

from authlib.oauth2.rfc6749 import OAuth2Error
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from idp.http.request import Parameters
from idp.model.client import Client, ClientStatus
from idp.model.mandate import MandateWish, PrincipalKind
from idp.model.matter import ACTIONS, Matter, within
from idp.ports import Clients

NAME = "authorization_details"
MAX_MATTERS = 8
"""What a person reads on one page."""
MAX_TEXT = 4096


class InvalidAuthorizationDetailsError(OAuth2Error):
    """RFC 9396 §5."""

    error = "invalid_authorization_details"


class _Detail(BaseModel):
    """An object of the type (§2): other members, and other values of these, are refused (§5)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    type: Literal["matter"]
    identifier: Annotated[str, Field(min_length=1, max_length=64)]
    actions: Annotated[list[Literal["view", "apply"]], Field(min_length=1, max_length=len(ACTIONS))]
    locations: Annotated[list[str], Field(min_length=1, max_length=1)] | None = None


class _Mandate(BaseModel):
    """An object of the other type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    type: Literal["mandate"]
    principal_type: Literal["organization", "person"]
    identifier: Annotated[str, Field(min_length=1, max_length=64)] | None = None


_EITHER = Annotated[_Detail | _Mandate, Field(discriminator="type")]
_DETAILS = TypeAdapter(Annotated[list[_EITHER], Field(min_length=1, max_length=MAX_MATTERS + 1)])
_KINDS = {"organization": PrincipalKind.ORGANIZATIONS, "person": PrincipalKind.PERSONS}
TYPES = ("matter", "mandate")
"""RFC 9396 §10."""


def mandate_of(parameters: Parameters, client: Client) -> MandateWish | None:
    """For whom an authorization request wants somebody to act; None: it says nothing of it."""
    named = [detail for detail in _asked(parameters) if isinstance(detail, _Mandate)]
    if not named:
        return None
    kind = _KINDS[named[0].principal_type]
    if len(named) > 1 or "mandate" not in client.authorization_details_types or kind not in client.accepts_mandates:
        raise InvalidAuthorizationDetailsError("The client asks for one mandate at most, of a kind that it registered.")
    return MandateWish(kind=kind, identifier=named[0].identifier)


def matters_of(
    parameters: Parameters,
    client: Client,
    clients: Clients,
    resources: Sequence[str] = (),
    *,
    is_of_token: bool = False,
) -> tuple[Matter, ...]:
    """The matters that a request names, each at its resource; none: it names none.

    Args:
        is_of_token: whether it is a token request of a client that acts for itself, and so for nobody else.
        resources: those that the request names beside; a matter is at one of them, where there are any.
    """
    asked = _matters(parameters, is_of_token=is_of_token)
    if not asked:
        return ()
    if not {detail.identifier for detail in asked} <= set(client.matters):
        raise InvalidAuthorizationDetailsError("A matter is not one that the client registered.")
    places = [found for name in resources or client.targets if (found := _in_service(name, clients)) is not None]
    return _once([_located(detail, places) for detail in asked])


def narrowed(parameters: Parameters, granted: Collection[Matter]) -> tuple[Matter, ...]:
    """What a token request takes of what was granted: all, where it names nothing (§6)."""
    asked = _matters(parameters, is_of_token=True)
    if not asked:
        return tuple(granted)
    wanted = []
    for detail in asked:
        matching = [
            matter
            for matter in granted
            if matter.code == detail.identifier and detail.locations in (None, [matter.location])
        ]
        wanted += [Matter(code=each.code, actions=_ordered(detail), location=each.location) for each in matching]
        if not matching:
            raise InvalidAuthorizationDetailsError("A matter was not granted.")
    if not all(within(matter, granted) for matter in wanted):
        raise InvalidAuthorizationDetailsError("More was asked for than was granted.")
    return _once(wanted)


def matters_at(matters: Collection[Matter], target: Client, client: Client) -> tuple[Matter, ...]:
    """What of them the resource still declares and the client still registers."""
    declared = {code for code, _ in target.resource_matters}
    return tuple(
        matter
        for matter in matters
        if matter.location == target.resource and matter.code in declared and matter.code in client.matters
    )


def _matters(parameters: Parameters, *, is_of_token: bool = False) -> list[_Detail]:
    asked = _asked(parameters)
    matters = [detail for detail in asked if isinstance(detail, _Detail)]
    if is_of_token and len(matters) < len(asked):
        raise InvalidAuthorizationDetailsError("For whom somebody acts is said where they sign in.")
    if len(matters) > MAX_MATTERS:
        raise InvalidAuthorizationDetailsError(f"A request names at most {MAX_MATTERS} matters.")
    return matters


def _asked(parameters: Parameters) -> list[_Detail | _Mandate]:
    text = parameters.text(NAME)
    if text is None:
        return []
    try:
        return _DETAILS.validate_python(json.loads(text) if len(text) <= MAX_TEXT else None)
    except (ValidationError, ValueError, RecursionError):
        raise InvalidAuthorizationDetailsError(
            f"The authorization_details are not 1 to {MAX_MATTERS} objects of the type matter, each with an identifier and "
            "its actions, and at most one of the type mandate, with a principal_type."
        ) from None


def _in_service(name: str, clients: Clients) -> Client | None:
    found = clients.of_resource(name)
    return found if found is not None and found.status is ClientStatus.ACTIVE else None


def _located(detail: _Detail, places: Sequence[Client]) -> Matter:
    declaring = [
        place.resource
        for place in places
        if place.resource is not None
        and detail.identifier in {code for code, _ in place.resource_matters}
        and detail.locations in (None, [place.resource])
    ]
    if len(declaring) != 1:
        raise InvalidAuthorizationDetailsError(
            "Several resources declare a matter; name the one in its locations."
            if declaring
            else "No resource of this client declares a matter."
        )
    return Matter(code=detail.identifier, actions=_ordered(detail), location=declaring[0])


def _ordered(detail: _Detail) -> tuple[str, ...]:
    return tuple(action for action in ACTIONS if action in detail.actions)


def _once(matters: Sequence[Matter]) -> tuple[Matter, ...]:
    """Each matter once, with all actions that were named for it."""
    actions: dict[tuple[str, str], set[str]] = {}
    for matter in matters:
        actions.setdefault((matter.code, matter.location), set()).update(matter.actions)
    return tuple(
        Matter(code=code, actions=tuple(each for each in ACTIONS if each in named), location=location)
        for (code, location), named in actions.items()
    )
