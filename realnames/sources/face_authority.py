"""The source that speaks our face authority contract (`docs/contracts/face_authority.json`).

No picture passes through here: the person's browser goes to the authority's own page, and what comes back is a verdict
that the authority signed, for one transaction, one nonce and one person. Whatever is no answer of the contract is read
as: the authority is down.
"""

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Self
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from idp.clock import Clock, Instant, after
from idp.fetch import Fetched, Fetcher, FetchRefused
from idp.jose import base64url, from_base64url
from idp.ports import FaceOutcome, FaceRequest, FaceVerdict, Source, SourceKind, SourceTicket, SourceTransaction
from realnames.sources.circuit_breaker import CircuitBreaker
from realnames.sources.signed_verdict import VerdictKeys, VerdictRefused, read_verdict

_BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)  # RFC 6750 §2.1, b64token
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?", re.ASCII)
_TRANSACTION = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_PATH = re.compile(r"/[\x21-\x7e]*", re.ASCII)
_MAX_URL = 2000
LIFETIME = 600
"""Seconds that a transaction lives at most, whatever the authority says."""


def _bearer_token(token: SecretStr) -> SecretStr:
    """The token, when it may stand in a header."""
    if _BEARER_TOKEN.fullmatch(token.get_secret_value()) is None:
        raise ValueError("not a bearer token (RFC 6750 §2.1)")
    return token


class FaceAuthoritySettings(BaseModel):
    """Where the authority is, who it says to be, and what we show it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$")]
    """The server URL of the contract, to which `/transactions` and `/jwks` are added."""
    token: Annotated[SecretStr, AfterValidator(_bearer_token)]
    """The bearer token that the authority gave us."""
    client: Annotated[str, Field(min_length=1, max_length=200)]
    """The name under which the authority knows us; its verdicts are for this name alone (`aud`)."""
    issuer: Annotated[str, Field(min_length=1, max_length=200)]
    """What the authority calls itself in its verdicts (`iss`)."""
    name: Annotated[str, Field(min_length=1, max_length=60)]
    """How people are told who compares."""
    english_name: Annotated[str, Field(max_length=60)] = ""
    """The same on English pages; empty: the name above."""
    page_origin: str = ""
    """The origin of its page for people, if that is another one than that of `url`; nobody is sent anywhere else."""

    @field_validator("page_origin")
    @classmethod
    def _page_origin_is_one(cls, origin: str) -> str:
        if origin and _ORIGIN.fullmatch(origin) is None:
            raise ValueError("write it as https://host[:port], in lower case, with nothing behind it")
        return origin

    @model_validator(mode="after")
    def _people_are_sent_to_an_origin(self) -> Self:
        if _ORIGIN.fullmatch(self.origin_of_page) is None:
            raise ValueError("url: write its host in lower case, or set page_origin")
        return self

    @property
    def origin_of_page(self) -> str:
        """The only origin to which people are sent."""
        parts = urlsplit(self.url)
        return self.page_origin or f"{parts.scheme}://{parts.netloc}"


class HttpFaceAuthority:
    """Implements `ports.FaceAuthority` over HTTP; may be shared by threads."""

    def __init__(self, settings: FaceAuthoritySettings, fetcher: Fetcher, clock: Clock) -> None:
        self.names: Mapping[str, str] = {"zh-CN": settings.name, "en": settings.english_name or settings.name}
        self.page_origin = settings.origin_of_page
        self._settings = settings
        self._fetcher = fetcher
        self._clock = clock
        self._url = settings.url.rstrip("/")
        self._authorization = {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
        self._breaker = CircuitBreaker(clock)
        self._keys = VerdictKeys(lambda: self._ask("/jwks"), clock)

    def begin(self, request: FaceRequest) -> SourceTicket | None:
        """Open a transaction."""
        if not self._breaker.may_ask():
            return None
        try:
            answer = self._fetcher.post(
                f"{self._url}/transactions",
                json=_order(request, self._settings.client),
                headers={**self._authorization, "Idempotency-Key": request.transaction},
            )
        except FetchRefused:
            answer = None
        opened = None if answer is None or answer.status != 201 else self._opened(answer)
        # One person's data that it will not take says nothing about the others.
        is_refused = answer is not None and answer.status in {400, 409}
        self._breaker.note(is_answered=opened is not None or is_refused)
        if opened is None:
            return None
        theirs, url, expires_at = opened
        digest = subject_digest(request.subject_key, request.name, request.citizen_number)
        return SourceTicket(transaction=theirs, url=url, expires_at=expires_at, subject_digest=digest)

    def verdict(self, transaction: SourceTransaction) -> FaceVerdict:
        """Ask what became of it, and believe a verdict only when all of it is of this transaction."""
        if not self._breaker.may_ask():
            return FaceVerdict(outcome=FaceOutcome.DOWN)
        answer = self._ask(f"/transactions/{quote(transaction.theirs, safe='')}")
        is_answered = answer is not None and answer.status in {200, 404}
        self._breaker.note(is_answered=is_answered)
        if answer is None or not is_answered:
            return FaceVerdict(outcome=FaceOutcome.DOWN)
        return FaceVerdict(outcome=FaceOutcome.NOTHING) if answer.status == 404 else self._state(answer, transaction)

    def is_reachable(self) -> bool:
        """Whether its keys can be read now."""
        answer = self._ask("/jwks")
        return answer is not None and answer.status == 200

    def _state(self, answer: Fetched, transaction: SourceTransaction) -> FaceVerdict:
        state = _object(answer.body)
        match state.get("status"), state.get("verdict"):
            case "pending", None:
                return FaceVerdict(outcome=FaceOutcome.PENDING)
            case "cancelled", None:
                return FaceVerdict(outcome=FaceOutcome.CANCELLED)
            case "done", str(unverified_verdict):
                return self._believed(unverified_verdict, transaction)
        return FaceVerdict(outcome=FaceOutcome.DOWN)

    def _believed(self, unverified_verdict: str, transaction: SourceTransaction) -> FaceVerdict:
        parties = (self._settings.issuer, self._settings.client)
        try:
            return read_verdict(unverified_verdict, self._keys, parties, transaction, self._clock())
        except VerdictRefused as refused:
            return FaceVerdict(outcome=FaceOutcome.UNTRUSTED, why=refused.why)
        except FetchRefused:
            return FaceVerdict(outcome=FaceOutcome.DOWN)

    def _ask(self, path: str) -> Fetched | None:
        try:
            return self._fetcher.get(f"{self._url}{path}", self._authorization if path != "/jwks" else None)
        except FetchRefused:
            return None

    def _opened(self, answer: Fetched) -> tuple[str, str, Instant] | None:
        """Its id, its page and its end."""
        opened = _object(answer.body)
        theirs, url, expires_at = (opened.get(name) for name in ("transaction", "url", "expires_at"))
        if not isinstance(theirs, str) or _TRANSACTION.fullmatch(theirs) is None or type(expires_at) is not int:
            return None
        if not isinstance(url, str) or not self._is_page(url):
            return None
        now = self._clock()
        ends_at = Instant(min(expires_at, after(now, LIFETIME)))
        return (theirs, url, ends_at) if ends_at > now else None

    def _is_page(self, url: str) -> bool:
        """Whether it is an address of the authority's page: compared as text, never by parsing it (threat T12)."""
        path = url.removeprefix(self.page_origin)
        return len(url) <= _MAX_URL and path != url and _PATH.fullmatch(path) is not None and "\\" not in path


def subject_digest(subject_key: str, name: str, citizen_number: str) -> str:
    """By which a verdict names its person to those who know the transaction's key, and to nobody else."""
    message = f"{citizen_number}\n{unicodedata.normalize('NFC', name)}".encode()
    return base64url(hmac.digest(from_base64url(subject_key), message, hashlib.sha256))


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


def _object(body: bytes) -> Mapping[str, Any]:
    """The JSON object that the authority answered; empty when it answered anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


SOURCE = Source(name="face_authority", kind=SourceKind.FACE, settings=FaceAuthoritySettings, build=HttpFaceAuthority)
