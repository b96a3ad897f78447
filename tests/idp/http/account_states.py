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
_SEEN = {"first_seen_at": MOMENT, "last_seen_at": MOMENT}
KNOWN = [
    SimpleNamespace(id=7, name="鸿蒙 · 华为浏览器", icon="phone", is_this=True, **_SEEN),
    SimpleNamespace(id=3, name="没有认出的设备", icon="laptop", is_this=False, **_SEEN),
]
DEVICES: dict[str, Any] = {"devices": [THIS, *OTHERS], "others": 2, "known": KNOWN, "csrf": "t", "done": None}


def app(name: str, **changes: Any) -> SimpleNamespace:
    shown = {
        "sees": "姓名、手机号",
        "since": MOMENT,
        "used_at": MOMENT,
        "address": None,
        "is_by_law": False,
        "is_offline": False,
    }
    return SimpleNamespace(client_id="an-app", name=name, **{**shown, **changes})


BY_LAW = app("不动产登记中心网上办事大厅", is_by_law=True, address="https://land.example.cn/")
BARE = {"sees": "只知道是您", "is_offline": True, "since": None, "used_at": None}
APP: dict[str, Any] = {"form_action": "/me/apps/an-app", "csrf": "t", "is_stale": False}


def line(what: str, **changes: Any) -> SimpleNamespace:
    told: dict[str, Any] = {
        "tile": "公",
        "where": "网站，Windows 电脑 · Chrome",
        "level": None,
        "tags": [],
        "is_refused": False,
        "is_look": False,
    }
    return SimpleNamespace(id=7, what=what, time="15:42", moment="2026-11-23T15:42:00+08:00", **{**told, **changes})


LINES = [
    line("登录了住房公积金", level=3, tags=["可以看：姓名", "可以看：手机号"]),
    line("工作人员看了您的信息", is_look=True, tags=["看了：手机号", "原因：您请求帮助"]),
    line("一次登录被拦下", is_refused=True, tags=["没有给出信息"]),
    line("换了手机号", tile="", where=""),
]
KINDS = [
    SimpleNamespace(address=f"/me/activity?kind={name}", name=name, is_chosen=name == "all")
    for name in ("all", "sign_ins", "seen", "changes")
]
DAYS = [
    SimpleNamespace(name="今天，2026年11月23日", lines=LINES),
    SimpleNamespace(name="2026年11月20日", lines=LINES[:1]),
]
ACTIVITY: dict[str, Any] = {"days": DAYS, "kinds": KINDS, "older": None, "newest": None}
OUT: dict[str, Any] = {"form_action": "/me/not-me/sign-out", "csrf": "t"}

METHODS = [
    SimpleNamespace(icon="phone", name="短信验证码", to="138****1234"),
    SimpleNamespace(icon="key", name="密码", to=""),
]
RECENT = [
    SimpleNamespace(id=9, what="登录了", at=MOMENT, where="网站，鸿蒙 · 华为浏览器，用短信验证码", is_refused=False),
    SimpleNamespace(id=7, what="一次登录被拦下", at=MOMENT, where="", is_refused=True),
]
SIGNED_IN: dict[str, Any] = {
    "masked_name": "张*三",
    "level": 3,
    "methods": METHODS,
    "devices": [THIS, OTHERS[0]],
    "device_count": 3,
    "recent": RECENT,
    "app_count": 5,
    "csrf": "t",
}
NEW_PERSON: dict[str, Any] = {**SIGNED_IN, "masked_name": None, "level": 1, "devices": [THIS], "device_count": 1}

ACCOUNT_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "signed_in": ("signed_in.html", SIGNED_IN),
    "signed_in-nameless": ("signed_in.html", {**NEW_PERSON, "methods": METHODS[:1], "recent": [], "app_count": 0}),
    "signed_in-offer": ("signed_in.html", {**SIGNED_IN, "offer_csrf": "t"}),
    "signed_in-by-a-recovery-code": ("signed_in.html", {**SIGNED_IN, "codes_left": 9}),
    "signed_in-by-the-last-recovery-code": ("signed_in.html", {**SIGNED_IN, "codes_left": 0}),
    "signed_in-asked-to-act": ("signed_in.html", {**SIGNED_IN, "waiting_count": 2}),
    "signed_in-level-2": ("signed_in.html", {**SIGNED_IN, "level": 2}),
    "signed_in-level-4": ("signed_in.html", {**SIGNED_IN, "level": 4}),
    "signed_in-level-5": ("signed_in.html", {**SIGNED_IN, "level": 5}),
    "devices": ("devices.html", DEVICES),
    "devices-only-this": ("devices.html", {**DEVICES, "devices": [THIS], "others": 0}),
    "devices-one-out": ("devices.html", {**DEVICES, "done": "one"}),
    "devices-others-out": ("devices.html", {**DEVICES, "devices": [THIS], "others": 0, "done": "others"}),
    "devices-unknown": ("devices.html", {**DEVICES, "known": []}),
    "devices-forgotten": ("devices.html", {**DEVICES, "known": KNOWN[:1], "done": "forgotten"}),
    "devices-all-forgotten": ("devices.html", {**DEVICES, "known": [], "done": "all_forgotten"}),
    "devices-stale": ("devices.html", {**DEVICES, "is_stale": True}),
    "apps": ("apps.html", {"apps": [app("住房公积金"), BY_LAW, app("云江通", **BARE)], "done": None}),
    "apps-none": ("apps.html", {"apps": [], "done": None}),
    "apps-withdrawn": ("apps.html", {"apps": [BY_LAW], "done": "withdrawn"}),
    "apps-signed-out": ("apps.html", {"apps": [app("住房公积金")], "done": "signed_out"}),
    "app": ("app.html", {**APP, "app": app("住房公积金")}),
    "app-by-law": ("app.html", {**APP, "app": BY_LAW}),
    "activity": ("activity.html", ACTIVITY),
    "activity-none": ("activity.html", {**ACTIVITY, "days": []}),
    "activity-middle": (
        "activity.html",
        {**ACTIVITY, "days": DAYS[1:], "older": "/me/activity?before=7", "newest": "/me/activity"},
    ),
    "not_me": ("not_me.html", {"line": None, "is_done": False}),
    "not_me-line": ("not_me.html", {"line": LINES[1], "is_done": False}),
    "not_me-done": ("not_me.html", {"line": None, "is_done": True}),
    "not_me_sign_out": ("not_me_sign_out.html", {**OUT, "is_stale": False}),
    "not_me_sign_out-stale": ("not_me_sign_out.html", {**OUT, "is_stale": True}),
    "app-stale": ("app.html", {**APP, "app": app("云江通", **BARE), "is_stale": True}),
}
