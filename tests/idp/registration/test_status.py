"""Stopping an app and letting it go on: at once, written down once, nothing deleted."""

import pytest

from idp.app import Installation
from idp.errors import Refused
from idp.model.client import ClientStatus
from idp.registration.status import disable, enable, find
from tests.idp.registration.events import events_of
from tests.idp.storage.made import NOW, client


@pytest.fixture
def registered(installation: Installation) -> Installation:
    with installation.services.begin() as unit_of_work:
        unit_of_work.clients.save(client("a", secret_digests=(b"x" * 32,)), NOW)
        unit_of_work.commit()
    return installation


def test_a_client_is_stopped_and_goes_on_as_it_was(registered: Installation) -> None:
    """Mutation: an event for a stop that changed nothing."""
    with registered.services.begin() as unit_of_work:
        before, version = find(unit_of_work, "a"), unit_of_work.clients.version()
        assert [disable(unit_of_work, "a", NOW) for _ in range(2)] == [True, False]
        assert find(unit_of_work, "a").status is ClientStatus.DISABLED
        assert unit_of_work.clients.version() == version + 1, "caches must hear of it"
        assert [enable(unit_of_work, "a", NOW) for _ in range(2)] == [True, False]
        assert find(unit_of_work, "a") == before
        unit_of_work.commit()
    assert [(action, client_id) for action, client_id, _ in events_of(registered)] == [
        ("client.disabled", "a"),
        ("client.enabled", "a"),
    ]


@pytest.mark.parametrize("client_id", ["b", "", "A", "nul\0", "\ud800"])
def test_an_unknown_client_is_refused(registered: Installation, client_id: str) -> None:
    with registered.services.begin() as unit_of_work:
        for verb in (disable, enable):
            with pytest.raises(Refused, match="no client with this client_id"):
                verb(unit_of_work, client_id, NOW)
    assert events_of(registered) == []
