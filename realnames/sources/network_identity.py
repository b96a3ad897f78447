"""The source that speaks our net id contract (`docs/contracts/network_identity.json`)."""

import re
from collections.abc import Mapping

from idp.clock import Clock
from idp.fetch import Fetcher, FetchRefused
from idp.ports import (
    NetworkIdentityLevel,
    NetworkIdentityOutcome,
    NetworkIdentityRequest,
    NetworkIdentityResult,
    Source,
    SourceKind,
    SourceTicket,
    SourceTransaction,
)
from realnames.sources.authority_settings import PageSettings
from realnames.sources.claimed import lines_of, member_of
from realnames.sources.signed_answer import (
    AnswerRefused,
    Binding,
    SignedAnswer,
    bound_to,
    read_signed,
    subject_digest,
)
from realnames.sources.transactions import Progress, Transactions

TYPE = "net-id-result+jwt"

_NET_NUMBER = re.compile(r"[A-Za-z0-9]{16,64}", re.ASCII)
_SIGNED = frozenset[str](
    {NetworkIdentityOutcome.MATCH, NetworkIdentityOutcome.MISMATCH, NetworkIdentityOutcome.NOT_FOUND}
)
_LEVELS = frozenset[str](NetworkIdentityLevel)


class HttpNetworkIdentity:
    """Implements `ports.NetworkIdentity` over HTTP; may be shared by threads."""

    def __init__(self, settings: PageSettings, fetcher: Fetcher, clock: Clock) -> None:
        self.names = settings.names
        self.page_origin = settings.origin_of_page
        self._parties = (settings.issuer, settings.client)
        self._clock = clock
        self._transactions = Transactions(settings, fetcher, clock, verdict="result")

    def begin(self, request: NetworkIdentityRequest) -> SourceTicket | None:
        """Open a transaction."""
        order = _order(request, self._parties[1])
        opened = self._transactions.open(request.transaction, order, has_page=not request.shown_code)
        if opened is None:
            return None
        person = () if request.person is None else lines_of(request.person)
        return SourceTicket(
            transaction=opened.theirs,
            url=opened.url,
            expires_at=opened.expires_at,
            subject_digest=subject_digest(request.subject_key, *person),
        )

    def result(self, transaction: SourceTransaction) -> NetworkIdentityResult:
        """Ask what became of it, and believe a result only when all of it is of this transaction."""
        state = self._transactions.state(transaction.theirs)
        if state.progress is not Progress.DONE:
            return NetworkIdentityResult(outcome=NetworkIdentityOutcome(state.progress.value))
        claims = bound_to(*self._parties, transaction.ours, transaction.nonce, transaction.subject_digest)
        binding = Binding(typ=TYPE, claims=claims, begun_at=transaction.begun_at)
        try:
            return _read(read_signed(state.unverified_verdict, self._transactions.keys, binding, self._clock()))
        except AnswerRefused as refused:
            return NetworkIdentityResult(outcome=NetworkIdentityOutcome.UNTRUSTED, why=refused.why)
        except FetchRefused:
            return NetworkIdentityResult(outcome=NetworkIdentityOutcome.DOWN)

    def is_reachable(self) -> bool:
        """Whether its keys can be read now."""
        return self._transactions.is_reachable()


def _order(request: NetworkIdentityRequest, client: str) -> Mapping[str, object]:
    person = {} if request.person is None else {"person": member_of(request.person)}
    shown = {"shown_code": request.shown_code} if request.shown_code else {"return_url": request.return_url}
    return {
        "id": request.transaction,
        "client": client,
        "nonce": request.nonce,
        "subject_key": request.subject_key,
        "purpose": request.purpose,
        "consented_at": request.consented_at,
        "language": request.language,
        **person,
        **shown,
    }


def _read(answer: SignedAnswer) -> NetworkIdentityResult:
    outcome, net_number = NetworkIdentityOutcome(answer.word("outcome", _SIGNED)), answer.claims.get("net_number")
    if outcome is not NetworkIdentityOutcome.MATCH:
        return NetworkIdentityResult(outcome=outcome, reference=answer.reference, decided_at=answer.decided_at)
    if not isinstance(net_number, str) or _NET_NUMBER.fullmatch(net_number) is None:
        raise AnswerRefused("malformed")
    return NetworkIdentityResult(
        outcome=outcome,
        reference=answer.reference,
        net_number=net_number,
        level=NetworkIdentityLevel(answer.word("level", _LEVELS)),
        decided_at=answer.decided_at,
    )


SOURCE = Source(name="network_identity", kind=SourceKind.NET_ID, settings=PageSettings, build=HttpNetworkIdentity)
