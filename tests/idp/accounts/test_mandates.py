"""Who lets whom act: offered to one person, accepted by that one alone, ended at once by whoever may."""

from collections.abc import Callable

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from idp.accounts import export, mandate_answer, mandate_end, mandate_offer
from idp.accounts.status import Reason, close
from idp.app import Installation
from idp.errors import Refused, TooOften
from idp.events import Action
from idp.model.account import AccountStatus
from idp.model.mandate import EndReason, MandateRole
from idp.model.matter import Matter
from idp.model.policy import Level, Method, Proofing
from idp.model.remit import EVERYTHING, Remit, Service
from tests.idp.accounts.acting import APP, CODE, DAY, SHOP, City, remit
from tests.idp.installed import Moment
from tests.idp.pages.test_data import SCHEMA
from tests.idp.storage.storm import storm

OFFERED, ACCEPTED, ENDED = Action.MANDATE_OFFERED, Action.MANDATE_ACCEPTED, Action.MANDATE_ENDED


@pytest.fixture
def city(installation: Installation) -> City:
    """王兰, who needs help, and two neighbours."""
    city = City.over(installation)
    for name in ("王兰", "李华", "赵敏"):
        city.person(name)
    return city


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code


def test_from_the_offer_to_the_end(city: City) -> None:
    """Both find it in their log, and the one for whom somebody acts is told. Mutations: a side is left out."""
    offered = city.offers("王兰", "李华")
    assert city.notices() == [("李华", "mandate_offered")]
    assert city.now(offered).mandate.agent_id is None
    accepted = city.accepts("李华", offered)
    assert (accepted.agent_id, accepted.granted_level) == (city.people["李华"].id, Level.FOUR)
    assert city.notices() == [("王兰", "mandate_granted")]
    ended = city.ends("王兰", offered)
    assert (ended.ended_why, ended.ended_by) == (EndReason.REVOKED, city.people["王兰"].id)
    assert city.notices() == [("李华", "mandate_ended"), ("王兰", "mandate_ended")]
    assert city.log("王兰") == [(OFFERED, "principal"), (ACCEPTED, "principal"), (ENDED, "principal")]
    assert city.log("李华") == [(ACCEPTED, "agent"), (ENDED, "agent")]


def test_whoever_is_not_meant_can_do_nothing_with_it(city: City) -> None:
    """Threat M04. Mutations: the name of an offer is enough; a phone that nobody proved, or another name."""
    offered = city.offers("王兰", "李华")
    assert refusal(lambda: city.accepts("赵敏", offered)) == "not_found"
    assert refusal(lambda: city.ends("赵敏", offered)) == "not_found"
    assert refusal(lambda: city.accepts("王兰", offered)) == "not_found"
    services, act = city.installation.services, city.act("赵敏")
    assert refusal(lambda: mandate_answer.accept(services, act, "forged")) == "not_found"
    assert refusal(lambda: mandate_end.end(services, act, "\0")) == "not_found"
    another = city.offers("王兰", "李华", name="李化")
    assert refusal(lambda: city.accepts("李华", another)) == "not_found"
    city.person("钱多", is_proven=False)
    unproven = city.offers("王兰", "钱多")
    assert refusal(lambda: city.accepts("钱多", unproven)) == "not_found"
    assert ("钱多", "mandate_offered") not in city.notices()
    city.accepts("李华", offered)


def test_an_offer_is_answered_once_and_in_time(city: City, clock: Moment) -> None:
    """Threat M04: replayed. Mutations: accepted twice; after it was declined, withdrawn, or ran out."""
    first = city.helper("王兰", "李华")
    assert refusal(lambda: city.accepts("李华", first)) == "not_found"
    city.ends("李华", first)
    assert city.now(first).mandate.ended_why is EndReason.GIVEN_UP
    assert refusal(lambda: city.accepts("李华", first)) == "not_found"
    declined = city.offers("王兰", "李华")
    assert city.ends("李华", declined).ended_why is EndReason.DECLINED
    assert refusal(lambda: city.accepts("李华", declined)) == "not_found"
    withdrawn = city.offers("王兰", "李华")
    assert city.ends("王兰", withdrawn).ended_why is EndReason.WITHDRAWN
    assert refusal(lambda: city.accepts("李华", withdrawn)) == "not_found"
    late = city.offers("王兰", "李华")
    clock.pass_by(7 * DAY)
    assert refusal(lambda: city.accepts("李华", late)) == "not_found"
    assert refusal(lambda: city.ends("李华", late)) == "not_found", "who did not answer in time need not decline"


def test_who_acts_is_known_by_name(city: City) -> None:
    """Mutation: a name that somebody gave themselves is as good as one that a register matched."""
    city.person("孙权", Proofing.P1)
    offered = city.offers("王兰", "孙权")
    assert refusal(lambda: city.accepts("孙权", offered)) == "level_too_low"


def test_whoever_offers_showed_enough(city: City) -> None:
    """Facts §2.3, C21: a face only where the app is not of low risk. Mutations: one bound for all apps; one proof."""
    city.person("周末", Proofing.P2)
    city.offers("周末", "李华", remit=remit(APP))
    assert refusal(lambda: city.offers("周末", "赵敏", remit=remit(APP, SHOP))) == "level_too_low"
    services, weak = city.installation.services, city.act("王兰", Method.PASSWORD)
    wanted = city.wanted("李华", remit=remit(SHOP))
    assert refusal(lambda: mandate_offer.offer(services, weak, wanted)) == "level_too_low"
    city.offers("王兰", "李华", remit=remit(APP, SHOP))
    city.person("吴名", Proofing.P1)
    assert refusal(lambda: city.offers("吴名", "李华")) == "level_too_low"


MATTER = Matter(code="1", actions=("view",), location="https://permits.example")
BAD: dict[str, dict[str, object]] = {
    "nothing": {"remit": Remit()},
    "everything": {"remit": EVERYTHING},
    "no channel": {"remit": Remit((Service(APP),))},
    "no service": {"remit": Remit((), ("website",))},
    "an app that accepts none": {"remit": remit("plain")},
    "an app that is not there": {"remit": remit("nowhere")},
    "one twice": {"remit": remit(APP, APP)},
    "a channel that is closed": {"remit": remit(APP, channels=("website", "hall"))},
    "a channel that is not its own": {"remit": remit(APP, channels=("app",))},
    "a matter that is not its own": {"remit": Remit((Service(APP, (MATTER,)),), ("website",))},
    "no matter": {"remit": Remit((Service(APP, ()),), ("website",))},
    "an agent of a person": {"role": MandateRole.AGENT},
    "a guardian": {"role": MandateRole.GUARDIAN},
    "an administrator of a person": {"role": MandateRole.ADMINISTRATOR},
    "a representative": {"role": MandateRole.LEGAL_REPRESENTATIVE},
    "no end": {"valid_until": 2**62},
    "over before it begins": {"valid_until": 1},
}


@pytest.mark.parametrize("name", BAD)
def test_what_nobody_may_be_let_do(city: City, name: str) -> None:
    """Nothing by default, explicit services and channels, at most a year. Mutation: any line of the refusals."""
    assert refusal(lambda: city.offers("王兰", "李华", **BAD[name])) == "invalid_request"


def test_the_longest_is_a_year(city: City) -> None:
    city.offers("王兰", "李华", valid_until=city.later(366))
    assert refusal(lambda: city.offers("王兰", "赵敏", valid_until=city.later(367))) == "invalid_request"


def test_nobody_acts_for_themselves(city: City) -> None:
    assert refusal(lambda: city.offers("王兰", "王兰")) == "invalid_request"
    assert refusal(lambda: city.offers("王兰", "王兰", name="别人")) == "invalid_request"


def test_the_same_offer_twice_and_many_offers(city: City) -> None:
    """Mutations: two of one kind to one person; offers without end, each of which is a message to somebody."""
    city.offers("王兰", "李华")
    assert refusal(lambda: city.offers("王兰", "李华", remit=remit(SHOP))) == "mandate_exists"
    limit = city.installation.settings.mandates.offers_per_day
    for number in range(limit - 2):
        city.offers("王兰", "赵敏", name=f"某{number}")
    with pytest.raises(TooOften):
        city.offers("王兰", "赵敏")
    city.offers("李华", "赵敏")


def test_a_new_one_takes_the_place_of_the_old(city: City) -> None:
    """Mutation: two of one kind between the same two, of which one is forgotten when the other is taken back."""
    old = city.helper("王兰", "李华")
    wider = city.helper("王兰", "李华", remit=remit(APP, SHOP))
    assert city.now(old).mandate.ended_why is EndReason.EXPIRED
    assert city.now(wider).mandate.is_in_force(city.installation.services.clock())


def test_of_many_who_end_it_at_once_one_does(city: City) -> None:
    mandate = city.helper("王兰", "李华")
    acts = [city.act("王兰") for _ in range(8)]

    def end(number: int) -> bool:
        try:
            mandate_end.end(city.installation.services, acts[number], mandate.uid)
        except Refused:
            return False
        return True

    assert sum(storm(8, end)) == 1


@pytest.mark.parametrize("status", [AccountStatus.FROZEN, AccountStatus.CLOSED])
def test_whoever_may_not_sign_in_answers_nothing(city: City, status: AccountStatus) -> None:
    """Between the page and the write the account was frozen. Mutation: no hold."""
    offered = city.offers("王兰", "李华")
    act = city.act("李华")
    services = city.installation.services
    with services.begin() as unit_of_work:
        unit_of_work.accounts.move(act.visitor.account.id, AccountStatus.ACTIVE, status)
        unit_of_work.commit()
    assert refusal(lambda: mandate_answer.accept(services, act, offered.uid)) == "access_denied"
    assert refusal(lambda: mandate_end.end(services, act, offered.uid)) == "access_denied"
    assert refusal(lambda: mandate_offer.offer(services, act, city.wanted("赵敏"))) == "access_denied"


def test_nothing_of_who_was_asked_is_kept_in_clear(city: City) -> None:
    offered = city.offers("王兰", "李华")
    kept = city.now(offered).mandate
    assert kept.invitee is not None
    assert "李华".encode() not in kept.invitee
    assert city.phone("李华").encode() not in kept.invitee


def test_nothing_outlives_a_closed_account(city: City) -> None:
    """Mutations: on one side alone; what was offered and not answered."""
    of_hers, of_his = city.helper("王兰", "李华"), city.helper("赵敏", "王兰")
    waits = city.offers("王兰", "赵敏", role=MandateRole.HELPER, remit=remit(SHOP))
    services = city.installation.services
    with services.begin() as unit_of_work:
        close(unit_of_work, city.people["王兰"].id, Reason.ASKED, services.clock())
        unit_of_work.commit()
    assert [city.now(each).mandate.ended_why for each in (of_hers, of_his, waits)] == [EndReason.CLOSED] * 3
    assert city.log("李华")[-1] == (ENDED, "agent")


def test_the_copy_that_people_take_along_tells_both_sides(city: City) -> None:
    """Mutations: one side alone; the other person is named; of everything, nothing is said."""
    city.helper("王兰", "李华", remit=Remit((Service(APP), Service(SHOP)), ("website",)))
    city.enters("王兰")
    services = city.installation.services
    contents = {}
    for name in ("王兰", "李华"):
        with services.begin() as unit_of_work:
            dossier = unit_of_work.dossiers.of(city.people[name].id, 9)
        assert dossier is not None
        contents[name] = export.content_of(dossier, {APP: "代办"}.get, services.clock())
        content = {key: value for key, value in contents[name].items() if key != "made_at_seconds"}
        Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(content)
    sides = {name: [(each["role"], each["side"]) for each in contents[name]["mandates"]] for name in contents}
    assert sides == {
        "王兰": [("legal_representative", "agent"), ("helper", "principal")],
        "李华": [("helper", "agent")],
    }
    represented, helped = contents["王兰"]["mandates"]
    assert (represented["services"], represented["organization"]["code"]) == (None, CODE)
    assert [(each["client_id"], each["client_name"]) for each in helped["services"]] == [(APP, "代办"), (SHOP, None)]
    assert "王兰" not in str(contents["李华"]["mandates"])
