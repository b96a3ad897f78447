"""Whether a verdict is one: signed by the authority's key, and bound to this transaction, this nonce and this person."""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

from idp.clock import Clock, Instant, after
from idp.fetch import Fetched, FetchRefused
from idp.jose import ForeignKey, read_foreign, read_foreign_keys
from idp.ports import FaceOutcome, FaceVerdict, SourceTransaction

TYPE = "face-verdict+jwt"
ALGORITHM = "ES256"
LEEWAY = 60
"""Seconds by which the authority's clock may differ from ours."""
LIFETIME = 600
"""Seconds for which a verdict may be good."""
KEPT_SECONDS = 300
ASKED_AGAIN_AFTER = 30
"""Seconds between two readings of the keys, however many unknown ones are named to us."""

_SIGNED = frozenset[str]({FaceOutcome.MATCH, FaceOutcome.MISMATCH, FaceOutcome.NOT_FOUND, FaceOutcome.NO_PHOTO})
_LIVENESS = frozenset({"passed", "failed", "not_checked"})
_SCORES = frozenset({"high", "medium", "low"})
_IDS = range(16, 201)


class VerdictRefused(Exception):  # noqa: N818 - a refusal is an answer, not an accident
    """It is no verdict on this transaction; `why` is one word for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class VerdictKeys:
    """The authority's keys, kept for a while in this process; may be shared by threads."""

    def __init__(self, fetch: Callable[[], Fetched | None], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = Lock()
        self._keys: Sequence[ForeignKey] = ()
        self._read_at: Instant | None = None

    def named(self, kid: str) -> Sequence[ForeignKey]:
        """Those with this id; raises `FetchRefused` where they cannot be read."""
        now = self._clock()
        with self._lock:
            found = [key for key in self._keys if key.kid == kid]
            if self._read_at is not None:
                is_young = now < after(self._read_at, KEPT_SECONDS)
                was_just_read = now < after(self._read_at, ASKED_AGAIN_AFTER)
                if (found and is_young) or was_just_read:
                    return found
            self._keys = _keys_in(self._fetch())
            self._read_at = now
            return [key for key in self._keys if key.kid == kid]


def read_verdict(
    unverified_verdict: str,
    keys: VerdictKeys,
    parties: tuple[str, str],
    transaction: SourceTransaction,
    now: Instant,
) -> FaceVerdict:
    """What it says. `parties` are who must have signed it, and for whom.

    Raises:
        VerdictRefused: anything about it is another than it must be.
        FetchRefused: the keys cannot be read.
    """
    token = read_foreign(unverified_verdict)
    if token is None or token.alg != ALGORITHM or token.unverified_header.get("typ") != TYPE or token.kid is None:
        raise VerdictRefused("malformed")
    if not token.is_signed_by(keys.named(token.kid)):
        raise VerdictRefused("wrong_signature")
    claims = token.unverified_claims  # verified by now
    _check_binding(claims, parties, transaction)
    decided_at = _check_time(claims, transaction, now)
    said, liveness = _word(claims, "outcome", _SIGNED), _word(claims, "liveness", _LIVENESS)
    verdict_id = claims.get("jti")
    if not isinstance(verdict_id, str) or len(verdict_id) not in _IDS:
        raise VerdictRefused("malformed")
    is_of_nobody_alive = said == FaceOutcome.MATCH and liveness != "passed"
    return FaceVerdict(
        outcome=FaceOutcome.MISMATCH if is_of_nobody_alive else FaceOutcome(said),
        verdict_id=verdict_id,
        liveness=liveness,
        score_class=_word(claims, "score_class", _SCORES) if "score_class" in claims else "",
        decided_at=decided_at,
    )


def _word(claims: Mapping[str, Any], name: str, known: frozenset[str]) -> str:
    word = claims.get(name)
    if not isinstance(word, str) or word not in known:
        raise VerdictRefused("malformed")
    return word


def _check_binding(claims: Mapping[str, Any], parties: tuple[str, str], transaction: SourceTransaction) -> None:
    issuer, client = parties
    expected = {
        "iss": (issuer, "wrong_issuer"),
        "aud": (client, "wrong_audience"),
        "txn": (transaction.ours, "wrong_transaction"),
        "nonce": (transaction.nonce, "wrong_nonce"),
        "subject_digest": (transaction.subject_digest, "wrong_person"),
    }
    for name, (value, why) in expected.items():
        said = claims.get(name)
        if not isinstance(said, str) or not hmac.compare_digest(said.encode("utf-8", "surrogatepass"), value.encode()):
            raise VerdictRefused(why)


def _check_time(claims: Mapping[str, Any], transaction: SourceTransaction, now: Instant) -> Instant:
    """When it was decided: after the transaction was begun and not in the future; and it has not run out."""
    decided_at, ends_at = claims.get("iat"), claims.get("exp")
    if type(decided_at) is not int or type(ends_at) is not int:
        raise VerdictRefused("malformed")
    if now >= ends_at or not 0 < ends_at - decided_at <= LIFETIME:
        raise VerdictRefused("expired")
    if not after(transaction.begun_at, -LEEWAY) <= decided_at <= after(now, LEEWAY):
        raise VerdictRefused("wrong_time")
    return Instant(decided_at)


def _keys_in(answer: Fetched | None) -> Sequence[ForeignKey]:
    if answer is None or answer.status != 200:
        raise FetchRefused("the authority's keys cannot be read")
    try:
        return read_foreign_keys(json.loads(answer.body))
    except (ValueError, RecursionError):
        raise FetchRefused("not a JWK Set") from None
