"""`idp invite`: three links once, each replaced by the next of its role, none for a role that somebody holds."""

import hashlib
import json
import re
import sqlite3
from pathlib import Path

import pytest
from click.testing import Result

from idp.accounts.envelope import seal
from idp.app import install, load_settings
from idp.clock import after
from idp.events import Action
from idp.model.draft import DraftState
from idp.model.office import Role
from tests.admin.officers import taken
from tests.biometrics.software_authenticator import SoftwareAuthenticator
from tests.idp.cli.conftest import CommandLine
from tests.idp.installed import new_person
from tests.idp.pages.page_browser import Browser

LINK = re.compile(r"^(\w+) +http://localhost:8000(/console/invitations/\d+\.[\w-]{43})$", re.MULTILINE)


def links(idp: CommandLine, *arguments: str) -> dict[str, str]:
    """What was printed, by role."""
    done = idp("invite", *arguments)
    assert done.exit_code == 0, done.output
    return dict(LINK.findall(done.output))


def test_each_missing_officer_is_invited(ready: CommandLine) -> None:
    """Mutations: those who are there are invited again; the link of before lives on."""
    assert "`idp invite`" in ready("migrate").output
    first, second = links(ready), links(ready)
    assert list(first) == list(second) == ["system", "security", "audit"]
    installation = install(load_settings(ready.config, {}))
    assert Browser(installation).get(first["system"]).status == 404
    for role, path in second.items():
        browser = Browser(installation)
        taken(browser, path, SoftwareAuthenticator(), role)
        assert browser.here == "/console"
    installation.storage.close()
    assert "an officer for each" in ready("invite").output
    assert "`idp invite`" not in ready("migrate").output


def test_a_role_that_somebody_holds_is_not_offered_here(ready: CommandLine) -> None:
    assert list(links(ready, "--role", "window_clerk", "--name", "王芳", "--scope", "城东大厅")) == ["window_clerk"]
    path = links(ready, "--role", "audit")["audit"]
    installation = install(load_settings(ready.config, {}))
    taken(Browser(installation), path, SoftwareAuthenticator(), "李敏")
    installation.storage.close()
    refused = ready("invite", "--role", "audit")
    assert (refused.exit_code, "/console/officers" in refused.output) == (1, True)


@pytest.mark.parametrize(
    "arguments", [["--role", "root"], ["--role", "audit", "--name", "a\nb"], ["--scope", "x" * 81]]
)
def test_what_is_no_invitation_is_refused(ready: CommandLine, arguments: list[str]) -> None:
    done = ready("invite", *arguments)
    assert done.exit_code in {1, 2}
    assert "Traceback" not in done.output


def with_officers(ready: CommandLine, *, sandbox: bool = False) -> None:
    """All three have taken their invitation."""
    if sandbox:
        ready.environment["IDP_SANDBOX__ENABLED"] = "true"
    for role, path in links(ready).items():
        installation = install(load_settings(ready.config, ready.environment))
        taken(Browser(installation), path, SoftwareAuthenticator(), role)
        installation.storage.close()


def app_in(tmp_path: Path) -> str:
    file = tmp_path / "apps.json"
    app = {
        "client_id": "fund",
        "client_name": "公积金",
        "redirect_uris": ["https://a.example/"],
        "client_secret": "s" * 40,
    }
    file.write_text(json.dumps([app]), "utf-8")
    return str(file)


def person_in(idp: CommandLine) -> str:
    """The uid of a citizen."""
    installation = install(load_settings(idp.config, {}))
    account = new_person(installation)
    installation.storage.close()
    return account.uid


def test_the_command_line_obeys_once_three_officers_are_there(ready: CommandLine, tmp_path: Path) -> None:
    """Mutations: it goes on applying; it makes drafts from the first day, when nobody can approve them."""
    file = app_in(tmp_path)
    assert "1 new" in ready("client", "import", file).output
    assert "fund is disabled" in ready("client", "disable", "fund").output
    somebody = person_in(ready)
    with_officers(ready)
    for command in (
        ["client", "enable", "fund"],
        ["client", "import", file, "--keep-old-secret"],
        ["keys", "rotate", "--at-once"],
    ):
        done = ready(*command)
        assert (done.exit_code, "/console/drafts/" in done.output) == (0, "import" not in command), done.output
    assert json.loads(ready("client", "show", "fund").output)["status"] == "disabled"
    person = ready("person", "show", somebody, "--json")
    assert json.loads(person.output)["status"] == "active", "to look, and to stop somebody, one person is enough"
    for command in (["person", "slip", somebody], ["person", "close", somebody, "--reason", "deceased", "--yes"]):
        done = ready(*command)
        assert (done.exit_code, "/console/drafts/" in done.output) == (0, True), done.output
        assert not re.search(r"\d{4} \d{4}", done.output), "the digits are for whoever approves it"
    assert "is frozen: from now on" in ready("person", "freeze", somebody, "--reason", "lost").output
    assert "fund: unchanged" in ready("client", "import", file, "--dry-run").output


def test_a_file_of_people_is_permitted_by_a_second_person(ready: CommandLine, tmp_path: Path) -> None:
    """Mutations: another file rides on the permission; it lasts for ever; a trial run needs one."""
    file, out = tmp_path / "people.jsonl", str(tmp_path / "report.csv")
    person = {"name": "王小明", "phone": "13900000071"}
    file.write_text(json.dumps(person) + "\n", "utf-8")
    with_officers(ready)
    command = ["person", "import", str(file), "--report", out]
    assert "dry run" in ready(*command[:-1], f"{out}0", "--dry-run").output
    waits = ready(*command)
    assert (waits.exit_code, "/console/drafts/" in waits.output, Path(out).exists()) == (0, True, False), waits.output
    assert "name a file" in ready("person", "import", "-", "--report", out).output
    permit(ready, file.read_bytes())
    assert "1 created" in ready(*command).output
    assert Path(out).exists()
    file.write_text(json.dumps({**person, "phone": "13900000072"}) + "\n", "utf-8")
    assert "/console/drafts/" in ready("person", "import", str(file), "--report", f"{out}2").output, "another file"
    permit(ready, file.read_bytes(), -1)
    assert "/console/drafts/" in ready("person", "import", str(file), "--report", f"{out}2").output, "too late"


def permit(idp: CommandLine, content: bytes, seconds: int = 60) -> None:
    """As an approval does."""
    installation = install(load_settings(idp.config, {}))
    with installation.services.begin() as unit_of_work:
        until = after(installation.services.clock(), seconds)
        unit_of_work.permits.grant("people.import", hashlib.sha256(content).hexdigest(), until)
        unit_of_work.commit()
    installation.storage.close()


def test_that_an_officer_left_lets_nobody_act_alone(ready: CommandLine) -> None:
    """M07. Mutation: whoever makes a role fall vacant becomes the only one who decides."""
    with_officers(ready)
    installation = install(load_settings(ready.config, {}))
    with installation.services.begin() as unit_of_work:
        (auditor,) = unit_of_work.appointments.in_force([Role.AUDIT])
        unit_of_work.appointments.end(auditor.account_id, installation.services.clock())
        unit_of_work.commit()
    installation.storage.close()
    for words in (["officers.invite", "role=security"], ["break_glass.seal"]):
        assert "/console/drafts/" in ready("operation", *words).output
    assert LINK.search(ready("invite", "--role", "audit").output), "for the role that nobody holds"


def test_an_emergency_is_applied_at_once(ready: CommandLine, tmp_path: Path) -> None:
    """Mutations: whatever is called one; it leaves nothing to review."""
    ready("client", "import", app_in(tmp_path))
    with_officers(ready)
    assert "fund is disabled: from now on" in ready("client", "disable", "fund", "--emergency").output
    installation = install(load_settings(ready.config, {}))
    with installation.services.begin() as unit_of_work:
        (draft,) = unit_of_work.drafts.page(before=None, limit=10)
        assert (draft.operation, draft.state, draft.proposed_via) == ("clients.disable", DraftState.URGENT, "cli")
    installation.storage.close()
    assert ready("client", "enable", "fund", "--emergency").exit_code == 2


def test_the_sandbox_applies_at_once(ready: CommandLine, tmp_path: Path) -> None:
    ready("client", "import", app_in(tmp_path))
    with_officers(ready, sandbox=True)
    assert "fund is disabled: from now on" in ready("client", "disable", "fund").output


def sealed_in(idp: CommandLine) -> str:
    """A code that the officers sealed."""
    installation = install(load_settings(idp.config, {}))
    with installation.services.begin() as unit_of_work:
        code = seal(unit_of_work, None, installation.services.clock())
        unit_of_work.commit()
    installation.storage.close()
    return code


def break_glass(idp: CommandLine, code: str) -> Result:
    return idp("invite", "--role", "system", "--break-glass", typed=f"{code}\n")


def test_an_envelope_is_opened_once_and_loudly(ready: CommandLine) -> None:
    """M12. Mutations: it opens twice; a wrong code leaves no trace; nothing is left to review; no role, or a code on the command line."""
    with_officers(ready)
    assert break_glass(ready, "0" * 32).exit_code == 1, "nothing is sealed"
    former, code = sealed_in(ready), sealed_in(ready)
    for wrong in (former, code[:-1], "", f"{code}0"):
        assert break_glass(ready, wrong).exit_code == 1, wrong
    assert "seal another one" not in ready("check").output
    done = break_glass(ready, code.lower().replace("-", " ").replace("0", "o").replace("1", "l"))
    assert LINK.search(done.output), done.output
    assert "at once or not at all" in ready("operation", "break_glass.open", "role=system", f"code={code}").output
    assert break_glass(ready, code).exit_code == 1, "once"
    assert "seal another one" in ready("check").output
    assert ready("invite", "--break-glass").exit_code == 2
    installation = install(load_settings(ready.config, {}))
    with installation.services.begin() as unit_of_work:
        (draft,) = unit_of_work.drafts.page(before=None, limit=10)
    installation.storage.close()
    with sqlite3.connect(ready.config.parent / "idp.db") as connection:
        found = [action for (action,) in connection.execute("SELECT action FROM events")]
    connection.close()
    assert (draft.operation, draft.state) == ("break_glass.open", DraftState.URGENT)
    assert "code" not in json.loads(draft.wanted)
    assert (found.count(Action.ENVELOPE_OPENED), found.count(Action.ENVELOPE_REFUSED)) == (1, 5)
