"""Sessions kept in this process: the browser holds nothing but a random name in the cookie `housing_session`."""

import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

COOKIE = "housing_session"
LIFETIME = 8 * 3600  # seconds: a day at the office
MOST = 10_000


@dataclass(slots=True)
class _Kept:
    """What is remembered of one browser, shared by all requests it sends at the same time."""

    values: dict[str, Any] = field(default_factory=dict)
    began_at: float = field(default_factory=time.monotonic)

    def is_over(self) -> bool:
        return time.monotonic() - self.began_at > LIFETIME


class MemorySession(SessionMixin):
    """One request's look at what is remembered of its browser."""

    def __init__(self, name: str, kept: _Kept) -> None:
        self.name = name  # empty until the browser is told one
        self.forsaken = ""
        self.kept = kept

    def begin_anew(self) -> None:
        """Forget everything and change the name, so that a name known before signing in or out is worth nothing."""
        self.name, self.forsaken, self.kept = "", self.name, _Kept()

    def __getitem__(self, key: str) -> Any:
        return self.kept.values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.kept.values[key] = value

    def __delitem__(self, key: str) -> None:
        del self.kept.values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.kept.values)

    def __len__(self) -> int:
        return len(self.kept.values)


class MemorySessions(SessionInterface):
    """Flask's seam for server-side sessions; the oldest make room when they are over or too many."""

    def __init__(self) -> None:
        self._sessions: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def open_session(self, app: Flask, request: Request) -> MemorySession:  # noqa: ARG002
        """The session this browser names, or an empty one."""
        name = request.cookies.get(COOKIE, "")
        kept = self._sessions.get(name)
        return MemorySession("", _Kept()) if kept is None or kept.is_over() else MemorySession(name, kept)

    def end(self, sid: str, subject: str) -> None:
        """Forget whoever was signed in by this session of the identity provider; an empty part says nothing."""
        with self._lock:
            for name, kept in list(self._sessions.items()):
                person = kept.values.get("person")
                if person is not None and sid in ("", person.sid) and subject in ("", person.subject):
                    del self._sessions[name]

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Give a session that remembers something a name, and tell the browser that name once."""
        assert isinstance(session, MemorySession)
        with self._lock:
            self._sessions.pop(session.forsaken, None)
            if session.name or not session:
                return
            while self._sessions and (len(self._sessions) >= MOST or next(iter(self._sessions.values())).is_over()):
                del self._sessions[next(iter(self._sessions))]
            session.name = secrets.token_urlsafe(32)
            self._sessions[session.name] = session.kept
        is_secure = app.config["PREFERRED_URL_SCHEME"] == "https"
        response.set_cookie(COOKIE, session.name, httponly=True, samesite="Lax", secure=is_secure)
