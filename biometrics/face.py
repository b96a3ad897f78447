"""Proof by face: no picture ever comes here, only an authority's verdict, and each of them counts once.

What is kept of a comparison under way is sealed in the ephemeral store, for its sign-in, its session and its person; it
goes with the verdict. A store that is lost loses it, and the person is compared again: no verdict outlives the nonce that
it answers.
"""

import hashlib
from dataclasses import dataclass

from pydantic_core import from_json, to_json

from idp.clock import Clock, Instant
from idp.entropy import random_token
from idp.ports import (
    Cipher,
    Ephemeral,
    FaceAuthority,
    FaceBinding,
    FaceOrder,
    FaceOutcome,
    FaceRequest,
    FaceVerdict,
    SourceTransaction,
)

_PURPOSE = "face_check"
_ID_BYTES = 24
_VERDICT_REMEMBERED = 1200
"""Seconds: longer than any verdict is good."""
_GOES_ON = frozenset({FaceOutcome.PENDING, FaceOutcome.DOWN})
"""After these the comparison is still under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnderWay:
    """A comparison that was begun."""

    binding: FaceBinding
    transaction: SourceTransaction
    url: str
    expires_at: Instant


class FaceFactor:
    """Implements `ports.FaceChecks` over whichever authority the settings name: the second proof of a sign-in."""

    _kept_as = "face_check"

    def __init__(
        self, provider: str, authority: FaceAuthority, ephemeral: Ephemeral, cipher: Cipher, clock: Clock
    ) -> None:
        self.provider = provider
        self.names = authority.names
        self.page_origin = authority.page_origin
        self._authority = authority
        self._ephemeral = ephemeral
        self._cipher = cipher
        self._clock = clock

    def begin(self, order: FaceOrder) -> str | None:
        """Send the person's data once, and keep what the verdict must be bound to."""
        binding = order.binding
        if (known := self._under_way(binding)) is not None:
            return known.url
        begun_at = self._clock()
        request = FaceRequest(
            transaction=random_token(_ID_BYTES),
            nonce=random_token(),
            subject_key=random_token(),
            name=order.name,
            citizen_number=order.citizen_number,
            purpose=order.purpose,
            language=order.language,
            consented_at=order.consented_at,
            return_url=order.return_url,
        )
        ticket = self._authority.begin(request)
        if ticket is None:
            return None
        transaction = SourceTransaction(
            ours=request.transaction,
            theirs=ticket.transaction,
            nonce=request.nonce,
            subject_digest=ticket.subject_digest,
            begun_at=begun_at,
        )
        begun = _UnderWay(binding=binding, transaction=transaction, url=ticket.url, expires_at=ticket.expires_at)
        return self._keep(begun).url

    def under_way(self, binding: FaceBinding) -> str | None:
        """The page of a comparison that was begun and has not ended."""
        known = self._under_way(binding)
        return None if known is None else known.url

    def verdict(self, binding: FaceBinding, now: Instant) -> FaceVerdict:
        """Ask the authority, and use its verdict up before anybody hears of it."""
        key, nothing = self._key(binding), FaceVerdict(outcome=FaceOutcome.NOTHING)
        stored = self._ephemeral.get(key)
        known = None if stored is None else self._opened(stored, binding, now)
        if known is None:
            return nothing
        verdict = self._authority.verdict(known.transaction)
        if verdict.outcome in _GOES_ON:
            return verdict
        if self._ephemeral.take(key) != stored:  # another request was faster
            return nothing
        if verdict.verdict_id and not self._is_first(verdict.verdict_id):
            return FaceVerdict(outcome=FaceOutcome.UNTRUSTED, why="replayed")
        return verdict

    def is_reachable(self) -> bool:
        """Whether the authority answers now."""
        return self._authority.is_reachable()

    def _under_way(self, binding: FaceBinding) -> _UnderWay | None:
        stored = self._ephemeral.get(self._key(binding))
        return None if stored is None else self._opened(stored, binding, self._clock())

    def _keep(self, begun: _UnderWay) -> _UnderWay:
        """What counts from now on: this one, or one that a second press of the button began a moment earlier."""
        key, seconds = self._key(begun.binding), max(1, begun.expires_at - self._clock())
        sealed = self._cipher.seal(_PURPOSE, to_json(begun), key)
        if not self._ephemeral.add(key, sealed, seconds):
            if (earlier := self._under_way(begun.binding)) is not None:
                return earlier
            self._ephemeral.put(key, sealed, seconds)
        return begun

    def _opened(self, stored: bytes, binding: FaceBinding, now: Instant) -> _UnderWay | None:
        """It, if it is of this sign-in, this session and this person, and has not run out."""
        opened = self._cipher.open(_PURPOSE, stored, self._key(binding))
        if opened is None:
            return None
        read = from_json(opened)
        known = _UnderWay(
            binding=FaceBinding(**read["binding"]),
            transaction=SourceTransaction(**read["transaction"]),
            url=read["url"],
            expires_at=Instant(read["expires_at"]),
        )
        return known if known.binding == binding and now < known.expires_at else None

    def _is_first(self, verdict_id: str) -> bool:
        digest = hashlib.sha256(verdict_id.encode("utf-8", "surrogatepass")).hexdigest()
        return self._ephemeral.add(f"face_verdict:{self.provider}:{digest}", b"1", _VERDICT_REMEMBERED)

    def _key(self, binding: FaceBinding) -> str:
        return f"{self._kept_as}:{binding.interaction_id}"


class FaceEvidence(FaceFactor):
    """The same as evidence of who somebody is. What was begun for the one purpose is not under way for the other."""

    _kept_as = "face_evidence"
