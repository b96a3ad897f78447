"""The stylesheet, scripts and pictures of all pages, each under an address that changes with its content."""

import hashlib
from pathlib import Path
from typing import NamedTuple

STATIC_DIRECTORY = Path(__file__).parent / "static"

_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HASH_LENGTH = 16


class StaticAnswer(NamedTuple):
    """What to send for a static file: HTTP status, header fields, content."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes


class StaticFiles:
    """All files of one directory, read once; a path is only ever compared, so none can lead outside.

    Raises:
        ValueError: a file has a suffix for which no content type is known.
    """

    def __init__(self, directory: Path = STATIC_DIRECTORY) -> None:
        self._urls: dict[str, str] = {}
        self._answers: dict[str, StaticAnswer] = {}
        for file in sorted(path for path in directory.iterdir() if path.is_file()):
            if file.suffix not in _CONTENT_TYPES:
                raise ValueError(f"no content type is known for the static file {file.name}")
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:_HASH_LENGTH]
            url = f"/static/{file.stem}.{digest}{file.suffix}"
            self._urls[file.name] = url
            self._answers[url] = StaticAnswer(200, _headers(file.suffix, content), content)

    def url(self, name: str) -> str:
        """The address of a file by its name in the directory; KeyError when there is none."""
        return self._urls[name]

    def answer(self, unverified_path: str) -> StaticAnswer | None:
        """The answer to a GET of this path, or None when no file has this address."""
        return self._answers.get(unverified_path)


def _headers(suffix: str, content: bytes) -> tuple[tuple[str, str], ...]:
    return (
        ("Content-Type", _CONTENT_TYPES[suffix]),
        ("Content-Length", str(len(content))),
        # The address names the content (RFC 8246), so a year is safe and a new release is seen at once.
        ("Cache-Control", "public, max-age=31536000, immutable"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    )
