"""The sandbox authority: all who know people and organisations, in one program, answering as real ones would.

    python examples/authority/authority.py --port 8004 --return-to http://localhost:8000 --reader .run/card-reader

An independent program on the standard library and `cryptography`. It speaks the other side of six contracts in
`docs/contracts/` on the loopback, and keeps what happens in memory:

    /                face_authority         face.py               no camera: on its page one chooses what came of it
    /population      population_register    population.py
    /company         company_register       company.py
    /bank            bank_accounts          bank.py
    /net-id          network_identity       network_identity.py   on its page one chooses whose net id is shown
    another port     card_reader            card_reader.py        the bridge of a reader; cards are put on it on a page

Whom it knows stands in `people.json` and `organizations.json`; `POST /people` adds somebody, and
`POST /companies/<code>/representative` appoints another representative. `POST /faults` makes a register slow, dead or a
liar. The bearer token is taken from AUTHORITY_TOKEN, or drawn and printed; signing keys are drawn at each start, but for
the reader's, which stays in the folder that `--reader` names.
"""

import argparse
import os
import secrets
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from examples.authority.card_reader import Bridge, Reader
    from examples.authority.desk import Authority
else:  # run by its path, it finds them beside it
    from card_reader import Bridge, Reader
    from desk import Authority


def main() -> int:
    """Listen until told to stop."""
    parser = argparse.ArgumentParser(
        description="The sandbox authority: knows made-up people, answers as you tell it to."
    )
    parser.add_argument("--port", type=int, default=8004, help="where to listen on 127.0.0.1; 0 takes any free port")
    parser.add_argument(
        "--return-to", metavar="ORIGIN", action="append", default=[], help="where it may send people back to"
    )
    parser.add_argument("--reader", metavar="FOLDER", type=Path, help="of the card reader's key and list of terminals")
    parser.add_argument("--bridge-port", type=int, default=17313, help="of the reader's bridge; 0 takes any free port")
    parser.add_argument("--only-reader", action="store_true", help="make the reader's folder, and end")
    arguments = parser.parse_args()
    reader = None if arguments.reader is None else Reader(arguments.reader)
    if arguments.only_reader:
        return 0
    given = os.environ.get("AUTHORITY_TOKEN", "")
    token = given or secrets.token_urlsafe(24)
    origins = frozenset(arguments.return_to)
    try:
        authority = Authority(arguments.port, token, origins, reader)
        bridge = None if reader is None else Bridge(arguments.bridge_port, reader, origins, authority.faults)
    except (OSError, OverflowError) as error:
        print(f"cannot listen on 127.0.0.1:{arguments.port}: {error}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with authority:
        print(f"sandbox authority: http://localhost:{authority.port}", flush=True)
        if not given:
            print(f"bearer token: {token}", flush=True)
        if bridge is not None:
            threading.Thread(target=bridge.serve_forever, daemon=True).start()
            print(f"card reader bridge: http://127.0.0.1:{bridge.port}", flush=True)
        try:
            authority.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
