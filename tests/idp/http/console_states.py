"""The states of the console's other pages: the template and a context that shows it."""

from itertools import cycle
from types import SimpleNamespace
from typing import Any

from admin.console.frame import MENU
from admin.operation import Effect
from admin.operations import OPERATIONS
from idp.model.draft import DraftState
from idp.model.office import Role
from idp.ports import SourceKind

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
        "waiting": 2,
        "sign_out_action": "/console/sign-out",
        "sign_out_csrf": "t",
    }


PROPOSABLE = [each.name for each in OPERATIONS.values() if each.effect is Effect.GUARDED]
DRAFT: dict[str, Any] = {
    "id": 7,
    "operation": "clients.save",
    "target": "/clients/fund",
    "wanted": {},
    "reason": "换了回调地址",
    "state": "waiting",
    "proposed_by": "李敏",
    "proposed_at": SINCE,
    "expires_at": SINCE,
    "decided_by": "",
    "decided_at": "",
}
ONE_DRAFT: dict[str, Any] = {
    **framed(Role.SYSTEM, "/console/drafts/7"),
    "draft": DRAFT,
    "changes": [
        {"member": "client_name", "before": '"公积金"', "after": '"住房公积金"'},
        {"member": "redirect_uris", "before": "", "after": '["https://app.example/cb"]'},
        {"member": "jwks_uri", "before": '"https://app.example/jwks"', "after": ""},
    ],
    "decisions": ["approve", "refuse"],
    "approvers": ["security", "system"],
    "action": "/console/drafts/7",
    "csrf": "t",
    "answer": {},
    "problem": None,
}
WANTED = {
    "profile": "gov-standard",
    "max_clients": "5",
    "days": "30",
    "role": "audit",
    "name": "陈宇",
    "scope": "城东大厅",
    "alg": "ES256",
    "at_once": "True",
    "keep_old_secret": "True",
    "change_sector": "True",
    "reason": "deceased",
    "person": "uid",
    "client_id": "fund",
    "channel": "website",
    "level": "2",
    "file": "people.jsonl",
    "rows": "120000",
    "digest": "5f" * 32,
}
DECIDED = {**DRAFT, "reason": "", "state": "approved", "decided_by": "王芳", "decided_at": SINCE}
OFFICERS: dict[str, Any] = {
    **framed(Role.SYSTEM, "/console/officers"),
    "officers": [
        {"uid": uid, "name": name, "role": role, "scope": scope, "since": SINCE, "passkeys": 2}
        for uid, name, role, scope in (("a", "王芳", "system", ""), ("b", "赵敏", "window_clerk", "城东大厅"))
    ],
    "invitations": [
        {"invitation_id": number, "role": "audit", "scope": "", "name": name, "until": SINCE}
        for number, name in ((1, "陈宇"), (2, ""))
    ],
    "envelope": ("sealed", SINCE),
    "roles": list(Role),
    "own_uid": "a",
    "may_invite": True,
    "may_withdraw": True,
    "action": "/console/officers",
    "csrf": "t",
    "problem": None,
    "is_done": False,
}
NOT_THEIRS = {**OFFICERS, **framed(Role.AUDIT, "/console/officers"), "may_invite": False, "may_withdraw": False}
NOT_THEIRS |= {"envelope": ("missing", "")}
APP: dict[str, Any] = {
    **framed(Role.SECURITY, "/console/apps/of/fund"),
    "client_id": "fund",
    "client_name": "住房公积金",
    "metadata": [("client_name", "住房公积金"), ("redirect_uris", '["https://app.example/callback"]')],
    "is_disabled": False,
    "valid_secrets": 1,
    "changed_at": SINCE,
    "may_act": True,
    "typed": '{"client_name": "住房公积金"}',
    "action": "/console/apps/of/fund",
    "csrf": "t",
    "problem": None,
    "faults": [],
}
NEW_APP = {name: APP[name] for name in ("client_id", "typed", "csrf", "problem", "faults")}
NEW_APP |= {**framed(Role.SECURITY, "/console/apps/new"), "action": "/console/apps/new"}
KEYS: dict[str, Any] = {
    **framed(Role.SECURITY, "/console/keys"),
    "keys": [
        {
            "kid": "kLkHhO0IJ5vYvW_Q1nWm5WqvY8ysxq7L1eYbJ2o8i3k",
            "alg": alg,
            "state": state,
            "created_at": SINCE,
            "activated_at": "" if state == "next" else SINCE,
            "retired_at": SINCE if state == "retired" else "",
            "goes_at": SINCE if state == "retired" else "",
            "ready_at": SINCE if state == "next" else "",
        }
        for alg in ("ES256", "RS256")
        for state in ("active", "next", "retired")
    ],
    "algorithms": ["ES256", "RS256"],
    "may_rotate": True,
    "action": "/console/keys",
    "csrf": "t",
    "problem": None,
    "fetchers": [
        {"fetcher": f"203.0.113.0/24 {program}", "last": SINCE, "times": 288, "knows_next": knows}
        for program, knows in (("Java-http-client/17.0.9", True), ("python-requests/2.32.3", False))
    ],
}
OWN_KEYS: dict[str, Any] = {
    **framed(Role.AUDIT, "/console/own-keys"),
    "keys": [
        {"id": 1, "number": 1, "name": "YubiKey 5 NFC", "is_synced": False, "added_at": SINCE, "used_at": SINCE},
        {"id": 2, "number": 2, "name": "", "is_synced": True, "added_at": SINCE, "used_at": None},
    ],
    "may_remove": True,
    "action": "/console/own-keys",
    "options_url": "/console/own-keys/options",
    "csrf": "t",
    "problem": None,
    "is_done": False,
}
CONNECTIONS: dict[str, Any] = {
    **framed(Role.SYSTEM, "/console/connections"),
    "carriers": [
        *({"medium": medium, "carrier": carrier} for medium, carrier in (("sms", "http"), ("mail", "smtp"))),
        {"medium": "voice", "carrier": ""},
    ],
    "sources": [{"kind": kind, "source": f"{kind}_source", "answers": True} for kind in SourceKind],
    "lanes": [{"lane": "sms", "waiting": 31, "tried": 2, "oldest_at": SINCE}],
    "fate": None,
    "may_test": True,
    "action": "/console/connections",
    "csrf": "t",
    "problem": None,
}
LOOKED_AT: dict[str, Any] = {
    **CONNECTIONS,
    **framed(Role.AUDIT, "/console/connections"),
    "sources": [
        {"kind": "face", "source": None, "answers": None},
        {"kind": "face", "source": "face_authority", "answers": False},
    ],
    "lanes": [],
    "may_test": False,
}
FATES = ("on_its_way", "delivered", "failed", "expired", "unknown", "abandoned")
TROUBLES = (
    *("stale", "access_denied", "stale_sign_in", "version_conflict", "already_decided", "not_found", "server_error"),
)

HOME_PAGE: dict[str, Any] = {
    "since": SINCE,
    "version": "1.2.3",
    "parts": [
        {"part": part, "state": state, "why": why, "number": 7}
        for (part, why), state in zip(
            [
                ("stores", "answers"),
                ("signing", "signs"),
                ("signing", "no_key"),
                ("sms", "takes"),
                ("sms", "refuses"),
                ("voice", "unset"),
                ("mail", "takes"),
                ("face", "silent"),
                ("queue", "late"),
                ("queue", "waiting"),
                ("log", "unsealed"),
                ("log", "never_sealed"),
                ("officers", "missing"),
                ("officers", "complete"),
                ("envelope", "sealed"),
                ("envelope", "opened"),
            ],
            cycle(("well", "look", "bad")),
        )
    ],
}
SELF_REGISTRATION: dict[str, Any] = {
    **framed(Role.SECURITY, "/console/apps"),
    "tokens": [
        {
            "token_id": number,
            "name": name,
            "profile": "gov-standard",
            "channel": "website",
            "level": 2,
            "scope": "openid profile",
            "clients": 1,
            "max_clients": 3,
            "expires_at": SINCE,
            "ended_at": None,
            "state": state,
        }
        for number, (name, state) in enumerate(
            (("卫生健康委员会", "good"), ("交通运输局", "used_up"), ("市政软件公司", "over"), ("测试", "ended")),
            start=1,
        )
    ],
    "profiles": ["gov-high", "gov-standard"],
    "channels": ["app", "website"],
    "may_allow": True,
    "may_end": True,
    "action": "/console/apps/self-registration",
    "csrf": "t",
    "problem": None,
    "is_done": False,
}
CONSOLE_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"console-home-{role.value}": ("console/home.html", {**HOME_PAGE, **framed(role)}) for role in Role},
    "console-drafts": (
        "console/drafts.html",
        {
            **framed(Role.AUDIT, "/console/drafts"),
            "drafts": [{**DRAFT, "operation": name, "state": state} for name in PROPOSABLE for state in DraftState],
            "states": list(DraftState),
            "state": "waiting",
            "following": 3,
        },
    ),
    "console-drafts-none": (
        "console/drafts.html",
        {
            **framed(Role.AUDIT, "/console/drafts"),
            "drafts": [],
            "states": list(DraftState),
            "state": "",
            "following": None,
        },
    ),
    "console-draft": ("console/draft.html", ONE_DRAFT),
    "console-draft-invite": (
        "console/draft.html",
        {**ONE_DRAFT, "draft": {**DRAFT, "operation": "officers.invite", "wanted": WANTED}},
    ),
    "console-draft-own": ("console/draft.html", {**ONE_DRAFT, "decisions": ["withdraw"], "changes": []}),
    "console-draft-others": ("console/draft.html", {**ONE_DRAFT, "decisions": []}),
    "console-draft-urgent": (
        "console/draft.html",
        {**ONE_DRAFT, "draft": {**DRAFT, "state": "urgent"}, "decisions": ["review"]},
    ),
    "console-draft-approved": (
        "console/draft.html",
        {
            **ONE_DRAFT,
            "draft": DECIDED,
            "decisions": [],
            "answer": {"link": "https://login.example/console/invitations/9.x"},
        },
    ),
    "console-draft-envelope": (
        "console/draft.html",
        {
            **ONE_DRAFT,
            "draft": DECIDED,
            "decisions": [],
            "answer": {"envelope_code": "0VQX-7KPM-3M1D-9RTZ-0VQX-7KPM-3M1D-9RTZ"},
        },
    ),
    "console-draft-slip": (
        "console/draft.html",
        {**ONE_DRAFT, "draft": DECIDED, "decisions": [], "answer": {"code": "1234 5678", "name": "张*三"}},
    ),
    "console-draft-token": (
        "console/draft.html",
        {**ONE_DRAFT, "draft": DECIDED, "decisions": [], "answer": {"token": "7.k3Jx", "name": "卫生健康委员会"}},
    ),
    "console-self_registration": ("console/self_registration.html", SELF_REGISTRATION),
    "console-self_registration-none": (
        "console/self_registration.html",
        {**SELF_REGISTRATION, "tokens": [], "is_done": True},
    ),
    "console-self_registration-looked_at": (
        "console/self_registration.html",
        {**SELF_REGISTRATION, **framed(Role.AUDIT), "may_allow": False, "may_end": False},
    ),
    "console-self_registration-refused": (
        "console/self_registration.html",
        {**SELF_REGISTRATION, "problem": "invalid_request"},
    ),
    **{f"console-draft-{code}": ("console/draft.html", {**ONE_DRAFT, "problem": code}) for code in TROUBLES},
    "console-officers": ("console/officers.html", OFFICERS),
    "console-officers-done": (
        "console/officers.html",
        {**OFFICERS, "invitations": [], "envelope": ("opened", SINCE), "is_done": True},
    ),
    "console-officers-looked_at": ("console/officers.html", NOT_THEIRS),
    "console-officers-refused": ("console/officers.html", {**OFFICERS, "problem": "invalid_request"}),
    "console-apps": (
        "console/apps.html",
        {
            **framed(Role.SECURITY, "/console/apps"),
            "apps": [
                {
                    "client_id": f"app-{status}",
                    "client_name": "住房公积金",
                    "channel": "website",
                    "profile": "gov-standard",
                    "status": status,
                    "api_role": role,
                }
                for status, role in (("active", "system"), ("disabled", None))
            ],
            "is_automation": False,
            "may_register": True,
            "new_url": "/console/apps/new",
        },
    ),
    "console-apps-none": (
        "console/apps.html",
        {
            **framed(Role.AUDIT, "/console/apps"),
            "apps": [],
            "is_automation": True,
            "may_register": False,
            "new_url": "/console/apps/new",
        },
    ),
    "console-app": ("console/app.html", APP),
    "console-app-stopped": ("console/app.html", {**APP, "is_disabled": True, "changed_at": ""}),
    "console-app-looked_at": ("console/app.html", {**APP, **framed(Role.AUDIT), "may_act": False}),
    "console-app-faults": (
        "console/app.html",
        {**APP, "problem": "invalid_client_metadata", "faults": ["clients[0] fund: redirect_uris: must be https"]},
    ),
    "console-new_app": ("console/new_app.html", NEW_APP),
    "console-new_app-faults": (
        "console/new_app.html",
        {**NEW_APP, "problem": "invalid_client_metadata", "faults": ["clients[0] fund: is not an object"]},
    ),
    "console-keys": ("console/keys.html", KEYS),
    "console-keys-looked_at": (
        "console/keys.html",
        {**KEYS, **framed(Role.AUDIT), "fetchers": [], "may_rotate": False},
    ),
    "console-keys-too_early": ("console/keys.html", {**KEYS, "problem": "too_early"}),
    "console-connections": ("console/connections.html", CONNECTIONS),
    "console-connections-looked_at": ("console/connections.html", LOOKED_AT),
    **{
        f"console-connections-{code}": ("console/connections.html", {**CONNECTIONS, "problem": code})
        for code in ("no_carrier", "too_many_tries")
    },
    **{
        f"console-connections-{fate}": (
            "console/connections.html",
            {**CONNECTIONS, "fate": {"state": fate, "again": "/console/connections?item=4"}},
        )
        for fate in FATES
    },
    "console-no_role": ("console/no_role.html", {"role": None}),
    "console-other_role": ("console/no_role.html", {"role": "audit"}),
    "console-own_keys": ("console/own_keys.html", OWN_KEYS),
    "console-own_keys-one": (
        "console/own_keys.html",
        {**OWN_KEYS, "keys": OWN_KEYS["keys"][:1], "may_remove": False, "is_done": True},
    ),
    **{
        f"console-own_keys-{problem}": ("console/own_keys.html", {**OWN_KEYS, "problem": problem})
        for problem in ("cancelled", "too_many", "last")
    },
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
