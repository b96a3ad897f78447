"""C01 to C05, C12 and C13: wherever a token is taken, a forged one is worth as much as none."""

import string
from collections.abc import Callable

import httpx
import pytest

from idp.events import Action
from tests.attacks.answers import error_of
from tests.attacks.forgeries import FORGERIES, Genuine
from tests.attacks.rig import READING, REDIRECT, Browser, Target

BYE = "https://rp.test/bye"
SKEW = 3600


def _key_of(browser: Browser, token: str) -> Genuine:
    kid = Genuine(token, {}).header["kid"]
    key = next(key for key in browser.get("/jwks").json()["keys"] if key["kid"] == kid)
    return Genuine(token, key)


def an_id_token(browser: Browser) -> Genuine:
    return _key_of(browser, browser.tokens()["id_token"])


def a_jwt_access_token(browser: Browser) -> Genuine:
    return _key_of(browser, browser.tokens(READING)["access_token"])


def hint(browser: Browser, token: str) -> str:
    """Outcome of a sign-out by hint, in a browser that has no session to lose."""
    answer = browser.target.browser().get("/logout?" + str(httpx.QueryParams(_wish(token))))
    return "believed" if answer.headers.get("location", "").startswith(BYE) else "refused"


def hint_by_post(browser: Browser, token: str) -> str:
    stranger = browser.target.browser()
    answer = stranger.post("/logout", _wish(token))
    if answer.headers.get("location", "").startswith("/logout?"):
        answer = stranger.get(answer.headers["location"])
    return "believed" if answer.headers.get("location", "").startswith(BYE) else "refused"


def bearer(browser: Browser, token: str) -> str:
    answer = browser.userinfo(token)
    assert answer.status_code in {200, 401}
    return "believed" if answer.status_code == 200 else "refused"


def introspected(browser: Browser, token: str) -> str:
    answer = browser.introspect(token, READING)
    if answer.status_code == 400:  # characters that no parameter may have
        return "refused"
    assert answer.json() == {"active": False} or answer.json()["active"]
    return "believed" if answer.json()["active"] else "refused"


def _wish(token: str) -> dict[str, str]:
    return {"id_token_hint": token, "post_logout_redirect_uri": BYE}


DOORS: dict[str, tuple[Callable[[Browser], Genuine], Callable[[Browser, str], str]]] = {
    "id_token_hint": (an_id_token, hint),
    "id_token_hint-by-post": (an_id_token, hint_by_post),
    "bearer-at-userinfo": (a_jwt_access_token, bearer),
    "token-at-introspection": (a_jwt_access_token, introspected),
}
"""Where a JWT of ours comes back to us, and what a genuine one is there. Whoever adds a door adds a row; assertions of
clients are tried in test_e03_client_assertions.py."""


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    """One door after the other."""
    return str(request.param)


def test_a_forged_token_is_no_token(target: Target, signed_in: Browser, door: str) -> None:
    """All forgeries at one door, and the genuine one afterwards.

    Red when `jose.verify` takes the algorithm, the key or the type from the header, believes `crit`, or looks for a key
    without its name.
    """
    make, offer = DOORS[door]
    genuine = make(signed_in)
    target.id_tokens.add(genuine.token)
    for kind, forge in FORGERIES.items():
        assert offer(signed_in, forge(genuine)) == "refused", kind
    assert offer(signed_in, genuine.token) == "believed"


BASE64URL = f"{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}-_"
MANGLED: dict[str, Callable[[str], str]] = {
    "truncated": lambda token: token[:-1],
    "truncated-at-the-dot": lambda token: token.partition(".")[0],
    "extended": lambda token: token + "A",
    "flipped": lambda token: token.swapcase(),
    "padded": lambda token: token + "=",
    "percent": lambda token: "".join(f"%{ord(each):02x}" for each in token),
    "first-character": lambda token: ("1" if token[0] != "1" else "2") + token[1:],
    "other-number": lambda token: "1." + token.partition(".")[2] if "." in token else "1." + token,
    "leading-zero": lambda token: "0" + token,
    "plus": lambda token: "+" + token,
    "full-width": lambda token: token.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}),
    "twice": lambda token: token + token,
    "last-bit": lambda token: token[:-1] + BASE64URL[BASE64URL.index(token[-1]) ^ 1],  # which base64 may pass over
    "day-before": lambda token: f"{int(token.partition('.')[0]) - 1}.{token.partition('.')[2]}",
    "blank-inside": lambda token: token[:12] + " " + token[12:],
    "comma": lambda token: f"{token},{token}",
}


@pytest.mark.parametrize("kind", MANGLED)
def test_a_mangled_token_is_no_token(target: Target, signed_in: Browser, kind: str) -> None:
    """C13: access token, refresh token and code; what is near to one opens nothing, and spends nothing.

    Red when a secret is compared by its beginning, a number is read by `int`, or a stranger's text takes a code away.
    """
    mangle = MANGLED[kind]
    tokens = signed_in.tokens()
    access_token, refresh_token = tokens["access_token"], tokens["refresh_token"]
    if mangle(access_token).isascii():  # a header holds nothing else
        assert signed_in.userinfo(mangle(access_token)).status_code in {400, 401}
    assert signed_in.introspect(mangle(access_token)).json() == {"active": False}
    assert signed_in.introspect(mangle(refresh_token)).json() == {"active": False}
    code = signed_in.code()
    with target.counts(Action.TOKEN_REFUSED, "invalid_grant", 1 + (mangle(code) != code)):
        assert error_of(signed_in.refresh(mangle(refresh_token))) == "invalid_grant"
        if mangle(code) != code:
            assert error_of(signed_in.redeem(mangle(code))) == "invalid_grant"
    assert signed_in.userinfo(access_token).status_code == 200
    assert signed_in.refresh(refresh_token).status_code == 200
    assert signed_in.redeem(code).status_code == 200


def test_a_hint_of_our_own_key_still_has_to_be_an_id_token(target: Target, signed_in: Browser) -> None:
    """C12: really signed by us, with claims that no id_token has. An expired one is a hint (RP-Initiated Logout §2).

    Red when `_verified_hint` leaves out the issuer or the session, or a claim of another type is a failure.
    """
    services = target.idp.installation.services
    claims = Genuine(signed_in.tokens()["id_token"], {}).claims
    expired = services.signer.sign({**claims, "exp": claims["iat"] - SKEW}, "RS256")
    target.id_tokens.add(expired)
    assert hint(signed_in, expired) == "believed"
    for changes in (
        {"iss": "https://evil.test"},
        {"iss": [target.issuer]},
        {"aud": "evil-rp"},
        {"aud": [claims["aud"], "evil-rp"]},
        {"aud": 5},
        {"aud": None},
    ):
        bent = services.signer.sign({**claims, **changes}, "RS256")
        target.id_tokens |= {bent} if "aud" in changes else set()  # ours, only for nobody who may be sent there
        assert hint(signed_in, bent) == "refused", changes
    for typ in ("at+jwt", "logout+jwt"):
        assert hint(signed_in, services.signer.sign(claims, "RS256", typ)) == "refused", typ
    assert REDIRECT not in hint(signed_in, expired)
