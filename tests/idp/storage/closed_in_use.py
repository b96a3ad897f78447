"""A program that closes its stores again and again while another thread writes: `closed_in_use.py DATABASE EPHEMERAL`."""

import sys
import threading

from idp.clock import system_clock
from idp.errors import Unavailable
from idp.events import Action, Event, Kind
from idp.storage import open_storage
from idp.storage.encryption import FieldCipher

EVENT = Event(kind=Kind.USAGE, action=Action.TOKEN_ISSUED, at=system_clock(), client_id="app")


def main() -> None:
    storage = open_storage(sys.argv[1], sys.argv[2], FieldCipher({1: bytes(range(32))}), system_clock)
    stop, written = threading.Event(), 0

    def write() -> None:
        nonlocal written
        while not stop.is_set():
            try:
                with storage.begin() as unit_of_work:
                    unit_of_work.events.count(EVENT, "app")
                    unit_of_work.clients.version()
                    unit_of_work.commit()
                written += 1
            except Unavailable:
                pass  # its connection was closed under it

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    for _ in range(300):
        stop.wait(0.002)
        storage.close()
    stop.set()
    for writer in writers:
        writer.join()
    storage.close()
    print("alive" if written else "nothing was written")


main()
