"""Guardians: the population register says whose child somebody is, and the eighteenth birthday ends it."""

from dataclasses import replace
from datetime import date

import pytest

from idp.accounts import guardians
from idp.accounts.guardians import Child, Entrusted, NotTheirs, OfAge
from idp.accounts.source_budget import Down, NotNow
from idp.app import Installation
from idp.clock import after, date_in_china
from idp.errors import Refused
from idp.events import Action
from idp.model.account import Identifier, IdentifierKind
from idp.model.evidence import EvidenceMethod, WithdrawalReason
from idp.model.mandate import Acting, MandateRole
from idp.model.policy import Method, Proofing
from realnames.identifiers.citizen_id import CitizenId, complete
from tests.idp.accounts.acting import City
from tests.idp.installed import Moment, new_person

CHILD = Child(name="王小乐", number=CitizenId(complete("89010120150601001")))
GROWN = Child(name="王小乐", number=CitizenId(complete("89010120010601001")))


@pytest.fixture
def city(installation: Installation) -> City:
    """王兰 is a mother."""
    city = City.over(installation)
    city.person("王兰")
    city.person("李华")
    city.population.children.add(("王兰", "王小乐"))
    return city


def enter(city: City, name: str = "王兰", child: Child = CHILD, *methods: Method) -> object:
    return guardians.enter(city.installation.services, city.act(name, *methods), child)


def of(city: City, name: str) -> list[Acting]:
    with city.installation.services.begin() as unit_of_work:
        return list(unit_of_work.mandates.open_of_agent(city.people[name].id))


def test_a_guardian_of_a_child_without_an_account(city: City) -> None:
    """The account is made with what the register said, and nothing opens it. Mutations: worth more; a factor."""
    assert isinstance(enter(city), Entrusted)
    (acting,) = of(city, "王兰")
    mandate, child = acting.mandate, acting.principal
    assert mandate.role is MandateRole.GUARDIAN
    assert date_in_china(mandate.valid_until or mandate.granted_at) == date(2033, 6, 1)
    assert (mandate.source, mandate.reference) == ("fake_population", "g-1")
    assert child is not None
    with city.installation.services.begin() as unit_of_work:
        attributes = unit_of_work.accounts.attributes(child.id)
        (evidence,) = unit_of_work.evidence.of_account(child.id)
        assert unit_of_work.credentials.kinds(child.id) == []
    assert (attributes.name, attributes.phone) == ("王小乐", None)
    assert (evidence.method, evidence.proofing) == (EvidenceMethod.TWO_ELEMENTS, Proofing.P2)
    assert child.proofed(mandate.granted_at).level is Proofing.P2
    assert isinstance(enter(city), Entrusted)
    assert len(of(city, "王兰")) == 1


def test_what_the_register_said_of_the_child_counts_as_long_as_the_settings_say(city: City) -> None:
    """And is written down like all that a register says. Mutation: evidence for ever, of which no log tells."""
    services = city.installation.services
    proofing = services.settings.proofing.model_copy(update={"two_elements_days": 30})
    short = replace(services, settings=services.settings.model_copy(update={"proofing": proofing}))
    assert isinstance(guardians.enter(short, city.act("王兰"), CHILD), Entrusted)
    with services.begin() as unit_of_work:
        child = unit_of_work.accounts.find(Identifier(IdentifierKind.CITIZEN_ID, CHILD.number.number))
    assert child is not None
    now = services.clock()
    assert child.proofed(after(now, 29 * 86_400)).level is Proofing.P2
    assert child.proofed(after(now, 30 * 86_400)).level is Proofing.P1
    with services.begin() as unit_of_work:
        (evidence,) = unit_of_work.evidence.of_account(child.id)
        told = unit_of_work.events.of_person(child.id, before=None, limit=100)
    assert [each.data["check"] for each in told if each.action == Action.EVIDENCE_RECORDED] == [evidence.check_id]


def test_what_ran_out_the_register_says_again(city: City, clock: Moment) -> None:
    """The other parent comes later. Mutations: the child is nobody's for ever; evidence that was taken back counts again."""
    services = city.installation.services
    proofing = services.settings.proofing.model_copy(update={"two_elements_days": 30})
    short = replace(services, settings=services.settings.model_copy(update={"proofing": proofing}))
    city.population.children.add(("李华", "王小乐"))
    guardians.enter(short, city.act("王兰"), CHILD)
    clock.pass_by(31 * 86_400)
    later = city.population.now = clock()
    with services.begin() as unit_of_work:
        child = unit_of_work.accounts.find(Identifier(IdentifierKind.CITIZEN_ID, CHILD.number.number))
        assert child is not None
    assert child.proofed(later).level is Proofing.P1
    assert isinstance(guardians.enter(short, city.act("李华"), CHILD), Entrusted)
    with services.begin() as unit_of_work:
        assert len(unit_of_work.evidence.of_account(child.id)) == 2
        unit_of_work.evidence.withdraw_all(child.id, WithdrawalReason.WRONG, later)
        unit_of_work.commit()
    assert isinstance(guardians.enter(short, city.act("李华"), CHILD), NotTheirs)


def test_the_other_parent_acts_for_the_same_child(city: City) -> None:
    city.population.children.add(("李华", "王小乐"))
    enter(city)
    enter(city, "李华")
    (one,), (other,) = of(city, "王兰"), of(city, "李华")
    assert one.mandate.principal_id == other.mandate.principal_id


def test_whoever_the_register_does_not_name_acts_for_nobody(city: City) -> None:
    """M04: for another guardian. Mutations: another answer than a match; down is one; who is of age has a guardian."""
    assert isinstance(enter(city, "李华"), NotTheirs)
    asked = city.population.asked
    assert isinstance(enter(city, "王兰", GROWN), OfAge)
    assert city.population.asked == asked
    city.population.is_down = True
    assert isinstance(enter(city), Down)
    assert of(city, "王兰") == of(city, "李华") == []


def test_only_the_real_person_is_a_guardian(city: City) -> None:
    city.person("王芳", Proofing.P2)
    city.population.children.add(("王芳", "王小乐"))
    with pytest.raises(Refused, match="level_too_low"):
        enter(city, "王芳")
    with pytest.raises(Refused, match="level_too_low"):
        enter(city, "王兰", CHILD, Method.PASSWORD)


def test_the_register_is_asked_so_often_a_day(city: City) -> None:
    limit = city.installation.settings.sources.population_per_person_day
    outcomes = [enter(city, "李华") for _ in range(limit + 1)]
    assert isinstance(outcomes[-1], NotNow)


@pytest.mark.parametrize(("proofing", "outcome"), [(Proofing.P1, NotTheirs), (Proofing.P2, Entrusted)])
def test_the_childs_own_account(city: City, proofing: Proofing, outcome: type) -> None:
    """Where nobody proved the number, it may be a stranger's account. Mutation: any account with this number."""
    number = Identifier(IdentifierKind.CITIZEN_ID, CHILD.number.number)
    own = new_person(city.installation, number, name="王小乐", proofing=proofing)
    assert isinstance(enter(city), outcome)
    assert [each.mandate.principal_id for each in of(city, "王兰")] == ([own.id] if outcome is Entrusted else [])
