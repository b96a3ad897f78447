"""Transactions with an authority that were begun and have not ended.

What is kept of one is sealed in the ephemeral store, for its binding, and goes with its answer. A store that is lost loses
it, and the person begins anew: no answer outlives the nonce that it answers.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from pydantic_core import from_json, to_json

from idp.clock import Instant
from idp.entropy import random_token
from idp.ports import Cipher, Ephemeral, SourceOpening, SourceTicket, SourceTransaction

_ID_BYTES = 24
_ANSWER_REMEMBERED = 1200
"""Seconds: longer than any answer is good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnderWay:
    """One that was begun."""

    transaction: SourceTransaction
    url: str
    expires_at: Instant


class UnderWay:
    """Implements `ports.TransactionsUnderWay`; those of another purpose are not found here.

    Args:
        purpose: what they are for.
        answers: whose answers are counted once; purposes that ask one source share it.
    """

    def __init__(self, purpose: str, answers: str, ephemeral: Ephemeral, cipher: Cipher) -> None:
        self._purpose = purpose
        self._answers = answers
        self._ephemeral = ephemeral
        self._cipher = cipher

    def begin(self, binding: str, at: Instant, ask: Callable[[SourceOpening], SourceTicket | None]) -> str | None:
        """Ask once, and keep what the answer must be bound to."""
        if (known := self._known(binding, at)) is not None:
            return known.url
        opening = SourceOpening(transaction=random_token(_ID_BYTES), nonce=random_token(), subject_key=random_token())
        ticket = ask(opening)
        if ticket is None:
            return None
        transaction = SourceTransaction(
            ours=opening.transaction,
            theirs=ticket.transaction,
            nonce=opening.nonce,
            subject_digest=ticket.subject_digest,
            begun_at=at,
        )
        begun = _UnderWay(transaction=transaction, url=ticket.url, expires_at=ticket.expires_at)
        return self._keep(binding, at, begun).url

    def page(self, binding: str, at: Instant) -> str | None:
        """Where the person goes on."""
        known = self._known(binding, at)
        return None if known is None else known.url

    def transaction(self, binding: str, at: Instant) -> SourceTransaction | None:
        """What its answer is bound to."""
        known = self._known(binding, at)
        return None if known is None else known.transaction

    def end(self, binding: str, transaction: SourceTransaction) -> bool:
        """Take it out of the store; whoever gets it there may count the answer."""
        key = self._key(binding)
        taken = self._ephemeral.take(key)
        known = None if taken is None else self._opened(taken, key)
        return known is not None and known.transaction == transaction

    def is_first(self, answer_id: str) -> bool:
        """Remember the id; the store says whether it was there."""
        digest = hashlib.sha256(answer_id.encode("utf-8", "surrogatepass")).hexdigest()
        return self._ephemeral.add(f"{self._answers}:{digest}", b"1", _ANSWER_REMEMBERED)

    def _known(self, binding: str, at: Instant) -> _UnderWay | None:
        key = self._key(binding)
        stored = self._ephemeral.get(key)
        known = None if stored is None else self._opened(stored, key)
        return known if known is not None and at < known.expires_at else None

    def _keep(self, binding: str, at: Instant, begun: _UnderWay) -> _UnderWay:
        """What counts from now on: this one, or one that a second press of the button began a moment earlier."""
        key, seconds = self._key(binding), max(1, begun.expires_at - at)
        sealed = self._cipher.seal(self._purpose, to_json(begun), key)
        if not self._ephemeral.add(key, sealed, seconds):
            if (earlier := self._known(binding, at)) is not None:
                return earlier
            self._ephemeral.put(key, sealed, seconds)
        return begun

    def _opened(self, stored: bytes, key: str) -> _UnderWay | None:
        opened = self._cipher.open(self._purpose, stored, key)
        if opened is None:
            return None
        read = from_json(opened)
        transaction = SourceTransaction(**read["transaction"])
        return _UnderWay(transaction=transaction, url=read["url"], expires_at=Instant(read["expires_at"]))

    def _key(self, binding: str) -> str:
        return f"{self._purpose}:{hashlib.sha256(binding.encode()).hexdigest()}"
