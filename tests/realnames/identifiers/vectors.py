"""The verified numbers of `vectors.json`, and what our parsers say of those that are wrong, where the file says it otherwise."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from realnames.identifiers.refusal import Reason

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))
TODAY = date.fromisoformat(VECTORS["_meta"]["today_for_future_check"])

_BY_REASON: dict[str, dict[Reason, tuple[str, ...]]] = {
    "resident_id_15": {
        Reason.LENGTH: ("42050290030700", "4205029003070010", "420502 900307001"),
        Reason.CHARSET: ("42050290023000A", "４２０５０２９００３０７００１"),
        Reason.DATE: ("420502900230001", "420502991301001"),
        Reason.REGION: ("000000900307001", "160502900307001"),
        Reason.SEQUENCE: ("420502900307000",),
    },
    "foreign_permanent_resident_15": {
        Reason.LENGTH: ("USA42007007042", "USA4200700704211", "USA 42007007042"),
        Reason.CHARSET: ("US1420070070421", "USA42007007O421", "840420070070421", "U5A420070070421"),
    },
    "hk_macau_travel_permit": {
        Reason.LENGTH: ("H1234567", "H123456789", "H12345678901", "12345678"),
        Reason.CHARSET: ("A12345678", "H1234567A", "HM1234567"),
    },
    "taiwan_travel_permit": {
        Reason.LENGTH: ("1234567", "123456789", "1234567890", ""),
        Reason.CHARSET: ("1234567A", "T1234567"),
    },
    "cn_passport": {
        Reason.LENGTH: ("E1234567", "E123456789", "E-1234567", "SE123456"),
        Reason.CHARSET: ("EI1234567", "EO1234567", "F12345678", "EAA123456"),
    },
    "uscc_18": {
        Reason.LENGTH: ("91420500-A48ABC103",),
        Reason.REGION: ("9142050AMA48ABC103",),
    },
    "organization_code_9": {
        Reason.LENGTH: ("D2143569", "D2143569XX", "        9"),
        Reason.CHARSET: ("D2143569A",),
    },
    "business_registration_15": {
        Reason.LENGTH: ("42050000001234", "4205000000123460", "", "4205000-0012346"),
        Reason.CHARSET: ("4205000000123A6",),
    },
    "mobile": {
        Reason.LENGTH: ("1300000000", "130000000000", "14100000000000"),
        Reason.CHARSET: ("1300000000O",),
        Reason.NOT_MOBILE: ("12000000000", "10000000000", "07171234567"),
    },
    "chinese_name": {
        Reason.LENGTH: ("张", "张" + "三" * 50),
        Reason.CHARSET: ("张三1", "张三!", "张😀"),
        Reason.FOREIGNER_NAME: ("Zhang San",),
        Reason.DOT: ("·张三", "张三·", "张··三"),
        Reason.PRIVATE_USE: ("张\ue815",),
    },
}
REASONS = {
    group: {text: reason for reason, texts in reasons.items() for text in texts}
    for group, reasons in _BY_REASON.items()
}
"""By group and vector, where the vector tells no reason or tells it in a word that is not ours."""

SPELLINGS: dict[str, dict[str, str]] = {
    "resident_id_18": {
        "42050219900307008x": "42050219900307008X",
        "４２０５０２１９９００３０７００１２": "420502199003070012",
        "420502\u200b199003070012": "420502199003070012",
        "420502199003070012\n": "420502199003070012",
    },
    "foreign_permanent_resident_18": {
        "CAN110019810803": "CAN110019810803",
        "９42840197007040012": "942840197007040012",
    },
    "foreign_permanent_resident_15": {
        "usa420070070421": "USA420070070421",
        "USA420070１70421": "USA420070170421",
        "USA420070070421\n": "USA420070070421",
    },
    "hk_macau_travel_permit": {
        "h12345678": "H12345678",
        "Ｈ12345678": "H12345678",
        "H 12345678": "H12345678",
    },
    "taiwan_travel_permit": {
        "１２３４５６７８": "12345678",
        "12345 678": "12345678",
        "1234567８": "12345678",
        "12345678\n": "12345678",
    },
    "cn_passport": {"e12345678": "E12345678", "Ｅ12345678": "E12345678"},
    "uscc_18": {
        "91420500ma48abc103": "91420500MA48ABC103",
        "９１４２０５００ＭＡ４８ＡＢＣ１０３": "91420500MA48ABC103",
        "91420500MA48ABC116": "91420500MA48ABC116",
    },
    "organization_code_9": {
        "d2143569X": "D2143569X",
        "D214356-9X": "D2143569X",
        "D2143569x": "D2143569X",
        "Ｄ2143569X": "D2143569X",
        "D2143569-X": "D2143569X",
    },
    "business_registration_15": {
        "４20500000012346": "420500000012346",
        "420500000012346 ": "420500000012346",
    },
    "mobile": {
        "+8613000000000": "13000000000",
        "８613000000000": "13000000000",
        "130 0000 0000": "13000000000",
    },
}
"""By group and vector that is invalid only as it is spelled, or that we take all the same: the canonical form.

All the same: the card of 2017, which the file counts with those of 2023 as too short; and a social credit code whose
inner check character does not fit, which is an oddity.
"""


def walk() -> list[tuple[str, str, Any]]:
    """Group, part and vector, of every vector; what is no list is a remark."""
    found: list[tuple[str, str, Any]] = []
    for group, content in VECTORS.items():
        parts = content if isinstance(content, dict) else {"normalise": content}
        found += [(group, part, each) for part, some in parts.items() if isinstance(some, list) for each in some]
    return found


def text_of(vector: Any) -> str:
    """What would be typed."""
    text: str = vector["value"] if isinstance(vector, dict) else vector
    return text
