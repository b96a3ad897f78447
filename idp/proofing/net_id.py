"""Net id under way: one transaction at a time for each binding, and each result counted once over all processes.

What is kept of one is sealed in the ephemeral store and goes with its result. A store that is lost loses it, and the
person begins anew: no result outlives the nonce that it answers.
"""

import hashlib
from dataclasses import dataclass

from pydantic_core import from_json, to_json

from idp.clock import Clock, Instant
from idp.entropy import random_token
from idp.ports import (
    Cipher,
    Ephemeral,
    NetworkIdentity,
    NetworkIdentityOrder,
    NetworkIdentityOutcome,
    NetworkIdentityRequest,
    NetworkIdentityResult,
    SourceTransaction,
)

_PURPOSE = "net_id_check"
_ID_BYTES = 24
_RESULT_REMEMBERED = 1200
"""Seconds: longer than any result is good."""
_GOES_ON = frozenset({NetworkIdentityOutcome.PENDING, NetworkIdentityOutcome.DOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnderWay:
    """One that was begun."""

    transaction: SourceTransaction
    url: str
    expires_at: Instant


class NetIdChecks:
    """Implements `ports.NetworkIdentityChecks` over whichever source the settings name."""

    def __init__(self, source: NetworkIdentity, ephemeral: Ephemeral, cipher: Cipher, clock: Clock) -> None:
        self.names = source.names
        self.page_origin = source.page_origin
        self._source = source
        self._ephemeral = ephemeral
        self._cipher = cipher
        self._clock = clock

    def begin(self, order: NetworkIdentityOrder) -> str | None:
        """Send what the person allowed, once, and keep what the result must be bound to."""
        if (known := self._under_way(order.binding)) is not None:
            return known.url
        begun_at = self._clock()
        request = NetworkIdentityRequest(
            transaction=random_token(_ID_BYTES),
            nonce=random_token(),
            subject_key=random_token(),
            person=order.person,
            purpose=order.purpose,
            language=order.language,
            consented_at=order.consented_at,
            return_url=order.return_url,
            shown_code=order.shown_code,
        )
        ticket = self._source.begin(request)
        if ticket is None:
            return None
        transaction = SourceTransaction(
            ours=request.transaction,
            theirs=ticket.transaction,
            nonce=request.nonce,
            subject_digest=ticket.subject_digest,
            begun_at=begun_at,
        )
        return self._keep(
            order.binding, _UnderWay(transaction=transaction, url=ticket.url, expires_at=ticket.expires_at)
        ).url

    def under_way(self, binding: str) -> str | None:
        """The page of one that was begun and has not ended."""
        known = self._under_way(binding)
        return None if known is None else known.url

    def result(self, binding: str, now: Instant) -> NetworkIdentityResult:
        """Ask the authority, and use its result up before anybody hears of it."""
        key, nothing = _key(binding), NetworkIdentityResult(outcome=NetworkIdentityOutcome.NOTHING)
        stored = self._ephemeral.get(key)
        known = None if stored is None else self._opened(stored, key, now)
        if known is None:
            return nothing
        result = self._source.result(known.transaction)
        if result.outcome in _GOES_ON:
            return result
        if self._ephemeral.take(key) != stored:  # another request was faster
            return nothing
        if result.reference and not self._is_first(result.reference):
            return NetworkIdentityResult(outcome=NetworkIdentityOutcome.UNTRUSTED, why="replayed")
        return result

    def is_reachable(self) -> bool:
        """Whether the authority answers now."""
        return self._source.is_reachable()

    def _under_way(self, binding: str) -> _UnderWay | None:
        key = _key(binding)
        stored = self._ephemeral.get(key)
        return None if stored is None else self._opened(stored, key, self._clock())

    def _keep(self, binding: str, begun: _UnderWay) -> _UnderWay:
        """What counts from now on: this one, or one that a second press of the button began a moment earlier."""
        key, seconds = _key(binding), max(1, begun.expires_at - self._clock())
        sealed = self._cipher.seal(_PURPOSE, to_json(begun), key)
        if not self._ephemeral.add(key, sealed, seconds):
            if (earlier := self._under_way(binding)) is not None:
                return earlier
            self._ephemeral.put(key, sealed, seconds)
        return begun

    def _opened(self, stored: bytes, key: str, now: Instant) -> _UnderWay | None:
        """It, if it was sealed for this binding and has not run out."""
        opened = self._cipher.open(_PURPOSE, stored, key)
        if opened is None:
            return None
        read = from_json(opened)
        transaction, ends_at = SourceTransaction(**read["transaction"]), Instant(read["expires_at"])
        return _UnderWay(transaction=transaction, url=read["url"], expires_at=ends_at) if now < ends_at else None

    def _is_first(self, reference: str) -> bool:
        digest = hashlib.sha256(reference.encode("utf-8", "surrogatepass")).hexdigest()
        return self._ephemeral.add(f"net_id_result:{digest}", b"1", _RESULT_REMEMBERED)


def _key(binding: str) -> str:
    return f"net_id_check:{hashlib.sha256(binding.encode()).hexdigest()}"
