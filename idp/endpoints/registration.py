"""The client registration endpoint (RFC 7591 §3), and below it the configuration of each app (RFC 7592 §2)."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import to_json

from idp.audit import refusals
from idp.errors import Refused, TooOften, Unavailable
from idp.events import Action
from idp.http.access_token import in_header
from idp.http.request import Request
from idp.http.response import NO_STORE, Response, json_response
from idp.registration.bounds import RegistrationBounds
from idp.registration.faults import InvalidClientMetadata
from idp.services import Services

if TYPE_CHECKING:
    from idp.oauth.dynamic_registration import DynamicRegistration, Registered

    Way = Callable[[], tuple[int, Registered | None]]

PATH = "/clients"
JSON = "application/json"
_PAIRWISE = "pairwise"
_IN_A_DESCRIPTION = frozenset(map(chr, {*range(0x20, 0x7F)} - {ord('"'), ord("\\")}))
"""RFC 6749 §5.2."""


class RegistrationEndpoint:
    """Answers in JSON that no cache keeps.

    Args:
        dynamic: made with the first call, since most processes are never asked.
    """

    def __init__(self, services: Services, dynamic: "Callable[[], DynamicRegistration]") -> None:
        self._services = services
        self._dynamic = dynamic
        self._bounds = RegistrationBounds(services)

    def register(self, request: Request) -> Response:
        """A new app."""
        return self._answered(request, lambda: (201, self._dynamic().create(_token(request), _metadata(request))))

    def configure(self, request: Request) -> Response:
        """What its registration is, another one, or none any more."""
        client_id = request.path.removeprefix(f"{PATH}/")
        ways: dict[str, Way] = {
            "GET": lambda: (200, self._dynamic().show(_token(request), client_id)),
            "PUT": lambda: (200, self._dynamic().update(_token(request), client_id, _metadata(request))),
            "DELETE": lambda: self._ended(request, client_id),
        }
        way = ways.get(request.method)
        if way is None:
            told = {"error": "invalid_request", "error_description": "Use GET, PUT or DELETE."}
            return json_response(405, told, ("Allow", "GET, PUT, DELETE"))
        return self._answered(request, way)

    def _ended(self, request: Request, client_id: str) -> "tuple[int, None]":
        self._dynamic().end(_token(request), client_id)
        return 204, None

    def _answered(self, request: Request, way: "Way") -> Response:
        try:
            status, registered = self._counted(request, way)
        except Unavailable:
            raise
        except Refused as refused:
            refusals.note(self._services, Action.REGISTRATION_REFUSED, refused, request.peer)
            return _refusal(refused)
        return Response(status, NO_STORE) if registered is None else json_response(status, self._told(registered))

    def _counted(self, request: Request, way: "Way") -> "tuple[int, Registered | None]":
        """Who tries tokens waits; a good one passes all the while."""
        try:
            return way()
        except Refused as refused:
            if refused.status == 401:
                self._bounds.count_failure(request.peer)
            raise

    def _told(self, registered: "Registered") -> Mapping[str, object]:
        """RFC 7591 §3.2.1; of a secret that is not new nobody knows more than its digest."""
        client = registered.client
        metadata = cast("dict[str, Any]", json.loads(to_json(self._services.registrations.metadata_of(client))))
        told = {
            **metadata,
            "subject_type": _PAIRWISE,
            "client_id_issued_at": registered.issued_at,
            "registration_client_uri": f"{self._services.settings.issuer}{PATH}/{client.client_id}",
            "registration_access_token": registered.registration_access_token,
        }
        if registered.secret is not None:
            told |= {"client_secret": registered.secret, "client_secret_expires_at": 0}
        if registered.draft is not None:
            told["draft"] = registered.draft
        return told


def _token(request: Request) -> str | None:
    """RFC 6750 §2.1, and by no other way."""
    shown = in_header(request)
    return shown[1] if shown is not None and shown[0] == "bearer" else None


def _metadata(request: Request) -> Mapping[str, Any]:
    """The client metadata of the body; of what nobody understands nothing is said (RFC 7591 §2)."""
    if request.headers.get("content-type", "").split(";", 1)[0].strip().lower() != JSON:
        raise Refused("invalid_request", f"Send the metadata as {JSON}.")
    try:
        metadata = json.loads(request.body)
        # What officers are to decide on is written down as it came: halves of characters, infinity and what is nested too
        # deeply cannot be.
        to_json(metadata)
        json.dumps(metadata, allow_nan=False)
    except (ValueError, RecursionError):
        metadata = None
    if not isinstance(metadata, dict):
        raise InvalidClientMetadata(["metadata: is no JSON object, or holds what JSON cannot tell again"])
    # We know a person by another `sub` in each sector, whatever is asked for (OpenID Connect Core §8).
    if metadata.get("subject_type") not in (None, "public", _PAIRWISE):  # no set: it may be anything that JSON has
        raise InvalidClientMetadata(["subject_type: is pairwise here"])
    return metadata


def _refusal(refused: Refused) -> Response:
    if isinstance(refused, InvalidClientMetadata):
        faults = [_without_place(fault) for fault in refused.faults]
        is_of_address = any(fault.startswith("redirect_uris") for fault in faults)
        code = "invalid_redirect_uri" if is_of_address else refused.code
        text = "; ".join(faults)[:2000]
    else:
        code, text = refused.code, refused.public
    description = "".join(each if each in _IN_A_DESCRIPTION else "'" for each in text)
    told = {"error": code, "error_description": description}
    if refused.status == 401:
        challenge = f'Bearer error="{code}", error_description="{description}"'
        return json_response(401, told, ("WWW-Authenticate", challenge))
    later = (("Retry-After", str(refused.retry_after)),) if isinstance(refused, TooOften) else ()
    return json_response(refused.status, told, *later)


def _without_place(fault: str) -> str:
    """The fault without the place in a list that has one entry."""
    return fault.partition(": ")[2] if fault.startswith("clients[0]") else fault
