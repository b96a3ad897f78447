"""The government website and the online hall (网站、网上办事大厅)."""

from idp.model.channel import Channel
from idp.model.client import TOKEN_EXCHANGE
from idp.model.policy import Level

CHANNEL = Channel(
    name="website",
    grants=frozenset({"authorization_code", "implicit", "refresh_token", "client_credentials", TOKEN_EXCHANGE}),
    factors=frozenset(
        {"password", "message_code", "one_time_code", "passkey", "recovery_code", "citizen_card", "face"}
    ),
    ceiling=Level.FIVE,
    session_seconds=12 * 3600,
    idle_seconds=3600,
)
