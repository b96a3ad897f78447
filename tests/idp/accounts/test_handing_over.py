"""C24: whoever represents an organisation for which others act hands it over before their account is closed."""

import pytest

from idp.accounts import closing
from idp.app import Installation
from idp.errors import Refused
from idp.model.mandate import MandateRole
from tests.idp.accounts.acting import DAY, City
from tests.idp.installed import Moment


@pytest.fixture
def city(installation_on_each_store: Installation) -> City:
    city = City.over(installation_on_each_store)
    for name in ("赵敏", "李华", "王兰"):
        city.person(name)
    return city


def asks(city: City, name: str) -> bool:
    """Whether the account is closed in fifteen days now."""
    code = ""
    try:
        closing.ask(city.installation.services, city.act(name))
    except Refused as refused:
        code = refused.code
    with city.installation.services.begin() as unit_of_work:
        account = unit_of_work.accounts.get(city.people[name].id)
    assert account is not None
    assert code == ("" if account.closes_at is not None else "hand_over_first")
    return account.closes_at is not None


def test_nobody_leaves_agents_behind(city: City) -> None:
    """Also those who have not answered. Mutations: only those who accepted; an agent who goes is kept, too."""
    company = city.enters("赵敏")
    agent = city.offers("赵敏", "李华", role=MandateRole.AGENT, organization=company.uid)
    assert not asks(city, "赵敏")
    city.accepts("李华", agent)
    assert not asks(city, "赵敏")
    assert asks(city, "李华")
    city.ends("赵敏", agent)
    assert asks(city, "赵敏")


def test_who_is_followed_may_go(city: City) -> None:
    """The register names another one, who enters it: then it is theirs. Mutation: the old one is held for ever."""
    company = city.enters("赵敏")
    city.accepts("李华", city.offers("赵敏", "李华", role=MandateRole.AGENT, organization=company.uid))
    city.company.represented_by[company.code] = "王兰"
    city.enters("王兰", company.code)
    assert asks(city, "赵敏")


def test_whoever_represents_it_alone_may_go(city: City) -> None:
    city.enters("赵敏")
    assert asks(city, "赵敏")


@pytest.mark.parametrize("is_accepted", [True, False])
def test_what_ran_out_holds_nobody(city: City, clock: Moment, *, is_accepted: bool) -> None:
    """An agent whose time is over, and an offer that nobody answered. Mutation: all that nobody ended."""
    company = city.enters("赵敏")
    offered = city.offers("赵敏", "李华", role=MandateRole.AGENT, organization=company.uid)
    if is_accepted:
        city.accepts("李华", offered)
    clock.pass_by(31 * DAY)
    assert asks(city, "赵敏")
