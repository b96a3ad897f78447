"""The reader of identity cards: cards of software, a terminal's key that stays, and the bridge that desks' pages call."""

import json
import re
import secrets
import time
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

if TYPE_CHECKING:
    from examples.authority.listener import Handler, HangUpError, Listener, RequestError
    from examples.authority.records import Person
    from examples.authority.signing import NOBODY, SigningKey
    from examples.authority.state import Faults
else:  # run by its path, it finds them beside it
    from listener import Handler, HangUpError, Listener, RequestError
    from signing import NOBODY, SigningKey
    from state import Faults

TERMINAL = "sandbox-desk-1"
TRANSACTION = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
NONCE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
METHODS = {"/terminal": "GET", "/readings": "POST"}


class Reader:
    """A terminal with its key, and the card that lies on it now."""

    def __init__(self, folder: Path) -> None:
        """Makes key and list of terminals where they are not there yet."""
        folder.mkdir(parents=True, exist_ok=True)
        self.key = SigningKey(TERMINAL, _kept_key(folder / "terminal.pem"))
        listed = {"terminals": [{"terminal": TERMINAL, "keys": [self.key.public_jwk]}]}
        terminals = folder / "terminals.json"
        if not terminals.exists() or json.loads(terminals.read_text("utf-8")) != listed:
            terminals.write_text(json.dumps(listed, indent=2), "utf-8")
        self.card: Person | None = None
        self._last_reading = ""

    def read(self, wish: dict[str, str], origin: str, fault: str) -> str | None:
        """What lies there, signed, or what the fault wants; None: nothing does."""
        holder = self.card
        if holder is None:
            return None
        if fault == "replay" and self._last_reading:
            return self._last_reading
        name = NOBODY if fault == "another_person" else holder.card.get("chip_name", holder.name)
        card = {
            "type": holder.type,
            "name": name,
            "number": holder.number,
            "valid_from": holder.card["valid_from"],
            "valid_until": holder.card["valid_until"],
        }
        # What was read of somebody else was read for another question.
        nonce = secrets.token_urlsafe(32) if fault == "another_person" else wish["nonce"]
        bound = {"iss": TERMINAL, "aud": origin, "txn": wish["transaction"], "nonce": nonce}
        reading = self.key.sign("card-reading+jwt", {**bound, "card": card}, fault)
        if fault == "none":
            self._last_reading = reading
        return reading


class Bridge(Listener):
    """Answers pages of these origins and nobody else."""

    def __init__(self, port: int, reader: Reader, origins: frozenset[str], faults: Faults) -> None:
        self.reader = reader
        self.origins = origins
        self.faults = faults
        super().__init__(port, BridgeHandler)


class BridgeHandler(Handler):
    """One connection of a desk's page; speaks `docs/contracts/card_reader.json`."""

    server: Bridge
    origin = ""

    def respond(self) -> None:
        """Answer."""
        self.origin = ""  # nothing of the request before on this connection counts
        told = self.headers.get_all("Origin", [])
        if len(told) != 1 or told[0] not in self.server.origins:
            raise RequestError(HTTPStatus.FORBIDDEN, "origin_not_allowed")
        self.origin = told[0]
        method = METHODS.get(self.path)
        if method is None or self.command not in {method, "OPTIONS"}:
            raise RequestError(HTTPStatus.NOT_FOUND, "invalid_request")
        {"GET": self.tell_terminal, "POST": self.read, "OPTIONS": self.allow}[self.command]()

    def shared(self) -> list[tuple[str, str]]:
        """Whose pages may read the answer."""
        if not self.origin:
            return [("Vary", "Origin")]
        shared = [("Vary", "Origin"), ("Access-Control-Allow-Origin", self.origin)]
        if self.command == "OPTIONS":
            shared += [("Access-Control-Allow-Methods", "GET, POST"), ("Access-Control-Allow-Headers", "Content-Type")]
            if self.headers.get("Access-Control-Request-Private-Network") == "true":
                shared.append(("Access-Control-Allow-Private-Network", "true"))
        return shared

    def tell_terminal(self) -> None:
        """GET /terminal of the contract."""
        has_card = self.server.reader.card is not None
        self.send_json(HTTPStatus.OK, {"terminal": TERMINAL, "reader": True, "card": has_card})

    def read(self) -> None:
        """POST /readings of the contract."""
        wish = self._wish()
        fault, seconds = self.server.faults.next("card-reader", signs=True)
        if fault == "slow":
            time.sleep(seconds)
        if fault == "down":
            raise HangUpError
        if fault == "error":
            raise RequestError(HTTPStatus.CONFLICT, "unreadable_card")
        reading = self.server.reader.read(wish, self.origin, "none" if fault == "slow" else fault)
        if reading is None:
            raise RequestError(HTTPStatus.CONFLICT, "no_card")
        self.send_json(HTTPStatus.OK, {"reading": reading})

    def allow(self) -> None:
        """OPTIONS: what a browser asks before it lets a page call."""
        self.send(HTTPStatus.NO_CONTENT, "", b"")

    def _wish(self) -> dict[str, Any]:
        try:
            wish = self.read_object()
        except RequestError:
            raise RequestError(HTTPStatus.BAD_REQUEST, "invalid_request") from None
        forms = {"transaction": TRANSACTION, "nonce": NONCE}
        is_wish = wish.keys() == forms.keys() and all(isinstance(each, str) for each in wish.values())
        if not is_wish or not all(form.fullmatch(wish[name]) for name, form in forms.items()):
            raise RequestError(HTTPStatus.BAD_REQUEST, "invalid_request")
        return wish


def _kept_key(path: Path) -> EllipticCurvePrivateKey:
    """The terminal's key, made where there is none yet."""
    if path.exists():
        kept = load_pem_private_key(path.read_bytes(), None)
        assert isinstance(kept, EllipticCurvePrivateKey)
        return kept
    key = generate_private_key(SECP256R1())
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key
