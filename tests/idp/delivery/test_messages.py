import re
from dataclasses import dataclass, field, replace

import pytest

from idp.clock import Instant
from idp.delivery.messages import MessageHandler, discard
from idp.model.message import MESSAGE, Medium, Message, OutboxItem
from idp.ports import Carrier, DeliveryResult

ACCEPTED = DeliveryResult(is_accepted=True)
PAYLOAD = {"medium": "sms", "destination": "+8613000000001", "subject": "一证", "text": "123456"}
ITEM = OutboxItem(id=17, kind=MESSAGE, payload=PAYLOAD, attempts=1, created_at=Instant(1000), expires_at=Instant(1600))


@dataclass
class Pigeon:
    """A carrier that keeps what it was given."""

    medium: Medium = Medium.SMS
    answer: DeliveryResult = ACCEPTED
    carried: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> DeliveryResult:
        self.carried.append(message)
        return self.answer

    def code_for(self, *, destination_is_sandbox: bool) -> str | None:
        return None


def test_the_carrier_of_the_medium_gets_the_message() -> None:
    pigeon, mail = Pigeon(), Pigeon(Medium.MAIL)
    carriers: dict[Medium, Carrier] = {Medium.SMS: pigeon, Medium.MAIL: mail}
    result = MessageHandler(carriers)(ITEM)
    assert mail.carried == []
    (message,) = pigeon.carried
    assert result == replace(ACCEPTED, reference=message.id)
    assert message == Message(
        id=message.id, medium=Medium.SMS, destination="+8613000000001", subject="一证", text="123456"
    )


def id_of(item: OutboxItem) -> str:
    pigeon = Pigeon()
    MessageHandler({Medium.SMS: pigeon})(item)
    return pigeon.carried[0].id


def test_its_id_stays_the_same_at_each_try() -> None:
    """Carriers know a repetition by it. Mutation: a random id, which rings the phone at each try."""
    assert id_of(ITEM) == id_of(replace(ITEM, attempts=2))
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", id_of(ITEM))


def test_its_id_is_nobody_elses() -> None:
    """Mutation: the number of the item as its id; a store made anew, or another city's, has the same ones."""
    other_phone = {**PAYLOAD, "destination": "+8613000000002"}
    others = [replace(ITEM, id=18), replace(ITEM, created_at=Instant(9999)), replace(ITEM, payload=other_phone)]
    assert len({id_of(item) for item in (ITEM, *others)}) == 4


def test_its_id_tells_nothing_about_the_code() -> None:
    assert id_of(ITEM) == id_of(replace(ITEM, payload={**PAYLOAD, "text": "654321"}))


def test_the_carriers_answer_is_handed_on() -> None:
    answer = DeliveryResult(is_accepted=False, may_retry=True, reason="http_429")
    assert MessageHandler({Medium.SMS: Pigeon(answer=answer)})(ITEM) == answer


@pytest.mark.parametrize("missing", PAYLOAD)
def test_a_payload_without_all_parts_is_never_tried_again(missing: str) -> None:
    payload = {name: value for name, value in PAYLOAD.items() if name != missing}
    result = MessageHandler({Medium.SMS: Pigeon()})(replace(ITEM, payload=payload))
    assert result == DeliveryResult(is_accepted=False, reason="payload_unreadable")


def test_an_unknown_medium_is_never_tried_again() -> None:
    result = MessageHandler({Medium.SMS: Pigeon()})(replace(ITEM, payload={**PAYLOAD, "medium": "pigeon"}))
    assert result == DeliveryResult(is_accepted=False, reason="payload_unreadable")


def test_a_medium_without_a_carrier_waits_for_the_operator() -> None:
    assert MessageHandler({})(ITEM) == DeliveryResult(is_accepted=False, may_retry=True, reason="no_carrier")


def test_what_was_promised_to_nobody_leaves_for_nowhere() -> None:
    assert discard(ITEM) == DeliveryResult(is_accepted=True, reason="discarded")
