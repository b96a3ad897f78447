"""Where an interaction lives between two clicks: sealed in its handle, and stored once something was done in it.

Until a first step is recorded, nothing is stored: a flood of authorization requests fills no table (threat N12).
The sealed handle contains the id under which the steps are stored later, so both forms lead to the same interaction,
and the back button, a second tab and a double click are all safe.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic_core import from_json, to_json

from idp.clock import Clock, Instant, after
from idp.entropy import random_token
from idp.jose import base64url, from_base64url
from idp.model.account import IdentifierKind
from idp.model.interaction import (
    AuthorizationRequest,
    ConsentDecision,
    IdentityChoice,
    Interaction,
    LoginProgress,
    NewStart,
    SecondProof,
)
from idp.model.mandate import MandateWish, PrincipalKind
from idp.model.matter import Matter
from idp.model.message import Medium
from idp.model.policy import Method
from idp.ports import Cipher, Ephemeral

LIFETIME = 24 * 3600
"""Seconds; a sign-in page never expires under a slow reader."""
PURPOSE = "interaction"
_SEALED = "~"
_ID_BYTES = 18


def begin(request: AuthorizationRequest, browser: str, now: Instant) -> Interaction:
    """A new interaction of this browser."""
    return Interaction(id=random_token(_ID_BYTES), request=request, created_at=now, browser=browser_digest(browser))


def browser_digest(browser: str) -> str:
    """What an interaction remembers of the browser's cookie."""
    return hashlib.sha256(f"browser:{browser}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Interactions:
    """Seals, stores and finds interactions."""

    def __init__(self, ephemeral: Ephemeral, cipher: Cipher, clock: Clock) -> None:
        self._ephemeral = ephemeral
        self._cipher = cipher
        self._clock = clock

    def seal(self, interaction: Interaction) -> str:
        """The handle that carries the whole interaction."""
        return _handle_of(self._cipher.seal(PURPOSE, _encode(interaction)))

    def save(self, interaction: Interaction) -> str:
        """Store what was done; the short handle."""
        seconds = max(1, after(interaction.created_at, LIFETIME) - self._clock())
        self._ephemeral.put(
            _key(interaction.id), self._cipher.seal(PURPOSE, _encode(interaction), interaction.id), seconds
        )
        return interaction.id

    def find(self, handle: str, browser: str | None) -> Interaction | None:
        """The interaction behind a handle, if it lives and belongs to this browser."""
        interaction = self.known(handle)
        if interaction is None or browser is None:
            return None
        if not hmac.compare_digest(interaction.browser, browser_digest(browser)):
            return None
        return interaction if self._clock() < after(interaction.created_at, LIFETIME) else None

    def known(self, handle: str) -> Interaction | None:
        """The interaction behind a handle, whosever it is and however old: only to say why it cannot go on."""
        return self._unseal(handle) if handle.startswith(_SEALED) else self._stored(handle)

    def _unseal(self, handle: str) -> Interaction | None:
        try:
            # One interaction, one address: a cache in front of us keeps `=.css` apart (threat F08).
            sealed = from_base64url(handle[1:])
        except ValueError:
            return None
        opened = self._cipher.open(PURPOSE, sealed)
        if opened is None:
            return None
        interaction = _decode(opened)
        return self._stored(interaction.id) or interaction

    def _stored(self, interaction_id: str) -> Interaction | None:
        if not 0 < len(interaction_id) <= 64 or not interaction_id.isascii():
            return None
        stored = self._ephemeral.get(_key(interaction_id))
        opened = None if stored is None else self._cipher.open(PURPOSE, stored, interaction_id)
        return None if opened is None else _decode(opened)


def _handle_of(sealed: bytes) -> str:
    return _SEALED + base64url(sealed)


def _key(interaction_id: str) -> str:
    return f"interaction:{interaction_id}"


def _encode(interaction: Interaction) -> bytes:
    return to_json(interaction)


def _decode(encoded: bytes) -> Interaction:
    stored: dict[str, Any] = from_json(encoded)
    login, consent, identity = stored.pop("login"), stored.pop("consent"), stored.pop("identity", None)
    interaction = Interaction(**{**stored, "request": _request(stored["request"])})
    return replace(
        interaction,
        login=None if login is None else _login(login),
        consent=None if consent is None else ConsentDecision(**{**consent, "scope": tuple(consent["scope"])}),
        identity=None if identity is None else IdentityChoice(**identity),
    )


def _login(stored: Mapping[str, Any]) -> LoginProgress:
    second, new_start = stored.get("second"), stored.get("new_start")
    return LoginProgress(
        **{
            **stored,
            "kind": IdentifierKind(stored["kind"]),
            "medium": Medium(stored["medium"]),
            "second": None if second is None else _second(second),
            "new_start": None if new_start is None else NewStart(**new_start),
        }
    )


def _second(stored: Mapping[str, Any]) -> SecondProof:
    return SecondProof(**{**stored, "methods": tuple(map(Method, stored["methods"]))})


def _request(stored: Mapping[str, Any]) -> AuthorizationRequest:
    lists = ("scope", "prompt", "ui_locales", "acr_values", "essential_acr", "claim_scope", "resources")
    subjects, mandate = stored.get("subjects"), stored.get("mandate")
    return AuthorizationRequest(
        **{
            **stored,
            **{
                name: tuple(stored.get(name, ())) for name in lists
            },  # sealed before an upgrade, it lacks the newer ones
            "mandate": None if mandate is None else MandateWish(**{**mandate, "kind": PrincipalKind(mandate["kind"])}),
            "subjects": None if subjects is None else tuple(subjects),
            "matters": tuple(
                Matter(**{**each, "actions": tuple(each["actions"])}) for each in stored.get("matters", ())
            ),
        }
    )
