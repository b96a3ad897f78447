"""Rich authorization requests (RFC 9396) of one type: matters that a protected resource declares, by their codes.

What an authorization request names, a person sees and grants as a whole, each time; a token request may take less of it.
"""

import json
from collections.abc import Collection, Sequence
from typing import Annotated, Literal

from authlib.oauth2.rfc6749 import OAuth2Error
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from idp.http.request import Parameters
from idp.model.client import Client, ClientStatus
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


_DETAILS = TypeAdapter(Annotated[list[_Detail], Field(min_length=1, max_length=MAX_MATTERS)])


def matters_of(
    parameters: Parameters, client: Client, clients: Clients, resources: Sequence[str] = ()
) -> tuple[Matter, ...]:
    """The matters that a request names, each at its resource; none: it names none.

    Args:
        resources: those that the request names beside; a matter is at one of them, where there are any.
    """
    asked = _asked(parameters)
    if not asked:
        return ()
    if not {detail.identifier for detail in asked} <= set(client.matters):
        raise InvalidAuthorizationDetailsError("A matter is not one that the client registered.")
    places = [found for name in resources or client.targets if (found := _in_service(name, clients)) is not None]
    return _once([_located(detail, places) for detail in asked])


def narrowed(parameters: Parameters, granted: Collection[Matter]) -> tuple[Matter, ...]:
    """What a token request takes of what was granted: all, where it names nothing (§6)."""
    asked = _asked(parameters)
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


def _asked(parameters: Parameters) -> list[_Detail]:
    text = parameters.text(NAME)
    if text is None:
        return []
    try:
        return _DETAILS.validate_python(json.loads(text) if len(text) <= MAX_TEXT else None)
    except (ValidationError, ValueError, RecursionError):
        raise InvalidAuthorizationDetailsError(
            f"The authorization_details are not 1 to {MAX_MATTERS} objects of the type matter, "
            "each with an identifier and its actions."
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
