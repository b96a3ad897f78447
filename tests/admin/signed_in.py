"""A person who is signed in, at an app of the officers' tests."""

from idp.app import Installation
from idp.model.account import Account
from idp.model.policy import Method
from idp.model.session import Session
from idp.sessions.begin import SignIn, begin


def signed_in(installation: Installation, account: Account, channel: str = "website") -> Session:
    services = installation.services
    sign_in = SignIn(
        account_id=account.id,
        methods=(Method.PASSWORD,),
        channel=services.channels[channel],
        is_shared_device=False,
        at=services.clock(),
    )
    with services.begin() as unit_of_work:
        session, _ = begin(unit_of_work, sign_in, None)
        unit_of_work.sessions.join(session.id, "officers-tool", services.clock())
        unit_of_work.commit()
    return session
