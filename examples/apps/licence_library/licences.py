"""The shelves of the library: licences made up from the subject, so that a holder always finds the same ones."""

import hashlib
from dataclasses import dataclass

_KINDS = (
    ("driving", "机动车驾驶证", "Driving licence", "示例市公安局"),
    ("marriage", "结婚证", "Marriage certificate", "示例市民政局"),
    ("property", "不动产权证书", "Property certificate", "示例市自然资源局"),
    ("teaching", "教师资格证书", "Teaching certificate", "示例市教育局"),
    ("health", "健康证明", "Health certificate", "示例市疾病预防控制中心"),
    ("business", "营业执照", "Business licence", "示例市市场监督管理局"),
)


@dataclass(frozen=True)
class Licence:
    """One licence on the shelf."""

    kind: str
    title: str
    title_in_english: str
    issued_by: str
    number: str
    valid_until: str


def licences_of(subject: str) -> list[Licence]:
    """Between two and four licences kept under this subject."""
    seed = hashlib.sha256(subject.encode()).digest()
    first, amount = seed[0] % len(_KINDS), 2 + seed[1] % 3
    kinds = [_KINDS[(first + place) % len(_KINDS)] for place in range(amount)]
    return [
        Licence(
            *kind, number=f"8900{int.from_bytes(seed[place : place + 4], 'big'):010}", valid_until=_date(seed[place])
        )
        for place, kind in enumerate(kinds, start=2)
    ]


def _date(byte: int) -> str:
    return f"{2028 + byte % 8}年{1 + byte % 12}月{1 + byte % 28}日"
