"""A process that binds numbers to new people, as a server process does: it knows the master keys that it is told.

    python -m tests.idp.storage.binder <database> <versions, with commas>

For each citizen number on a line of its standard input it says in a line what became of it.
"""

import sys

from idp.clock import system_clock
from idp.errors import Refused
from idp.model.account import Identifier, IdentifierKind
from idp.storage import open_storage
from idp.storage.encryption import FieldCipher
from idp.storage.stores import Storage
from tests.idp.storage.made import new_account

MASTER_KEYS = {1: bytes(range(32)), 2: b"2" * 32, 3: b"3" * 32}
"""The first is that of the `cipher` fixture."""


def cipher_of(*versions: int) -> FieldCipher:
    return FieldCipher({version: MASTER_KEYS[version] for version in versions})


def number(value: str) -> Identifier:
    return Identifier(IdentifierKind.CITIZEN_ID, value)


def bind(storage: Storage, value: str) -> str:
    try:
        with storage.begin() as unit_of_work:
            unit_of_work.accounts.create(new_account(number(value)))
            unit_of_work.commit()
    except Refused as refused:
        return refused.code
    return "bound"


def main() -> None:
    database, versions = sys.argv[1:]
    storage = open_storage(database, "memory:", cipher_of(*map(int, versions.split(","))), system_clock)
    storage.begin().accounts.any_sandbox()
    print("ready", flush=True)
    for line in sys.stdin:
        print(bind(storage, line.strip()), flush=True)


if __name__ == "__main__":
    main()
