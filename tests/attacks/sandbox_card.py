"""A card of the office that a running identity provider knows, with no account behind it."""

import json

from examples.citizen_card.office import open_office
from idp.cli.demo_city import CARD_PIN
from idp.jose import base64url
from tests.attacks.rig import Browser
from tests.plugins.running_idp import RunningIdp


class SandboxCard:
    """On the reader of somebody who needs no bridge."""

    def __init__(self, idp: RunningIdp) -> None:
        self._office = open_office(idp.cards, ["of nobody"], CARD_PIN)
        self._office.reader.card = self._office.card_of("of nobody")
        self._issuer = idp.issuer

    def signs(self, browser: Browser) -> str:
        """An answer to the question of the page that the browser is on."""
        terminal = self._office.terminal
        asked = browser.get(f"{browser.here}/question?terminal={terminal}").json()
        statement = json.dumps({**asked, "origin": self._issuer, "terminal": terminal}).encode()
        certificate, signature = self._office.sign(statement, CARD_PIN)
        told = {
            "certificate": certificate,
            "statement": base64url(statement),
            "signature": base64url(signature),
        }
        return json.dumps(told)
