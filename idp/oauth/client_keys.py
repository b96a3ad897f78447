"""The public keys of clients: registered by value, or fetched from their `jwks_uri` and kept for a while.

One copy per client and process. It is fetched when it is first needed, when it is old, and when somebody presents a
`kid` that it does not hold; never twice within the delay of the settings, and never by two threads at once.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from idp.clock import Clock, Instant, after
from idp.fetch import Fetcher, FetchRefused
from idp.jose import ForeignKey, ForeignToken
from idp.model.client import Client
from idp.oauth import encryption
from idp.oauth.encryption import EncryptionKey
from idp.oauth.published_keys import PublishedKeys, published

T = TypeVar("T")

FRESH_SECONDS = 300
"""How long a key that its owner has taken out of the set may still work."""
KEPT_SECONDS = 3600
"""How long a copy is used whose owner cannot be reached."""
MAX_COPIES = 1024
MAX_WAITING = 3
"""Threads that wait for a fetch of one client; whoever comes beyond them is refused at once."""
WAIT_SECONDS = 3.0

_NEVER = Instant(0)
_NOTHING = PublishedKeys()

NoteFailure = Callable[[str, str], None]
"""Is told client_id and reason when a client's keys could not be fetched."""

log = structlog.get_logger()


@dataclass
class _Copy:
    """What we know of one `jwks_uri`; replaced as a whole when the client moves its keys."""

    uri: str
    keys: PublishedKeys = _NOTHING
    fetched_at: Instant = _NEVER
    asked_at: Instant = _NEVER
    fetching: threading.Lock = field(default_factory=threading.Lock)
    waiting: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MAX_WAITING))

    def fit_for(self, token: ForeignToken, now: Instant) -> Sequence[ForeignKey]:
        """The keys that may have signed this token."""
        return _fit_for(token, self.usable(now).signing)

    def usable(self, now: Instant) -> PublishedKeys:
        """The keys, while the copy may be used."""
        return self.keys if now < after(self.fetched_at, KEPT_SECONDS) else _NOTHING


class ClientKeys:
    """Finds the keys that may have signed for a client, and those that something is encrypted for.

    Args:
        fetcher: reaches addresses that a client may name, and gives up within `WAIT_SECONDS`.
        delay: seconds between two fetches for one client.
        at_once: how many fetches may run in this process.
    """

    def __init__(self, fetcher: Fetcher, clock: Clock, note_failure: NoteFailure, *, delay: int, at_once: int) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._note_failure = note_failure
        self.delay = delay
        self._at_once = threading.BoundedSemaphore(at_once)
        self._registered: OrderedDict[str, tuple[object, PublishedKeys]] = OrderedDict()
        self._copies: OrderedDict[str, _Copy] = OrderedDict()
        self._lock = threading.Lock()

    def fit_for(self, token: ForeignToken, client: Client) -> Sequence[ForeignKey]:
        """The keys of this client that may have signed this token; none where they cannot be had."""
        if client.jwks is not None:
            return _fit_for(token, self._registered_by_value(client.client_id, client.jwks).signing)
        return self._fetched(client.client_id, client.jwks_uri, token) if client.jwks_uri is not None else ()

    def holds(self, client: Client, is_it: Callable[[ForeignKey], bool]) -> bool:
        """Whether one of this client's keys is it; a set is fetched anew when none is, as for a name that is new."""
        if client.jwks is not None:
            return any(map(is_it, self._registered_by_value(client.client_id, client.jwks).signing))
        if client.jwks_uri is None:
            return False

        def found(copy: _Copy, now: Instant) -> bool:
            return any(map(is_it, copy.usable(now).signing))

        return found(self._up_to_date(client.client_id, client.jwks_uri, found), self._clock())

    def to_encrypt(self, client: Client, alg: str) -> EncryptionKey | None:
        """The key by which something is encrypted for this client; a set is fetched anew when it holds none.

        A set that is fresh is not asked again, so an app that changes its key can read by the old one for
        `FRESH_SECONDS` more (OpenID Connect Core §10.2.1).
        """
        if client.jwks is not None:
            return encryption.fit_for(self._registered_by_value(client.client_id, client.jwks).encryption, alg)
        if client.jwks_uri is None:
            return None

        def found(copy: _Copy, now: Instant) -> EncryptionKey | None:
            return encryption.fit_for(copy.usable(now).encryption, alg)

        copy = self._up_to_date(client.client_id, client.jwks_uri, lambda copy, now: found(copy, now) is not None)
        return found(copy, self._clock())

    def _registered_by_value(self, client_id: str, jwks: Mapping[str, object]) -> PublishedKeys:
        """Reading a key costs as much as verifying with it, so it is done once per registration."""
        with self._lock:
            known = self._registered.get(client_id)
        if known is not None and known[0] == jwks:
            return known[1]
        try:
            keys = published(jwks)
        except ValueError:
            keys = _NOTHING
        with self._lock:
            _remember(self._registered, client_id, (jwks, keys))
        return keys

    def _fetched(self, client_id: str, uri: str, token: ForeignToken) -> Sequence[ForeignKey]:
        copy = self._up_to_date(client_id, uri, lambda copy, now: bool(copy.fit_for(token, now)))
        return copy.fit_for(token, self._clock())

    def _up_to_date(self, client_id: str, uri: str, is_enough: Callable[[_Copy, Instant], bool]) -> _Copy:
        """The copy of this set, fetched when it is old or holds nothing that is looked for."""
        copy, now = self._copy(client_id, uri), self._clock()
        has_found = is_enough(copy, now)
        if has_found and now < after(copy.fetched_at, FRESH_SECONDS):
            return copy
        if copy.fetching.acquire(blocking=False):
            try:
                if now >= after(copy.asked_at, self.delay):
                    self._fetch(client_id, copy)
            finally:
                copy.fetching.release()
        elif not has_found:
            self._wait_for(copy)
        return copy

    def _copy(self, client_id: str, uri: str) -> _Copy:
        with self._lock:
            copy = self._copies.get(client_id)
            if copy is None or copy.uri != uri:
                copy = _Copy(uri)
            _remember(self._copies, client_id, copy)
            return copy

    def _fetch(self, client_id: str, copy: _Copy) -> None:
        """Bring the copy up to date, or note why not and go on with the old one."""
        if not self._at_once.acquire(blocking=False):
            return
        try:
            copy.asked_at = self._clock()
            copy.keys = _read(self._fetcher, copy.uri)
            copy.fetched_at = self._clock()
        except FetchRefused as refused:
            reason = refused.detail[:200]
            log.warning("client_keys_unreachable", client_id=client_id, reason=reason)
            self._note_failure(client_id, reason)
        finally:
            self._at_once.release()

    def _wait_for(self, copy: _Copy) -> None:
        """Wait until the fetch that another thread makes has ended."""
        if copy.waiting.acquire(blocking=False):
            try:
                if copy.fetching.acquire(timeout=WAIT_SECONDS):
                    copy.fetching.release()
            finally:
                copy.waiting.release()


def _fit_for(token: ForeignToken, keys: Sequence[ForeignKey]) -> Sequence[ForeignKey]:
    """The key that the token names; where one of the two has no name there must be no choice (OpenID Connect §10.1)."""
    able = [key for key in keys if token.alg in key.algorithms]
    named = [key for key in able if key.kid == token.kid and key.kid is not None]
    is_plain = len(able) == 1 and (token.kid is None or able[0].kid is None)
    return named[:1] or (able if is_plain else ())


def _read(fetcher: Fetcher, uri: str) -> PublishedKeys:
    answer = fetcher.get(uri, {"Accept": "application/jwk-set+json, application/json"})
    if answer.status != 200:
        raise FetchRefused(f"the answer's status is {answer.status}")
    try:
        return published(json.loads(answer.body))
    except (ValueError, RecursionError):
        raise FetchRefused("the answer is not a JWK Set") from None


def _remember(known: OrderedDict[str, T], client_id: str, value: T) -> None:
    known[client_id] = value
    known.move_to_end(client_id)
    while len(known) > MAX_COPIES:
        known.popitem(last=False)
