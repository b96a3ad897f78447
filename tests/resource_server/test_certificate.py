"""What a front tells of a certificate (RFC 9440 §2.1): read strictly, and never a failure."""

import base64
from urllib.parse import quote

import pytest

from resource_server.certificate import LONGEST, der_of

DER = b"a certificate of some length, which nobody looks into here"
TEXT = base64.b64encode(DER).decode()
PEM = f"-----BEGIN CERTIFICATE-----\n{TEXT[:64]}\n{TEXT[64:]}\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("header", [f":{TEXT}:", f" :{TEXT}: ", quote(PEM, safe=""), quote(PEM)])
def test_both_spellings_are_read(header: str) -> None:
    assert der_of(header) == DER


@pytest.mark.parametrize(
    "header",
    [
        "",
        ":",
        "::",
        TEXT,
        f":{TEXT}",
        f"{TEXT}:",
        ":éé:",
        ":a:",
        "%",
        quote(PEM.replace("END", "EMD")),
        f":{'A' * LONGEST}:",
        "é",
    ],
)
def test_nothing_else_is(header: str) -> None:
    """Mutation: an error of the decoder that is let through."""
    assert der_of(header) is None
