"""How a request reaches HQ: over HTTP, or straight into HQ's application in the same process.

Both say `NetworkError` for everything that is not an answer; whether an answer is worth anything is decided by
its signature, not here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import requests
import urllib3

from retail.errors import NetworkError
from schemas.wire import PREFIX
from sync.calls import Answer, Request

CONNECT_TIMEOUT_SECONDS = 5.0
ANSWER_BYTES_MAX = 64 * 1024 * 1024
PART_BYTES = 64 * 1024


class Transport(Protocol):
    """Sends one request and waits for its answer."""

    def send(self, request: Request) -> Answer:
        """The answer, or `NetworkError`."""

    def close(self) -> None:
        """Give connections back."""


class HttpTransport:
    """HTTP with one connection kept open; one instance per thread. `verify` is a CA file or the system's."""

    def __init__(self, base_url: str, *, verify: str | bool = True) -> None:
        self._base = base_url.rstrip("/") + PREFIX
        self._session = requests.Session()
        self._session.trust_env = (
            False  # a proxy variable of the shell must not carry a store's log elsewhere
        )
        self._session.verify = verify
        # What is packed is packed inside the message, within `sync.guard`'s bounds; HTTP itself unpacks nothing.
        self._session.headers["Accept-Encoding"] = "identity"

    def send(self, request: Request) -> Answer:
        """The whole answer, read within the bounds."""
        try:
            response = self._session.request(
                request.method,
                self._base + request.path,
                data=request.body or None,
                headers=dict(request.headers),
                timeout=(CONNECT_TIMEOUT_SECONDS, request.timeout_ms / 1000),
                allow_redirects=False,
                stream=True,
            )
            with response:
                body = read_answer(response)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, body)
        except (requests.RequestException, OSError) as error:
            raise NetworkError("sync.unreachable", why=type(error).__name__) from error

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


def read_answer(
    response: requests.Response,
    bytes_max: int = ANSWER_BYTES_MAX,
    before_part: Callable[[], None] | None = None,
) -> bytes:
    """The body of a streamed answer as it came over the line, in parts as they come.

    Packed by HTTP it is refused unread: so small, it may become any size. `before_part` may raise to end the reading.
    Raises `NetworkError` for what is packed or larger than `bytes_max`, `requests.ConnectionError` when it breaks off.
    """
    coding = response.headers.get("Content-Encoding", "identity")
    if coding.strip().lower() not in ("", "identity"):
        raise NetworkError("sync.unreachable", why=f"Content-Encoding {coding[:40]}")
    parts, size = list[bytes](), 0
    while True:
        if before_part is not None:
            before_part()
        part = _next_part(response)
        if not part:
            return b"".join(parts)
        size += len(part)
        if size > bytes_max:
            raise NetworkError("sync.answer_too_large", limit=bytes_max)
        parts.append(part)


def _next_part(response: requests.Response) -> bytes:
    """What has come, at least a byte of it; empty at the end."""
    try:
        part: bytes | None = response.raw.read1(PART_BYTES, decode_content=False)
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError(type(error).__name__) from error
    return part or b""


class InProcessTransport:
    """Calls a WSGI application directly: the same bytes without a socket."""

    def __init__(self, app: Any, *, base_url: str = "http://127.0.0.1") -> None:
        self._app = app
        self._base = urlsplit(base_url)

    def send(self, request: Request) -> Answer:
        """The answer of the application."""
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            begun.append((status, headers))

        parts = self._app(self._environ(request), start)
        try:
            body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        status, headers = begun[-1]
        return Answer(int(status.split()[0]), {name.lower(): value for name, value in headers}, body)

    def _environ(self, request: Request) -> dict[str, Any]:
        """What a server would make of the request (PEP 3333)."""
        path, _, query = (PREFIX + request.path).partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method, "SCRIPT_NAME": "", "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query, "SERVER_NAME": self._base.hostname, "SERVER_PORT": str(self._base.port or 80),
            "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": self._base.netloc, "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(request.body)), "wsgi.version": (1, 0), "wsgi.url_scheme": self._base.scheme,
            "wsgi.input": BytesIO(request.body), "wsgi.errors": sys.stderr, "wsgi.multithread": False,
            "wsgi.multiprocess": False, "wsgi.run_once": False,
        }  # fmt: skip
        for name, value in request.headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        return environ

    def close(self) -> None:
        """Nothing is held."""
