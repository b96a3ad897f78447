"""The form by which somebody is asked to act: who, which services, until when. What is not ticked is not given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from idp.accounts.mandate_offer import Offer
from idp.accounts.names import parse_name
from idp.clock import Instant, date_in_china, midnight_in_china
from idp.http.languages import Language
from idp.http.request import Parameters
from idp.model.client import Client
from idp.model.mandate import MandateRole
from idp.model.matter import ACTIONS, Matter
from idp.model.remit import Remit, Service
from idp.ports import UnitOfWork
from realnames.identifiers.phone import parse_phone
from realnames.identifiers.refusal import IdentifierRefused

LONGEST = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """One app that may be named, with its matters: each by its code, its words, and where it is dealt with."""

    client: Client
    matters: tuple[tuple[Matter, str], ...] = ()

    @property
    def field(self) -> str:
        """By the app's own name, so that a list that changes meanwhile moves no tick to another app."""
        return f"app_{self.client.client_id}"

    def field_of(self, matter: Matter) -> str:
        """The same of one of its matters."""
        return f"matter_{self.client.client_id}:{matter.code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was typed, or what stands there at first.

    Attributes:
        ticked: the names of the fields that are ticked.
        until: as `2026-12-31`: that whole day is in it.
    """

    phone: str = ""
    name: str = ""
    role: str = ""
    until: str = ""
    ticked: frozenset[str] = field(default_factory=frozenset)
    is_once: bool = False


class Wrong(Exception):  # noqa: N818 - what a person typed is no fault of the program
    """Which field, and what about it, as the page says it."""

    def __init__(self, field_name: str, problem: str) -> None:
        super().__init__(f"{field_name}: {problem}")
        self.field = field_name
        self.problem = problem


def choices(unit_of_work: UnitOfWork, clients: Sequence[Client], language: Language, own: Remit) -> list[Choice]:
    """What somebody may let another do: of these apps what they may do themselves."""
    found = []
    for client in clients:
        if not own.allows(client.client_id, client.channel):
            continue
        limit, matters = own.matters_of(client.client_id), _matters(unit_of_work, client, language)
        found.append(Choice(client, tuple(each for each in matters if limit is None or each[0] in limit)))
    return found


def _matters(unit_of_work: UnitOfWork, client: Client, language: Language) -> list[tuple[Matter, str]]:
    """Those that the app registered, where a resource of it declares them."""
    told = []
    for name in client.targets:
        place = unit_of_work.clients.of_resource(name)
        for code, words in () if place is None else place.resource_matters:
            if code in client.matters:
                text = language.of(dict(words)) or code
                told.append((Matter(code=code, actions=ACTIONS, location=name), text))
    return told


def read(form: Parameters) -> Typed:
    """What was sent, as it was typed."""
    ticks = (name for name in form if name.startswith(("app_", "matter_")) and form.get(name) == "1")
    return Typed(
        phone=form.get("phone", "").strip()[:LONGEST],
        name=form.get("name", "").strip()[:LONGEST],
        role=form.get("role", ""),
        until=form.get("until", "").strip()[:LONGEST],
        ticked=frozenset(ticks),
        is_once=form.get("once") == "1",
    )


def offer_of(
    typed: Typed, offered: Sequence[Choice], roles: Mapping[str, MandateRole], organization: str | None
) -> Offer:
    """What is wanted. Raises `Wrong` for the first field that is wrong."""
    if not typed.phone:
        raise Wrong("phone", "empty")
    try:
        phone = parse_phone(typed.phone).e164
    except IdentifierRefused:
        raise Wrong("phone", "malformed") from None
    try:
        name = parse_name(typed.name, may_be_latin=True)
    except IdentifierRefused:
        raise Wrong("name", "malformed" if typed.name else "empty") from None
    role = roles.get(typed.role) or (next(iter(roles.values())) if len(roles) == 1 else None)
    if role is None:
        raise Wrong("role", "empty")
    services = _services(typed, offered)
    if not services:
        raise Wrong("services", "empty")
    named = {each.client_id for each in services}
    channels = sorted({each.client.channel for each in offered if each.client.client_id in named})
    return Offer(
        phone=phone,
        name=name,
        role=role,
        remit=Remit(tuple(services), tuple(channels)),
        valid_until=_until(typed.until),
        is_single_use=typed.is_once,
        organization=organization,
    )


def _services(typed: Typed, offered: Sequence[Choice]) -> list[Service]:
    """An app as a whole, where that is ticked; else those of its matters that are."""
    services = []
    for choice in offered:
        matters = tuple(matter for matter, _ in choice.matters if choice.field_of(matter) in typed.ticked)
        if choice.field in typed.ticked:
            services.append(Service(choice.client.client_id))
        elif matters:
            services.append(Service(choice.client.client_id, matters))
    return services


def _until(typed: str) -> Instant:
    try:
        return midnight_in_china(date.fromisoformat(typed) + timedelta(days=1))
    except (ValueError, OverflowError):
        raise Wrong("until", "malformed") from None


def day_after(now: Instant, days: int) -> str:
    """A day so many days from now, as a field for days has it."""
    return (date_in_china(now) + timedelta(days=days)).isoformat()


def shown(typed: Typed, offered: Sequence[Choice]) -> list[dict[str, Any]]:
    """The apps for the template."""
    return [
        {
            "field": choice.field,
            "name": choice.client.client_name,
            "is_ticked": choice.field in typed.ticked,
            "matters": [
                {
                    "field": choice.field_of(matter),
                    "words": words,
                    "is_ticked": choice.field_of(matter) in typed.ticked,
                }
                for matter, words in choice.matters
            ],
        }
        for choice in offered
    ]
