"""Messages to people on their way from the outbox to a carrier."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from idp.accounts.carrier_health import CarrierHealth
from idp.model.message import Medium, Message, OutboxItem
from idp.ports import Carrier, DeliveryResult


class MessageHandler:
    """Hands each message to the carrier of its medium.

    Args:
        health: where pages look whether a carrier takes messages at all.
    """

    def __init__(self, carriers: Mapping[Medium, Carrier], health: CarrierHealth | None = None) -> None:
        self._carriers = carriers
        self._health = health

    def __call__(self, item: OutboxItem) -> DeliveryResult:
        """What the carrier answered."""
        try:
            message = _read(item)
        except (KeyError, ValueError):
            return DeliveryResult(is_accepted=False, reason="payload_unreadable")
        carrier = self._carriers.get(message.medium)
        if carrier is None:  # another worker, or this one after the operator mended the settings, may have it
            return DeliveryResult(is_accepted=False, may_retry=True, reason="no_carrier")
        result = carrier.send(message)
        if self._health is not None:
            self._health.note(message.medium, result)
        return replace(result, reference=message.id) if result.is_accepted else result


def discard(_item: OutboxItem) -> DeliveryResult:
    """Let it leave for nowhere."""
    return DeliveryResult(is_accepted=True, reason="discarded")


def _read(item: OutboxItem) -> Message:
    """The message of a payload; KeyError or ValueError when it holds none."""
    return Message(
        id=_id(item),
        medium=Medium(item.payload["medium"]),
        destination=item.payload["destination"],
        subject=item.payload["subject"],
        text=item.payload["text"],
    )


def _id(item: OutboxItem) -> str:
    """By which carriers know a repeated message: the same at each try, and nobody else's.

    Numbers of items alone would not do: another installation may use the same gateway, and a store that was made anew
    counts from one again. The text stays out of it, since ids are logged where messages are not.
    """
    return sha256(f"{item.created_at}.{item.id}.{item.payload['destination']}".encode()).hexdigest()[:32]
