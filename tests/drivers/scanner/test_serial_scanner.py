"""The serial scanner against the emulated one: every scan once, bounces counted, back after an unplug."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.scanner.emulator import ScannerEmulator
from drivers.scanner.protocol import Scan
from drivers.scanner.serial_scanner import SerialScanner
from drivers.transport.serial_port import SerialTransport
from retail.errors import DeviceError


@dataclass
class Lane:
    """An emulated scanner, the device that listens, and what it heard."""

    emulator: ScannerEmulator
    scanner: SerialScanner
    heard: list[Scan] = field(default_factory=list)

    def listen(self, count: int) -> list[str]:
        """Turn the owner's crank until so many scans were heard, or nothing more comes."""
        for _ in range(400):
            if len(self.heard) >= count:
                break
            self.scanner.turn(0.02)
        return [scan.text for scan in self.heard]


@pytest.fixture
def lane(tmp_path: Path) -> Iterator[Lane]:
    emulator = ScannerEmulator("scan-1", tmp_path / "scanner")
    scanner = SerialScanner("scanner-1", SerialTransport(str(tmp_path / "scanner")), idle_seconds=0.03)
    made = Lane(emulator, scanner)
    scanner.subscribe(made.heard.append)
    scanner.open()
    yield made
    scanner.close()
    emulator.stop()


def test_scans_arrive_once_and_numbered(lane: Lane) -> None:
    lane.emulator.scan("6901234567892")
    lane.emulator.scan("96385074")

    assert lane.listen(2) == ["6901234567892", "96385074"]
    assert [scan.seq for scan in lane.heard] == [1, 2]
    assert lane.heard[0].device_id == "scanner-1"


def test_a_bounce_is_dropped_and_counted_but_a_second_piece_later_is_not(lane: Lane) -> None:
    """One trigger that is read twice is one scan (HW-08)."""
    lane.emulator.set("bounce", True)
    lane.emulator.scan("6901234567892")
    lane.emulator.set("bounce", False)
    lane.emulator.scan("96385074")
    lane.listen(2)
    lane.emulator.scan("6901234567892")

    assert lane.listen(3) == ["6901234567892", "96385074", "6901234567892"]
    assert lane.scanner.health().counters["duplicates"] == 1


def test_two_scanners_may_read_the_same_code_at_once(lane: Lane, tmp_path: Path) -> None:
    other = ScannerEmulator("scan-2", tmp_path / "other")
    second = SerialScanner("scanner-2", SerialTransport(str(tmp_path / "other")))
    second.subscribe(lane.heard.append)
    second.open()
    lane.emulator.scan("6901234567892")
    other.scan("6901234567892")

    lane.listen(1)
    for _ in range(50):
        second.turn(0.02)
        if len(lane.heard) == 2:
            break

    assert [scan.device_id for scan in lane.heard] == ["scanner-1", "scanner-2"]
    second.close()
    other.stop()


def test_without_terminator_silence_ends_the_code(lane: Lane) -> None:
    lane.emulator.set("no_terminator", True)
    lane.emulator.scan("6901234567892")

    assert lane.listen(1) == ["6901234567892"]


def test_a_slow_scanner_is_heard_whole(lane: Lane) -> None:
    lane.emulator.set("slow", 2)
    lane.emulator.scan("96385074")

    assert lane.listen(1) == ["96385074"]


def test_a_lost_character_is_another_code_not_a_crash(lane: Lane) -> None:
    lane.emulator.set("drop", True)
    lane.emulator.scan("96385074")

    assert lane.listen(1) == ["9638074"]


def test_unplugging_is_a_lost_link_and_half_a_code_is_forgotten(lane: Lane) -> None:
    lane.emulator.port.write(b"96385")
    lane.scanner.turn(0.05)
    lane.emulator.set("unplugged", True)
    with pytest.raises(DeviceError) as lost:
        lane.scanner.turn(0.05)

    lane.emulator.set("unplugged", False)
    lane.scanner.open()
    lane.emulator.scan("6901234567892")

    assert lost.value.code.startswith("link.")
    assert lane.listen(1) == ["6901234567892"]
    assert lane.scanner.health().counters["losses"] == 1


def test_a_lost_scanner_stays_lost_with_its_reason_until_it_is_back(lane: Lane) -> None:
    """Its supervisor closes it after a loss and tries to open it in vain: neither makes it well."""
    lane.emulator.set("unplugged", True)
    with pytest.raises(DeviceError) as lost:
        lane.scanner.turn(0.05)
    lane.scanner.close()
    closed = lane.scanner.health()
    with pytest.raises(DeviceError):
        lane.scanner.open()
    tried = lane.scanner.health()

    lane.emulator.set("unplugged", False)
    lane.scanner.open()

    assert (closed.state, closed.last_error) == ("LOST", lost.value.code)
    assert (tried.state, tried.last_error) == ("LOST", "link.not_found")
    assert (lane.scanner.health().state, lane.scanner.health().last_error) == ("READY", None)


def test_a_scanner_that_was_never_there_is_lost(tmp_path: Path) -> None:
    scanner = SerialScanner("scanner-1", SerialTransport(str(tmp_path / "nothing")))

    with pytest.raises(DeviceError):
        scanner.open()
    scanner.close()

    assert (scanner.health().state, scanner.health().last_error) == ("LOST", "link.not_found")


def test_a_subscriber_that_left_hears_nothing(lane: Lane) -> None:
    gone: list[Scan] = []
    unsubscribe = lane.scanner.subscribe(gone.append)
    unsubscribe()
    lane.emulator.scan("96385074")
    lane.listen(1)

    assert gone == []
