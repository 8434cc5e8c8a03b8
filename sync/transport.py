"""How a request reaches HQ: over HTTP, or straight into HQ's application in the same process.

Both say `NetworkError` for everything that is not an answer; whether an answer is worth anything is decided by
its signature, not here.
"""

from __future__ import annotations

from typing import Any, Protocol

import requests

from retail.errors import NetworkError
from schemas.wire import PREFIX
from sync.calls import Answer, Request

CONNECT_TIMEOUT_SECONDS = 5.0
ANSWER_BYTES_MAX = 64 * 1024 * 1024


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
                body = _read(response)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, body)
        except (requests.RequestException, OSError) as error:
            raise NetworkError("sync.unreachable", why=type(error).__name__) from error

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


def _read(response: Any) -> bytes:
    parts, size = [], 0
    for part in response.iter_content(64 * 1024):
        size += len(part)
        if size > ANSWER_BYTES_MAX:
            raise NetworkError("sync.answer_too_large", limit=ANSWER_BYTES_MAX)
        parts.append(part)
    return b"".join(parts)


class InProcessTransport:
    """Calls a WSGI application through its test client: the same bytes without a socket."""

    def __init__(self, app: Any, *, base_url: str = "http://127.0.0.1") -> None:
        self._app = app
        self._base_url = base_url

    def send(self, request: Request) -> Answer:
        """The answer of the application."""
        client = self._app.test_client()
        response = client.open(
            PREFIX + request.path,
            method=request.method,
            data=request.body or None,
            headers=list(request.headers.items()),
            base_url=self._base_url,
        )
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, response.get_data())

    def close(self) -> None:
        """Nothing is held."""
