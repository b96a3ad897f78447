import json
from pathlib import Path
from typing import Any

import pytest

from realnames.identifiers.citizen_id import complete
from realnames.identifiers.citizen_id_1989 import upgrade_15_digits
from realnames.identifiers.refusal import IdentifierRefused, Reason

GROUP = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))["resident_id_15"]
REASONS = {
    "14 digits": Reason.LENGTH,
    "16 digits": Reason.LENGTH,
    "letter": Reason.CHARSET,
    "30 February": Reason.DATE,
    "month 13": Reason.DATE,
    "region": Reason.REGION,
    "sequence 000": Reason.SEQUENCE,
    "no province 16": Reason.REGION,
    "full-width digits, strict": Reason.CHARSET,
    "inner space, strict": Reason.LENGTH,
}


@pytest.mark.parametrize("vector", GROUP["upgrade"], ids=lambda vector: vector["note"])
def test_upgrade_vector(vector: dict[str, Any]) -> None:
    upgraded = upgrade_15_digits(vector["input"])
    assert upgraded.citizen_id.number == vector["output"]
    assert upgraded.is_century_uncertain == ("must be flagged" in vector["note"] or vector["input"].endswith("999"))


@pytest.mark.parametrize("vector", GROUP["invalid"], ids=lambda vector: vector["reason"])
def test_invalid_vector(vector: dict[str, Any]) -> None:
    with pytest.raises(IdentifierRefused) as refused:
        upgrade_15_digits(vector["value"])
    assert refused.value.reason is REASONS[vector["reason"]]


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
