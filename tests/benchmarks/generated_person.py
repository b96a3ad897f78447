"""A person of the generated city: all about them follows from their number, so that a program need not remember anybody.

Account, session and family of a person have that number as their id.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

from idp.model import numbered_secret
from idp.model.account import Identifier, IdentifierKind
from idp.oauth import codes
from realnames.identifiers import citizen_id

CLIENT_ID = "opaque"
"""The app that all of them use; one of `operations.CLIENTS`."""

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华玉兰文建国春梅"
_FIRST_BIRTH = date(1940, 1, 1)
_DAYS = 25_000

COMMON_EVERY = 8
"""One in so many has the common name and the common year of birth: 125,000 of a million."""
COMMON_NAME = "诸葛明"
COMMON_YEAR = 1990
_DAYS_OF_YEAR = 365
_SEQUENCES = 999


@dataclass(frozen=True, slots=True)
class Person:
    """Number 1 and up, to a thousand for each of the 25,000 days on which they were born."""

    number: int

    @property
    def is_common(self) -> bool:
        """Whether they have the common name and year."""
        return self.number % COMMON_EVERY == 0

    @property
    def name(self) -> str:
        """Three characters; many share one."""
        if self.is_common:
            return COMMON_NAME
        rest, surname = divmod(self.number, len(_SURNAMES))
        rest, first = divmod(rest, len(_GIVEN))
        return _SURNAMES[surname] + _GIVEN[first] + _GIVEN[rest % len(_GIVEN)]

    @property
    def phone(self) -> Identifier:
        """A mobile number, from 130 0000 0001 up."""
        return Identifier(IdentifierKind.PHONE, f"+86{13_000_000_000 + self.number}")

    @property
    def citizen_id(self) -> Identifier:
        """A number of province 89, where nobody lives; those of the common year come from other counties."""
        if self.is_common:
            rest, day = divmod(self.number // COMMON_EVERY, _DAYS_OF_YEAR)
            county, sequence = divmod(rest, _SEQUENCES)
            region, born = 890_102 + county, date(COMMON_YEAR, 1, 1) + timedelta(days=day)
        else:
            region = 890_101
            sequence, day = divmod(self.number, _DAYS)
            born = _FIRST_BIRTH + timedelta(days=day)
        number = citizen_id.complete(f"{region}{born:%Y%m%d}{sequence + 1:03}")
        return Identifier(IdentifierKind.CITIZEN_ID, number)

    @property
    def birth_year(self) -> int:
        """As the citizen number tells it."""
        return int(self.citizen_id.value[6:10])

    @property
    def uid(self) -> str:
        """The internal name of the account."""
        return self.secret("uid", 16)

    @property
    def cookie(self) -> str:
        """Opens the person's session."""
        return numbered_secret.write(self.number, self.secret("session"))

    @property
    def origin(self) -> bytes:
        """Of the person's family: the digest of the code that it was redeemed for."""
        return codes.origin_of(CLIENT_ID, self.secret("code"))

    @property
    def sub(self) -> str:
        """The subject identifier that the app knows them by."""
        return self.secret("sub", 16)

    @property
    def sid(self) -> str:
        """The session identifier that the app knows."""
        return self.secret("sid", 16)

    def secret(self, what_for: str, length: int = 32) -> str:
        """Looks as random as `idp.entropy.random_token`."""
        digest = hashlib.sha256(f"{what_for} {self.number}".encode()).digest()
        return base64.urlsafe_b64encode(digest[:length]).rstrip(b"=").decode()
