"""The store of people."""

from collections.abc import Sequence
from typing import Protocol

from idp.clock import Instant
from idp.model.account import Account, AccountStatus, Attributes, Cap, Identifier, IdentifierKind, NewAccount


class Accounts(Protocol):
    """People."""

    def create(self, account: NewAccount) -> Account:
        """Write a person; raises `Refused("identifier_taken", …)` when another account holds an identifier."""

    def get(self, account_id: int) -> Account | None:
        """The person with this internal id."""

    def find(self, identifier: Identifier) -> Account | None:
        """The person who holds this identifier now, found by its blind index."""

    def attributes(self, account_id: int) -> Attributes:
        """The person's data, decrypted."""

    def verify(self, account_id: int, identifier: Identifier, at: Instant) -> bool:
        """Note that the person proved to hold this phone or mail address; the first time is kept, and is True."""

    def by_uid(self, uid: str) -> Account | None:
        """The person with this internal name."""

    def change_identifier(self, account_id: int, kind: IdentifierKind, new: Identifier | None, at: Instant) -> None:
        """Put one that was just proven in the place of those of its kind, or nothing; the history stays.

        Raises `Refused("identifier_taken", …)` when another account holds it; then only a rollback is left.
        """

    def name_self(self, account_id: int, name: str, number: Identifier, at: Instant) -> bool:
        """Write down name and number as the person says them, unverified: proofing becomes P1.

        What they had said before goes into history. False: something was proven of them before, or others brought their
        name, and nothing was written. Raises `Refused("identifier_taken", …)` when
        another account holds the number; then only a rollback is left.
        """

    def correct(self, account_id: int, name: str | None, document: Identifier | None, at: Instant) -> None:
        """Put another name in the place of the one that counts, and a document in that of those of its kind; None: as it is.

        Raises `Refused("identifier_taken", …)` when another account holds it; then only a rollback is left.
        """

    def add_document(self, account_id: int, document: Identifier, at: Instant) -> None:
        """One more that the person was shown to hold. Raises `Refused("identifier_taken", …)` as above."""

    def give_up_document(self, account_id: int, document: Identifier, at: Instant) -> bool:
        """The person is not found by it any more, and another may be; False: the account does not hold it."""

    def is_named_by_others(self, account_id: int) -> bool:
        """Whether the name in force came with the account, from an import or a window."""

    def cap(self, account_id: int, cap: Cap) -> None:
        """Hold the account below a level for a while; the one that was there before gives way."""

    def employ(self, account_id: int, since: Instant | None) -> bool:
        """Note that the person works for the city, or no more (None); False: that was known."""

    def restart(self, account_id: int, at: Instant) -> None:
        """From now on no sign-in of before opens it, one that is under way neither."""

    def hold(self, known: Account) -> bool:
        """Keep it as it is until the transaction ends; False: it may not sign in, or was restarted, since it was read."""

    def close_at(self, account_id: int, moment: Instant) -> bool:
        """Note when it is to be closed; False: that was asked for before, and stays."""

    def think_again(self, account_id: int, due_at: Instant | None = None) -> bool:
        """Take that back, or only if it was due by then; False: there was nothing to take back."""

    def due_to_close(self, now: Instant, limit: int) -> Sequence[int]:
        """So many people at most whose cooling-off is over, the first first."""

    def face_refused_at(self, account_id: int) -> Instant | None:
        """Since when the person does not want to be offered a face check; None: they may be."""

    def refuse_face(self, account_id: int, at: Instant) -> bool:
        """Note that they do not want it any more; False: that was noted before, and stays."""

    def allow_face(self, account_id: int) -> bool:
        """Take that back; False: there was nothing to take back."""

    def move(self, account_id: int, known: AccountStatus, status: AccountStatus) -> bool:
        """Freeze, unfreeze or close, from a status that was read before; False: it is another one by now, nothing was written."""

    def release_identifiers(self, account_id: int, at: Instant) -> None:
        """Let the person be found by nothing any more, and others take their numbers."""

    def any_sandbox(self) -> bool:
        """Whether sandbox people are in this store."""
