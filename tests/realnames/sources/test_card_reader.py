"""Readings of identity cards: believed of a listed terminal alone, for one question, and of a card that is valid."""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from pydantic import ValidationError

from idp.clock import Instant
from idp.fetch import Fetcher
from idp.model.account import IdentifierKind
from idp.ports import CardReader, ReadingFault, ReadingQuestion, ReadingRefused, SourceKind
from realnames.sources.card_reader import SOURCE, CardReaderSettings
from tests.idp.installed import NOW, Moment
from tests.realnames.sources.contract import Contract
from tests.realnames.sources.registers import ZHANG, person
from tests.realnames.sources.toy_authority import Claims, base64url, jws, random43

ORIGIN = "https://id.city.example"
DESK, OTHER_DESK = "hall-east-3", "hall-east-4"
CARD = {
    "type": "citizen_id",
    "name": ZHANG.name,
    "number": ZHANG.document.value,
    "valid_from": "2020-05-01",
    "valid_until": "2040-05-01",
}
KEYS = {desk: generate_private_key(SECP256R1()) for desk in (DESK, OTHER_DESK)}


def listed(*desks: str, keys: dict[str, EllipticCurvePrivateKey] = KEYS) -> str:
    return json.dumps({"terminals": [{"terminal": desk, "keys": [public(desk, keys[desk])]} for desk in desks]})


def public(kid: str, key: EllipticCurvePrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    x, y = (base64url(number.to_bytes(32)) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "use": "sig", "alg": "ES256"}


@pytest.fixture
def terminals(tmp_path: Path) -> Path:
    path = tmp_path / "terminals.json"
    path.write_text(listed(DESK, OTHER_DESK), "utf-8")
    return path


@pytest.fixture
def reader(terminals: Path) -> CardReader:
    built: CardReader = SOURCE.build(CardReaderSettings(terminals=terminals, client=ORIGIN), Fetcher(), Moment())
    return built


QUESTION = ReadingQuestion(transaction=random43(), nonce=random43(), terminal=DESK, asked_at=NOW)


def claims(**changes: Any) -> Claims:
    bound = {"iss": DESK, "aud": ORIGIN, "txn": QUESTION.transaction, "nonce": QUESTION.nonce, "jti": "r" * 20}
    whole = {**bound, "iat": NOW, "exp": NOW + 120, "card": CARD, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def statement(said: Claims, kid: str = DESK, key: EllipticCurvePrivateKey | None = None, **header: Any) -> str:
    return jws({"alg": "ES256", "typ": "card-reading+jwt", "kid": kid, **header}, said, key or KEYS[kid])


def refused(reader: CardReader, unverified: str, question: ReadingQuestion = QUESTION, now: int = NOW) -> ReadingFault:
    with pytest.raises(ReadingRefused) as caught:
        reader.reading(unverified, question, Instant(now))
    assert ZHANG.name not in str(caught.value)
    assert ZHANG.document.value not in str(caught.value)
    return caught.value.fault


def test_a_reading_tells_name_number_and_dates(reader: CardReader) -> None:
    unverified = statement(claims())
    Contract("card_reader").check_signed(unverified, "ReadingHeader", "Reading")
    reading = reader.reading(unverified, QUESTION, NOW)
    assert reading.person == ZHANG
    assert (reading.valid_from, reading.valid_until) == (date(2020, 5, 1), date(2040, 5, 1))
    assert (reading.terminal, reading.reference, reading.read_at) == (DESK, "r" * 20, NOW)
    assert ZHANG.document.value not in repr(reading)


def test_other_cards_of_the_same_reader(reader: CardReader) -> None:
    card = {**CARD, "type": "permanent_resident_id", "name": "JOHN SMITH", "number": "989840197007040016"}
    reading = reader.reading(statement(claims(card={**card, "valid_until": None})), QUESTION, NOW)
    assert reading.person == person("JOHN SMITH", "989840197007040016", IdentifierKind.PERMANENT_RESIDENT_ID)
    assert reading.valid_until is None


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (claims(aud="https://evil.example"), ReadingFault.NOT_VERIFIED),
        (claims(aud=None), ReadingFault.NOT_VERIFIED),
        (claims(iss=OTHER_DESK), ReadingFault.ANOTHER_QUESTION),
        (claims(txn=random43()), ReadingFault.ANOTHER_QUESTION),
        (claims(nonce=random43()), ReadingFault.ANOTHER_QUESTION),
        (claims(nonce=None), ReadingFault.ANOTHER_QUESTION),
        (claims(exp=NOW), ReadingFault.EXPIRED),
        (claims(exp=NOW + 601), ReadingFault.EXPIRED),
        (claims(iat=NOW - 61, exp=NOW + 10), ReadingFault.EXPIRED),
        (claims(iat=NOW + 61), ReadingFault.EXPIRED),
        (claims(iat=None), ReadingFault.NOT_VERIFIED),
        (claims(jti="short"), ReadingFault.NOT_VERIFIED),
        (claims(card=None), ReadingFault.NOT_VERIFIED),
        (claims(card="x"), ReadingFault.NOT_VERIFIED),
        (claims(card={**CARD, "photo": "x"}), ReadingFault.NOT_VERIFIED),
        (claims(card={**CARD, "type": "passport"}), ReadingFault.NOT_VERIFIED),
        (claims(card={**CARD, "type": []}), ReadingFault.NOT_VERIFIED),
        (claims(card={**CARD, "name": ""}), ReadingFault.NOT_VERIFIED),
        (claims(card={**CARD, "name": "张小三  "}), ReadingFault.NOT_VERIFIED),
        (claims(card={**CARD, "name": "张" * 61}), ReadingFault.NOT_VERIFIED),
        (claims(card={**CARD, "number": "1"}), ReadingFault.NOT_VERIFIED),
        (claims(card={**CARD, "number": "８90101199003070011"}), ReadingFault.NOT_VERIFIED),
        (claims(card={**CARD, "valid_from": "20200501"}), ReadingFault.NOT_VERIFIED),
        (claims(card={**CARD, "valid_from": None}), ReadingFault.NOT_VERIFIED),
        (claims(card={**CARD, "valid_until": "2040-02-30"}), ReadingFault.NOT_VERIFIED),
        (claims(card={**CARD, "valid_until": "2026-09-20"}), ReadingFault.CARD_NOT_VALID),
        (claims(card={**CARD, "valid_from": "2026-09-23"}), ReadingFault.CARD_NOT_VALID),
    ],
)
def test_a_reading_that_is_not_of_this_question_or_card_is_refused(
    reader: CardReader, said: Claims, fault: ReadingFault
) -> None:
    """Each mutation: this member is not looked at. NOW is 2026-09-21 in China."""
    assert refused(reader, statement(said)) is fault


@pytest.mark.parametrize("day", ["valid_from", "valid_until"])
def test_the_first_and_the_last_day_of_a_card_count(reader: CardReader, day: str) -> None:
    """Mutation: one day too few."""
    said = claims(card={**CARD, day: "2026-09-21"})
    assert reader.reading(statement(said), QUESTION, NOW).person == ZHANG


@pytest.mark.parametrize(
    "unverified",
    [
        "",
        "x.y.z",
        statement(claims(), alg="none"),
        statement(claims(), typ="JWT"),
        statement(claims(), key=generate_private_key(SECP256R1())),
        statement(claims(), kid=OTHER_DESK),
        statement(claims(), kid="nobody", key=KEYS[DESK]),
        "." .join((*statement(claims()).split(".")[:2], "")),
        "A" * 9000,
    ],
)  # fmt: skip
def test_what_the_terminal_did_not_sign_is_no_reading(reader: CardReader, unverified: str) -> None:
    """The last but two: another listed terminal speaks in this one's name. Mutation: any listed key counts."""
    assert refused(reader, unverified) is ReadingFault.NOT_VERIFIED


def test_a_terminal_that_is_taken_off_the_list_is_out_at_once(reader: CardReader, terminals: Path) -> None:
    """Mutation: the list is read at the start alone."""
    assert reader.reading(statement(claims()), QUESTION, NOW).person == ZHANG
    assert (reader.terminals().terminals, reader.knows(DESK)) == (2, True)
    rewrite(terminals, listed(OTHER_DESK))
    assert refused(reader, statement(claims())) is ReadingFault.UNKNOWN_TERMINAL
    assert (reader.terminals().terminals, reader.knows(DESK)) == (1, False)


def test_a_new_key_of_a_terminal_counts_beside_the_old_one(reader: CardReader, terminals: Path) -> None:
    newer = generate_private_key(SECP256R1())
    both = [public(DESK, KEYS[DESK]), public(DESK, newer)]
    rewrite(terminals, json.dumps({"terminals": [{"terminal": DESK, "keys": both}]}))
    for key in (KEYS[DESK], newer):
        assert reader.reading(statement(claims(), key=key), QUESTION, NOW).person == ZHANG


def test_a_list_that_cannot_be_read_any_more_leaves_the_last_one_in_force(
    reader: CardReader, terminals: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for broken in ("", "[]", "{", '{"terminals": [{"terminal": "x"}]}'):
        rewrite(terminals, broken)
        assert reader.knows(DESK)
    terminals.unlink()
    assert reader.knows(DESK)
    assert "card_terminals.unreadable" in capsys.readouterr().out


def rewrite(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
    os.utime(path, ns=(rewrite.clock, rewrite.clock))  # type: ignore[attr-defined]
    rewrite.clock += 1_000_000_000  # type: ignore[attr-defined]


rewrite.clock = 10**18  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"terminals": [1]}',
        '{"terminals": [{"terminal": "desk", "keys": []}]}',
        listed(DESK).replace(f'"terminal": "{DESK}"', '"terminal": ""'),
        listed(DESK).replace(f'"terminal": "{DESK}"', '"terminal": 1'),
        listed(DESK, DESK),
    ],
)
def test_a_first_list_that_is_none_stops_the_start(terminals: Path, text: str) -> None:
    terminals.write_text(text, "utf-8")
    with pytest.raises(ValueError):
        SOURCE.build(CardReaderSettings(terminals=terminals, client=ORIGIN), Fetcher(), Moment())


@pytest.mark.parametrize(
    "changes",
    [{"bridge": "http://192.0.2.7:1"}, {"bridge": "https://127.0.0.1:1"}, {"bridge": "http://127.0.0.1"},
     {"bridge": "http://127.0.0.1:1/"}, {"client": ""}, {"unknown": "x"}],
)  # fmt: skip
def test_settings_that_cannot_be_right_are_faults(terminals: Path, changes: dict[str, str]) -> None:
    """Mutation: what a chip holds crosses the network in clear."""
    with pytest.raises(ValidationError):
        CardReaderSettings(**{"terminals": terminals, "client": ORIGIN, **changes})  # type: ignore[arg-type]


def test_it_is_of_its_kind() -> None:
    assert SOURCE.kind is SourceKind.CARD_READER
    assert not SOURCE.is_sandbox
