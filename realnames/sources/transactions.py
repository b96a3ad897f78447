"""What the contracts of face authorities and of net id share: open a transaction, send the person to a page, ask for its end."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from idp.clock import Clock, Instant, after
from idp.fetch import Fetched, Fetcher, FetchRefused
from realnames.sources.answer_body import read_object
from realnames.sources.authority_settings import PageSettings
from realnames.sources.circuit_breaker import CircuitBreaker
from realnames.sources.signed_answer import SourceKeys

_TRANSACTION = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_PATH = re.compile(r"/[\x21-\x7e]*", re.ASCII)
_MAX_URL = 2000
LIFETIME = 600
"""Seconds that a transaction lives at most, whatever the authority says."""


class Progress(StrEnum):
    """Where a transaction stands."""

    PENDING = "pending"
    CANCELLED = "cancelled"
    DONE = "done"
    NOTHING = "nothing"
    """The authority does not know it, or no more."""
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class State:
    """Where it stands; the verdict is there when it is done, and not looked at yet."""

    progress: Progress
    unverified_verdict: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """The authority's own id, its page for the person (empty where none is needed), and the end."""

    theirs: str
    url: str
    expires_at: Instant


class Transactions:
    """Those of one authority; may be shared by threads.

    Args:
        verdict: the name under which a state brings what was signed.
    """

    def __init__(self, settings: PageSettings, fetcher: Fetcher, clock: Clock, *, verdict: str) -> None:
        self._page_origin = settings.origin_of_page
        self._fetcher = fetcher
        self._clock = clock
        self._verdict = verdict
        self._url = settings.url.rstrip("/")
        self._authorization = {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
        self._breaker = CircuitBreaker(clock)
        self.keys = SourceKeys(lambda: self._ask("/jwks"), clock)

    def open(self, transaction: str, order: Mapping[str, object], *, has_page: bool = True) -> Opened | None:
        """Open it by what the contract wants; None: the authority is down, or refuses."""
        if not self._breaker.may_ask():
            return None
        try:
            answer = self._fetcher.post(
                f"{self._url}/transactions",
                json=order,
                headers={**self._authorization, "Idempotency-Key": transaction},
            )
        except FetchRefused:
            answer = None
        opened = None if answer is None or answer.status != 201 else self._opened(answer, has_page=has_page)
        # One person's data that it will not take says nothing about the others.
        is_refused = answer is not None and answer.status in {400, 409}
        self._breaker.note(is_answered=opened is not None or is_refused)
        return opened

    def state(self, theirs: str) -> State:
        """Ask where it stands."""
        if not self._breaker.may_ask():
            return State(Progress.DOWN)
        answer = self._ask(f"/transactions/{quote(theirs, safe='')}")
        is_answered = answer is not None and answer.status in {200, 404}
        self._breaker.note(is_answered=is_answered)
        if answer is None or not is_answered:
            return State(Progress.DOWN)
        return State(Progress.NOTHING) if answer.status == 404 else self._state(answer)

    def is_reachable(self) -> bool:
        """Whether its keys can be read now."""
        answer = self._ask("/jwks")
        return answer is not None and answer.status == 200

    def _state(self, answer: Fetched) -> State:
        state = read_object(answer.body)
        match state.get("status"), state.get(self._verdict):
            case "pending", None:
                return State(Progress.PENDING)
            case "cancelled", None:
                return State(Progress.CANCELLED)
            case "done", str(unverified_verdict):
                return State(Progress.DONE, unverified_verdict)
        return State(Progress.DOWN)

    def _ask(self, path: str) -> Fetched | None:
        try:
            return self._fetcher.get(f"{self._url}{path}", self._authorization if path != "/jwks" else None)
        except FetchRefused:
            return None

    def _opened(self, answer: Fetched, *, has_page: bool) -> Opened | None:
        opened = read_object(answer.body)
        theirs, url, expires_at = (opened.get(name) for name in ("transaction", "url", "expires_at"))
        if not isinstance(theirs, str) or _TRANSACTION.fullmatch(theirs) is None or type(expires_at) is not int:
            return None
        is_led_right = isinstance(url, str) and self._is_page(url) if has_page else url is None
        if not is_led_right:
            return None
        now = self._clock()
        ends_at = Instant(min(expires_at, after(now, LIFETIME)))
        return Opened(theirs, url or "", ends_at) if ends_at > now else None

    def _is_page(self, url: str) -> bool:
        """Whether it is an address of the authority's page: compared as text, never by parsing it (threat T12)."""
        path = url.removeprefix(self._page_origin)
        return len(url) <= _MAX_URL and path != url and _PATH.fullmatch(path) is not None and "\\" not in path
