"""`idp operation`: all of them, by the same code as the API and the console."""

import json

from admin.operations import OPERATIONS
from idp.app import install, load_settings
from tests.idp.cli.conftest import CommandLine
from tests.idp.cli.test_invite import with_officers
from tests.idp.installed import new_person

APP = '{"client_name": "公积金", "redirect_uris": ["https://fund.example/cb"], "client_secret": "' + "s" * 40 + '"}'


def test_every_operation_is_listed_and_can_be_asked_for(ready: CommandLine) -> None:
    """Mutation: one that only the API knows."""
    listed = ready("operation").output
    assert [line.split()[0] for line in listed.splitlines() if not line.startswith(" ")] == list(OPERATIONS)
    for each in OPERATIONS.values():
        done = ready("operation", each.name, "--dry-run")
        assert done.exit_code in {0, 1}, (each.name, done.output)
        assert "Traceback" not in done.output


def test_what_it_answers_is_json_and_what_it_changes_is_told(ready: CommandLine) -> None:
    """Mutations: a trial is done; an object is taken for a text; a number for none."""
    assert json.loads(ready("operation", "clients.save", "client_id=fund", f"metadata={APP}", "--dry-run").stdout)
    assert json.loads(ready("operation", "clients.list").stdout)["clients"] == []
    saved = ready("operation", "clients.save", "client_id=fund", f"metadata={APP}")
    assert json.loads(saved.stdout)["clients"][0]["outcome"] == "new"
    assert "client_name: ∅" in saved.stderr
    installation = install(load_settings(ready.config, {}))
    person = new_person(installation).uid
    installation.storage.close()
    assert json.loads(ready("operation", "sessions.search", f"person={person}", "limit=5").stdout)["sessions"] == []
    assert json.loads(ready("operation", "officers.list").stdout)["officers"] == []
    found = json.loads(ready("operation", "events.search", "action=person.viewed").stdout)["events"]
    assert [each["person"] for each in found] == [person], "whoever looks at a person's sessions is written down"


def test_it_obeys_and_decides_on_nothing(ready: CommandLine) -> None:
    """Mutations: an operator approves what an operator proposed; it goes on applying once three officers are there."""
    with_officers(ready)
    proposed = ready("operation", "clients.save", "client_id=fund", f"metadata={APP}", "--reason", "新系统")
    assert "/console/drafts/1" in proposed.output
    refused = ready("operation", "drafts.approve", "draft_id=1")
    assert (refused.exit_code, "Another role decides" in refused.stderr) == (1, True)
    assert json.loads(ready("operation", "drafts.show", "draft_id=1").stdout)["reason"] == "新系统"


def test_what_does_not_fit_is_said(ready: CommandLine) -> None:
    for words, said in (
        (["gone.now"], "`idp operation` lists them"),
        (["clients.show", "fund"], "MEMBER=VALUE"),
        (["clients.show", "colour=red"], "colour"),
        (["clients.save", "client_id=fund", "metadata={"], "no JSON"),
        (["sessions.search", "limit=many"], "limit"),
        (["clients.show", "client_id=nobody"], "no client with"),
    ):
        done = ready("operation", *words)
        assert (done.exit_code, said in done.output) == (1, True), done.output
