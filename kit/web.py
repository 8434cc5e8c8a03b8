"""What every request of either app passes: hosts, origins, security headers, bounded JSON, one error shape.

Default deny: an unknown Host or a foreign Origin gets nothing; a GET never changes state (FAULTS SC-07, SC-08).
A refusal is JSON for programs and, where the app can draw one, a page for a person at a browser.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from kit.crypto import random_bytes
from kit.logs import logger
from retail.errors import (
    Conflict,
    Invalid,
    LianpuError,
    LimitExceeded,
    NotFound,
    NotNow,
    NotPermitted,
    ProtocolError,
    Refused,
    Unavailable,
)

log = logger("lianpu.web")

BODY_BYTES_MAX = 4 * 1024 * 1024
FORM_BYTES_MAX = 512 * 1024  # a hundred thousand fields are read before anybody has said who he is
FORM_TYPE = "application/x-www-form-urlencoded"
SAFE = ("GET", "HEAD", "OPTIONS")
JSON_DEPTH_MAX = 16
INTEGER_MAX = 2**53 - 1
CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " frame-ancestors 'none'; form-action 'self'"
)


MACHINE_PATHS = ("/api/", "/control/", "/static/", "/healthz")
NAMES_OF_HTTP = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "request_entity_too_large",
}
Page = Callable[[LianpuError, int], Any]


class WrongAddress(Refused):
    """Asked for under a name that is not ours: 400, as the standard says of a Host that is not served."""


class Unauthenticated(NotPermitted):
    """Nobody known asks: an unpaired browser, no session. 401, where any other `NotPermitted` is 403."""


STATUS: tuple[tuple[type[LianpuError], int], ...] = (
    (Unauthenticated, 401),
    (WrongAddress, 400),
    (Invalid, 422),
    (NotFound, 404),
    (Conflict, 409),
    (NotPermitted, 403),
    (NotNow, 409),
    (LimitExceeded, 429),
    (ProtocolError, 422),
    (Unavailable, 503),
)


def status_of(error: LianpuError) -> int:
    """The HTTP status of a refusal."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 400)


def error_body(code: str, message: str, *, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    """The one JSON error shape (STYLE §4)."""
    return {
        "ok": False,
        "code": code,
        "message": message,
        "fields": {name: _plain(fact) for name, fact in (fields or {}).items()},
        "trace": g.get("trace", ""),
    }


def _plain(fact: Any) -> Any:
    """A fact as JSON can say it; anything else by its text."""
    if fact is None or isinstance(fact, str | int | float):
        return fact
    if isinstance(fact, list | tuple):
        return [_plain(item) for item in fact]
    if isinstance(fact, dict):
        return {str(name): _plain(item) for name, item in fact.items()}
    return str(fact)


def protect(
    app: Flask,
    *,
    hosts: Callable[[], Iterable[str]],
    message_of: Callable[[LianpuError], str],
    exempt_origin: Iterable[str] = (),
    page_of: Page | None = None,
    guard: Callable[[], Any] | None = None,
) -> None:
    """Install the checks on an app.

    `hosts` names every `host:port` or `host` that this server answers to; paths that start with an entry of
    `exempt_origin` (device protocols that carry no cookie) skip the Origin check only. `page_of(error, status)`
    draws a refusal for a person; without it everybody gets JSON. `guard` is asked who is there before a byte of a
    form is read, and may answer itself; only for somebody who may do it does it raise `request.max_content_length`.
    """
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    exempt = tuple(exempt_origin)

    @app.before_request
    def check_host_and_origin() -> None:
        g.trace = random_bytes(8).hex()
        allowed = set(hosts())
        if request.host not in allowed and request.host.rsplit(":", 1)[0] not in allowed:
            raise WrongAddress("web.host_not_allowed")
        if "\0" in request.path or b"%00" in request.query_string:  # PostgreSQL takes none
            raise Invalid("web.text_not_unicode")
        if request.method in SAFE or request.path.startswith(exempt or ("\0",)):
            return
        if not _same_origin():
            raise NotPermitted("web.origin_not_allowed")
        if request.mimetype == FORM_TYPE:
            request.max_content_length = FORM_BYTES_MAX

    if guard is not None:
        app.before_request(guard)
    _check_forms(app, exempt)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CSP)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if not request.path.startswith(("/static/", "/vendor/")):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    install_errors(app, message_of, page_of)


def _check_forms(app: Flask, exempt: tuple[str, ...]) -> None:
    """No form brings a NUL: PostgreSQL takes none."""

    @app.before_request
    def check_form() -> None:
        if request.method in SAFE or request.endpoint is None or request.path.startswith(exempt or ("\0",)):
            return
        if any("\0" in text for text in _texts_of_form()):
            raise Invalid("web.text_not_unicode")


def _texts_of_form() -> Iterator[str]:
    """Names and values of the fields, names of the files."""
    for name, text in request.form.items(multi=True):
        yield from (name, text)
    for name, file in request.files.items(multi=True):
        yield from (name, file.filename or "")


def install_errors(app: Flask, message_of: Callable[[LianpuError], str], page_of: Page | None = None) -> None:
    """Refusals keep their code, as JSON or as a page; a programmer's mistake is logged once and shown as a trace id."""

    def answer(error: LianpuError, status: int) -> tuple[Any, int]:
        if page_of is not None and wants_page():
            return page_of(error, status), status
        return jsonify(error_body(error.code, message_of(error), fields=error.facts)), status

    @app.errorhandler(LianpuError)
    def refused(error: LianpuError) -> tuple[Any, int, dict[str, str]]:
        headers = {}
        if isinstance(error, Unavailable):
            headers["Retry-After"] = str(getattr(error, "retry_after_seconds", None) or 1)
        return *answer(error, status_of(error)), headers

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[Any, int]:
        status = error.code or 500
        return answer(LianpuError("web." + NAMES_OF_HTTP.get(status, "failed")), status)

    @app.errorhandler(Exception)
    def mistake(error: Exception) -> tuple[Any, int]:
        log.error("web.failed", trace=g.get("trace", ""), path=request.path, exc_info=error)
        return answer(LianpuError("web.failed"), 500)


def wants_page() -> bool:
    """Does a person look at this answer? A browser that goes somewhere asks for HTML by name; programs do not."""
    if request.path.startswith(MACHINE_PATHS):
        return False
    kinds = request.accept_mimetypes
    return "text/html" in kinds.values() and kinds["text/html"] >= kinds["application/json"]


def browser_language(default: str = "en") -> str:
    """The first of our languages in Accept-Language; Hong Kong, Macau and Taiwan read 繁體."""
    for offered, quality in request.accept_languages:
        tag = offered.lower()
        if tag.split("-")[0] == "zh" and quality > 0:
            return (
                "zh-Hant" if any(part in tag.split("-") for part in ("hant", "hk", "tw", "mo")) else "zh-Hans"
            )
        if tag.split("-")[0] == "en" and quality > 0:
            return "en"
    return default


def _same_origin() -> bool:
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
    return origin == f"{request.scheme}://{request.host}"


def json_body(limit: int = BODY_BYTES_MAX) -> dict[str, Any]:
    """The request's JSON object, bounded; duplicate keys, NaN, depth, lone surrogates and 2**53 are refused."""
    if request.mimetype != "application/json":
        raise Invalid("web.json_expected")
    raw = request.get_data(cache=True)
    if len(raw) > limit:
        raise Invalid("web.too_large", limit=limit)
    return parse_json(raw)


def parse_json(raw: bytes) -> dict[str, Any]:
    """Strict JSON: one object, no duplicate keys, no NaN, bounded depth and integers, no floats."""
    if raw.count(b"[") + raw.count(b"{") > 100_000:
        raise Invalid("web.json_too_deep")
    try:
        value = json.loads(
            raw.decode("utf-8") or "{}",
            object_pairs_hook=_no_duplicates,
            parse_float=_no_float,
            parse_constant=_no_float,
            parse_int=_bounded_int,
        )
    except RecursionError:
        raise Invalid("web.json_too_deep")
    except ValueError:
        raise Invalid("web.json_unreadable")
    if not isinstance(value, dict):
        raise Invalid("web.json_object_expected")
    _check(value, 1)
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _no_float(text: str) -> Any:
    raise ValueError(f"not an integer: {text[:20]}")


def _bounded_int(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > INTEGER_MAX:
        raise ValueError("integer too large")
    return int(text)


def _check(value: Any, depth: int) -> None:
    if depth > JSON_DEPTH_MAX:
        raise Invalid("web.json_too_deep")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Invalid("web.text_not_unicode")
        if "\0" in value:
            raise Invalid("web.text_not_unicode")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
