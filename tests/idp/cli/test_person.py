"""`idp person`: what is imported, shown, frozen and closed, and that no report or word tells who somebody is."""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from idp.accounts.find import find
from idp.app import install, load_settings
from idp.cli import idp as commands
from idp.cli import person as person_commands
from idp.model.credential import CredentialKind
from realnames.identifiers.citizen_id import complete
from tests.idp.cli.conftest import CommandLine
from tests.plugins.private_servers import StorageUrls

PHONE, REAL_NUMBER = "13900000001", "11010519491231002X"
ROW: dict[str, Any] = {"name": "欧阳春晓", "id_type": "citizen_id", "id_number": REAL_NUMBER, "phone": PHONE}


def row(number: int, **changes: Any) -> dict[str, Any]:
    id_number = complete(f"420502199003{number % 28 + 1:02}{number // 28 + 1:03}")
    return {**ROW, "id_number": id_number, "phone": f"{13_900_000_000 + number}", **changes}


def write(file: Path, *rows: object) -> str:
    lines = [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in rows]
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return str(file)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.jsonl"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "report.jsonl"


def told(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_text("utf-8").splitlines()]


def fates(out: Path) -> list[tuple[int, str]]:
    return [(line["line"], line.get("code", line["outcome"])) for line in told(out)]


def bring(idp: CommandLine, file: Path, out: Path, *words: str) -> tuple[int, str]:
    result = idp("person", "import", str(file), "--report", str(out), *words)
    return result.exit_code, result.output


# ── import ──


def test_a_file_is_imported_and_each_row_reported(ready: CommandLine, file: Path, out: Path) -> None:
    write(file, row(1), row(2, phone="1"), "", "not json", row(3))
    code, said = bring(ready, file, out)
    assert (code, said.splitlines()[-1]) == (1, "2 created, 2 refused.")
    assert fates(out) == [(1, "created"), (2, "phone"), (4, "not_json"), (5, "created")]
    assert set(told(out)[0]) == {"line", "outcome", "uid", "row"}
    assert set(told(out)[1]) == {"line", "outcome", "code", "reason", "row"}
    assert out.stat().st_mode & 0o077 == 0
    for value in ("欧阳", "13900000", "4205", "139"):
        assert value not in out.read_text("utf-8") + said


def test_all_in_is_a_good_end(ready: CommandLine, file: Path, out: Path) -> None:
    write(file, row(1))
    assert bring(ready, file, out) == (0, "1 created.\n")


def test_a_second_run_goes_on_where_the_report_ends(
    ready: CommandLine, file: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between commit and report, or in the middle of a line: nobody is doubled, nobody forgotten.

    Mutations: the report is begun anew; half a line is kept; rows before it are not looked at for repetitions.
    """
    monkeypatch.setattr(person_commands, "ROWS_AT_ONCE", 2)
    write(file, *map(row, range(5)))
    assert bring(ready, file, out)[0] == 0
    whole = out.read_text("utf-8").splitlines(keepends=True)
    out.write_text("".join(whole[:3]) + whole[3][:17], "utf-8")
    write(file, *map(row, range(5)), row(5), row(0))
    code, said = bring(ready, file, out)
    assert (code, said.splitlines()[-1]) == (1, "1 created, 2 exists, 1 refused.")
    assert fates(out) == [
        *((number, "created") for number in (1, 2, 3)),
        *((number, "exists") for number in (4, 5)),
        (6, "created"),
        (7, "repeated"),
    ]
    assert [line["uid"] for line in told(out)[:5]] == [json.loads(line)["uid"] for line in whole]
    assert bring(ready, file, out)[1].splitlines()[-1] == "No new row."


@pytest.mark.parametrize("rows", [[row(7)], [row(7), row(8)], []], ids=["shorter", "other", "empty"])
def test_the_report_of_another_file_is_not_gone_on_with(
    ready: CommandLine, file: Path, out: Path, rows: list[dict[str, Any]]
) -> None:
    """Its first rows would be skipped, unwritten. Mutation: the number of the line is all that is compared."""
    bring(ready, Path(write(file, row(1), row(2))), out)
    before = out.read_bytes()
    code, said = bring(ready, Path(write(file, *rows)), out)
    assert (code, "about another file" in said) == (2, True)
    assert out.read_bytes() == before
    assert ready("person", "show", row(8)["phone"]).exit_code == 1


@pytest.mark.parametrize("content", ["x", "x\n", "{}\n", '{"line": "1", "row": "x"}\n', '[1]\n{"a": 1}\n'])
def test_what_is_no_report_is_not_written_over(ready: CommandLine, file: Path, out: Path, content: str) -> None:
    out.write_text(content, "utf-8")
    for words in ((), ("--dry-run",)):
        code, said = bring(ready, Path(write(file, row(1))), out, *words)
        assert (code, "no report of an import" in said) == (2, True)
        assert out.read_text("utf-8") == content


def test_a_dry_run_checks_against_the_store_and_is_no_beginning(ready: CommandLine, file: Path, out: Path) -> None:
    """Mutation: the real run takes the report of the dry one for its own, and skips everybody."""
    write(file, row(1), row(1), row(2))
    for _ in range(2):
        code, said = bring(ready, file, out, "--dry-run")
        assert (code, said.splitlines()[-1]) == (
            1,
            "1 refused, 2 valid. Nothing was written: this was a dry run.",
        )
        assert fates(out) == [(1, "valid"), (2, "repeated"), (3, "valid")]
    assert ready("person", "show", row(1)["phone"]).exit_code == 1
    assert bring(ready, file, out)[0] == 2
    real = out.with_name("real.jsonl")
    assert bring(ready, file, real)[1] == "2 created, 1 refused.\n"
    assert bring(ready, file, real, "--dry-run")[0] == 2


def test_rows_come_by_standard_input_too(ready: CommandLine, file: Path, out: Path) -> None:
    write(file, row(1), row(2))
    words = ["--config", str(ready.config), "person", "import", "-", "--report", str(out)]
    result = CliRunner().invoke(commands, words, input=b"\xef\xbb\xbf" + file.read_bytes().rstrip())
    assert (result.exit_code, result.output) == (0, "2 created.\n")


def test_a_line_without_end_is_refused_and_the_next_one_read(ready: CommandLine, file: Path, out: Path) -> None:
    """Mutation: the line is read whole, whatever it holds, or its rest taken for the next line."""
    write(file, row(1), "x" * 200_000, row(2))
    bring(ready, file, out)
    assert fates(out) == [(1, "created"), (2, "too_long"), (3, "created")]


def test_files_that_cannot_be_used_are_named(ready: CommandLine, file: Path, out: Path, tmp_path: Path) -> None:
    assert bring(ready, file, out) == (2, f"Error: {file} cannot be read: No such file or directory.\n")
    nowhere = tmp_path / "nowhere" / "report"
    code, said = bring(ready, Path(write(file, row(1))), nowhere)
    assert (code, "cannot be written" in said) == (2, True)


# ── one person ──


@pytest.fixture
def known(ready: CommandLine, file: Path, out: Path) -> str:
    """The uid of somebody who was imported."""
    bring(ready, Path(write(file, {**ROW, "email": "chunxiao@example.org", "proofing": 2, "password": "x y z"})), out)
    uid: str = told(out)[0]["uid"]
    return uid


def shown(idp: CommandLine, who: str) -> dict[str, Any]:
    result = idp("person", "show", who, "--json")
    assert result.exit_code == 0, result.output
    members: dict[str, Any] = json.loads(result.stdout)
    return members


def test_a_person_is_shown_masked_by_whatever_names_them(ready: CommandLine, known: str) -> None:
    """Mutation: a name, a number or a secret in clear."""
    for who in (known, PHONE, f"+86 {PHONE}", REAL_NUMBER.lower(), "Chunxiao@EXAMPLE.org"):
        members = shown(ready, who)
        assert members["uid"] == known
        assert members["name"] == "欧**晓"
        assert members["documents"] == ["citizen_id 1101**********002X"]
        assert (members["phone"], members["email"]) == ("139****0001", "c***@example.org")
        assert (members["status"], members["proofing"], members["sessions"]) == ("active", "P2", 0)
        assert members["methods"] == ["password", "message_code", "mail_code"]
    text = ready("person", "show", known).stdout
    for value in ("欧阳", PHONE, REAL_NUMBER, "chunxiao", "argon2"):
        assert value not in text + json.dumps(members, ensure_ascii=False)


def test_an_account_is_frozen_unfrozen_and_closed(ready: CommandLine, known: str) -> None:
    assert "is frozen: from now on" in ready("person", "freeze", PHONE, "--reason", "lost").stdout
    assert "it was before" in ready("person", "freeze", PHONE, "--reason", "lost").stdout
    assert shown(ready, known)["status"] == "frozen"
    assert ready("person", "unfreeze", PHONE, "--reason", "settled").stdout == f"{known} is active.\n"
    assert "as it was before" in ready("person", "unfreeze", PHONE, "--reason", "settled").stdout
    assert ready("person", "close", PHONE, "--reason", "asked").exit_code == 1, "it asks first"
    assert shown(ready, known)["status"] == "active"
    assert ready("person", "close", known, "--reason", "asked", "--yes").exit_code == 0
    again = ready("person", "close", known, "--reason", "asked", "--yes")
    assert (again.exit_code, again.stderr) == (1, "This account is closed for good.\n")
    closed = shown(ready, known)
    assert (closed["status"], closed["phone"], closed["documents"], closed["methods"]) == ("closed", None, [], [])
    refused = ready("person", "unfreeze", known, "--reason", "settled")
    assert (refused.exit_code, refused.stderr) == (1, "This account is closed for good.\n")


def test_who_is_frozen_or_let_back_is_told(ready: CommandLine, known: str, sqlite_urls: StorageUrls) -> None:
    """Once each: who was frozen before is told nothing new. Mutation: an officer's act goes unseen."""
    ready.environment |= {
        "IDP_MESSAGING__SMS": "sms_http",
        "IDP_SMS_HTTP__URL": "https://sms.example",
        "IDP_SMS_HTTP__TOKEN": "token-of-the-gateway",
    }
    for words in (("freeze", "lost"), ("freeze", "lost"), ("unfreeze", "settled")):
        assert ready("person", words[0], known, "--reason", words[1]).exit_code == 0
    with sqlite3.connect(sqlite_urls.database.removeprefix("sqlite:///")) as connection:
        lanes = connection.execute("SELECT lane FROM outbox WHERE kind = 'message'").fetchall()
    connection.close()
    assert lanes == [("notice sms",)] * 2


@pytest.mark.parametrize("who", ["13900000009", "nobody", "", "x@y.zz", "\0", "890101199003070011"])
def test_who_is_not_there_is_not_found(ready: CommandLine, who: str) -> None:
    for words in (("show", who), ("freeze", who, "--reason", "lost"), ("close", who, "--reason", "asked", "--yes")):
        result = ready("person", *words)
        assert (result.exit_code, result.stderr) == (1, "Nobody has this number, phone, mail address or uid.\n")


@pytest.mark.parametrize("reason", ["Zhang San asked", "", "because"])
def test_a_reason_is_a_word_of_the_list(ready: CommandLine, known: str, reason: str) -> None:
    """Mutation: free text, which would carry names into the log."""
    assert ready("person", "freeze", known, "--reason", reason).exit_code == 2
    assert ready("person", "freeze", known).exit_code == 2
    assert shown(ready, known)["status"] == "active"


def test_it_works_over_postgresql_as_well(idp: CommandLine, storage_urls: StorageUrls, file: Path, out: Path) -> None:
    idp.write(storage_urls)
    assert idp("migrate").exit_code == 0
    assert bring(idp, Path(write(file, *map(row, range(20)))), out)[0] == 0
    assert shown(idp, row(7)["phone"])["proofing"] == "P1"


def test_somebody_works_for_the_city_and_no_more(ready: CommandLine, known: str) -> None:
    """Mutations: the wrong way round; a traceback the second time; passwords of before are kept of a citizen."""
    assert shown(ready, known)["staff_since"] is None
    assert "is staff." in ready("person", "staff", known).output
    assert "is staff, as before." in ready("person", "staff", known).output
    assert shown(ready, known)["staff_since"] is not None
    assert re.search(r"^staff_since +\d{4}-\d\d-\d\dT", ready("person", "show", known).output, re.MULTILINE)
    services = install(load_settings(ready.config, {})).services
    with services.begin() as unit_of_work:
        account = find(unit_of_work, known, services.clock(), sandbox=False)
        held = unit_of_work.credentials.get(account.id, CredentialKind.PASSWORD)
        assert held is not None
        unit_of_work.credentials.keep_former(held, 5, services.clock())
        unit_of_work.commit()
        assert len(unit_of_work.credentials.former(account.id)) == 1
    assert "is a citizen." in ready("person", "staff", known, "--end").output
    assert shown(ready, known)["staff_since"] is None
    with services.begin() as unit_of_work:
        assert list(unit_of_work.credentials.former(account.id)) == []
    nobody = ready("person", "staff", "13711112222")
    assert (nobody.exit_code, "Nobody has" in nobody.output) == (1, True)


def test_a_slip_is_for_who_may_sign_in_and_for_a_level_that_slips_reach(
    ready: CommandLine, file: Path, out: Path
) -> None:
    """Mutations: a frozen account gets one; the level of the settings is no bound; a traceback for nobody."""
    assert ready("person", "import", write(file, ROW), "--report", str(out)).exit_code == 0
    first = ready("person", "slip", PHONE)
    assert first.exit_code == 0, first.output
    assert "level 2 at most" in first.output
    assert "level 1 at most" in ready("person", "slip", PHONE, "--level", "1").output
    too_high = ready("person", "slip", PHONE, "--level", "3")
    assert (too_high.exit_code, "recovery.slip_level" in too_high.output) == (1, True)
    nobody = ready("person", "slip", "13711112222")
    assert (nobody.exit_code, "Nobody has" in nobody.output) == (1, True)
    ready("person", "freeze", PHONE, "--reason", "lost")
    frozen = ready("person", "slip", PHONE)
    assert (frozen.exit_code, "frozen" in frozen.output) == (1, True)


# ── found by name ──


def test_namesakes_are_listed_masked_page_by_page(ready: CommandLine, file: Path, out: Path) -> None:
    """Mutations: a value in clear; a page that does not say that there are more."""
    bring(ready, Path(write(file, *(row(number) for number in range(1, 53)))), out)
    first = ready("person", "find", "--name", " 欧阳 春晓", "--birth-year", "1990").stdout.splitlines()
    assert len(first) == 51
    assert "active  欧**晓 1990  citizen_id 4205**********" in first[0]
    after = first[-1].removeprefix("There are more: --after ")
    assert first[-2].startswith(after)
    last = ready("person", "find", "--name", "欧阳春晓", "--birth-year", "1990", "--after", after).stdout
    assert len(last.splitlines()) == 2
    for number in range(1, 53):
        assert row(number)["id_number"] not in last + "".join(first)


def test_a_name_is_asked_for_where_no_shell_is_to_keep_it(ready: CommandLine) -> None:
    asked = ready("person", "find", "--birth-year", "1990", typed="张小三\n")
    assert asked.exit_code == 0
    assert "Nobody with this name" in asked.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("--name", "张", "--birth-year", "1990"),
        ("--name", "张小三", "--birth-year", "90"),
        ("--name", "张小三", "--birth-year", "1990", "--after", "nobody"),
    ],
)
def test_what_finds_nobody_at_all_is_refused_in_words(ready: CommandLine, words: tuple[str, ...]) -> None:
    refused = ready("person", "find", *words)
    assert refused.exit_code == 1
    assert any(hint in refused.output for hint in ("name: give the whole", "birth_year: Input", "after: give the"))
