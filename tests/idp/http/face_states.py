"""Every state of the pages of a face check in a sign-in."""

from typing import Any

CLIENT = {"client_name": "住房公积金", "cancel_url": "/s/tx/cancel"}
STEP_UP = {"reason": "step_up", "level_needed": 4, "level_now": 3}
CODE = {"support_code": "3F9C 72AB"}
FACE: dict[str, Any] = {
    "action": "/s/tx/face",
    "ways_action": "/s/tx/ways",
    "csrf": "t",
    **CLIENT,
    "authority": "云江市实人核验中心",
    "masked_name": "张*三",
    "masked_number": "8901**********0012",
    "other_ways": ["totp", "code"],
}
WAITING: dict[str, Any] = {
    **{name: FACE[name] for name in ("action", "ways_action", "csrf", "authority", "other_ways")},
    **CLIENT,
    "return_url": "/s/tx/face/return",
    "is_down": False,
}
ALONE: dict[str, Any] = {"action": "/s/tx/ways", "csrf": "t", **CLIENT, "ways": ["face"], "back_url": None, **STEP_UP}

FACE_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "face": ("face.html", {**FACE, **STEP_UP}),
    "face-alone": ("face.html", {**FACE, "other_ways": [], "client_name": None, "cancel_url": None, "is_stale": True}),
    "face-again": ("face.html", {**FACE, "reason": "again"}),
    "face-wrong": ("face.html", {**FACE, **STEP_UP, "problem": "wrong", "tries_left": 2}),
    **{
        f"face-{problem.replace('_', '-')}": ("face.html", {**FACE, "problem": problem})
        for problem in ("cancelled", "expired", "not_found", "no_photo", "limit")
    },
    "face-untrusted": ("face.html", {**FACE, "problem": "untrusted", **CODE}),
    "face-down": ("face.html", {**FACE, "problem": "down", **CODE}),
    "face-too-many": ("face.html", {**FACE, "problem": "too_many", "retry_at": "15:42", **CODE}),
    "face-network-too-many": (
        "face.html",
        {**FACE, "other_ways": ["recover"], "problem": "too_many", "retry_at": "15:42", "is_of_network": True, **CODE},
    ),
    "face_waiting": ("face_waiting.html", WAITING),
    "face_waiting-down": ("face_waiting.html", {**WAITING, "is_down": True, "other_ways": ["recover"], **CODE}),
    "face_done": ("face_done.html", {"next_url": "/authorize/tx", "client_name": "住房公积金"}),
    "face_done-no-app": ("face_done.html", {"next_url": "/authorize/tx", "client_name": None}),
    "ways-face": ("ways.html", {**ALONE, "ways": ["totp", "face"]}),
    "ways-face-alone": ("ways.html", ALONE),
}
