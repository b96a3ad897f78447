"""Every way in: the endpoints that discovery names, and every page, with one request each that reaches it."""

from urllib.parse import urlsplit

from tests.attacks.rig import Browser, Target, authorization_url

ACCOUNT_PAGES = (
    "/me",
    *("/me/devices", "/me/apps", "/me/activity", "/me/not-me", "/me/name"),
    *("/me/methods", "/me/methods/password", "/me/methods/totp", "/me/methods/totp/remove"),
    *("/me/passkeys/new", "/me/passkeys/1"),
    *("/me/cards/new", "/me/cards/1"),
    "/me/methods/recovery-codes",
    *("/me/methods/face", "/me/methods/face/allow"),
    *("/me/data", "/me/data/phone", "/me/data/phone/lost", "/me/data/mail", "/me/data/export", "/me/data/close"),
    *("/me/data/documents", "/me/name/verify", "/me/proofing", "/me/proofing/done"),
    *("/me/proofing/face", "/me/proofing/face/return", "/me/proofing/net-id", "/me/proofing/net-id/return"),
    "/me/proofing/bank",
)
OFFICER_PAGES = (
    *("/console", "/console/officers", "/console/drafts", "/console/drafts/1", "/console/apps", "/console/apps/new"),
    *(
        "/console/apps/of/rp",
        "/console/keys",
        "/console/people",
        "/console/people/nobody",
        "/console/people/nobody/mandates",
        "/console/organizations",
        "/console/people/nobody/identity",
        "/console/disputes",
        "/console/log",
        "/console/log/1",
        "/console/log/holds",
        "/console/connections",
        "/console/own-keys",
        "/console/sessions",
        "/console/conduct",
        "/console/log/proof",
        "/console/dashboard",
        "/console/dashboard/data",
    ),
    *("/console/sign-in", "/console/signed-in"),
)
PLAIN_PAGES = (
    "/help",
    "/privacy",
    "/accessibility",
    "/status",
    "/",
    "/display",
    "/signed-out",
    "/recover",
    *ACCOUNT_PAGES,
    *OFFICER_PAGES,
)
STEPS = (
    *("", "/code", "/code/resend", "/code/call", "/password", "/totp", "/recovery", "/passkey", "/passkey/options"),
    *("/card", "/card/question", "/face", "/face/return"),
    *("/ways", "/consent", "/identity", "/cancel", "/register", "/recover", "/slip", "/name", "/proofing"),
    *("/new-start", "/new-start/code", "/new-start/password"),
)


def endpoints(browser: Browser) -> list[str]:
    """The paths of the discovery document, and those it is served from."""
    document = browser.get("/.well-known/openid-configuration").json()
    named = [urlsplit(address).path for name, address in document.items() if name.endswith(("_endpoint", "jwks_uri"))]
    assert len(named) >= 5
    resources = [f"/.well-known/oauth-protected-resource{path}" for path in ("/userinfo", "/id_match", "/api/v1")]
    return [*named, "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", *resources]


def steps(browser: Browser, handle: str = "") -> list[str]:
    """The pages of a living interaction of this browser, and its one door."""
    handle = handle or new_handle(browser)
    return [*(f"/s/{handle}{step}" for step in STEPS), f"/authorize/{handle}"]


def new_handle(browser: Browser) -> str:
    """The handle of an interaction that has just begun."""
    return handle_in(browser.get(authorization_url(prompt="login")).headers["location"])


def named_handle(browser: Browser, target: Target) -> str:
    """The handle of an interaction in which a name was typed, so that the pages of the proofs open."""
    browser.open(authorization_url(prompt="login"))
    return handle_in(browser.submit(username=target.person.phone, way="password").headers["location"])


def handle_in(location: str) -> str:
    """The handle in the address of a step."""
    return urlsplit(location).path.split("/")[2]


def all_paths(browser: Browser, target: Target) -> list[str]:
    """Everything there is, with an interaction at hand."""
    return [
        *endpoints(browser),
        *PLAIN_PAGES,
        *steps(browser),
        *steps(browser, named_handle(browser, target)),
        "/freeze/of-nobody",
        "/carriers/sms_http/reports",
        "/console/invitations/1.nobody",
        "/console/invitations/1.nobody/options",
        *(
            "/api/v1/officers",
            "/api/v1/people:find",
            "/api/v1/people:search",
            "/api/v1/openapi.json",
            "/api/v1/nowhere",
            "/api",
        ),
        "/nowhere",
    ]
