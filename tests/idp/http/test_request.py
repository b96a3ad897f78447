"""The strict snapshot: bounded, decoded or refused, and nothing from a stranger's headers."""

from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import Refused
from idp.http.request import FORM, MAX_BODY, MAX_PARAMETERS, MAX_QUERY, Hops, Request, drain, parse_form, snapshot


def environ(body: bytes = b"", **changes: Any) -> dict[str, Any]:
    """What a WSGI server hands over; a change to None leaves the key out."""
    told = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/token",
        "QUERY_STRING": "",
        "CONTENT_TYPE": FORM,
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.input": BytesIO(body),
        "SECRET_OF_THE_PROCESS": "hunter2",
        "HTTP_X_UNKNOWN": "hunter2",
        "HTTP_X_FORWARDED_HOST": "evil.example",
        **changes,
    }
    return {key: value for key, value in told.items() if value is not None}


def refusal_of(**changes: Any) -> tuple[str, int]:
    """The code and status by which reading the form is refused."""
    with pytest.raises(Refused) as caught:
        _ = snapshot(environ(**changes)).form
    return caught.value.code, caught.value.status


def test_only_listed_headers_are_known() -> None:
    """Mutation: all of `environ` copied, in which granian puts the process environment."""
    request = snapshot(environ(HTTP_AUTHORIZATION="Basic x", HTTP_COOKIE="a=b", HTTP_ORIGIN=""))
    assert request.headers == {"authorization": "Basic x", "cookie": "a=b", "content-type": FORM}
    assert "hunter2" not in repr(request)
    assert "evil.example" not in repr(request)


def test_query_and_form_never_mix() -> None:
    """Mutation: one dictionary of both (RFC 6749 §3.2)."""
    request = snapshot(environ(b"a=body&b=2", QUERY_STRING="a=query&c=3"))
    assert request.parameters == {"a": "query", "c": "3"}
    assert request.form == {"a": "body", "b": "2"}
    assert request.body == b"a=body&b=2", "read once, kept"


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        (b"", {}),
        (b"&&&", {}),
        (b"a", {"a": ""}),
        (b"a=", {"a": ""}),
        (b"=a", {"": "a"}),
        (b"a=b=c", {"a": "b=c"}),
        (b"a=1;b=2", {"a": "1;b=2"}),
        (b"a+b=%20+%2B", {"a b": "  +"}),
        (b"%61=%E4%B8%AD", {"a": "中"}),
        ("a=中".encode(), {"a": "中"}),
        (b"a=%", {"a": "%"}),
        (b"a=%zz%4", {"a": "%zz%4"}),
        (b"a[]=1&a[0]=2", {"a[]": "1", "a[0]": "2"}),
    ],
)
def test_forms_are_decoded_as_the_standard_says(raw: bytes, decoded: dict[str, str]) -> None:
    """Mutation: `;` as a divider, by which a cache and we would read two different requests."""
    assert parse_form(raw) == decoded


@pytest.mark.parametrize(
    "raw",
    [b"a=%00", b"%00=a", b"a=\x00", b"a=%FF", b"a=\xff", b"%C0%AF=1", b"a=%ED%A0%80", b"a=%F5%80%80%80", b"a=%e4%b8"],
)
def test_nul_and_what_is_not_utf_8_are_refused(raw: bytes) -> None:
    """Mutations: `errors="replace"`; NUL let through to the database."""
    with pytest.raises(Refused) as caught:
        parse_form(raw)
    assert caught.value.code == "invalid_request"


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form_or_refused(raw: bytes) -> None:
    try:
        parameters = parse_form(raw)
    except Refused:
        return
    assert all("\0" not in text for pair in parameters.items() for text in pair)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(st.dictionaries(texts, texts, max_size=5))
def test_what_was_encoded_comes_back(told: dict[str, str]) -> None:
    assert parse_form(urlencode(told).encode()) == told


def test_doubles_are_noted_and_refused_where_they_matter() -> None:
    """Mutation: the first, or the last, of two taken (RFC 6749 §3.1, threat A03)."""
    parameters = parse_form(b"a=1&b=2&a=1&%61=3&c&c")
    assert parameters.doubled == {"a", "c"}
    parameters.refuse_doubled("b", "other")
    for name in ("a", "c"):
        with pytest.raises(Refused, match=f"{name} once"):
            parameters.refuse_doubled("b", name)


def test_an_empty_value_is_an_absent_one() -> None:
    parameters = parse_form(b"a=&b=x")
    assert (parameters.text("a"), parameters.text("b"), parameters.text("c")) == (None, "x", None)


def test_what_is_too_much_is_refused_before_it_is_read() -> None:
    """Mutation: a bound that is checked after reading (threat N06)."""
    many = b"&".join(b"p%d=1" % number for number in range(MAX_PARAMETERS))
    assert len(parse_form(many)) == MAX_PARAMETERS
    with pytest.raises(Refused, match="too many"):
        parse_form(many + b"&more=1")
    with pytest.raises(Refused, match="too many"):
        parse_form(b"&" * 60_000)

    class Endless(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError(f"{size} bytes were read")

    for length in (MAX_BODY + 1, 10**9, int("9" * 30)):
        assert refusal_of(CONTENT_LENGTH=str(length), **{"wsgi.input": Endless()}) == ("invalid_request", 413)


def test_a_chunked_body_is_bounded_as_well() -> None:
    """Mutation: `read()` where there is no length."""
    asked: list[int | None] = []

    class Stream(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            asked.append(size)
            return super().read(size)

    chunked = Stream(b"a=" + b"b" * (2 * MAX_BODY))
    assert refusal_of(CONTENT_LENGTH=None, **{"wsgi.input": chunked}) == ("invalid_request", 413)
    assert asked == [MAX_BODY + 1]
    small: dict[str, Any] = {"CONTENT_LENGTH": None, "wsgi.input": Stream(b"a=b")}
    assert snapshot(environ(**small)).form == {"a": "b"}
    assert snapshot(environ(b"a=" + b"b" * (MAX_BODY - 2))).form["a"] == "b" * (MAX_BODY - 2)


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "１２", "0x10", " 5", "+5", "5,5"])
def test_a_content_length_is_a_number(length: str) -> None:
    assert refusal_of(CONTENT_LENGTH=length) == ("invalid_request", 400)


@pytest.mark.parametrize(
    "content_type",
    [None, "", "application/json", "multipart/form-data; boundary=x", "text/plain", f"{FORM}x", f"x{FORM}"],
)
def test_a_form_says_that_it_is_one(content_type: str | None) -> None:
    """Mutation: any body parsed as a form, which a cross-site `text/plain` POST can send without a preflight."""
    assert refusal_of(CONTENT_TYPE=content_type) == ("invalid_request", 400)


@pytest.mark.parametrize("content_type", [FORM, FORM.upper(), f"{FORM}; charset=UTF-8", f" {FORM} ;x"])
def test_parameters_of_the_media_type_do_no_harm(content_type: str) -> None:
    assert snapshot(environ(b"a=b", CONTENT_TYPE=content_type)).form == {"a": "b"}


def test_a_query_is_bounded_and_ascii() -> None:
    """Mutation: latin-1 that fails on what a lenient server hands over, which would be a 500."""
    assert Request("GET", "/", "a=" + "b" * (MAX_QUERY - 2), {}, "").parameters["a"]
    for query, status in (("a=" + "b" * MAX_QUERY, 414), ("a=中", 400), ("a=\u00e9", 400), ("a=\ud800", 400)):
        with pytest.raises(Refused) as caught:
            _ = Request("GET", "/", query, {}, "").parameters
        assert caught.value.status == status


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ("", {}),
        ("a=b", {"a": "b"}),
        ("a=b; c=d", {"a": "b", "c": "d"}),
        ("a=b;c=d;; e=f=g", {"a": "b", "c": "d", "e": "f=g"}),
        ("a=", {"a": ""}),
        ("a; =b; =", {}),
        ("session=good; session=planted", {}),
        ("session=good; session=good; other=1", {"other": "1"}),
        ("session=1; SESSION=2", {"session": "1", "SESSION": "2"}),
        ("=__Host-session=planted; a=b", {"a": "b"}),
        ("\u00a0session=1; a=b", {"\u00a0session": "1", "a": "b"}),
        ('a="b"', {"a": '"b"'}),
        ("a=\xff", {"a": "\xff"}),
    ],
)
def test_a_cookie_that_was_sent_twice_is_none(header: str, cookies: dict[str, str]) -> None:
    """Mutation: the first, or the last, of two taken; one of them was planted by a sibling domain (threat F07)."""
    assert snapshot(environ(HTTP_COOKIE=header)).cookies == cookies


PROXIES = frozenset({"10.0.0.1", "10.0.0.2", "::1"})


@pytest.mark.parametrize(
    ("address", "forwarded", "trusted", "peer"),
    [
        ("192.0.2.1", "", PROXIES, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", PROXIES, "192.0.2.1"),
        ("192.0.2.1", "10.0.0.1", PROXIES, "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", PROXIES, "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7", frozenset(), "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", PROXIES, "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", PROXIES, "198.51.100.7"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.2", PROXIES, "10.0.0.2"),
        ("10.0.0.1", "", PROXIES, "10.0.0.1"),
        ("10.0.0.1", " , ,", PROXIES, "10.0.0.1"),
        ("10.0.0.1:41234", "198.51.100.7", PROXIES, "198.51.100.7"),
        ("192.0.2.1:41234", "", PROXIES, "192.0.2.1"),
        ("::1", "2001:db8::7", PROXIES, "2001:db8::7"),
        ("[::1]:41234", "2001:db8::7", PROXIES, "2001:db8::7"),
        ("2001:db8::1", "198.51.100.7", PROXIES, "2001:db8::1"),
        ("", "198.51.100.7", PROXIES, ""),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7:5123", PROXIES, "198.51.100.7"),
        ("10.0.0.1", "[2001:db8::7]:5123", PROXIES, "2001:db8::7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2:5123", PROXIES, "198.51.100.7"),
        ("::ffff:10.0.0.1", "198.51.100.7", PROXIES, "198.51.100.7"),
        ("[::FFFF:192.0.2.1]:80", "", PROXIES, "192.0.2.1"),
    ],
)
def test_only_our_own_proxies_tell_who_came(address: str, forwarded: str, trusted: frozenset[str], peer: str) -> None:
    """Mutations: the first of the list, which anybody writes; the header believed from any peer;
    one client is as many as its ports (threat G02).
    """
    told = environ(REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR=forwarded)
    assert snapshot(told, Hops(trusted)).peer == peer


@pytest.mark.parametrize(
    ("site", "is_cross_site"), [(None, False), ("none", False), ("same-origin", False), ("cross-site", True)]
)
def test_the_browser_tells_whether_another_site_sent_it(site: str | None, is_cross_site: bool) -> None:
    assert snapshot(environ(HTTP_SEC_FETCH_SITE=site)).is_cross_site is is_cross_site


def test_a_bare_environ_is_enough() -> None:
    request = snapshot({"REQUEST_METHOD": "GET", "wsgi.input": BytesIO()})
    assert (request.path, request.query, request.peer, request.body) == ("", "", "", b"")


def test_a_body_that_was_read_is_not_asked_for_again() -> None:
    """Each question goes through the server below us. Mutation: `drain` reads whatever was read before."""
    asked: list[int] = []

    class Stream(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            asked.append(size or 0)
            return super().read(size)

    sent = environ(b"a=b", **{"wsgi.input": Stream(b"a=b")})
    assert snapshot(sent).body == b"a=b"
    drain(sent)
    assert asked == [3]


@pytest.mark.parametrize(
    ("address", "believed", "told"),
    [
        ("10.0.0.1", {"10.0.0.1"}, ":YQ==:"),
        ("10.0.0.1:4711", {"10.0.0.1"}, ":YQ==:"),
        ("10.0.0.2", {"10.0.0.1"}, ""),
        ("10.0.0.1", set(), ""),
        ("", set(), ""),
    ],
)
def test_only_a_front_in_our_trust_tells_of_certificates(address: str, believed: set[str], told: str) -> None:
    """RFC 9440 §2.1, threat E03. Mutation: the header of whoever sends it; the proxy that X-Forwarded-For names."""
    hops = Hops(proxies=frozenset({"10.0.0.1"}), certificates=frozenset(believed))
    sent = environ(HTTP_CLIENT_CERT=":YQ==:", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR="10.0.0.1")
    request = snapshot(sent, hops)
    assert request.certificate == told
    assert "client-cert" not in request.headers
