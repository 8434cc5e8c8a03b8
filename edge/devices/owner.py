"""A device with the thread that owns it; work is handed over and waited for."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from drivers.device import Health, Kind
from drivers.errors import device_error
from drivers.supervisor import Supervisor
from drivers.transport.base import monotonic
from edge.devices.answers import Answers

T = TypeVar("T")
LOOK_SECONDS = 0.5


class Watched:
    """Passes a device through to its supervisor, with those that hang behind it, and tells when a state has changed."""

    def __init__(self, device: Any, changed: Callable[[], None], behind: Sequence[Any] = ()) -> None:
        self.id: str = device.id
        self.kind: Kind = device.kind
        self._device = device
        self._behind = behind
        self._changed = changed
        self._seen: list[tuple[str, str | None]] = []

    def open(self) -> None:
        """Connect."""
        try:
            self._device.open()
        finally:
            self.look()

    def close(self) -> None:
        """Hang up."""
        self._device.close()

    def turn(self, seconds: float) -> None:
        """Idle work."""
        try:
            for device in (self._device, *self._behind):
                device.turn(seconds)
        finally:
            self.look()

    def rest(self) -> float:
        """As long as the first device may rest."""
        return float(self._device.rest())

    def look(self) -> None:
        """Tell of a state that nobody has been told of."""
        healths: list[Health] = [device.health() for device in (self._device, *self._behind)]
        now: list[tuple[str, str | None]] = [(health.state, health.last_error) for health in healths]
        if now != self._seen:
            self._seen = now
            self._changed()


class Owner:
    """One device and its supervisor; several devices on one wire share a supervisor."""

    def __init__(self, device: Any, supervisor: Supervisor, watched: Watched) -> None:
        self.device = device
        self.supervisor = supervisor
        self._watched = watched
        self.retired = False
        self.answers: Answers | None = None  # of a printer

    def call(self, work: Callable[[], T], seconds: float | None = None) -> T:
        """Run `work` in the owner thread and wait for it. `DeviceError("link.reset")` when the device was replaced
        before its turn came, "link.busy" when it is not done within `seconds`."""
        future = self.supervisor.call(work)
        end = None if seconds is None else monotonic() + seconds
        while not future.done():
            concurrent.futures.wait([future], LOOK_SECONDS)
            if self.retired and future.cancel():
                raise device_error("link.reset", address=self.device.id)
            if end is not None and monotonic() >= end and not future.done():
                future.cancel()
                raise device_error("link.busy", address=self.device.id)
        try:
            return future.result()
        finally:
            self._watched.look()

    def health(self) -> Health:
        """What the device says of itself; never waits."""
        found: Health = self.device.health()
        return found
