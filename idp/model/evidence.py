"""What shows who a person is: who looked, how, when, and until when that counts. Never what they looked at."""

from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant
from idp.model.policy import Proofing


class EvidenceMethod(StrEnum):
    """How somebody made sure."""

    IMPORTED = "imported"
    """Another system says that it did."""
    TWO_ELEMENTS = "two_elements"
    """The population register has this name with this number."""
    THREE_ELEMENTS = "three_elements"
    """The same, and the phone is theirs."""
    BANK_ACCOUNT = "bank_account"
    """A bank has name, number, phone and card together."""
    FACE = "face"
    """An authority compared the face with its photo."""
    CHIP = "chip"
    """A reader that the city trusts read the chip of the card."""
    NETWORK_IDENTITY = "network_identity"
    """The national network identity service says who it is (网号网证)."""
    IN_PERSON = "in_person"
    """A clerk at a window saw the person and the document."""
    CERTIFICATE = "certificate"
    """A qualified certificate."""


WORTH = {
    EvidenceMethod.TWO_ELEMENTS: Proofing.P2,
    EvidenceMethod.THREE_ELEMENTS: Proofing.P2,
    EvidenceMethod.BANK_ACCOUNT: Proofing.P3,
    EvidenceMethod.FACE: Proofing.P3,
    EvidenceMethod.CHIP: Proofing.P3,
    EvidenceMethod.NETWORK_IDENTITY: Proofing.P3,
    EvidenceMethod.IN_PERSON: Proofing.P4,
    EvidenceMethod.CERTIFICATE: Proofing.P4,
}
"""What each proves at most (MISSION, Levels); what was imported says itself what it is worth."""


class WithdrawalReason(StrEnum):
    """Why evidence counts no more, although its time is not over."""

    DISPUTED = "disputed"
    """The number is another person's."""
    SUPERSEDED = "superseded"
    """The name or the number is another one now."""
    WRONG = "wrong"
    """It should never have been recorded."""
    DECEASED = "deceased"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvidence:
    """Evidence to be written.

    Attributes:
        source: the name of the register or authority, as settings enable it; of an import the word `import`.
        proofing: what it is worth.
        verified_at: when they looked; None: an import does not know.
        expires_at: from when on it counts no more; None: it does not run out.
        operator_id: the account of the clerk who saw to it; None: nobody stood between.
        reference: by which the source finds its own answer again; nothing personal.
    """

    source: str
    method: EvidenceMethod
    proofing: Proofing
    verified_at: Instant | None
    expires_at: Instant | None = None
    operator_id: int | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(NewEvidence):
    """Evidence as it is stored; it is withdrawn once, and never deleted before its person is.

    Attributes:
        check_id: a random name of this check, which apps may be told.
        recorded_at: when it was written.
    """

    id: int
    check_id: str
    recorded_at: Instant
    withdrawn_at: Instant | None = None
    withdrawn_why: WithdrawalReason | None = None

    def counts_at(self, now: Instant) -> bool:
        """Whether it is worth something."""
        return self.withdrawn_at is None and (self.expires_at is None or now < self.expires_at)
