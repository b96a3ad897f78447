"""Whether a carrier takes messages: noted at each try, the same for everybody who looks."""

import pytest

from idp.accounts.carrier_health import SECONDS, CarrierHealth
from idp.app import Installation
from idp.delivery.messages import MessageHandler
from idp.errors import Unavailable
from idp.model.message import Medium
from idp.ports import DeliveryResult
from tests.idp.delivery.test_messages import ACCEPTED, ITEM, Pigeon
from tests.idp.installed import Moment

DOWN = DeliveryResult(is_accepted=False, may_retry=True, reason="unreachable")
REFUSED = DeliveryResult(is_accepted=False, reason="http_400")


def test_a_carrier_is_down_from_its_failure_to_its_next_success(installation: Installation, clock: Moment) -> None:
    """Mutations: a refused message counts as a failure; the mark is never taken away; it has no end."""
    health = CarrierHealth(installation.services.ephemeral)
    pigeon = Pigeon()
    handler = MessageHandler({Medium.SMS: pigeon}, health)
    told = []
    for answer in (ACCEPTED, REFUSED, DOWN, REFUSED, ACCEPTED, DOWN):
        pigeon.answer = answer
        handler(ITEM)
        told.append(health.is_down(Medium.SMS))
    assert told == [False, False, True, True, False, True]
    assert not health.is_down(Medium.VOICE)
    clock.pass_by(SECONDS)
    assert not health.is_down(Medium.SMS)


class Lost:
    def put(self, *_: object) -> None:
        raise Unavailable("down")

    get = take = put


@pytest.mark.parametrize("answer", [ACCEPTED, DOWN])
def test_a_lost_store_keeps_no_message(answer: DeliveryResult) -> None:
    """Mutation: nothing suppressed in `note`; then a message that was handed over is handed over again."""
    health = CarrierHealth(Lost())  # type: ignore[arg-type]
    result = MessageHandler({Medium.SMS: Pigeon(answer=answer)}, health)(ITEM)
    assert result.is_accepted is answer.is_accepted
    assert not health.is_down(Medium.SMS)
