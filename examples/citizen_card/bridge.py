"""The card bridge: `docs/contracts/card_bridge.json` in front of a card of software and a reader on a page."""

import base64
import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from examples.citizen_card.listener import Handler, Listener, RequestError
    from examples.citizen_card.office import CardError, Office
else:
    from listener import Handler, Listener, RequestError
    from office import CardError, Office

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{22,86}", re.ASCII)
_PIN = re.compile(r"[0-9]{4,12}", re.ASCII)
_PURPOSES = ("sign-in", "add")
_METHODS = {"/terminal": "GET", "/signatures": "POST"}


class Bridge(Listener):
    """Answers pages of these origins and nobody else."""

    def __init__(self, port: int, office: Office, origins: frozenset[str]) -> None:
        self.origins = origins
        super().__init__(port, BridgeHandler, office)


class BridgeHandler(Handler):
    """One connection of a page."""

    server: Bridge
    origin = ""

    def respond(self) -> None:
        """Answer."""
        self._check_origin()
        method = _METHODS.get(self.path)
        if method is None or self.command not in {method, "OPTIONS"}:
            raise RequestError(HTTPStatus.NOT_FOUND, "invalid_request")
        {"GET": self.tell_terminal, "POST": self.sign, "OPTIONS": self.allow}[self.command]()

    def shared(self) -> list[tuple[str, str]]:
        """Whose pages may read the answer."""
        allowed = [("Access-Control-Allow-Origin", self.origin)] if self.origin else []
        return [*allowed, ("Vary", "Origin")]

    def tell_terminal(self) -> None:
        """GET /terminal of the contract."""
        office, reader = self.server.office, self.server.office.reader
        has_card = reader.is_plugged and reader.card is not None
        self.send_json(HTTPStatus.OK, {"terminal": office.terminal, "reader": reader.is_plugged, "card": has_card})

    def sign(self) -> None:
        """POST /signatures of the contract: what is signed is built here, the origin from the header alone."""
        wish = self._read_wish()
        said = {
            "purpose": wish["purpose"],
            "challenge": wish["challenge"],
            "origin": self.origin,
            "terminal": self.server.office.terminal,
        }
        statement = json.dumps(said).encode()
        try:
            certificate, signature = self.server.office.sign(statement, wish["pin"])
        except CardError as refused:
            is_of_pin = refused.tries_left is not None
            told = {"error": refused.word, **({"tries_left": refused.tries_left} if is_of_pin else {})}
            self.send_json(HTTPStatus.UNPROCESSABLE_ENTITY if is_of_pin else HTTPStatus.CONFLICT, told)
            return
        signed = {"certificate": certificate, "statement": _base64url(statement), "signature": _base64url(signature)}
        self.send_json(HTTPStatus.OK, signed)

    def allow(self) -> None:
        """OPTIONS: what a browser asks before it lets a page call."""
        headers = [("Access-Control-Allow-Methods", "GET, POST"), ("Access-Control-Allow-Headers", "Content-Type")]
        if self.headers.get("Access-Control-Request-Private-Network") == "true":
            headers.append(("Access-Control-Allow-Private-Network", "true"))
        self.answer(HTTPStatus.NO_CONTENT, "", b"", *headers)

    def check_host(self) -> None:
        """Nothing of the request before on this connection counts."""
        self.origin = ""
        super().check_host()

    def _check_origin(self) -> None:
        told = self.headers.get_all("Origin", [])
        if len(told) != 1 or told[0] not in self.server.origins:
            raise RequestError(HTTPStatus.FORBIDDEN, "origin_not_allowed")
        self.origin = told[0]

    def _read_wish(self) -> dict[str, str]:
        try:
            wish = json.loads(self.read_body("application/json"))
            is_wish = isinstance(wish, dict) and wish.keys() == {"challenge", "purpose", "pin"}
            is_right = is_wish and wish["purpose"] in _PURPOSES
            is_right = is_right and bool(_CHALLENGE.fullmatch(wish["challenge"]) and _PIN.fullmatch(wish["pin"]))
        except (ValueError, TypeError, RecursionError):
            is_right = False
        if not is_right:
            raise RequestError(HTTPStatus.BAD_REQUEST, "invalid_request")
        return dict(wish)


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
