"""Every state of the pages about whom somebody acts for."""

from types import SimpleNamespace
from typing import Any

from tests.idp.http.account_states import SIGNED_IN

DAY = "2026年12月31日"


def mandate(principal: str = "王*兰", **changes: Any) -> SimpleNamespace:
    told: dict[str, Any] = {
        "uid": "m1",
        "icon": "people",
        "principal": principal,
        "is_masked": True,
        "agent": "李*",
        "role": "代办人",
        "services": ["养老待遇资格认证", "医保报销（只限异地就医备案、门诊费用报销）"],
        "until": DAY,
        "days_left": 38,
        "channels": ["网站", "手机应用", "社区"],
        "basis": "2026年11月20日 本人在网上委托",
        "is_single_use": False,
        "used_at": "2026年11月23日 15:42",
        "why": "",
        "ended": "",
    }
    return SimpleNamespace(**{**told, **changes})


REPRESENTED = mandate(
    "云江示例有限责任公司长江路分公司",
    icon="firm",
    is_masked=False,
    role="法定代表人",
    services=["凡是可以代办的都能办"],
    until="",
    days_left=None,
    channels=[],
    basis="云江市市场监管局的登记，2026年11月20日 核对",
    used_at="",
)
STRUCK_OFF = mandate("云江旧公司", icon="firm", is_masked=False, why="按登记，这个单位现在不能办事")
ONCE = mandate("张*三", is_single_use=True, used_at="", days_left=1)

CONSENT: dict[str, Any] = {
    "form_action": "/s/tx/consent",
    "csrf": "t",
    "client_name": "养老待遇资格认证",
    "cancel_url": "/s/tx/cancel",
    "rights": [],
    "purpose": "",
    "required": [SimpleNamespace(claim="name", value="李*", is_verified=True, basis="")],
    "optional": [],
    "separate": [],
}
IDENTITY: dict[str, Any] = {
    "action": "/s/tx/identity",
    "csrf": "t",
    "client_name": "住房公积金",
    "cancel_url": "/s/tx/cancel",
    "masked_name": "李*",
    "offers_self": True,
    "mandates": [REPRESENTED, mandate(), ONCE],
}

ACTING = mandate(client_id="pension", app="养老待遇资格认证")
ACTING_FOR_COMPANY = SimpleNamespace(**{**vars(REPRESENTED), "client_id": "permits", "app": "企业开办"})
WAITS = mandate(agent="", used_at="")
DELEGATIONS: dict[str, Any] = {
    "mine": [mandate()],
    "theirs": [ONCE, WAITS],
    "waiting": [],
    "acting": [],
    "switch_csrf": "t",
    "done": None,
}
NOTHING: dict[str, Any] = {**DELEGATIONS, "mine": [], "theirs": []}
DELEGATION: dict[str, Any] = {
    "mandate": mandate(),
    "side": "agent",
    "is_answered": True,
    "action": "/me/delegations/m1",
    "csrf": "t",
    "back_url": "/me/delegations",
}
PAST = [
    SimpleNamespace(**{**vars(mandate(ended="2026年11月20日 被停了")), "is_mine": True}),
    SimpleNamespace(**{**vars(mandate(agent="", why="已经到期")), "is_mine": False}),
]
TYPED = SimpleNamespace(phone="", name="", role="", until="2026-12-23", is_once=False)
SERVICES = [
    SimpleNamespace(field="app_pension", name="养老待遇资格认证", is_ticked=True, matters=[]),
    SimpleNamespace(
        field="app_permits",
        name="企业开办",
        is_ticked=False,
        matters=[
            SimpleNamespace(field="matter_permits:1", words="个体工商户注销", is_ticked=True),
            SimpleNamespace(field="matter_permits:2", words="食品经营许可", is_ticked=False),
        ],
    ),
]
NEW: dict[str, Any] = {
    "action": "/me/delegations/new",
    "back_url": "/me/delegations",
    "csrf": "t",
    "organization": None,
    "roles": [],
    "typed": TYPED,
    "services": SERVICES,
    "first_day": "2026-11-23",
    "last_day": "2027-11-23",
    "answer_days": 7,
}
NEW_AT: dict[str, Any] = {**NEW, "organization": "云江示例有限公司", "roles": ["administrator", "agent"]}
FIELDS = {
    "phone": ("empty", "malformed", "self", "exists"),
    "name": ("empty", "malformed"),
    "services": ("empty",),
    "until": ("malformed", "out_of_range"),
}
CHILD: dict[str, Any] = {"action": "/me/delegations/child", "back_url": "/me/delegations", "csrf": "t"}
ENTER: dict[str, Any] = {"action": "/me/organizations/new", "back_url": "/me/organizations", "csrf": "t"}


def row(each: SimpleNamespace, **changes: Any) -> SimpleNamespace:
    return SimpleNamespace(**{**vars(each), **changes})


ORGANIZATIONS: dict[str, Any] = {
    "organizations": [
        row(REPRESENTED, url="/me/organizations/o1", is_manager=True),
        row(STRUCK_OFF, url="/me/delegations/m1", is_manager=False),
    ],
    "acting": [],
    "switch_csrf": "t",
    "can_enter": True,
}
KINDS = (
    *("state_organ", "public_institution", "mass_organization", "social_organization", "enterprise"),
    *("individual_business", "cooperative", "collective", "other"),
)
STATUSES = ("active", "suspended", "liquidating", "revoked", "struck_off")


def organization(kind: str = "enterprise", status: str = "active") -> dict[str, Any]:
    told = SimpleNamespace(
        name="云江示例有限责任公司长江路分公司",
        code="91890100MA0000001A",
        kind=kind,
        status=status,
        is_active=status == "active",
        checked_at="2026年11月23日 15:42",
    )
    return {
        "organization": told,
        "open": [row(REPRESENTED, can_stop=False), row(mandate(role="经办人"), can_stop=True)],
        "waiting": [row(WAITS, can_stop=True)],
        "past": [mandate(ended="2026年11月20日 被停了")],
        "new_url": "/me/organizations/o1/new" if status == "active" else None,
        "done": None,
    }


IDENTITIES: dict[str, Any] = {
    "masked_name": "李*",
    "mandates": [REPRESENTED, STRUCK_OFF, mandate()],
    "acting": [],
    "switch_csrf": "t",
    "left": None,
    "is_stale": False,
}
_CASES_OF_FIELDS = {
    f"new_delegation-{name}-{problem}": ("new_delegation.html", {**NEW, "field": name, "problem": problem})
    for name, problems in FIELDS.items()
    for problem in problems
}
_ASKED = ("level", "not_yours", "down", "later")

MANDATE_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "identity": ("identity.html", IDENTITY),
    "identity-wanted": ("identity.html", {**IDENTITY, "offers_self": False, "mandates": [REPRESENTED]}),
    "identity-nameless": ("identity.html", {**IDENTITY, "masked_name": None}),
    "identity-none-left": ("identity.html", {**IDENTITY, "mandates": [], "problem": "gone"}),
    "identity-empty": ("identity.html", {**IDENTITY, "problem": "empty"}),
    "identity-unconfirmed": ("identity.html", {**IDENTITY, "problem": "unconfirmed"}),
    "identity-stale": ("identity.html", {**IDENTITY, "is_stale": True}),
    "signed_in-acting": ("signed_in.html", {**SIGNED_IN, "acting": [ACTING], "switch_csrf": "t"}),
    "consent-acting": ("consent.html", {**CONSENT, "acting": mandate()}),
    "consent-acting-for-company": ("consent.html", {**CONSENT, "acting": REPRESENTED}),
    "delegations": ("delegations.html", DELEGATIONS),
    "delegations-nothing": ("delegations.html", NOTHING),
    "delegations-acting": ("delegations.html", {**DELEGATIONS, "acting": [ACTING, ACTING_FOR_COMPANY]}),
    "delegations-waiting": ("delegations.html", {**NOTHING, "waiting": [mandate(), REPRESENTED]}),
    "delegations-not-usable": ("delegations.html", {**NOTHING, "mine": [mandate("", why="已经到期")]}),
    **{
        f"delegations-{done}": ("delegations.html", {**DELEGATIONS, "done": done})
        for done in ("offered", "accepted", "declined", "ended", "child")
    },
    "delegation": ("delegation.html", DELEGATION),
    "delegation-asked": ("delegation.html", {**DELEGATION, "side": "asked", "is_answered": False}),
    "delegation-asked-for-company": ("delegation.html", {**DELEGATION, "mandate": REPRESENTED, "side": "asked"}),
    "delegation-principal": ("delegation.html", {**DELEGATION, "side": "principal"}),
    "delegation-waits": (
        "delegation.html",
        {**DELEGATION, "mandate": WAITS, "side": "principal", "is_answered": False},
    ),
    "delegation-level": ("delegation.html", {**DELEGATION, "side": "asked", "problem": "level"}),
    "delegation-stale": ("delegation.html", {**DELEGATION, "is_stale": True}),
    "delegations_past": ("delegations_past.html", {"past": PAST}),
    "delegations_past-none": ("delegations_past.html", {"past": []}),
    "new_delegation": ("new_delegation.html", NEW),
    "new_delegation-at": ("new_delegation.html", NEW_AT),
    "new_delegation-role-empty": ("new_delegation.html", {**NEW_AT, "field": "role", "problem": "empty"}),
    "new_delegation-no-services": ("new_delegation.html", {**NEW, "services": []}),
    "new_delegation-stale": ("new_delegation.html", {**NEW, "is_stale": True}),
    "new_delegation-level": ("new_delegation.html", {**NEW, "problem": "level"}),
    "new_delegation-often": ("new_delegation.html", {**NEW, "problem": "too_often"}),
    **_CASES_OF_FIELDS,
    "child": ("child.html", CHILD),
    "child-stale": ("child.html", {**CHILD, "name": "王小乐", "number": "8901", "is_stale": True}),
    **{
        f"child-{name}-{problem}": ("child.html", {**CHILD, "field": name, "problem": problem})
        for name in ("name", "number")
        for problem in ("empty", "malformed")
    },
    **{
        f"child-{problem}": (
            "child.html",
            {**CHILD, "problem": problem, "retry_at": "2026年11月24日 00:00", "support_code": "3F9C 72AB"},
        )
        for problem in (*_ASKED, "of_age")
    },
    "organizations": ("organizations.html", ORGANIZATIONS),
    "organizations-none": ("organizations.html", {**ORGANIZATIONS, "organizations": []}),
    "organizations-no-register": ("organizations.html", {**ORGANIZATIONS, "can_enter": False}),
    "organizations-acting": ("organizations.html", {**ORGANIZATIONS, "acting": [ACTING_FOR_COMPANY]}),
    "new_organization": ("new_organization.html", ENTER),
    "new_organization-stale": ("new_organization.html", {**ENTER, "typed": "9189", "is_stale": True}),
    **{
        f"new_organization-code-{problem}": ("new_organization.html", {**ENTER, "field": "code", "problem": problem})
        for problem in ("empty", "malformed")
    },
    **{
        f"new_organization-{problem}": (
            "new_organization.html",
            {**ENTER, "problem": problem, "retry_at": "2026年11月24日 00:00", "support_code": "3F9C 72AB"},
        )
        for problem in (*_ASKED, "not_active")
    },
    **{f"organization-{kind}": ("organization.html", organization(kind)) for kind in KINDS},
    **{f"organization-{status}": ("organization.html", organization(status=status)) for status in STATUSES},
    "organization-alone": ("organization.html", {**organization(), "waiting": [], "past": [], "done": "offered"}),
    "identities": ("identities.html", IDENTITIES),
    "identities-none": ("identities.html", {**IDENTITIES, "mandates": [], "masked_name": None}),
    "identities-acting": ("identities.html", {**IDENTITIES, "acting": [ACTING]}),
    "identities-left": (
        "identities.html",
        {**IDENTITIES, "left": SimpleNamespace(name="企业开办", address="https://permits.example.cn/")},
    ),
    "identities-left-nowhere": ("identities.html", {**IDENTITIES, "left": SimpleNamespace(name="x", address=None)}),
    "identities-stale": ("identities.html", {**IDENTITIES, "is_stale": True}),
}
