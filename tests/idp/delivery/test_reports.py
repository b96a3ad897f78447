"""Delivery reports over our own door: who may tell, what is a report, and what it changes."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from idp.app import Installation, create_app
from idp.clock import after
from idp.delivery.messages import MessageHandler
from idp.delivery.worker import Worker
from idp.http.router import Application
from idp.model.message import MESSAGE, Medium
from tests.attacks.answers import is_plain_text
from tests.connectors.messaging.contract import check_report_answer
from tests.idp.delivery.outbox_rows import Rows
from tests.idp.delivery.test_messages import PAYLOAD, Pigeon
from tests.idp.installed import NOW, Moment, installed
from tests.plugins.private_servers import StorageUrls

PATH = "/carriers/sms_http/reports"
TOKEN = "a-report-token-of-a-test"


@dataclass
class Door:
    """Our server's door for reports, and the store behind it."""

    installation: Installation
    application: Application
    rows: Rows

    def told(
        self, body: object, *, token: str | None = TOKEN, content_type: str = "application/json"
    ) -> tuple[int, Any]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": PATH,
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(raw)),
            "wsgi.input": io.BytesIO(raw),
        }
        if token is not None:
            environ["HTTP_AUTHORIZATION"] = token if " " in token else f"Bearer {token}"
        statuses: list[str] = []
        answer = b"".join(self.application(environ, lambda status, _headers: statuses.append(status)))
        check_report_answer(int(statuses[0][:3]), answer)
        return int(statuses[0][:3]), json.loads(answer)

    def reported(self, id_: str, status: str) -> tuple[int, Any]:
        return self.told({"reports": [{"id": id_, "status": status}]})

    def message(self) -> str:
        """A message that a carrier has accepted; the id by which the carrier knows it."""
        pigeon = Pigeon()
        services = self.installation.services
        with services.begin() as unit_of_work:
            unit_of_work.outbox.put(MESSAGE, PAYLOAD, NOW, after(NOW, 600))
            unit_of_work.commit()
        Worker(services.begin, {MESSAGE: MessageHandler({Medium.SMS: pigeon})}, services.clock).run_once()
        return pigeon.carried[-1].id

    def events(self) -> list[tuple[str, Any]]:
        return [
            (outcome, json.loads(data)) for action, outcome, data in self.rows.events() if action == "message.reported"
        ]


@pytest.fixture
def door(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Door]:
    opened = installed(storage_urls, tmp_path, clock, IDP_SMS_HTTP__REPORT_TOKEN=TOKEN)
    yield Door(opened, create_app(opened), Rows(storage_urls.database))
    opened.storage.close()


def test_a_report_is_written_down_once_and_leads_back_to_nobody(door: Door) -> None:
    """Mutations: an event for each repetition; the destination in its data; the metric not counted."""
    before = REGISTRY.get_sample_value("idp_message_reports_total", {"report": "failed"}) or 0
    id_ = door.message()
    assert [door.reported(id_, "failed") for _ in range(2)] == [(200, {"unknown": []})] * 2
    assert door.reported(id_, "delivered") == (200, {"unknown": []})
    row = door.rows.outbox()[-1]
    assert (row["reference"], row["report"], row["reported_at"], row["sealed_payload"]) == (id_, "failed", NOW, None)
    assert door.events() == [("failed", {"item": row["id"], "kind": "message"})]
    assert (REGISTRY.get_sample_value("idp_message_reports_total", {"report": "failed"}) or 0) - before == 1


def test_an_id_that_nobody_has_is_told_and_changes_nothing(door: Door) -> None:
    """A report that outran our own bookkeeping comes again. Mutation: 404 for the whole batch."""
    known = door.message()
    batch = [{"id": "of-nobody", "status": "delivered"}, {"id": known, "status": "delivered"}]
    assert door.told({"reports": batch}) == (200, {"unknown": ["of-nobody"]})
    assert [outcome for outcome, _ in door.events()] == ["delivered"]


@pytest.mark.parametrize(
    "token", [None, "", "wrong", TOKEN + "x", TOKEN[:-1], f"Basic {TOKEN}", "token-of-the-gateway", "Bearer \udcff"]
)
def test_only_the_report_token_opens_the_door(door: Door, token: str | None) -> None:
    """That of the gateway, which it shows us to nobody, does not. Mutation: `_is_known` that says yes."""
    id_ = door.message()
    status, answer = door.told({"reports": [{"id": id_, "status": "failed"}]}, token=token)
    assert (status, answer["error"]) == (401, "invalid_token")
    assert door.events() == []


def test_without_a_token_in_the_settings_nobody_may_report(
    sqlite_urls: StorageUrls, tmp_path: Path, clock: Moment
) -> None:
    """Mutation: an empty token that an empty header matches."""
    opened = installed(sqlite_urls, tmp_path, clock)
    door = Door(opened, create_app(opened), Rows(sqlite_urls.database))
    assert opened.report_tokens == ()
    assert [door.told({}, token=token)[0] for token in (None, "", "Bearer ", TOKEN)] == [401] * 4
    opened.storage.close()


GOOD = {"id": "x", "status": "delivered"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 60_000,
        b'{"reports": [], "reports": [{"id": "x", "status": "failed"}]}',
        b'{"reports": [{"id": "y", "id": "x", "status": "failed"}]}',
        {},
        {"reports": []},
        {"reports": GOOD},
        {"reports": [GOOD], "surprise": 1},
        {"reports": [{**GOOD, "phone": "+8613900000001"}]},
        {"reports": [{"id": "x"}]},
        {"reports": [{**GOOD, "id": ""}]},
        {"reports": [{**GOOD, "id": "x" * 65}]},
        {"reports": [{**GOOD, "id": "a b"}]},
        {"reports": [{**GOOD, "id": 7}]},
        {"reports": [{**GOOD, "status": "lost"}]},
        {"reports": [{**GOOD, "status": ["failed"]}]},
        {"reports": [{**GOOD, "status": None}]},
        {"reports": ["x"]},
        {"reports": [GOOD, {"id": "x", "status": "failed"}]},
        {"reports": [{"id": str(number), "status": "unknown"} for number in range(101)]},
    ],
    ids=lambda body: str(body)[:60],
)
def test_what_is_no_batch_of_the_contract_is_refused_as_a_whole(door: Door, body: object) -> None:
    """Mutations: unknown members passed over; the last of two names taken; more than a hundred taken."""
    status, answer = door.told(body)
    assert (status, answer["error"]) == (400, "invalid_request")
    assert door.events() == []


def test_a_hundred_reports_are_taken_and_too_many_bytes_are_not(door: Door) -> None:
    hundred = [{"id": f"{number:064}", "status": "unknown"} for number in range(100)]
    status, answer = door.told({"reports": hundred})
    assert (status, len(answer["unknown"])) == (200, 100)
    assert door.told(b" " * 65_537)[0] == 413
    assert door.told({"reports": [GOOD]}, content_type="text/plain")[0] == 400


def test_what_is_no_batch_is_told_in_characters_that_a_description_may_have(door: Door) -> None:
    """RFC 6749 §5.2. Mutation: an example with quotation marks."""
    bodies: tuple[object, ...] = ({}, {"reports": []}, {"reports": [1]})
    for body in bodies:
        status, told = door.told(body)
        assert status == 400
        assert is_plain_text(told["error_description"])
