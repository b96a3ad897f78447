"""All verbs of signing in at hand, for tests that walk from a name to a session."""

from idp.interaction.message_code import MessageCodeProof
from idp.interaction.one_time_code import OneTimeCodeProof
from idp.interaction.password import PasswordProof
from idp.interaction.recovery_code import RecoveryCodeProof
from idp.interaction.who import Who
from idp.services import Services


class Verbs:
    """As the pages call them."""

    def __init__(self, services: Services) -> None:
        who, codes = Who(services), MessageCodeProof(services)
        self.name, self.register = who.name, who.register
        self.send_code, self.check_code = codes.send, codes.check
        self.check_password = PasswordProof(services).check
        self.check_one_time_code = OneTimeCodeProof(services).check
        self.check_recovery_code = RecoveryCodeProof(services).check
