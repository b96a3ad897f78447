"""Client certificates as a front tells of them (RFC 9440), and their thumbprints (RFC 8705 §3.1)."""

import base64
import hashlib
import re
from urllib.parse import unquote

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\s*", re.ASCII)
LONGEST = 16 * 1024
"""Characters of a header that is still looked at."""


def der_of(header: str) -> bytes | None:
    """The certificate in the header `Client-Cert`; None where there is none that can be read.

    A byte sequence between colons (RFC 9440 §2.1), or PEM with percent signs, which is what nginx can write. Believe it
    only from a front of yours that sets the header on each request, whatever came.
    """
    text = header.strip() if len(header) <= LONGEST else ""
    if text.startswith(":") and text.endswith(":") and len(text) > 2:
        encoded = text[1:-1]
    else:
        pem = _PEM.fullmatch(unquote(text))
        if pem is None:
            return None
        encoded = pem[1].replace("\n", "")
    try:
        return base64.b64decode(encoded, validate=True) or None
    except ValueError:
        return None


def thumbprint_of(der: bytes) -> str:
    """`x5t#S256`: the base64url form of the SHA-256 digest of the certificate."""
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
