"""A person, an app and an office with everything of theirs that lies under a master key, and what can be read of it."""

from dataclasses import dataclass
from typing import Any

from idp.model.account import Identifier, IdentifierKind
from idp.model.citizen_card import SignedCard
from idp.model.credential import CredentialKind
from idp.model.dispute import Claim
from idp.model.known_network import KnownNetwork
from idp.model.namesake import NameAndYear
from idp.model.passkey import HANDLE_PURPOSE, NewPasskey
from idp.model.policy import Level
from idp.model.recovery import Basis
from idp.model.signing_key import KeyState, SigningKey
from idp.ports import Cipher, UnitOfWork
from idp.storage.stores import Storage
from tests.idp.storage.made import CITIZEN_ID, EMAIL, NAME, NOW, PHONE, client, new_account
from tests.idp.storage.test_drafts import DRAFT
from tests.idp.storage.test_mandates import new as new_mandate
from tests.idp.storage.test_offices import INVITATION

SERIAL = "5C3A506FE6234B96"
CODE = "1234 5678 9012 3456"
PASSKEY = NewPasskey(
    credential_id=b"passkey",
    public_key=b"key",
    sign_count=0,
    aaguid="00000000-0000-0000-0000-000000000000",
    transports=(),
    is_synced=False,
)
FORMER_PHONE = Identifier(IdentifierKind.PHONE, "+8613900000099")


@dataclass(frozen=True)
class Everything:
    """By what it is found again."""

    account_id: int
    uid: str
    invitation_id: int
    draft_id: int
    item_id: int
    dispute_id: int


def fill(storage: Storage, cipher: Cipher) -> Everything:
    """Write one of everything."""
    with storage.begin() as unit_of_work:
        person = unit_of_work.accounts.create(new_account(CITIZEN_ID, FORMER_PHONE, EMAIL))
        unit_of_work.accounts.change_identifier(person.id, IdentifierKind.PHONE, PHONE, NOW)
        unit_of_work.credentials.put(person.id, CredentialKind.PASSWORD, "hash of the password", NOW)
        unit_of_work.credentials.put(person.id, CredentialKind.ONE_TIME_CODE, "secret of the app", NOW)
        password = unit_of_work.credentials.get(person.id, CredentialKind.PASSWORD)
        assert password is not None
        unit_of_work.credentials.keep_former(password, 3, NOW)
        assert unit_of_work.passkeys.add(person.id, PASSKEY, "my phone", NOW)
        assert unit_of_work.recoveries.open(person.id, Basis.PROOF, "+8613900000088", NOW, NOW)
        unit_of_work.kept_answers.keep("caller", "key", b"asked", "an answer", NOW)
        key = SigningKey(kid="kid", alg="ES256", state=KeyState.ACTIVE, private_jwk="private", created_at=NOW)
        unit_of_work.signing_keys.add(key)
        unit_of_work.clients.save(client("signing-app", secrets=("one secret", "another")), NOW)
        digests_of(unit_of_work, cipher, person.id)
        claim = Claim(name=NAME, document=CITIZEN_ID, source="toy", reference="q", answered_at=NOW)
        claimant = unit_of_work.accounts.create(new_account(name=None))
        assert unit_of_work.disputes.open(claimant.id, person.id, claim, NOW)
        (dispute,) = unit_of_work.disputes.waiting(None, 1)
        filled = Everything(
            account_id=person.id,
            uid=person.uid,
            invitation_id=unit_of_work.invitations.add(INVITATION).id,
            draft_id=unit_of_work.drafts.add(DRAFT).id,
            dispute_id=dispute.id,
            item_id=unit_of_work.outbox.put("message", {"text": "482913"}, NOW, NOW),
        )
        unit_of_work.outbox.done(unit_of_work.outbox.put("message", {"text": "482913"}, NOW, NOW), NOW)
        unit_of_work.commit()
    return filled


def digests_of(unit_of_work: UnitOfWork, cipher: Cipher, account_id: int) -> None:
    """What only digests are kept of."""
    assert unit_of_work.citizen_cards.add(account_id, SignedCard(serial=SERIAL, public_key=b"key"), NOW)
    unit_of_work.recovery_codes.replace(account_id, [cipher.index("recovery_code", CODE)], NOW)
    unit_of_work.slips.issue(account_id, cipher.index("slip", CODE), Level.TWO, NOW, NOW)
    network = KnownNetwork(
        slot=0, digest=cipher.index("network", "n"), place_digest=cipher.index("place", "p"), seen_at=NOW
    )
    unit_of_work.known_networks.remember(account_id, network)
    unit_of_work.guesses.count(cipher.index("guess", "g"), 0, NOW)
    offered = new_mandate(
        agent_id=None, invitee=cipher.index("mandate_invitee", "i"), principal_id=account_id, accepted_at=None
    )
    assert unit_of_work.mandates.add(offered) is not None


def read(storage: Storage, cipher: Cipher, there: Everything) -> dict[str, Any]:
    """All of it in clear, as whoever needs it gets it."""
    with storage.begin() as unit_of_work:
        item = unit_of_work.outbox.claim(NOW, lease_seconds=0, limit=9)
        app = unit_of_work.clients.get("signing-app")
        assert app is not None
        told = {
            "person": unit_of_work.accounts.attributes(there.account_id),
            "found": [unit_of_work.accounts.find(each) for each in (CITIZEN_ID, PHONE, EMAIL, FORMER_PHONE)],
            "namesakes": unit_of_work.namesakes.page(NameAndYear(NAME, 1990), after=0, limit=9),
            "password": unit_of_work.credentials.get(there.account_id, CredentialKind.PASSWORD),
            "codes": unit_of_work.credentials.get(there.account_id, CredentialKind.ONE_TIME_CODE),
            "former": unit_of_work.credentials.former(there.account_id),
            "passkey": [each.name for each in unit_of_work.passkeys.of_account(there.account_id)],
            "recovery": unit_of_work.recoveries.waiting(there.account_id),
            "invitation": unit_of_work.invitations.get(there.invitation_id),
            "draft": unit_of_work.drafts.get(there.draft_id),
            "answer": unit_of_work.kept_answers.find("caller", "key"),
            "keys": unit_of_work.signing_keys.all(),
            "dispute": unit_of_work.disputes.get(there.dispute_id),
            "client": (app.secrets, app.sealed_secrets, app.client_name),
            "items": [(each.id, dict(each.payload)) for each in item],
        }
        unit_of_work.roll_back()
    return told


def handle_under(cipher: Cipher, version: int, there: Everything) -> bytes:
    """By what a device that was asked under this key calls the account."""
    return cipher.tag(HANDLE_PURPOSE, there.uid.encode(), version=version)
