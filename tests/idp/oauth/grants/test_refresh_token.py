"""Refresh tokens: one successor per token, a window for honest retries, and an end when anything behind them ends."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from idp.app import Installation
from idp.errors import Refused
from idp.model.account import AccountStatus
from idp.model.client import ClientStatus
from idp.model.consent import Consent
from idp.model.policy import Level
from idp.policy.rules import Rule
from idp.ports import UnitOfWork
from tests.idp.installed import Moment
from tests.idp.oauth.registered import Registered, register, resolve, server_over

DAY = 86_400


@pytest.fixture
def registered(installation: Installation) -> Registered:
    return register(installation)


def refresh(registered: Registered, token: str, **changes: str | None) -> dict[str, Any]:
    form = {"grant_type": "refresh_token", "refresh_token": token, **changes}
    return registered.server.token_response(registered.token_request(form))


def refusal(registered: Registered, token: str, **changes: str | None) -> str:
    with pytest.raises(Refused) as refused:
        refresh(registered, token, **changes)
    return refused.value.code


def first(registered: Registered, *scope: str, **changes: Any) -> str:
    """The refresh token of a code; `changes` are members of its grant."""
    answer = registered.redeem(registered.code(scope=scope or ("openid", "profile"), **changes))
    token: str = answer["refresh_token"]
    return token


def test_a_refresh_brings_everything_anew(registered: Registered, clock: Moment) -> None:
    """RFC 6749 §6, OpenID Connect Core §12.2: the sign-in is the old one, and no nonce comes again."""
    before = registered.redeem(registered.code())
    clock.pass_by(300)
    after = refresh(registered, before["refresh_token"])
    assert after["scope"] == before["scope"] == "openid profile"
    assert len({before["access_token"], after["access_token"], before["refresh_token"], after["refresh_token"]}) == 4
    signer = registered.installation.services.signer
    old, new = (signer.verify(answer["id_token"], "JWT") or {} for answer in (before, after))
    for name in ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid"):
        assert new[name] == old[name], name
    assert (new["iat"], "nonce" in old, "nonce" in new) == (clock.now, True, False)
    assert new["at_hash"] != old["at_hash"]


def test_who_asks_again_at_once_gets_the_same_successor(registered: Registered, clock: Moment) -> None:
    """Threat D02: the answer was lost. Mutation: a random successor."""
    token = first(registered)
    successor = refresh(registered, token)["refresh_token"]
    clock.pass_by(30)
    assert refresh(registered, token)["refresh_token"] == successor
    assert refresh(registered, successor)["refresh_token"] != successor


def test_who_asks_later_kills_the_family(registered: Registered, clock: Moment) -> None:
    """Threat D01, RFC 9700 §4.14.2. Mutations: no commit before the refusal; a window without end."""
    token = first(registered)
    answer = refresh(registered, token)
    clock.pass_by(31)
    assert refusal(registered, token) == "invalid_grant"
    assert refusal(registered, answer["refresh_token"]) == "invalid_grant"
    with registered.installation.services.begin() as unit_of_work:
        assert resolve(registered, unit_of_work, answer["access_token"]) is None


def test_a_token_of_an_older_generation_kills_the_family_at_any_time(registered: Registered) -> None:
    """Mutation: only the last generation is known."""
    token = first(registered)
    latest = refresh(registered, refresh(registered, token)["refresh_token"])["refresh_token"]
    assert refusal(registered, token) == "invalid_grant"
    assert refusal(registered, latest) == "invalid_grant"


def test_nothing_else_is_a_refresh_token(registered: Registered) -> None:
    """Threat C13: other texts are refused and change nothing."""
    token = first(registered)
    other = first(registered)
    family, generation, tag = token.split(".")
    for text in (
        "x", ".", "..", token[:-1], f"{token}A", f" {token}", token.swapcase(), f"{family}.{generation}.",
        f"{other.split('.')[0]}.{generation}.{tag}", f"{family}.1.{tag}", f"0{token}", f"{family}.00.{tag}",
        f"-1.0.{tag}", f"١.0.{tag}", f"{'9' * 30}.0.{tag}", f"{'9' * 18}.0.{tag}", "中", "x" * 5000, token + "\0",
    ):  # fmt: skip
        assert refusal(registered, text) in {"invalid_grant", "invalid_request"}, text[:40]
    assert refusal(registered, "") == "invalid_request"
    assert refresh(registered, token)["refresh_token"]


def test_a_strangers_attempt_changes_nothing(registered: Registered, installation: Installation) -> None:
    """Threat D04. Mutation: the family is killed by whoever comes with its token."""
    token = first(registered)
    services = installation.services
    with services.begin() as unit_of_work:
        unit_of_work.clients.save(replace(registered.client, client_id="stranger"), services.clock())
        unit_of_work.commit()
    stranger = replace(registered, client=replace(registered.client, client_id="stranger"))
    assert refusal(stranger, token) == "invalid_grant"
    assert refresh(registered, token)["refresh_token"]


def test_the_scope_only_shrinks(registered: Registered) -> None:
    """RFC 6749 §6: a narrower access token, while the refresh token keeps what was granted."""
    token = first(registered)
    assert refusal(registered, token, scope="openid profile phone") == "invalid_scope"
    narrow = refresh(registered, token, scope="profile")
    assert (narrow["scope"], "id_token" in narrow) == ("profile", False)
    assert refresh(registered, narrow["refresh_token"])["scope"] == "openid profile"


def freeze(registered: Registered, unit_of_work: UnitOfWork, _clock: Moment) -> None:
    unit_of_work.accounts.move(registered.account.id, AccountStatus.ACTIVE, AccountStatus.FROZEN)


def close(registered: Registered, unit_of_work: UnitOfWork, _clock: Moment) -> None:
    unit_of_work.accounts.move(registered.account.id, AccountStatus.ACTIVE, AccountStatus.CLOSED)


def allow_less(registered: Registered, unit_of_work: UnitOfWork, clock: Moment) -> None:
    unit_of_work.consents.give(
        Consent(
            account_id=registered.account.id,
            client_id=registered.client.client_id,
            scope=("openid",),
            left_out=("profile",),
            given_at=clock.now,
        )
    )


def disable_the_client(registered: Registered, unit_of_work: UnitOfWork, clock: Moment) -> None:
    unit_of_work.clients.save(replace(registered.client, status=ClientStatus.DISABLED), clock.now)


def take_the_grant_away(registered: Registered, unit_of_work: UnitOfWork, clock: Moment) -> None:
    unit_of_work.clients.save(replace(registered.client, grant_types=("authorization_code",)), clock.now)


def demand_more(registered: Registered, unit_of_work: UnitOfWork, clock: Moment) -> None:
    unit_of_work.clients.save(replace(registered.client, level=Level.FOUR), clock.now)


def end_the_session(registered: Registered, unit_of_work: UnitOfWork, clock: Moment) -> None:
    unit_of_work.sessions.end(registered.session.id, clock.now)


def outlive_the_session(_registered: Registered, _unit_of_work: UnitOfWork, clock: Moment) -> None:
    clock.pass_by(12 * 3600)


def revoke(registered: Registered, unit_of_work: UnitOfWork, clock: Moment) -> None:
    unit_of_work.authorizations.revoke(1, clock.now)


def disable_the_audience(registered: Registered, unit_of_work: UnitOfWork, clock: Moment) -> None:
    resource = replace(
        registered.client, client_id="archive", resource="https://archive.example/", status=ClientStatus.DISABLED
    )
    unit_of_work.clients.save(resource, clock.now)
    unit_of_work.clients.save(replace(registered.client, audience="https://archive.example/"), clock.now)


HAPPENINGS = {
    freeze: {"invalid_grant"},
    close: {"invalid_grant"},
    allow_less: {"invalid_grant"},
    disable_the_client: {"invalid_client"},
    take_the_grant_away: {"unauthorized_client"},
    demand_more: {"invalid_grant"},
    revoke: {"invalid_grant"},
    disable_the_audience: {"invalid_grant"},
    end_the_session: {"invalid_grant"},
    outlive_the_session: {"invalid_grant"},
}
"""Whatever comes to decide about a person, an app or a session adds a row (threat D03)."""


@pytest.mark.parametrize("happens", HAPPENINGS)
def test_the_gate_is_asked_at_every_refresh(
    registered: Registered, clock: Moment, happens: Callable[[Registered, UnitOfWork, Moment], None]
) -> None:
    """Threat D03. Mutations: any condition of `subject_that_may_have_tokens` left out."""
    token = refresh(registered, first(registered))["refresh_token"]
    with registered.installation.services.begin() as unit_of_work:
        happens(registered, unit_of_work, clock)
        unit_of_work.commit()
    assert refusal(registered, token) in HAPPENINGS[happens]


@pytest.mark.parametrize("happens", [happens for happens in HAPPENINGS if happens not in {take_the_grant_away, revoke}])
def test_the_same_gate_stands_before_a_code(
    registered: Registered, clock: Moment, happens: Callable[[Registered, UnitOfWork, Moment], None]
) -> None:
    """Sibling paths (threats §1.1): one gate, every grant."""
    code = registered.code()
    with registered.installation.services.begin() as unit_of_work:
        happens(registered, unit_of_work, clock)
        unit_of_work.commit()
    with pytest.raises(Refused) as refused:
        registered.redeem(code)
    assert refused.value.code in HAPPENINGS[happens]


@pytest.mark.parametrize("happens", [end_the_session, outlive_the_session])
def test_offline_access_goes_on_without_the_session(
    registered: Registered, clock: Moment, happens: Callable[[Registered, UnitOfWork, Moment], None]
) -> None:
    """OpenID Connect Core §11: the person let the app act while they are away."""
    token = first(registered, "openid", "offline_access")
    with registered.installation.services.begin() as unit_of_work:
        happens(registered, unit_of_work, clock)
        unit_of_work.commit()
    answer = refresh(registered, token)
    with registered.installation.services.begin() as unit_of_work:
        assert resolve(registered, unit_of_work, answer["access_token"]) is not None


def test_a_family_ends_however_often_it_is_used(registered: Registered, clock: Moment) -> None:
    """Threat D05: 180 days after the sign-in. Mutation: count from the last use."""
    token = first(registered, "openid", "offline_access")
    for _ in range(8):
        clock.pass_by(20 * DAY)
        token = refresh(registered, token)["refresh_token"]
    clock.pass_by(20 * DAY - 1)
    token = refresh(registered, token)["refresh_token"]
    clock.pass_by(1)
    assert refusal(registered, token) == "invalid_grant"


def test_a_token_that_rests_too_long_is_dead(registered: Registered, clock: Moment) -> None:
    token, other = (first(registered, "openid", "offline_access") for _ in range(2))
    clock.pass_by(30 * DAY - 1)
    assert refresh(registered, token)["refresh_token"]
    clock.pass_by(1)
    assert refusal(registered, other) == "invalid_grant"


def test_an_officers_rule_counts_at_the_next_refresh(registered: Registered) -> None:
    """What is demanded today decides, whatever was enough at the sign-in."""
    token = first(registered)
    strict = replace(
        registered, server=server_over(registered.installation.services, (Rule(name="r", level=Level.FIVE),))
    )
    assert refusal(strict, token) == "invalid_grant"
    assert refresh(registered, token)["refresh_token"]


def test_only_who_registered_the_grant_gets_a_refresh_token(installation: Installation) -> None:
    registered = register(installation, grant_types=["authorization_code"])
    assert "refresh_token" not in registered.redeem(registered.code())
