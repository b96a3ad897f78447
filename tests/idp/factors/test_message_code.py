"""Message codes: what a message says, and what the store knows of its code."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from idp.app import Installation
from idp.errors import Unavailable
from idp.factors.message_code import OutboxMessageCodes
from idp.model.message import Medium, OutboxItem
from idp.ports import CodeCheck, CodeOrder
from idp.storage.encryption import FieldCipher
from tests.idp.installed import NOW, Moment

OTHER_CIPHER = FieldCipher({1: b"another key of exactly 32 bytes!"})
ORDER = CodeOrder(
    interaction_id="interaction",
    account_id=7,
    medium=Medium.SMS,
    destination="+8613900000001",
    destination_is_sandbox=False,
    app_name="住房公积金 {code}",
    language="zh-CN",
    at=NOW,
)


def sent(installation: Installation, order: CodeOrder = ORDER) -> tuple[str, OutboxItem]:
    """The challenge and what waits in the outbox for it."""
    with installation.services.begin() as unit_of_work:
        sent_code = installation.services.message_codes.send(unit_of_work, order)
        unit_of_work.commit()
        (item,) = unit_of_work.outbox.claim(NOW, lease_seconds=3600, limit=10)
        unit_of_work.commit()
    assert sent_code.item_id == item.id
    return sent_code.challenge, item


def test_a_message_says_what_it_is_for_and_where_the_code_belongs(installation: Installation) -> None:
    """Mutations: the app's name formatted again; no origin, so that phones fill the code in anywhere."""
    _, item = sent(installation)
    assert (item.kind, item.payload["destination"], item.expires_at) == ("message", "+8613900000001", NOW + 600)
    text = item.payload["text"]
    city = installation.settings.city
    found = re.fullmatch(
        r"【(?P<who>.+?)】(?P<code>\d{6}) 是您登录“(?P<app>.+?)”的验证码.+\n@localhost #(?P<again>\d{6})",
        text,
        re.DOTALL,
    )
    assert found is not None
    assert (found["who"], found["app"], found["again"]) == (
        f"{city.name}{city.service_name}",
        "住房公积金 {code}",
        found["code"],
    )


def test_a_message_is_written_in_the_persons_language(installation: Installation) -> None:
    _, item = sent(installation, replace(ORDER, language="en"))
    assert "Give it to nobody" in item.payload["text"]
    _, item = sent(installation, replace(ORDER, language="fr"))
    assert "验证码" in item.payload["text"]


@pytest.mark.parametrize(
    ("changes", "kind"), [({"destination": None}, "discard"), ({"account_id": None}, "message"), ({}, "message")]
)
def test_the_same_is_written_whoever_is_meant(installation: Installation, changes: dict[str, Any], kind: str) -> None:
    """Mutation: nothing stored where nobody is meant; a code that works without an account."""
    challenge, item = sent(installation, replace(ORDER, **changes))
    assert item.kind == kind
    stored = installation.services.ephemeral.get(f"message_code:{challenge}")
    assert stored is not None
    assert set(json.loads(stored)) == {"interaction", "digest"}
    code = re.search(r"\d{6}", item.payload["text"])
    if "account_id" in changes:
        assert code is None
    check = installation.services.message_codes.check
    assert check(challenge, ORDER.interaction_id, "wrong!") is CodeCheck.WRONG


def test_the_store_cannot_be_read_backwards(installation: Installation) -> None:
    """Mutation: a plain digest, of which a thief tries all million codes."""
    challenge, item = sent(installation)
    code = item.payload["text"].rpartition("#")[2]
    stored = installation.services.ephemeral.get(f"message_code:{challenge}")
    assert stored is not None
    assert code not in stored.decode()
    other_key = OutboxMessageCodes(installation.services.ephemeral, OTHER_CIPHER, {}, service="s", host="h")
    assert other_key.check(challenge, ORDER.interaction_id, code) is CodeCheck.WRONG
    assert installation.services.message_codes.check(challenge, ORDER.interaction_id, code) is CodeCheck.RIGHT


def test_codes_are_drawn_anew_each_time(installation: Installation) -> None:
    drawn = {sent(installation)[1].payload["text"] for _ in range(20)}
    assert len(drawn) > 17


@pytest.mark.parametrize("challenge", ["", "unknown", "\0", "\ud800", "中", "a" * 10_000])
def test_an_unknown_challenge_has_expired(installation: Installation, clock: Moment, challenge: str) -> None:
    assert installation.services.message_codes.check(challenge, "interaction", "000000") is CodeCheck.EXPIRED


def test_without_a_carrier_nothing_is_promised(installation: Installation) -> None:
    services = installation.services
    none = OutboxMessageCodes(services.ephemeral, services.cipher, {}, service="s", host="h")
    with services.begin() as unit_of_work:
        with pytest.raises(Unavailable) as caught:
            none.send(unit_of_work, ORDER)
        assert unit_of_work.outbox.waiting() == 0
    assert "messaging.sms" in caught.value.detail
