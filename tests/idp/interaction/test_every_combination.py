"""Each set of proofs shown × set of proofs held × proofing × ceiling of the channel: level, `amr`, and the ways that are left.

What must come out is worked out here by sets of kinds, not by the code that is tested.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, combinations, product
from typing import Any

import pytest

from idp.accounts.held import Held
from idp.clock import Instant
from idp.interaction.handles import begin
from idp.interaction.next_step import ProveFactor, Refuse, Situation, next_step
from idp.interaction.second_proof import methods_left
from idp.model.account import Account, AccountStatus, Identifier, IdentifierKind, Proofed
from idp.model.channel import Channel
from idp.model.policy import NEVER_ALONE, Authentication, Level, Method, Proofing, Requirement
from idp.model.session import Session, VisitorAtClient, authentication_of
from idp.policy.levels import needed, reached
from idp.settings import Policy
from tests.idp.installed import NOW, request

TABLE = Policy().levels
KNOWLEDGE = {Method.PASSWORD}
POSSESSION = {Method.MESSAGE_CODE, Method.MAIL_CODE, Method.ONE_TIME_CODE, Method.RECOVERY_CODE}
INHERENCE = {Method.FACE}
PASSKEYS = {Method.BOUND_PASSKEY, Method.SYNCED_PASSKEY}
CARD = {Method.CITIZEN_CARD}
RESISTANT = PASSKEYS | CARD
NEEDS = {1: (0, 1), 2: (1, 1), 3: (2, 1), 4: (3, 2), 5: (4, 3)}
"""MISSION, Levels."""
EVERYWHERE = frozenset(
    {"password", "message_code", "one_time_code", "recovery_code", "passkey", "citizen_card", "face"}
)


def sets_of(most: int) -> Iterator[frozenset[Method]]:
    return map(frozenset, chain.from_iterable(combinations(Method, size) for size in range(1, most + 1)))


def worth(methods: frozenset[Method]) -> int:
    """MISSION: one factor A1, two of different kinds A2, a passkey or a card with its PIN A3; a face never more than A2."""
    if methods & RESISTANT:
        return 3
    return min(2, sum(1 for kind in (KNOWLEDGE, POSSESSION, INHERENCE) if methods & kind))


def level_by_the_mission(proofing: int, authentication: int, ceiling: int) -> int:
    met = [level for level, (person, proof) in NEEDS.items() if proofing >= person and authentication >= proof]
    return min(max(met, default=0), ceiling)


def test_every_method_is_of_one_kind() -> None:
    """Whoever adds a method says here what it is."""
    assert set(Method) == KNOWLEDGE | POSSESSION | INHERENCE | RESISTANT
    assert INHERENCE == NEVER_ALONE


def test_level_and_amr_of_every_set_of_proofs() -> None:
    """Mutations: two of one kind make A2; a passkey is one factor; the ceiling counts before the table."""
    for shown, proofing, ceiling in product(sets_of(3), Proofing, Level):
        assert authentication_of(shown) == worth(shown)
        expected = level_by_the_mission(proofing, worth(shown), ceiling)
        assert reached(TABLE, proofing, authentication_of(shown), ceiling) == expected
        assert [str(method) for method in session_of(shown).methods] == sorted(map(str, shown))


@pytest.mark.parametrize("level", [Level.THREE, Level.FOUR, Level.FIVE])
def test_the_ways_that_are_left_are_those_that_reach_it(level: Level) -> None:
    """Mutations: a way of the same kind; one that the person has not; one that the channel does not know; too weak a one."""
    channels = (EVERYWHERE, EVERYWHERE - {"passkey"}, EVERYWHERE - {"citizen_card"}, frozenset[str]())
    for first, held, factors in product(Method, sets_of(3), channels):
        session, channel = session_of(frozenset({first})), channel_of(Level.FIVE, factors)
        left = methods_left(session, held_of(held), channel, needed(TABLE, level))
        goal = NEEDS[level][1]
        expected = {
            method
            for method in held
            if worth(frozenset({first})) < goal <= worth(frozenset({first, method}))
            and (
                factors if method not in RESISTANT else factors & {"passkey" if method in PASSKEYS else "citizen_card"}
            )
        }
        assert set(left) == expected, (first, held, factors)
        assert len(left) == len(set(left))


@pytest.mark.parametrize("is_silent", [False, True])
def test_a_level_that_is_not_reached_is_climbed_to_or_refused_by_its_name(*, is_silent: bool) -> None:
    """Never silently less. Mutations: the code is issued at the lower level; asked for what cannot help."""
    interaction = begin(replace(request(), prompt=("none",) if is_silent else ()), "browser", NOW)
    for shown, proofing, ceiling, wanted, in_reach in product(
        sets_of(2), Proofing, Level, Level, (Level.NONE, Level.FIVE)
    ):
        level = reached(TABLE, proofing, authentication_of(shown), ceiling)
        if level >= wanted:
            continue
        situation = Situation(
            visitor=visitor_of(shown, proofing),
            reached=level,
            requirement=Requirement(level=wanted, max_age=None, asks_consent=False, reasons=()),
            now=NOW,
            in_reach=in_reach,
        )
        step = next_step(interaction, situation)
        if in_reach < wanted:
            assert isinstance(step, Refuse)
            assert step.error == "unmet_authentication_requirements"
        elif is_silent:
            assert isinstance(step, Refuse)
            assert step.error == "login_required"
        else:
            assert isinstance(step, ProveFactor)


def session_of(methods: frozenset[Method]) -> Session:
    return Session(
        id=1,
        sid="s",
        secret_digest=b"",
        account_id=1,
        channel="website",
        methods=tuple(sorted(methods, key=str)),
        auth_time=NOW,
        created_at=NOW,
        last_seen_at=NOW,
        expires_at=Instant(NOW + 3600),
        ended_at=None,
        is_shared_device=False,
    )


def channel_of(ceiling: Level, factors: frozenset[str]) -> Channel:
    return Channel(
        name="website", grants=frozenset(), factors=factors, ceiling=ceiling, session_seconds=3600, idle_seconds=3600
    )


def held_of(methods: frozenset[Method]) -> Held:
    name = Identifier(IdentifierKind.PHONE, "+8613800000001")
    nothing: dict[str, Any] = dict.fromkeys(("password", "one_time_code", "recovery_codes", "phone", "email"))
    alone = methods - NEVER_ALONE
    return Held(passkeys=(), name=name, methods=alone, second_only=methods & NEVER_ALONE, **nothing)


def visitor_of(methods: frozenset[Method], proofing: Proofing) -> VisitorAtClient:
    account = Account(
        id=1,
        uid="u",
        status=AccountStatus.ACTIVE,
        proofings=(Proofed(proofing, NOW),),
        is_sandbox=False,
        created_at=NOW,
    )
    return VisitorAtClient(session=session_of(methods), account=account, sub="s", consent=None, takes_part=False)


def test_strongest_first() -> None:
    """The passkey, then what costs nothing, then what is gone afterwards, then the face. Mutation: the order of the set."""
    everything = held_of(frozenset(Method))
    left = methods_left(session_of(frozenset({Method.PASSWORD})), everything, channel_of(Level.FIVE, EVERYWHERE))
    assert left[0] in PASSKEYS
    assert left[-2:] == (Method.RECOVERY_CODE, Method.FACE)
    assert authentication_of(left[:1]) > Authentication.A2
