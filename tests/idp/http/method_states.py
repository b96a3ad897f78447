"""Every state of the pages about what a person signs in with."""

from types import SimpleNamespace
from typing import Any

_MOMENT = "2026年11月23日 15:42"
METHODS: dict[str, Any] = {
    "done": None,
    "password_set_at": _MOMENT,
    "masked_phone": "139****0001",
    "masked_email": None,
    "app_added_at": None,
    "app_used_at": None,
    "passkeys": [],
    "can_add_passkeys": True,
    "cards": [],
    "can_add_cards": True,
    "signal": '{"rpId":"localhost","userId":"u","accepted":[]}',
    "codes_left": None,
    "codes_made_at": None,
    "face": None,
}
PASSKEYS = [
    SimpleNamespace(id=1, name="iCloud Keychain – 2", is_synced=True, added_at=_MOMENT, used_at=_MOMENT),
    SimpleNamespace(id=2, name="妈妈的手机", is_synced=False, added_at=_MOMENT, used_at=None),
    SimpleNamespace(id=3, name="", is_synced=False, added_at=_MOMENT, used_at=None),
    SimpleNamespace(id=4, name="", is_synced=True, added_at=_MOMENT, used_at=None),
]
CARDS = [
    SimpleNamespace(id=1, added_at=_MOMENT, used_at=_MOMENT),
    SimpleNamespace(id=2, added_at=_MOMENT, used_at=None),
]
NEW_CARD: dict[str, Any] = {
    "action": "/me/cards/new",
    "bridge": "http://127.0.0.1:17312",
    "question_url": "/me/cards/new/question",
    "csrf": "t",
}
ONE_CARD: dict[str, Any] = {
    "form_action": "/me/cards/1", "csrf": "t", "added_at": _MOMENT, "used_at": _MOMENT, "is_last": False,
}  # fmt: skip
NEW_PASSKEY: dict[str, Any] = {"action": "/me/passkeys/new", "options_url": "/me/passkeys/new/options", "csrf": "t"}
ONE_PASSKEY: dict[str, Any] = {
    "form_action": "/me/passkeys/1", "csrf": "t", "passkey": PASSKEYS[0], "is_last": False,
}  # fmt: skip
PASSWORD: dict[str, Any] = {
    "form_action": "/me/methods/password", "csrf": "t", "is_change": True, "shortest": 8, "kinds": 1,
    "ends_others": True,
}  # fmt: skip
APP: dict[str, Any] = {
    "form_action": "/me/methods/totp",
    "csrf": "t",
    "sealed": "AQG4c2VhbGVk",
    "drawing": SimpleNamespace(size=29, path="M4 4h7v1h-7z"),
    "address": "otpauth://totp/issuer:139****0001?secret=ABCDEFGH&issuer=issuer",
    "secret": "ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567",
    "replaces": False,
}
CODES: dict[str, Any] = {
    "form_action": "/me/methods/recovery-codes", "csrf": "t", "codes": [], "left": None, "made_at": None,
}  # fmt: skip
FACE_CHOICE: dict[str, Any] = {"form_action": "/me/methods/face", "csrf": "t"}
SHEET = [f"{number}234 5678 9012 3456" for number in range(10)]
REMOVAL: dict[str, Any] = {"form_action": "/me/methods/totp/remove", "csrf": "t", "is_last": False}

METHOD_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "methods": ("methods.html", METHODS),
    "methods-bare": ("methods.html", {**METHODS, "password_set_at": None, "masked_phone": None, "masked_email": "z***@x.cn"}),
    "methods-password-set": ("methods.html", {**METHODS, "done": "password_set"}),
    "methods-app-added": ("methods.html", {**METHODS, "done": "app_added", "app_added_at": _MOMENT}),
    "methods-app-used": ("methods.html", {**METHODS, "app_added_at": _MOMENT, "app_used_at": _MOMENT}),
    "methods-app-removed": ("methods.html", {**METHODS, "done": "app_removed"}),
    "methods-without-passkeys": ("methods.html", {**METHODS, "can_add_passkeys": False}),
    **{
        f"methods-passkey-{done}": ("methods.html", {**METHODS, "done": f"passkey_{done}", "passkeys": PASSKEYS})
        for done in ("added", "renamed", "removed")
    },
    "methods-without-cards": ("methods.html", {**METHODS, "can_add_cards": False, "cards": CARDS}),
    **{
        f"methods-card-{done}": ("methods.html", {**METHODS, "done": f"card_{done}", "cards": CARDS})
        for done in ("added", "removed")
    },
    "new_card": ("new_card.html", NEW_CARD),
    **{
        f"new_card-{problem.replace('too_many', 'very-many').replace('_', '-')}": ("new_card.html", {**NEW_CARD, "problem": problem})
        for problem in (
            *("stale", "known", "too_many", "not_verified", "unknown_issuer", "expired", "pin_not_verified", "lost"),
        )
    },
    "one_card": ("one_card.html", ONE_CARD),
    "one_card-last": ("one_card.html", {**ONE_CARD, "used_at": None, "is_last": True, "is_stale": True}),
    "new_passkey": ("new_passkey.html", NEW_PASSKEY),
    **{
        f"new_passkey-{problem.replace('too_many', 'very-many').replace('_', '-')}": ("new_passkey.html", {**NEW_PASSKEY, "problem": problem})
        for problem in ("cancelled", "known", "too_many", "stale", "not_verified")
    },
    "one_passkey": ("one_passkey.html", ONE_PASSKEY),
    "one_passkey-last": ("one_passkey.html", {**ONE_PASSKEY, "passkey": PASSKEYS[1], "is_last": True}),
    "one_passkey-name": ("one_passkey.html", {**ONE_PASSKEY, "problem": "name", "is_stale": True}),
    "methods-codes": ("methods.html", {**METHODS, "done": "codes_kept", "codes_left": 7, "codes_made_at": _MOMENT}),
    **{
        f"methods-face-{state.replace('_', '-')}": ("methods.html", {**METHODS, "face": state})
        for state in ("offered", "refused", "child", "no_number")
    },
    "methods-done-face-refused": ("methods.html", {**METHODS, "face": "refused", "done": "face_refused"}),
    "methods-done-face-allowed": ("methods.html", {**METHODS, "face": "offered", "done": "face_allowed"}),
    **{
        f"face_choice-{state.replace('_', '-')}": ("face_choice.html", {**FACE_CHOICE, "state": state})
        for state in ("offered", "refused", "child", "no_number")
    },
    "face_choice-stale": ("face_choice.html", {**FACE_CHOICE, "state": "offered", "is_stale": True}),
    "recovery_codes": ("recovery_codes.html", CODES),
    "recovery_codes-shown": ("recovery_codes.html", {**CODES, "codes": SHEET, "left": 10, "made_at": _MOMENT}),
    "recovery_codes-some-left": ("recovery_codes.html", {**CODES, "left": 3, "made_at": _MOMENT, "is_stale": True}),
    "new_password": ("new_password.html", PASSWORD),
    "new_password-due": ("new_password.html", {**PASSWORD, "waits": "handle", "shortest": 12, "kinds": 3}),
    "new_password-first": ("new_password.html", {**PASSWORD, "is_change": False, "ends_others": False, "is_stale": True}),
    **{
        f"new_password-{problem.replace('_', '-')}": ("new_password.html", {**PASSWORD, "problem": problem})
        for problem in ("empty", "too_short", "too_long", "few_kinds", "reused", "personal", "simple", "breached")
    },
    "authenticator_app": ("authenticator_app.html", APP),
    "authenticator_app-replaces": ("authenticator_app.html", {**APP, "replaces": True, "is_stale": True}),
    **{
        f"authenticator_app-{problem}": ("authenticator_app.html", {**APP, "problem": problem})
        for problem in ("empty", "malformed", "wrong")
    },
    "remove_app": ("remove_app.html", REMOVAL),
    "remove_app-last": ("remove_app.html", {**REMOVAL, "is_last": True, "is_stale": True}),
}  # fmt: skip
