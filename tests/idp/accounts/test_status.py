"""Freezing, unfreezing, closing: every door is shut, every app is told, once."""

import json
from collections.abc import Callable

import pytest

from idp.accounts.status import Reason, close, freeze, unfreeze
from idp.app import Installation
from idp.clock import Instant
from idp.errors import Refused
from idp.interaction.outcomes import NotAllowed, SignedIn
from idp.model.account import AccountStatus
from idp.model.credential import CredentialKind
from idp.ports import UnitOfWork
from idp.sessions.logout import BACKCHANNEL_LOGOUT
from tests.idp.accounts.doors import Held, opens, sign_in, sign_ins
from tests.idp.delivery.outbox_rows import Rows
from tests.idp.installed import PHONE, identifiers, new_person
from tests.idp.interaction.test_login import Visitor
from tests.idp.oauth.registered import Registered, register
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

Verb = Callable[[UnitOfWork, int, Reason, Instant], bool]


@pytest.fixture
def registered(installation_on_each_store: Installation) -> Registered:
    return register(installation_on_each_store, backchannel_logout_uri="https://app.example/backchannel-logout")


@pytest.fixture
def rows(storage_urls: StorageUrls) -> Rows:
    return Rows(storage_urls.database)


def do(registered: Registered, verb: Verb, reason: Reason = Reason.ASKED) -> bool:
    services = registered.installation.services
    with services.begin() as unit_of_work:
        is_changed = verb(unit_of_work, registered.account.id, reason, services.clock())
        unit_of_work.commit()
    return is_changed


def status_of(registered: Registered) -> AccountStatus:
    with registered.installation.services.begin() as unit_of_work:
        found = unit_of_work.accounts.get(registered.account.id)
    assert found is not None
    return found.status


def told(rows: Rows) -> list[tuple[str, dict[str, object]]]:
    """The events about the account itself."""
    return [(action, json.loads(data)) for action, _, data in rows.events() if action.startswith("account.")]


def test_before_that_every_door_is_open(registered: Registered) -> None:
    """The control: a test of shut doors means nothing where they never opened."""
    assert len(Held(registered).open_doors()) == 10
    assert [type(outcome) for outcome in sign_ins(registered.installation)] == [SignedIn, SignedIn]


@pytest.mark.parametrize("verb", [freeze, close])
def test_every_door_is_shut_at_once(registered: Registered, verb: Verb) -> None:
    """Mutations: a gate that does not ask for the status; families that outlive their session are forgotten."""
    held = Held(registered)
    assert do(registered, verb)
    assert held.open_doors() == set()


def test_nothing_wakes_up_with_the_account(registered: Registered) -> None:
    """Mutations: `freeze` leaves sessions or families for the status to hide; `unfreeze` does not end stragglers."""
    held = Held(registered)
    assert do(registered, freeze)
    straggler = sign_in(registered)  # by a request that had read the account before
    assert do(registered, unfreeze, Reason.SETTLED)
    assert held.open_doors() == set()
    assert not opens(registered, straggler)
    assert [type(outcome) for outcome in sign_ins(registered.installation)] == [SignedIn, SignedIn]


def test_who_comes_with_the_right_proof_is_told_that_it_is_frozen(registered: Registered) -> None:
    do(registered, freeze)
    assert [type(outcome) for outcome in sign_ins(registered.installation)] == [NotAllowed, NotAllowed]


def test_a_code_on_its_way_opens_nothing_after_it(registered: Registered) -> None:
    """Mutation: the status is asked when the name is typed, not when the proof comes."""
    visitors = [Visitor(registered.installation), Visitor(registered.installation)]
    for verb, visitor in zip((freeze, close), visitors, strict=True):
        do(registered, verb)
        outcome = visitor.types_password("a pass phrase of a test")
        assert not isinstance(outcome, SignedIn)


@pytest.mark.parametrize(
    ("verb", "action"), [(freeze, "account.frozen"), (close, "account.closed")], ids=["freeze", "close"]
)
def test_apps_are_told_once_and_the_log_says_why(registered: Registered, rows: Rows, verb: Verb, action: str) -> None:
    """Mutation: sessions are ended by a statement of its own, past `sessions.end`."""
    services = registered.installation.services
    Held(registered)
    with services.begin() as unit_of_work:
        for session in unit_of_work.sessions.unended(registered.account.id):
            unit_of_work.sessions.join(session.id, registered.client.client_id, services.clock())
        unit_of_work.commit()
    assert [do(registered, verb, Reason.LOST) for _ in range(2)] == [True, False]
    assert [item["kind"] for item in rows.outbox()] == [BACKCHANNEL_LOGOUT] * 2
    assert told(rows) == [(action, {"reason": "lost", "sessions": 2, "authorizations": 2})]


def test_freezing_is_taken_back_and_closing_is_not(registered: Registered, rows: Rows) -> None:
    assert [do(registered, verb) for verb in (unfreeze, freeze, unfreeze, freeze, close)] == [False, *[True] * 4]
    for verb in (freeze, unfreeze):
        with pytest.raises(Refused, match="account_closed"):
            do(registered, verb)
    assert status_of(registered) is AccountStatus.CLOSED
    assert [action.removeprefix("account.") for action, _ in told(rows)] == ["frozen", "unfrozen", "frozen", "closed"]


def test_a_closed_account_gives_up_its_numbers_and_its_factors(registered: Registered) -> None:
    """Its phone comes to somebody else one day. Mutation: `close` sets the status alone."""
    with registered.installation.services.begin() as unit_of_work:
        unit_of_work.recovery_codes.replace(registered.account.id, [b"digest"], registered.account.created_at)
        unit_of_work.commit()
    do(registered, close)
    with registered.installation.services.begin() as unit_of_work:
        assert unit_of_work.recovery_codes.batch(registered.account.id) is None
        assert all(unit_of_work.accounts.find(each) is None for each in identifiers())
        assert unit_of_work.credentials.get(registered.account.id, CredentialKind.PASSWORD) is None
    assert new_person(registered.installation, *identifiers()).id != registered.account.id
    assert Visitor(registered.installation, PHONE).interaction.login is not None


@pytest.mark.parametrize("account_id", [2**40, -1, 0, 2**63])
def test_an_unknown_account_is_refused(registered: Registered, account_id: int) -> None:
    services = registered.installation.services
    with services.begin() as unit_of_work:
        for verb in (freeze, unfreeze, close):
            with pytest.raises(Refused, match="not_found"):
                verb(unit_of_work, account_id, Reason.ASKED, services.clock())


def test_of_many_at_once_one_freezes_and_a_closed_account_stays_closed(registered: Registered, rows: Rows) -> None:
    """Mutation: the status is written without the one that was read before."""

    def act(number: int) -> str:
        try:
            return f"{do(registered, close if number % 3 == 0 else freeze)}"
        except Refused as refused:
            return refused.code

    outcomes = storm(9, act)
    assert set(outcomes) <= {"True", "False", "account_closed"}
    assert status_of(registered) is AccountStatus.CLOSED
    actions = [action for action, _ in told(rows)]
    assert actions.count("account.closed") == 1
    assert actions.count("account.frozen") <= 1
