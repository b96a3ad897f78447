"""A person stops acting for another at one app of this session: what the app got for it dies, and it hears of a sign-out.

Nothing of the mandate ends, and the person stays signed in: who goes there again says anew for whom they act.
"""

from dataclasses import replace

from idp.accounts.act import Act
from idp.events import Action
from idp.services import Services
from idp.sessions import logout
from idp.sessions.hold import hold


def leave(services: Services, act: Act, client_id: str) -> bool:
    """False: the person acts for nobody there."""
    session = act.visitor.session
    with services.begin() as unit_of_work:
        hold(unit_of_work, act.visitor)
        if client_id not in {each.client_id for each in unit_of_work.authorizations.acting_in(session.id)}:
            return False
        unit_of_work.authorizations.revoke_of_session_at(session.id, client_id, act.at)
        logout.promise_to(unit_of_work, client_id, session, act.at)
        unit_of_work.sessions.leave(session.id, client_id)
        unit_of_work.events.record(replace(act.event(Action.APP_SIGNED_OUT), client_id=client_id))
        unit_of_work.commit()
    return True
