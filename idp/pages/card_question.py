"""The question for a citizen card, as the script of its pages reads it and hands it to the bridge."""

import json
from collections.abc import Callable

from idp.http.response import Response, json_text
from idp.jose import base64url
from idp.model.citizen_card import is_terminal
from idp.ports import CardPurpose


def question_of(purpose: CardPurpose, unverified_terminal: str, ask: Callable[[], bytes]) -> Response:
    """What `POST /signatures` of the bridge wants, but for the PIN; `{}` where no terminal is named."""
    if not is_terminal(unverified_terminal):
        return json_text("{}")
    return json_text(json.dumps({"challenge": base64url(ask()), "purpose": purpose.value}))
