"""A store with a paired browser, signed in at terminal 01."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from edge.app import create_app
from edge.people import pairing
from edge.people.actions import sign_in
from edge.web import COOKIE
from tests.builders.edge import CASHIER, CASHIER_PIN, Shop
from tests.edge.spool.rig import Rig, a_rig

HOST = "127.0.0.1:8101"


@dataclass
class Browser:
    """A page of terminal 01."""

    client: FlaskClient
    shop: Shop
    keys: int = 0

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={"Host": HOST, **headers})

    def form(self, path: str, **fields: str) -> Any:
        """A form of the page, sent from the page."""
        return self.client.post(path, data=fields, headers={"Host": HOST, "Origin": f"http://{HOST}"})

    def call(self, path: str, body: dict[str, Any]) -> Any:
        """A mutating call of the till's page, each with a key of its own."""
        self.keys += 1
        headers = {
            "Host": HOST,
            "Origin": f"http://{HOST}",
            "X-Lianpu": "1",
            "Idempotency-Key": f"key-{self.keys:06}",
        }
        return self.client.post(path, json=body, headers=headers)


def a_browser(shop: Shop, *, paired: bool = True) -> Browser:
    """A browser, paired with terminal 01 unless told otherwise; the cashier is signed in."""
    client = create_app(shop.node).test_client()
    if paired:
        code = pairing.make_code(shop.node.context(device="01"), "01")
        token, _ = pairing.pair(shop.node, code, "front", "127.0.0.1")
        client.set_cookie(COOKIE, token, domain="127.0.0.1")
        sign_in(shop.node.context(device="01"), CASHIER, CASHIER_PIN)
        shop.node.touch("01")
    return Browser(client, shop)


@pytest.fixture
def browser(shop: Shop) -> Browser:
    """A paired browser of a store whose devices do not run."""
    return a_browser(shop)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A running store with an emulated printer and drawer."""
    with a_rig(tmp_path) as made:
        yield made
