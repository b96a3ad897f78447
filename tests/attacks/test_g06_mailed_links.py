"""G06: every address in a message is built from the configured issuer, whatever the request says of its host."""

import re
from urllib.parse import urlsplit

import pytest

from idp.accounts.freeze_link import PATH
from idp.events import Action
from tests.attacks import wire
from tests.attacks.messages import addresses_in, texts_to
from tests.attacks.rig import Target, authorization_url
from tests.plugins.running_idp import Person

FORGED: dict[str, dict[str, str]] = {
    "host": {"Host": "evil.test"},
    "host-with-port": {"Host": "localhost:80@evil.test"},
    "x-forwarded-host": {"X-Forwarded-Host": "evil.test"},
    "x-forwarded-proto": {"X-Forwarded-Proto": "http", "X-Forwarded-Port": "80"},
    "x-original-url": {"X-Original-URL": "http://evil.test/", "X-Forwarded-Prefix": "//evil.test"},
    "forwarded": {"Forwarded": "host=evil.test;proto=http"},
    "all": {"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "http", "Forwarded": "host=evil.test;proto=http"},
}


def assert_ours(target: Target, texts: list[str]) -> list[str]:
    """Every address is one of ours; those that were found."""
    found = [address for text in texts for address in addresses_in(text)]
    host = urlsplit(target.issuer).hostname
    for address in found:
        assert address == host or re.fullmatch(re.escape(target.issuer + PATH) + r"[\w-]+", address), address
    assert "evil" not in "".join(texts)
    target.log.keep_out(*(urlsplit(address).path.removeprefix(PATH) for address in found if "://" in address))
    return found


def someone(target: Target) -> Person:
    person = target.idp.new_person()
    target.log.keep_out(person.phone, person.citizen_id)
    return person


@pytest.mark.parametrize("forged", FORGED)
def test_every_address_in_every_message_is_the_issuers(bare_target: Target, forged: str) -> None:
    """By our own door, since nginx lets no other name through: the code, the sign-in on a new device, the freezing.

    Red when a link is built from Host, X-Forwarded-* or the address of the request.
    """
    target, person = bare_target, someone(bare_target)
    browser = target.browser(**FORGED[forged])
    browser.open(authorization_url())
    browser.name(person.phone, "code")
    texts = texts_to(target.idp, person.phone, 1)
    browser.sign_in(person, authorization_url(prompt="login"))
    texts = texts_to(target.idp, person.phone, 2)
    link = next(address for address in assert_ours(target, texts) if "://" in address)
    browser.get(urlsplit(link).path)
    target.expects(Action.ACCOUNT_FROZEN)
    target.expects(Action.SIGNED_OUT)
    answer = browser.submit()
    assert answer.headers["location"] == urlsplit(link).path
    assert len(assert_ours(target, texts_to(target.idp, person.phone, 3))) == 2


def test_a_whole_address_in_the_request_line_is_none_of_ours(bare_target: Target) -> None:
    """RFC 9112 §3.2.2: the host of an absolute-form target stands for Host. Red when a link is built from it."""
    target, person = bare_target, someone(bare_target)
    browser = target.browser()
    browser.open(authorization_url())
    browser.name(person.phone)
    form = browser.page.forms[0]
    body = f"csrf={form.hidden['csrf']}&password={person.password.replace(' ', '+')}".encode()
    path = f"http://evil.test{form.action}".encode()
    answer = wire.request(target.issuer, "POST", path, browser.cookie_header, wire.FORM, body=body, host=b"evil.test")
    target.check(answer, may_sign_in=True)
    assert answer.status_code == 303
    assert_ours(target, texts_to(target.idp, person.phone, 1))


@pytest.mark.parametrize("way", ["get", "head", "mine", "query"])
def test_opening_the_link_freezes_nobody(bare_target: Target, way: str) -> None:
    """Programs that look behind links, before the person does. Red when a GET acts."""
    target, person = bare_target, someone(bare_target)
    target.browser().sign_in(person)
    (link,) = assert_ours(target, texts_to(target.idp, person.phone, 1))
    path, reader = urlsplit(link).path, target.browser()
    reader.get(path)
    token = reader.page.forms[0].hidden["csrf"]
    if way == "head":
        target.check(wire.request(target.issuer, "HEAD", path.encode()))
    else:
        reader.get({"get": path, "mine": f"{path}?mine=1", "query": f"{path}?csrf={token}"}[way])
    target.browser().sign_in(person)
