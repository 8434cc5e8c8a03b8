"""A browser at a terminal: Flask's test client with the headers, keys and cookie that the till's page sends."""

from __future__ import annotations

import itertools
from typing import Any

from flask.testing import FlaskClient

from edge.app import create_app
from edge.people import pairing
from tests.builders.contract import check
from tests.builders.edge import CASHIER, CASHIER_PIN, Shop

ADDRESS = "http://127.0.0.1:8101"
_keys = itertools.count(1)


class Browser:
    """One browser; `post` makes a key of its own unless one is given."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.client: FlaskClient = create_app(shop.node).test_client()

    def get(self, path: str, **headers: str) -> Any:
        """A GET of /api/v1/…"""
        return self._checked(self.client.get(f"/api/v1/{path}", base_url=ADDRESS, headers=headers))

    def raw(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> Any:
        """A POST as the page makes it; returns the response."""
        headers = {"X-Lianpu": "1", "Idempotency-Key": key or f"key-{next(_keys):08d}", "Origin": ADDRESS}
        return self._checked(
            self.client.post(f"/api/v1/{path}", base_url=ADDRESS, json=body or {}, headers=headers)
        )

    @staticmethod
    def _checked(response: Any) -> Any:
        """Every answer of every test is what docs/openapi/till.json says."""
        check("till", response)
        return response

    def post(
        self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None
    ) -> dict[str, Any]:
        """A POST that must succeed."""
        response = self.raw(path, body, key=key)
        found: dict[str, Any] = response.get_json()
        assert response.status_code == 200, found
        return found

    def refused(
        self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None
    ) -> tuple[int, str]:
        """(status, code) of a POST that must be refused."""
        response = self.raw(path, body, key=key)
        found = response.get_json()
        assert not found["ok"], found
        return response.status_code, found["code"]

    def state(self) -> dict[str, Any]:
        """What the screen shows."""
        found: dict[str, Any] = self.get("state").get_json()["state"]
        return found

    def pair(self, terminal: str = "01") -> Browser:
        """Become the screen of a terminal."""
        self.post("pair", {"code": pairing.make_code(self.shop.node.context(), terminal), "label": "test"})
        return self

    def sign_in(self, staff: str = CASHIER, pin: str = CASHIER_PIN) -> Browser:
        """Somebody sits down."""
        self.post("sign-in", {"staff": staff, "pin": pin})
        return self


def a_browser(shop: Shop, terminal: str = "01") -> Browser:
    """A paired browser with the cashier signed in."""
    return Browser(shop).pair(terminal).sign_in()
