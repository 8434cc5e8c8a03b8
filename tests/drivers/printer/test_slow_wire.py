"""Deadlines count what is on the wire, at the speed of the wire; bodies and times as of a 9600-baud printer."""

from pathlib import Path
from typing import Any

import pytest

from drivers.printer.escpos import FLUSH
from drivers.printer.protocol import PrintJob, fence_token
from drivers.printer.session import Session
from drivers.transport.serial_port import SerialTransport
from tests.drivers.printer.bench import WIRES
from tests.drivers.printer.slow import BYTES_PER_SECOND, FASTER, a_slow_rig

BODY = b"A line of a receipt with 34 bytes\n" * 60
UNKNOWN_WORDS = "RESULT UNKNOWN"


def a_paper(number: int) -> PrintJob:
    return PrintJob(str(number), "receipt", BODY, fence_token(number))


@pytest.mark.parametrize("wire", WIRES)
def test_after_one_unknown_a_slow_printer_confirms_the_next_papers(wire: str, tmp_path: Path) -> None:
    with a_slow_rig(wire, tmp_path) as rig:
        rig.emulator.set("reset_after", 800)
        lost = rig.run(a_paper(1))
        rig.emulator.set("speed", int(BYTES_PER_SECOND * FASTER))
        while rig.printer.run(a_paper(2), lambda event: None).state == "BLOCKED":
            continue  # the serial port appears again by itself

        after = rig.run(a_paper(3))

        assert lost.state == "UNKNOWN"
        assert after.state == "DONE"
        assert [UNKNOWN_WORDS in paper.text() for paper in rig.emulator.papers()] == [True, False, False]


@pytest.mark.parametrize("wire", WIRES)
def test_a_paper_behind_the_removal_of_an_orphan_is_waited_for(wire: str, tmp_path: Path) -> None:
    assert len(FLUSH) / BYTES_PER_SECOND > 8.0  # alone longer than the patience for an answer
    with a_slow_rig(wire, tmp_path) as rig:
        rig.emulator.set("speed", int(BYTES_PER_SECOND * FASTER))
        job = a_paper(1)

        outcome = rig.run(PrintJob(job.id, job.kind, job.body, job.token, after_unknown=True))

        assert (outcome.state, outcome.evidence) == ("DONE", "fence+cut")


class Taking:
    """A wire that takes everything at once; time stands still unless moved."""

    address, duplex = "taking", True

    def __init__(self, bytes_per_second: float | None) -> None:
        self.bytes_per_second = bytes_per_second
        self.now = 0.0

    def reopen(self) -> None: ...

    def close(self) -> None: ...

    def is_open(self) -> bool:
        return True

    def write(self, data: bytes, deadline: float) -> int:
        return len(data)

    def read(self, size: int, deadline: float) -> bytes:
        return b""


@pytest.mark.parametrize(("carried", "expected"), [(None, 20.0), (1000.0, 20.0), (50.0, 40.0)])
def test_what_was_written_is_under_way_at_the_slower_of_two_speeds(
    carried: float | None, expected: float
) -> None:
    wire = Taking(carried)
    session = Session(wire, lambda: wire.now, 100.0)
    session.write_all(b"x" * 1500, 1.0)

    assert session.seconds_under_way(500) == pytest.approx(expected)

    session.connect()
    wire.now = 5.0
    assert session.seconds_under_way(500) == pytest.approx(expected - 5.0)
    session.all_arrived()
    assert session.seconds_under_way() == 0.0


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"baudrate": 9600}, 960.0),
        ({"baudrate": 2400}, 240.0),
        ({"baudrate": 9600, "bytesize": 7, "parity": "E"}, 960.0),
        ({"baudrate": 11000, "stopbits": 2}, 1000.0),
    ],
)
def test_a_serial_port_knows_its_speed(settings: dict[str, Any], expected: float) -> None:
    assert SerialTransport("/dev/ttyS0", **settings).bytes_per_second == pytest.approx(expected)
