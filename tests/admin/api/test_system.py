"""How it stands: each part that does not work says so (S1)."""

import pytest

from admin.operations.system import LATE_SECONDS, UNSEALED_SECONDS
from idp.accounts.carrier_health import CarrierHealth
from idp.app import Installation
from idp.audit.sealer import Sealer
from idp.clock import after
from idp.model.message import MESSAGE, Medium
from idp.model.office import OFFICERS, Role
from idp.ports import DeliveryResult
from tests.admin.api.api_client import Api, api_of, of_officers, register_apps
from tests.admin.officers import officer
from tests.idp.audit.test_verify import KEY
from tests.idp.installed import Moment


@pytest.fixture
def system(installation: Installation) -> Api:
    register_apps(installation, of_officers())
    return api_of(officer(installation, Role.SYSTEM))


def stands(system: Api) -> dict[str, tuple[str, str]]:
    return {each["part"]: (each["state"], each["why"]) for each in system("GET", "/system").json["parts"]}


def test_what_does_not_work_says_so(installation: Installation, system: Api, clock: Moment) -> None:
    """Mutations: a carrier that is down is well; what has waited for long; two of three officers are three."""
    services = installation.services
    told = stands(system)
    assert told["stores"] == ("well", "answers")
    assert told["sms"] == ("well", "takes")
    assert told["voice"] == ("look", "unset")
    assert told["queue"] == ("well", "waiting")
    assert told["log"] == ("look", "never_sealed")
    assert told["officers"] == ("bad", "missing")
    assert told["envelope"] == ("look", "never_sealed")
    CarrierHealth(services.ephemeral).note(
        Medium.SMS, DeliveryResult(is_accepted=False, may_retry=True, reason="no_route")
    )
    assert stands(system)["sms"] == ("bad", "refuses")
    for role in OFFICERS[1:]:
        officer(installation, role)
    with services.begin() as unit_of_work:
        unit_of_work.outbox.put(MESSAGE, {}, services.clock(), after(services.clock(), 9_000), "notice sms")
        unit_of_work.envelopes.seal(b"digest", services.clock())
        unit_of_work.commit()
    clock.pass_by(LATE_SECONDS + 1)
    told = stands(system)
    assert told["queue"] == ("bad", "late")
    assert told["officers"] == ("well", "complete")
    assert told["envelope"] == ("well", "sealed")


def test_a_log_that_nobody_seals_any_more_is_told(installation: Installation, system: Api, clock: Moment) -> None:
    """Mutation: that there is a seal is enough."""
    assert Sealer(installation.storage.audit_log(), KEY, clock).seal() > 0
    clock.pass_by(UNSEALED_SECONDS + 1)
    assert stands(system)["log"] == ("well", "sealed"), "nothing is left unsealed"
    officer(installation, Role.AUDIT)
    assert stands(system)["log"] == ("well", "sealed"), "its time has not come"
    clock.pass_by(UNSEALED_SECONDS + 1)
    assert stands(system)["log"] == ("bad", "unsealed")
