"""The strict reading of a URL: what two parsers could read differently is not read at all (threat T12)."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from idp.fetch.outcome import FetchRefused

MAX_URL_LENGTH = 2048

_DEFAULT_PORTS = {"http": 80, "https": 443}

# The characters of RFC 3986 and no others: no userinfo, no fragment, no backslash, no whitespace, no control character.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f]*:[0-9a-f:.]+\])(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?:[/?](?:[a-z0-9._~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*)?",
    re.IGNORECASE | re.ASCII,
)

# At least two labels, the last beginning with a letter, no final dot: `localhost`, `127.1`, `0x7f.0.0.1` and
# `2130706433` are not names, and a single label would be completed with the search domain of our own network.
_DOMAIN_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL, in lower case (RFC 6454 §4); an IPv6 host stands without its brackets."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        """The origin as text, a default port left out (RFC 6454 §6.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}")

    def may_be_public(self) -> bool:
        """Whether a stranger may name this origin: https, and a domain name or an address in its one usual spelling."""
        return self.scheme == "https" and (
            (len(self.host) <= 253 and _DOMAIN_NAME.fullmatch(self.host) is not None) or _is_address(self.host)
        )


def read_origin(url: str) -> Origin:
    """The origin a URL names; FetchRefused when it is not one plain http or https URL."""
    parts = _URL.fullmatch(url) if len(url) <= MAX_URL_LENGTH else None
    if parts is None:
        raise FetchRefused("not a plain URL")
    scheme, host = parts["scheme"].lower(), parts["host"].lower().strip("[]")
    port = int(parts["port"] or _DEFAULT_PORTS[scheme])
    if port > 65535:
        raise FetchRefused("not a port")
    return Origin(scheme, host, port)


def _is_address(host: str) -> bool:
    """Whether the host is an IP address as the standard library writes it (no leading zeros, no missing parts)."""
    try:
        return bool(IPv6Address(host) if ":" in host else IPv4Address(host))
    except ValueError:
        return False
