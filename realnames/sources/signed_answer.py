"""Whether what a source answers is an answer to us: signed by its key, and bound to one question, one nonce and one subject.

An answer is a compact JWS (RFC 7515). Its claims repeat what we sent, so that an answer about somebody else, to another
question, of another day, or one that went through other hands is told from ours (threat K03).
"""

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol

from idp.clock import Clock, Instant, after
from idp.fetch import Fetched, FetchRefused
from idp.jose import ForeignKey, base64url, from_base64url, read_foreign, read_foreign_keys

ALGORITHM = "ES256"
LEEWAY = 60
"""Seconds by which the source's clock may differ from ours."""
LIFETIME = 600
"""Seconds for which an answer may be good."""
KEPT_SECONDS = 300
ASKED_AGAIN_AFTER = 30
"""Seconds between two readings of the keys, however many unknown ones are named to us."""

_IDS = range(16, 201)


class AnswerRefused(Exception):  # noqa: N818 - a refusal is an answer, not an accident
    """It is no answer to this question; `why` is one word for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Keys(Protocol):
    """Whose signatures count."""

    def named(self, kid: str) -> Sequence[ForeignKey]:
        """Those with this id; raises `FetchRefused` where they cannot be read."""


class SourceKeys:
    """A source's published keys, kept for a while in this process; may be shared by threads."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What an answer must say of itself.

    Attributes:
        typ: the type in its header, one for each contract (RFC 8725 §3.11).
        claims: by name, what it must repeat, and the word by which it is refused where it does not.
        begun_at: when the question was asked: it was decided after that.
    """

    typ: str
    claims: Mapping[str, tuple[str, str]]
    begun_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAnswer:
    """An answer whose signature, binding and time are right."""

    claims: Mapping[str, Any]
    decided_at: Instant

    @property
    def reference(self) -> str:
        """Its own id (`jti`)."""
        reference = self.claims.get("jti")
        if not isinstance(reference, str) or len(reference) not in _IDS:
            raise AnswerRefused("malformed")
        return reference

    def word(self, name: str, known: frozenset[str]) -> str:
        """A claim that is one of these words."""
        word = self.claims.get(name)
        if not isinstance(word, str) or word not in known:
            raise AnswerRefused("malformed")
        return word


def read_signed(unverified_answer: str, keys: Keys, binding: Binding, now: Instant) -> SignedAnswer:
    """What it says, once all of it is of this question.

    Raises:
        AnswerRefused: anything about it is another than it must be.
        FetchRefused: the keys cannot be read.
    """
    token = read_foreign(unverified_answer)
    if (
        token is None
        or token.alg != ALGORITHM
        or token.unverified_header.get("typ") != binding.typ
        or token.kid is None
    ):
        raise AnswerRefused("malformed")
    if not token.is_signed_by(keys.named(token.kid)):
        raise AnswerRefused("wrong_signature")
    claims = token.unverified_claims  # verified by now
    for name, (value, why) in binding.claims.items():
        said = claims.get(name)
        if not isinstance(said, str) or not hmac.compare_digest(said.encode("utf-8", "surrogatepass"), value.encode()):
            raise AnswerRefused(why)
    return SignedAnswer(claims=claims, decided_at=_decided_at(claims, binding.begun_at, now))


def bound_to(
    issuer: str, client: str, transaction: str, nonce: str, subject: str | None
) -> Mapping[str, tuple[str, str]]:
    """The claims by which every answer is bound; without a subject it is nobody's before it is read."""
    of_subject = {} if subject is None else {"subject_digest": (subject, "wrong_person")}
    return {
        "iss": (issuer, "wrong_issuer"),
        "aud": (client, "wrong_audience"),
        "txn": (transaction, "wrong_transaction"),
        "nonce": (nonce, "wrong_nonce"),
        **of_subject,
    }


def subject_digest(subject_key: str, *lines: str) -> str:
    """By which an answer names its subject to those who know the question's key, and to nobody else.

    Args:
        subject_key: 32 random bytes in base64url, of this question alone.
        lines: what the contract says that it is made of, in its order; each is brought to Unicode NFC.
    """
    message = "\n".join(unicodedata.normalize("NFC", line) for line in lines).encode()
    return base64url(hmac.digest(from_base64url(subject_key), message, hashlib.sha256))


def _decided_at(claims: Mapping[str, Any], begun_at: Instant, now: Instant) -> Instant:
    """When it was decided: after the question was asked and not in the future; and it has not run out."""
    decided_at, ends_at = claims.get("iat"), claims.get("exp")
    if type(decided_at) is not int or type(ends_at) is not int:
        raise AnswerRefused("malformed")
    if now >= ends_at or not 0 < ends_at - decided_at <= LIFETIME:
        raise AnswerRefused("expired")
    if not after(begun_at, -LEEWAY) <= decided_at <= after(now, LEEWAY):
        raise AnswerRefused("wrong_time")
    return Instant(decided_at)


def _keys_in(answer: Fetched | None) -> Sequence[ForeignKey]:
    if answer is None or answer.status != 200:
        raise FetchRefused("the source's keys cannot be read")
    try:
        return read_foreign_keys(json.loads(answer.body))
    except (ValueError, RecursionError):
        raise FetchRefused("not a JWK Set") from None
