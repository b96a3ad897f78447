"""The fetcher that the composition root builds once and hands to whoever must call out."""

import ssl
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from idp.fetch.addresses import Resolver, ask_system, is_public, resolve_within
from idp.fetch.outcome import Fetched, FetchRefused
from idp.fetch.url import read_origin

TIMEOUT_SECONDS = 3.0
MAX_BYTES = 65536
MAX_ADDRESSES_TRIED = 4


class Fetcher:
    """Fetches https URLs of public addresses; may be shared by threads, keeps nothing from one call to the next.

    Args:
        allowed_origins: the only exceptions, as exact origins (`http://127.0.0.1:8003`): these may be http and may be
            private addresses. ValueError when one is not written as an origin.
        timeout: seconds for everything together, from resolving the name to the last byte.
        max_bytes: the largest body that is accepted.
        authorities: a PEM file of certificate authorities trusted beside those of the operating system. OSError when
            it cannot be read.
        resolve: answers the addresses of a host.
    """

    def __init__(
        self,
        allowed_origins: frozenset[str] = frozenset(),
        *,
        timeout: float = TIMEOUT_SECONDS,
        max_bytes: int = MAX_BYTES,
        authorities: Path | None = None,
        resolve: Resolver = ask_system,
    ) -> None:
        for origin in allowed_origins:
            if not _is_origin(origin):
                raise ValueError(f"not an origin (scheme://host:port, nothing behind it): {origin!r}")
        self._allowed_origins = allowed_origins
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._own_trust = None if authorities is None else _trust(authorities)
        self._resolve = resolve

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """The answer to GET, whatever its status but a redirect; FetchRefused when there is none to be had."""
        return self._fetch("GET", url, headers)

    def post(
        self,
        url: str,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """The answer to POST of one of three bodies, as for `get`; bare bytes bring their Content-Type in headers."""
        return self._fetch("POST", url, headers, json=json, data=form, content=body)

    def _fetch(self, method: str, url: str, headers: Mapping[str, str] | None, **content: Any) -> Fetched:
        origin = read_origin(url)
        is_allowed = str(origin) in self._allowed_origins
        if not is_allowed and not origin.may_be_public():
            raise FetchRefused("not https to a public name")
        # httpx takes 0.2 s to import, the system's authorities 25 ms to read: who fetches nothing starts without them.
        from idp.fetch import exchange

        deadline = exchange.Deadline(self._timeout)
        try:
            request = exchange.write(method, url, origin, headers, content)
            addresses = resolve_within(deadline.remaining(), self._resolve, origin.host, origin.port)
            if not is_allowed and not all(is_public(address) for address in addresses):
                raise FetchRefused("an address of the host is not public")
            tried = [str(address) for address in addresses[:MAX_ADDRESSES_TRIED]]
            tls = self._own_trust or _trust_of_system()
            with exchange.connect(tried, origin.port, deadline) as connected:
                return exchange.exchange(request, connected, tls, deadline, self._max_bytes)
        except (OSError, UnicodeError) as error:
            raise FetchRefused(f"{type(error).__name__}: {error}") from error


@cache
def _trust_of_system() -> ssl.SSLContext:
    """Verifies certificate and host name against the operating system's authorities; one for all fetchers."""
    return ssl.create_default_context()


def _trust(authorities: Path) -> ssl.SSLContext:
    """The same, against those in the file as well."""
    context = ssl.create_default_context()
    context.load_verify_locations(authorities)
    return context


def _is_origin(text: str) -> bool:
    """Whether the text is an origin in its one spelling, so that comparing strings compares origins."""
    try:
        return str(read_origin(text)) == text
    except FetchRefused:
        return False
