"""Everything that a person left with us to sign in by, taken away at once."""

from idp.model.credential import CredentialKind
from idp.ports import UnitOfWork


def drop_factors(unit_of_work: UnitOfWork, account_id: int) -> list[CredentialKind]:
    """Forget all of it; which kinds there were. Phone and mail address are none of these: they are held elsewhere."""
    dropped = list(unit_of_work.credentials.kinds(account_id))
    unit_of_work.credentials.remove_all(account_id)  # former passwords, too, of who has none at present
    if unit_of_work.passkeys.remove_all(account_id):
        dropped.append(CredentialKind.PASSKEY)
    if unit_of_work.citizen_cards.remove_all(account_id):
        dropped.append(CredentialKind.CITIZEN_CARD)
    if unit_of_work.recovery_codes.remove(account_id):
        dropped.append(CredentialKind.RECOVERY_CODE)
    return dropped
