"""Where apps come with TLS certificates, and whose word about them counts."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from idp.settings.section import Section


class MutualTls(Section):
    """Clients that come with a certificate of their own, of which a front in our trust tells (RFC 8705, RFC 9440)."""

    origin: str
    """Where they come: `https://mtls.login.city.example`, whose front sets the header `Client-Cert` on each request."""
    fronts: Annotated[tuple[str, ...], Field(min_length=1)]
    """Addresses of the fronts that set `Client-Cert` on each request; of others in `server.trusted_proxies` it is not believed."""
    authorities: Path | None = None
    """Certificates in PEM of those whose word `tls_client_auth` takes."""

    @field_validator("origin")
    @classmethod
    def _origin_is_one(cls, origin: str) -> str:
        parts = urlsplit(origin)
        if (
            parts.scheme != "https"
            or origin != f"https://{parts.netloc.lower()}"
            or not parts.hostname
            or "@" in origin
        ):
            raise ValueError("write it as https://host[:port], in lower case, without a path or a trailing slash")
        return origin
