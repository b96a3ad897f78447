"""What a registration names elsewhere, fetched once when it is accepted: its logo, and the list behind its sector."""

import hashlib
import json
from dataclasses import replace

from idp.fetch import Fetcher, FetchRefused
from idp.model.client import Client
from idp.model.registration import Logo
from idp.registration.faults import InvalidClientMetadata

_WEBP = slice(8, 12)
_SIGNATURES = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"))


def verified(fetcher: Fetcher, client: Client, before: Client | None) -> tuple[Client, Logo | None]:
    """The client, and its logo where that is a new one.

    Raises:
        InvalidClientMetadata: an address brings nothing, or something else than it has to.
    """
    if client.sector_identifier_uri is not None and _has_moved(client, before):
        _refuse_what_is_not_listed(fetcher, client, client.sector_identifier_uri)
    if client.logo_uri is None or (before is not None and before.logo and before.logo_uri == client.logo_uri):
        return client, None
    logo = _logo(fetcher, client.logo_uri)
    return replace(client, logo=logo.name), logo


def _has_moved(client: Client, before: Client | None) -> bool:
    if before is None or before.sector_identifier_uri != client.sector_identifier_uri:
        return True
    return not set(client.redirect_uris) <= set(before.redirect_uris)


def _refuse_what_is_not_listed(fetcher: Fetcher, client: Client, address: str) -> None:
    """OpenID Connect Registration §5: whoever holds the host says which redirect URIs are of its sector."""
    body = _fetched(fetcher, "sector_identifier_uri", address, "application/json")
    try:
        listed = json.loads(body)
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list) or not set(client.redirect_uris) <= {
        each for each in listed if isinstance(each, str)
    }:
        raise InvalidClientMetadata(["sector_identifier_uri: what is there does not list every redirect_uri"])


def _logo(fetcher: Fetcher, address: str) -> Logo:
    """A picture made of pixels: what only looks like one, or may hold a script, is refused (SVG above all)."""
    content = _fetched(fetcher, "logo_uri", address, "image/png, image/jpeg, image/webp")
    kind = next((kind for signature, kind in _SIGNATURES if content.startswith(signature)), None)
    if kind is None and content.startswith(b"RIFF") and content[_WEBP] == b"WEBP":
        kind = "webp"
    if kind is None:
        raise InvalidClientMetadata(["logo_uri: what is there is no PNG, JPEG or WebP picture"])
    name = f"{hashlib.sha256(content).hexdigest()[:32]}.{kind}"
    return Logo(name=name, media_type=f"image/{kind}", content=content)


def _fetched(fetcher: Fetcher, member: str, address: str, accept: str) -> bytes:
    try:
        answer = fetcher.get(address, {"Accept": accept})
    except FetchRefused:
        raise InvalidClientMetadata([f"{member}: {FetchRefused.PUBLIC_TEXT}"]) from None
    if answer.status != 200:
        raise InvalidClientMetadata([f"{member}: {FetchRefused.PUBLIC_TEXT}"])
    return answer.body
