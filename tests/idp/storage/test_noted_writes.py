"""Writes that nobody looks at afterwards: they wait for the next statement or the commit, and alone they are one statement."""

from typing import Any

import pytest
from sqlalchemy import select

from idp.events import Action, Event, Kind
from idp.storage.database import Held
from idp.storage.statements import Outcome, Prepared
from idp.storage.stores import Storage
from idp.storage.tables import events
from idp.storage.transaction import Transaction
from tests.idp.storage.made import NOW, account, session


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first words of all statements of this process."""
    words: list[str] = []
    execute = Held.execute

    def noted(held: Held, prepared: Prepared, *rest: Any) -> Outcome:
        words.append(" ".join(prepared.text.split()[:3]))
        return execute(held, prepared, *rest)

    monkeypatch.setattr(Held, "execute", noted)
    return words


def an_event(action: Action = Action.SIGNED_IN) -> Event:
    return Event(kind=Kind.AUDIT, action=action, at=NOW)


def actions(storage: Storage) -> list[str]:
    return [
        str(row.action)
        for row in Transaction(storage._database).find_all(select(events.c.action).order_by(events.c.id))
    ]


def test_a_single_note_is_one_statement(storage: Storage, sent: list[str]) -> None:
    """Mutation: `commit` always begins."""
    with storage.begin() as unit_of_work:
        unit_of_work.events.record(an_event())
        assert sent == []
        unit_of_work.commit()
        unit_of_work.commit()
    assert sent == ["INSERT INTO events"]
    assert actions(storage) == [Action.SIGNED_IN]


def test_notes_keep_their_place_among_the_writes(storage: Storage, sent: list[str]) -> None:
    """Mutation: notes are written at the commit only; each by itself."""
    with storage.begin() as unit_of_work:
        unit_of_work.events.record(an_event())
        unit_of_work.events.record(an_event(Action.SIGNED_OUT))
        account(unit_of_work)
        unit_of_work.events.record(an_event(Action.AUTHORIZED))
        unit_of_work.commit()
    begins, ends = sent[0].startswith("BEGIN"), sent[-1] == "COMMIT"
    assert (begins, ends, sent.count("INSERT INTO events")) == (True, True, 3)
    assert sent[1:3] == ["INSERT INTO events"] * 2
    assert actions(storage) == [Action.SIGNED_IN, Action.SIGNED_OUT, Action.AUTHORIZED]


@pytest.mark.parametrize("notes", [1, 2])
def test_notes_that_are_not_committed_are_never_written(storage: Storage, notes: int, sent: list[str]) -> None:
    """Mutation: `roll_back` keeps them."""
    with storage.begin() as unit_of_work:
        for _ in range(notes):
            unit_of_work.events.record(an_event())
        unit_of_work.roll_back()
        unit_of_work.commit()
    with storage.begin() as unit_of_work:
        unit_of_work.events.record(an_event())
    assert sent == []
    assert actions(storage) == []


def test_a_read_sees_the_notes_before_it(storage: Storage) -> None:
    """Mutation: `find` leaves them unwritten."""
    with storage.begin() as unit_of_work:
        begun = session(unit_of_work, account(unit_of_work).id)
        unit_of_work.commit()
        unit_of_work.sessions.join(begun.id, "archive", NOW)
        assert unit_of_work.sessions.client_ids(begun.id) == ["archive"]


def test_a_note_never_slips_into_the_transaction_of_another_unit(storage: Storage) -> None:
    """It would be rolled back with that one. Mutation: no look at the writer before a single note."""
    with storage.begin() as writing, storage.begin() as noting:
        account(writing)
        noting.events.record(an_event())
        with pytest.raises(RuntimeError, match="Another unit of work"):
            noting.commit()
    assert actions(storage) == []


def test_a_token_that_is_called_back_is_one_write(storage: Storage, sent: list[str]) -> None:
    """And to ask whether it was is one read."""
    with storage.begin() as unit_of_work:
        assert unit_of_work.authorizations.revoke_token("name", NOW)
        unit_of_work.commit()
        written = list(sent)
        assert unit_of_work.authorizations.is_token_revoked("name")
    assert [word for word in written if not word.startswith("BEGIN") and word != "COMMIT"] == [
        "INSERT INTO revoked_jwts"
    ]
    assert len(sent) == len(written) + 1
