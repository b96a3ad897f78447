"""C24, correct: a phone or mail address counts once the code that went to it is typed, and never before (G10, G11)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.app import Installation
from idp.model.account import Attributes, Identifier, IdentifierKind
from idp.model.message import OutboxItem
from tests.benchmarks.operations import Answer
from tests.idp.installed import CITIZEN_ID, PHONE, Moment, identifiers, installed, new_person
from tests.idp.pages.page_browser import Browser, csrf_of
from tests.plugins.private_servers import StorageUrls

NEW = "13912345678"
MAIL = "zhang@example.cn"


@pytest.fixture
def with_person(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    """The city sends mail as well."""
    mail = {"HOST": "mail.example", "SENDER": "city@mail.example"}
    settings = {f"IDP_SMTP__{name}": value for name, value in mail.items()}
    installation = installed(storage_urls, tmp_path, clock, IDP_MESSAGING__MAIL="smtp", **settings)
    new_person(installation)
    yield installation
    installation.storage.close()


def messages(installation: Installation) -> list[OutboxItem]:
    """What leaves now; each once."""
    with installation.services.begin() as unit_of_work:
        now = installation.services.clock()
        items = unit_of_work.outbox.claim(now, lease_seconds=3600, limit=100)
        unit_of_work.commit()
    return [item for item in items if item.kind == "message"]


def code_in(items: list[OutboxItem]) -> str:
    found: list[str] = [
        code for item in items for code in re.findall(r"(?<!\d)\d{6}(?!\d)", item.payload["text"].split("\n")[0])
    ]
    return found[-1]


def stored(installation: Installation, phone: str = PHONE) -> Attributes:
    with installation.services.begin() as unit_of_work:
        person = unit_of_work.accounts.find(Identifier(IdentifierKind.PHONE, f"+86{phone}"))
        assert person is not None, phone
        return unit_of_work.accounts.attributes(person.id)


def ask(browser: Browser, path: str, value: str) -> Answer:
    page = browser.get(path)
    return browser.post(path, csrf=csrf_of(page), contact=value)


@pytest.fixture
def signed_in(browser: Browser, with_person: Installation, clock: Moment) -> Browser:
    """By two proofs, more than a minute ago: another message may be sent."""
    browser.sign_in(browser.get("/me/data/phone"))
    browser.prove_by_message(with_person)
    clock.pass_by(61)
    messages(with_person)
    return browser


def test_the_phone_is_not_changed_by_one_proof_of_two(browser: Browser, with_person: Installation) -> None:
    """H05: codes would go to the new one, which would make one proof into two. Mutation: `is_strong` left out."""
    for path in ("/me/data/phone", "/me/data/mail"):
        browser.sign_in(browser.get(path)) if path.endswith("phone") else browser.get(path)
        assert browser.here.endswith("/ways")
        browser.post(path, csrf="of no page", contact=NEW)
        assert browser.here.endswith("/ways")
    assert stored(with_person).phone == f"+86{PHONE}"


def test_the_new_phone_counts_once_its_code_is_typed(signed_in: Browser, with_person: Installation) -> None:
    """Mutation: the number is written when it is typed, as CVE-2026-27946 had it."""
    page = ask(signed_in, "/me/data/phone", f"+86 {NEW[:3]} {NEW[3:]}")
    assert signed_in.here == "/me/data/phone/code"
    assert "139****5678" in page.body.decode()
    assert stored(with_person).phone == f"+86{PHONE}"
    sent = messages(with_person)
    assert [item.payload["destination"] for item in sent] == [f"+86{NEW}"]
    done = signed_in.post("/me/data/phone/code", csrf=csrf_of(page), code=code_in(sent))
    assert signed_in.here == "/me/data?done=phone"
    assert "手机号换好了" in done.body.decode()
    assert (stored(with_person, NEW).phone, stored(with_person, NEW).phone_is_verified) == (f"+86{NEW}", True)
    with with_person.services.begin() as unit_of_work:
        assert unit_of_work.accounts.find(identifiers()[0]) is None, "the old one is free again"


def test_the_old_phone_is_told(signed_in: Browser, with_person: Installation) -> None:
    """Mutation: only the phone that the thief just entered hears of it."""
    page = ask(signed_in, "/me/data/phone", NEW)
    signed_in.post("/me/data/phone/code", csrf=csrf_of(page), code=code_in(messages(with_person)))
    told = {item.payload["destination"]: item.payload["text"] for item in messages(with_person)}
    assert "手机号改了" in told[f"+86{PHONE}"]
    assert NEW not in "".join(told.values())


def test_nobody_learns_that_a_phone_is_taken_before_they_hold_it(signed_in: Browser, with_person: Installation) -> None:
    """Mutation: the look-up comes before the code."""
    new_person(with_person, Identifier(IdentifierKind.PHONE, f"+86{NEW}"))
    free, taken = ask(signed_in, "/me/data/phone", "13700000000"), ask(signed_in, "/me/data/phone", NEW)
    pages = [re.sub(r"1\d\d\*{4}\d{4}|[0-9a-f]{64}", "", page.body.decode()) for page in (free, taken)]
    assert pages[0] == pages[1]
    code = code_in(messages(with_person))
    refused = signed_in.post("/me/data/phone/code", csrf=csrf_of(taken), code=code).body.decode()
    assert "换不过来" in refused.replace('</span><span class="ph">', "")
    assert "/help#hall" in refused
    assert stored(with_person).phone == f"+86{PHONE}"
    assert signed_in.post("/me/data/phone/code", csrf=csrf_of(taken), code=code).status == 200
    assert signed_in.here == "/me/data/phone", "the code is dead"


def test_a_code_works_for_the_number_it_went_to(signed_in: Browser, with_person: Installation) -> None:
    """Mutation: the code is bound to the person alone, and proves whatever number was typed last."""
    ask(signed_in, "/me/data/phone", NEW)
    own = code_in(messages(with_person))
    page = ask(signed_in, "/me/data/phone", "13700000000")
    other = code_in(messages(with_person))
    if own != other:
        wrong = signed_in.post("/me/data/phone/code", csrf=csrf_of(page), code=own)
        assert "验证码不对" in wrong.body.decode()
    assert stored(with_person).phone == f"+86{PHONE}"


def test_codes_are_not_guessed(signed_in: Browser, with_person: Installation) -> None:
    page = ask(signed_in, "/me/data/phone", NEW)
    code = code_in(messages(with_person))
    wrong = f"{(int(code) + 1) % 10**6:06}"
    left = [signed_in.post("/me/data/phone/code", csrf=csrf_of(page), code=wrong) for _ in range(6)]
    assert [answer.status for answer in left] == [200] * 4 + [429] * 2
    assert int(left[-1].headers["retry-after"]) > 0
    assert signed_in.post("/me/data/phone/code", csrf=csrf_of(page), code=code).status == 429
    assert stored(with_person).phone == f"+86{PHONE}"


def test_nobody_is_rung_up_without_end(signed_in: Browser, with_person: Installation, clock: Moment) -> None:
    """Mutation: each try sends one (threat K08)."""
    for number in range(22):
        page = ask(signed_in, "/me/data/phone", f"137000000{number:02}")
        clock.pass_by(10)
    assert len(messages(with_person)) == 20  # messages.per_device_day: an account counts as a device
    assert page.status == 429


def test_a_second_code_comes_after_a_minute_and_an_old_one_is_renewed(
    signed_in: Browser, with_person: Installation, clock: Moment
) -> None:
    page = ask(signed_in, "/me/data/phone", NEW)
    first = code_in(messages(with_person))
    signed_in.post("/me/data/phone/code", csrf=csrf_of(page), resend="1")
    assert messages(with_person) == []
    clock.pass_by(300)
    resent = signed_in.post("/me/data/phone/code", csrf=csrf_of(page), resend="1")
    assert "新的验证码发出去了" in resent.body.decode()
    second = code_in(messages(with_person))
    if first != second:
        old = signed_in.post("/me/data/phone/code", csrf=csrf_of(page), code=first)
        assert "验证码不对" in old.body.decode()
    signed_in.post("/me/data/phone/code", csrf=csrf_of(page), code=second)
    assert signed_in.here == "/me/data?done=phone"


def test_a_sign_in_code_to_the_old_phone_dies_with_the_change(
    signed_in: Browser, with_person: Installation, clock: Moment
) -> None:
    """Threat G10. Mutation: a code is bound to the interaction alone."""
    second = Browser(with_person)
    page = second.get("/me")
    page = second.post(second.here, csrf=csrf_of(page), username=PHONE, way="code")
    by_phone = code_in(messages(with_person))
    clock.pass_by(61)
    third = Browser(with_person)
    other = third.get("/me")
    other = third.post(third.here, csrf=csrf_of(other), username=CITIZEN_ID, way="code")
    by_number = code_in(messages(with_person))
    change = ask(signed_in, "/me/data/phone", NEW)
    signed_in.post("/me/data/phone/code", csrf=csrf_of(change), code=code_in(messages(with_person)))
    assert signed_in.here == "/me/data?done=phone"
    messages(with_person)
    second.post(second.here, csrf=csrf_of(page), code=by_phone)
    third.post(third.here, csrf=csrf_of(other), code=by_number)
    assert "/me" not in {second.here, third.here}
    assert second.get("/me").body != signed_in.get("/me").body


def test_a_change_waits_for_its_own_session_alone(signed_in: Browser, with_person: Installation) -> None:
    """Mutation: what one session began, another one of the same person sees and finishes (threat G09)."""
    ask(signed_in, "/me/data/phone", NEW)
    other = Browser(with_person)
    other.sign_in(other.get("/me/data/phone/code"))
    other.prove_by_message(with_person)
    assert other.here == "/me/data/phone"


def test_an_old_sign_in_is_not_enough(signed_in: Browser, clock: Moment) -> None:
    clock.pass_by(601)
    assert signed_in.get("/me/data").status == 200
    assert signed_in.here == "/me/data"
    signed_in.get("/me/data/phone")
    assert signed_in.here.startswith("/s/")


@pytest.mark.parametrize("path", ["/me/data/phone", "/me/data/mail"])
@pytest.mark.parametrize("typed", ["", "12", "zhang@", "\u0131@example.cn", "１３８", "\0"])
def test_what_is_neither_stays_on_the_page(
    signed_in: Browser, with_person: Installation, path: str, typed: str
) -> None:
    page = ask(signed_in, path, typed)
    assert "<title>错误：" in page.body.decode()
    assert messages(with_person) == []


@pytest.mark.parametrize("path", ["/me/data/phone", "/me/data/mail"])
def test_a_forged_form_changes_nothing(signed_in: Browser, with_person: Installation, path: str) -> None:
    page = signed_in.post(path, csrf="0" * 64, contact=NEW if "phone" in path else MAIL, action="remove")
    assert "请再点一次" in page.body.decode()
    assert messages(with_person) == []


def test_mail_is_added_changed_and_removed(signed_in: Browser, with_person: Installation) -> None:
    with with_person.services.begin() as unit_of_work:
        person = unit_of_work.accounts.find(identifiers()[0])
        assert person is not None
        unit_of_work.accounts.verify(person.id, identifiers()[0], with_person.services.clock())
        unit_of_work.commit()
    for number, address in enumerate((" Zhang@Example.CN ", "other@example.cn")):
        page = ask(signed_in, "/me/data/mail", address)
        assert signed_in.here == "/me/data/mail/code"
        sent = [item for item in messages(with_person) if item.payload["medium"] == "mail"]
        assert [item.payload["destination"] for item in sent] == [address.strip().lower()]
        signed_in.post("/me/data/mail/code", csrf=csrf_of(page), code=code_in(sent))
        assert (stored(with_person).email, stored(with_person).email_is_verified) == (address.strip().lower(), True)
        told = {item.payload["destination"] for item in messages(with_person)}
        assert told == ({f"+86{PHONE}", MAIL} if number else {f"+86{PHONE}"})
    page = signed_in.get("/me/data/mail")
    removed = signed_in.post("/me/data/mail", csrf=csrf_of(page), action="remove")
    assert "邮箱去掉了" in removed.body.decode()
    assert stored(with_person).email is None
    assert {item.payload["destination"] for item in messages(with_person)} == {f"+86{PHONE}", "other@example.cn"}


def test_without_a_mail_carrier_nobody_is_asked_for_an_address(storage_urls: StorageUrls, tmp_path: Path) -> None:
    installation = installed(storage_urls, tmp_path, Moment())
    new_person(installation)
    browser = Browser(installation)
    browser.sign_in(browser.get("/me/data/mail"))
    page = browser.prove_by_message(installation).body.decode()
    assert "发不了邮件" in page
    assert 'name="contact"' not in page
    installation.storage.close()
