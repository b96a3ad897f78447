"""The two lines of a passport: the specimens that ICAO and states published, and every check digit."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realnames.identifiers.foreign_passport import ForeignPassport
from realnames.identifiers.foreigner_name import parse_foreigner_name
from realnames.identifiers.machine_readable_zone import (
    MachineReadableZone,
    check_digit,
    parse_machine_readable_zone,
)
from realnames.identifiers.passport import Passport
from realnames.identifiers.refusal import IdentifierRefused, Reason
from tests.realnames.identifiers.vectors import TODAY

UTOPIAN = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
"""ICAO Doc 9303 part 4, appendix B."""
UTOPIAN_OF_2006 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C<3UTO6908061F9406236ZE184226B<<<<<14"
GERMAN = "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<\nC01X00T478D<<6408125F2702283<<<<<<<<<<<<<<<4"
BRITISH = "P<GBRUK<SPECIMEN<<ANGELA<ZOE<<<<<<<<<<<<<<<<\n9250764733GBR8809117F2007162<<<<<<<<<<<<<<08"


def zone_of(**changes: str) -> str:
    """The lines of Utopia with these fields changed, and every check digit that is not told as it must be."""
    fields = {
        "code": "P<",
        "state": "UTO",
        "name": "ERIKSSON<<ANNA<MARIA",
        "number": "L898902C3",
        "nationality": "UTO",
        "birth": "740812",
        "sex": "F",
        "expiry": "120415",
        "optional": "",
        **changes,
    }
    number, optional = fields["number"].ljust(9, "<"), fields["optional"].ljust(14, "<")
    checked = {"number": number, "birth": fields["birth"], "expiry": fields["expiry"], "optional": optional}
    parts = [value + changes.get(f"{name}_check", check_digit(value)) for name, value in checked.items()]
    first = f"{fields['code']}{fields['state']:<<3}{fields['name']:<<39}"
    second = f"{parts[0]}{fields['nationality']:<<3}{parts[1]}{fields['sex']}{parts[2]}{parts[3]}"
    return f"{first}\n{second}{check_digit(''.join(parts))}"


def read(text: str) -> MachineReadableZone:
    return parse_machine_readable_zone(text, today=TODAY, sandbox=True)


def reason_against(text: str) -> Reason:
    with pytest.raises(IdentifierRefused) as refused:
        read(text)
    assert refused.value.args == (refused.value.reason,)
    assert refused.value.__context__ is None
    return refused.value.reason


@pytest.mark.parametrize(
    ("text", "passport", "name", "birth", "expiry"),
    [
        (UTOPIAN, "UTO/L898902C3", ("ERIKSSON", "ANNA MARIA"), date(1974, 8, 12), date(2012, 4, 15)),
        (UTOPIAN_OF_2006, "UTO/L898902C", ("ERIKSSON", "ANNA MARIA"), date(1969, 8, 6), date(1994, 6, 23)),
        (GERMAN, "DEU/C01X00T47", ("MUSTERMANN", "ERIKA"), date(1964, 8, 12), date(2027, 2, 28)),
        (BRITISH, "GBR/925076473", ("UK SPECIMEN", "ANGELA ZOE"), date(1988, 9, 11), date(2020, 7, 16)),
    ],
)
def test_a_published_specimen_is_read(
    text: str, passport: str, name: tuple[str, str], birth: date, expiry: date
) -> None:
    zone = read(text)
    assert zone.passport.canonical == passport
    assert (zone.primary_identifier, zone.secondary_identifier) == name
    assert (zone.birth_date, zone.expiry_date, zone.sex) == (birth, expiry, "female")
    assert zone.nationality == passport[:3]
    assert not zone.is_name_cut
    assert zone.name == parse_foreigner_name(zone.name).canonical
    assert repr(zone) == str(zone) == "MachineReadableZone()"
    assert zone == read(text.replace("\n", "\r\n")) == read(f" {text.lower()}\u200b") == read(text.replace("<", "＜"))


@pytest.mark.parametrize(
    ("field", "digit"),
    [
        ("520727", "3"),
        ("AB2134<<<", "5"),
        ("HA672242<658022549601086<<<<<<<<<<<<<<0", "8"),
        ("D231458907<<<<<<<<<<<<<<<34071279507122<<<<<<<<<<", "2"),
    ],
)
def test_check_digits_of_the_standard(field: str, digit: str) -> None:
    """Doc 9303 part 3, appendix A."""
    assert check_digit(field) == digit


def test_a_passport_of_the_peoples_republic_is_ours() -> None:
    zone = read(
        zone_of(state="CHN", nationality="CHN", number="E12345678", name="ZHANG<<SAN", optional="NEPOMCPI<<<<A9")
    )
    assert zone.passport == Passport("E12345678")
    assert zone.name == "ZHANG SAN"


def test_a_hyphen_in_a_number_is_none_as_when_it_is_typed() -> None:
    """Mutation: the filler that stands for it makes another number of it."""
    assert read(zone_of(state="IND", number="J<1234567")).passport == ForeignPassport("IND", "J1234567")


@pytest.mark.parametrize(
    ("changes", "attribute", "expected"),
    [
        ({"sex": "M"}, "sex", "male"),
        ({"sex": "<"}, "sex", None),
        ({"birth": "74<<<<"}, "birth_date", None),
        ({"birth": "<<<<<<"}, "birth_date", None),
        ({"birth": "261123"}, "birth_date", TODAY),
        ({"birth": "261124"}, "birth_date", date(1926, 11, 24)),
        ({"birth": "000229"}, "birth_date", date(2000, 2, 29)),
        ({"expiry": "760101"}, "expiry_date", date(2076, 1, 1)),
        ({"expiry": "770101"}, "expiry_date", date(1977, 1, 1)),
        ({"expiry": "<<<<<<"}, "expiry_date", None),
        ({"name": "ARKFREITH"}, "name", "ARKFREITH"),
        ({"name": "VAN<DER<BERG<<JAN<<PIET"}, "name", "VAN DER BERG JAN PIET"),
        ({"name": "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K"}, "is_name_cut", True),
        ({"state": "UNO", "nationality": "XXB"}, "nationality", "XXB"),
        ({"state": "D", "nationality": "TUR"}, "nationality", "TUR"),
        ({"code": "PO"}, "name", "ERIKSSON ANNA MARIA"),
    ],
)
def test_what_the_lines_tell(changes: dict[str, str], attribute: str, expected: object) -> None:
    """Mutations: a person of a hundred years who is not born yet; the nationality is that of whoever issued it."""
    assert getattr(read(zone_of(**changes)), attribute) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.LENGTH),
        (UTOPIAN[:-1], Reason.LENGTH),
        (f"{UTOPIAN}<", Reason.LENGTH),
        (UTOPIAN.replace("P<", "V<", 1), Reason.CHARSET),
        (UTOPIAN.replace("MARIA", "MAR1A"), Reason.CHARSET),
        (UTOPIAN.replace("F12", "X12"), Reason.CHARSET),
        (UTOPIAN.replace("740812", "74O812"), Reason.CHARSET),
        (UTOPIAN.replace("L898902C3", "L89890ZC3"), Reason.CHECKSUM),
        (UTOPIAN.replace("<<<<<10", "<<<<<11"), Reason.CHECKSUM),
        (zone_of(birth="740230"), Reason.DATE),
        (zone_of(birth="741301"), Reason.DATE),
        (zone_of(expiry="120400"), Reason.DATE),
        (zone_of(state="ZZZ"), Reason.REGION),
        (zone_of(state="XXA"), Reason.REGION),
        (zone_of(state="TWN"), Reason.REGION),
        (zone_of(nationality="ZZZ"), Reason.REGION),
        (zone_of(state="<<<"), Reason.REGION),
        (zone_of(number="12"), Reason.LENGTH),
        (zone_of(state="CHN", number="K12345678"), Reason.CHARSET),
    ],
)
def test_the_first_rule_that_the_lines_break(text: str, reason: Reason) -> None:
    assert reason_against(text) is reason


def test_utopia_lives_in_the_sandbox_alone() -> None:
    with pytest.raises(IdentifierRefused) as refused:
        parse_machine_readable_zone(UTOPIAN, today=TODAY)
    assert refused.value.reason is Reason.REGION


def test_optional_data_that_is_empty_may_have_a_filler_for_its_digit() -> None:
    """And no other. Mutation: the digit behind data that is there may be missing."""
    assert read(GERMAN).passport == read(f"{GERMAN[:-2]}04").passport
    assert read(zone_of(optional="ZE184226B", optional_check="1")).passport == read(UTOPIAN).passport
    assert reason_against(zone_of(optional="ZE184226B", optional_check="<")) is Reason.CHECKSUM


@pytest.mark.parametrize("field", ["number", "birth", "expiry", "optional"])
def test_each_field_has_a_digit_of_its_own_too(field: str) -> None:
    """Where the composite digit would fit. Mutation: it alone is compared."""
    assert reason_against(zone_of(**{f"{field}_check": "8"})) is Reason.CHECKSUM


DIGITS = [place for place, each in enumerate(UTOPIAN) if each.isdigit()]


@given(st.sampled_from(DIGITS), st.integers(1, 9))
def test_a_digit_that_was_misread_is_noticed(place: int, difference: int) -> None:
    """Mutations: a weight, the composite digit, a field left out."""
    misread = f"{UTOPIAN[:place]}{(int(UTOPIAN[place]) + difference) % 10}{UTOPIAN[place + 1 :]}"
    assert reason_against(misread) is Reason.CHECKSUM


@pytest.mark.parametrize("field", ["a", "Ä", "1 2", "١", "1\n"])
def test_only_what_the_lines_can_hold_has_a_check_digit(field: str) -> None:
    with pytest.raises(IdentifierRefused) as refused:
        check_digit(field)
    assert refused.value.reason is Reason.CHARSET
