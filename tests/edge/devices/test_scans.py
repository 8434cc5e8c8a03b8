"""A serial scan goes to the basket of its terminal; what cannot be added is said, never lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.scanner.emulator import ScannerEmulator
from drivers.scanner.protocol import Scan
from edge.devices.scans import apply, shown
from edge.people.actions import lock, sign_in
from edge.till import repository
from edge.till.model import OpenBasket
from retail import barcode
from tests.builders.edge import CASHIER, CASHIER_PIN, Shop, a_shop
from tests.edge.spool.rig import put_terminal


def lines(shop: Shop) -> list[tuple[str, int]]:
    row = repository.open_row(shop.node.db, "01")
    return [(line.code, line.quantity) for line in OpenBasket.from_row(row).basket.lines] if row else []


def told(shop: Shop, kind: str) -> list[dict[str, Any]]:
    return [json.loads(text) for _, _, name, text in shop.node.bus._events if name == kind]


def a_scan(text: str, seq: int = 1) -> Scan:
    return Scan("scanner:01", seq, text.encode(), text, "utf-8", 0.0)


class Plugged:
    """A store with a serial scanner of software at terminal 01."""

    def __init__(self, folder: Path) -> None:
        self.shop = a_shop(folder / "node")
        self.scanner = ScannerEmulator("scan-01", folder / "scanner")
        self._heard = threading.Condition()
        self._count = 0
        put_terminal(self.shop, "01", {"scanner": {"transport": "serial", "port": str(folder / "scanner")}})
        self.shop.node.devices.on_scan(self._on)
        self.shop.node.devices.on_change(lambda terminal: self._on(terminal, None))
        self.shop.node.devices.start()
        self.wait_for(lambda: self.shop.node.chips("01")["scanner"]["state"] == "ready")

    def wait_for(self, claim: Callable[[], bool]) -> None:
        with self._heard:
            assert self._heard.wait_for(claim, 120)

    def _on(self, _terminal: str, _scan: object) -> None:
        with self._heard:
            self._heard.notify_all()

    def close(self) -> None:
        self.shop.node.devices.stop()
        self.scanner.stop()
        self.shop.close()


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[Plugged]:
    made = Plugged(tmp_path)
    yield made
    made.close()


def test_scans_of_a_real_port_reach_the_basket_in_order(plugged: Plugged) -> None:
    sign_in(plugged.shop.node.context(device="01"), CASHIER, CASHIER_PIN)

    plugged.scanner.scan("2000000000015")
    plugged.scanner.scan("2000000000022")
    plugged.wait_for(lambda: len(lines(plugged.shop)) == 2)

    assert lines(plugged.shop) == [("2000000000015", 1000), ("2000000000022", 1000)]


def test_an_unplugged_scanner_shows_and_comes_back(plugged: Plugged) -> None:
    def chip() -> dict[str, Any]:
        found: dict[str, Any] = plugged.shop.node.chips("01")["scanner"]
        return found

    plugged.scanner.set("unplugged", True)
    plugged.wait_for(lambda: chip().get("code") == "link.not_found")  # lost, and looked for in vain
    assert chip() == {"state": "lost", "code": "link.not_found", "words": "未連接"}

    plugged.scanner.set("unplugged", False)
    plugged.wait_for(lambda: chip()["state"] == "ready")
    assert chip() == {"state": "ready", "code": None, "words": ""}


def test_a_scan_acts_in_the_name_of_the_person_there(shop: Shop) -> None:
    sign_in(shop.node.context(device="01"), CASHIER, CASHIER_PIN)

    apply(shop.node, "01", a_scan("2000000000015"))

    assert told(shop, "state") == [{"version": 1}]
    (scan,) = told(shop, "scan")
    assert (scan["seq"], scan["code"], scan["applied"], scan["state"]) == (1, "2000000000015", True, "ok")
    assert shop.node.db.value("SELECT staff FROM basket") == CASHIER


def test_the_same_code_twice_is_two_pieces(shop: Shop) -> None:
    sign_in(shop.node.context(device="01"), CASHIER, CASHIER_PIN)

    apply(shop.node, "01", a_scan("2000000000015", 1))
    apply(shop.node, "01", a_scan("2000000000015", 2))

    assert lines(shop) == [("2000000000015", 2000)]


def test_an_unknown_code_is_a_red_row(shop: Shop) -> None:
    sign_in(shop.node.context(device="01"), CASHIER, CASHIER_PIN)

    apply(shop.node, "01", a_scan("4891234560783"))

    assert told(shop, "scan")[0]["state"] == "unknown"


@pytest.mark.parametrize("situation", ["nobody", "locked"])
def test_a_scan_at_a_locked_till_is_said_with_a_sound(shop: Shop, situation: str) -> None:
    if situation == "locked":
        sign_in(shop.node.context(device="01"), CASHIER, CASHIER_PIN)
        lock(shop.at())

    apply(shop.node, "01", a_scan("2000000000015"))

    (message,) = told(shop, "message")
    assert (message["code"], message["sound"], message["kind"]) == ("people.sign_in_needed", "error", "bad")
    assert "2000000000015" in message["text"]
    assert told(shop, "scan")[0]["applied"] is False
    assert lines(shop) == []


def test_a_scan_without_a_shift_is_said(tmp_path: Path) -> None:
    shop = a_shop(tmp_path / "node", shift=False)
    sign_in(shop.node.context(device="01"), CASHIER, CASHIER_PIN)

    apply(shop.node, "01", a_scan("2000000000015"))

    assert told(shop, "message")[0]["code"] == "shifts.none_open"
    shop.close()


def test_rubbish_never_ends_the_scanners_thread(shop: Shop) -> None:
    """SC-20."""
    sign_in(shop.node.context(device="01"), CASHIER, CASHIER_PIN)

    apply(shop.node, "01", a_scan("x" * 4000))

    assert told(shop, "message")[0]["code"] == "barcode.too_long"


@pytest.mark.parametrize(
    "code", ["134567890123456789", "281234567890123456", "1" * 17 + "9\n", "x" * 4000, "690"]
)
def test_what_is_shown_follows_the_one_rule_of_payment_codes(code: str) -> None:
    assert shown(code) == (barcode.masked(code) if len(code) <= 40 else code[:39] + "…")


def test_a_payment_code_is_never_shown_in_full() -> None:
    assert shown("134567890123456789") == "*" * 14 + "6789"
    assert shown("281234567890123456") == "*" * 14 + "3456"
    assert shown("6901234567892") == "6901234567892"
