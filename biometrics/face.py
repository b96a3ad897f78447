"""Proof by face: no picture ever comes here, only an authority's verdict, and each of them counts once."""

from idp.clock import Clock, Instant
from idp.ports import (
    FaceAuthority,
    FaceOrder,
    FaceOutcome,
    FaceRequest,
    FaceVerdict,
    SourceOpening,
    SourceTicket,
    TransactionsUnderWay,
)

_GOES_ON = frozenset({FaceOutcome.PENDING, FaceOutcome.DOWN})
"""After these the comparison is still under way."""


class FaceFactor:
    """Implements `ports.FaceChecks` over whichever authority the settings name, for one purpose.

    As the second proof of a sign-in and as evidence of who somebody is: what was begun for the one is not under way for
    the other, since each has transactions of its own.
    """

    def __init__(self, provider: str, authority: FaceAuthority, kept: TransactionsUnderWay, clock: Clock) -> None:
        self.provider = provider
        self.names = authority.names
        self.page_origin = authority.page_origin
        self._authority = authority
        self._kept = kept
        self._clock = clock

    def begin(self, order: FaceOrder) -> str | None:
        """Send the person's data once."""

        def ask(opening: SourceOpening) -> SourceTicket | None:
            return self._authority.begin(
                FaceRequest(
                    transaction=opening.transaction,
                    nonce=opening.nonce,
                    subject_key=opening.subject_key,
                    name=order.name,
                    citizen_number=order.citizen_number,
                    purpose=order.purpose,
                    language=order.language,
                    consented_at=order.consented_at,
                    return_url=order.return_url,
                )
            )

        return self._kept.begin(order.binding, self._clock(), ask)

    def under_way(self, binding: str) -> str | None:
        """The page of a comparison that was begun and has not ended."""
        return self._kept.page(binding, self._clock())

    def verdict(self, binding: str, now: Instant) -> FaceVerdict:
        """Ask the authority, and use its verdict up before anybody hears of it."""
        known, nothing = self._kept.transaction(binding, now), FaceVerdict(outcome=FaceOutcome.NOTHING)
        if known is None:
            return nothing
        verdict = self._authority.verdict(known)
        if verdict.outcome in _GOES_ON:
            return verdict
        if not self._kept.end(binding, known):
            return nothing
        if verdict.verdict_id and not self._kept.is_first(verdict.verdict_id):
            return FaceVerdict(outcome=FaceOutcome.UNTRUSTED, why="replayed")
        return verdict

    def is_reachable(self) -> bool:
        """Whether the authority answers now."""
        return self._authority.is_reachable()
