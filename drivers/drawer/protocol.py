"""The promise of a cash drawer: one pulse, then an outcome that says how much is known."""

from dataclasses import dataclass
from typing import Literal, Protocol

from drivers.device import Device

DrawerResult = Literal["OPEN_VERIFIED", "ALREADY_OPEN", "KICK_SENT_UNVERIFIED", "FAILED_TO_OPEN", "REFUSED"]
DrawerState = Literal["open", "closed", "unknown", "no_sensor"]
Sensor = Literal["high_open", "low_open", "unknown", "none"]
Electrical = Literal["epson24", "star24", "generic12", "unknown"]


@dataclass(frozen=True)
class DrawerCaps:
    """How the drawer is wired. `sensor` tells which level of pin 3 means open (found by calibration). A drawer that
    stands open for `left_open_seconds` is told of.

    `realtime` allows the pulse that overtakes a blocked printer (DLE DC4); not every printer knows it.
    """

    channel: int = 0
    on_ms: int = 200
    off_ms: int = 400
    sensor: Sensor = "unknown"
    cooldown_seconds: float = 1.0
    poll_seconds: float = 2.0
    left_open_seconds: float = 60.0
    realtime: bool = False
    electrical: Electrical = "epson24"


@dataclass(frozen=True)
class DrawerOutcome:
    """The result, and the code or word of the reason when it is not good."""

    result: DrawerResult
    reason: str = ""


class CashDrawer(Device, Protocol):
    """A drawer that can be opened by a person with a right to."""

    def open_drawer(self, why: str, by: str) -> DrawerOutcome:
        """Open once; never pulses twice in one call."""

    def state(self) -> DrawerState:
        """What the sensor says now."""
