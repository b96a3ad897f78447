"""The mobile app (移动客户端), a native client of RFC 8252."""

from idp.model.channel import Channel
from idp.model.policy import Level

CHANNEL = Channel(
    name="app",
    grants=frozenset({"authorization_code", "refresh_token"}),
    factors=frozenset({"password", "message_code", "one_time_code", "passkey", "recovery_code", "face"}),
    ceiling=Level.FIVE,
    session_seconds=30 * 24 * 3600,
    idle_seconds=7 * 24 * 3600,
)
