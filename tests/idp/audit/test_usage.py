"""What machines do all day is counted, and whoever makes up names cannot fill the log with them."""

from idp.app import Installation
from idp.audit.usage import MOST, OTHERS, UsageCounts
from idp.clock import Instant
from idp.endpoints.jwks import fetcher
from idp.events import Action
from tests.idp.installed import Moment


def called(address: str, agent: str, forwarded: str = "", trusted: frozenset[str] = frozenset()) -> str:
    return fetcher(address, forwarded, agent, trusted)


def test_made_up_names_are_counted_as_one(installation: Installation, clock: Moment) -> None:
    """Mutation: a row for each program name that an attacker thinks of."""
    usage = UsageCounts(installation.services.begin, clock)
    for number in range(MOST + 200):
        usage.count(Action.KEYS_FETCHED, called("203.0.113.7", f"made-up/{number}"))
    usage.count(Action.KEYS_FETCHED, called("203.0.113.7", "made-up/0"))
    usage.flush()
    for number in range(50):
        usage.count(Action.KEYS_FETCHED, called("203.0.113.7", f"later/{number}"))
    usage.flush()
    usage.close()
    with installation.services.begin() as unit_of_work:
        found = unit_of_work.event_tally.sources(Action.KEYS_FETCHED, Instant(0), 10_000)
    counted = {source: times for source, _, times in found}
    assert len(counted) == MOST + 1
    assert (counted[OTHERS], counted["203.0.113.0/24 made-up/0"]) == (250, 2)


def test_a_fetcher_is_called_by_network_and_program() -> None:
    """Mutations: the address of a person; whatever a header holds."""
    assert called("203.0.113.7", "Java-http-client/17.0.9 (Linux)") == "203.0.113.0/24 Java-http-client/17.0.9"
    assert called("2001:db8:1:2::3", "") == "2001:db8:1::/48 -"
    assert called("unix", "\x00\n") == "- -"
    assert called("unix", "统一") == "- -"
    assert len(called("203.0.113.7", "x" * 5000)) < 64
    behind = called("127.0.0.1", "curl/8", "198.51.100.9, 203.0.113.7", frozenset({"127.0.0.1"}))
    assert behind == "203.0.113.0/24 curl/8"
