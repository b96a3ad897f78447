"""The sandbox card office: citizen cards of software, a reader on a page, and the bridge that real readers have.

    python examples/citizen_card/citizen_card.py --state .run/cards --origin http://localhost:8000 --card 张三

An independent program: the standard library, and `cryptography` for keys and certificates. Its bridge speaks
`docs/contracts/card_bridge.json` on the loopback. On its page one puts a card on the reader and takes it off, reports it
lost, or unlocks it. `--only-issuer` makes the folder and ends.
"""

import argparse
import json
import signal
import sys
import threading
from html import escape
from http import HTTPStatus
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from examples.citizen_card.bridge import Bridge
    from examples.citizen_card.listener import Handler, Listener, RequestError
    from examples.citizen_card.office import TRIES, Card, Office, open_office
else:
    from bridge import Bridge
    from listener import Handler, Listener, RequestError
    from office import TRIES, Card, Office, open_office

FOLDER = Path(__file__).parent
PAGE = Template((FOLDER / "page.html").read_text("utf-8"))
TEXTS: dict[str, dict[str, str]] = json.loads((FOLDER / "texts.json").read_text("utf-8"))
ACTS = ("put", "take", "take_early", "plug", "unplug", "lose", "find", "unlock")


class Desk(Handler):
    """One connection of whoever plays with cards."""

    def respond(self) -> None:
        """GET / and the stylesheet; POST / act=put&card=…, as the buttons of the page do."""
        path = self.path.partition("?")[0]
        if self.command == "POST" and path == "/":
            self._act()
        elif path == "/citizen_card.css":
            self.answer(HTTPStatus.OK, "text/css; charset=utf-8", (FOLDER / "citizen_card.css").read_bytes())
        elif self.command == "GET" and path == "/":
            page = render_page(self.server.office, self._language())
            self.answer(HTTPStatus.OK, "text/html; charset=utf-8", page.encode())
        else:
            raise RequestError(HTTPStatus.NOT_FOUND, "not_found")

    def _act(self) -> None:
        # A form of another site names that site, or nothing (RFC 6454 §7): it does not get in.
        if self.headers.get("Origin", "") != f"http://{self.headers['Host']}":
            raise RequestError(HTTPStatus.FORBIDDEN, "another_site")
        form = parse_qs(self.read_body("application/x-www-form-urlencoded").decode("ascii", "replace"))
        act, label = (form.get(name, [""])[0] for name in ("act", "card"))
        if act not in ACTS:
            raise RequestError(HTTPStatus.BAD_REQUEST, "invalid_request")
        do(self.server.office, act, self.server.office.card_of(label))
        self.answer(HTTPStatus.SEE_OTHER, "", b"", ("Location", f"/?lang={self._language()}"))

    def _language(self) -> str:
        asked = parse_qs(self.path.partition("?")[2]).get("lang", [""])[0]
        accepted = self.headers.get("Accept-Language", "zh").lower()
        language = asked or ("zh-CN" if accepted.startswith("zh") else "en")
        return language if language in TEXTS else "zh-CN"


def do(office: Office, act: str, card: Card | None) -> None:
    """What a button does; those of one card do nothing without it."""
    with office.lock:
        reader = office.reader
        if act in {"take", "take_early"}:
            reader.takes_away = act == "take_early"
            reader.card = reader.card if reader.takes_away else None
        elif act in {"plug", "unplug"}:
            reader.is_plugged = act == "plug"
        elif card is None:
            return
        elif act == "put":
            reader.card, reader.takes_away = card, False
        elif act == "unlock":
            card.tries_left = TRIES
            office.save()
        else:
            office.list_lost(office.lost() | {card.serial} if act == "lose" else office.lost() - {card.serial})


def render_page(office: Office, language: str) -> str:
    """The reader on top, then the cards."""
    texts, reader, lost = TEXTS[language], office.reader, office.lost()
    held = texts["reader_empty"] if reader.card is None else texts["reader_has"].format(card=escape(reader.card.label))
    rows = "".join(_row(card, texts, is_on=card is reader.card, is_lost=card.serial in lost) for card in office.cards)
    plug = "unplug" if reader.is_plugged else "plug"
    return PAGE.substitute(
        texts,
        lang=language,
        state=held if reader.is_plugged else texts["reader_unplugged"],
        plug=plug,
        plug_text=texts[plug],
        cards=rows,
        pin=escape(office.cards[0].pin if office.cards else ""),
    )


def _row(card: Card, texts: dict[str, str], *, is_on: bool, is_lost: bool) -> str:
    states = [texts["on_reader"]] * is_on + [texts["is_lost"]] * is_lost + [texts["locked"]] * (not card.tries_left)
    acts = ["take", "take_early"] if is_on else ["put"]
    acts += ["find" if is_lost else "lose"] + ["unlock"] * (card.tries_left < TRIES)
    buttons = "".join(f'<button name="act" value="{act}">{texts[act]}</button> ' for act in acts)
    told = " · ".join(states)
    return (
        f'<li><form method="post"><input type="hidden" name="card" value="{escape(card.label, quote=True)}">'
        f"<p><b>{escape(card.label)}</b> <span>{told}</span></p>{buttons}</form></li>"
    )


def main() -> int:
    """Listen until told to stop."""
    parser = argparse.ArgumentParser(description="The sandbox card office: cards of software, a reader and its bridge.")
    parser.add_argument("--state", type=Path, required=True, help="folder of the issuer, the cards and the lost list")
    parser.add_argument("--port", type=int, default=8009, help="of the page, on 127.0.0.1; 0 takes any free port")
    parser.add_argument("--bridge-port", type=int, default=17312, help="of the bridge, on 127.0.0.1")
    parser.add_argument("--origin", action="append", default=[], help="of pages that may use the bridge")
    parser.add_argument("--card", action="append", default=[], metavar="LABEL", help="whose card there is to be")
    parser.add_argument("--pin", default="123456", help="of new cards")
    parser.add_argument("--only-issuer", action="store_true", help="make the folder, and end")
    arguments = parser.parse_args()
    office = open_office(arguments.state, arguments.card, arguments.pin)
    if arguments.only_issuer:
        return 0
    try:
        bridge = Bridge(arguments.bridge_port, office, frozenset(arguments.origin))
        desk = Listener(arguments.port, Desk, office)
    except (OSError, OverflowError) as error:
        print(f"cannot listen on 127.0.0.1: {error}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with bridge, desk:
        threading.Thread(target=bridge.serve_forever, daemon=True).start()
        print(f"sandbox citizen cards: http://localhost:{desk.port}", flush=True)
        print(f"card bridge: http://127.0.0.1:{bridge.port}", flush=True)
        try:
            desk.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
