"""What a mandate allows, by itself: every combination of what may be wrong with it."""

from dataclasses import replace

import pytest

from idp.clock import Instant
from idp.model.account import Account, AccountKind, AccountStatus, Proofed
from idp.model.mandate import APPOINTS, Acting, EndReason, Mandate, MandateRole, Why
from idp.model.matter import Matter
from idp.model.organization import Organization, OrganizationStatus
from idp.model.policy import Level, Proofing
from idp.model.remit import EVERYTHING, Remit, Service
from idp.policy.mandates import is_granted_well_enough, level_to_grant
from realnames.identifiers.social_credit_code import OrganizationKind
from tests.idp.registers import CODE

NOW = Instant(1_000_000)
WEEK = 7 * 86_400
VIEW = Matter(code="1", actions=("view",), location="https://a.example")
BOTH = replace(VIEW, actions=("view", "apply"))
MANDATE = Mandate(
    id=1,
    uid="u",
    role=MandateRole.HELPER,
    remit=Remit((Service("app"),), ("website",)),
    valid_from=NOW,
    valid_until=Instant(NOW + 10),
    granted_at=NOW,
    agent_id=2,
    principal_id=1,
    accepted_at=NOW,
)
PERSON = Account(
    id=1,
    uid="p",
    status=AccountStatus.ACTIVE,
    proofings=(Proofed(Proofing.P3),),
    is_sandbox=False,
    created_at=NOW,
)
COMPANY = Organization(
    id=1,
    uid="o",
    code=CODE,
    name="公司",
    organization_type=OrganizationKind.ENTERPRISE,
    status=OrganizationStatus.ACTIVE,
    checked_at=NOW,
)
FOR_PERSON = Acting(mandate=MANDATE, principal=PERSON)
FOR_COMPANY = Acting(mandate=replace(MANDATE, role=MandateRole.AGENT, principal_id=None), organization=COMPANY)
BY_REGISTER = Acting(
    mandate=replace(FOR_COMPANY.mandate, role=MandateRole.LEGAL_REPRESENTATIVE, valid_until=None), organization=COMPANY
)


def with_mandate(acting: Acting, **changes: object) -> Acting:
    return replace(acting, mandate=replace(acting.mandate, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("acting", "at", "why"),
    [
        (FOR_PERSON, NOW, None),
        (FOR_PERSON, NOW + 9, None),
        (FOR_PERSON, NOW + 10, Why.EXPIRED),
        (FOR_PERSON, NOW - 1, Why.NOT_YET),
        (with_mandate(FOR_PERSON, accepted_at=None), NOW, Why.ENDED),
        (with_mandate(FOR_PERSON, ended_at=NOW, ended_why=EndReason.REVOKED), NOW, Why.ENDED),
        (replace(FOR_PERSON, principal=replace(PERSON, status=AccountStatus.FROZEN)), NOW, Why.PRINCIPAL_GONE),
        (replace(FOR_PERSON, principal=replace(PERSON, status=AccountStatus.CLOSED)), NOW, Why.PRINCIPAL_GONE),
        (replace(FOR_PERSON, principal=replace(PERSON, kind=AccountKind.WORK)), NOW, Why.PRINCIPAL_GONE),
        (replace(FOR_PERSON, principal=None), NOW, Why.PRINCIPAL_GONE),
        (FOR_COMPANY, NOW, None),
        *[
            (replace(FOR_COMPANY, organization=replace(COMPANY, status=status)), NOW, Why.ORGANIZATION_INACTIVE)
            for status in OrganizationStatus
            if status is not OrganizationStatus.ACTIVE
        ],
        (BY_REGISTER, NOW + WEEK - 1, None),
        (BY_REGISTER, NOW + WEEK, Why.NOT_CONFIRMED),
        (replace(BY_REGISTER, organization=replace(COMPANY, changed_at=NOW)), NOW, Why.NOT_CONFIRMED),
        (replace(FOR_COMPANY, organization=replace(COMPANY, changed_at=NOW)), NOW, None),
    ],
)
def test_what_forbids_its_use(acting: Acting, at: int, why: Why | None) -> None:
    """Mutation: any line of `why_not`."""
    assert acting.why_not(Instant(at), WEEK) is why


def test_a_single_use_is_over_for_a_new_one_alone() -> None:
    """What was granted in that use goes on. Mutation: it dies with its first token."""
    used = with_mandate(FOR_PERSON, is_single_use=True, used_at=NOW)
    assert used.why_not(NOW, WEEK) is None
    assert used.why_not_anew(NOW, WEEK) is Why.USED
    assert with_mandate(used, used_at=None).why_not_anew(NOW, WEEK) is None
    assert with_mandate(used, is_single_use=False).why_not_anew(NOW, WEEK) is None


@pytest.mark.parametrize(
    ("remit", "is_allowed", "matters"),
    [
        (Remit(), False, ()),
        (Remit((Service("app"),)), False, None),
        (Remit((), ("website",)), False, ()),
        (Remit((Service("other"),), ("website",)), False, ()),
        (Remit((Service("app"),), ("hall",)), False, None),
        (Remit((Service("app"),), ("website",)), True, None),
        (Remit((Service("app", (VIEW,)),), ("website",)), True, (VIEW,)),
        (Remit((Service("app", ()),), ("website",)), True, ()),
        (EVERYTHING, True, None),
    ],
)
def test_nothing_is_allowed_that_is_not_named(
    remit: Remit, is_allowed: bool, matters: tuple[Matter, ...] | None
) -> None:
    """Mutations: an empty list of services, channels or matters means all of them."""
    assert remit.allows("app", "website") is is_allowed
    assert remit.matters_of("app") == matters


@pytest.mark.parametrize(
    ("own", "wanted", "is_covered"),
    [
        (EVERYTHING, Remit((Service("a"),), ("website",)), True),
        (Remit((Service("a"),), ("website",)), EVERYTHING, False),
        (Remit((Service("a"),), ("website",)), Remit((Service("a"),), ("website",)), True),
        (Remit((Service("a"),), ("website",)), Remit((Service("b"),), ("website",)), False),
        (Remit((Service("a"),), ("website",)), Remit((Service("a"),), ("website", "app")), False),
        (Remit((Service("a", (VIEW,)),), ("website",)), Remit((Service("a"),), ("website",)), False),
        (Remit((Service("a", (VIEW,)),), ("website",)), Remit((Service("a", (BOTH,)),), ("website",)), False),
        (Remit((Service("a", (BOTH,)),), ("website",)), Remit((Service("a", (VIEW,)),), ("website",)), True),
        (Remit((Service("a"),), ("website",)), Remit((Service("a", (VIEW,)),), ("website",)), True),
        (Remit(), Remit((Service("a"),), ("website",)), False),
    ],
)
def test_nobody_hands_on_more_than_they_have(own: Remit, wanted: Remit, is_covered: bool) -> None:
    assert own.covers(wanted) is is_covered


def test_who_appoints_whom() -> None:
    """An agent appoints nobody, an administrator no administrator, and nobody a representative (facts §2.3)."""
    appointed = {role: APPOINTS.get(role, frozenset()) for role in MandateRole}
    assert appointed == {
        MandateRole.LEGAL_REPRESENTATIVE: {MandateRole.ADMINISTRATOR, MandateRole.AGENT},
        MandateRole.ADMINISTRATOR: {MandateRole.AGENT},
        MandateRole.AGENT: frozenset(),
        MandateRole.GUARDIAN: frozenset(),
        MandateRole.HELPER: frozenset(),
    }


@pytest.mark.parametrize(
    ("demanded", "needed"),
    [
        ([], Level.THREE),
        ([Level.ONE, Level.TWO], Level.THREE),
        ([Level.THREE], Level.FOUR),
        ([Level.ONE, Level.FOUR], Level.FOUR),
        ([Level.FIVE], Level.FIVE),
    ],
)
def test_a_mandate_opens_what_its_giver_could_open(demanded: list[Level], needed: Level) -> None:
    assert level_to_grant(demanded) is needed
    granted = replace(MANDATE, granted_level=needed)
    assert is_granted_well_enough(granted, max(demanded, default=Level.NONE))
    weaker = replace(MANDATE, granted_level=Level(needed - 1))
    assert not is_granted_well_enough(weaker, max(demanded, default=Level.NONE))
    assert is_granted_well_enough(BY_REGISTER.mandate, Level.FIVE), "the register gave it"
