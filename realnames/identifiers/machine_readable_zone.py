"""The two lines at the foot of a passport's page, ICAO Doc 9303 part 4 §4.2 (TD3), as a reader or a camera gives them.

Visas and cards have other lines and are refused: of the permits that China gives as cards no layout was published.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from realnames.identifiers.citizen_id import Sex
from realnames.identifiers.foreign_passport import ForeignPassport, parse_passport_of
from realnames.identifiers.issuance import calendar_date
from realnames.identifiers.issuing_state import parse_nationality
from realnames.identifiers.normalisation import normalise_number, require_form
from realnames.identifiers.passport import Passport
from realnames.identifiers.refusal import IdentifierRefused, Reason

_LENGTH = 88  # two lines of 44
_FILLER = "<"
_FORM = re.compile(
    "P[A-Z<](?P<state>[A-Z<]{3})(?P<name>[A-Z][A-Z<]{38})"
    "(?P<number>[0-9A-Z<]{9})(?P<number_check>[0-9])(?P<nationality>[A-Z<]{3})"
    "(?P<birth>[0-9<]{6})(?P<birth_check>[0-9])(?P<sex>[MF<])(?P<expiry>[0-9<]{6})(?P<expiry_check>[0-9])"
    "(?P<optional>[0-9A-Z<]{14})(?P<optional_check>[0-9<])(?P<all_check>[0-9])",
    re.ASCII,
)
_CHECKED = ("number", "birth", "expiry", "optional")
_SECOND_LINE = 44
_IN_COMPOSITE = (slice(0, 10), slice(13, 20), slice(21, 43))
"""Of the second line: each checked field with its check digit (§4.2.2.2)."""
_WEIGHTS = (7, 3, 1)
_SEXES = {"M": Sex.MALE, "F": Sex.FEMALE}
_YEARS_AHEAD = 50
"""Which century an expiry is of: no passport is valid for longer, or was machine-readable so long ago."""


@dataclass(frozen=True, slots=True)
class MachineReadableZone:
    """Lines that `parse_machine_readable_zone` accepted; the repr shows nothing of them.

    Attributes:
        passport: state and number, as people sign in by them.
        nationality: three letters, as `parse_nationality` gives them; not always that of the issuing state.
        primary_identifier: the surname in most countries: Latin capitals, spaces for all that parts it.
        secondary_identifier: the given names, may be empty.
        is_name_cut: the name fills its field, so there may be more of it than stands here.
        birth_date: None where the day, month or year is not known. Of two centuries the later one that is not in the future.
        sex: None where the passport does not say.
        expiry_date: its last day; None where there is none. Whether it is over is for the caller to judge.
    """

    passport: Passport | ForeignPassport = field(repr=False)
    nationality: str = field(repr=False)
    primary_identifier: str = field(repr=False)
    secondary_identifier: str = field(repr=False)
    is_name_cut: bool = field(repr=False)
    birth_date: date | None = field(repr=False)
    sex: Sex | None = field(repr=False)
    expiry_date: date | None = field(repr=False)

    @property
    def name(self) -> str:
        """As `parse_foreigner_name` takes it: `ERIKSSON ANNA MARIA`."""
        return f"{self.primary_identifier} {self.secondary_identifier}".rstrip()


def parse_machine_readable_zone(text: str, *, today: date, sandbox: bool = False) -> MachineReadableZone:
    """What the two lines say, with or without breaks and spaces; a zero read for a letter is refused and never mended.

    Args:
        text: what was read; may be anything.
        today: the date in China (UTC+8), by which the century of a birth is told.
        sandbox: accept passports of Utopia.

    Raises:
        IdentifierRefused: `length`, `charset` (no passport, or not by the standard), `checksum` (of any of the five check
            digits), `date`, `region` (of the state or the nationality), or what `parse_passport_of` says of the number.
    """
    zone = normalise_number(text)
    found = require_form(zone, _FORM, length=_LENGTH)
    if not _is_whole(found, zone[_SECOND_LINE:]):
        raise IdentifierRefused(Reason.CHECKSUM)
    state, nationality = found["state"].rstrip(_FILLER), found["nationality"].rstrip(_FILLER)
    primary, _, secondary = found["name"].partition(_FILLER * 2)
    return MachineReadableZone(
        passport=parse_passport_of(state, found["number"].replace(_FILLER, ""), sandbox=sandbox),
        nationality=parse_nationality(nationality, sandbox=sandbox),
        primary_identifier=_words(primary),
        secondary_identifier=_words(secondary),
        is_name_cut=not found["name"].endswith(_FILLER),
        birth_date=_date(found["birth"], latest=today),
        sex=_SEXES.get(found["sex"]),
        expiry_date=_date(found["expiry"], latest=date(today.year + _YEARS_AHEAD, 12, 31)),
    )


def check_digit(field_: str) -> str:
    """The digit behind a field: MOD 10 with weights 7, 3, 1; letters from A = 10, fillers 0 (Doc 9303 part 3 §4.9).

    Raises:
        IdentifierRefused: `charset`, when there are other characters than digits, capital letters and fillers.
    """
    if re.fullmatch("[0-9A-Z<]*", field_, re.ASCII) is None:
        raise IdentifierRefused(Reason.CHARSET)
    values = (0 if each == _FILLER else int(each, 36) for each in field_)
    return str(sum(_WEIGHTS[place % 3] * value for place, value in enumerate(values)) % 10)


def _is_whole(found: re.Match[str], second_line: str) -> bool:
    composite = "".join(second_line[part] for part in _IN_COMPOSITE)
    return check_digit(composite) == found["all_check"] and all(
        found[f"{name}_check"] in _check_digits(found[name], name) for name in _CHECKED
    )


def _check_digits(value: str, name: str) -> tuple[str, ...]:
    """Behind optional data that is empty there may be a filler instead of its zero (§4.2.2.2)."""
    may_be_missing = name == "optional" and not value.strip(_FILLER)
    return (check_digit(value), _FILLER) if may_be_missing else (check_digit(value),)


def _words(identifier: str) -> str:
    return " ".join(identifier.replace(_FILLER, " ").split())


def _date(digits: str, *, latest: date) -> date | None:
    """YYMMDD in the latest century that `latest` allows."""
    if _FILLER in digits:
        return None
    century = latest.year // 100
    if f"{century}{digits}" > f"{latest:%Y%m%d}":
        century -= 1
    day = calendar_date(f"{century}{digits}")
    if day is None:
        raise IdentifierRefused(Reason.DATE)
    return day
