"""The states of the console's pages about the log, and about what happens."""

from typing import Any

from admin.operations.dashboard import SERIES
from idp.audit.verify import Fault
from idp.model.office import Role
from tests.idp.http.console_states import SINCE, framed

DASHBOARD: dict[str, Any] = {
    **framed(Role.SECURITY, "/console/dashboard"),
    "series": SERIES,
    "rows": [{"time": f"10:{minute:02}", "numbers": [12, 3, 40, minute % 7]} for minute in range(59, -1, -1)],
    "totals": dict.fromkeys(SERIES, 1234),
    "channels": [("website", 1000), ("", 3)],
    "refusals": [("wrong_password", 12), ("invalid_grant", 2)],
    "data_url": "/console/dashboard/data",
}
PROOF: dict[str, Any] = {
    **framed(Role.AUDIT, "/console/log/proof"),
    "typed": {"key": '{"kty": "EC"}', "anchor": ""},
    "found": None,
    "action": "/console/log/proof",
    "csrf": "t",
    "problem": None,
}
PROVEN: dict[str, Any] = {
    "first_seal": 2,
    "last_seal": 51,
    "events": 1234,
    "unsealed": 3,
    "anchored": None,
    "is_whole": True,
    "problems": [],
}
CONDUCT: dict[str, Any] = {
    **framed(Role.AUDIT, "/console/conduct"),
    "days": 30,
    "periods": (1, 7, 30, 183),
    "officers": [
        {
            "uid": "N3xYt0ZzQ1mWq8yLxq7L1e",
            "name": name,
            "role": role,
            "looks": 120,
            "people": 80,
            "in_clear": 3,
            "revealed": [{"member": "phone", "why": "asked", "times": 3}],
            "done": 12,
            "decided": 4,
            "odd": odd,
            "last": SINCE,
        }
        for name, role, odd in (("王芳", "security", 7), ("", None, 0))
    ],
}
EVENT: dict[str, Any] = {
    "event_id": 9,
    "time": SINCE,
    "action": "person.revealed",
    "outcome": "ok",
    "actor": "Bc2xYt0ZzQ1mWq8yLxq7L1e",
    "person": "N3xYt0ZzQ1mWq8yLxq7L1e",
    "client_id": "housing-fund",
}
LOG: dict[str, Any] = {
    **framed(Role.AUDIT, "/console/log"),
    "events": [EVENT, {**EVENT, "outcome": "not_found", "actor": None, "person": None, "client_id": None}],
    "actions": ["person.revealed", "session.signed_in"],
    "typed": dict.fromkeys(("actor", "person", "action", "client_id", "since", "until"), ""),
    "query": {},
    "following": None,
    "problem": None,
    "export_action": "/console/log/export",
    "csrf": "t",
}
ONE_EVENT: dict[str, Any] = {
    **framed(Role.AUDIT, "/console/log/9"),
    "event": EVENT,
    "members": [("event_id", "9"), ("outcome", "ok")],
    "data": [("member", ["phone"]), ("changes", ["a: 1 → 2", "b: 3 → 4"])],
    "moment": "2026-11-30T15:42:00+08:00",
}
HOLDS: dict[str, Any] = {
    **framed(Role.AUDIT, "/console/log/holds"),
    "holds": [
        {"hold_id": 3, "reference": "（2026）云01刑初7号", "since": "", "placed_at": SINCE},
        {"hold_id": 4, "reference": "督查 2026-14", "since": SINCE, "placed_at": SINCE},
    ],
    "days": 1096,
    "longest": 120,
    "action": "/console/log/holds",
    "csrf": "t",
    "problem": None,
    "is_done": False,
}
CASES_OF_THE_LOG: dict[str, tuple[str, dict[str, Any]]] = {
    "console-holds": ("console/holds.html", HOLDS),
    "console-holds-none": ("console/holds.html", {**HOLDS, "holds": []}),
    "console-holds-placed": ("console/holds.html", {**HOLDS, "is_done": True}),
    "console-holds-refused": ("console/holds.html", {**HOLDS, "problem": "invalid_request"}),
    "console-log": ("console/log.html", LOG),
    "console-log-narrow": (
        "console/log.html",
        {**LOG, "typed": {**LOG["typed"], "actor": "Bc2"}, "query": {"actor": "Bc2"}, "following": 7},
    ),
    "console-log-none": ("console/log.html", {**LOG, "events": []}),
    "console-log-nobody": ("console/log.html", {**LOG, "events": [], "problem": "not_found"}),
    "console-event": ("console/event.html", ONE_EVENT),
    "console-event-bare": (
        "console/event.html",
        {**ONE_EVENT, "event": {**EVENT, "actor": None, "person": None}, "data": []},
    ),
    "console-dashboard": ("console/dashboard.html", DASHBOARD),
    "console-dashboard-nobody": ("console/dashboard.html", {**DASHBOARD, "channels": [], "refusals": []}),
    "console-proof": ("console/log_proof.html", PROOF),
    **{
        f"console-proof-{code}": ("console/log_proof.html", {**PROOF, "problem": code})
        for code in ("audit_key", "invalid_anchor")
    },
    "console-proof-none": ("console/log_proof.html", {**PROOF, "found": {**PROVEN, "first_seal": 0}}),
    "console-proof-whole": ("console/log_proof.html", {**PROOF, "found": PROVEN}),
    "console-proof-broken": (
        "console/log_proof.html",
        {
            **PROOF,
            "found": {
                **PROVEN,
                "anchored": 51,
                "is_whole": False,
                "problems": [{"fault": fault.value, "record": "event 12"} for fault in Fault],
            },
        },
    ),
    "console-conduct": ("console/conduct.html", CONDUCT),
    "console-conduct-nobody": ("console/conduct.html", {**CONDUCT, "days": 7, "officers": []}),
}
