"""The session's cookie, and where a sign-in may lead."""

from __future__ import annotations

import re

from werkzeug.wrappers import Response

from hq.access.guard import SESSION_COOKIE
from hq.web import hq

ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")


def with_session(answer: Response, token: str) -> Response:
    """The answer carries the token in a cookie that no script reads."""
    answer.set_cookie(
        SESSION_COOKIE, token, httponly=True, samesite="Lax", secure=hq().config.secure, path="/"
    )
    return answer


def safe_path(wanted: str) -> str:
    """A page of this console; never another place.

    Browsers drop tabs and line ends and take a backslash for a slash: what has one of them is no path of ours.
    """
    safe = wanted.startswith("/") and not wanted.startswith("//") and not ODD.search(wanted)
    return wanted if safe else "/"
