"""The outside world: carriers of messages and sources of identity, what waits to leave, and a message to try a carrier with."""

from typing import Annotated

from pydantic import Field

from admin.operation import ANY_OFFICER, SYSTEM, Desk, Effect, Gives, Nothing, Operation, State, Takes
from idp.accounts.identifiers import identifier_of, masked
from idp.accounts.message_budget import Asker, spend
from idp.clock import after
from idp.errors import Refused
from idp.http.languages import CHINESE
from idp.http.message_texts import message_text
from idp.model.message import MESSAGE, Medium
from idp.ports import SourceKind
from idp.proofing.reachable import reachable
from realnames.identifiers.email import parse_email
from realnames.identifiers.phone import parse_phone
from realnames.identifiers.refusal import IdentifierRefused

_TEST_SECONDS = 600


class Destination(Takes):
    """A phone, or for mail an address, that a test message goes to."""

    medium: Medium
    destination: str = Field(min_length=1, max_length=255)


class OneItem(Takes):
    """Something that was promised."""

    item_id: Annotated[int, Field(gt=0)]


class CarrierTold(Gives):
    """Which carrier brings a kind of message; None: none does."""

    medium: Medium
    carrier: str | None


class SourceTold(Gives):
    """Which source verifies, and whether it answers now; of a card reader, whether a terminal is on its list."""

    kind: SourceKind
    source: str | None
    answers: bool | None


class LaneTold(Gives):
    """What waits to leave; `tried` of them a receiver did not take yet."""

    lane: str
    waiting: int
    tried: int
    oldest_at: int


class Connections(Gives):
    """All of it."""

    carriers: list[CarrierTold]
    sources: list[SourceTold]
    lanes: list[LaneTold]


class Promised(Gives):
    """A test message on its way."""

    item_id: int
    destination: str


class Fate(Gives):
    """What became of it: `on_its_way`, `abandoned`, or what the carrier reported."""

    state: str


def _list(desk: Desk, wanted: Nothing) -> Connections:
    del wanted
    settings, answers = desk.services.settings, reachable(desk.services)
    carriers = [CarrierTold(medium=medium, carrier=getattr(settings.messaging, medium.value)) for medium in Medium]
    lanes = [
        LaneTold(lane=each.name, waiting=each.waiting, tried=each.tried, oldest_at=each.oldest_at)
        for each in desk.unit_of_work.outbox.lanes()
    ]
    sources = [
        SourceTold(kind=kind, source=getattr(settings.sources, kind.value), answers=answers.get(kind))
        for kind in SourceKind
    ]
    return Connections(carriers=carriers, sources=sources, lanes=lanes)


def _test(desk: Desk, wanted: Destination) -> Promised:
    """Beside what people wait for, out of the budgets that theirs come out of (threat K08), and told of masked."""
    settings = desk.services.settings
    if getattr(settings.messaging, wanted.medium.value) is None:
        raise Refused("no_carrier", "No carrier brings such messages: set messaging in the settings.", status=409)
    try:
        parsed = parse_email(wanted.destination) if wanted.medium is Medium.MAIL else parse_phone(wanted.destination)
    except IdentifierRefused:
        raise Refused("invalid_request", "destination: a phone, or for mail an address.") from None
    destination = identifier_of(parsed)
    asker = Asker(f"officer {desk.actor.account_id} {desk.actor.client_id}", address="")
    if spend(desk.services, destination.value, asker, desk.at) is not None:
        raise Refused(
            "too_many_tries", "Enough messages went there: wait a minute, and an hour if it goes on.", status=429
        )
    text = message_text(CHINESE.tag, "test.says", service=settings.city.service_name)
    payload = {"medium": wanted.medium.value, "destination": destination.value, "subject": text, "text": text}
    lane = f"test {wanted.medium.value}"
    item = desk.unit_of_work.outbox.put(MESSAGE, payload, desk.at, after(desk.at, _TEST_SECONDS), lane)
    return Promised(item_id=item, destination=masked(destination))


def _fate(desk: Desk, wanted: OneItem) -> Fate:
    fate = desk.unit_of_work.outbox.fate(wanted.item_id)
    if fate is None:
        raise Refused("not_found", "There is no such item; what left is forgotten after a month.", status=404)
    return Fate(state="abandoned" if fate.is_abandoned else str(fate.report or "on_its_way"))


def _nothing(desk: Desk, wanted: Destination) -> State:
    """A test message changes nothing of the installation."""
    del desk, wanted
    return {}


LIST_CONNECTIONS = Operation(
    name="connections.list",
    about="Carriers, sources, and what waits to leave.",
    method="GET",
    path="/connections",
    takes=Nothing,
    gives=Connections,
    does=ANY_OFFICER,
    run=_list,
)
TEST_CARRIER = Operation(
    name="connections.test",
    about="Send a test message; its fate is asked for by its number.",
    method="POST",
    path="/connections/{medium}/test",
    takes=Destination,
    gives=Promised,
    does=SYSTEM,
    run=_test,
    effect=Effect.CHANGE,
    state=_nothing,
)
SHOW_FATE = Operation(
    name="connections.fate",
    about="What became of something that was promised.",
    method="GET",
    path="/outbox/{item_id}",
    takes=OneItem,
    gives=Fate,
    does=ANY_OFFICER,
    run=_fate,
)
OPERATIONS = (LIST_CONNECTIONS, TEST_CARRIER, SHOW_FATE)
