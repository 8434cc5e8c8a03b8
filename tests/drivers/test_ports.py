"""The names of the serial ports, also while the system takes one away."""

import glob
import os.path
from pathlib import Path

import pytest

from drivers import ports

HALF_GONE = "/dev/ttyUSB9"


def test_a_port_that_is_being_unplugged_is_no_more_than_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name is still there, what the system knew of it is not: pyserial's own list fails on that (HW-03)."""
    with monkeypatch.context() as going:
        going.setattr(glob, "glob", lambda pattern: [HALF_GONE])
        going.setattr(os.path, "exists", lambda path: True)
        going.setattr(os.path, "realpath", lambda path: f"/gone/{os.path.basename(path)}/usb-serial")

        found = ports.serial_ports()

    assert found == {HALF_GONE}


def test_a_name_is_a_port_even_when_it_leads_nowhere_and_a_folder_may_be_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "usb-Printer_1-if00").symlink_to(tmp_path / "gone")
    monkeypatch.setattr(ports, "PATTERNS", (f"{tmp_path}/*", f"{tmp_path}/missing/*"))
    assert ports.serial_ports() == {str(tmp_path / "usb-Printer_1-if00")}

    (tmp_path / "usb-Printer_1-if00").unlink()

    assert ports.serial_ports() == frozenset()
