import pytest

from realnames.identifiers.citizen_id import complete
from realnames.identifiers.citizen_id_1989 import upgrade_15_digits
from realnames.identifiers.refusal import IdentifierRefused, Reason


def test_only_the_sequences_once_kept_for_centenarians_leave_the_century_open() -> None:
    """Red when the four sequences lose one or gain one."""
    uncertain = [n for n in range(1, 1000) if upgrade_15_digits(f"420529010101{n:03}").is_century_uncertain]
    assert uncertain == [996, 997, 998, 999]


def test_residence_permits_and_foreign_cards_never_had_15_digits() -> None:
    for region in ("810000", "820000", "830000", "932682"):
        with pytest.raises(IdentifierRefused) as refused:
            upgrade_15_digits(f"{region}900307001")
        assert refused.value.reason is Reason.REGION


def test_province_89_lives_in_the_sandbox_alone() -> None:
    with pytest.raises(IdentifierRefused):
        upgrade_15_digits("890101900307001")
    assert upgrade_15_digits("890101900307001", sandbox=True).citizen_id.number == complete("89010119900307001")
