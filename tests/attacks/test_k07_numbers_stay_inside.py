"""K07: a client without the grant never receives the number in any form: at no door, in no token, log, event, metric or export."""

import base64
import hashlib
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, generate_latest
from structlog.testing import capture_logs

from idp.app.logs import QUIET
from idp.audit import exported
from idp.http.router import Surface
from tests.attacks.apps_without_grant import EVERY_APP, GRANTED, SEES_THE_PERSON
from tests.attacks.bench_of_numbers import NUMBER, Bench, bench
from tests.attacks.doors_of_apps import DOORS
from tests.attacks.forms_of_secrets import leaks
from tests.attacks.rows_of_stores import EXPECTED, rows
from tests.plugins.private_servers import StorageUrls


@dataclass
class Driven:
    """The bench after every door was tried, what was seen at each, and the lines that were logged meanwhile."""

    bench: Bench
    directory: Path
    at: dict[str, dict[str, str]] = field(repr=False)
    log: str = field(repr=False)


@pytest.fixture(scope="module")
def driven(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driven]:
    """First the one app that may be told is told; then the others try."""
    directory = tmp_path_factory.mktemp("numbers")
    shutil.copy(migrated_sqlite, directory / "idp.db")
    urls = StorageUrls(f"sqlite:///{directory / 'idp.db'}", f"sqlite:///{directory / 'ephemeral.db'}")
    with bench(urls, directory) as opened:
        at = {}
        with _logged() as log:
            opened.party(GRANTED).userinfo(opened.granted_at(None)["access_token"])
            at[GRANTED] = opened.take()
            for path, door in DOORS.items():
                door(opened)
                at[path] = opened.take()
        yield Driven(opened, directory, at, log())


HIDDEN: dict[str, Callable[[str], str]] = {
    "plain": str,
    "with spaces": " ".join,
    "turned round": lambda number: number[::-1],
    "without its end": lambda number: number[:17],
    "its first seven": lambda number: number[:7],
    "its last seven": lambda number: number[11:],
    "end and birth date": lambda number: f'{{"born": "{number[6:14]}", "end": "{number[-6:]}"}}',
    "of fifteen": lambda number: number[:6] + number[8:17],
    "in an address": lambda number: "".join(f"%{ord(each):02X}" for each in number),
    "in HTML": lambda number: "".join(f"&#{ord(each)};" for each in number),
    "base64": lambda number: base64.b64encode(f'{{"sub":"{number}"}}'.encode()).decode(),
    "base64 in base64": lambda number: base64.b64encode(base64.b64encode(f"..{number}..".encode())).decode(),
    "hex": lambda number: number.encode().hex(),
    "another base": lambda number: f"{int(number[:17]):x}",
    "md5": lambda number: hashlib.md5(number.encode(), usedforsecurity=False).hexdigest(),
    "sha256": lambda number: hashlib.sha256(number.encode()).hexdigest().upper(),
    "sha256 cut": lambda number: hashlib.sha256(number.encode()).hexdigest()[:32],
    "sm3 of seventeen": lambda number: base64.b64encode(hashlib.new("sm3", number[:17].encode()).digest()).decode(),
}


@pytest.mark.parametrize("way", HIDDEN)
def test_this_test_sees_every_form(driven: Driven, way: str) -> None:
    """Else all that follows proves nothing. Mutation: a form that `forms_of_secrets` lost."""
    assert leaks(f'<p class="a">x{HIDDEN[way](NUMBER)}z</p>', driven.bench.number)


def test_this_test_sees_blind_indexes(driven: Driven) -> None:
    """Likewise, in bytes and in base64."""
    (index, *_) = driven.bench.installation.services.cipher.indexes("citizen_id", NUMBER)
    for text in (index.hex(), base64.urlsafe_b64encode(index[2:]).decode(), index.decode("latin-1")):
        assert leaks(text, driven.bench.number) == ["blind index"]


def test_whoever_was_granted_it_is_told(driven: Driven) -> None:
    """The one that may: so what the others are not told is kept from them, and not lost."""
    seen = driven.at[GRANTED]
    assert f'"cn_id_number":"{NUMBER}"' in seen[GRANTED]
    assert leaks(seen["people"], driven.bench.number) == []


def test_every_door_has_its_row(driven: Driven) -> None:
    """Mutation: a door that nobody tried."""
    surface = driven.bench.application._application
    assert isinstance(surface, Surface)
    assert {*surface._exact, *(f"{path}/<handle>" for path in surface._prefixed)} == DOORS.keys()


@pytest.mark.parametrize("path", DOORS)
def test_an_app_without_the_grant_learns_nothing(driven: Driven, path: str) -> None:
    """MISSION: "A client without the grant never receives the number in any form".

    Mutations: told for the claim's name alone, without licence, scope or consent; in id_tokens; by introspection; in what is
    signed or encrypted; a mask that leaves seven; a `sub` made of it; a blind index as somebody's name.
    """
    seen = driven.at[path]
    assert seen.keys() & EVERY_APP.keys()
    for who, text in seen.items():
        knows_the_person = who in {*SEES_THE_PERSON, GRANTED, "people"}
        secrets = driven.bench.number if knows_the_person else driven.bench.person_too
        assert leaks(text, secrets) == [], (path, who)


def test_apps_were_answered(driven: Driven) -> None:
    """They got tokens and data, not refusals alone. Mutation of this test: everybody is turned away at the first door."""
    for client_id in ("bare", "jwt", "encrypted", "portal", *SEES_THE_PERSON):
        assert '"access_token"' in "".join(driven.at[path].get(client_id, "") for path in DOORS)
        assert '"sub":' in driven.at["/userinfo"][client_id] or "application/jwt" in driven.at["/userinfo"][client_id]
    assert "王" in driven.at["/userinfo"]["generous"]
    assert '"issued_token_type"' in driven.at["/token"]["desk"]
    assert '"active":true' in driven.at["/introspect"]["desk"]
    assert '"match":true' in driven.at["/id_match"]["unasked"]


def test_no_log_line_holds_it(driven: Driven) -> None:
    """At DEBUG, whatever comes to standard output, but for the libraries that are kept at WARNING for that very reason.

    Mutations: a refused number in a line; an address with its query.
    """
    assert "request_refused" in driven.log
    assert leaks(driven.log, driven.bench.person_too) == []


def test_metrics_hold_no_person(driven: Driven) -> None:
    """Mutation: a label that is a person, a number, or a path as it was sent."""
    driven.bench.application.tally.pass_on()
    text = generate_latest(REGISTRY).decode()
    assert "/id_match" in text
    assert leaks(text, driven.bench.person_too) == []


def test_the_exported_log_holds_no_person(driven: Driven) -> None:
    """Names of claims, never values. Mutation: what was told stands in the record of the release."""
    services, file = driven.bench.installation.services, BytesIO()
    log = driven.bench.installation.storage.audit_log()
    exported.write(log, None, services.settings.issuer, services.clock(), file)
    text = file.getvalue().decode()
    for action in ("claims.released", "consent.given", "id_number", "token.exchanged"):
        assert action in text, action
    assert leaks(text, driven.bench.person_too) == []


@pytest.mark.parametrize("name", ["idp.db", "ephemeral.db"])
def test_no_row_holds_it_in_clear(driven: Driven, name: str) -> None:
    """Every column of every table, events and their counts among them; blind indexes stand where people are looked up.

    Mutations: a number in an event, a draft, a message that waits, a budget, or an interaction.
    """
    found = {
        (place, form) for place, text in rows(driven.directory / name) for form in leaks(text, driven.bench.person_too)
    }
    assert found == EXPECTED[name]


@contextmanager
def _logged() -> Iterator[Callable[[], str]]:
    """All that is printed or logged meanwhile."""
    root, printed, lines = logging.getLogger(), StringIO(), StringIO()
    handler = logging.StreamHandler(lines)
    handler.addFilter(lambda record: record.levelno >= logging.WARNING or not record.name.startswith(QUIET))
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with capture_logs() as told, redirect_stdout(printed), redirect_stderr(printed):
            yield lambda: f"{told}\n{printed.getvalue()}\n{lines.getvalue()}"
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
