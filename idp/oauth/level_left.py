"""What is left of the level that a sign-in reached: evidence of who the person is runs out, or is taken back.

Sessions are asked what they are worth at each new request. What was granted before says the level of its sign-in, so it is
asked again whenever tokens are issued or told about.
"""

from dataclasses import replace

from idp.clock import Instant
from idp.model.authorization import Standing
from idp.model.policy import Level
from idp.oauth.extensions.openid import essential_acr_of
from idp.policy.levels import acr_of, kept, level_of
from idp.settings import Settings


class LevelLeft:
    """Lowers; nothing raises a level but a sign-in."""

    def __init__(self, settings: Settings) -> None:
        self._table = settings.policy.levels
        self._prefix = settings.policy.acr_prefix

    def of(self, standing: Standing, now: Instant) -> Standing:
        """The same with `acr` as it is true now."""
        authorization = standing.authorization
        grant = authorization.grant
        reached = level_of(grant.acr, self._prefix) or Level.NONE
        left = kept(self._table, reached, standing.account.proofed(now).level)
        if left == reached:
            return standing
        lowered = replace(grant, acr=acr_of(left, self._prefix))
        return replace(standing, authorization=replace(authorization, grant=lowered))

    def is_enough(self, standing: Standing) -> bool:
        """Whether the level is still one that the app called essential, where it called any so (OIDC Core §5.5.1.1)."""
        grant = standing.authorization.grant
        asked = [level_of(acr, self._prefix) for acr in essential_acr_of(grant.claims)]
        reached = level_of(grant.acr, self._prefix) or Level.NONE
        return not asked or any(level is not None and level <= reached for level in asked)
