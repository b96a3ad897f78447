"""All sources that this installation has; each is optional, and whoever needs one that is not there offers another way."""

from dataclasses import dataclass

from idp.ports.bank_accounts import BankAccounts
from idp.ports.card_reader import CardReader
from idp.ports.company_register import CompanyRegister
from idp.ports.face import FaceChecks
from idp.ports.network_identity import NetworkIdentityChecks
from idp.ports.population_register import PopulationRegister


@dataclass(frozen=True, slots=True, kw_only=True)
class Registers:
    """The filled ports; None: the settings name none.

    Who asks spends `proofing.budget.SourceBudget` first. The names by which events tell of them are those in
    `settings.sources`.

    Attributes:
        card_reader: desks ask through `proofing.card_reading.CardReadings`, which uses each question up.
        face: comparisons for proofing. It is the authority of `Services.face`, and keeps its own: what was begun as the
            second proof of a sign-in never counts as evidence, nor the other way round.
    """

    population: PopulationRegister | None = None
    company: CompanyRegister | None = None
    bank: BankAccounts | None = None
    net_id: NetworkIdentityChecks | None = None
    card_reader: CardReader | None = None
    face: FaceChecks | None = None
