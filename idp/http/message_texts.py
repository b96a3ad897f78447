"""The words of messages to people: a catalogue for each language, beside that of the pages, without markup."""

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path

from idp.http.languages import CHINESE, LANGUAGES, flatten

_CATALOGUES = Path(__file__).parent / "locales" / "messages"
TAGS = tuple(language.tag for language in LANGUAGES)


def message_text(tag: str, key: str, **values: object) -> str:
    """The text with its values filled in; in Chinese where there is no catalogue of this language.

    Values are put in as they are and never read as a format.
    """
    return texts_of(tag if tag in TAGS else CHINESE.tag)[key].format(**values)


@functools.cache
def texts_of(tag: str) -> Mapping[str, str]:
    """The catalogue of one of `TAGS`; read once."""
    return flatten(tomllib.loads((_CATALOGUES / f"{tag}.toml").read_text("utf-8")))
