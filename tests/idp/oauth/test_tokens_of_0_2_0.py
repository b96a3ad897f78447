"""Opaque access tokens that 0.2.0 wrote down: an upgrade ends none of them, and they end as they always did."""

from typing import Any

import pytest

from idp.app import Installation
from idp.model.account import AccountStatus
from idp.oauth.access_tokens import LiveToken
from idp.oauth.introspection import INACTIVE, Introspection
from idp.oauth.revocation import Revocation
from tests.idp.installed import NOW, Moment
from tests.idp.oauth.registered import Registered, end_session, register, resolve
from tests.idp.storage.sql import STORED_SECRET, store_token


@pytest.fixture
def registered(installation_on_each_store: Installation) -> Registered:
    return register(installation_on_each_store)


@pytest.fixture
def family(registered: Registered) -> int:
    """The number of a family of the person."""
    token: str = registered.redeem(registered.code())["refresh_token"]
    return int(token.partition(".")[0])


def stored(registered: Registered, family: int | None, **values: Any) -> str:
    told = {"authorization_id": family, **values}
    return store_token(
        registered.installation.settings.storage.database, registered.installation.services.clock(), **told
    )


def resolved(registered: Registered, token: str) -> LiveToken | None:
    with registered.installation.services.begin() as unit_of_work:
        return resolve(registered, unit_of_work, token)


def introspected(registered: Registered, token: str) -> Any:
    services = registered.installation.services
    with services.begin() as unit_of_work:
        return Introspection(services).of(unit_of_work, token, registered.client, services.clock())


def call_back(registered: Registered, token: str) -> None:
    services = registered.installation.services
    with services.begin() as unit_of_work:
        Revocation(services).revoke(unit_of_work, token, registered.client, services.clock())


def test_it_still_works(registered: Registered, family: int) -> None:
    """Mutation: sealed ones alone."""
    found = resolved(registered, stored(registered, family))
    assert found is not None
    assert found.standing is not None
    assert (found.client_id, found.audience, found.scope) == ("app", None, ("openid", "profile"))
    assert (found.standing.account.id, found.issued_at, found.expires_at) == (registered.account.id, NOW, NOW + 600)
    told = introspected(registered, stored(registered, family))
    assert (told["active"], told["sub"], told["exp"]) == (True, "sub-of-the-sector", NOW + 600)
    assert "jti" not in told


def test_one_that_a_client_got_for_itself_still_works(registered: Registered) -> None:
    """RFC 6749 §4.4."""
    token = stored(registered, None, client_id="app", audience="https://archive.example")
    found = resolved(registered, token)
    assert found is not None
    assert (found.client_id, found.audience, found.standing) == ("app", "https://archive.example", None)


def test_it_expires(registered: Registered, family: int, clock: Moment) -> None:
    """Mutation: `<=`; the end looked at for sealed ones alone."""
    token = stored(registered, family)
    clock.pass_by(599)
    assert resolved(registered, token) is not None
    clock.pass_by(1)
    assert resolved(registered, token) is None
    assert introspected(registered, token) == INACTIVE


@pytest.mark.parametrize("is_for_itself", [False, True])
def test_it_can_be_called_back(registered: Registered, family: int, *, is_for_itself: bool) -> None:
    """In its row, where processes of 0.2.0 look as well. Mutation: its name among those of the sealed ones alone."""
    of, client_id = (None, "app") if is_for_itself else (family, None)
    token, beside = (stored(registered, of, client_id=client_id) for _ in range(2))
    for _ in range(2):
        call_back(registered, token)
        assert resolved(registered, token) is None
    with registered.installation.services.begin() as unit_of_work:
        row = unit_of_work.authorizations.stored_token(int(token.partition(".")[0]))
    assert row is not None
    assert row.revoked_at == NOW
    assert resolved(registered, beside) is not None


def test_it_dies_with_what_stands_behind_it(registered: Registered, family: int) -> None:
    """Mutation: a standing that is not asked."""
    services = registered.installation.services
    token = stored(registered, family)
    before = AccountStatus.ACTIVE
    for status, lives in ((AccountStatus.FROZEN, False), (AccountStatus.ACTIVE, True)):
        with services.begin() as unit_of_work:
            unit_of_work.accounts.move(registered.account.id, before, status)
            unit_of_work.commit()
        assert (resolved(registered, token) is not None) is lives
        before = status
    end_session(registered, NOW)
    assert resolved(registered, token) is None


def test_one_whose_family_was_killed_is_dead(registered: Registered, family: int) -> None:
    token = stored(registered, family)
    with registered.installation.services.begin() as unit_of_work:
        assert unit_of_work.authorizations.revoke(family, NOW)
        unit_of_work.commit()
    assert resolved(registered, token) is None


def test_no_other_text_is_the_token(registered: Registered, family: int) -> None:
    """Mutations: the id alone; a comparison that takes a beginning; a number that `int` reads."""
    token = stored(registered, family)
    number, _, secret = token.partition(".")
    other = stored(registered, family, secret_digest=b"d" * 32).partition(".")[0]
    sealed = registered.redeem(registered.code())["access_token"].partition(".")[2]
    for text in (
        "", ".", number, f"{number}.", f".{secret}", f"{number}.{secret[:-1]}", f"{token}x", f" {token}", f"{token}=",
        f"{other}.{secret}", f"{number}.{sealed}", f"{'9' * 18}.{secret}", f"{'9' * 40}.{secret}", f"0{token}", f"+{token}",
        f"-{token}", f"١.{secret}", f"{number}.\ud800", f"{number}.\0", f"{number}.{secret * 99}", "中", f"{number}.中",
        f"{int(number) + 50}.{secret}", f"{number}.{secret.upper()}", f"{number} .{secret}",
    ):  # fmt: skip
        assert resolved(registered, text) is None, text
    assert resolved(registered, token) is not None
    assert token == f"{number}.{STORED_SECRET}"


def test_a_row_of_the_number_of_a_day_is_no_sealed_token(registered: Registered, family: int) -> None:
    """A sealed token begins with its day, which may be the number of a row. Mutation: rows asked first, and by number."""
    sealed = registered.redeem(registered.code())["access_token"]
    day, _, text = sealed.partition(".")
    token = stored(registered, family, id=int(day))
    assert token.partition(".")[0] == day
    for living in (sealed, token):
        assert resolved(registered, living) is not None
    call_back(registered, sealed)
    assert resolved(registered, sealed) is None
    assert resolved(registered, token) is not None
    assert resolved(registered, f"{day}.{text[:43]}") is None
