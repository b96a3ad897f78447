"""Every state that the pages of the account can be in: the template and a context that shows it."""

from types import SimpleNamespace
from typing import Any

MOMENT = "2026年11月23日 15:42"


def device(name: str, icon: str, *, is_this: bool = False, is_shared: bool = False) -> SimpleNamespace:
    moments = {"signed_in_at": MOMENT, "last_seen_at": MOMENT}
    return SimpleNamespace(
        sid="s1d", name=name, icon=icon, channel="网站", is_this=is_this, is_shared=is_shared, **moments
    )


THIS = device("鸿蒙 · 华为浏览器", "phone", is_this=True)
OTHERS = [device("Windows 电脑 · Chrome", "laptop", is_shared=True), device("没有认出的设备", "laptop")]
DEVICES: dict[str, Any] = {"devices": [THIS, *OTHERS], "others": 2, "csrf": "t", "done": None}

ACCOUNT_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "devices": ("devices.html", DEVICES),
    "devices-only-this": ("devices.html", {**DEVICES, "devices": [THIS], "others": 0}),
    "devices-one-out": ("devices.html", {**DEVICES, "done": "one"}),
    "devices-others-out": ("devices.html", {**DEVICES, "devices": [THIS], "others": 0, "done": "others"}),
    "devices-stale": ("devices.html", {**DEVICES, "is_stale": True}),
}
