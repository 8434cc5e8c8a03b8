"""Stores, terminals, zones and enrolment from the console."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hq.stores import actions
from retail.errors import Conflict, Invalid, NotFound, NotPermitted
from schemas.rows.registry import decode
from tests.builders.hq import House

TCP = {"printer": {"transport": "tcp", "address": "192.0.2.7:9100", "codec": "big5", "columns": "32"}}


def row(house: House, kind: str, key: str, scope: str) -> object:
    sql = "SELECT bytes FROM scope_row WHERE scope = :s AND kind = :k AND key = :y"
    return decode(kind, bytes(house.value(sql, s=scope, k=kind, y=key)))


def test_a_store_goes_down_in_its_own_scope(house: House) -> None:
    store = row(house, "store", "001", "store:001")

    assert (store.code, store.zone, store.time_zone, store.name) == (
        "001",
        "A",
        "Asia/Hong_Kong",
        {"en": "Central"},
    )
    assert house.value("SELECT count(*) FROM scope_row WHERE kind = 'terminal' AND scope = 'store:002'") == 2


def test_a_printer_profile_reaches_the_till(house: House) -> None:
    actions.save_terminal(house.ctx, store="001", code="01", name="Front", devices=TCP, active=True)

    terminal = row(house, "terminal", "01", "store:001")

    assert terminal.devices == {
        "printer": {
            "transport": "tcp",
            "host": "192.0.2.7",
            "port": 9100,
            "codec": "big5",
            "columns": 32,
            "drawer": True,
        }
    }


def test_a_serial_scanner(house: House) -> None:
    devices = {"scanner": {"kind": "serial", "path": "/dev/serial/by-id/usb-x", "baudrate": "115200"}}

    actions.save_terminal(house.ctx, store="001", code="01", name="", devices=devices, active=True)

    assert row(house, "terminal", "01", "store:001").devices == {
        "scanner": {"transport": "serial", "path": "/dev/serial/by-id/usb-x", "baudrate": 115200}
    }


@pytest.mark.parametrize(
    ("devices", "code"),
    [
        ({"printer": {"transport": "pigeon"}}, "stores.printer_transport_unknown"),
        ({"printer": {"transport": "tcp", "address": "192.0.2.7"}}, "stores.address_unusable"),
        ({"printer": {"transport": "tcp", "address": "x:99999"}}, "stores.address_unusable"),
        ({"printer": {"transport": "serial", "path": "../etc"}}, "stores.port_unusable"),
        ({"printer": {**TCP["printer"], "columns": "41"}}, "stores.printer_profile_unknown"),
        ({"printer": {**TCP["printer"], "drawer": "ajar"}}, "stores.printer_profile_unknown"),
        ({"scanner": {"kind": "camera"}}, "stores.scanner_kind_unknown"),
        ({"scanner": {"kind": "serial", "path": "/dev/ttyS0", "baudrate": "1"}}, "stores.baud_unknown"),
    ],
)
def test_what_cannot_be_a_device(house: House, devices: dict[str, dict[str, str]], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        actions.save_terminal(house.ctx, store="001", code="01", name="", devices=devices, active=True)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("facts", "error", "code"),
    [
        ({"code": "001"}, Conflict, "stores.code_taken"),
        ({"code": "0 1"}, Invalid, "stores.code_unusable"),
        ({"code": "hq"}, Invalid, "stores.code_unusable"),
        ({"zone": "Z"}, NotFound, "stores.zone_unknown"),
        ({"time_zone": "Mars/One"}, Invalid, "civil.unknown_zone"),
        ({"name": {}}, Invalid, "stores.name_missing"),
        ({"terminals": ["12345"]}, Invalid, "stores.terminal_code_unusable"),
    ],
)
def test_what_cannot_be_a_store(
    house: House, facts: dict[str, object], error: type[Exception], code: str
) -> None:
    with pytest.raises(error) as refused:
        actions.add_store(house.ctx, **({"code": "003", "name": {"en": "x"}, "zone": "A"} | facts))

    assert refused.value.code == code
    assert house.value("SELECT count(*) FROM store") == 2


def test_another_zone_moves_the_subscription(house: House) -> None:
    house.device("001")

    actions.change_store(
        house.ctx, "001", name={"en": "Central"}, zone="B", time_zone="Asia/Hong_Kong", address={}, receipt_head={},
        receipt_foot={}, is_open=True,
    )  # fmt: skip

    scopes = [r[0] for r in house.db.rows("SELECT scope FROM subscription WHERE node = '001' ORDER BY scope")]
    assert scopes == ["chain", "store:001", "zone:B"]


@pytest.mark.parametrize(
    ("chosen", "sent"),
    [("none", False), ("plain", True), ("high_open", "high_open"), ("low_open", "low_open")],
)
def test_a_drawer_may_be_watched_by_a_calibrated_sensor(house: House, chosen: str, sent: object) -> None:
    browser = house.client("admin")
    browser.post("/stores/001/terminals", code="09", name="Till", active="1", printer="tcp",
                 printer_address="192.0.2.7:9100", codec="big5", columns="48", drawer=chosen)  # fmt: skip

    assert row(house, "terminal", "09", "store:001").devices["printer"]["drawer"] == sent
    page = browser.get("/stores/001").text
    assert f'<option value="{chosen}" selected' in page


def test_who_covers_one_store_changes_it_but_not_its_zone(house: House) -> None:
    mine = replace(house.ctx, actor=replace(house.ctx.actor, stores=frozenset({"001"})))
    facts = {
        "time_zone": "Asia/Hong_Kong",
        "address": {},
        "receipt_head": {},
        "receipt_foot": {},
        "is_open": True,
    }

    actions.change_store(mine, "001", name={"en": "New name"}, zone="A", **facts)
    with pytest.raises(NotPermitted) as refused:
        actions.change_store(mine, "001", name={"en": "New name"}, zone="B", **facts)

    assert refused.value.code == "access.chain_not_permitted"
    store = row(house, "store", "001", "store:001")
    assert (store.name, store.zone) == ({"en": "New name"}, "A")


def test_an_enrolment_code_is_shown_once(house: House) -> None:
    browser = house.client("admin")

    page = browser.post("/enrolment/", store="001").text

    code = page.split('class="secret">')[1].split("<")[0]
    assert len(code) == 8
    again = browser.get("/enrolment/").text
    assert code not in again and "waiting for the store" in again
