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


def app(name: str, **changes: Any) -> SimpleNamespace:
    shown = {"sees": "姓名、手机号", "since": MOMENT, "used_at": MOMENT, "address": None, "is_by_law": False}
    return SimpleNamespace(client_id="an-app", name=name, **{**shown, **changes})


BY_LAW = app("不动产登记中心网上办事大厅", is_by_law=True, address="https://land.example.cn/")
BARE = {"sees": "", "since": None, "used_at": None}
APP: dict[str, Any] = {"form_action": "/me/apps/an-app", "csrf": "t", "is_stale": False}

ACCOUNT_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "devices": ("devices.html", DEVICES),
    "devices-only-this": ("devices.html", {**DEVICES, "devices": [THIS], "others": 0}),
    "devices-one-out": ("devices.html", {**DEVICES, "done": "one"}),
    "devices-others-out": ("devices.html", {**DEVICES, "devices": [THIS], "others": 0, "done": "others"}),
    "devices-stale": ("devices.html", {**DEVICES, "is_stale": True}),
    "apps": ("apps.html", {"apps": [app("住房公积金"), BY_LAW, app("云江通", **BARE)], "done": None}),
    "apps-none": ("apps.html", {"apps": [], "done": None}),
    "apps-withdrawn": ("apps.html", {"apps": [BY_LAW], "done": "withdrawn"}),
    "apps-signed-out": ("apps.html", {"apps": [app("住房公积金")], "done": "signed_out"}),
    "app": ("app.html", {**APP, "app": app("住房公积金")}),
    "app-by-law": ("app.html", {**APP, "app": BY_LAW}),
    "app-stale": ("app.html", {**APP, "app": app("云江通", **BARE), "is_stale": True}),
}
