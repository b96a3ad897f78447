"""Authorization codes: for their client, for a minute, in one spelling; that each works once is `test_server`'s."""

import base64
from dataclasses import replace

import pytest

from idp.app import Installation
from idp.clock import Instant
from idp.model.authorization import AuthorizationCode, Grant
from idp.oauth import opaque_tokens
from idp.oauth.codes import MAX_IN_ADDRESS, Codes, _key, origin_of
from idp.oauth.opaque_tokens import OpaqueToken
from idp.storage.encryption import FieldCipher
from tests.idp.installed import NOW, Moment
from tests.idp.oauth.spellings import GARBAGE, others_of

CODE = AuthorizationCode(
    grant=Grant(
        client_id="app",
        account_id=7,
        session_id=3,
        sid="sid",
        sub="sub",
        scope=("openid", "profile"),
        auth_time=Instant(NOW - 5),
        acr="urn:yizheng:level:3",
        amr=("pwd", "sms"),
        nonce='n\u0000"中',
        claims={"id_token": {"acr": {"values": ["x"]}}},
    ),
    redirect_uri="https://app.example/callback?keep=1",
    code_challenge="c" * 43,
    issued_at=NOW,
)
LONG = replace(CODE, grant=replace(CODE.grant, nonce="n" * 2048, claims={"userinfo": {"x" * 4000: None}}))
EACH = pytest.mark.parametrize("code", [CODE, LONG], ids=["sealed", "by reference"])


def codes_of(installation: Installation) -> Codes:
    services = installation.services
    return Codes(services.cipher, services.ephemeral, 60)


@EACH
def test_what_was_written_comes_back(installation_on_each_store: Installation, code: AuthorizationCode) -> None:
    """As often as it is looked for: looking consumes nothing. Mutation: `take` for `get`."""
    codes = codes_of(installation_on_each_store)
    value = codes.issue(code)
    assert [codes.find("app", value, NOW) for _ in range(2)] == [code] * 2


@pytest.mark.parametrize("nonce", [0, 500, 1000, 2048])
def test_a_code_fits_into_an_address(installation: Installation, nonce: int) -> None:
    """Mutation: a long nonce makes a long code, which a proxy on the way refuses."""
    codes = codes_of(installation)
    for length in range(nonce, nonce + 3):
        code = replace(CODE, grant=replace(CODE.grant, nonce="n" * length))
        value = codes.issue(code)
        assert len(value) <= MAX_IN_ADDRESS
        assert codes.find("app", value, NOW) == code


def test_to_issue_one_nothing_is_stored(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """And an emptied cache loses none. Mutation: a short code stored as well."""
    codes = codes_of(installation)
    for verb in ("put", "get", "take", "add", "swap", "incr"):
        monkeypatch.setattr(type(installation.services.ephemeral), verb, None)
    assert codes.find("app", codes.issue(CODE), NOW) == CODE


def test_nobody_reads_a_code_or_what_is_stored_of_one(installation: Installation) -> None:
    """Mutations: encoded only; the long one stored as it is, or under its own value."""
    codes = codes_of(installation)
    value = codes.issue(CODE)
    reference = codes.issue(LONG)
    stored = installation.services.ephemeral.get(_key("app", reference))
    assert stored is not None
    text = value.partition(".")[2]
    inside = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    for word in (b"level", b"openid", b"example", b"nnnn", b"xxxx", reference.encode()):
        assert word not in inside
        assert word not in stored
    assert reference not in _key("app", reference)
    assert len(reference) == 43


@EACH
def test_a_stranger_misses_and_the_owner_keeps_the_code(installation: Installation, code: AuthorizationCode) -> None:
    """Mutation: the client not authenticated with the value; a stranger could burn, or worse use, what is not theirs."""
    codes = codes_of(installation)
    value = codes.issue(code)
    for client_id in ("other", "", "app ", "a", f"app:{value}"):
        assert codes.find(client_id, value, NOW) is None
    assert codes.find("app", value, NOW) == code


def test_what_is_stored_for_one_client_opens_for_no_other(installation: Installation) -> None:
    """Whoever writes to the cache moves it. Mutation: the client in the key alone."""
    codes, ephemeral = codes_of(installation), installation.services.ephemeral
    reference = codes.issue(LONG)
    stored = ephemeral.get(_key("app", reference))
    assert stored is not None
    for client_id, name in (("other", reference), ("app", "another reference")):
        ephemeral.put(_key(client_id, name), stored, 60)
    assert codes.find("other", reference, NOW) is None
    for forged in (b"", b"x", CODE.redirect_uri.encode(), stored[:-1], codes.issue(CODE).encode()):
        ephemeral.put(_key("app", "forged"), forged, 60)
        assert codes.find("app", "forged", NOW) is None


@EACH
def test_a_code_runs_out(installation: Installation, clock: Moment, code: AuthorizationCode) -> None:
    """By our own clock, not by the store's alone. Mutation: `issued_at` not looked at; `<=`."""
    codes = codes_of(installation)
    value = codes.issue(code)
    assert codes.find("app", value, Instant(NOW + 59)) == code
    assert codes.find("app", value, Instant(NOW + 60)) is None
    clock.pass_by(60)
    assert codes.find("app", value, clock()) is None
    assert code is CODE or codes.find("app", value, NOW) is None, "the store forgets it as well"


@EACH
def test_a_code_that_was_issued_before_midnight_is_good_after_it(
    installation: Installation, code: AuthorizationCode
) -> None:
    midnight = (NOW // 86_400 + 1) * 86_400
    codes = codes_of(installation)
    late = replace(code, issued_at=Instant(midnight - 1))
    assert codes.find("app", codes.issue(late), Instant(midnight + 58)) == late


@EACH
def test_values_that_nobody_issued_find_nothing(installation: Installation, code: AuthorizationCode) -> None:
    """A code has one spelling: the origin, by which it works once, is that of the text."""
    codes = codes_of(installation)
    issued = codes.issue(code)
    others = tuple(others_of(issued)) if code is CODE else (issued + "=", issued[:-1], issued + ".", f"{issued}\n")
    for value in (*others, *GARBAGE):
        assert codes.find("app", value, NOW) is None, value
        assert len(origin_of("app", value)) == 32
        assert origin_of("app", value) != origin_of("app", issued)


def test_what_was_sealed_for_another_use_is_no_code(installation: Installation, cipher: FieldCipher) -> None:
    """Mutation: one kind for everything that is sealed."""
    codes = codes_of(installation)
    token = OpaqueToken(
        family=1,
        mark="m",
        client_id="app",
        audience=None,
        scope=("openid",),
        issued_at=NOW,
        expires_at=Instant(NOW + 60),
    )
    assert codes.find("app", opaque_tokens.write(cipher, token), NOW) is None
    assert opaque_tokens.read(cipher, codes.issue(CODE), NOW) is None


def test_origins_differ_by_client_and_value() -> None:
    origins = {origin_of(client, value) for client in ("app", "other") for value in ("a", "b")}
    assert len(origins) == 4
    assert origin_of("app", "a") == origin_of("app", "a")


def test_a_grant_without_optional_members_survives_as_well(installation: Installation) -> None:
    codes = codes_of(installation)
    bare = replace(CODE, grant=replace(CODE.grant, nonce=None, claims={}, amr=()))
    assert codes.find("app", codes.issue(bare), NOW) == bare
