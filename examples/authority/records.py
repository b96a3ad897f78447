"""What the registers know: made-up people and organisations, from two files beside this one."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Person:
    """Somebody made up.

    Attributes:
        phone: registered to them, in E.164; not everybody has one.
        bank_card: of theirs; the bank knows their phone, or `bank_phone` where it was told another one.
        net_id: whether they applied for one.
        card: dates of their identity card, and its own spelling of the name where that is another one.
        guardians: numbers of those who have custody of them, a minor.
    """

    name: str
    type: str
    number: str
    phone: str = ""
    bank_card: str = ""
    bank_phone: str = ""
    net_id: bool = False
    is_deceased: bool = False
    card: dict[str, Any] = field(default_factory=dict)
    guardians: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, str, str]:
        """As answers name them."""
        return self.type, self.number, self.name


@dataclass
class Organization:
    """Something made up that has a unified social credit code; `representative` is a person's number."""

    code: str
    name: str
    organization_type: str
    status: str
    representative: str
    since: str


class Records:
    """People by number, organisations by code, and which of these changed."""

    def __init__(self) -> None:
        people = json.loads((FOLDER / "people.json").read_text("utf-8"))
        organizations = json.loads((FOLDER / "organizations.json").read_text("utf-8"))
        self.lock = Lock()
        self.people = {each["number"]: person_of(each) for each in people}
        self.organizations = {each["code"]: Organization(**each) for each in organizations}
        self.changed: list[str] = []

    def find(self, document: dict[str, str]) -> Person | None:
        """Whose document this is."""
        found = self.people.get(document["number"])
        return found if found is not None and found.type == document["type"] else None

    def holder_of(self, bank_card: str) -> Person | None:
        """Whose bank card this is."""
        return next((each for each in self.people.values() if bank_card and each.bank_card == bank_card), None)

    def add(self, person: Person) -> None:
        """Somebody more, or the same one with other data."""
        with self.lock:
            self.people[person.number] = person

    def appoint(self, code: str, number: str, day: str) -> Organization | None:
        """Another representative from this day on; None: there is no such organisation."""
        with self.lock:
            organization = self.organizations.get(code)
            if organization is not None:
                organization.representative, organization.since = number, day
                self.changed.append(code)
            return organization


def person_of(told: dict[str, Any]) -> Person:
    """Somebody as a file or an order tells of them; raises `TypeError` when it tells something else."""
    return Person(**{**told, "guardians": tuple(told.get("guardians", ()))})
