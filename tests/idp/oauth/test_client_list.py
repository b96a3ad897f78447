"""A list of metadata is read strictly, and every fault of every entry is told at once, by index and client_id."""

import json
from typing import Any

import pytest

from idp.oauth.client_list import clients_of, read
from idp.registration.faults import InvalidClientMetadata

SECRET = "s" * 43
APP: dict[str, Any] = {
    "client_id": "app",
    "client_name": "应用",
    "client_secret": SECRET,
    "redirect_uris": ["https://app.example/callback"],
}


def faults_of(text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(InvalidClientMetadata) as caught:
        read(text.encode() if isinstance(text, str) else text)
    return caught.value.faults


def test_a_list_becomes_clients_in_its_order() -> None:
    apps = [{**APP, "client_id": name} for name in ("b", "a")]
    text = json.dumps(apps, ensure_ascii=False)
    assert [client.client_id for client in read(text.encode())] == ["b", "a"]
    assert read(b"\xef\xbb\xbf" + text.encode()) == read(text.encode()), "some editors write a byte order mark"
    assert read(b"[]") == []


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "[", "[1,]", "{}", '"x"', "null", "[NaN]", "[Infinity]", "[-Infinity]", "// x\n[]", "[] []", "['x']",
        "[" * 100_000, '{"clients": []}', f"[{'9' * 5000}]", '["\ttab"]',
    ],
)  # fmt: skip
def test_what_is_no_list_in_json_is_told_in_one_line(text: str) -> None:
    """RFC 8259. Mutation: Python's own reader, which takes NaN."""
    (fault,) = faults_of(text)
    assert fault.startswith("The list ")
    assert "\n" not in fault


def test_another_encoding_is_named() -> None:
    assert faults_of(json.dumps([APP], ensure_ascii=False).encode("gb18030")) == (
        "The list is not UTF-8 text; save it as UTF-8.",
    )


@pytest.mark.parametrize("entry", ["x", 1, None, [], True])
def test_an_entry_that_is_no_object_is_told(entry: object) -> None:
    assert faults_of(json.dumps([APP, entry])) == ("clients[1]: is not an object",)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('"scope": "openid", "scope": "openid profile"', 'metadata: the member "scope" stands there twice'),
        ('"purpose": {"en": "x", "en": "y"}', 'purpose: the member "en" stands there twice'),
        ('"jwks": {"keys": [{"kid": "x", "kid": "y"}]}', 'keys: the member "kid" stands there twice'),
    ],
)
def test_a_member_that_stands_twice_is_refused(text: str, fault: str) -> None:
    """RFC 8259 §4 leaves open which one counts. Mutation: the last one wins in silence."""
    app = json.dumps(APP)[:-1]
    assert f"clients[0] app: {fault}" in faults_of(f"[{app}, {text}}}]")


@pytest.mark.parametrize(
    "change",
    [
        {"level": "3"},
        {"asks_consent": "yes"},
        {"asks_consent": 1},
        {"scope": ["openid"]},
        {"redirect_uris": "https://app.example/callback"},
        {"client_name": 5},
        {"purpose": []},
        {"backchannel_logout_session_required": "true"},
        {"jwks": "{}"},
        {"client_secret": [SECRET]},
    ],
)
def test_a_wrong_type_is_never_bent_into_the_right_one(change: dict[str, Any]) -> None:
    """Mutation: the metadata is validated leniently, so that "3" is a level."""
    (name,) = change
    assert any(fault.startswith(f"clients[0] app: {name}") for fault in faults_of(json.dumps([{**APP, **change}])))


def test_all_faults_of_all_entries_are_told_at_once() -> None:
    """Mutations: only the first entry; only the members of their own, and not what is between them."""
    bad = [
        {**APP, "client_id": "one", "scope": "admin", "level": 9, "colour": "red", "optional_scope": "phone"},
        APP,
        {**APP, "client_id": "two", "redirect_uris": ["http://app.example/"], "client_secret": "hunter2"},
        {**APP, "client_id": "three", "token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]},
    ]
    faults = faults_of(json.dumps(bad))
    assert [fault.split(": ")[:2] for fault in faults] == [
        ["clients[0] one", "scope"],
        ["clients[0] one", "level"],
        ["clients[0] one", "colour"],
        ["clients[2] two", "redirect_uris"],
        ["clients[2] two", "client_secret"],
        ["clients[3] three", "redirect_uris"],
        ["clients[3] three", "client_secret"],
        ["clients[3] three", "grant_types"],
    ]
    assert "hunter2" not in "".join(faults)


def test_one_client_id_belongs_to_one_entry() -> None:
    assert faults_of(json.dumps([APP, {**APP, "client_id": "b"}, APP])) == (
        "clients[2] app: client_id: clients[0] has it too",
    )


def test_no_fault_can_move_the_cursor() -> None:
    """Threat M10. Mutation: an unknown member printed as it is."""
    faults = faults_of(json.dumps([{**APP, "client_id": "a\x1b[2J", "\x1b]0;x\x07": 1, "b\nc\u202e": 1}]))
    assert all(fault.isprintable() for fault in faults)
    assert len(faults) == 3


def test_what_came_from_elsewhere_than_json_is_held_to_the_same() -> None:
    """The demo's city is TOML."""
    assert clients_of([APP], is_sandbox=True)[0].is_sandbox
    with pytest.raises(InvalidClientMetadata):
        clients_of([{**APP, "level": float("nan")}])
    with pytest.raises(InvalidClientMetadata):
        clients_of([{**APP, "client_name": "\ud800"}])


def test_nobody_registers_the_accounts_own_client() -> None:
    """Mutation: an app takes the place of the account's pages, and signs people in without asking them."""
    (fault,) = faults_of(json.dumps([{**APP, "client_id": "account"}], ensure_ascii=False))
    assert "choose another" in fault
