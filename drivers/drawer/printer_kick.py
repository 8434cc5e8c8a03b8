"""A drawer behind a receipt printer: read the sensor, pulse once, look for two seconds.

Reading at once gives the old state and made other programs pulse five times; here one call is one pulse at
most. A printer without paper would keep a queued pulse and fire it later, so it gets none unless the
overtaking pulse is allowed by the profile.
"""

import threading
from collections.abc import Callable
from typing import Literal

from drivers.device import Check, Health, Kind, State
from drivers.drawer.protocol import DrawerCaps, DrawerOutcome, DrawerState
from drivers.drawer.watch import DrawerWatch, Seen
from drivers.printer import commands
from drivers.printer.escpos import EscposPrinter
from drivers.printer.protocol import Pulse
from drivers.transport.base import Monotonic, monotonic
from retail.errors import DeviceError

POLL_STEP_SECONDS = 0.1
KNOWN_WIRING = ("epson24", "generic12")
CALIBRATED = ("high_open", "low_open")


class PrinterKickDrawer:
    """The device; `printer` owns the wire."""

    kind: Kind = "drawer"

    def __init__(
        self,
        device_id: str,
        printer: EscposPrinter,
        caps: DrawerCaps | None = None,
        *,
        clock: Monotonic = monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self.id = device_id
        self.caps = caps or DrawerCaps()
        self._printer = printer
        self._clock = clock
        self._wait = wait or threading.Event().wait
        self._lock = threading.Lock()
        self._last_pulse: float | None = None
        self._since = clock()
        self._counters = {"openings": 0, "failures": 0, "refused": 0}
        self._last_error: str | None = None
        self._watch = DrawerWatch(self.id, self.caps.left_open_seconds)
        self.on_seen: Callable[[Seen], None] = lambda seen: None  # called in the owner's thread

    def open(self) -> None:
        """Connect the printer."""
        self._printer.open()

    def close(self) -> None:
        """The printer closes its own link."""

    def health(self) -> Health:
        """The printer's state with the drawer's counters."""
        behind = self._printer.health()
        state: State = "READY" if behind.state in ("READY", "DEGRADED", "BLOCKED") else behind.state
        facts = {"via": self._printer.id, "sensor": self.caps.sensor}
        error = "drawer.left_open" if self._watch.left_open else self._last_error
        return Health(state, self._since, behind.last_ok, error, dict(self._counters), facts)

    def self_test(self, level: Literal["passive", "active"]) -> list[Check]:
        """Passive: does the sensor answer. Active: one pulse."""
        try:
            pin = self._printer.drawer_pin()
        except DeviceError as problem:
            return [Check("link", False, problem.code)]
        checks = [Check("link", True), Check("sensor", pin is not None or self.caps.sensor == "none")]
        if level == "active":
            outcome = self.open_drawer("self-test", "technician")
            opened = outcome.result in ("OPEN_VERIFIED", "ALREADY_OPEN")
            checks.append(Check("pulse", opened, None if opened else "drawer.not_opened", outcome.result))
        return checks

    def state(self) -> DrawerState:
        """Open or closed by the sensor; unknown when the printer is silent or the polarity is not
        calibrated.
        """
        if self.caps.sensor == "none":
            return "no_sensor"
        try:
            pin = self._printer.drawer_pin()
        except DeviceError:
            return "unknown"
        if pin is None or self.caps.sensor == "unknown":
            return "unknown"
        return "open" if pin == (self.caps.sensor == "high_open") else "closed"

    def turn(self, seconds: float) -> None:
        """Idle work behind the printer's own: look at a calibrated sensor, if the printer answers at all."""
        if self.caps.sensor in CALIBRATED and self._printer.heard:
            self._saw(self.state())

    def _saw(self, state: DrawerState) -> None:
        seen = self._watch.look(state, self._clock(), self._printer.last_pulse)
        if seen is not None:
            self.on_seen(seen)

    def open_drawer(self, why: str, by: str) -> DrawerOutcome:
        """Open the drawer once; who and why are recorded by the caller."""
        with self._lock:
            outcome = self._refusal() or self._pulse_and_look()
            key = {"REFUSED": "refused", "FAILED_TO_OPEN": "failures"}.get(outcome.result, "openings")
            self._counters[key] += 1
            self._last_error = outcome.reason or None
            return outcome

    def _refusal(self) -> DrawerOutcome | None:
        """Unknown wiring may be another voltage; a second pulse in the cool-down burns coils."""
        if self.caps.electrical not in KNOWN_WIRING:
            return DrawerOutcome("REFUSED", "wiring")
        if self._last_pulse is not None and self._clock() - self._last_pulse < self.caps.cooldown_seconds:
            return DrawerOutcome("REFUSED", "cooldown")
        return None

    def _pulse_and_look(self) -> DrawerOutcome:
        try:
            status = self._printer.preflight()
            blocked = self._printer.not_ready(status)
            if blocked is not None and (status is None or not self.caps.realtime):
                return DrawerOutcome("FAILED_TO_OPEN", blocked)
            before = self.state() if status is not None else "no_sensor"
            if before == "open":
                return DrawerOutcome("ALREADY_OPEN")
            pin_before = self._printer.drawer_pin() if before == "unknown" else None
            self._last_pulse = self._clock()
            self._printer.pulse(self._bytes(blocked is not None), Pulse(self.id, self._last_pulse))
        except DeviceError as problem:
            return DrawerOutcome("FAILED_TO_OPEN", problem.code)
        if before == "no_sensor" or (before == "unknown" and pin_before is None):
            return DrawerOutcome("KICK_SENT_UNVERIFIED")
        return self._look(pin_before)

    def _bytes(self, blocked: bool) -> bytes:
        caps = self.caps
        if blocked:
            return commands.realtime_pulse(caps.channel, caps.on_ms)
        return commands.pulse(caps.channel, caps.on_ms, caps.off_ms)

    def _look(self, pin_before: bool | None) -> DrawerOutcome:
        """Poll the sensor; without a known polarity any change of level means that the drawer moved."""
        end = self._clock() + self.caps.poll_seconds
        while True:
            if pin_before is not None and self._pin_changed(pin_before):
                return DrawerOutcome("OPEN_VERIFIED")
            if pin_before is None and self.state() == "open":
                self._saw("open")  # how long it is open counts from now, whatever is printed meanwhile
                return DrawerOutcome("OPEN_VERIFIED")
            if self._clock() >= end:
                break
            self._wait(POLL_STEP_SECONDS)
        if pin_before is not None:
            # Not calibrated: it may have no sensor at all, so the silence of the pin proves nothing.
            return DrawerOutcome("KICK_SENT_UNVERIFIED")
        return DrawerOutcome("FAILED_TO_OPEN", "drawer.not_opened")

    def _pin_changed(self, before: bool) -> bool:
        try:
            now = self._printer.drawer_pin()
        except DeviceError:
            return False
        return now is not None and now != before
