"""Registering: all or nothing, once, and never past a person's `sub`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from idp.app import Installation
from idp.model.client import Client, ClientStatus
from idp.registration.faults import InvalidClientMetadata
from idp.registration.register import Change, Permission, register
from idp.registration.status import disable
from tests.idp.installed import Moment
from tests.idp.registration.events import events_of
from tests.idp.storage.made import client
from tests.idp.storage.storm import storm

API = "https://api.example/"


def resource(client_id: str = "api", uri: str | None = API, *scopes: str) -> Client:
    declared = tuple((scope, (("en", "Read"),)) for scope in scopes)
    return client(client_id, redirect_uris=(), resource=uri, resource_scope=declared)


def saved(installation: Installation, *wanted: Client, **permission: bool) -> Sequence[Change]:
    services = installation.services
    with services.begin() as unit_of_work:
        changes = register(unit_of_work, wanted, services.clock(), Permission(**permission))
        unit_of_work.commit()
    return changes


def faults_of(installation: Installation, *wanted: Client, **permission: bool) -> tuple[str, ...]:
    """The faults; and that nothing at all was written."""
    before = stored(installation)
    with pytest.raises(InvalidClientMetadata) as caught:
        saved(installation, *wanted, **permission)
    assert stored(installation) == before
    return caught.value.faults


def stored(installation: Installation) -> tuple[int, Sequence[Client]]:
    with installation.services.begin() as unit_of_work:
        return unit_of_work.clients.version(), unit_of_work.clients.all()


# ── new, changed, unchanged ──


def test_new_changed_and_unchanged_are_told_apart(installation: Installation, clock: Moment) -> None:
    """Mutation: an unchanged client written again, with an event and a version that empties every cache."""
    first = saved(installation, client("a"), client("b"))
    assert [(each.is_new, each.is_unchanged, each.members) for each in first] == [(True, False, ())] * 2
    version, _ = stored(installation)
    clock.pass_by(60)
    second = saved(installation, client("a"), client("b", client_name="New", scope=("openid", "phone")))
    assert second[0].is_unchanged
    assert (second[1].is_new, second[1].is_unchanged, second[1].members) == (False, False, ("client_name", "scope"))
    assert stored(installation)[0] == version + 1
    assert saved(installation, client("a"))[0].is_unchanged
    assert stored(installation)[0] == version + 1
    assert events_of(installation) == [
        ("client.saved", "a", {"change": "new"}),
        ("client.saved", "b", {"change": "new"}),
        ("client.saved", "b", {"change": "changed", "members": ["client_name", "scope"]}),
    ]
    with installation.services.begin() as unit_of_work:
        assert unit_of_work.clients.saved_at("a") == (clock() - 60, clock() - 60)
        assert unit_of_work.clients.saved_at("b") == (clock() - 60, clock())


def test_without_commit_it_was_a_trial(installation: Installation) -> None:
    services = installation.services
    with services.begin() as unit_of_work:
        assert register(unit_of_work, [client("a")], services.clock())[0].is_new
    assert stored(installation) == (0, [])


def test_a_disabled_client_stays_so(installation: Installation) -> None:
    """Mutation: a list that is registered every night revives what an officer stopped in the evening."""
    saved(installation, client("a"))
    with installation.services.begin() as unit_of_work:
        disable(unit_of_work, "a", installation.services.clock())
        unit_of_work.commit()
    assert saved(installation, client("a"))[0].is_unchanged
    assert saved(installation, client("a", client_name="New"))[0].members == ("client_name",)
    assert stored(installation)[1][0].status is ClientStatus.DISABLED


# ── secrets ──

OLD, NEW, NEWER = (bytes([number]) * 32 for number in range(3))


def test_a_new_secret_takes_the_place_of_the_old_one(installation: Installation) -> None:
    saved(installation, client("a", secret_digests=(OLD,)))
    assert saved(installation, client("a", secret_digests=(NEW,)))[0].members == ("client_secret",)
    assert stored(installation)[1][0].secret_digests == (NEW,)


def test_the_old_secret_can_go_on_until_the_app_has_changed_over(installation: Installation) -> None:
    """Mutations: three valid secrets; the one of before yesterday instead of yesterday's."""
    saved(installation, client("a", secret_digests=(OLD,)))
    for digest, valid in ((NEW, (NEW, OLD)), (NEW, (NEW, OLD)), (NEWER, (NEWER, NEW))):
        saved(installation, client("a", secret_digests=(digest,)), keeps_old_secret=True)
        assert stored(installation)[1][0].secret_digests == valid
    assert saved(installation, client("a", secret_digests=(NEWER,)))[0].members == ("client_secret",)
    assert stored(installation)[1][0].secret_digests == (NEWER,)


def test_a_secret_that_nobody_can_read_goes_on_like_any_other(installation: Installation) -> None:
    """Its key may come back. Mutations: lost by the next change; kept when another secret takes its place."""
    unreadable = ("0109" + "00" * 40,)
    signing = client("a", secrets=("first",), secret_digests=(OLD,), sealed_secrets=unreadable)
    saved(installation, signing)
    assert saved(installation, signing)[0].is_unchanged
    second = client("a", secrets=("second",), secret_digests=(NEW,))
    saved(installation, second, keeps_old_secret=True)
    (_, (kept, *_)) = stored(installation)
    assert (kept.secrets, kept.sealed_secrets) == (("second", "first"), unreadable)
    assert saved(installation, second)[0].members == ("client_secret",)
    assert stored(installation)[1][0].sealed_secrets == ()


def test_a_client_without_secrets_keeps_none(installation: Installation) -> None:
    """Mutation: whoever changes to key or to no authentication can still come with the old secret."""
    saved(installation, client("a", secret_digests=(OLD,)))
    saved(installation, client("a", token_endpoint_auth_method="none"), keeps_old_secret=True)
    assert stored(installation)[1][0].secret_digests == ()


# ── sectors ──


def test_a_sector_changes_only_when_somebody_says_so(installation: Installation) -> None:
    """OpenID Connect Core §8.1. Mutation: a new redirect host that moves every person to another `sub` in silence."""
    saved(installation, client("a", sector="one.example"), client("b"))
    (fault,) = faults_of(installation, client("b", client_name="New"), client("a", sector="two.example"))
    assert fault.startswith("clients[1] a: sector_identifier: ")
    assert all(word in fault for word in ('"one.example"', '"two.example"', "`sub`", "--change-sector"))
    (change,) = saved(installation, client("a", sector="two.example"), changes_sector=True)
    assert change.members == ("sector_identifier",)


# ── together ──


def test_an_audience_must_be_a_resource(installation: Installation) -> None:
    asks = client("a", audience=API)
    (fault,) = faults_of(installation, asks)
    assert fault.startswith("clients[0] a: audience: ")
    saved(installation, asks, resource())  # in the same list, in either order
    assert saved(installation, client("b", audience=API))[0].is_new, "or before"


def test_a_resource_that_others_need_cannot_go(installation: Installation) -> None:
    """Mutation: only the clients of the list are looked at."""
    saved(installation, resource("api", API, "api:read"), client("a", audience=API, scope=("openid", "api:read")))
    faults = faults_of(installation, resource("api", None))
    assert [fault.split(": ")[:2] for fault in faults] == [
        ["a (registered before)", "audience"],
        ["a (registered before)", "scope"],
    ]


def test_what_did_not_fit_before_keeps_nobody_out(installation: Installation) -> None:
    """Mutation: every client of the store is judged anew with each list."""
    services = installation.services
    with services.begin() as unit_of_work:
        unit_of_work.clients.save(client("old", audience=API, scope=("openid", "gone:read")), services.clock())
        unit_of_work.commit()
    assert saved(installation, client("new"))[0].is_new
    (fault, _) = faults_of(installation, client("old", audience=API, scope=("openid", "gone:read")))
    assert fault.startswith("clients[0] old: audience: ")


def test_two_clients_are_never_the_same_resource(installation: Installation) -> None:
    (fault,) = faults_of(installation, resource("x"), resource("y"))
    assert fault.startswith("clients[1] y: resource: x is this protected resource")
    saved(installation, resource("y"))
    (fault,) = faults_of(installation, resource("a"))
    assert fault.startswith("clients[0] a: resource: y is this protected resource"), "the newcomer is told, not y"


def test_a_resource_may_move(installation: Installation) -> None:
    """Two swap in one list. Mutation: written one by one, so that for a moment two would be the same."""
    saved(installation, resource("x", "urn:x:1"), resource("y", "urn:y:1"))
    changes = saved(installation, resource("x", "urn:y:1"), resource("y", "urn:x:1"))
    assert [change.members for change in changes] == [("resource",)] * 2
    assert [each.resource for each in stored(installation)[1]] == ["urn:y:1", "urn:x:1"]
    with installation.services.begin() as unit_of_work:
        found = unit_of_work.clients.of_resource("urn:x:1")
    assert found is not None
    assert found.client_id == "y"


def test_a_scope_with_a_colon_is_declared_once_by_somebody(installation: Installation) -> None:
    asks = client("a", scope=("openid", "api:read"))
    (fault,) = faults_of(installation, asks)
    assert fault == "clients[0] a: scope: no resource declares api:read in its resource_scope"
    saved(installation, resource("api", API, "api:read"), asks)
    (fault,) = faults_of(installation, resource("other", "urn:other:1", "api:read"))
    assert fault.startswith("clients[0] other: resource_scope: api declares api:read")


def test_the_faults_of_all_are_told_at_once(installation: Installation) -> None:
    saved(installation, client("a"))
    faults = faults_of(
        installation, client("a", sector="x"), client("b", audience=API), client("c", scope=("openid", "x:y"))
    )
    assert [fault.split()[0] for fault in faults] == ["clients[0]", "clients[1]", "clients[2]"]


# ── at the same moment ──


def test_no_change_is_lost_between_two_operators(installation_on_each_store: Installation) -> None:
    """An import and an emergency stop at once. Mutation: `hold` that holds nothing; then a stopped app goes on."""
    installation = installation_on_each_store
    services = installation.services
    saved(installation, client("a"))

    def act(number: int) -> None:
        with services.begin() as unit_of_work:
            if number == 0:
                disable(unit_of_work, "a", services.clock())
            else:
                register(unit_of_work, [client("a", client_name=f"name {number}")], services.clock())
            unit_of_work.commit()

    for _ in range(10):
        saved(installation, client("a"))
        storm(4, act)
        (now,) = stored(installation)[1]
        assert now.status is ClientStatus.DISABLED
        assert now.client_name != client("a").client_name
        with services.begin() as unit_of_work:
            unit_of_work.clients.save(replace(now, status=ClientStatus.ACTIVE), services.clock())
            unit_of_work.commit()


def test_of_two_claims_to_one_resource_one_is_refused(installation_on_each_store: Installation) -> None:
    """Mutation: look before `hold`; then the second one fails in the database instead."""

    def claim(number: int) -> Any:
        try:
            return saved(installation_on_each_store, resource(f"api-{number}"))
        except InvalidClientMetadata as invalid:
            return invalid.faults[0]

    answers = storm(4, claim)
    assert sum(isinstance(answer, str) and "is this protected resource" in answer for answer in answers) == 3
