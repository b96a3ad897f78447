"""Tell a person what happened to their account, by every way they have but the one that the proof came by.

Called in the transaction of the change, so that no change is made without its notice being promised, and no notice tells
of a change that was rolled back.
"""

from collections.abc import Iterable, Mapping

from idp.accounts import freeze_link
from idp.clock import after
from idp.http.device_name import device_words
from idp.http.languages import CHINESE, LANGUAGES, Language
from idp.http.message_texts import message_text
from idp.model.account import Attributes
from idp.model.message import MESSAGE, Medium
from idp.model.notice import Notice, NoticeKind
from idp.model.policy import Method
from idp.ports import UnitOfWork
from idp.services import Services

SECONDS = 24 * 3600
"""How long a carrier is tried, where the notice does not say; what is a day old is mostly no news to act on."""

_METHOD = {Medium.SMS: Method.MESSAGE_CODE, Medium.MAIL: Method.MAIL_CODE}
_Destination = tuple[Medium, str]


class Notices:
    """The verb, over the services."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def notify(self, unit_of_work: UnitOfWork, notice: Notice) -> int:
        """Promise one message for each destination; how many. An account without any is told nothing."""
        stored = unit_of_work.accounts.attributes(notice.account_id)
        destinations = self._destinations(stored, notice)
        if not destinations:
            return 0
        text, subject = self._text(notice), self._subject(notice)
        for medium, destination in destinations:
            payload = {"medium": medium.value, "destination": destination, "subject": subject, "text": text}
            # A lane of their own: what nobody waits for must not stand before the codes that people wait for.
            lane = f"notice {medium.value}"
            unit_of_work.outbox.put(MESSAGE, payload, notice.at, notice.until or after(notice.at, SECONDS), lane)
        return len(destinations)

    def _destinations(self, stored: Attributes, notice: Notice) -> list[_Destination]:
        """Where to: what the person proved to hold; what nobody proved, only where nothing was proven at all."""
        known = (
            (Medium.SMS, stored.phone, stored.phone_is_verified),
            (Medium.MAIL, stored.email, stored.email_is_verified),
        )
        usable = [(medium, to, proven) for medium, to, proven in known if to is not None and self._can_reach(medium)]
        proven = [(medium, to) for medium, to, is_proven in usable if is_proven]
        own = proven or [(medium, to) for medium, to, _ in usable]
        others = [way for way in own if way[0] is not notice.proven_by]
        former = [notice.former] if notice.former is not None and self._can_reach(notice.former[0]) else []
        return list(dict.fromkeys([*(others or own), *former]))

    def _can_reach(self, medium: Medium) -> bool:
        return _METHOD[medium] in self._services.methods

    def _subject(self, notice: Notice) -> str:
        language = next(iter(_languages(notice)))
        return message_text(language.tag, "notice.subject", **self._words(language))

    def _text(self, notice: Notice) -> str:
        """Chinese comes first, whatever language the page had: who did it may be somebody else than who reads it."""
        link = freeze_link.write(self._services.cipher, self._services.settings.issuer, notice)
        paragraphs = []
        for place, language in enumerate(_languages(notice)):
            words = {**self._words(language), "link": link}
            what = message_text(language.tag, f"notice.what.{notice.kind}")
            time = language.date_and_time(notice.at)
            lines = [message_text(language.tag, "notice.says", what=what, time=time, **words)]
            if notice.device is not None:
                device = device_words(language, notice.device)
                lines.append(message_text(language.tag, "notice.on", device=device))
            lines.append(message_text(language.tag, _way_out(notice.kind, is_first=place == 0), **words))
            paragraphs.append("\n".join(lines))
        return "\n\n".join(paragraphs)

    def _words(self, language: Language) -> Mapping[str, str]:
        city = self._services.settings.city
        words = city.english if language.tag != CHINESE.tag and city.english is not None else city
        return {
            "service": f"{city.name}{city.service_name}",  # how all our messages begin, so that people recognise them
            "hall": words.hall_name,
            "hotline": city.hotline,
        }


def _languages(notice: Notice) -> Iterable[Language]:
    asked = next((language for language in LANGUAGES if language.tag == notice.language), CHINESE)
    return dict.fromkeys((CHINESE, asked)) if asked.tag != CHINESE.tag else (CHINESE,)


def _way_out(kind: NoticeKind, *, is_first: bool) -> str:
    if kind is NoticeKind.FROZEN:
        return "notice.come_back"
    return "notice.not_you" if is_first else "notice.not_you_again"
