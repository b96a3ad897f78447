"""The books of the fund: made up from the subject, so that each person always finds the same figures."""

import hashlib
from dataclasses import dataclass

_EMPLOYERS = ("示例市第二小学", "示例市公共交通公司", "示例市自来水厂", "示例市图书馆", "示例市儿童医院")
_MONTHS = ("2026年5月", "2026年6月", "2026年7月", "2026年8月", "2026年9月", "2026年10月")


@dataclass(frozen=True, slots=True)
class Account:
    """One person's savings; money is in fen (分)."""

    number: str
    employer: str
    balance: int
    monthly: int

    @property
    def contributions(self) -> tuple[tuple[str, int], ...]:
        """What was paid in, month by month, the newest first."""
        return tuple((month, self.monthly) for month in reversed(_MONTHS))


def account_of(subject: str) -> Account:
    """The account kept under this subject."""
    seed = int.from_bytes(hashlib.sha256(subject.encode()).digest()[:8], "big")
    monthly = 80_000 + seed % 320_000 // 100 * 100
    return Account(
        number=f"89{seed % 10**10:010}",
        employer=_EMPLOYERS[seed % len(_EMPLOYERS)],
        balance=monthly * (20 + seed % 60) + seed % 9_999,
        monthly=monthly,
    )


def yuan(fen: int) -> str:
    """Money as people write it."""
    return f"{fen / 100:,.2f} 元"
