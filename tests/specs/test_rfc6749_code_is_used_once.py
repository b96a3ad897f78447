"""RFC 6749 §4.1.2: a code is used once, however many ask at the same moment of however many processes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.relying_party import RelyingParty
from tests.specs.storm import PARALLEL, all_at_once, connect, send

ROUNDS = 50


@dataclass
class Redemptions:
    """What 20 simultaneous token requests with one code were answered, round by round."""

    app: RelyingParty
    codes: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    answers: list[list[tuple[int, dict[str, Any]]]] = field(default_factory=list)

    def winners(self, number: int) -> list[dict[str, Any]]:
        return [answer for status, answer in self.answers[number] if status == 200]


@pytest.fixture(scope="module")
def redemptions(idp_server: RunningIdp) -> Iterator[Redemptions]:
    """50 codes of one person, each presented 20 times at once."""
    with (
        RelyingParty(idp_server, idp_server.client("licence-library")) as app,
        FormBrowser(idp_server.issuer) as browser,
        ThreadPoolExecutor(PARALLEL) as threads,
    ):
        browser.go_through(app.ask().address, idp_server.new_person())
        made = Redemptions(app)
        for _ in range(ROUNDS):
            question = app.ask()
            code = browser.get(question.address).answer["code"]
            made.codes.append(code)
            made.bodies.append(urlencode(app.token_request(code, question)))
            made.answers.append(all_at_once(threads, app, made.bodies[-1]))
        yield made


def test_each_code_has_one_winner(redemptions: Redemptions) -> None:
    """Threats B01, B02. Mutation: no UNIQUE on `authorizations.origin`."""
    assert [len(redemptions.winners(number)) for number in range(ROUNDS)] == [1] * ROUNDS


def test_everybody_else_is_refused_in_the_protocols_words(redemptions: Redemptions) -> None:
    """§5.2: a lost race is a refusal; never a fault of the server, a lock or a time-out."""
    losers = {
        (status, answer.get("error")) for answers in redemptions.answers for status, answer in answers if status != 200
    }
    assert losers == {(400, "invalid_grant")}


def test_each_code_left_one_family_and_one_token(redemptions: Redemptions, idp_server: RunningIdp) -> None:
    """Mutation: mint before the family is written."""
    from idp.oauth import opaque_tokens
    from idp.oauth.codes import origin_of

    services = idp_server.installation.services
    tokens = [token for number in range(ROUNDS) for token in redemptions.winners(number)]
    assert len({token["access_token"] for token in tokens}) == ROUNDS
    with services.begin() as unit_of_work:
        origins = [origin_of(redemptions.app.client_id, code) for code in redemptions.codes]
        families = [unit_of_work.authorizations.by_origin(origin) for origin in origins]
    found = [opaque_tokens.read(services.cipher, token["access_token"], services.clock()) for token in tokens]
    family_ids = [family.id for family in families if family is not None]
    assert len(set(family_ids)) == ROUNDS
    assert [token.family for token in found if token is not None] == family_ids


def test_a_replay_afterwards_kills_what_the_code_brought(redemptions: Redemptions) -> None:
    """RFC 9700 §4.5. Mutation: leave `_refuse_replay` without its commit."""
    for number in range(ROUNDS):
        (token,) = redemptions.winners(number)
        status, refused = send(connect(redemptions.app), redemptions.app, redemptions.bodies[number])
        assert (status, refused["error"]) == (400, "invalid_grant")
        answer = redemptions.app.userinfo(token["access_token"])
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


def test_two_processes_answered(redemptions: Redemptions, idp_server: RunningIdp) -> None:
    """Both have worked, and neither was forked from a process with threads, whose locks it would wait for.

    Mutation: `workers = 1`, or serve without `set_start_method("spawn")`.
    """
    assert redemptions.answers
    parent = idp_server.processes["serve"].pid
    children = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()]
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children}
    workers = [pid for pid, command in commands.items() if b"spawn_main" in command]
    assert len(workers) == 2
    assert all(switches(pid) > ROUNDS for pid in workers)


def switches(pid: int) -> int:
    """How often the threads of this process waited for something: at least once for each request."""
    status = "".join(path.read_text("ascii") for path in Path(f"/proc/{pid}/task").glob("*/status"))
    return sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("voluntary_ctxt_switches"))
