"""Authorization responses: one place, always with iss, never anything but a 303 or a form (RFC 9207, RFC 9700 §4.12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import pytest

from idp.http.html import Html
from idp.http.request import Parameters, Request
from idp.http.response import Response
from idp.http.static_files import StaticFiles
from idp.http.templates import City, Templates
from idp.oauth.extensions.response_mode import AuthorizationResponses, response_mode_of_refusal
from idp.oauth.extensions.signed_response import SignedResponses

ISSUER = "https://id.example"
CITY = City("云江市", "一证", "大厅", "周一至周五", "一号", "12345", "全天", "https://city.example/")


@dataclass(frozen=True)
class Asked:
    """What a request says about its answer."""

    redirect_uri: str
    state: str | None = None
    response_mode: str = "query"
    client_id: str = "app"


class Envelopes(SignedResponses):
    """Shows what would be signed."""

    def __init__(self) -> None:
        pass

    def write(self, client_id: str, members: Mapping[str, str]) -> str:
        """Whom it is for, and what it says."""
        return f"{client_id}:{'.'.join(members)}"


def respond(asked: Asked, **told: str | None) -> Response:
    responses = AuthorizationResponses(Html(Templates(StaticFiles(), {"zh-CN": CITY})), ISSUER, Envelopes())
    return responses.to_client(Request("GET", "/authorize", "", {}, ""), asked, told)


def answer(redirect_uri: str, state: str | None = None, **told: str | None) -> tuple[str, list[tuple[str, str]]]:
    """The address without its query, and the query."""
    response = respond(Asked(redirect_uri, state), **told)
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
    response = respond(Asked(redirect_uri), code="c")
    assert dict(response.headers)["Location"] == f"{redirect_uri}&code=c&iss=https%3A%2F%2Fid.example"


@pytest.mark.parametrize(
    "state", ["a b", "\r\nSet-Cookie: x=y", "&code=evil", "#x", "<script>", "中", "\0", '"', "=" * 99]
)
def test_a_hostile_state_comes_back_encoded(state: str) -> None:
    """Mutation: no encoding (threat A06)."""
    _, query = answer("https://app.example/cb", code="c", state=state)
    assert query == [("code", "c"), ("state", state), ("iss", ISSUER)]


def test_a_form_goes_to_the_address_as_it_was_registered() -> None:
    """Its query is kept, and stands in the action alone."""
    response = respond(Asked("https://app.example/cb?a=1&b=2", "s", "form_post"), code="c")
    assert response.status == 200
    assert b'action="https://app.example/cb?a=1&amp;b=2"' in response.body
    assert "Location" not in dict(response.headers)
    assert dict(response.headers)["Content-Security-Policy"].endswith("form-action 'self' https://app.example")


@pytest.mark.parametrize(
    ("sent", "mode"),
    [
        ({}, "query"),
        ({"response_mode": "query"}, "query"),
        ({"response_mode": "form_post"}, "form_post"),
        ({"response_mode": "fragment"}, "fragment"),
        ({"response_mode": "nothing"}, "query"),
        ({"response_mode": "jwt"}, "query.jwt"),
        ({"response_mode": "form_post.jwt", "state": "a\nb"}, "form_post.jwt"),
        ({"response_type": "code token"}, "fragment"),
        ({"response_type": "code token", "response_mode": "query"}, "fragment"),
        ({"response_type": "id_token", "response_mode": "query.jwt"}, "fragment"),
        ({"response_type": "id_token", "response_mode": "jwt"}, "fragment.jwt"),
        ({"response_mode": "form_post", "state": "a\nb"}, "query"),
        ({"response_mode": "form_post", "redirect_uri": "com.example.app:/cb"}, "query"),
    ],
    ids=str,
)
def test_a_refusal_travels_by_what_is_understood(sent: dict[str, str], mode: str) -> None:
    """Mutation: the mode read before it is known to work."""
    assert response_mode_of_refusal(Parameters({"redirect_uri": "https://app.example/cb", **sent})) == mode


@pytest.mark.parametrize(("mode", "mark"), [("query", "?"), ("fragment", "#")])
def test_a_signed_answer_is_all_that_travels(mode: str, mark: str) -> None:
    """Mutation: `state` or `iss` beside it (JARM §2.3)."""
    response = respond(Asked("https://app.example/cb", "s", f"{mode}.jwt"), code="c")
    assert dict(response.headers)["Location"] == f"https://app.example/cb{mark}response=app%3Acode.state.iss"


def test_a_fragment_follows_a_query_that_was_registered() -> None:
    response = respond(Asked("https://app.example/cb?a=1", None, "fragment"), code="c")
    assert dict(response.headers)["Location"] == "https://app.example/cb?a=1#code=c&iss=https%3A%2F%2Fid.example"
