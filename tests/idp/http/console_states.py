"""Every state that the pages of the console can be in: the template and a context that shows it."""

from types import SimpleNamespace
from typing import Any

from admin.console.frame import MENU
from idp.model.office import Role

SINCE = "2026年11月30日 15:42"
INVITATION: dict[str, Any] = {
    "role": "system",
    "scope": "",
    "is_officer": True,
    "name": "",
    "until": SINCE,
    "longest_name": 40,
    "action": "/console/invitations/1.x",
    "options_url": "/console/invitations/1.x/options",
    "csrf": "t",
    "problem": None,
}
PROBLEMS = ("cancelled", "known", "stale", "name", "not_verified", "synced", "not_certified", "over")


def framed(role: Role, current: str = "/console") -> dict[str, Any]:
    """What the frame of the console shows an officer of this role."""
    return {
        "officer": SimpleNamespace(role=role.value, name="王*"),
        "menu": [(section, [place for place in places if role in place.roles]) for section, places in MENU],
        "current": current,
        "sign_out_action": "/console/sign-out",
        "sign_out_csrf": "t",
    }


CONSOLE_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"console-home-{role.value}": ("console/home.html", {**framed(role), "since": SINCE}) for role in Role},
    "console-no_role": ("console/no_role.html", {"role": None}),
    "console-other_role": ("console/no_role.html", {"role": "audit"}),
    "console-invitation": ("console/invitation.html", INVITATION),
    "console-invitation-named": (
        "console/invitation.html",
        {**INVITATION, "role": "window_clerk", "is_officer": False, "name": "王芳", "scope": "城东大厅"},
    ),
    **{
        f"console-invitation-{problem}": ("console/invitation.html", {**INVITATION, "problem": problem})
        for problem in PROBLEMS
    },
    "console-invitation_over": ("console/invitation_over.html", {}),
}
