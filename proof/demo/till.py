"""A till without a browser: speaks /api/v1/ of a running node as the page does, keys and retries included."""

from __future__ import annotations

import time
import uuid
from typing import Any

import requests


class TillRefused(RuntimeError):
    """The node said no; `code` is its error code."""

    def __init__(self, code: str, body: dict[str, Any]) -> None:
        super().__init__(f"{code}: {body.get('message', '')} {body.get('fields', '')}")
        self.code = code
        self.body = body


class TillClient:
    """One paired terminal."""

    def __init__(self, base: str, patience_seconds: float = 40.0) -> None:
        self.base, self.patience_seconds = base, patience_seconds
        self.http = requests.Session()
        self.http.headers["X-Lianpu"] = "1"
        self.state: dict[str, Any] = {}

    def pair(self, code: str) -> None:
        """Use a pairing code."""
        self._call("POST", "/pair", {"code": code, "label": "selfcheck"})

    def sign_in(self, staff: str, pin: str, initial: str | None = None) -> None:
        """Sign in; with an initial code the PIN is set first."""
        body = (
            {"staff": staff, "initial": initial, "new_pin": pin} if initial else {"staff": staff, "pin": pin}
        )
        self._call("POST", "/sign-in", body)

    def post(
        self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None
    ) -> dict[str, Any]:
        """A mutating call; a lost answer is asked for again with the same key, for so long as its patience is."""
        key = key or uuid.uuid4().hex
        deadline = time.monotonic() + self.patience_seconds
        while True:
            try:
                return self._call("POST", path, body or {}, key=key)
            except requests.RequestException:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def get(self, path: str) -> dict[str, Any]:
        """A read."""
        return self._call("GET", path)

    def refresh(self) -> dict[str, Any]:
        """The state as the node has it."""
        state: dict[str, Any] = self.get("/state")["state"]
        return state

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, key: str = ""
    ) -> dict[str, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        answer = self.http.request(
            method, f"{self.base}/api/v1{path}", json=body, headers=headers, timeout=60
        )
        try:
            found: dict[str, Any] = answer.json()
        except ValueError as error:
            raise requests.RequestException("the answer was cut") from error
        if not found.get("ok"):
            raise TillRefused(str(found.get("code")), found)
        self.state = found.get("state", self.state)
        return found
