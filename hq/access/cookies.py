"""The session's cookie, and where a sign-in may lead."""

from __future__ import annotations

from werkzeug.wrappers import Response

from hq.access.guard import SESSION_COOKIE
from hq.web import hq


def with_session(answer: Response, token: str) -> Response:
    """The answer carries the token in a cookie that no script reads."""
    answer.set_cookie(
        SESSION_COOKIE, token, httponly=True, samesite="Lax", secure=hq().config.secure, path="/"
    )
    return answer


def safe_path(wanted: str) -> str:
    """A page of this console; never another place."""
    safe = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if safe else "/"
