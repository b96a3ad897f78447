"""What those who work here did, counted out of the log (A5, threat M09)."""

from datetime import datetime

import pytest

from admin.operations.conduct import is_odd
from idp.app import Installation
from idp.clock import CITY_TIME, Instant
from idp.model.office import Role
from tests.admin.api.api_client import api_of, of_officers, register_apps
from tests.admin.officers import officer
from tests.idp.installed import Moment, new_person


def test_looks_and_reasons_are_counted_by_who_looked(installation: Installation, clock: Moment) -> None:
    """Mutations: the person counts as who did it; two looks are two people; another role reads it; it reaches too far back."""
    register_apps(installation, of_officers())
    person = new_person(installation)
    looker, idle = officer(installation, Role.SECURITY), officer(installation, Role.SYSTEM)
    security, system = api_of(looker), api_of(idle)
    for _ in range(2):
        assert security("GET", f"/people/{person.uid}").status == 200
    security("POST", f"/people/{person.uid}/reveal", {"member": "phone", "why": "asked"})
    security("POST", f"/people/{person.uid}/freeze", {"reason": "lost"})
    held = officer(installation, Role.AUDIT)
    told = api_of(held)("GET", "/officers/conduct").json["officers"]
    (row,) = [each for each in told if each["role"] == "security"]
    assert (row["looks"], row["people"], row["done"], row["name"]) == (3, 1, 1, "王芳"), "whoever decides looks, too"
    assert row["revealed"] == [{"member": "phone", "why": "asked", "times": 1}]
    assert security("GET", "/officers/conduct").status == system("GET", "/officers/conduct").status == 403
    assert api_of(held)("GET", "/officers/conduct?days=0").status == 400
    clock.pass_by(2 * 86_400)
    held.sign_in(held.browser.get("/console"))
    assert api_of(held)("GET", "/officers/conduct?days=1").json["officers"] == []
    page = held.browser.get("/console/conduct").body.decode()
    assert "手机号 · 本人请求帮助 · 1" in page


@pytest.mark.parametrize(
    ("moment", "odd"),
    [
        ("2026-11-30T06:59", True),
        ("2026-11-30T07:00", False),
        ("2026-11-30T19:00", False),
        ("2026-11-30T20:00", True),
        ("2026-11-28T12:00", True),
        ("2026-11-29T12:00", True),
    ],
)
def test_an_hour_at_which_nobody_is_expected_to_work(moment: str, odd: bool) -> None:
    assert is_odd(Instant(int(datetime.fromisoformat(moment).replace(tzinfo=CITY_TIME).timestamp()))) is odd
