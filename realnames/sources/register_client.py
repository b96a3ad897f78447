"""How a register is asked: one question, one request, and a signed answer that is of this question alone.

No question is sent twice, and none waits for a register that failed a moment ago. Whatever is no answer of the contract,
signed and bound to us, is read as: the register is down.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from idp.clock import Clock
from idp.entropy import random_token
from idp.fetch import Fetched, Fetcher, FetchRefused
from idp.ports import SourceAnswer, SourceOutcome
from realnames.sources.answer_body import read_object
from realnames.sources.authority_settings import AuthoritySettings
from realnames.sources.circuit_breaker import CircuitBreaker
from realnames.sources.signed_answer import (
    AnswerRefused,
    Binding,
    SignedAnswer,
    SourceKeys,
    bound_to,
    read_signed,
    subject_digest,
)

_ID_BYTES = 24
_SAID = frozenset[str]({SourceOutcome.MATCH, SourceOutcome.MISMATCH, SourceOutcome.NOT_FOUND})

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Attributes:
        name: of the contract's operation; the answer repeats it, and the path is made of it.
        members: what the body holds beside what every question has.
        subject: the lines by which the answer names whom it is about, as the contract orders them.
    """

    name: str
    members: Mapping[str, object]
    subject: Sequence[str]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """It is down, and why, in one word for the log."""

    why: str


class RegisterClient:
    """One register; may be shared by threads.

    Args:
        typ: the type that its contract gives to answers.
    """

    def __init__(self, typ: str, settings: AuthoritySettings, fetcher: Fetcher, clock: Clock) -> None:
        self._typ = typ
        self._settings = settings
        self._fetcher = fetcher
        self._clock = clock
        self._url = settings.url.rstrip("/")
        self._authorization = {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
        self._breaker = CircuitBreaker(clock)
        self._keys = SourceKeys(self._published, clock)

    def ask(self, question: Question, read: Callable[[SignedAnswer], Answer]) -> Answer | Unanswered:
        """What it answers, as `read` finds it; that may raise `AnswerRefused` where the contract is not kept."""
        if not self._breaker.may_ask():
            return Unanswered("paused")
        begun_at, transaction, nonce, subject_key = (
            self._clock(),
            random_token(_ID_BYTES),
            random_token(),
            random_token(),
        )
        body = {"id": transaction, "client": self._settings.client, "nonce": nonce, "subject_key": subject_key}
        digest = subject_digest(subject_key, *question.subject)
        claims = bound_to(self._settings.issuer, self._settings.client, transaction, nonce, digest)
        binding = Binding(
            typ=self._typ, claims={**claims, "question": (question.name, "wrong_question")}, begun_at=begun_at
        )
        answer = self._post(question.name, {**body, **question.members}, transaction)
        told = _unanswered(answer) if answer is None or answer.status != 200 else self._believed(answer, binding, read)
        # What it will not take of one person, and an answer that is not ours, say nothing about the next question.
        self._breaker.note(is_answered=not isinstance(told, Unanswered) or told.why != _UNREACHABLE)
        return told

    def is_reachable(self) -> bool:
        """Whether its keys can be read now."""
        answer = self._published()
        return answer is not None and answer.status == 200

    def _believed(
        self, answer: Fetched, binding: Binding, read: Callable[[SignedAnswer], Answer]
    ) -> Answer | Unanswered:
        unverified_answer = read_object(answer.body).get("answer")
        if not isinstance(unverified_answer, str):
            return Unanswered(_UNREACHABLE)
        try:
            return read(read_signed(unverified_answer, self._keys, binding, self._clock()))
        except AnswerRefused as refused:
            return Unanswered(refused.why)
        except FetchRefused:
            return Unanswered(_UNREACHABLE)

    def _post(self, name: str, body: Mapping[str, object], transaction: str) -> Fetched | None:
        headers = {**self._authorization, "Idempotency-Key": transaction}
        try:
            return self._fetcher.post(f"{self._url}/{name.replace('_', '-')}", json=body, headers=headers)
        except FetchRefused:
            return None

    def _published(self) -> Fetched | None:
        try:
            return self._fetcher.get(f"{self._url}/jwks")
        except FetchRefused:
            return None


def said(answer: SignedAnswer) -> SourceOutcome:
    """The outcome that was signed."""
    return SourceOutcome(answer.word("outcome", _SAID))


def read_answer(answer: SignedAnswer) -> SourceAnswer:
    """An answer that says no more than its outcome."""
    return SourceAnswer(outcome=said(answer), reference=answer.reference, answered_at=answer.decided_at)


_UNREACHABLE = "unreachable"


def _unanswered(answer: Fetched | None) -> Unanswered:
    return Unanswered("refused" if answer is not None and answer.status in {400, 409} else _UNREACHABLE)
