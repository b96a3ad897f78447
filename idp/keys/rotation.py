"""The life of a signing key: published (next), signing (active), verifying only (retired), gone."""

from collections.abc import Sequence

from idp.clock import Instant, after
from idp.errors import Refused
from idp.events import Action, Event, Kind
from idp.jose import ALGORITHMS, generate, thumbprint
from idp.model.signing_key import KeyState, SigningKey
from idp.ports import UnitOfWork


def ensure(unit_of_work: UnitOfWork, now: Instant) -> Sequence[str]:
    """Give every algorithm an active and a next key; the kids that were made. Safe to repeat."""
    there = {(key.alg, key.state) for key in unit_of_work.signing_keys.all()}
    wanted = [(alg, state) for alg in ALGORITHMS for state in (KeyState.ACTIVE, KeyState.NEXT)]
    return [_make(unit_of_work, alg, state, now) for alg, state in wanted if (alg, state) not in there]


def rotate(unit_of_work: UnitOfWork, alg: str, now: Instant, *, publish_ahead: int, at_once: bool = False) -> str:
    """Let the next key sign, retire the active one and publish a new next key.

    Args:
        publish_ahead: seconds the next key must have been in the JWKS, so that no app meets an unknown kid.
        at_once: for a key that leaked: do not wait for that, and stop publishing the old key, so that nobody trusts it.

    Returns:
        The kid that signs now.
    """
    keys = [key for key in unit_of_work.signing_keys.all() if key.alg == alg]
    coming = next((key for key in keys if key.state is KeyState.NEXT), None)
    if coming is None:
        raise Refused("invalid_request", f"There is no next {alg} key; run `idp migrate` first.")
    ready_at = after(coming.created_at, publish_ahead)
    if now < ready_at and not at_once:
        raise Refused(
            "invalid_request",
            f"The next {alg} key is published for {now - coming.created_at} of {publish_ahead} seconds; "
            "wait, or use --at-once if the active key leaked.",
        )
    for key in keys:
        if key.state is KeyState.ACTIVE:
            unit_of_work.signing_keys.move(key.kid, KeyState.RETIRED, now)
            _record(unit_of_work, Action.KEY_RETIRED, key.kid, alg, now)
            if at_once:
                unit_of_work.signing_keys.remove(key.kid)
    unit_of_work.signing_keys.move(coming.kid, KeyState.ACTIVE, now)
    _record(unit_of_work, Action.KEY_ACTIVATED, coming.kid, alg, now)
    _make(unit_of_work, alg, KeyState.NEXT, now)
    return coming.kid


def drop_expired(unit_of_work: UnitOfWork, now: Instant, *, retain: int) -> Sequence[str]:
    """Take retired keys out of the JWKS once their last token has expired; the kids that went."""
    gone = [
        key.kid
        for key in unit_of_work.signing_keys.all()
        if key.state is KeyState.RETIRED and key.retired_at is not None and now >= after(key.retired_at, retain)
    ]
    for kid in gone:
        unit_of_work.signing_keys.remove(kid)
    return gone


def _make(unit_of_work: UnitOfWork, alg: str, state: KeyState, now: Instant) -> str:
    private_jwk = generate(alg)
    kid = thumbprint(private_jwk)
    activated_at = now if state is KeyState.ACTIVE else None
    unit_of_work.signing_keys.add(
        SigningKey(kid=kid, alg=alg, state=state, private_jwk=private_jwk, created_at=now, activated_at=activated_at)
    )
    _record(unit_of_work, Action.KEY_GENERATED, kid, alg, now)
    return kid


def _record(unit_of_work: UnitOfWork, action: Action, kid: str, alg: str, now: Instant) -> None:
    unit_of_work.events.record(Event(kind=Kind.AUDIT, action=action, at=now, data={"kid": kid, "alg": alg}))
