"""Ways that lead through an authority's own page: the person goes there, and what came of it is read from the authority."""

from dataclasses import dataclass
from typing import Protocol

from idp.accounts.act import Act
from idp.clock import Instant
from idp.model.policy import Proofing
from idp.ports import (
    ClaimedPerson,
    FaceChecks,
    FaceOrder,
    NetworkIdentityChecks,
    NetworkIdentityLevel,
    NetworkIdentityOrder,
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a source said, in the words of its port.

    Attributes:
        outcome: `match`, `mismatch`, `not_found`, `no_photo`, `pending`, `cancelled`, `down`, `untrusted` or `nothing`.
        reference: by which the source finds it again.
        at: when it looked.
        why: with `untrusted`, what was wrong with it, in one word for the log.
        proofing: what a match is worth, where that is less than its method can be.
    """

    outcome: str
    reference: str = ""
    at: Instant | None = None
    why: str = ""
    proofing: Proofing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who is to be asked about, for what.

    Attributes:
        binding: session, account, name and number: a result counts for these and nowhere else.
        purpose: one sentence in the person's language.
    """

    act: Act
    binding: str
    person: ClaimedPerson
    purpose: str
    return_url: str


class AuthorityPage(Protocol):
    """One way, whoever stands behind it."""

    def under_way(self, binding: str) -> str | None:
        """The page of one that was begun for this binding and has not ended."""

    def begin(self, order: Order) -> str | None:
        """The authority's page for this person; None: it is down."""

    def result(self, binding: str, act: Act) -> Told:
        """What became of it; a signed outcome is used up by being told."""


def face_page(checks: FaceChecks) -> AuthorityPage:
    """Faces are compared."""
    return _FacePage(checks)


def network_identity_page(checks: NetworkIdentityChecks) -> AuthorityPage:
    """The person shows their net id."""
    return _NetworkIdentityPage(checks)


@dataclass(frozen=True, slots=True)
class _FacePage:
    checks: FaceChecks

    def under_way(self, binding: str) -> str | None:
        return self.checks.under_way(binding)

    def begin(self, order: Order) -> str | None:
        return self.checks.begin(
            FaceOrder(
                binding=order.binding,
                name=order.person.name,
                citizen_number=order.person.document.value,
                purpose=order.purpose,
                language=order.act.language,
                consented_at=order.act.at,
                return_url=order.return_url,
            )
        )

    def result(self, binding: str, act: Act) -> Told:
        verdict = self.checks.verdict(binding, act.at)
        return Told(verdict.outcome.value, reference=verdict.verdict_id, at=verdict.decided_at, why=verdict.why)


@dataclass(frozen=True, slots=True)
class _NetworkIdentityPage:
    checks: NetworkIdentityChecks

    def under_way(self, binding: str) -> str | None:
        return self.checks.under_way(binding)

    def begin(self, order: Order) -> str | None:
        return self.checks.begin(
            NetworkIdentityOrder(
                binding=order.binding,
                person=order.person,
                purpose=order.purpose,
                language=order.act.language,
                consented_at=order.act.at,
                return_url=order.return_url,
            )
        )

    def result(self, binding: str, act: Act) -> Told:
        result = self.checks.result(binding, act.at)
        # The certificate alone shows that somebody holds a phone on which it lies: no more than name and number do.
        is_holder_seen = result.level in {NetworkIdentityLevel.SUBSTANTIAL, NetworkIdentityLevel.HIGH}
        return Told(
            result.outcome.value,
            reference=result.reference,
            at=result.decided_at,
            why=result.why,
            proofing=Proofing.P3 if is_holder_seen else Proofing.P2,
        )
