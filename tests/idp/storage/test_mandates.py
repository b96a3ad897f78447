"""Mandates in both databases: of many who do the same at once one does it, and nothing is ever read as more than it was."""

from dataclasses import replace
from typing import Any

import pytest

from idp.clock import Instant
from idp.model.mandate import EndReason, MandateRole, NewMandate
from idp.model.matter import Matter
from idp.model.organization import OrganizationStatus, RegisteredOrganization
from idp.model.policy import Level
from idp.model.remit import EVERYTHING, Remit, Service
from idp.ports import UnitOfWork
from idp.storage.stores import Storage
from realnames.identifiers.social_credit_code import OrganizationKind
from tests.idp.registers import CODE, OTHER_CODE
from tests.idp.storage.made import NOW, account, grant, told
from tests.idp.storage.storm import storm

LATER = Instant(NOW + 86_400)
COMPANY = RegisteredOrganization(
    code=CODE, name="云江示例有限公司", organization_type=OrganizationKind.ENTERPRISE, status=OrganizationStatus.ACTIVE
)
MATTER = Matter(code="11330000MB1000000A", actions=("view",), location="https://permits.example")
NARROW = Remit((Service("a", (MATTER,)), Service("b")), ("website", "hall"))


def new(**changes: Any) -> NewMandate:
    values: dict[str, Any] = {
        "uid": "uid",
        "role": MandateRole.HELPER,
        "remit": NARROW,
        "valid_from": NOW,
        "valid_until": LATER,
        "granted_at": NOW,
        "invitee": b"digest",
        "principal_id": 1,
        "granted_by": 1,
        "granted_level": Level.FOUR,
        "answer_by": LATER,
        **changes,
    }
    return NewMandate(**values)


def two(unit_of_work: UnitOfWork) -> tuple[int, int]:
    return account(unit_of_work).id, account(unit_of_work).id


@pytest.mark.parametrize("remit", [NARROW, EVERYTHING, Remit(), Remit((Service("a", ()),), ("website",))])
def test_what_is_written_is_read_again(storage: Storage, remit: Remit) -> None:
    """Mutation: everything and nothing are written alike."""
    with storage.begin() as unit_of_work:
        principal, agent = two(unit_of_work)
        added = unit_of_work.mandates.add(
            new(
                remit=remit,
                principal_id=principal,
                agent_id=agent,
                invitee=None,
                is_single_use=True,
                source="register",
                reference="r-1",
                granted_as=MandateRole.ADMINISTRATOR,
                accepted_at=NOW,
            )
        )
        unit_of_work.commit()
        assert added is not None
        found = unit_of_work.mandates.by_uid("uid")
        assert found is not None
        assert found == unit_of_work.mandates.get(added.id)
        assert (found.mandate, found.organization) == (added, None)
        assert found.principal is not None
        assert found.principal.id == principal
        assert unit_of_work.mandates.of_agent(agent, 9) == unit_of_work.mandates.of_principal(principal, 9) == [found]
        assert unit_of_work.mandates.get(2**70) is None
        assert unit_of_work.mandates.by_uid("\0") is None


def test_of_many_offers_of_one_kind_to_one_person_one_stands(storage: Storage) -> None:
    """Threat O02. Mutations: look, then write; a unique index that an accepted one escapes."""
    with storage.begin() as unit_of_work:
        principal, _ = two(unit_of_work)
        unit_of_work.commit()

    def add(number: int) -> bool:
        with storage.begin() as unit_of_work:
            added = unit_of_work.mandates.add(new(uid=f"uid-{number}", principal_id=principal))
            unit_of_work.commit()
            return added is not None

    assert sum(storm(12, add)) == 1


def test_of_many_who_accept_one_is_let_act(storage: Storage) -> None:
    """Threat M04. Mutation: look, then write."""
    with storage.begin() as unit_of_work:
        principal, _ = two(unit_of_work)
        added = unit_of_work.mandates.add(new(principal_id=principal))
        unit_of_work.commit()
    assert added is not None

    def accept(number: int) -> bool:
        with storage.begin() as unit_of_work:
            is_first = unit_of_work.mandates.accept(added.id, 1000 + number, NOW)
            unit_of_work.commit()
            return is_first

    assert sum(storm(20, accept)) == 1
    with storage.begin() as unit_of_work:
        found = unit_of_work.mandates.get(added.id)
    assert found is not None
    assert (found.mandate.accepted_at, found.mandate.invitee) == (NOW, None), "who was asked is known by now"


def test_a_single_use_is_one_whoever_comes_at_once(storage: Storage) -> None:
    with storage.begin() as unit_of_work:
        principal, agent = two(unit_of_work)
        once = unit_of_work.mandates.add(
            new(principal_id=principal, agent_id=agent, invitee=None, accepted_at=NOW, is_single_use=True)
        )
        often = unit_of_work.mandates.add(new(uid="often", principal_id=agent, agent_id=principal, accepted_at=NOW))
        unit_of_work.commit()
    assert once is not None
    assert often is not None

    def use(_: int) -> bool:
        with storage.begin() as unit_of_work:
            is_used = unit_of_work.mandates.use(once.id, LATER)
            unit_of_work.commit()
            return is_used

    assert sum(storm(10, use)) == 1
    with storage.begin() as unit_of_work:
        assert [unit_of_work.mandates.use(often.id, NOW) for _ in range(3)] == [True] * 3
        unit_of_work.mandates.end(often.id, EndReason.REVOKED, None, NOW)
        assert not unit_of_work.mandates.use(often.id, NOW)


def test_what_ended_stays_ended_and_says_why(storage: Storage) -> None:
    """Mutations: ended twice; accepted after its end, or after the day for an answer."""
    with storage.begin() as unit_of_work:
        principal, agent = two(unit_of_work)
        mandates = unit_of_work.mandates
        offered, other = (
            mandates.add(new(uid=uid, invitee=uid.encode(), principal_id=principal)) for uid in ("one", "two")
        )
        assert offered is not None
        assert other is not None
        assert not mandates.accept(other.id, agent, LATER), "the last moment is over"
        assert mandates.end(offered.id, EndReason.DECLINED, agent, NOW)
        assert not mandates.end(offered.id, EndReason.REVOKED, principal, LATER)
        assert not mandates.accept(offered.id, agent, NOW)
        found = mandates.get(offered.id)
        assert found is not None
        assert (found.mandate.ended_why, found.mandate.ended_by, found.mandate.ended_at) == (
            EndReason.DECLINED,
            agent,
            NOW,
        )
        assert [each.mandate.id for each in mandates.offered_to([b"one", b"two"], NOW)] == [other.id]
        assert mandates.offered_to([b"two"], LATER) == []
        assert mandates.open_with(principal) == [other.id]


def test_what_ran_out_makes_room_for_another(storage: Storage) -> None:
    """Mutation: a mandate of last year keeps the next one away."""
    with storage.begin() as unit_of_work:
        principal, agent = two(unit_of_work)
        accepted = {"principal_id": principal, "agent_id": agent, "invitee": None, "accepted_at": NOW}
        assert unit_of_work.mandates.add(new(**accepted)) is not None
        assert unit_of_work.mandates.add(new(**{**accepted, "uid": "two"})) is None
        assert unit_of_work.mandates.add(new(**{**accepted, "uid": "two", "role": MandateRole.GUARDIAN})) is not None
        assert unit_of_work.mandates.add(new(**{**accepted, "uid": "three", "granted_at": LATER})) is not None
        ended = unit_of_work.mandates.by_uid("uid")
        assert ended is not None
        assert ended.mandate.ended_why is EndReason.EXPIRED


def test_everything_granted_by_a_mandate_dies_with_it(storage: Storage) -> None:
    """Mutations: what was granted to the same person for themselves; a place told twice."""
    with storage.begin() as unit_of_work:
        granted = grant(unit_of_work)
        acting = replace(granted, mandate_id=7)
        families = [
            unit_of_work.authorizations.redeem(origin, each, told())
            for origin, each in ((b"1", granted), (b"2", acting), (b"3", acting), (b"4", replace(acting, mandate_id=8)))
        ]
        assert all(family is not None for family in families)
        authorizations = unit_of_work.authorizations
        places = authorizations.acting_in(granted.session_id)
        assert [each.mandate_id for each in places] == [8, 7]
        last = authorizations.last_at(granted.session_id, granted.client_id)
        assert last is not None
        assert last.mandate_id == 8
        assert authorizations.last_at(granted.session_id, "other") is None
        (killed,) = authorizations.revoke_of_mandate(7, LATER)
        assert (killed.session_id, killed.client_id) == (granted.session_id, granted.client_id)
        assert authorizations.revoke_of_mandate(7, LATER) == []
        standing = [authorizations.standing(family.id) for family in families if family is not None]
        dead = [each is not None and each.authorization.revoked_at is not None for each in standing]
        assert dead == [False, True, True, False]
        assert [each.authorization.grant.mandate_id for each in standing if each is not None] == [None, 7, 7, 8]
        assert authorizations.revoke_of_session_at(granted.session_id, granted.client_id, LATER) == 2
        unit_of_work.commit()


def test_an_organisation_is_one_by_its_code(storage: Storage) -> None:
    """Mutations: two rows of one code; another `sub` at each call; a change that a later one settles unasked."""

    def enter(number: int) -> int:
        with storage.begin() as unit_of_work:
            entered = unit_of_work.organizations.enter(replace(COMPANY, name=f"名称{number}"), NOW)
            unit_of_work.commit()
            return entered.id

    assert len(set(storm(8, enter))) == 1
    with storage.begin() as unit_of_work:
        organizations = unit_of_work.organizations
        known = organizations.by_code(CODE)
        assert known is not None
        assert organizations.by_uid(known.uid) == organizations.get(known.id) == known
        subs = {organizations.subject(known.id, sector) for sector in ("one", "one", "two")}
        assert len(subs) == 2
        assert organizations.note_changes([CODE, OTHER_CODE], NOW) == 1
        (changed,) = organizations.changed(0, 9)
        organizations.note_changes([CODE], LATER)
        organizations.confirm(changed, replace(COMPANY, status=OrganizationStatus.REVOKED), LATER)
        after_all = organizations.get(known.id)
        assert after_all is not None
        assert (after_all.status, after_all.changed_at) == (OrganizationStatus.REVOKED, LATER)
        organizations.confirm(after_all, COMPANY, LATER)
        assert organizations.changed(0, 9) == []
        assert organizations.cursor("register") == ""
        for cursor in ("1", "2"):
            organizations.move_cursor("register", cursor, NOW)
        assert organizations.cursor("register") == "2"
        unit_of_work.commit()
