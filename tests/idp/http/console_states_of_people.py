"""The states of the console's pages about people and their sessions."""

from typing import Any

from admin.console.people import SHOWN
from admin.operations.people import Member, Why
from idp.accounts.status import Reason
from idp.model.mandate import EndReason
from idp.model.office import Role
from idp.model.session import Told
from tests.idp.http.console_states import SINCE, framed

FIND_PERSON: dict[str, Any] = {
    **framed(Role.SECURITY, "/console/people"),
    "action": "/console/people",
    "csrf": "t",
    "typed": {"name": "", "birth_year": ""},
    "found": None,
    "problem": None,
}
NAMED = {"name": "张小三", "birth_year": "1990"}
NAMESAKES = [
    {
        "uid": f"N{number}xYt0ZzQ1mWq8yLxq7L1e",
        "status": status,
        "name": "张*三",
        "birth_year": 1990,
        "documents": ["citizen_id 8901**********0012"],
        "phone": phone,
    }
    for number, (status, phone) in enumerate([("active", "139****0001"), ("frozen", None)])
]
PERSON: dict[str, Any] = {
    **framed(Role.SECURITY, "/console/people/u"),
    "uid": "N3xYt0ZzQ1mWq8yLxq7L1e",
    "title_name": "张*三",
    "account_status": "active",
    "facts": [(name, "138****1234") for name in SHOWN],
    "sessions": [
        {
            "id": 4,
            "device": "鸿蒙 · 华为浏览器",
            "channel": "website",
            "methods": "pwd sms",
            "last_seen_at": SINCE,
            "is_ended": is_ended,
            "apps": "housing-fund",
            "offline_apps": "city-app" if is_ended else "",
            "person": "N3xYt0ZzQ1mWq8yLxq7L1e",
            "told": [(f"app-{told}", told) for told in Told] if is_ended else [],
        }
        for is_ended in (False, True)
    ],
    "members": list(Member),
    "whys": list(Why),
    "reasons": list(Reason),
    "is_staff": False,
    "slip_levels": [2, 1],
    "revealed": None,
    "action": "/console/people/u",
    "csrf": "t",
    "problem": None,
}
SESSIONS: dict[str, Any] = {
    **framed(Role.SECURITY, "/console/sessions"),
    "sessions": PERSON["sessions"],
    "channels": ["kiosk", "website"],
    "typed": {"person": "", "client_id": "fund", "channel": "website"},
    "query": {"client_id": "fund", "channel": "website"},
    "following": 7,
    "counted": None,
    "ended": None,
    "action": "/console/sessions",
    "csrf": "t",
    "problem": None,
}
EVIDENCE: dict[str, Any] = {
    "evidence_id": 7,
    "check": "pQ3x",
    "source": "population_register",
    "method": "two_elements",
    "proofing": 2,
    "verified_at": "2026年11月30日 15:42",
    "expires_at": "",
    "withdrawn_at": "",
    "withdrawn_why": None,
}
IDENTITY: dict[str, Any] = {
    **framed(Role.SECURITY, "/console/people"),
    "back_url": "/console/people/u",
    "evidence": [
        EVIDENCE,
        *(
            {**EVIDENCE, "method": "face", "withdrawn_why": why, "withdrawn_at": "2026年11月30日 15:42"}
            for why in ("disputed", "superseded", "wrong", "deceased")
        ),
    ],
    "whys": ["disputed", "superseded", "wrong", "deceased"],
    "id_types": [
        *("citizen_id", "residence_permit", "permanent_resident_id", "hk_macau_travel_permit"),
        *("taiwan_travel_permit", "passport"),
    ],
    "action": "/console/people/u/identity",
    "csrf": "t",
    "problem": None,
}
DISPUTES: dict[str, Any] = {
    **framed(Role.SECURITY, "/console/people"),
    "disputes": [
        {
            "dispute_id": 7,
            "opened_at": "2026年11月30日 15:42",
            "claimant": "Zk3v0dVY1Q9x",
            "holder": "q7Xw2nVY1Q9x",
            "name": "张*三",
            "document": "citizen_id 8901**********0012",
        }
    ],
    "next": None,
    "action": "/console/disputes",
    "csrf": "t",
    "problem": None,
}
MANDATE: dict[str, Any] = {
    "mandate": "m8Xw2nVY1Q9xm8Xw2nVY1Q",
    "role": "agent",
    "agent": "Zk3v0dVY1Q9x",
    "principal": None,
    "organization": "91890101MA0000015M",
    "services": ["licence-library", "tax: 000131010000 000131010001"],
    "granted_at": "2026年11月30日 15:42",
    "accepted_at": "2026年11月30日 15:42",
    "valid_until": "2026年12月30日 24:00",
    "used_at": "",
    "ended_at": "",
    "ended_why": None,
}
MANDATES: dict[str, Any] = {
    **framed(Role.SECURITY, "/console/people"),
    "back_url": "/console/people/u",
    "mandates": [
        {**MANDATE, "agent": None, "accepted_at": ""},
        {
            **MANDATE,
            "role": "legal_representative",
            "services": None,
            "valid_until": "",
            "used_at": "2026年11月30日 15:42",
        },
        {**MANDATE, "role": "administrator"},
        *(
            {**MANDATE, "role": role, "organization": None, "principal": "q7Xw2nVY1Q9x", "ended_why": why}
            for role, why in zip(["guardian", "helper"] * 4, EndReason, strict=True)
        ),
    ],
    "action": "/console/people/u/mandates",
    "csrf": "t",
    "problem": None,
}
ORGANIZATIONS: dict[str, Any] = {
    **framed(Role.SECURITY, "/console/people"),
    "code": "91890101MA0000015M",
    "organization": {
        "code": "91890101MA0000015M",
        "name": "云江江畔软件有限公司",
        "organization_type": "enterprise",
        "status": "active",
        "checked_at": "2026年11月30日 15:42",
        "changed_at": "",
    },
    "mandates": MANDATES["mandates"],
    "action": "/console/organizations",
    "csrf": "t",
    "problem": None,
}
CASES_OF_PEOPLE: dict[str, tuple[str, dict[str, Any]]] = {
    "console-find_person": ("console/find_person.html", FIND_PERSON),
    "console-find_person-nobody": ("console/find_person.html", {**FIND_PERSON, "problem": "not_found"}),
    "console-find_person-whole_name": (
        "console/find_person.html",
        {**FIND_PERSON, "problem": "whole_name", "typed": {"name": "张", "birth_year": "90"}},
    ),
    "console-find_person-namesakes": (
        "console/find_person.html",
        {**FIND_PERSON, "typed": NAMED, "found": {"people": NAMESAKES, "next": "N3xYt0", "is_complete": True}},
    ),
    "console-find_person-no_namesakes": (
        "console/find_person.html",
        {**FIND_PERSON, "typed": NAMED, "found": {"people": [], "next": None, "is_complete": False}},
    ),
    "console-identity": ("console/identity.html", IDENTITY),
    "console-identity-none": ("console/identity.html", {**IDENTITY, "evidence": []}),
    "console-identity-taken": ("console/identity.html", {**IDENTITY, "problem": "identifier_taken"}),
    "console-disputes": ("console/disputes.html", {**DISPUTES, "next": 7}),
    "console-disputes-none": ("console/disputes.html", {**DISPUTES, "disputes": []}),
    "console-disputes-decided": ("console/disputes.html", {**DISPUTES, "problem": "dispute_decided"}),
    "console-disputes-changed": ("console/disputes.html", {**DISPUTES, "problem": "dispute_changed"}),
    "console-mandates": ("console/mandates.html", MANDATES),
    "console-mandates-none": ("console/mandates.html", {**MANDATES, "mandates": []}),
    "console-mandates-stale": ("console/mandates.html", {**MANDATES, "problem": "stale"}),
    "console-organizations": ("console/organizations.html", ORGANIZATIONS),
    "console-organizations-asked": (
        "console/organizations.html",
        {**ORGANIZATIONS, "code": "", "organization": None, "mandates": []},
    ),
    "console-organizations-not_found": (
        "console/organizations.html",
        {**ORGANIZATIONS, "organization": None, "mandates": [], "problem": "not_found"},
    ),
    "console-organizations-changed": (
        "console/organizations.html",
        {
            **ORGANIZATIONS,
            "organization": {**ORGANIZATIONS["organization"], "changed_at": "2026年12月1日 9:00"},
            "mandates": [],
        },
    ),
    "console-person": ("console/person.html", PERSON),
    "console-person-frozen": (
        "console/person.html",
        {**PERSON, "account_status": "frozen", "problem": "access_denied"},
    ),
    "console-person-staff": ("console/person.html", {**PERSON, "is_staff": True}),
    "console-person-closed": ("console/person.html", {**PERSON, "account_status": "closed", "sessions": []}),
    "console-person-revealed": (
        "console/person.html",
        {**PERSON, "revealed": {"member": "phone", "values": ["+8613912345678"]}},
    ),
    "console-person-nothing": ("console/person.html", {**PERSON, "revealed": {"member": "email", "values": []}}),
    "console-sessions": ("console/sessions.html", SESSIONS),
    "console-sessions-none": ("console/sessions.html", {**SESSIONS, "sessions": [], "problem": "nobody"}),
    **{
        f"console-sessions-counted-{number}": (
            "console/sessions.html",
            {**SESSIONS, "counted": {"ended": number, "revoked": 2, "is_complete": number < 500}},
        )
        for number in (0, 12, 500)
    },
    "console-sessions-ended": ("console/sessions.html", {**SESSIONS, "ended": [("fund", "on_its_way")]}),
}
