"""RFC 6750 §2: a token comes in one place; the officers' API looks at the header alone."""

from urllib.parse import urlencode

import pytest

from idp.errors import Refused
from idp.http.access_token import in_header, presented
from idp.http.request import FORM, Request


def request(authorization: str = "", **fields: str) -> Request:
    body = urlencode(fields).encode()
    headers = {"content-type": FORM, **({"authorization": authorization} if authorization else {})}
    return Request("POST", "/userinfo", "", headers, "192.0.2.1", lambda: body)


@pytest.mark.parametrize(
    ("authorization", "shown"),
    [
        ("Bearer a", ("bearer", "a")),
        ("DPOP  a ", ("dpop", "a")),
        ("Basic a", None),
        ("Bearer", None),
        ("Bearer ", None),
        ("", None),
    ],
)
def test_of_the_header(authorization: str, shown: tuple[str, str] | None) -> None:
    assert in_header(request(authorization)) == presented(request(authorization)) == shown


def test_of_the_body_where_that_is_looked_at() -> None:
    """Mutation: the body read by whoever says that it takes the header alone."""
    sent = request("Basic eDp5", access_token="a")
    assert presented(sent) == ("bearer", "a")
    assert in_header(sent) is None


def test_of_both_is_one_too_many() -> None:
    with pytest.raises(Refused):
        presented(request("DPoP a", access_token="a"))
