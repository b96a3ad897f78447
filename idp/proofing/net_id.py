"""Net id: a person shows at the service's own page who they are, and each result counts once."""

from idp.clock import Clock, Instant
from idp.ports import (
    NetworkIdentity,
    NetworkIdentityOrder,
    NetworkIdentityOutcome,
    NetworkIdentityRequest,
    NetworkIdentityResult,
    SourceOpening,
    SourceTicket,
    TransactionsUnderWay,
)

_GOES_ON = frozenset({NetworkIdentityOutcome.PENDING, NetworkIdentityOutcome.DOWN})
"""After these it is still under way."""


class NetIdChecks:
    """Implements `ports.NetworkIdentityChecks` over whichever source the settings name."""

    def __init__(self, source: NetworkIdentity, kept: TransactionsUnderWay, clock: Clock) -> None:
        self.names = source.names
        self.page_origin = source.page_origin
        self._source = source
        self._kept = kept
        self._clock = clock

    def begin(self, order: NetworkIdentityOrder) -> str | None:
        """Send what the person allowed, once."""

        def ask(opening: SourceOpening) -> SourceTicket | None:
            return self._source.begin(
                NetworkIdentityRequest(
                    transaction=opening.transaction,
                    nonce=opening.nonce,
                    subject_key=opening.subject_key,
                    person=order.person,
                    purpose=order.purpose,
                    language=order.language,
                    consented_at=order.consented_at,
                    return_url=order.return_url,
                    shown_code=order.shown_code,
                )
            )

        return self._kept.begin(order.binding, self._clock(), ask)

    def under_way(self, binding: str) -> str | None:
        """The page of one that was begun and has not ended."""
        return self._kept.page(binding, self._clock())

    def result(self, binding: str, now: Instant) -> NetworkIdentityResult:
        """Ask the service, and use its result up before anybody hears of it."""
        known, nothing = (
            self._kept.transaction(binding, now),
            NetworkIdentityResult(outcome=NetworkIdentityOutcome.NOTHING),
        )
        if known is None:
            return nothing
        result = self._source.result(known)
        if result.outcome in _GOES_ON:
            return result
        if not self._kept.end(binding, known):
            return nothing
        if result.reference and not self._kept.is_first(result.reference):
            return NetworkIdentityResult(outcome=NetworkIdentityOutcome.UNTRUSTED, why="replayed")
        return result

    def is_reachable(self) -> bool:
        """Whether the service answers now."""
        return self._source.is_reachable()
