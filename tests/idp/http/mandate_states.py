"""Every state of the pages about whom somebody acts for."""

from types import SimpleNamespace
from typing import Any

DAY = "2026年12月31日"


def mandate(principal: str = "王*兰", **changes: Any) -> SimpleNamespace:
    told: dict[str, Any] = {
        "uid": "m1",
        "icon": "people",
        "principal": principal,
        "is_masked": True,
        "agent": "李*",
        "role": "代办人",
        "services": ["养老待遇资格认证", "医保报销（只限异地就医备案、门诊费用报销）"],
        "until": DAY,
        "days_left": 38,
        "channels": ["网站", "手机应用", "社区"],
        "basis": "2026年11月20日 本人在网上委托",
        "is_single_use": False,
        "used_at": "2026年11月23日 15:42",
        "why": "",
        "ended": "",
    }
    return SimpleNamespace(**{**told, **changes})


REPRESENTED = mandate(
    "云江示例有限责任公司长江路分公司",
    icon="firm",
    is_masked=False,
    role="法定代表人",
    services=["凡是可以代办的都能办"],
    until="",
    days_left=None,
    channels=[],
    basis="云江市市场监管局的登记，2026年11月20日 核对",
    used_at="",
)
STRUCK_OFF = mandate("云江旧公司", icon="firm", is_masked=False, why="按登记，这个单位现在不能办事")
ONCE = mandate("张*三", is_single_use=True, used_at="", days_left=1)

IDENTITY: dict[str, Any] = {
    "action": "/s/tx/identity",
    "csrf": "t",
    "client_name": "住房公积金",
    "cancel_url": "/s/tx/cancel",
    "masked_name": "李*",
    "offers_self": True,
    "mandates": [REPRESENTED, mandate(), ONCE],
}

MANDATE_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "identity": ("identity.html", IDENTITY),
    "identity-wanted": ("identity.html", {**IDENTITY, "offers_self": False, "mandates": [REPRESENTED]}),
    "identity-nameless": ("identity.html", {**IDENTITY, "masked_name": None}),
    "identity-none-left": ("identity.html", {**IDENTITY, "mandates": [], "problem": "gone"}),
    "identity-empty": ("identity.html", {**IDENTITY, "problem": "empty"}),
    "identity-unconfirmed": ("identity.html", {**IDENTITY, "problem": "unconfirmed"}),
    "identity-stale": ("identity.html", {**IDENTITY, "is_stale": True}),
}
