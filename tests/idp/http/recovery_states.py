"""Every state that the pages of getting back in can be in: the template and a context that shows it."""

from typing import Any

from tests.idp.http.account_states import SIGNED_IN
from tests.idp.http.page_states_of_data import DATA, PHONE, PHONE_CODE

DAY = "2026年12月2日 15:42"
CLIENT = {"client_name": "住房公积金", "cancel_url": "/s/tx/cancel"}
NO_CLIENT = {"client_name": None, "cancel_url": None}
SUPPORT = {"support_code": "3F9C 72AB"}
TOO_MANY = {"problem": "too_many", "retry_at": "15:42", **SUPPORT}
RECOVER: dict[str, Any] = {
    "csrf": "t",
    **CLIENT,
    "ways_action": "/s/tx/ways",
    "ways_url": "/s/tx/ways",
    "slip_url": "/s/tx/slip",
    "lost_phone_url": None,
}
FRAME: dict[str, Any] = {"csrf": "t", **CLIENT, "ways_action": "/s/tx/ways", "other_ways": []}
SLIP: dict[str, Any] = {**FRAME, "action": "/s/tx/slip", "other_ways": ["more"]}
NEW_START: dict[str, Any] = {
    **FRAME,
    "action": "/s/tx/new-start",
    "phone_url": "/s/tx/new-start",
    "password_url": "/s/tx/new-start/password",
}
CODE: dict[str, Any] = {**NEW_START, "action": "/s/tx/new-start/code", "sent_to": "139****5678"}
PASSWORD: dict[str, Any] = {**NEW_START, "action": "/s/tx/new-start/password", "shortest": 8, "kinds": 1}
LOST: dict[str, Any] = {**PHONE, "is_lost": True, "waits_until": DAY, "action": "/me/data/phone/lost"}
LOST_CODE: dict[str, Any] = {**PHONE_CODE, "is_lost": True, "action": "/me/data/phone/lost"}

RECOVERY_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "recover": ("recover.html", RECOVER),
    "recover-no-codes": ("recover.html", {**RECOVER, **NO_CLIENT, "ways_action": None}),
    "recover-lost-phone": (
        "recover.html",
        {**RECOVER, "ways_action": None, "lost_phone_url": "/me/data/phone/lost"},
    ),
    "slip": ("slip.html", SLIP),
    "slip-no-app": ("slip.html", {**SLIP, **NO_CLIENT, "is_stale": True}),
    **{f"slip-{problem}": ("slip.html", {**SLIP, "problem": problem}) for problem in ("empty", "malformed", "over")},
    "slip-wrong": ("slip.html", {**SLIP, "problem": "wrong", "tries_left": 4}),
    "slip-too-many": ("slip.html", {**SLIP, **TOO_MANY}),
    "new-start": ("new_start.html", NEW_START),
    "new-start-no-app": ("new_start.html", {**NEW_START, **NO_CLIENT, "is_down": True}),
    **{
        f"new-start-{problem}": ("new_start.html", {**NEW_START, "problem": problem, "username": "139"})
        for problem in ("empty", "malformed", "taken")
    },
    "new-start-too-many": ("new_start.html", {**NEW_START, **TOO_MANY}),
    "new-start-code": ("new_start_code.html", {**CODE, "resend_after": "15:43"}),
    "new-start-code-no-app": ("new_start_code.html", {**CODE, **NO_CLIENT, "news": "renewed"}),
    **{
        f"new-start-code-{problem}": ("new_start_code.html", {**CODE, "problem": problem})
        for problem in ("empty", "malformed")
    },
    "new-start-code-wrong": ("new_start_code.html", {**CODE, "problem": "wrong", "tries_left": 3}),
    "new-start-code-too-many": ("new_start_code.html", {**CODE, **TOO_MANY}),
    "new-start-password": ("new_start_password.html", PASSWORD),
    "new-start-password-no-app": ("new_start_password.html", {**PASSWORD, **NO_CLIENT, "problem": "too_short"}),
    "lost-phone": ("contact.html", LOST),
    **{
        f"lost-phone-{problem}": ("contact.html", {**LOST, "problem": problem})
        for problem in ("empty", "malformed", "same")
    },
    "lost-phone-down": ("contact.html", {**LOST, "is_down": True, **SUPPORT}),
    "lost-phone-code": ("contact_code.html", LOST_CODE),
    "data-phone-waits": (
        "data.html",
        {**DATA, "ripe_on": DAY, "keep_phone_csrf": "t", "news": "phone_waits"},
    ),
    "data-held-back": ("data.html", {**DATA, "export": "held_back", "export_until": DAY}),
    "data-phone-kept": ("data.html", {**DATA, "news": "phone_kept"}),
    "signed_in-phone-waits": ("signed_in.html", {**SIGNED_IN, "ripe_on": DAY, "keep_phone_csrf": "t"}),
    "signed_in-capped": ("signed_in.html", {**SIGNED_IN, "level": 2, "capped_until": DAY, "cap_level": 2}),
}
