"""One person, asked about as the factor would ask."""

from idp.clock import Instant
from idp.ports import FaceAuthority, FaceOutcome, FaceRequest, FaceVerdict, SourceTransaction
from tests.idp.installed import CITIZEN_ID, NAME, NOW
from tests.realnames.sources.toy_authority import random43


def request(name: str = NAME, citizen_number: str = CITIZEN_ID) -> FaceRequest:
    return FaceRequest(
        transaction=random43()[:32],
        nonce=random43(),
        subject_key=random43(),
        name=name,
        citizen_number=citizen_number,
        purpose="确认是您本人，为您办不动产登记的事",
        language="zh-CN",
        consented_at=NOW,
        return_url="http://localhost:8000/s/of-a-test/face/return",
    )


def begin(source: FaceAuthority, asked: FaceRequest, at: Instant = NOW) -> SourceTransaction:
    ticket = source.begin(asked)
    assert ticket is not None
    return SourceTransaction(
        ours=asked.transaction,
        theirs=ticket.transaction,
        nonce=asked.nonce,
        subject_digest=ticket.subject_digest,
        begun_at=at,
    )


def verdict_on(source: FaceAuthority) -> FaceVerdict:
    """Of a transaction that was begun for it."""
    return source.verdict(begin(source, request()))


def why_refused(verdict: FaceVerdict) -> str:
    assert verdict.outcome is FaceOutcome.UNTRUSTED, verdict
    assert verdict.verdict_id == verdict.liveness == ""
    return verdict.why
