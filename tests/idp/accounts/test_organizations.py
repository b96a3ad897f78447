"""Organisations: entered by whom the register names, and only as long as it does."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from idp.accounts import organizations
from idp.accounts.mandate_use import confirmed, usable
from idp.accounts.organization_checks import hear_changes, recheck
from idp.accounts.organizations import Entered, NotActive, NotYours
from idp.accounts.source_budget import Down, NotNow
from idp.app import Installation
from idp.errors import Refused
from idp.model.mandate import Acting, EndReason, MandateRole
from idp.model.organization import Organization, OrganizationStatus
from idp.model.policy import Method, Proofing
from tests.idp.accounts.acting import APP, DAY, SHOP, City, remit
from tests.idp.installed import Moment
from tests.idp.registers import CODE, OTHER_CODE

REP, ADMIN, AGENT = MandateRole.LEGAL_REPRESENTATIVE, MandateRole.ADMINISTRATOR, MandateRole.AGENT


@pytest.fixture
def city(installation: Installation) -> City:
    """方总 represents the company; three others do not."""
    city = City.over(installation)
    for name in ("方总", "马管", "李华", "赵敏"):
        city.person(name)
    city.company.has(CODE, "方总")
    return city


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code


def enter(city: City, name: str, code: str = CODE, *methods: Method) -> object:
    return organizations.enter(city.installation.services, city.act(name, *methods), code)


def appoints(city: City, giver: str, to: str, role: MandateRole = AGENT, **changes: object) -> Acting:
    """Offered and accepted."""
    return city.now(city.helper(giver, to, role=role, organization=known(city).uid, **changes))


def known(city: City) -> Organization:
    """The company as it is kept now."""
    with city.installation.services.begin() as unit_of_work:
        found = unit_of_work.organizations.by_code(CODE)
    assert found is not None
    return found


def representing(city: City, name: str) -> Acting:
    with city.installation.services.begin() as unit_of_work:
        found = unit_of_work.mandates.of_agent(city.people[name].id, 9)
    return next(each for each in found if each.mandate.role is REP)


def can_act(city: City, name: str, client_id: str = APP) -> bool:
    """As the door asks: what is offered, and then confirmed."""
    services = city.installation.services
    with services.begin() as unit_of_work:
        client = unit_of_work.clients.get(client_id)
        assert client is not None
        found = usable(services, unit_of_work, city.people[name].id, client, services.clock())
    return any(confirmed(services, each, services.clock()) for each in found)


def test_the_register_says_who_represents_it(city: City) -> None:
    """Mutations: the code is enough; another answer than a match lets somebody in."""
    entered = enter(city, "方总")
    assert isinstance(entered, Entered)
    assert (entered.organization.code, entered.organization.name) == (CODE, "云江示例有限公司")
    mandate = representing(city, "方总").mandate
    assert (mandate.valid_until, mandate.source, mandate.reference) == (None, "fake_company", "r-3")
    assert can_act(city, "方总")
    assert isinstance(enter(city, "李华"), NotYours)
    assert isinstance(enter(city, "方总", OTHER_CODE), NotYours)
    assert not can_act(city, "李华")
    assert isinstance(enter(city, "方总"), Entered), "twice is once"
    assert city.notices() == [("方总", "organization_entered")]


def test_down_is_never_no(city: City) -> None:
    """Mutations: down is a mismatch; it costs a try."""
    city.company.is_down = True
    for _ in range(city.installation.settings.sources.company_per_person_day + 3):
        assert isinstance(enter(city, "方总"), Down)
    city.company.is_down = False
    assert isinstance(enter(city, "方总"), Entered)


def test_the_register_is_asked_so_often_a_day(city: City) -> None:
    limit = city.installation.settings.sources.company_per_person_day
    outcomes = [enter(city, "李华", CODE) for _ in range(limit + 1)]
    assert isinstance(outcomes[-1], NotNow)
    assert len(city.company.asked) == limit


@pytest.mark.parametrize("status", [each for each in OrganizationStatus if each is not OrganizationStatus.ACTIVE])
def test_nobody_enters_one_that_may_not_act(city: City, status: OrganizationStatus) -> None:
    city.company.says(CODE, status)
    assert enter(city, "方总") == NotActive(status)
    assert not can_act(city, "方总")


def test_only_the_real_person_enters_one(city: City) -> None:
    """Level four: P3, and two proofs. Mutation: a name that was matched is enough."""
    assert refusal(lambda: enter(city, "方总", CODE, Method.PASSWORD)) == "level_too_low"
    city.person("段仁", Proofing.P2)
    city.company.has(OTHER_CODE, "段仁")
    assert refusal(lambda: enter(city, "段仁", OTHER_CODE)) == "level_too_low"
    assert city.company.asked == []


def test_who_appoints_whom(city: City) -> None:
    """The table of facts §2.3. Mutations: an agent appoints; an administrator makes another; a stranger does."""
    company = city.enters("方总")
    appoints(city, "方总", "马管", ADMIN, remit=remit(APP))
    appoints(city, "马管", "李华", remit=remit(APP))
    city.notices()
    wanted: dict[str, Any] = {"organization": company.uid, "remit": remit(APP)}
    for giver, role in (("马管", ADMIN), ("李华", AGENT), ("李华", ADMIN), ("赵敏", AGENT)):
        to = "赵敏" if giver != "赵敏" else "李华"
        assert refusal(partial(city.offers, giver, to, role=role, **wanted)) == "not_found"
    wider = {**wanted, "remit": remit(APP, SHOP)}
    assert refusal(lambda: city.offers("马管", "赵敏", role=AGENT, **wider)) == "invalid_request"
    assert refusal(lambda: city.offers("方总", "赵敏", role=REP, **wanted)) == "not_found"
    assert can_act(city, "李华")
    assert not can_act(city, "李华", SHOP)
    assert not can_act(city, "李华", "plain")


def test_who_stops_whom(city: City) -> None:
    """Mutations: an administrator stops another one, or the representative; a stranger sees that there is something."""
    city.enters("方总")
    admin = appoints(city, "方总", "马管", ADMIN)
    agent = appoints(city, "马管", "李华")
    other = appoints(city, "方总", "赵敏", ADMIN)
    rep = representing(city, "方总")
    for who, what in (("李华", admin), ("李华", rep), ("赵敏", admin), ("马管", rep), ("马管", other)):
        assert refusal(partial(city.ends, who, what.mandate)) == "not_found"
    assert city.ends("赵敏", agent.mandate).ended_why is EndReason.REVOKED
    assert city.ends("方总", admin.mandate).ended_why is EndReason.REVOKED
    assert city.ends("赵敏", other.mandate).ended_why is EndReason.GIVEN_UP
    assert not can_act(city, "李华")


def test_what_was_offered_falls_with_who_offered_it(city: City) -> None:
    """Mutation: an administrator who was stopped still lets somebody in."""
    company = city.enters("方总")
    admin = appoints(city, "方总", "马管", ADMIN)
    offered = city.offers("马管", "李华", role=AGENT, organization=company.uid)
    city.ends("方总", admin.mandate)
    assert refusal(lambda: city.accepts("李华", offered)) == "not_found"


def test_a_change_in_the_register_ends_who_is_none_any_more(city: City) -> None:
    """C23. The agents stay; nobody is appointed until somebody represents it again, who then sees and stops them.

    Mutations: the change is not asked about; everybody's mandate ends; a cursor that is lost hears nothing.
    """
    company = city.enters("方总")
    appoints(city, "方总", "马管", ADMIN)
    agent = appoints(city, "方总", "李华")
    services = city.installation.services
    assert hear_changes(services, services.clock()) == 0, "it begins now"
    city.company.represented_by[CODE] = "赵敏"
    city.company.changes += [OTHER_CODE, CODE]
    assert hear_changes(services, services.clock()) == 1
    assert representing(city, "方总").mandate.ended_why is EndReason.REGISTER
    assert not can_act(city, "方总")
    assert can_act(city, "李华")
    wanted = {"role": AGENT, "organization": company.uid}
    assert refusal(lambda: city.offers("马管", "赵敏", **wanted)) == "not_found"
    city.enters("赵敏")
    city.ends("赵敏", agent.mandate)
    assert not can_act(city, "李华")
    assert hear_changes(services, services.clock()) == 0


def test_who_comes_new_is_a_change_by_itself(city: City) -> None:
    """The register may tell late: the new representative entering it says enough."""
    city.enters("方总")
    city.company.represented_by[CODE] = "赵敏"
    city.enters("赵敏")
    assert representing(city, "方总").mandate.ended_why is EndReason.REGISTER


def test_a_change_that_nobody_could_ask_about_freezes_the_representative(city: City) -> None:
    """Within a day, whatever happens; down is no answer, so it is not over either. Mutation: the mandate goes on, or ends."""
    city.enters("方总")
    appoints(city, "方总", "李华")
    services = city.installation.services
    hear_changes(services, services.clock())
    city.company.changes += [CODE]
    asked = city.company.changed_since("0")
    with services.begin() as unit_of_work:
        assert asked is not None
        unit_of_work.organizations.note_changes(asked.codes, services.clock())
        unit_of_work.commit()
    city.company.is_down = True
    assert hear_changes(services, services.clock()) == 1
    assert not can_act(city, "方总")
    assert can_act(city, "李华")
    assert representing(city, "方总").mandate.ended_at is None
    city.company.is_down = False
    assert can_act(city, "方总"), "whoever comes is asked about at once"


def test_an_old_answer_is_asked_again_at_the_next_use(city: City, clock: Moment) -> None:
    """Mutations: never asked again; asked at each use; a register that is down stops everybody, or nobody ever."""
    city.enters("方总")
    appoints(city, "方总", "李华")
    city.company.asked.clear()
    assert can_act(city, "李华")
    assert city.company.asked == []
    clock.pass_by(DAY)
    city.company.is_down = True
    assert can_act(city, "李华")
    clock.pass_by(6 * DAY - 1)
    assert can_act(city, "李华")
    clock.pass_by(1)
    assert not can_act(city, "李华")
    city.company.is_down = False
    city.company.asked.clear()
    assert can_act(city, "李华")
    assert sorted(city.company.asked) == [f"organization {CODE}", f"representative {CODE}"]


def test_what_is_struck_off_acts_no_more(city: City, clock: Moment) -> None:
    city.enters("方总")
    appoints(city, "方总", "李华")
    city.company.says(CODE, OrganizationStatus.STRUCK_OFF)
    clock.pass_by(DAY)
    assert not can_act(city, "李华")
    services = city.installation.services
    with services.begin() as unit_of_work:
        company = unit_of_work.organizations.by_code(CODE)
    assert company is not None
    assert company.status is OrganizationStatus.STRUCK_OFF
    del city.company.organizations[CODE]
    assert recheck(services, company, services.clock()).status is OrganizationStatus.STRUCK_OFF


def test_whose_name_nobody_knows_any_more_represents_nothing(city: City) -> None:
    """A closed account gave up its number. Mutation: skipped, and so for ever."""
    company = city.enters("方总")
    services = city.installation.services
    with services.begin() as unit_of_work:
        unit_of_work.accounts.release_identifiers(city.people["方总"].id, services.clock())
        unit_of_work.commit()
    recheck(services, company, services.clock())
    assert representing(city, "方总").mandate.ended_why is EndReason.REGISTER


def test_whoever_represents_it_is_found_behind_all_that_was_ever_offered(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: looked for among the newest mandates, the ended ones with them."""
    enter(city, "方总")
    agent = appoints(city, "方总", "李华")
    monkeypatch.setattr("idp.accounts.mandate_news.MOST", 2)
    for _ in range(3):
        city.ends("方总", city.offers("方总", "赵敏", role=AGENT, organization=known(city).uid))
    appoints(city, "方总", "马管", ADMIN)
    city.company.represented_by[CODE] = "赵敏"
    recheck(city.installation.services, known(city), city.installation.services.clock())
    assert city.now(representing(city, "方总").mandate).mandate.ended_why is EndReason.REGISTER
    assert agent.mandate.ended_at is None


def test_an_administrator_who_comes_to_represent_it_hands_on_everything(city: City) -> None:
    """Mutation: by the older of the two mandates, which is the narrower one."""
    enter(city, "方总")
    appoints(city, "方总", "马管", ADMIN, remit=remit(APP))
    city.company.represented_by[CODE] = "马管"
    enter(city, "马管")
    assert appoints(city, "马管", "李华", remit=remit(SHOP)).mandate.granted_as is REP
    assert appoints(city, "马管", "赵敏", ADMIN).mandate.granted_as is REP
