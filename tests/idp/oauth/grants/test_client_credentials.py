"""Clients that act for themselves: scopes of resources, no person, no refresh token, no id_token."""

from typing import Any

import pytest
from sqlalchemy import select

from idp.app import Installation
from idp.errors import Refused
from idp.model.client import AccessTokenFormat
from idp.oauth.revocation import Revocation
from idp.storage.tables import metadata
from idp.storage.transaction import Transaction
from tests.idp.installed import Moment
from tests.idp.oauth.registered import Registered, register, resolve

SCOPE = "openid profile licence:read licence:write"


def machine(installation: Installation, **changes: Any) -> Registered:
    return register(installation, grant_types=["client_credentials"], redirect_uris=[], scope=SCOPE, **changes)


def token(registered: Registered, scope: str | None = None) -> dict[str, Any]:
    form = {"grant_type": "client_credentials", "scope": scope}
    return registered.server.token_response(registered.token_request(form))


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (None, "licence:read licence:write"),
        ("licence:read", "licence:read"),
        ("licence:read other:thing openid licence:read", "licence:read"),
    ],
)
@pytest.mark.parametrize("form", AccessTokenFormat)
def test_the_scopes_of_resources_are_given(
    installation: Installation, form: AccessTokenFormat, asked: str | None, given: str
) -> None:
    """RFC 6749 §3.3 and §4.4.3; threat E10: nothing of a person is in reach."""
    registered = machine(installation, access_token_format=form)
    answer = token(registered, asked)
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 600, given)
    with installation.services.begin() as unit_of_work:
        found = resolve(registered, unit_of_work, answer["access_token"])
    assert found is not None
    assert (found.client_id, found.standing, found.scope) == ("app", None, tuple(given.split()))


@pytest.mark.parametrize("form", AccessTokenFormat)
def test_for_a_token_nothing_is_written(installation_on_each_store: Installation, form: AccessTokenFormat) -> None:
    """Machines fetch them by the thousand. Mutation: a row for each."""
    registered = machine(installation_on_each_store, access_token_format=form)
    before = rows(installation_on_each_store)
    given = token(registered)["access_token"]
    assert rows(installation_on_each_store) == before
    with installation_on_each_store.services.begin() as unit_of_work:
        assert resolve(registered, unit_of_work, given) is not None


def rows(installation: Installation) -> dict[str, int]:
    """How many stand in each table."""
    transaction = Transaction(installation.storage._database)
    return {name: len(transaction.find_all(select(table.c.id))) for name, table in metadata.tables.items()}


@pytest.mark.parametrize("form", AccessTokenFormat)
def test_one_that_was_called_back_is_dead(installation: Installation, form: AccessTokenFormat) -> None:
    """There is no family that could die. Mutation: the name looked up for families' tokens alone."""
    registered = machine(installation, access_token_format=form)
    given, beside = (token(registered)["access_token"] for _ in range(2))
    services = installation.services
    with services.begin() as unit_of_work:
        Revocation(services).revoke(unit_of_work, given, registered.client, services.clock())
    with services.begin() as unit_of_work:
        assert resolve(registered, unit_of_work, given) is None
        assert resolve(registered, unit_of_work, beside) is not None


@pytest.mark.parametrize("asked", ["openid", "licence:delete", "profile phone"])
def test_a_scope_of_which_nothing_is_registered_is_refused(installation: Installation, asked: str) -> None:
    """RFC 6749 §5.2."""
    with pytest.raises(Refused) as refused:
        token(machine(installation), asked)
    assert refused.value.code == "invalid_scope"


def test_only_who_registered_the_grant_gets_a_token(installation: Installation) -> None:
    with pytest.raises(Refused) as refused:
        token(register(installation))
    assert refused.value.code == "unauthorized_client"


@pytest.mark.parametrize("form", AccessTokenFormat)
def test_it_ends_in_time(installation: Installation, clock: Moment, form: AccessTokenFormat) -> None:
    registered = machine(installation, access_token_format=form)
    access_token = token(registered)["access_token"]
    clock.pass_by(599)
    with installation.services.begin() as unit_of_work:
        assert resolve(registered, unit_of_work, access_token) is not None
        clock.pass_by(1)
        assert resolve(registered, unit_of_work, access_token) is None
