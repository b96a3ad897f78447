"""What a face authority's verdict says, once it is one on this person in this transaction."""

from idp.clock import Instant
from idp.ports import FaceOutcome, FaceVerdict, SourceTransaction
from realnames.sources.signed_answer import Binding, Keys, bound_to, read_signed

TYPE = "face-verdict+jwt"

_SIGNED = frozenset[str]({FaceOutcome.MATCH, FaceOutcome.MISMATCH, FaceOutcome.NOT_FOUND, FaceOutcome.NO_PHOTO})
_LIVENESS = frozenset({"passed", "failed", "not_checked"})
_SCORES = frozenset({"high", "medium", "low"})


def read_verdict(
    unverified_verdict: str, keys: Keys, parties: tuple[str, str], transaction: SourceTransaction, now: Instant
) -> FaceVerdict:
    """What it says. `parties` are who must have signed it, and for whom.

    Raises:
        AnswerRefused: anything about it is another than it must be.
        FetchRefused: the keys cannot be read.
    """
    claims = bound_to(*parties, transaction.ours, transaction.nonce, transaction.subject_digest)
    signed = read_signed(unverified_verdict, keys, Binding(typ=TYPE, claims=claims, begun_at=transaction.begun_at), now)
    said, liveness = signed.word("outcome", _SIGNED), signed.word("liveness", _LIVENESS)
    is_of_nobody_alive = said == FaceOutcome.MATCH and liveness != "passed"
    return FaceVerdict(
        outcome=FaceOutcome.MISMATCH if is_of_nobody_alive else FaceOutcome(said),
        verdict_id=signed.reference,
        liveness=liveness,
        score_class=signed.word("score_class", _SCORES) if "score_class" in signed.claims else "",
        decided_at=signed.decided_at,
    )
