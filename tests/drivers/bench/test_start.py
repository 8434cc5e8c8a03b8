"""A bench of emulated devices started from a configuration, driven by devices from profiles."""

from pathlib import Path

import pytest

from drivers.bench.start import start
from drivers.registry import build
from drivers.scanner.protocol import Scan
from drivers.scanner.serial_scanner import SerialScanner
from retail.errors import Misconfigured
from tests.drivers.builders import a_job

PATIENCE = {"answer": 60.0, "base": 60.0}  # longer than any stall of a thread


def test_a_bench_serves_the_devices_that_profiles_describe(tmp_path: Path) -> None:
    bench = start(
        {
            "printers": [
                {"name": "front", "port": 0},
                {"name": "back", "path": tmp_path / "back", "dots": 384, "switches": {"near_end": True}},
            ],
            "scanners": [{"name": "gun", "path": tmp_path / "gun"}],
        }
    )
    host, port = bench.address("front").split(":")
    devices = build(
        [
            {
                "id": "front",
                "kind": "printer",
                "driver": "escpos",
                "transport": {"type": "tcp", "host": host, "port": int(port)},
                "timing": PATIENCE,
            },
            {
                "id": "back",
                "kind": "printer",
                "driver": "escpos",
                "transport": {"type": "serial", "path": bench.address("back")},
                "caps": {"columns": 32},
                "timing": PATIENCE,
            },
            {
                "id": "gun",
                "kind": "scanner",
                "driver": "serial",
                "transport": {"type": "serial", "path": bench.address("gun")},
            },
        ]
    )
    scanner = devices["gun"]
    assert isinstance(scanner, SerialScanner)
    heard: list[Scan] = []
    scanner.subscribe(heard.append)
    scanner.open()

    outcomes = [devices[name].run(a_job(), lambda event: None).state for name in ("front", "back")]  # type: ignore[union-attr]
    bench.scanner("gun").scan("6901234567892")
    while not heard:
        scanner.turn(5.0)

    assert outcomes == ["DONE", "DONE"]
    assert [len(bench.printer(name).papers()) for name in ("front", "back")] == [1, 1]
    assert bench.printer("back").papers()[0].dots == 384
    assert [scan.text for scan in heard] == ["6901234567892"]
    for device in devices.values():
        device.close()
    bench.stop()
    assert not (tmp_path / "gun").exists()


def test_a_wrong_configuration_starts_nothing_and_names_everything() -> None:
    with pytest.raises(Misconfigured) as wrong:
        start(
            {
                "printers": [{"name": "a"}, {"name": "a", "port": 0, "ink": 3}],
                "scanners": [{"name": ""}],
                "x": 1,
            }
        )

    assert wrong.value.problems == [
        "unknown key x",
        "printers a: needs a port or a path",
        "printers a: unknown key ink",
        "printers: name 'a' is missing or used twice",
        "scanners: name '' is missing or used twice",
        "scanners : needs a path",
    ]
