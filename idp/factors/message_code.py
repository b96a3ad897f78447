"""Message codes: six digits to one destination, bound to one interaction, ten minutes, once (threat H08)."""

import hmac
import json
from collections.abc import Mapping

from idp.clock import after
from idp.entropy import random_digits, random_token
from idp.errors import Unavailable
from idp.http.message_texts import message_text
from idp.model.message import DISCARD, MESSAGE, Medium
from idp.ports import Carrier, Cipher, CodeCheck, CodeOrder, Ephemeral, SentCode, UnitOfWork

LIFETIME = 600
"""Seconds."""
DIGITS = 6


class OutboxMessageCodes:
    """Implements `ports.MessageCodes` over the outbox: nothing is sent inside a request.

    Args:
        carriers: asked only whether they want a certain code for a sandbox destination; empty: none is configured.
        service: how messages begin, so that people recognise them.
        host: the host that phones may fill the code in for (origin-bound one-time codes).
    """

    def __init__(
        self, ephemeral: Ephemeral, cipher: Cipher, carriers: Mapping[Medium, Carrier], *, service: str, host: str
    ) -> None:
        self._ephemeral = ephemeral
        self._cipher = cipher
        self._carriers = carriers
        self._words = {"service": service, "host": host}

    def send(self, unit_of_work: UnitOfWork, order: CodeOrder) -> SentCode:
        """Promise the code; without an account or a destination the same writes are made and no code exists."""
        carrier = self._carriers.get(order.medium)
        if carrier is None:
            raise Unavailable("Message codes cannot be sent now.", detail=f"messaging.{order.medium} is not set")
        wanted = carrier.code_for(destination_is_sandbox=order.destination_is_sandbox)
        code = wanted or random_digits(DIGITS)
        challenge = random_token(16)
        state = {"interaction": order.interaction_id, "digest": self._digest(challenge, code)}
        if order.is_for_nobody:
            state["digest"] = random_token()
        self._ephemeral.put(_key(challenge), json.dumps(state).encode(), LIFETIME)
        item_id = unit_of_work.outbox.put(
            MESSAGE if order.destination else DISCARD,
            self._message(order, code),
            order.at,
            after(order.at, LIFETIME),
        )
        return SentCode(challenge, item_id)

    def check(self, challenge: str, interaction_id: str, unverified_code: str) -> CodeCheck:
        """Compare in constant time; a right code is taken out, so that of many tries with it one wins."""
        stored = self._ephemeral.get(_key(challenge)) if challenge else None
        state = json.loads(stored) if stored else None
        if state is None or state["interaction"] != interaction_id:
            return CodeCheck.EXPIRED
        code = "".join(unverified_code.split())
        if not hmac.compare_digest(state["digest"], self._digest(challenge, code)):
            return CodeCheck.WRONG
        return CodeCheck.RIGHT if self._ephemeral.take(_key(challenge)) is not None else CodeCheck.EXPIRED

    def _message(self, order: CodeOrder, code: str) -> Mapping[str, str]:
        key = "code.no_account" if order.is_for_nobody else f"code.{order.purpose}"
        if order.medium is Medium.VOICE:
            key = f"{key}_call"
        digits = ("，" if order.language != "en" else ", ").join(code)
        text = message_text(order.language, key, app=order.app_name, code=code, digits=digits, **self._words)
        return {
            "medium": order.medium.value,
            "destination": order.destination or "",
            "subject": self._words["service"],
            "text": text,
        }

    def _digest(self, challenge: str, code: str) -> str:
        message = f"{challenge}:{code}".encode("utf-8", "surrogatepass")
        return self._cipher.tag("message_code", message).hex()


def _key(challenge: str) -> str:
    return f"message_code:{challenge}"
