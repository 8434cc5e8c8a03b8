"""What a drawer's sensor tells becomes a row of the audit that accuses nobody by mistake."""

from __future__ import annotations

import json

from drivers.drawer.printer_kick import PrinterKickDrawer
from drivers.drawer.protocol import DrawerCaps, Sensor
from drivers.printer.emulator import PrinterEmulator
from drivers.printer.escpos import EscposPrinter
from drivers.transport.memory import MemoryTransport
from edge.devices import drawers
from tests.builders.edge import Shop


def heard(shop: Shop, *sensors: Sensor) -> list[PrinterKickDrawer]:
    """Drawers behind one printer to which the node listens."""
    printer = EscposPrinter("printer:01", MemoryTransport(PrinterEmulator("till-01")))
    made = [
        PrinterKickDrawer(f"drawer:{number:02}", printer, DrawerCaps(sensor=sensor))
        for number, sensor in enumerate(sensors, 1)
    ]
    drawers.listen(shop.node, made)
    return made


def rows(shop: Shop) -> list[tuple[str, str, dict[str, list[str]]]]:
    found = shop.node.db.rows("SELECT subject, verb, facts FROM audit WHERE verb LIKE 'devices.drawer%'")
    return [(row["subject"], row["verb"], json.loads(row["facts"])) for row in found]


def test_a_drawer_with_a_sensor_of_its_own_is_named_alone(shop: Shop) -> None:
    first, _ = heard(shop, "high_open", "none")

    first.on_seen("by_key")

    assert rows(shop) == [("drawer:01", "devices.drawer_by_key", {})]


def test_the_row_names_the_drawers_that_it_may_have_been_as_well(shop: Shop) -> None:
    """One printer has one sensor, whatever hangs on it."""
    _, second = heard(shop, "high_open", "high_open")

    second.on_seen("by_key")

    assert rows(shop) == [("drawer:02", "devices.drawer_by_key", {"same_sensor": ["drawer:01"]})]
