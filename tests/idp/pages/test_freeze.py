"""The link of a notice: looking changes nothing, one press freezes, and nothing else is a link."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from idp.accounts import freeze_link
from idp.accounts.freeze_link import LIFETIME
from idp.accounts.notices import Notices
from idp.app import Installation, create_app
from idp.model.account import Account, AccountStatus, IdentifierKind
from idp.model.notice import Notice, NoticeKind
from idp.model.policy import Method
from idp.sessions.begin import SignIn, begin
from tests.benchmarks.operations import Answer, Caller
from tests.idp.accounts.notices_of import link_in, notices_of, person_with, with_both_carriers
from tests.idp.installed import Moment
from tests.plugins.private_servers import StorageUrls

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
ELDER = {"HTTP_COOKIE": "mode=elder; lang=en"}


@pytest.fixture
def both(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    """SMS and mail are configured; over each pair of stores."""
    with with_both_carriers(storage_urls, tmp_path, clock) as opened:
        yield opened


class Reader:
    """Somebody with a notice in their hand, on a browser that was never here."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.caller = Caller(create_app(installation))
        self.account = person_with(installation, IdentifierKind.PHONE, IdentifierKind.EMAIL)
        with installation.services.begin() as unit_of_work:
            notice = Notice(
                account_id=self.account.id,
                kind=NoticeKind.NEW_DEVICE,
                at=installation.services.clock(),
                device="chrome windows",
            )
            Notices(installation.services).notify(unit_of_work, notice)
            unit_of_work.commit()
        self.link = link_in(notices_of(installation)[0].payload["text"])

    def looks(self, link: str | None = None, headers: dict[str, str] | None = None) -> Answer:
        return self.caller.get(link or self.link, headers)

    def presses(self, csrf: str | None = None) -> Answer:
        token = _csrf_of(self.looks()) if csrf is None else csrf
        return self.caller.post(self.link, {}, urlencode({"csrf": token}).encode())

    @property
    def status(self) -> AccountStatus:
        with self.installation.services.begin() as unit_of_work:
            account = unit_of_work.accounts.get(self.account.id)
        assert account is not None
        return account.status


def _csrf_of(answer: Answer) -> str:
    found = _CSRF.search(answer.body.decode())
    return found[1] if found else ""


def session_of(installation: Installation, account: Account) -> int:
    """The person, or a stranger, is signed in somewhere."""
    sign_in = SignIn(
        account_id=account.id,
        methods=(Method.PASSWORD,),
        channel=installation.services.channels["website"],
        is_shared_device=False,
        at=installation.services.clock(),
    )
    with installation.services.begin() as unit_of_work:
        session, _ = begin(unit_of_work, sign_in, None)
        unit_of_work.commit()
    return session.id


def test_one_press_freezes_ends_everything_and_tells_by_every_way(both: Installation) -> None:
    """Mutations: the status alone; sessions that live on; nobody told how to come back."""
    reader = Reader(both)
    session_id = session_of(both, reader.account)
    assert reader.presses().status == 303
    assert reader.status is AccountStatus.FROZEN
    with both.services.begin() as unit_of_work:
        session = unit_of_work.sessions.get(session_id)
    assert session is not None
    assert session.ended_at is not None
    items = notices_of(both)
    assert [item.payload["medium"] for item in items] == ["sms", "mail"]
    assert all("冻结了" in item.payload["text"] and "12345" in item.payload["text"] for item in items)
    page = reader.looks().body.decode()
    assert "您的账号" in page
    assert "<form" not in page


def test_looking_changes_nothing(both: Installation) -> None:
    """Programs that open links to show what is behind them. Mutation: a GET that freezes."""
    reader = Reader(both)
    for _ in range(3):
        answer = reader.looks()
        assert answer.status == 200
        reader.looks(f"{reader.link}?mine=1")
        reader.looks(f"{reader.link}?csrf={_csrf_of(answer)}")
    assert reader.status is AccountStatus.ACTIVE
    assert notices_of(both) == []


def test_a_second_press_does_nothing_more(both: Installation) -> None:
    """Mutation: a notice for every press."""
    reader = Reader(both)
    token = _csrf_of(reader.looks())
    assert [reader.presses(token).status for _ in range(3)] == [303, 303, 303]
    assert len(notices_of(both)) == 2


def test_it_was_me_shows_that_nothing_happened(both: Installation) -> None:
    reader = Reader(both)
    page = reader.looks(f"{reader.link}?mine=1").body.decode()
    assert "什么都不用做" in page
    assert "<form" not in page
    assert reader.status is AccountStatus.ACTIVE


@pytest.mark.parametrize("headers", [{}, ELDER])
def test_the_page_says_what_was_noticed(both: Installation, headers: dict[str, str]) -> None:
    """Mutation: a page that would freeze for whatever reason, so that nobody knows what they press."""
    page = Reader(both).looks(headers=headers).body.decode()
    assert page.count("btn-primary") == 1
    for said in ("Windows computer · Chrome", "12345", "Chengdong") if headers else ("没用过的设备", "12345", "大厅"):
        assert said in page


def test_a_forged_form_leads_to_the_page(both: Installation) -> None:
    reader = Reader(both)
    for forged in ("", "x", _csrf_of(Reader.looks(reader)) + "0"):
        assert reader.presses(forged or "-").headers["location"] == reader.link
    assert reader.status is AccountStatus.ACTIVE


def test_old_foreign_and_garbled_links_get_the_same_calm_page(both: Installation, clock: Moment) -> None:
    """Mutation: one of them tells what is wrong with it, or fails."""
    reader = Reader(both)
    foreign = freeze_link.write(both.services.cipher, "", Notice(account_id=10**6, kind=NoticeKind.FROZEN, at=clock()))
    links: list[Any] = [
        foreign,
        reader.link[:-1],
        reader.link + ".css",
        "/freeze/x",
        "/freeze/%00",
        "/freeze/" + "a" * 9000,
    ]
    answers = [reader.looks(link) for link in links]
    clock.pass_by(LIFETIME)
    answers += [reader.looks(), reader.presses("x")]
    for answer in answers:
        page = answer.body.decode()
        assert answer.status == 404
        for said in ("打不开了", "12345", "大厅", "support-code"):
            assert said in page
    assert reader.status is AccountStatus.ACTIVE
