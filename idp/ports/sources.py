"""The registers and authorities that verify people, and how a file in `realnames/sources` offers itself."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from idp.clock import Clock
from idp.fetch import Fetcher


class SourceKind(StrEnum):
    """What a source is asked."""

    FACE = "face"
    """Whether a face is that of a number's holder: its port is `FaceAuthority`."""
    POPULATION = "population"
    """Whether name, number and phone are one person's: `PopulationRegister`."""
    COMPANY = "company"
    """What an organisation is and who represents it: `CompanyRegister`."""
    BANK = "bank"
    """Whether a bank card is of who they say they are: `BankAccounts`."""
    NET_ID = "net_id"
    """Whether somebody has a net id (网号网证), and whether it is theirs: `NetworkIdentity`."""
    CARD_READER = "card_reader"
    """What a reader read from an identity card: `CardReader`."""


SourceSettings = TypeVar("SourceSettings", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Generic[SourceSettings]):
    """What a file in `realnames/sources` exports as `SOURCE`.

    Attributes:
        name: the word by which settings enable it, and which events tell as its provider.
        kind: what it is asked.
        settings: its part of the settings tree; unknown keys are faults.
        build: makes the filling of its kind's port; nothing is called before it is first asked.
        is_sandbox: whether it knows made-up people, and therefore runs on a loopback issuer only.
    """

    name: str
    kind: SourceKind
    settings: type[SourceSettings]
    build: Callable[[SourceSettings, Fetcher, Clock], Any]
    is_sandbox: bool = False
