"""The source that speaks our face authority contract (`docs/contracts/face_authority.json`).

No picture passes through here: the person's browser goes to the authority's own page, and what comes back is a verdict
that the authority signed, for one transaction, one nonce and one person. Whatever is no answer of the contract is read
as: the authority is down.
"""

from collections.abc import Mapping

from idp.clock import Clock
from idp.fetch import Fetcher, FetchRefused
from idp.ports import (
    FaceOutcome,
    FaceRequest,
    FaceVerdict,
    Source,
    SourceKind,
    SourceTicket,
    SourceTransaction,
)
from realnames.sources.authority_settings import PageSettings
from realnames.sources.face_verdict import read_verdict
from realnames.sources.signed_answer import AnswerRefused, subject_digest
from realnames.sources.transactions import Progress, Transactions


class HttpFaceAuthority:
    """Implements `ports.FaceAuthority` over HTTP; may be shared by threads."""

    def __init__(self, settings: PageSettings, fetcher: Fetcher, clock: Clock) -> None:
        self.names = settings.names
        self.page_origin = settings.origin_of_page
        self._parties = (settings.issuer, settings.client)
        self._clock = clock
        self._transactions = Transactions(settings, fetcher, clock, verdict="verdict")

    def begin(self, request: FaceRequest) -> SourceTicket | None:
        """Open a transaction."""
        opened = self._transactions.open(request.transaction, _order(request, self._parties[1]))
        if opened is None:
            return None
        digest = subject_digest(request.subject_key, request.citizen_number, request.name)
        return SourceTicket(
            transaction=opened.theirs, url=opened.url, expires_at=opened.expires_at, subject_digest=digest
        )

    def verdict(self, transaction: SourceTransaction) -> FaceVerdict:
        """Ask what became of it, and believe a verdict only when all of it is of this transaction."""
        state = self._transactions.state(transaction.theirs)
        if state.progress is not Progress.DONE:
            return FaceVerdict(outcome=FaceOutcome(state.progress.value))
        try:
            return read_verdict(
                state.unverified_verdict, self._transactions.keys, self._parties, transaction, self._clock()
            )
        except AnswerRefused as refused:
            return FaceVerdict(outcome=FaceOutcome.UNTRUSTED, why=refused.why)
        except FetchRefused:
            return FaceVerdict(outcome=FaceOutcome.DOWN)

    def is_reachable(self) -> bool:
        """Whether its keys can be read now."""
        return self._transactions.is_reachable()


def _order(request: FaceRequest, client: str) -> Mapping[str, object]:
    return {
        "id": request.transaction,
        "client": client,
        "nonce": request.nonce,
        "subject_key": request.subject_key,
        "person": {"name": request.name, "citizen_number": request.citizen_number},
        "purpose": request.purpose,
        "consented_at": request.consented_at,
        "language": request.language,
        "return_url": request.return_url,
    }


SOURCE = Source(name="face_authority", kind=SourceKind.FACE, settings=PageSettings, build=HttpFaceAuthority)
