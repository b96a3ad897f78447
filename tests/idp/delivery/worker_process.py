"""A worker in a process of its own, to be stopped and killed: DATABASE_URL EPHEMERAL_URL KEY CARRIER_URL TOKEN."""

import signal
import sys
from threading import Event

from pydantic import SecretStr

from connectors.messaging.sms_http import CARRIER
from idp.clock import system_clock
from idp.delivery.messages import MessageHandler
from idp.delivery.worker import Worker
from idp.fetch import Fetcher
from idp.model.message import MESSAGE, Medium
from idp.storage import open_storage
from idp.storage.encryption import FieldCipher


def main() -> None:
    database_url, ephemeral_url, key, carrier_url, token = sys.argv[1:]
    storage = open_storage(database_url, ephemeral_url, FieldCipher({1: bytes.fromhex(key)}), system_clock)
    fetcher = Fetcher(frozenset({carrier_url}), timeout=20)
    carrier = CARRIER.build(CARRIER.settings(url=carrier_url, token=SecretStr(token)), fetcher)
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    handlers = {MESSAGE: MessageHandler({Medium.SMS: carrier})}
    Worker(storage.begin, handlers, system_clock, poll_seconds=0.05).run(stop)
    storage.close()


if __name__ == "__main__":
    main()
