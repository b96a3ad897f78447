"""Proof by a passkey: the device says whose it is, so nobody types a number first."""

from dataclasses import dataclass, replace

from idp.accounts.passkey_challenge import Binding, asked_at, new_challenge
from idp.accounts.passkeys import is_handle_of
from idp.accounts.tries import Expired
from idp.clock import Instant
from idp.interaction.outcomes import Attempt, Outcome, UnknownPasskey, Unproven
from idp.interaction.proof import Proven, refused
from idp.interaction.self_naming import SelfNamingProof
from idp.model.account import Account
from idp.model.interaction import Interaction
from idp.model.passkey import Passkey, PasskeyUse
from idp.ports import ClaimedPasskey, PasskeyRefused, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAnswer:
    """What the browser sent.

    Attributes:
        is_shared_device: whether the person said that this computer is shared.
        is_discovered: whether the account was chosen on the device, so that a number typed before counts no more.
    """

    unverified: str
    is_shared_device: bool = False
    is_discovered: bool = False


@dataclass(frozen=True, slots=True)
class _Claim:
    """An answer to a question of ours, and the passkey that it names; nothing of it is verified yet."""

    answer: PasskeyAnswer
    claimed: ClaimedPasskey
    asked: Instant
    passkey: Passkey
    account: Account


class PasskeyProof(SelfNamingProof):
    """A question that is answered by a device, and by nobody who guesses."""

    def options(self, interaction: Interaction, now: Instant) -> str:
        """What the browser is asked; of who is signed in, for their own passkeys alone."""
        challenge = new_challenge(self._services.cipher, _binding(interaction), now)
        login = interaction.login
        if login is None or login.second is None or login.account_id is None:
            return self._services.passkeys.request_options(challenge)
        with self._services.begin() as unit_of_work:
            own = unit_of_work.passkeys.of_account(login.account_id)
        return self._services.passkeys.request_options(challenge, own)

    def check(self, attempt: Attempt, answer: PasskeyAnswer) -> Outcome:
        """Sign in the owner of the passkey."""
        services, interaction = self._services, _as_asked(attempt.interaction, answer)
        claimed = services.passkeys.claimed(answer.unverified)
        if claimed is None:
            return Unproven()
        asked = asked_at(services.cipher, _binding(interaction), claimed.unverified_challenge, attempt.now)
        if asked is None:
            return Expired()
        with services.begin() as unit_of_work:
            passkey = unit_of_work.passkeys.find(claimed.unverified_credential_id)
            account = None if passkey is None else unit_of_work.accounts.get(passkey.account_id)
            if passkey is None or account is None:
                _note(unit_of_work, None, attempt, "unknown_passkey")
                return UnknownPasskey(claimed.unverified_credential_id)
            claim = _Claim(answer, claimed, asked, passkey, account)
            shown = self._shown(claim, interaction)
            if isinstance(shown, str):
                _note(unit_of_work, account, attempt, shown)
                return Unproven()

            def use() -> Outcome | None:
                if unit_of_work.passkeys.use(claim.passkey, shown, attempt.now):
                    return None
                unit_of_work.events.record(refused(claim.account, attempt, "used_passkey"))
                return Unproven()

            asked_here = replace(attempt, interaction=interaction)
            named = self._named(unit_of_work, asked_here, account, is_shared_device=answer.is_shared_device)
            counted = self._uncounted(account, attempt)
            return self._signed_in(unit_of_work, account, counted, named, Proven(passkey.method, use=use))

    def _shown(self, claim: _Claim, interaction: Interaction) -> PasskeyUse | str:
        """What it is used up by; or why it proves nothing, as the log calls it."""
        if not self._is_meant(claim, interaction):
            return "passkey_of_another"
        try:
            sign_count = self._services.passkeys.asserted(
                claim.answer.unverified, claim.claimed.unverified_challenge, claim.passkey
            )
        except PasskeyRefused:
            return "wrong_passkey"
        if claim.passkey.sign_count and sign_count <= claim.passkey.sign_count:
            return "copied_passkey"  # two devices count apart (WebAuthn §6.1.1); other ways stay open
        return PasskeyUse(
            sign_count=sign_count,
            challenged_at=claim.asked,
            challenge=claim.claimed.unverified_challenge,
            user_handle=claim.claimed.unverified_user_handle,
        )

    def _is_meant(self, claim: _Claim, interaction: Interaction) -> bool:
        """Whether the passkey is that of the account it says, and of the person who was named, if one was (threat I05)."""
        handle, login = claim.claimed.unverified_user_handle, interaction.login
        if handle is None:
            is_owner = login is not None and login.second is not None
        else:
            is_owner = is_handle_of(self._services.cipher, handle, claim.account, claim.passkey)
        return is_owner and (login is None or login.account_id == claim.account.id)


def _as_asked(interaction: Interaction, answer: PasskeyAnswer) -> Interaction:
    is_second = interaction.login is not None and interaction.login.second is not None
    return interaction.without_login() if answer.is_discovered and not is_second else interaction


def _note(unit_of_work: UnitOfWork, account: Account | None, attempt: Attempt, why: str) -> None:
    unit_of_work.events.record(refused(account, attempt, why))
    unit_of_work.commit()


def _binding(interaction: Interaction) -> Binding:
    return Binding("get", interaction.browser, interaction.id)
