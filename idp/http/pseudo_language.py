"""A language nobody speaks, to see what a page does to one that is longer, accented and written right to left."""

import re

from idp.http.languages import Language

_ACCENTS = str.maketrans("aceginosuyACEGINOSUY", "àçéğíñöşúýÀÇÉĞÍÑÖŞÚÝ")
_VALUE = re.compile(r"(\{[^{}]*\})")
_PADDING = "~"


def pseudo_language(source: Language) -> Language:
    """The source's texts accented, 40 % longer and in brackets, so that plain or cut text on a page betrays itself."""
    return Language("en-x-qps", "Pseudo", "rtl", {key: _disguise(text) for key, text in source.texts.items()})


def _disguise(text: str) -> str:
    parts = _VALUE.split(text)
    parts[::2] = [part.translate(_ACCENTS) for part in parts[::2]]
    return f"[{''.join(parts)} {_PADDING * max(2, len(text) * 2 // 5)}]"
