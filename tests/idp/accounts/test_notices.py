"""Who is told, by which way, in which words."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.accounts.notices import Notices
from idp.app import Installation
from idp.model.account import IdentifierKind
from idp.model.message import Medium, OutboxItem
from idp.model.notice import Notice, NoticeKind
from tests.idp.accounts.notices_of import MAIL, notices_of, person_with, with_both_carriers
from tests.idp.installed import CITIZEN_ID, NAME, NOW, PHONE, Moment, identifiers, new_person
from tests.plugins.private_servers import StorageUrls

BOTH = (IdentifierKind.PHONE, IdentifierKind.EMAIL)
SMS, BY_MAIL = (Medium.SMS, f"+86{PHONE}"), (Medium.MAIL, MAIL)
FORMER = (Medium.SMS, "+8613900000099")


@pytest.fixture
def both(sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    """SMS and mail are configured."""
    with with_both_carriers(sqlite_urls, tmp_path, clock) as opened:
        yield opened


def told(installation: Installation, notice: Notice) -> list[OutboxItem]:
    with installation.services.begin() as unit_of_work:
        promised = Notices(installation.services).notify(unit_of_work, notice)
        unit_of_work.commit()
    items = notices_of(installation)
    assert len(items) == promised
    return items


def notice_of(account_id: int, kind: NoticeKind = NoticeKind.NEW_DEVICE, **changes: object) -> Notice:
    notice = Notice(account_id=account_id, kind=kind, at=NOW, device="chrome windows")
    return replace(notice, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verified", "proven_by", "former", "destinations"),
    [
        (BOTH, None, None, [SMS, BY_MAIL]),
        # red when the way that the proof came by is told as well
        (BOTH, Medium.SMS, None, [BY_MAIL]),
        (BOTH, Medium.MAIL, None, [SMS]),
        # red when the only way is left out because it was the proof's
        ((IdentifierKind.PHONE,), Medium.SMS, None, [SMS]),
        # red when an address that nobody proved is told of a person who proved another
        ((IdentifierKind.PHONE,), None, None, [SMS]),
        ((IdentifierKind.EMAIL,), None, None, [BY_MAIL]),
        ((), None, None, [SMS, BY_MAIL]),
        # red when a change of phone is hidden from who has the old one
        (BOTH, Medium.SMS, FORMER, [BY_MAIL, FORMER]),
    ],
)
def test_every_other_way_is_told(
    both: Installation,
    verified: tuple[IdentifierKind, ...],
    proven_by: Medium | None,
    former: tuple[Medium, str] | None,
    destinations: list[tuple[Medium, str]],
) -> None:
    account = person_with(both, *verified)
    items = told(both, notice_of(account.id, proven_by=proven_by, former=former))
    assert [(item.payload["medium"], item.payload["destination"]) for item in items] == destinations


def test_a_way_without_a_carrier_is_none(installation: Installation) -> None:
    """Mutation: a message that no worker can ever deliver."""
    account = person_with(installation, *BOTH)
    items = told(installation, notice_of(account.id))
    assert [item.payload["medium"] for item in items] == ["sms"]


def test_who_can_be_reached_nowhere_is_told_nothing(installation: Installation) -> None:
    account = new_person(installation, identifiers()[1])
    assert told(installation, notice_of(account.id)) == []


def test_a_notice_is_rolled_back_with_what_it_tells_of(installation: Installation) -> None:
    """Mutation: written in a transaction of its own."""
    account = new_person(installation)
    with installation.services.begin() as unit_of_work:
        assert Notices(installation.services).notify(unit_of_work, notice_of(account.id)) == 1
        unit_of_work.roll_back()
    assert notices_of(installation) == []


@pytest.mark.parametrize("kind", list(NoticeKind))
@pytest.mark.parametrize("language", ["zh-CN", "en", None, "fr"])
def test_a_notice_says_what_when_where_and_what_to_do(
    installation: Installation, kind: NoticeKind, language: str | None
) -> None:
    """Mutation: a notice without the hotline or the link, or with anything that belongs to the person."""
    account = new_person(installation)
    (item,) = told(installation, notice_of(account.id, kind, language=language))
    text, subject = item.payload["text"], item.payload["subject"]
    assert text.startswith("【云江市一证】2026年9月21日 22:13，")  # NOW on the city's clock
    assert "Windows 电脑 · Chrome" in text
    assert "打 12345 按 3" in text
    assert ("press 3" in text) is (language == "en")
    links = re.findall(r"https?://\S+", text)
    if kind is NoticeKind.FROZEN:
        assert links == []
        assert "带身份证去城东政务服务大厅" in text
    else:
        assert len(links) == 1
        assert links[0].startswith("http://localhost:8000/freeze/")
    assert subject == "云江市一证：您的账号有变动"
    for secret in (PHONE, CITIZEN_ID, NAME, account.uid):
        assert secret not in text + subject


def test_notices_wait_in_a_lane_of_their_own(installation: Installation) -> None:
    """Mutation: in that of the codes, before which a crowd of notices would stand."""
    (item,) = told(installation, notice_of(new_person(installation).id))
    assert (item.kind, item.lane, item.expires_at) == ("message", "notice sms", NOW + 24 * 3600)
