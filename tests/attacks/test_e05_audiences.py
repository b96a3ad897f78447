"""Threat E05: an assertion made for another server opens nothing here, whoever lured the client into making it."""

import pytest

from tests.attacks.machines import DOORS, is_refused, is_welcome, new_machine
from tests.attacks.rig import Target

FOREIGN = ("https://as.evil.test", "https://as.evil.test/token")


@pytest.mark.parametrize("door", DOORS)
def test_only_we_are_meant(target: Target, door: str) -> None:
    """Mutation: `any` instead of `all` in `ClientAssertion.fault`."""
    machine, issuer = new_machine(target), target.issuer
    for audience in (issuer, f"{issuer}/token", [issuer], [issuer, f"{issuer}/token"]):
        assert is_welcome(machine.come(machine.assertion(aud=audience), door)), audience
    wrong: list[object] = [
        *FOREIGN,
        *([ours, foreign] for ours in (issuer, f"{issuer}/token") for foreign in FOREIGN),
        *([foreign, issuer] for foreign in FOREIGN),
        f"{issuer}/", f"{issuer}//token", f"{issuer}/token/", f"{issuer}/authorize", f"{issuer}:443", issuer.upper(),
        f"{issuer}.evil.test", f"{issuer}@evil.test", f" {issuer}", [], [[issuer]], {issuer: 1}, [issuer, None], "", "*",
    ]  # fmt: skip
    for foreign in wrong:
        assert is_refused(machine.come(machine.assertion(aud=foreign), door)), foreign


@pytest.mark.parametrize("door", DOORS)
def test_gov_high_means_the_issuer_as_one_string(target: Target, door: str) -> None:
    """FAPI 2.0 §5.3.2.1: where a list or an endpoint could be swapped for another server's (CVE-2025-27370)."""
    machine, issuer = new_machine(target, profile="gov-high"), target.issuer
    assert is_welcome(machine.come(machine.assertion(), door))
    for audience in (f"{issuer}{door}", f"{issuer}/token", [issuer], [issuer, issuer]):
        assert is_refused(machine.come(machine.assertion(aud=audience), door)), audience
