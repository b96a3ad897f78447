"""People from another system, written in batches: each row by itself is written whole, or refused whole."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b

from idp.accounts.imported_refusal import RowRefused
from idp.accounts.imported_row import Row, RowReader
from idp.clock import Instant
from idp.entropy import random_bytes
from idp.errors import Refused, Unavailable
from idp.events import Action, Event, Kind
from idp.model.imported_person import ImportedPerson, WrittenAccount
from idp.ports import UnitOfWork
from idp.services import Services

_ATTEMPTS = 5
_KEY_BYTES, _DIGEST_BYTES = 32, 16


class Fate(StrEnum):
    """What became of a row."""

    CREATED = "created"
    EXISTS = "exists"
    REFUSED = "refused"
    VALID = "valid"
    """Would be created: said by a dry run alone."""


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What the report says of a row; nothing of it is personal.

    Attributes:
        odd: what is unusual about the number of one that was not refused.
    """

    fate: Fate
    uid: str | None = None
    code: str | None = None
    reason: str | None = None
    odd: tuple[str, ...] = ()


Judged = Row | RowOutcome


class PeopleImport:
    """One run over one file."""

    def __init__(self, services: Services, *, is_dry_run: bool) -> None:
        self._services = services
        self._is_dry_run = is_dry_run
        is_sandbox = services.settings.sandbox.enabled
        self._reader = RowReader(services.clock(), is_sandbox, services.passwords.can_verify)
        self._seen: set[bytes] = set()
        self._key = random_bytes(_KEY_BYTES)  # of this run: nothing of the file is remembered in clear

    def read(self, line: bytes | None) -> Judged:
        """The row of a line, unless it is refused for what it is; None stands for a line that is too long.

        Every line must come by here, those of an earlier run as well: what repeats them is refused.
        """
        try:
            row = self._reader.read(line)
            self._refuse_repeated(row.person)
        except RowRefused as refused:
            return _refused(refused)
        return row

    def write(self, batch: Sequence[Judged]) -> Sequence[RowOutcome]:
        """What became of each, durable when this returns; raises `Unavailable` with nothing of them written."""
        hashed = [self._hashed(each) for each in self._judged(batch)]
        for _ in range(_ATTEMPTS):
            with self._services.begin() as unit_of_work:
                judged = _Store(unit_of_work, hashed).judged(hashed)
                people = [each.person for each in judged if isinstance(each, Row)]
                if self._is_dry_run or not people:
                    return [
                        RowOutcome(Fate.VALID, odd=each.oddities) if isinstance(each, Row) else each for each in judged
                    ]
                try:
                    written = iter(self._written(unit_of_work, people))
                except Refused as refused:
                    if refused.code != "identifier_taken":
                        raise
                    continue  # somebody registered meanwhile; the next look finds them
                return [
                    RowOutcome(Fate.CREATED, next(written).uid, odd=each.oddities) if isinstance(each, Row) else each
                    for each in judged
                ]
        raise Unavailable("Too many people are registering at this moment; run the import again, it goes on.")

    def _written(self, unit_of_work: UnitOfWork, people: Sequence[ImportedPerson]) -> Sequence[WrittenAccount]:
        written = unit_of_work.newcomers.write(people)
        now = self._services.clock()
        unit_of_work.events.record_all(
            [_event(each, person, now) for each, person in zip(written, people, strict=True)]
        )
        unit_of_work.commit()
        return written

    def _judged(self, batch: Sequence[Judged]) -> Sequence[Judged]:
        """The same batch, less those whom the store has already: what is slow is done for the others alone."""
        if not any(isinstance(each, Row) and each.password is not None for each in batch):
            return batch
        with self._services.begin() as unit_of_work:
            return _Store(unit_of_work, batch).judged(batch)

    def _hashed(self, judged: Judged) -> Judged:
        """Before the transaction, since a hash takes as long as a hundred rows."""
        if not isinstance(judged, Row) or judged.password is None or self._is_dry_run:
            return judged
        password_hash = self._services.passwords.hash(judged.password)
        return replace(judged, person=replace(judged.person, password_hash=password_hash), password=None)

    def _refuse_repeated(self, person: ImportedPerson) -> None:
        told = [f"{each.kind.value} {each.value}" for each in person.account.identifiers]
        told += [f"sub {each.sector} {each.sub}" for each in person.subjects]
        digests = [blake2b(each.encode(), digest_size=_DIGEST_BYTES, key=self._key).digest() for each in told]
        if not self._seen.isdisjoint(digests):
            raise RowRefused("repeated", "An earlier row of the file has the same number, phone, email or sub.")
        self._seen.update(digests)


class _Store:
    """What the store knows of the people in a batch."""

    def __init__(self, unit_of_work: UnitOfWork, batch: Sequence[Judged]) -> None:
        rows = [each.person for each in batch if isinstance(each, Row)]
        self._unit_of_work = unit_of_work
        # In this order: of somebody who is written in between, the sub is missed, never the sub alone found.
        self._subject_holders = unit_of_work.newcomers.subject_holders(
            [subject for person in rows for subject in person.subjects]
        )
        self._holders = unit_of_work.newcomers.holders(
            [identifier for person in rows for identifier in person.account.identifiers]
        )

    def judged(self, batch: Sequence[Judged]) -> Sequence[Judged]:
        """The same batch, less those whom the store has already."""
        return [self._judge(each) if isinstance(each, Row) else each for each in batch]

    def _judge(self, row: Row) -> Judged:
        held = [self._holders.get(identifier) for identifier in row.person.account.identifiers]
        subjects_held = [self._subject_holders.get(subject) for subject in row.person.subjects]
        account_ids = {account_id for account_id in (*held, *subjects_held) if account_id is not None}
        if not account_ids:
            return row
        account_id = min(account_ids)
        if len(account_ids) == 1 and None not in held and self._is_same(account_id, row.person):
            account = self._unit_of_work.accounts.get(account_id)
            return RowOutcome(Fate.EXISTS, None if account is None else account.uid)
        if all(each is None for each in held):
            return _refused(RowRefused("sub_taken", "Another account has one of these subjects."))
        return _refused(RowRefused("identifier_taken", "An account with other data holds this number, phone or email."))

    def _is_same(self, account_id: int, person: ImportedPerson) -> bool:
        """Written by an earlier run, as far as what never changes by itself tells: password and level may have."""
        if self._unit_of_work.accounts.attributes(account_id).name != person.account.name:
            return False
        subjects = self._unit_of_work.subjects.all_of(account_id) if person.subjects else {}
        return all(subjects.get(subject.sector) == subject.sub for subject in person.subjects)


def _refused(refused: RowRefused) -> RowOutcome:
    return RowOutcome(Fate.REFUSED, code=refused.code, reason=refused.reason)


def _event(written: WrittenAccount, person: ImportedPerson, now: Instant) -> Event:
    return Event(
        kind=Kind.AUDIT,
        action=Action.ACCOUNT_IMPORTED,
        at=now,
        account_id=written.id,
        data={"proofing": person.account.proofing.name},
    )
