"""Every state a page can be in: the template and a context that shows it."""

from types import SimpleNamespace
from typing import Any

from tests.idp.http import page_states_of_data
from tests.idp.http.account_states import ACCOUNT_CASES
from tests.idp.http.console_states import CONSOLE_CASES
from tests.idp.http.console_states_of_people import CASES_OF_PEOPLE
from tests.idp.http.console_states_of_the_log import CASES_OF_THE_LOG
from tests.idp.http.face_states import FACE_CASES
from tests.idp.http.mandate_states import MANDATE_CASES
from tests.idp.http.method_states import METHOD_CASES
from tests.idp.http.recovery_states import RECOVERY_CASES

CLIENT = {"client_name": "住房公积金", "cancel_url": "/s/tx/cancel"}
TERMS = {
    "client_logo": "0123.png",
    "client_policy_uri": "https://app.example.cn/privacy",
    "client_tos_uri": "https://app.example.cn/terms",
}
NO_CLIENT = {"client_name": None, "cancel_url": None}
STEP_UP = {"reason": "step_up", "level_needed": 4, "level_now": 3}

SIGN_IN: dict[str, Any] = {"action": "/s/tx", "csrf": "t", **CLIENT, "ways": ["code", "password"]}
PEOPLE = [
    SimpleNamespace(uid=uid, label=label, way=way)
    for uid, label, way in (
        ("a", "张*三", "code"),
        ("b", "阿***·买***", "password"),
        ("c", "138****1234", "totp"),
        ("d", "李*", "passkey"),
        ("e", "王*", "card"),
    )
]
KNOWN: dict[str, Any] = {"action": "/s/tx", "csrf": "t", **CLIENT, "people": PEOPLE[:1], "ways": ["code", "password"]}
REGISTER: dict[str, Any] = {"action": "/s/tx/register", "sign_in_url": "/s/tx?again=1", "csrf": "t", **CLIENT}
CODE: dict[str, Any] = {
    "action": "/s/tx/code",
    "resend_action": "/s/tx/resend",
    "ways_action": "/s/tx/ways",
    "csrf": "t",
    **CLIENT,
    "masked_phone": "138****1234",
    "other_ways": ["password"],
}
PASSWORD: dict[str, Any] = {
    "action": "/s/tx/password",
    "ways_action": "/s/tx/ways",
    "change_url": "/s/tx",
    "csrf": "t",
    **CLIENT,
    "masked_username": "138****1234",
    "other_ways": ["code"],
}
TOTP: dict[str, Any] = {
    "action": "/s/tx/totp",
    "ways_action": "/s/tx/ways",
    "csrf": "t",
    **CLIENT,
    "other_ways": ["code", "password", "more"],
}
PASSKEY: dict[str, Any] = {
    "action": "/s/tx/passkey",
    "options_url": "/s/tx/passkey/options",
    "ways_action": None,
    "name_url": "/s/tx?other=1",
    "csrf": "t",
    **CLIENT,
    "is_discovered": True,
    "is_for_staff": False,
    "other_ways": ["code", "password", "more"],
}
CARD: dict[str, Any] = {
    "action": "/s/tx/card",
    "bridge": "http://127.0.0.1:17312",
    "question_url": "/s/tx/card/question",
    "ways_action": None,
    "name_url": "/s/tx?other=1",
    "csrf": "t",
    **CLIENT,
    "asks_shared": True,
    "other_ways": ["code", "password", "more"],
}
CARD_PROBLEMS = (
    *("unproven", "expired", "foreign", "out_of_date", "without_pin", "lost", "unknown", "renewed", "of_another"),
)
RECOVERY: dict[str, Any] = {
    "action": "/s/tx/recovery",
    "ways_action": "/s/tx/ways",
    "csrf": "t",
    **CLIENT,
    "other_ways": ["code", "password", "more"],
}
CLOSED = [
    SimpleNamespace(name=name, why=why)
    for name, why in (("password", "used"), ("code", "none"), ("totp", "same"), ("passkey", "none"), ("card", "none"))
]
RIGHT = "《住房公积金管理条例》第二十四条，市数据局 2026 年第 7 号许可"
NUMBER = SimpleNamespace(
    claim="citizen_number", value="8901**********0012", is_verified=True, basis=RIGHT, is_needed=True
)
CONSENT: dict[str, Any] = {
    "form_action": "/s/tx/consent",
    "csrf": "t",
    **CLIENT,
    "rights": [],
    "purpose": "用来找到您的公积金账户，并把办理结果告诉您。",
    "required": [
        SimpleNamespace(claim="name", value="张*三", is_verified=True, basis=""),
        SimpleNamespace(claim="age", value="满 18 周岁：是", is_verified=True, basis=""),
        SimpleNamespace(claim="gender", value="女", is_verified=True, basis=""),
        SimpleNamespace(claim="id_match", value="只回答“是”或“不是”", is_verified=False, basis=RIGHT),
    ],
    "optional": [
        SimpleNamespace(claim="phone_number", value="138****1234", is_verified=False, basis=""),
        SimpleNamespace(claim="birthdate", value="1990-**-**", is_verified=True, basis=""),
        SimpleNamespace(claim="email", value="z***@example.cn", is_verified=False, basis=""),
    ],
    "separate": [],
}
ERROR: dict[str, Any] = {"support_code": "3F9C 72AB"}
BACK = {"client_name": "住房公积金", "back_url": "https://app.example.cn/start"}
NO_BACK = {"client_name": None, "back_url": None}
LOGOUT: dict[str, Any] = {"form_action": "/logout", "csrf": "t"}
LOGGED_OUT: dict[str, Any] = {
    **NO_BACK,
    "apps": [],
    "summary": None,
    "count": 0,
    "next_look": None,
    "frames": [],
    "is_going_on": False,
}
APPS = [
    SimpleNamespace(name=name, address=address, told=told)
    for name, address, told in (
        ("住房公积金", "https://app.example.cn/", "heard"),
        ("电子证照库", "https://licences.example.cn/", "on_its_way"),
        ("不动产登记中心网上办事大厅", "https://land.example.cn/", "not_reached"),
        ("云江通", None, "not_told"),
    )
]
FREEZE: dict[str, Any] = {
    "state": "ask",
    "form_action": "/freeze/sealed",
    "csrf": "t",
    "what": "您的账号在一台没用过的设备上登录了",
    "at": "2026年11月23日 15:42",
    "device": "chrome windows",
}
SERVICES = [SimpleNamespace(name="sign_in", is_up=True), SimpleNamespace(name="messages", is_up=False)]

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "sign_in": ("sign_in.html", SIGN_IN),
    "sign_in-no-app": ("sign_in.html", {**SIGN_IN, **NO_CLIENT}),
    "sign_in-register": ("sign_in.html", {**SIGN_IN, "register_url": "/s/tx/register?again=1"}),
    "sign_in-hint": ("sign_in.html", {**SIGN_IN, "username": "13800001234", "is_shared": True}),
    "sign_in-empty": ("sign_in.html", {**SIGN_IN, "problem": "empty"}),
    "sign_in-malformed": ("sign_in.html", {**SIGN_IN, "problem": "malformed", "username": "12345"}),
    "sign_in-too-many": ("sign_in.html", {**SIGN_IN, "problem": "too_many", "retry_at": "15:42", **ERROR}),
    "sign_in-too-many-codes": (
        "sign_in.html",
        {**SIGN_IN, "problem": "too_many", "retry_at": "15:42", "ways_action": "/s/tx/ways", **ERROR},
    ),
    "sign_in-network-too-many": (
        "sign_in.html",
        {**SIGN_IN, "problem": "too_many", "retry_at": "15:42", "is_of_network": True, **ERROR},
    ),
    "sign_in-again": ("sign_in.html", {**SIGN_IN, "reason": "again"}),
    "sign_in-step-up": ("sign_in.html", {**SIGN_IN, **STEP_UP}),
    "sign_in-code-down": ("sign_in.html", {**SIGN_IN, "code_is_down": True, "ways": ["password"], **ERROR}),
    "sign_in-stale": ("sign_in.html", {**SIGN_IN, "is_stale": True}),
    "known": ("known.html", KNOWN),
    "known-several": ("known.html", {**KNOWN, "people": PEOPLE}),
    "known-again": ("known.html", {**KNOWN, **NO_CLIENT, "people": PEOPLE[3:], "reason": "again", "is_stale": True}),
    "register": ("register.html", REGISTER),
    "register-empty": ("register.html", {**REGISTER, "problem": "empty", "is_shared": True}),
    "register-malformed": ("register.html", {**REGISTER, "problem": "malformed", "username": "12"}),
    "register-too-many": (
        "register.html",
        {**REGISTER, **NO_CLIENT, "problem": "too_many", "retry_at": "15:42", **ERROR},
    ),
    "register-network-too-many": (
        "register.html",
        {**REGISTER, "problem": "too_many", "retry_at": "15:42", "is_of_network": True, **ERROR},
    ),
    "register-code-down": ("register.html", {**REGISTER, "code_is_down": True, "is_stale": True, **ERROR}),
    "sign_in-passkey": ("sign_in.html", {**SIGN_IN, "passkey_url": "/s/tx/passkey"}),
    "sign_in-card": ("sign_in.html", {**SIGN_IN, "card_url": "/s/tx/card"}),
    "card": ("card.html", CARD),
    "card-named": ("card.html", {**CARD, **NO_CLIENT, "ways_action": "/s/tx/ways", "asks_shared": False}),
    "card-step-up": (
        "card.html",
        {**CARD, **STEP_UP, "ways_action": "/s/tx/ways", "asks_shared": False, "is_stale": True},
    ),
    **{f"card-{problem.replace('_', '-')}": ("card.html", {**CARD, "problem": problem}) for problem in CARD_PROBLEMS},
    "passkey": ("passkey.html", PASSKEY),
    "passkey-named": ("passkey.html", {**PASSKEY, **NO_CLIENT, "ways_action": "/s/tx/ways", "is_discovered": False}),
    "passkey-step-up": ("passkey.html", {**PASSKEY, **STEP_UP, "ways_action": "/s/tx/ways", "is_stale": True}),
    "passkey-staff": ("passkey.html", {**PASSKEY, "is_for_staff": True}),
    "passkey-cancelled": ("passkey.html", {**PASSKEY, "problem": "cancelled"}),
    "passkey-unproven": ("passkey.html", {**PASSKEY, "problem": "unproven"}),
    "passkey-expired": ("passkey.html", {**PASSKEY, "problem": "expired"}),
    "passkey-unknown": ("passkey.html", {**PASSKEY, "problem": "unknown", "signal": '{"rpId":"localhost"}'}),
    "code": ("code.html", CODE),
    "code-number-typed": ("code.html", {**CODE, "masked_phone": None, "resend_after": "15:42"}),
    "code-no-app": ("code.html", {**CODE, **NO_CLIENT, "other_ways": []}),
    "code-empty": ("code.html", {**CODE, "problem": "empty"}),
    "code-malformed": ("code.html", {**CODE, "problem": "malformed"}),
    "code-wrong": ("code.html", {**CODE, "problem": "wrong", "tries_left": 4, "resend_after": "15:42"}),
    "code-too-many": ("code.html", {**CODE, "problem": "too_many", "retry_at": "15:42", **ERROR}),
    "code-network-too-many": (
        "code.html",
        {**CODE, "other_ways": [], "problem": "too_many", "retry_at": "15:42", "is_of_network": True, **ERROR},
    ),
    "code-renewed": ("code.html", {**CODE, "news": "renewed"}),
    "code-resent": ("code.html", {**CODE, "news": "resent", "other_ways": ["password", "more"]}),
    "code-carrier-down": ("code.html", {**CODE, "carrier_is_down": True, **ERROR}),
    "code-message-failed": ("code.html", {**CODE, "message_has_failed": True, "call_action": "/s/tx/call"}),
    "code-resend-paused": ("code.html", {**CODE, "resend_is_paused": True, "retry_at": "15:42"}),
    "code-can-call": ("code.html", {**CODE, "call_action": "/s/tx/call", "resend_after": "15:42"}),
    "code-called": ("code.html", {**CODE, "call_action": "/s/tx/call", "is_call": True, "news": "called"}),
    "code-called-number-typed": ("code.html", {**CODE, "masked_phone": None, "is_call": True}),
    "code-step-up": ("code.html", {**CODE, **STEP_UP}),
    "code-again-stale": ("code.html", {**CODE, "reason": "again", "is_stale": True}),
    "password": ("password.html", PASSWORD),
    "password-first": ("password.html", {**PASSWORD, "other_ways": ["code", "more", "recover"]}),
    "password-no-app": ("password.html", {**PASSWORD, **NO_CLIENT}),
    "password-empty": ("password.html", {**PASSWORD, "problem": "empty"}),
    "password-wrong": ("password.html", {**PASSWORD, "problem": "wrong", "tries_left": 3}),
    "password-too-many": ("password.html", {**PASSWORD, "problem": "too_many", "retry_at": "15:42", **ERROR}),
    "password-network-too-many": (
        "password.html",
        {**PASSWORD, "other_ways": [], "problem": "too_many", "retry_at": "15:42", "is_of_network": True, **ERROR},
    ),
    "password-again": ("password.html", {**PASSWORD, "reason": "again", "is_stale": True}),
    "password-step-up": ("password.html", {**PASSWORD, **STEP_UP}),
    "ways-passkey": (
        "ways.html",
        {
            "action": "/s/tx/ways",
            "csrf": "t",
            **CLIENT,
            "ways": ["code", "passkey"],
            "back_url": None,
        },
    ),
    "ways": (
        "ways.html",
        {"action": "/s/tx/ways", "csrf": "t", **CLIENT, "ways": ["code", "password"], "back_url": "/s/tx"},
    ),
    "ways-step-up": (
        "ways.html",
        {
            "action": "/s/tx/ways",
            "csrf": "t",
            **CLIENT,
            "ways": ["passkey", "card", "totp", "code", "password", "recovery"],
            "back_url": None,
            **STEP_UP,
        },
    ),
    "ways-wished": (
        "ways.html",
        {
            "action": "/s/tx/ways",
            "csrf": "t",
            **CLIENT,
            "ways": ["totp"],
            "back_url": None,
            "may_skip": True,
            **STEP_UP,
            "reason": "wished",
        },
    ),
    "ways-all": (
        "ways.html",
        {
            "action": "/s/tx/ways",
            "csrf": "t",
            **CLIENT,
            "ways": ["code", "password", "totp", "recovery"],
            "back_url": "/s/tx",
        },
    ),
    "ways-after-a-proof": (
        "ways.html",
        {
            "action": "/s/tx/ways",
            "csrf": "t",
            **CLIENT,
            "ways": ["totp"],
            "closed_ways": CLOSED,
            "back_url": None,
            **STEP_UP,
        },
    ),
    "password-second": ("password.html", {**PASSWORD, "change_url": None, "other_ways": ["totp", "more"], **STEP_UP}),
    "totp": ("totp.html", TOTP),
    "totp-no-app": ("totp.html", {**TOTP, **NO_CLIENT}),
    "totp-empty": ("totp.html", {**TOTP, "problem": "empty"}),
    "totp-malformed": ("totp.html", {**TOTP, "problem": "malformed"}),
    "totp-wrong": ("totp.html", {**TOTP, "problem": "wrong", "tries_left": 4}),
    "totp-used": ("totp.html", {**TOTP, "problem": "used"}),
    "totp-too-many": ("totp.html", {**TOTP, **ERROR, "problem": "too_many", "retry_at": "15:42"}),
    "recovery": ("recovery.html", RECOVERY),
    "recovery-no-app": ("recovery.html", {**RECOVERY, **NO_CLIENT}),
    **{
        f"recovery-{problem}": ("recovery.html", {**RECOVERY, "problem": problem})
        for problem in ("empty", "malformed", "used")
    },
    "recovery-wrong": ("recovery.html", {**RECOVERY, "problem": "wrong", "tries_left": 4}),
    "recovery-too-many": ("recovery.html", {**RECOVERY, **ERROR, "problem": "too_many", "retry_at": "15:42"}),
    "recovery-network-too-many": (
        "recovery.html",
        {**RECOVERY, "other_ways": [], "problem": "too_many", "retry_at": "15:42", "is_of_network": True, **ERROR},
    ),
    "recovery-step-up": ("recovery.html", {**RECOVERY, **STEP_UP, "is_stale": True}),
    "totp-network-too-many": (
        "totp.html",
        {**TOTP, "other_ways": [], "problem": "too_many", "retry_at": "15:42", "is_of_network": True, **ERROR},
    ),
    "totp-step-up": ("totp.html", {**TOTP, **STEP_UP, "is_stale": True}),
    "consent": ("consent.html", CONSENT),
    "consent-required-only": ("consent.html", {**CONSENT, "optional": [], "is_stale": True}),
    "consent-separate": ("consent.html", {**CONSENT, "separate": [NUMBER]}),
    "consent-separate-optional": (
        "consent.html",
        {**CONSENT, "required": [], "separate": [SimpleNamespace(**{**vars(NUMBER), "is_needed": False})]},
    ),
    "consent-separate-unanswered": (
        "consent.html",
        {**CONSENT, "optional": [], "separate": [NUMBER], "problem": "citizen_number"},
    ),
    "consent-terms": ("consent.html", {**CONSENT, **TERMS}),
    "consent-rights": (
        "consent.html",
        {
            **CONSENT,
            "optional": [],
            "rights": [
                SimpleNamespace(words="个体工商户注销登记", actions=("view", "apply"), at="市场监督管理局"),
                SimpleNamespace(words="食品经营许可", actions=("view",), at="市场监督管理局"),
                SimpleNamespace(words="纳税申报", actions=("apply",), at="税务局"),
                SimpleNamespace(words="统计电子证照", actions=(), at="电子证照库"),
            ],
            "asks_each_time": True,
        },
    ),
    "consent-optional-only": ("consent.html", {**CONSENT, "required": [], "purpose": ""}),
    "error-request": (
        "error.html",
        {
            **ERROR,
            "kind": "request",
            "protocol_error": "invalid_request",
            "protocol_detail": "The redirect URI is not registered.",
        },
    ),
    "error-request-bare": ("error.html", {**ERROR, "kind": "request", "protocol_error": "invalid_request"}),
    "error-ended": ("error.html", {**ERROR, **BACK, "kind": "ended"}),
    "error-other-browser": ("error.html", {**ERROR, **BACK, "kind": "other_browser"}),
    "error-cookies": ("error.html", {**ERROR, "kind": "cookies"}),
    "error-stale": ("error.html", {**ERROR, "kind": "stale", "retry_url": "/s/tx"}),
    "error-level": ("error.html", {**ERROR, **BACK, "kind": "level", "level_needed": 4, "level_now": 2}),
    "error-refused": ("error.html", {**ERROR, **BACK, "kind": "refused"}),
    "freeze": ("freeze.html", FREEZE),
    "freeze-no-device": ("freeze.html", {**FREEZE, "device": None}),
    "freeze-mine": ("freeze.html", {**FREEZE, "state": "mine"}),
    "freeze-frozen": ("freeze.html", {**FREEZE, "state": "frozen"}),
    "error-frozen": ("error.html", {**ERROR, "kind": "frozen", "protocol_error": "access_denied"}),
    "error-closed": ("error.html", {**ERROR, "kind": "closed", "protocol_error": "access_denied"}),
    "error-link": ("error.html", {**ERROR, "kind": "link", "protocol_error": "not_found"}),
    "error-not-found": ("error.html", {**ERROR, "kind": "not_found"}),
    "error-too-many": ("error.html", {**ERROR, "kind": "too_many", "retry_at": "15:42", "retry_url": "/s/tx"}),
    "error-busy": ("error.html", {**ERROR, "kind": "busy", "retry_url": "/s/tx"}),
    "error-fault": ("error.html", {**ERROR, "kind": "fault", "protocol_error": "server_error"}),
    "form_post": (
        "form_post.html",
        {"action": "https://app.example.cn/callback", "members": {"code": "c", "state": "s", "iss": "https://id"}},
    ),
    "logout": ("logout.html", {**LOGOUT, "client_id": "housing-fund", "client_name": "住房公积金"}),
    "logout-no-app": ("logout.html", {**LOGOUT, "client_id": None, "client_name": None}),
    "logged_out": ("logged_out.html", {**LOGGED_OUT, **BACK}),
    "logged_out-no-app": ("logged_out.html", LOGGED_OUT),
    "logged_out-going-on": (
        "logged_out.html",
        {
            **LOGGED_OUT,
            **BACK,
            "frames": ["https://app.example.cn/out?iss=https%3A%2F%2Fid&sid=s"],
            "is_going_on": True,
        },
    ),
    "logged_out-under-way": (
        "logged_out.html",
        {**LOGGED_OUT, "apps": APPS, "summary": "under_way", "count": 1, "next_look": "/signed-out?look=1"},
    ),
    "logged_out-all-heard": (
        "logged_out.html",
        {**LOGGED_OUT, **BACK, "apps": APPS[:1], "summary": "all_heard", "count": 1},
    ),
    "logged_out-some-open": (
        "logged_out.html",
        {**LOGGED_OUT, "apps": APPS, "summary": "some_open", "count": 2},
    ),
    "logout_stopped": ("logout_stopped.html", BACK),
    "logout_stopped-no-app": ("logout_stopped.html", NO_BACK),
    "help": ("help.html", {}),
    "privacy": ("privacy.html", {}),
    "accessibility": ("accessibility.html", {}),
    "status": ("status.html", {"components": SERVICES, "checked_at": "2026年11月23日 15:42"}),
    "status-well": ("status.html", {"components": SERVICES[:1], "checked_at": "2026年11月23日 15:42"}),
    **METHOD_CASES,
    **MANDATE_CASES,
    **FACE_CASES,
    **page_states_of_data.CASES,
    **ACCOUNT_CASES,
    **RECOVERY_CASES,
    **CONSOLE_CASES,
    **CASES_OF_PEOPLE,
    **CASES_OF_THE_LOG,
}
"""Name → template and context: every state a page can be in."""
