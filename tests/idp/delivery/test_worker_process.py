import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from connectors.messaging.sms_http import CARRIER
from idp.clock import Instant, after, system_clock
from idp.delivery.messages import MessageHandler
from idp.delivery.worker import LEASE_SECONDS, Worker
from idp.fetch import Fetcher
from idp.model.message import MESSAGE, Medium
from idp.storage.stores import Storage
from tests.connectors.messaging.carrier_program import REPOSITORY, TOKEN, CarrierProgram
from tests.idp.delivery.outbox_rows import Rows
from tests.plugins.private_servers import StorageUrls

STORE_KEY = bytes(range(32)).hex()  # of the fixture `cipher`
StartWorker = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def start_worker(storage: Storage, storage_urls: StorageUrls, program: CarrierProgram) -> Iterator[StartWorker]:
    """Starts the worker's program; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        arguments = [storage_urls.database, storage_urls.ephemeral, STORE_KEY, program.url, TOKEN]
        command = [sys.executable, "-m", "tests.idp.delivery.worker_process", *arguments]
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def promise(storage: Storage, to: str) -> None:
    now = system_clock()
    with storage.begin() as unit_of_work:
        payload = {"medium": "sms", "destination": to, "subject": "", "text": "271828"}
        unit_of_work.outbox.put(MESSAGE, payload, now, after(now, 600))
        unit_of_work.commit()


def wait_for_message(program: CarrierProgram, to: str) -> None:
    for _ in range(2000):
        if program.messages(to):
            return
        time.sleep(0.01)
    raise AssertionError("the worker sent nothing")


def test_a_killed_worker_is_followed_by_another(
    storage: Storage, storage_urls: StorageUrls, program: CarrierProgram, start_worker: StartWorker
) -> None:
    """kill -9 after the carrier took the message and before we knew: at least once for us, once for the person."""
    to = f"+86135{time.time_ns() % 10**8:08}"
    promise(storage, to)
    program.misbehave("slow", seconds=20, times=1)
    worker = start_worker()
    wait_for_message(program, to)
    worker.kill()
    worker.wait()
    rows = Rows(storage_urls.database)
    assert [row["outcome"] for row in rows.outbox()] == [None]
    fetcher = Fetcher(frozenset({program.url}))
    carrier = CARRIER.build(CARRIER.settings(url=program.url, token=SecretStr(TOKEN)), fetcher)
    handlers = {MESSAGE: MessageHandler({Medium.SMS: carrier})}
    assert Worker(storage.begin, handlers, system_clock).run_once() == 0

    def past_the_lease() -> Instant:
        return after(system_clock(), LEASE_SECONDS)

    assert Worker(storage.begin, handlers, past_the_lease).run_once() == 1
    (message,) = program.messages(to)
    assert message["times"] == 2
    assert [(row["outcome"], row["attempts"]) for row in rows.outbox()] == [("done", 2)]
    assert [event[:2] for event in rows.events()] == [("message.delivered", "ok")]


def test_a_worker_told_to_stop_finishes_what_it_has_in_hand(
    storage: Storage, storage_urls: StorageUrls, program: CarrierProgram, start_worker: StartWorker
) -> None:
    to = f"+86136{time.time_ns() % 10**8:08}"
    promise(storage, to)
    promise(storage, to)
    program.misbehave("slow", seconds=1.5, times=1)
    worker = start_worker()
    wait_for_message(program, to)
    worker.terminate()
    output, _ = worker.communicate(timeout=20)
    assert worker.returncode == 0, output
    assert [row["outcome"] for row in Rows(storage_urls.database).outbox()] == ["done", None]
    assert len(program.messages(to)) == 1
    assert to not in output
    assert "271828" not in output
