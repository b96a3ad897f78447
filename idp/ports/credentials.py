"""Stores of what people prove themselves with, and of how often somebody guessed at it."""

from collections.abc import Sequence
from typing import Protocol

from idp.clock import Instant
from idp.model.credential import Credential, CredentialKind, Guesses, RecoveryCodeBatch
from idp.model.passkey import NewPasskey, Passkey, PasskeyUse


class Credentials(Protocol):
    """Stored factors."""

    def get(self, account_id: int, kind: CredentialKind) -> Credential | None:
        """The person's factor of this kind."""

    def put(self, account_id: int, kind: CredentialKind, secret: str, at: Instant) -> None:
        """Set or replace it; the secret is encrypted at rest. What was used of the one before is forgotten with it."""

    def former(self, account_id: int) -> Sequence[str]:
        """Hashes of passwords that the person had before, the last one first; kept of staff alone."""

    def keep_former(self, known: Credential, most: int, at: Instant) -> None:
        """Keep this one beside those before it, so many at most; encrypted at rest."""

    def forget_former(self, account_id: int) -> None:
        """Forget the passwords that the person had before."""

    def improve(self, known: Credential, secret: str) -> None:
        """Write the same factor in a better form, unless it was replaced meanwhile; when it was set stays as it is."""

    def use_step(self, account_id: int, step: int, at: Instant) -> bool:
        """Use up this time step of the one-time codes with all before it; False: it was used up already.

        One statement decides, so of many who bring the same code at once one is told True, whatever process they meet.
        """

    def remove(self, account_id: int, kind: CredentialKind) -> bool:
        """Forget the person's factor of this kind; False: there was none."""

    def kinds(self, account_id: int) -> Sequence[CredentialKind]:
        """The kinds of factors that the person has."""

    def remove_all(self, account_id: int) -> None:
        """Forget every factor of the person."""


class Passkeys(Protocol):
    """Passkeys, several per person."""

    def find(self, credential_id: bytes) -> Passkey | None:
        """The passkey with this credential id, whosever it is."""

    def of_account(self, account_id: int) -> Sequence[Passkey]:
        """Those of one person, the oldest first."""

    def add(
        self, account_id: int, new: NewPasskey, name: str, at: Instant, *, user_handle: bytes | None = None
    ) -> bool:
        """Write it; False when its credential id is known, whosever it is (WebAuthn §7.1, step 26).

        Args:
            user_handle: by what its device was told to call the account.
        """

    def use(self, passkey: Passkey, use: PasskeyUse, at: Instant) -> bool:
        """Note an answer; False when it answers no newer question than one before: it was sent twice.

        One statement decides, so of many who bring the same answer at once one is told True, whatever process they meet.
        """

    def rename(self, passkey: Passkey, name: str) -> None:
        """Call it something else; the name is encrypted at rest."""

    def remove(self, account_id: int, passkey_id: int) -> bool:
        """Forget one; False: the person has none with this id."""

    def remove_all(self, account_id: int) -> int:
        """Forget all of the person; how many there were."""


class RecoveryCodeBatches(Protocol):
    """The recovery codes of people, of which digests are kept; each person has one batch at most."""

    def replace(self, account_id: int, digests: Sequence[bytes], at: Instant) -> None:
        """Write a new batch; with that no code of the one before works any more, used or not."""

    def batch(self, account_id: int) -> RecoveryCodeBatch | None:
        """What is left of the person's codes; None: they never made any."""

    def use(self, account_id: int, digests: Sequence[bytes], at: Instant) -> bool:
        """Use up the code with one of these digests; False: there is none, or it was used up already.

        One statement decides, so of many who bring the same code at once one is told True, whatever process they meet.
        """

    def are_kept(self, account_id: int, digests: Sequence[Sequence[bytes]]) -> bool:
        """Whether each is a code of the person's present batch, under one of its digests; used or not."""

    def is_used(self, account_id: int, digests: Sequence[bytes]) -> bool:
        """Whether it is a code of the person's present batch that was used up."""

    def remove(self, account_id: int) -> bool:
        """Forget the person's batch; False: there was none."""


class GuessCounters(Protocol):
    """Tries per subject; the subject is a digest that is the same for all spellings and doors."""

    def get(self, subject: bytes) -> Guesses | None:
        """Tries since the last success."""

    def count(self, subject: bytes, seen: int, at: Instant) -> bool:
        """Add one try if `seen` is still the number of failures; False: somebody else counted in between."""

    def clear(self, subject: bytes) -> None:
        """Forget them: the right person came."""
