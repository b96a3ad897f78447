"""Client assertions over a real store: who is let in by one, and that everything bent is refused in the same words."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import select, text

from idp.app import Installation
from idp.errors import Refused, Unavailable
from idp.events import Action
from idp.http.request import Parameters, Request
from idp.jose import FOREIGN_ALGORITHMS
from idp.model.client import Client, ClientStatus, Profile
from idp.oauth.client_assertion import LIFETIME, LONGEST
from idp.oauth.client_authentication import ClientAuthentication, ClientRefused
from idp.oauth.used_once import LEEWAY
from idp.storage.engine import create_engine
from idp.storage.tables import events
from tests.idp.installed import NOW, Moment
from tests.idp.oauth.assertions import Attacker, KeyHolder, form, holder

ISSUER = "http://localhost:8000"
APP = Client(
    client_id="app",
    client_name="App",
    channel="website",
    profile=Profile.GOV_STANDARD,
    status=ClientStatus.ACTIVE,
    sector="app.example",
    redirect_uris=("https://app.example/callback",),
    token_endpoint_auth_method="private_key_jwt",
    jwks=holder().jwks,
)


@dataclass
class Door:
    """Client authentication over an installation, and who is registered there."""

    installation: Installation
    authentication: ClientAuthentication

    def register(self, client: Client) -> None:
        services = self.installation.services
        with services.begin() as unit_of_work:
            unit_of_work.clients.save(client, services.clock())
            unit_of_work.commit()

    def come(self, assertion: str, peer: str = "192.0.2.1", **changes: str) -> Client:
        request = Request("POST", "/token", "", {}, peer)
        with self.installation.services.begin() as unit_of_work:
            return self.authentication(request, Parameters(form(assertion, **changes)), unit_of_work)

    def refuses(self, assertion: str, **changes: str) -> bool:
        """Whether it is refused, in the words that every refusal has."""
        try:
            self.come(assertion, **changes)
        except ClientRefused as refused:
            return (refused.code, refused.public) == ("invalid_client", "The client could not be authenticated.")
        return False


@pytest.fixture
def door(installation: Installation) -> Door:
    found = Door(installation, ClientAuthentication(installation.services))
    found.register(APP)
    return found


def assertion(key: KeyHolder | None = None, *, audience: object = ISSUER, **changes: Any) -> str:
    return (key or holder()).assertion("app", audience, NOW, **changes)


def test_the_key_of_a_client_opens_once(door: Door) -> None:
    """Mutation: leave `_used_once.claim` out."""
    presented = assertion()
    assert door.come(presented).client_id == "app"
    assert door.refuses(presented)


def test_a_jti_belongs_to_its_client(door: Door) -> None:
    """E04. Mutation: one set of used names for all, with which a client could use up those of another."""
    other = replace(APP, client_id="other")
    door.register(other)
    door.come(assertion(jti="the same"))
    assert door.come(holder().assertion("other", ISSUER, NOW, jti="the same")).client_id == "other"


def test_everything_bent_is_refused_in_the_same_words(door: Door) -> None:
    """Mutations: drop a member of `_KEYS_OF_THEIR_OWN`, the `object_pairs_hook`, a check of `ClientAssertion.read`."""
    attacks = Attacker(holder(), "app", ISSUER, NOW).everything()
    assert len(attacks) > 150
    welcome = [name for number, name in enumerate(attacks) if not door.refuses(attacks[name], client_id="app")]
    assert welcome == []
    assert [name for name in attacks if name != "nothing" and not door.refuses(attacks[name])] == []


@pytest.mark.parametrize("alg", FOREIGN_ALGORITHMS)
def test_every_announced_algorithm_works_and_no_other_one_where_one_is_registered(door: Door, alg: str) -> None:
    """OpenID Connect Registration §2 `token_endpoint_auth_signing_alg`."""
    key = holder(alg)
    door.register(replace(APP, jwks=key.jwks))
    assert not door.refuses(assertion(key))
    door.register(replace(APP, jwks=key.jwks, token_endpoint_auth_signing_alg=alg))
    assert not door.refuses(assertion(key))
    door.register(replace(APP, jwks=key.jwks, token_endpoint_auth_signing_alg="PS256" if alg != "PS256" else "RS256"))
    assert door.refuses(assertion(key))


def test_one_kind_of_edwards_curve_has_two_names(door: Door) -> None:
    """RFC 9864: `EdDSA` of old, `Ed25519` of today."""
    old, new = holder("EdDSA"), replace(holder("EdDSA"), alg="Ed25519")
    door.register(replace(APP, jwks={"keys": [{**old.jwk, "alg": "EdDSA"}]}, token_endpoint_auth_signing_alg="EdDSA"))
    assert not door.refuses(assertion(old))
    assert not door.refuses(assertion(new))


def test_gov_high_does_not_know_rs256(door: Door) -> None:
    """FAPI 2.0 §5.4, conformance 33. Mutation: the algorithms of its profile not looked at."""
    key = holder("RS256")
    high = replace(APP, jwks=key.jwks, profile=Profile.GOV_HIGH)
    door.register(high)
    assert door.refuses(assertion(key))
    assert not door.refuses(assertion(replace(key, alg="PS256")))
    door.register(replace(high, token_endpoint_auth_signing_alg="RS256"))
    assert door.refuses(assertion(key))


AUDIENCES: dict[str, tuple[object, bool, bool]] = {
    "issuer": (ISSUER, True, True),
    "token endpoint": (f"{ISSUER}/token", True, False),
    "issuer in a list": ([ISSUER], True, False),
    "both": ([ISSUER, f"{ISSUER}/token"], True, False),
    "both and another": ([ISSUER, f"{ISSUER}/token", "https://other.test"], False, False),
    "another": ("https://other.test/token", False, False),
    "empty list": ([], False, False),
    "with a slash": (f"{ISSUER}/", False, False),
    "introspection endpoint": (f"{ISSUER}/introspect", False, False),
}


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("name", AUDIENCES)
def test_an_assertion_is_for_us_and_nobody_else(door: Door, profile: Profile, name: str) -> None:
    """E05, conformance 23 and 36. Mutation: `any` instead of `all` in `ClientAssertion.fault`."""
    audience, is_welcome, is_welcome_in_fapi = AUDIENCES[name]
    door.register(replace(APP, profile=profile))
    expected = is_welcome_in_fapi if profile is Profile.GOV_HIGH else is_welcome
    assert door.refuses(assertion(audience=audience)) is not expected


WELCOME_TIMES: dict[str, dict[str, Any]] = {
    "no iat": {"iat": None, "exp": NOW + LIFETIME},
    "8 s ahead": {"iat": NOW + 8, "nbf": NOW + 8},
    "60 s ahead": {"iat": NOW + LEEWAY, "nbf": NOW + LEEWAY, "exp": NOW + 2 * LEEWAY},
    "just over": {"exp": NOW - LEEWAY + 1},
    "as long as may be": {"exp": NOW + LIFETIME + LEEWAY},
    "fractions": {"exp": NOW + 60.5, "iat": NOW + 0.25},
}


@pytest.mark.parametrize("name", WELCOME_TIMES)
def test_clocks_may_differ_by_a_minute(door: Door, name: str) -> None:
    """Conformance 36, C12. Mutation: a leeway of seconds."""
    assert not door.refuses(assertion(**WELCOME_TIMES[name]))


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "client-authentication+jwt", "application/jwt"])
def test_usual_types_are_welcome(door: Door, typ: str | None) -> None:
    assert not door.refuses(assertion(header={"typ": typ}))


@pytest.mark.parametrize(
    "changes",
    [{"client_id": "other"}, {"client_id": ""}, {"client_assertion_type": "urn:x"}, {"client_assertion_type": ""}],
    ids=str,
)
def test_what_stands_beside_it_must_agree(door: Door, changes: dict[str, str]) -> None:
    """RFC 7521 §4.2."""
    assert door.refuses(assertion(), **changes)


def test_it_is_remembered_until_nobody_can_take_it_for_new(door: Door, clock: Moment) -> None:
    """E04. Mutation: remember it for its life without the clocks' leeway."""
    presented = assertion(exp=NOW + 1)
    door.come(presented)
    for _ in range(LEEWAY + 2):
        clock.pass_by(1)
        assert door.refuses(presented)


def test_a_long_life_ends_when_we_forget_it(door: Door, clock: Moment) -> None:
    """E04, and Authlib's own client, which signs for an hour. Mutation: leave `exp` as it is, and remember less long."""
    presented, unused = assertion(exp=NOW + LONGEST), assertion(exp=NOW + LONGEST)
    assert not door.refuses(presented)
    for _ in range(LIFETIME + LEEWAY + 2):
        assert door.refuses(presented)
        clock.pass_by(1)
    assert door.refuses(unused)


def test_a_client_that_registered_a_secret_cannot_bring_an_assertion(door: Door) -> None:
    """E03. Mutation: the method compared after the proof only where the proof failed."""
    for method in ("client_secret_basic", "client_secret_post", "none"):
        door.register(replace(APP, token_endpoint_auth_method=method))
        assert door.refuses(assertion())
    door.register(replace(APP, status=ClientStatus.DISABLED))
    assert door.refuses(assertion())


KEYS: dict[str, tuple[Callable[[dict[str, Any]], list[Any]], bool]] = {
    "its kid": (lambda key: [key], True),
    "without a name, alone": (lambda key: [{**key, "kid": None}], True),
    "without a name, beside another": (lambda key: [{**key, "kid": None}, holder(kid="two").jwk], False),
    "another name": (lambda key: [{**key, "kid": "two"}], False),
    "for encryption": (lambda key: [{**key, "use": "enc"}], False),
    "for signing, not verifying": (lambda key: [{**key, "key_ops": ["sign"]}], False),
    "for another algorithm": (lambda key: [{**key, "alg": "ES384"}], False),
    "with its secret": (lambda _: [{**holder().private.as_dict(private=True), "kid": "one"}], False),
    "off its curve": (lambda key: [{**key, "x": "AAAA"}], False),
    "of an unknown kind": (lambda key: [{**key, "kty": "oct", "k": "AAAA"}], False),
    "too many": (lambda key: [key] * 33, False),
    "none": (lambda _: [], False),
    "beside rubbish": (lambda key: [1, "x", {}, {"kty": []}, {"kty": "EC", "crv": []}, key], True),
}


@pytest.mark.parametrize("name", KEYS)
def test_only_a_public_key_for_signatures_verifies(door: Door, name: str) -> None:
    """RFC 7517 §4. Mutations: `use`, `key_ops`, `alg` or `d` not looked at."""
    change, is_welcome = KEYS[name]
    keys = [
        {k: v for k, v in key.items() if v is not None} if isinstance(key, dict) else key
        for key in change(holder().jwk)
    ]
    door.register(replace(APP, jwks={"keys": keys}))
    assert door.refuses(assertion()) is not is_welcome


def test_a_short_rsa_key_verifies_nothing(door: Door) -> None:
    """RFC 7518 §3.3. Mutation: `RSA_BITS` not looked at."""
    with warnings.catch_warnings(action="ignore"):
        key = KeyHolder("RS256", "short", RSAKey.generate_key(1024))
    door.register(replace(APP, jwks=key.jwks))
    assert door.refuses(assertion(key))


def test_thirty_failures_a_minute_and_the_right_key_passes_all_the_while(door: Door, clock: Moment) -> None:
    """D09. Mutation: count before the check, with which a stranger locks a department out."""
    wrong = assertion(iss="another")
    assert [status_of(door, wrong) for _ in range(32)] == [401] * 30 + [429] * 2
    assert not door.refuses(assertion())
    assert status_of(door, wrong, "192.0.2.2") == 401, "another address is another caller"
    clock.pass_by(61)
    assert status_of(door, wrong) == 401


def status_of(door: Door, presented: str, peer: str = "192.0.2.1") -> int:
    with pytest.raises(ClientRefused) as caught:
        door.come(presented, peer, client_id="app")
    return caught.value.status


def test_two_ways_at_once_and_what_stands_in_the_address_are_refused(door: Door) -> None:
    """E02."""
    for query, changes in (("client_assertion=x", {}), ("client_secret=x", {}), ("", {"client_secret": "x"})):
        request = Request("POST", "/token", query, {}, "192.0.2.1")
        with door.installation.services.begin() as unit_of_work, pytest.raises(Refused) as caught:
            door.authentication(request, Parameters(form(assertion(), **changes)), unit_of_work)
        assert (caught.value.code, caught.value.status) == ("invalid_request", 400)
    assert not issubclass(ClientRefused, Unavailable)


def test_a_store_that_was_emptied_makes_nothing_usable_twice(door: Door, clock: Moment) -> None:
    """E04, O04. Mutation: do not look at the store when the process starts, or do not ask for its generation."""
    used = assertion(exp=NOW + LIFETIME)
    door.come(used)
    clock.pass_by(1)
    generation = door.installation.services.ephemeral.generation().partition(".")[0]
    engine = create_engine(door.installation.settings.storage.ephemeral)
    with engine.connect() as connection:
        connection.execute(text("DELETE FROM ephemeral_1"))
    assert door.installation.services.ephemeral.generation().partition(".")[0] != generation
    with pytest.raises(Unavailable) as caught:
        door.come(used)
    assert (caught.value.status, caught.value.retry_after) == (503, LEEWAY + 1)
    while clock.pass_by(10) < NOW + LIFETIME + 2 * LEEWAY:
        assert door.refuses(used), "the second try wrote it down"
    assert not door.refuses(holder().assertion("app", ISSUER, clock()))


def test_keys_that_cannot_be_had_are_written_down_for_an_officer(door: Door) -> None:
    """Mutation: the reason is told to nobody."""
    door.register(replace(APP, jwks=None, jwks_uri="https://127.0.0.1/jwks"))
    assert door.refuses(assertion())
    engine = create_engine(door.installation.settings.storage.database)
    columns = (events.c.kind, events.c.outcome, events.c.client_id, events.c.data)
    query = select(*columns).where(events.c.action == Action.CLIENT_KEYS_UNREACHABLE.value)
    with engine.connect() as connection:
        told = [tuple(row) for row in connection.execute(query)]
    assert told == [("refusal", "invalid_client", "app", '{"reason":"an address of the host is not public"}')]
