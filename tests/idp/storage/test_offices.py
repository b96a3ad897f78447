"""Roles and invitations in the store: nobody holds two, and of many who bring one link one gets in (threats M07, M12)."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from idp.clock import Instant
from idp.model.account import AccountKind
from idp.model.office import OFFICERS, NewInvitation, Role
from idp.storage.stores import Storage
from idp.storage.tables import invitations
from tests.idp.storage.made import NOW, account, new_account
from tests.idp.storage.sql import engine_of
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

DAY = Instant(NOW + 86_400)
INVITATION = NewInvitation(
    uid="uid-of-the-account",
    secret_digest=b"digest",
    role=Role.SYSTEM,
    scope="",
    name="王芳",
    invited_by=None,
    created_at=NOW,
    expires_at=DAY,
)


@pytest.mark.parametrize("first", Role)
@pytest.mark.parametrize("second", OFFICERS)
def test_nobody_holds_two_roles(storage: Storage, first: Role, second: Role) -> None:
    """Mutation: the index names the role beside the account."""
    with storage.begin() as unit_of_work:
        appointments, person = unit_of_work.appointments, account(unit_of_work).id
        assert appointments.appoint(person, first, "", None, NOW)
        assert not appointments.appoint(person, second, "", None, NOW)
        held = appointments.of(person)
        assert held is not None
        assert (held.role, held.ended_at) == (first, None)
        ended = appointments.end(person, DAY)
        assert ended is not None
        assert (ended.role, ended.ended_at) == (first, DAY)
        assert appointments.end(person, DAY) is None
        assert appointments.of(person) is None
        assert appointments.appoint(person, second, "hall", person, DAY)
        assert [each.role for each in appointments.in_force([second])] == [second]


def test_the_database_itself_refuses_a_second_role(storage: Storage, storage_urls: StorageUrls) -> None:
    """Whoever writes past our program, too. Mutation: an index that is not unique."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        unit_of_work.appointments.appoint(person, Role.SYSTEM, "", None, NOW)
        unit_of_work.commit()
    row = text("INSERT INTO appointments (account_id, role, scope, since) VALUES (:person, 'audit', '', 1)")
    with engine_of(storage_urls).connect() as connection, pytest.raises(IntegrityError):
        connection.execute(row, {"person": person})


def test_of_many_who_are_appointed_at_once_one_holds_it(storage: Storage) -> None:
    """Mutation: look, then write."""
    with storage.begin() as unit_of_work:
        person = account(unit_of_work).id
        unit_of_work.commit()

    def appoint(number: int) -> bool:
        with storage.begin() as unit_of_work:
            is_first = unit_of_work.appointments.appoint(person, OFFICERS[number % 3], "", None, NOW)
            unit_of_work.commit()
            return is_first

    assert sorted(storm(9, appoint)) == [False] * 8 + [True]


def test_an_invitation_is_kept_with_its_name_sealed(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutation: the name in clear."""
    with storage.begin() as unit_of_work:
        added = unit_of_work.invitations.add(INVITATION)
        unit_of_work.commit()
        found = unit_of_work.invitations.get(added.id)
        assert found is not None
        assert (found.name, found.role, found.uid, found.secret_digest) == (
            "王芳",
            Role.SYSTEM,
            INVITATION.uid,
            b"digest",
        )
        assert unit_of_work.invitations.open(NOW) == [found]
        assert unit_of_work.invitations.open(DAY) == []
        assert unit_of_work.invitations.get(0) is None
        assert unit_of_work.invitations.get(2**70) is None
    with engine_of(storage_urls).connect() as connection:
        (row,) = connection.execute(invitations.select())
    assert "王芳".encode() not in row.sealed_name


def test_an_invitation_is_accepted_once_and_in_time(storage: Storage) -> None:
    """Mutations: good in its last second and after; one that was withdrawn."""
    with storage.begin() as unit_of_work:
        made = unit_of_work.invitations
        late, gone, used = (made.add(replace(INVITATION, uid=uid)).id for uid in "abc")
        assert not made.accept(late, 1, DAY)
        assert made.withdraw(gone, NOW)
        assert not made.withdraw(gone, NOW)
        assert not made.accept(gone, 1, NOW)
        assert made.accept(used, 7, Instant(DAY - 1))
        assert not made.accept(used, 8, NOW)
        assert not made.withdraw(used, NOW)
        found = made.get(used)
        assert found is not None
        assert (found.account_id, found.is_open(NOW)) == (7, False)
        assert [each.id for each in made.open(NOW)] == [late]


def test_of_twenty_who_bring_one_link_one_is_let_in(storage: Storage) -> None:
    """Threat O02. Mutation: look, then write."""
    with storage.begin() as unit_of_work:
        invitation = unit_of_work.invitations.add(INVITATION).id
        unit_of_work.commit()

    def accept(number: int) -> bool:
        with storage.begin() as unit_of_work:
            is_first = unit_of_work.invitations.accept(invitation, number + 1, NOW)
            unit_of_work.commit()
            return is_first

    assert sum(storm(20, accept)) == 1


def test_a_work_account_says_so_and_keeps_the_uid_that_was_promised(storage: Storage) -> None:
    """Mutations: the kind is not written; another uid is drawn."""
    with storage.begin() as unit_of_work:
        made = unit_of_work.accounts.create(replace(new_account(), kind=AccountKind.WORK, uid="promised"))
        own = account(unit_of_work)
        unit_of_work.commit()
        assert (made.kind, made.uid) == (AccountKind.WORK, "promised")
        assert unit_of_work.accounts.get(made.id) == made
        assert own.kind is AccountKind.PERSONAL
        assert unit_of_work.accounts.get(own.id) == own
