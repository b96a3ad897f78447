"""Authorization responses: one place, always with iss, never anything but a 303 (RFC 9207, RFC 9700 §4.12)."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from idp.oauth.extensions.response_mode import authorization_response

ISSUER = "https://id.example"


def answer(redirect_uri: str, **told: str | None) -> tuple[str, list[tuple[str, str]]]:
    """The address without its query, and the query."""
    response = authorization_response(redirect_uri, told, ISSUER)
    assert response.status == 303
    headers = dict(response.headers)
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    location = headers["Location"]
    parts = urlsplit(location)
    assert not parts.fragment
    return location.partition("?")[0], parse_qsl(parts.query, keep_blank_values=True)


def test_what_is_told_travels_in_the_query_with_iss_at_the_end() -> None:
    address, query = answer("https://app.example/cb", code="c", state="s")
    assert (address, query) == ("https://app.example/cb", [("code", "c"), ("state", "s"), ("iss", ISSUER)])


def test_what_is_absent_is_not_told_as_none() -> None:
    """Mutation: `state=None`."""
    assert answer("https://app.example/cb", error="access_denied", state=None)[1] == [
        ("error", "access_denied"),
        ("iss", ISSUER),
    ]


@pytest.mark.parametrize("redirect_uri", ["https://app.example/cb?keep=%20a+b&x", "com.example.app:/cb?keep=1"])
def test_a_registered_query_is_kept_byte_for_byte(redirect_uri: str) -> None:
    """Mutation: parsing and writing it anew."""
    response = authorization_response(redirect_uri, {"code": "c"}, ISSUER)
    assert dict(response.headers)["Location"] == f"{redirect_uri}&code=c&iss=https%3A%2F%2Fid.example"


@pytest.mark.parametrize(
    "state", ["a b", "\r\nSet-Cookie: x=y", "&code=evil", "#x", "<script>", "中", "\0", '"', "=" * 99]
)
def test_a_hostile_state_comes_back_encoded(state: str) -> None:
    """Mutation: no encoding (threat A06)."""
    _, query = answer("https://app.example/cb", code="c", state=state)
    assert query == [("code", "c"), ("state", state), ("iss", ISSUER)]
