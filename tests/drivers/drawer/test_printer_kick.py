"""The drawer behind a printer: one pulse a call, and an outcome for everything that can happen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.drawer.printer_kick import PrinterKickDrawer
from drivers.drawer.protocol import DrawerCaps, DrawerOutcome
from tests.drivers.builders import a_job
from tests.drivers.printer.bench import WIRES, Rig, a_rig


class HandClock:
    """Time that moves only when somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(params=WIRES)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with a_rig(request.param, tmp_path) as made:
        yield made


def a_drawer(rig: Rig, clock: HandClock | None = None, **caps: object) -> PrinterKickDrawer:
    clock = clock or HandClock()
    wired = DrawerCaps(**{"sensor": "high_open", **caps})  # type: ignore[arg-type]
    return PrinterKickDrawer("drawer-1", rig.printer, wired, clock=clock, wait=clock.wait)


def pulses(rig: Rig) -> int:
    return rig.emulator.counts()["pulses"]


def test_a_closed_drawer_opens_and_is_verified(rig: Rig) -> None:
    drawer = a_drawer(rig)

    outcome = drawer.open_drawer("sale", "1001")

    assert outcome == DrawerOutcome("OPEN_VERIFIED")
    assert drawer.state() == "open"
    assert pulses(rig) == 1


def test_low_active_sensors_are_read_by_their_polarity(rig: Rig) -> None:
    rig.emulator.set("drawer_high_when_open", False)
    drawer = a_drawer(rig, sensor="low_open")

    assert drawer.state() == "closed"
    assert drawer.open_drawer("sale", "1001").result == "OPEN_VERIFIED"


def test_an_open_drawer_gets_no_pulse(rig: Rig) -> None:
    """Opened by its key, or never closed (HW-07)."""
    rig.emulator.open_drawer_by_key()

    assert a_drawer(rig).open_drawer("sale", "1001") == DrawerOutcome("ALREADY_OPEN")
    assert pulses(rig) == 0


def test_a_jammed_drawer_fails_after_one_pulse(rig: Rig) -> None:
    """One pulse, then it is said that it did not open (HW-07)."""
    rig.emulator.set("drawer_jam", True)
    clock = HandClock()

    outcome = a_drawer(rig, clock).open_drawer("sale", "1001")

    assert outcome == DrawerOutcome("FAILED_TO_OPEN", "drawer.not_opened")
    assert pulses(rig) == 1
    assert clock.now == pytest.approx(102.0, abs=0.11)


def test_a_drawer_without_sensor_is_never_called_open(rig: Rig) -> None:
    rig.emulator.set("drawer_sensor", False)

    assert a_drawer(rig, sensor="none").open_drawer("sale", "1001").result == "KICK_SENT_UNVERIFIED"
    assert rig.emulator.wait_for(lambda printer: printer.counts()["pulses"] == 1)


def test_an_uncalibrated_sensor_verifies_by_change_and_its_silence_proves_nothing(rig: Rig) -> None:
    moved = a_drawer(rig, sensor="unknown").open_drawer("sale", "1001")
    still = a_drawer(rig, sensor="unknown").open_drawer("sale", "1001")

    assert (moved.result, still.result) == ("OPEN_VERIFIED", "KICK_SENT_UNVERIFIED")


def test_a_mute_printer_is_pulsed_once_without_proof(rig: Rig) -> None:
    rig.emulator.set("mute", True)
    rig.timing.answer = 0.2

    outcome = a_drawer(rig).open_drawer("sale", "1001")

    assert outcome.result == "KICK_SENT_UNVERIFIED"
    assert rig.emulator.wait_for(lambda printer: printer.counts()["pulses"] == 1)


@pytest.mark.parametrize("realtime", [False, True])
def test_a_printer_that_fell_silent_gets_no_pulse_that_would_fire_later(rig: Rig, realtime: bool) -> None:
    drawer = a_drawer(rig, realtime=realtime)
    assert drawer.state() == "closed"
    assert rig.printer.preflight() is not None
    rig.emulator.set("half_open", True)
    rig.timing.answer = 0.2

    assert drawer.open_drawer("sale", "1001") == DrawerOutcome("FAILED_TO_OPEN", "link.timeout")


def test_a_second_opening_within_the_cooldown_is_refused(rig: Rig) -> None:
    clock = HandClock()
    drawer = a_drawer(rig, clock)
    drawer.open_drawer("sale", "1001")
    rig.emulator.close_drawer()

    refused = drawer.open_drawer("sale", "1001")
    clock.wait(1.0)
    opened = drawer.open_drawer("sale", "1001")

    assert refused == DrawerOutcome("REFUSED", "cooldown")
    assert opened.result == "OPEN_VERIFIED"
    assert pulses(rig) == 2


@pytest.mark.parametrize("electrical", ["star24", "unknown"])
def test_unknown_wiring_gets_no_pulse(rig: Rig, electrical: str) -> None:
    assert a_drawer(rig, electrical=electrical).open_drawer("sale", "1001").result == "REFUSED"
    assert pulses(rig) == 0


def test_a_printer_without_paper_gets_no_pulse_that_would_fire_later(rig: Rig) -> None:
    rig.emulator.set("paper_out", True)

    outcome = a_drawer(rig).open_drawer("sale", "1001")
    rig.emulator.new_roll()

    assert outcome == DrawerOutcome("FAILED_TO_OPEN", "dev.paper_out")
    assert pulses(rig) == 0


def test_the_overtaking_pulse_opens_without_paper_where_the_profile_allows_it(rig: Rig) -> None:
    rig.emulator.set("paper_out", True)

    assert a_drawer(rig, realtime=True).open_drawer("sale", "1001").result == "OPEN_VERIFIED"
    rig.emulator.close_drawer()
    rig.emulator.new_roll()
    assert rig.run(a_job()).state == "DONE"
    assert pulses(rig) == 1  # nothing was left in the buffer to fire with the next paper
    assert not rig.emulator.drawer_open


def test_a_switched_off_printer_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    with a_rig("tcp", tmp_path) as rig:
        rig.emulator.set("offline", True)
        rig.printer.close()

        outcome = a_drawer(rig).open_drawer("sale", "1001")

        assert outcome.result == "FAILED_TO_OPEN"
        assert outcome.reason.startswith("link.")
