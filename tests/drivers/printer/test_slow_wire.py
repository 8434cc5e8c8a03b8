"""Deadlines count what is on the wire, at the speed of the wire; bodies and times as of a 9600-baud printer."""

from dataclasses import replace
from typing import Any

import pytest

from drivers.printer.escpos import FLUSH, EscposPrinter
from drivers.printer.job_run import Timing
from drivers.printer.protocol import JobEvent, JobOutcome, PrinterCaps, PrintJob, fence_token
from drivers.printer.session import Session
from drivers.transport.serial_port import SerialTransport
from tests.drivers.printer.slow import BYTES_PER_SECOND, a_slow_printer, a_slow_wire

BODY = b"A line of a receipt with 34 bytes\n" * 60
UNKNOWN_WORDS = "RESULT UNKNOWN"
CARRIED = (None, float(BYTES_PER_SECOND))  # a network says nothing of its speed, a serial port does


def a_paper(number: int) -> PrintJob:
    return PrintJob(str(number), "receipt", BODY, fence_token(number))


def run(printer: EscposPrinter, job: PrintJob) -> JobOutcome:
    return printer.run(job, lambda event: None)


@pytest.mark.parametrize("carried", CARRIED)
def test_after_one_unknown_a_slow_printer_confirms_the_next_papers(carried: float | None) -> None:
    emulator, printer = a_slow_printer(carried)
    emulator.set("reset_after", 800)

    outcomes = [run(printer, a_paper(number)) for number in (1, 2, 3)]

    assert [outcome.state for outcome in outcomes] == ["UNKNOWN", "DONE", "DONE"]
    assert [UNKNOWN_WORDS in paper.text() for paper in emulator.papers()] == [True, False, False]


@pytest.mark.parametrize("carried", CARRIED)
def test_a_paper_behind_the_removal_of_an_orphan_is_waited_for(carried: float | None) -> None:
    assert len(FLUSH) / BYTES_PER_SECOND > Timing.base  # alone longer than the patience for an answer
    _, printer = a_slow_printer(carried)

    outcome = run(printer, replace(a_paper(1), after_unknown=True))

    assert (outcome.state, outcome.evidence) == ("DONE", "fence+cut")


@pytest.mark.parametrize("carried", CARRIED)
def test_behind_a_new_roll_there_is_time_to_print_the_rest(carried: float | None) -> None:
    """Without automatic status the stop is found when the patience is over: there must be some again."""
    emulator, printer = a_slow_printer(carried, PrinterCaps(asb=False), ponders=Timing.blocked_poll + 2.0)
    states = []

    def person(event: JobEvent) -> None:
        states.append(event.state)
        if states == ["SENDING"]:
            emulator.set("paper_out", True)
        elif event.state == "BLOCKED":
            emulator.new_roll()

    outcome = printer.run(a_paper(1), person)

    assert states[:3] == ["SENDING", "BLOCKED", "SENDING"]
    assert (outcome.state, outcome.reason) == ("DONE", "interrupted: paper_out")


@pytest.mark.parametrize("carried", CARRIED)
@pytest.mark.parametrize(("busy", "state"), [(5.0, "DONE"), (30.0, "UNKNOWN")])
def test_a_printer_that_is_busy_in_a_paper_prints_it_once_when_it_goes_on(
    busy: float, state: str, carried: float | None
) -> None:
    """Nothing is taken for so long: DONE within the patience, else a person is asked. Never twice (HW-05)."""
    wire, emulator, printer = a_slow_wire(carried)

    def stops(event: JobEvent) -> None:
        if event.state == "SENDING":
            wire.busy_until = wire.now + busy

    first = printer.run(a_paper(1), stops)
    wire.now = max(wire.now, wire.busy_until)
    # While it still prints what it had, it answers nothing, and the next paper waits.
    tries = (run(printer, a_paper(2)) for _ in range(10))
    second = next(outcome for outcome in tries if outcome.state != "BLOCKED")

    assert (first.state, second.state) == (state, "DONE")
    assert sum(paper.text().count("A line of a receipt") for paper in emulator.papers()) == 2 * 60
    assert [UNKNOWN_WORDS in paper.text() for paper in emulator.papers()] == [state == "UNKNOWN", False]


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
