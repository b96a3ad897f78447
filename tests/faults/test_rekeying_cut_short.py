"""Threats K02, O08: re-keying is killed at random moments while people come and go; the run after it ends it, and nobody is lost."""

import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing

from sqlalchemy import select

from idp.clock import Instant
from idp.model.account import Identifier, IdentifierKind
from idp.model.credential import CredentialKind
from idp.model.imported_person import ImportedPerson
from idp.storage import open_storage
from idp.storage.stores import Storage
from idp.storage.tables import credentials, identifiers, names
from tests.idp.storage.binder import cipher_of
from tests.idp.storage.made import NOW, new_account
from tests.idp.storage.sql import engine_of
from tests.idp.storage.test_one_person_per_number import let_write
from tests.plugins.private_servers import StorageUrls
from tests.plugins.running_idp import ROOT

PEOPLE, KILLS = 2_000, 6
PROGRAM = """
import sys
from idp.clock import system_clock
from idp.keys.rekey import Doors, rekey
from idp.model.master_key import Rekeyed
from idp.storage import open_storage
from tests.idp.storage.binder import cipher_of
cipher = cipher_of(1, 2)
storage = open_storage(sys.argv[1], "memory:", cipher, system_clock)
doors = Doors(storage.begin, storage.rekeying(), cipher, system_clock, rows=20, settle_seconds=0)
outcome = rekey(doors, list(Rekeyed), lambda tally: print(tally.place, flush=True))
with storage.begin() as unit_of_work:
    print(outcome.is_flawless, *(key.state for key in unit_of_work.master_keys.all()))
"""


def number(count: int) -> Identifier:
    return Identifier(IdentifierKind.CITIZEN_ID, f"8901011990{count // 999:04}{count % 999:03}X")


def phone(count: int) -> Identifier:
    return Identifier(IdentifierKind.PHONE, f"+86139{count:08}")


def bring(storage: Storage) -> None:
    people = [
        ImportedPerson(
            account=new_account(number(count), phone(count)),
            verified=frozenset(),
            password_hash=f"hash of {count}",
            subjects=(),
        )
        for count in range(PEOPLE)
    ]
    for at in range(0, PEOPLE, 500):
        with storage.begin() as unit_of_work:
            unit_of_work.newcomers.write(people[at : at + 500])
            unit_of_work.commit()


def come_and_go(storage: Storage, newcomer: int) -> None:
    """One registers, one changes the phone, one the password."""
    at = Instant(NOW + newcomer)
    with storage.begin() as unit_of_work:
        unit_of_work.accounts.create(new_account(number(newcomer), phone(newcomer)))
        somebody = unit_of_work.accounts.find(number(newcomer % PEOPLE))
        assert somebody is not None
        changed = Identifier(IdentifierKind.PHONE, f"+86138{newcomer:08}")
        unit_of_work.accounts.change_identifier(somebody.id, IdentifierKind.PHONE, changed, at)
        unit_of_work.credentials.put(somebody.id, CredentialKind.PASSWORD, f"new hash of {newcomer}", at)
        unit_of_work.commit()


def test_killed_re_keying_is_gone_on_with(storage: Storage, storage_urls: StorageUrls) -> None:
    """Mutations: a place that is kept in memory is believed; a value is written over that was changed since."""
    let_write(storage_urls, 1)
    bring(storage)
    let_write(storage_urls, 2)
    command = [sys.executable, "-c", PROGRAM, storage_urls.database]
    newcomers = iter(range(PEOPLE, 10**6))
    beside = open_storage(storage_urls.database, "memory:", cipher_of(1, 2), lambda: NOW)
    with closing(beside):
        for _ in range(KILLS):
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            with process:
                assert process.stdout is not None
                assert process.stdout.readline(), "it has begun"
                ends_at = time.monotonic() + random.uniform(0, 0.3)
                while time.monotonic() < ends_at:
                    come_and_go(beside, next(newcomers))
                process.kill()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.stdout.splitlines()[-1] == "True spent active", done.stderr
        last = next(newcomers)
    for column in (
        *(identifiers.c.blind_index, identifiers.c.sealed_value, names.c.blind_index, names.c.sealed_name),
        credentials.c.sealed_secret,
    ):
        with engine_of(storage_urls).connect() as connection:
            assert Counter(value[1] for value in connection.execute(select(column)).scalars()).keys() == {2}, column
    assert_nobody_is_lost(storage_urls, last)


def assert_nobody_is_lost(urls: StorageUrls, last: int) -> None:
    """By the new key alone each is found by their number, with what they left last."""
    changed = {count % PEOPLE: count for count in range(PEOPLE, last)}
    later = open_storage(urls.database, "memory:", cipher_of(2), lambda: NOW)
    with closing(later), later.begin() as unit_of_work:
        for count in range(last):
            account = unit_of_work.accounts.find(number(count))
            assert account is not None
            newcomer = changed.get(count)
            known = unit_of_work.accounts.attributes(account.id)
            assert known.phone == (phone(count).value if newcomer is None else f"+86138{newcomer:08}")
            password = unit_of_work.credentials.get(account.id, CredentialKind.PASSWORD)
            expected = f"hash of {count}" if newcomer is None else f"new hash of {newcomer}"
            assert (password and password.secret) == (None if count >= PEOPLE and newcomer is None else expected)
