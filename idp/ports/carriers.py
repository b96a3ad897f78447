"""Whoever brings messages to people, and how a file in `connectors/messaging` offers itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from idp.fetch import Fetcher
from idp.model.message import Medium, Message


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What a carrier answered: accepted, or why not, and whether trying again can help.

    Attributes:
        reference: by which the carrier's report will name what it accepted, if it reports.
    """

    is_accepted: bool
    may_retry: bool = False
    reason: str = ""
    reference: str | None = None


class Carrier(Protocol):
    """Brings messages to people; one file in `connectors/messaging`."""

    medium: Medium

    def send(self, message: Message) -> DeliveryResult:
        """Hand the message over, at most a few seconds."""

    def code_for(self, *, destination_is_sandbox: bool) -> str | None:
        """The code that this carrier asks us to use for the destination; None: we draw one ourselves."""


CarrierSettings = TypeVar("CarrierSettings", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierExtension(Generic[CarrierSettings]):
    """What a file in `connectors/messaging` exports as `CARRIER`.

    Attributes:
        name: the word by which settings enable it.
        medium: by which way its messages reach people.
        settings: its part of the settings tree; unknown keys are faults.
        build: makes the carrier; nothing is called before its first message.
        is_sandbox: whether it serves sandbox people, and therefore runs on a loopback issuer only.
    """

    name: str
    medium: Medium
    settings: type[CarrierSettings]
    build: Callable[[CarrierSettings, Fetcher], Carrier]
    is_sandbox: bool = False
