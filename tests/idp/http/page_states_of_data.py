"""The states of the pages on which people see, correct and take along what is kept of them."""

from types import SimpleNamespace
from typing import Any

from tests.idp.http.account_states import NEW_PERSON, SIGNED_IN

DAY = "2026年12月14日 15:42"
DATA: dict[str, Any] = {
    "news": None,
    "masked_name": "张*三",
    "masked_number": "8901**********0012",
    "masked_phone": "138****1234",
    "masked_mail": "z***@example.cn",
    "is_checked": True,
    "name_url": None,
    "phone_url": "/me/data/phone",
    "mail_url": "/me/data/mail",
    "close_url": "/me/data/close",
    "closes_on": None,
    "ripe_on": None,
    "keep_phone_csrf": "t",
    "csrf": "t",
    "export": "none",
    "export_until": "",
    "export_url": "/me/data/export",
    "export_csrf": "t",
    "is_stale": False,
}
BARE: dict[str, Any] = {
    **DATA,
    "name_url": "/me/name",
    "masked_name": None,
    "masked_number": None,
    "masked_mail": None,
    "is_checked": False,
}
PHONE: dict[str, Any] = {
    "kind": "phone",
    "action": "/me/data/phone",
    "back_url": "/me/data",
    "csrf": "t",
    "current": "138****1234",
}
MAIL: dict[str, Any] = {**PHONE, "kind": "mail", "action": "/me/data/mail", "current": "z***@example.cn"}
PHONE_CODE: dict[str, Any] = {
    "kind": "phone",
    "action": "/me/data/phone",
    "back_url": "/me/data",
    "csrf": "t",
    "sent_to": "139****5678",
}
MAIL_CODE: dict[str, Any] = {**PHONE_CODE, "kind": "mail", "action": "/me/data/mail", "sent_to": "l***@example.cn"}
CLOSING: dict[str, Any] = {
    "action": "/me/data/close",
    "back_url": "/me/data",
    "csrf": "t",
    "closes_on": None,
    "left": [],
    "days": 15,
    "is_stale": False,
}
DOCUMENTS = ("permanent_resident_id", "hk_macau_travel_permit", "taiwan_travel_permit", "passport")
EXPORT: dict[str, Any] = {
    "file_url": "/me/data/export.json",
    "made_at": DAY,
    "until": DAY,
    "is_complete": True,
    "facts": [
        ("name", "张三", True),
        ("citizen_id", "890101199003070011", True),
        *((kind, "H12345678", True) for kind in DOCUMENTS),
        ("phone", "+8613800001234", True),
        ("phone", "+8613900005678", False),
        ("email", "zhang@example.cn", True),
        ("method_password", DAY, True),
        ("method_one_time_code", DAY, True),
        ("method_passkey", DAY, True),
        ("method_citizen_card", DAY, True),
        ("method_recovery_code", DAY, True),
    ],
    "sessions": [SimpleNamespace(name="Windows 电脑 · Chrome", channel="网站", began=DAY, ended=DAY)],
    "consents": [SimpleNamespace(name="住房公积金", what=["姓名", "手机号"], since=DAY)],
    "counts": {"sessions": 1, "consents": 1, "authorizations": 2, "events": 12},
}
NAMING: dict[str, Any] = {
    "csrf": "t",
    "client_name": None,
    "cancel_url": "/me/name/later",
    "later_url": "/me/name/later",
    "level": 2,
    "register": "",
}
IN_STEP: dict[str, Any] = {**NAMING, "client_name": "住房公积金", "level": 3, "register": "云江市人口库"}
NAME: dict[str, Any] = {**NAMING, "kind": "name", "action": "/me/name/who", "typed": ""}
NUMBER: dict[str, Any] = {**IN_STEP, "kind": "number", "action": "/me/name/number", "typed": ""}
NAME_CHECK: dict[str, Any] = {
    "action": "/me/name/check",
    "name": "欧阳·娜",
    "number": "890101 19900307 0011",
    "who_url": "/me/name/who",
    "number_url": "/me/name/number",
}
VERIFY: dict[str, Any] = {
    "action": "/me/name/verify",
    "register": "云江市人口库",
    "masked_name": "欧**",
    "masked_numbers": ["8***************1"],
}
SUPPORT = {"support_code": "3F9C 72AB"}
TOO_MANY: dict[str, Any] = {"problem": "too_many", "retry_at": "15:42", **SUPPORT}
DOCUMENT_PAGE: dict[str, Any] = {
    "documents": [("citizen_id", "8901**********0012"), ("passport", "E1*****78")],
    "is_open": True,
    "action": "/me/data/documents",
    "csrf": "t",
    "typed": "",
    "news": None,
}
PROOFING: dict[str, Any] = {
    "proofing": "p2",
    "level": 3,
    "records": [{"method": "two_elements", "since": "2026年11月23日", "until": None}],
    "name_url": None,
    "verify_url": None,
    "ways": [("face", "/me/proofing/face"), ("net_id", "/me/proofing/net-id"), ("bank", "/me/proofing/bank")],
    "back_url": None,
    "client_name": None,
}
_METHODS = ("imported", "two_elements", "three_elements", "bank_account", "face", "chip", "network_identity", "in_person",
            "certificate")  # fmt: skip
_UNTIL = {"since": "2026年11月23日", "until": "2036年11月20日"}
REAL_PERSON: dict[str, Any] = {
    "action": "/me/proofing/face",
    "csrf": "t",
    "client_name": None,
    "cancel_url": "/me/proofing",
    "source": "云江市人脸比对中心",
    "masked_name": "张*三",
    "masked_number": "8901**********0012",
    "masked_phone": "138****1234",
    "other_ways": [("bank", "/me/proofing/bank"), ("net_id", "/me/proofing/net-id")],
}
REAL_PERSON_STATES: dict[str, dict[str, Any]] = {
    "": {},
    "-stale": {"is_stale": True, "client_name": "住房公积金", "cancel_url": "/authorize/tx"},
    "-wrong": {"problem": "wrong", "tries_left": 2},
    "-too-many": {"problem": "too_many", "retry_at": "15:42", **SUPPORT},
    **{f"-{each}": {"problem": each} for each in ("not_found", "no_photo", "cancelled", "expired", "limit")},
    **{f"-{each}": {"problem": each, **SUPPORT} for each in ("down", "untrusted")},
}
CONTACT_STATES: dict[str, dict[str, Any]] = {
    "": {},
    "-none": {"current": None},
    "-empty": {"problem": "empty"},
    "-malformed": {"problem": "malformed", "typed": "12"},
    "-same": {"problem": "same", "typed": "13800001234"},
    "-too-many": TOO_MANY,
    "-down": {"is_down": True, "is_stale": True, **SUPPORT},
}
CODE_STATES: dict[str, dict[str, Any]] = {
    "": {"resend_after": "15:42"},
    "-renewed": {"news": "renewed"},
    "-resent": {"news": "resent", "is_stale": True},
    "-empty": {"problem": "empty"},
    "-malformed": {"problem": "malformed"},
    "-wrong": {"problem": "wrong", "tries_left": 3},
    "-too-many": TOO_MANY,
}

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "name-child": ("name_child.html", {**NAMING, "number_url": "/me/name/number"}),
    "documents": ("documents.html", DOCUMENT_PAGE),
    "documents-none": ("documents.html", {**DOCUMENT_PAGE, "documents": [], "is_open": False}),
    "documents-stale": ("documents.html", {**DOCUMENT_PAGE, "is_stale": True}),
    "documents-too-often": ("documents.html", {**DOCUMENT_PAGE, "retry_at": "15:42", **SUPPORT}),
    **{
        f"documents-{each}": ("documents.html", {**DOCUMENT_PAGE, "news": each})
        for each in ("added", "refused", "limit", "hall")
    },
    "documents-down": ("documents.html", {**DOCUMENT_PAGE, "news": "down", **SUPPORT}),
    **{
        f"documents-{each}": ("documents.html", {**DOCUMENT_PAGE, "problem": each, "typed": "H1"})
        for each in ("empty", "malformed", "known")
    },
    "proofing-offer": ("proofing_offer.html", {**IN_STEP, "action": "/s/tx/proofing"}),
    "proofing-offer-stale": ("proofing_offer.html", {**IN_STEP, "action": "/s/tx/proofing", "is_stale": True}),
    "proofing": ("proofing.html", PROOFING),
    "proofing-nothing": (
        "proofing.html",
        {**PROOFING, "proofing": "p0", "level": 1, "records": [], "ways": [], "name_url": "/me/name"},
    ),
    "proofing-said": (
        "proofing.html",
        {**PROOFING, "proofing": "p1", "level": 2, "records": [], "verify_url": "/me/name/verify"},
    ),
    "proofing-real": (
        "proofing.html",
        {**PROOFING, "proofing": "p3", "level": 4, "back_url": "/authorize/tx", "client_name": "住房公积金"},
    ),
    "proofing-all": (
        "proofing.html",
        {
            **PROOFING,
            "proofing": "p4",
            "level": 5,
            "ways": [],
            "records": [{"method": each, **_UNTIL} for each in _METHODS]
            + [{"method": "imported", "since": None, "until": None}],
        },
    ),
    **{
        f"real-person-{way}{name}": ("real_person.html", {**REAL_PERSON, "way": way, **state})
        for way in ("face", "net_id", "bank")
        for name, state in REAL_PERSON_STATES.items()
        if way == "face" or name in {"", "-wrong"}
    },
    **{
        f"real-person-bank-{each}": ("real_person.html", {**REAL_PERSON, "way": "bank", "problem": each})
        for each in ("empty", "malformed")
    },
    "real-person-waiting": (
        "real_person_waiting.html",
        {**REAL_PERSON, "return_url": "/me/proofing/face/return", "is_down": False},
    ),
    "real-person-waiting-down": (
        "real_person_waiting.html",
        {**REAL_PERSON, "return_url": "/me/proofing/face/return", "is_down": True, **SUPPORT},
    ),
    "real-person-done": ("real_person_done.html", {"level": 4, "back_url": "/me/proofing", "client_name": None}),
    "real-person-done-at": (
        "real_person_done.html",
        {"level": 4, "back_url": "/authorize/tx", "client_name": "住房公积金"},
    ),
    "data": ("data.html", DATA),
    "data-bare": ("data.html", BARE),
    "data-unchecked": ("data.html", {**DATA, "is_checked": False, "news": "phone"}),
    "data-mail": ("data.html", {**DATA, "news": "mail"}),
    "data-closing": ("data.html", {**DATA, "closes_on": DAY}),
    "data-kept": ("data.html", {**DATA, "news": "kept"}),
    "signed_in-closing": (
        "signed_in.html",
        {**SIGNED_IN, "closes_on": DAY, "keep_csrf": "t"},
    ),
    "data-export-making": ("data.html", {**DATA, "export": "making"}),
    "data-export-ready": ("data.html", {**DATA, "export": "ready", "export_until": DAY}),
    "data-stale": ("data.html", {**DATA, "is_stale": True}),
    "export": ("export.html", EXPORT),
    "export-much": (
        "export.html",
        {**EXPORT, "is_complete": False, "consents": [], "counts": {**EXPORT["counts"], "sessions": 300}},
    ),
    "signed_in-to-name": ("signed_in.html", {**NEW_PERSON, "name_url": "/me/name"}),
    "name-offer": ("name_offer.html", {**NAMING, "next_url": "/me/name/who"}),
    "name-offer-step": ("name_offer.html", {**IN_STEP, "action": "/s/tx/name", "is_stale": True}),
    "name-name": ("name_field.html", NAME),
    **{
        f"name-name-{problem}": ("name_field.html", {**NAME, "typed": "张三", "problem": problem})
        for problem in ("empty", "malformed", "rare")
    },
    "name-number": ("name_field.html", {**NUMBER, "is_stale": True}),
    **{
        f"name-number-{problem}": ("name_field.html", {**NUMBER, "typed": "8901", "problem": problem})
        for problem in ("empty", "malformed", "latin_name")
    },
    "name-check": ("name_check.html", {**NAMING, **NAME_CHECK}),
    "name-check-step": ("name_check.html", {**IN_STEP, **NAME_CHECK, "is_stale": True}),
    "name-refused": ("name_refused.html", {**NAMING, "number_url": "/me/name/number"}),
    "name-refused-too-often": ("name_refused.html", {**IN_STEP, "retry_at": "15:42", **SUPPORT}),
    "name-done": ("name_done.html", {"level": 2, "back_url": "/me"}),
    "name-done-checked": ("name_done.html", {"level": 3, "back_url": "/authorize/tx", "client_name": "住房公积金"}),
    "name-done-waiting": ("name_done.html", {"level": 2, "back_url": "/me", "verify_url": "/me/name/verify"}),
    "name-refused-for-good": ("name_refused.html", {**NAMING, "number_url": None}),
    "name-verify": ("name_verify.html", {**NAMING, **VERIFY}),
    "name-verify-phone": ("name_verify.html", {**NAMING, **VERIFY, "with_phone": True}),
    "name-check-phone": ("name_check.html", {**IN_STEP, **NAME_CHECK, "with_phone": True}),
    "name-verify-down": ("name_verify.html", {**NAMING, **VERIFY, "news": "down", **SUPPORT}),
    "name-verify-limit": ("name_verify.html", {**IN_STEP, **VERIFY, "news": "limit", "is_stale": True}),
    "closing": ("closing.html", CLOSING),
    "closing-left": (
        "closing.html",
        {**CLOSING, "left": [{"name": "云江江畔软件有限公司", "url": "/me/organizations/u"}]},
    ),
    "closing-stale": ("closing.html", {**CLOSING, "is_stale": True}),
    "closing-asked": ("closing.html", {**CLOSING, "closes_on": DAY, "action": "/me/data/keep"}),
    "data-mail-removed": ("data.html", {**DATA, "masked_mail": None, "news": "mail_removed"}),
    **{
        f"contact-{context['kind']}{name}": ("contact.html", {**context, **more})
        for context in (PHONE, MAIL)
        for name, more in CONTACT_STATES.items()
    },
    **{
        f"contact-code-{context['kind']}{name}": ("contact_code.html", {**context, **more})
        for context in (PHONE_CODE, MAIL_CODE)
        for name, more in CODE_STATES.items()
    },
    **{
        f"contact-taken-{context['kind']}": (
            "contact_taken.html",
            {name: context[name] for name in ("kind", "action", "back_url", "sent_to")},
        )
        for context in (PHONE_CODE, MAIL_CODE)
    },
}
