"""Refusals: a public text for everybody, a detail for the log."""

from idp.errors import Refused, RefusedAtClient, ReplyTo, Unavailable


def test_a_refusal_keeps_its_detail_out_of_its_text() -> None:
    refused = Refused("invalid_request", "Send it once.", detail="parameter 17")
    assert (refused.code, refused.public, refused.status, refused.detail) == (
        "invalid_request",
        "Send it once.",
        400,
        "parameter 17",
    )
    assert "17" not in str(refused)


def test_what_cannot_be_done_now_says_when_to_try_again() -> None:
    unavailable = Unavailable("Try again.", retry_after=7, detail="pool")
    assert isinstance(unavailable, Refused)
    assert (unavailable.code, unavailable.status, unavailable.retry_after) == ("temporarily_unavailable", 503, 7)


def test_a_refusal_for_a_client_knows_where_to_go() -> None:
    reply_to = ReplyTo(client_id="app", redirect_uri="https://app.example/cb", state="s", response_mode="query")
    refused = RefusedAtClient("access_denied", "No.", reply_to)
    assert (refused.code, refused.public, refused.reply_to) == ("access_denied", "No.", reply_to)
