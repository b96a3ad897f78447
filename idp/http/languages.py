"""The languages pages speak: their texts, their dates, and which one a visitor gets."""

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from markupsafe import Markup, escape

from idp.clock import Instant, in_china

_LOCALES = Path(__file__).parent / "locales"
_LONGEST_ACCEPT_LANGUAGE = 512
_LANGUAGE_RANGE = re.compile(
    r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9]{1,8})*\s*(?:;\s*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*)?"
)


Wording: TypeAlias = list[tuple[Markup, bool]]
"""The phrases of a text, escaped, and whether each has places for values."""


class MissingTextError(LookupError):
    """A page asked for a text that the catalogue of its language does not have."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its BCP 47 tag, its direction, the name its speakers give it, and its texts."""

    tag: str
    own_name: str
    direction: Literal["ltr", "rtl"]
    texts: Mapping[str, str] = field(repr=False, compare=False)
    _cut: dict[str, Wording] = field(repr=False, compare=False, default_factory=dict, init=False)

    def phrases(self, key: str, **values: object) -> list[Markup]:
        """The text with its values filled in and escaped, cut where a heading may break (`|` in the catalogue).

        Raises:
            MissingTextError: the catalogue has no such text.
            KeyError: the text asks for a value that was not given.
        """
        wording = self._cut.get(key) or self._cut_now(key)
        return [phrase.format(**values) if asks_for_values else phrase for phrase, asks_for_values in wording]

    def _cut_now(self, key: str) -> Wording:
        """A page asks for thirty texts, and most of them ask for nothing: what never changes is escaped once."""
        try:
            wording = self.texts[key]
        except KeyError:
            raise MissingTextError(f"{self.tag} has no text '{key}'") from None
        cut = self._cut[key] = [(escape(phrase), "{" in phrase or "}" in phrase) for phrase in wording.split("|")]
        return cut

    def text(self, key: str, **values: object) -> Markup:
        """The text with its values filled in, safe to stand in HTML; raises as `phrases` does."""
        return Markup().join(self.phrases(key, **values))

    def plain(self, key: str, **values: object) -> str:
        """The text as it is said, for a template that escapes it or a file that does not need to; raises as `phrases` does."""
        return self.text(key, **values).unescape()

    def joined(self, words: Sequence[str], by: str = "list") -> str:
        """The words as a list in a sentence, or as `clauses` of one; nothing for none."""
        return functools.reduce(
            lambda before, after: self.plain(f"date.{by}", before=before, after=after), words or [""]
        )

    def of(self, words: Mapping[str, str]) -> str:
        """What others wrote, by language tag: in this one, else in the first; nothing where they wrote nothing."""
        return words.get(self.tag) or next(iter(words.values()), "")

    def date_and_time(self, moment: Instant) -> Markup:
        """The moment on the city's clock, to the minute: `2026年11月23日 15:42`."""
        local = in_china(moment)
        month = self.text(f"date.month.{local.month}")
        return self.text("date.moment", year=local.year, month=month, day=local.day, time=_clock_face(local))

    def day(self, moment: Instant) -> Markup:
        """The day of the moment in the city: `2026年11月23日`."""
        local = in_china(moment)
        month = self.text(f"date.month.{local.month}")
        return self.text("date.day", year=local.year, month=month, day=local.day)

    def time_of_day(self, moment: Instant) -> str:
        """The moment on the city's clock, without its date: `15:42`; never AM or PM."""
        return _clock_face(in_china(moment))


def _clock_face(local: datetime) -> str:
    return f"{local.hour:02}:{local.minute:02}"


def flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """The texts of a catalogue by their dotted keys."""
    texts: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            texts |= flatten(value, f"{prefix}{name}.")
        else:
            texts[prefix + name] = value
    return texts


@functools.cache
def load_language(tag: str) -> Language:
    """The language whose catalogue is `locales/<tag>.toml`, and `locales/console/<tag>.toml` for officers; read once."""
    texts = flatten(tomllib.loads((_LOCALES / f"{tag}.toml").read_text("utf-8")))
    texts |= flatten(tomllib.loads((_LOCALES / "console" / f"{tag}.toml").read_text("utf-8")), "console.")
    direction: Literal["ltr", "rtl"] = "rtl" if texts["language.direction"] == "rtl" else "ltr"
    return Language(tag, texts["language.own_name"], direction, texts)


CHINESE = load_language("zh-CN")
ENGLISH = load_language("en")
LANGUAGES: tuple[Language, ...] = (CHINESE, ENGLISH)
"""What citizens are offered; the first is what everyone gets whose browser asks for none of them."""


def choose_language(
    query: str | None, cookie: str | None, accept_language: str | None, offered: Sequence[Language] = LANGUAGES
) -> Language:
    """The language to answer in: the asked one, else the remembered one, else the browser's, else the first.

    All three are unverified input: anything that is not understood is passed over, never refused.

    Args:
        query: the `lang` parameter of this request.
        cookie: the remembered tag.
        accept_language: the header's value (RFC 9110 §12.5.4); only its first 512 characters are read.
        offered: the languages to choose among; the first is the default.
    """
    for tag in (query, cookie):
        for language in offered:
            if language.tag == tag:
                return language
    for primary in _preferred(accept_language or ""):
        for language in offered:
            if language.tag.partition("-")[0].lower() == primary:
                return language
    return offered[0]


def first_offered(tags: Sequence[str], offered: Sequence[Language] = LANGUAGES) -> Language | None:
    """The language of the first tag that we have, as an app asks for it (`ui_locales`, OpenID Connect Core §3.1.2.1)."""
    primaries = {language.tag.partition("-")[0].lower(): language for language in offered}
    return next((found for tag in tags if (found := primaries.get(tag.partition("-")[0].lower()))), None)


def _preferred(unverified_header: str) -> list[str]:
    """Primary subtags, most wanted first (RFC 4647 §3.4, by primary subtag: zh-TW reads zh-CN sooner than English)."""
    parts = unverified_header[:_LONGEST_ACCEPT_LANGUAGE].split(",")
    ranges = [(float(match[2] or 1), match[1].lower()) for part in parts if (match := _LANGUAGE_RANGE.fullmatch(part))]
    return [primary for weight, primary in sorted(ranges, key=lambda pair: -pair[0]) if weight > 0]
