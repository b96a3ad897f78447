"""Closing with fifteen days to think again: once, in one transaction, by whichever worker comes first."""

import pytest

from idp.accounts import closing
from idp.accounts.act import Act
from idp.accounts.status import Reason, freeze, unfreeze
from idp.app import Installation
from idp.clock import after
from idp.errors import Unavailable
from idp.model.account import Account, AccountStatus, Identifier, IdentifierKind
from idp.model.policy import Method
from idp.model.session import Visitor
from idp.sessions.begin import SignIn, begin
from tests.idp.delivery.outbox_rows import Rows
from tests.idp.installed import Moment, new_person
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

DAYS = closing.COOLING_OFF_DAYS * 86_400


@pytest.fixture
def rows(storage_urls: StorageUrls) -> Rows:
    return Rows(storage_urls.database)


def act(installation: Installation, account: Account) -> Act:
    """The person, signed in."""
    services = installation.services
    sign_in = SignIn(
        account_id=account.id,
        methods=(Method.PASSWORD,),
        channel=services.channels["website"],
        is_shared_device=False,
        at=services.clock(),
    )
    with services.begin() as unit_of_work:
        session, _ = begin(unit_of_work, sign_in, None)
        unit_of_work.commit()
    return Act(Visitor(session=session, account=account), "zh-CN", services.clock())


def now_in(installation: Installation, account: Account) -> Account:
    with installation.services.begin() as unit_of_work:
        found = unit_of_work.accounts.get(account.id)
    assert found is not None
    return found


def account_events(rows: Rows) -> list[tuple[str, str]]:
    return [(action, outcome) for action, outcome, _ in rows.events() if action.startswith("account.")]


def test_it_is_closed_when_the_days_are_over_and_not_before(
    installation_on_each_store: Installation, clock: Moment, rows: Rows
) -> None:
    """Mutation: the account is closed when the button is pressed."""
    installation, account = installation_on_each_store, new_person(installation_on_each_store)
    closing.ask(installation.services, act(installation, account))
    assert now_in(installation, account).closes_at == after(clock(), DAYS)
    clock.pass_by(DAYS - 1)
    assert closing.close_due(installation.services, clock()) == 0
    assert now_in(installation, account).status is AccountStatus.ACTIVE
    clock.pass_by(1)
    assert closing.close_due(installation.services, clock()) == 1
    assert closing.close_due(installation.services, clock()) == 0
    closed = now_in(installation, account)
    assert (closed.status, closed.closes_at) == (AccountStatus.CLOSED, None)
    assert account_events(rows) == [("account.closing_asked", "ok"), ("account.closed", "ok")]
    with installation.services.begin() as unit_of_work:
        assert not unit_of_work.sessions.unended(account.id)
        assert unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, "+8613900000001")) is None
    assert new_person(installation).id != account.id, "the phone is free"


def test_who_asks_twice_does_not_wait_longer(installation_on_each_store: Installation, clock: Moment) -> None:
    installation, account = installation_on_each_store, new_person(installation_on_each_store)
    closing.ask(installation.services, act(installation, account))
    day = now_in(installation, account).closes_at
    clock.pass_by(86_400)
    closing.ask(installation.services, act(installation, account))
    assert now_in(installation, account).closes_at == day


def test_it_is_taken_back_and_can_be_asked_for_anew(
    installation_on_each_store: Installation, clock: Moment, rows: Rows
) -> None:
    installation, account = installation_on_each_store, new_person(installation_on_each_store)
    closing.ask(installation.services, act(installation, account))
    clock.pass_by(DAYS - 1)
    assert closing.keep(installation.services, act(installation, account))
    assert not closing.keep(installation.services, act(installation, account))
    clock.pass_by(86_400)
    assert closing.close_due(installation.services, clock()) == 0
    assert now_in(installation, account).status is AccountStatus.ACTIVE
    assert account_events(rows) == [("account.closing_asked", "ok"), ("account.closing_cancelled", "ok")]
    closing.ask(installation.services, act(installation, account))
    assert now_in(installation, account).closes_at == after(clock(), DAYS)


def test_who_was_frozen_meanwhile_is_not_closed(
    installation_on_each_store: Installation, clock: Moment, rows: Rows
) -> None:
    """Mutation: only the status CLOSED stops it, and a thief who asked gets the account closed after all."""
    installation, account = installation_on_each_store, new_person(installation_on_each_store)
    closing.ask(installation.services, act(installation, account))
    services = installation.services
    with services.begin() as unit_of_work:
        freeze(unit_of_work, account.id, Reason.NOT_ME, clock())
        unit_of_work.commit()
    clock.pass_by(DAYS)
    assert closing.close_due(services, clock()) == 0
    with services.begin() as unit_of_work:
        unfreeze(unit_of_work, account.id, Reason.SETTLED, clock())
        unit_of_work.commit()
    assert closing.close_due(services, clock()) == 0
    assert now_in(installation, account).status is AccountStatus.ACTIVE
    assert ("account.closing_cancelled", "frozen") in account_events(rows)


def test_several_workers_close_each_person_once(
    installation_on_each_store: Installation, clock: Moment, rows: Rows
) -> None:
    """Mutation: what is due is closed without asking again whether it is."""
    installation = installation_on_each_store
    for number in range(3):
        account = new_person(installation, Identifier(IdentifierKind.PHONE, f"+861391234567{number}"))
        closing.ask(installation.services, act(installation, account))
    clock.pass_by(DAYS)

    def run(_: int) -> int:
        try:
            return closing.close_due(installation.services, clock())
        except Unavailable:  # whoever waited too long for SQLite's one writer comes again in a minute
            return 0

    closed = storm(4, run)
    assert sum(closed) + closing.close_due(installation.services, clock()) == 3
    assert [action for action, _ in account_events(rows)].count("account.closed") == 3


def test_who_is_cut_off_in_the_middle_has_done_nothing(
    installation_on_each_store: Installation, clock: Moment, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a kill -9 would: the transaction is never committed. Mutation: the day is cleared in one of its own."""
    installation, account = installation_on_each_store, new_person(installation_on_each_store)
    closing.ask(installation.services, act(installation, account))
    clock.pass_by(DAYS)

    def cut_off(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(closing, "close", cut_off)
        with pytest.raises(KeyboardInterrupt):
            closing.close_due(installation.services, clock())
    assert now_in(installation, account).status is AccountStatus.ACTIVE
    assert closing.close_due(installation.services, clock()) == 1
    assert [action for action, _ in account_events(rows)] == ["account.closing_asked", "account.closed"]
