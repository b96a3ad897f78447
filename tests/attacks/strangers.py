"""People for threat G01: those whom the server knows, and names that nobody has, alike in everything else."""

from itertools import count

from idp.model.account import Identifier, IdentifierKind, NewAccount
from idp.model.credential import CredentialKind
from idp.model.policy import Proofing
from realnames.identifiers.citizen_id import complete
from tests.attacks.rig import Target

_numbers = count(1)


def unknown_phone() -> str:
    """A mobile number of nobody."""
    return f"137{next(_numbers):08}"


def unknown_citizen_id() -> str:
    """A well-formed number of province 89 that nobody has."""
    return complete(f"89010119700101{next(_numbers) % 999:03}")


def known_phone(target: Target, password_hash: str) -> str:
    """The mobile number of a person who is no sandbox person, so that nothing sets known people apart by that."""
    return known_person(target, password_hash)[0]


def known_person(target: Target, password_hash: str) -> tuple[str, str]:
    """The mobile and the citizen number of such a person."""
    phone, citizen_id = unknown_phone(), unknown_citizen_id()
    services = target.idp.installation.services
    account = NewAccount(
        name="测试人",
        identifiers=(
            Identifier(IdentifierKind.PHONE, f"+86{phone}"),
            Identifier(IdentifierKind.CITIZEN_ID, citizen_id),
        ),
        proofing=Proofing.P2,
        proofed_at=services.clock(),
        is_sandbox=False,
        created_at=services.clock(),
    )
    with services.begin() as unit_of_work:
        created = unit_of_work.accounts.create(account)
        unit_of_work.credentials.put(created.id, CredentialKind.PASSWORD, password_hash, services.clock())
        unit_of_work.commit()
    target.log.keep_out(phone, citizen_id)
    return phone, citizen_id
