"""What a drawer's sensor tells over time: opened without a pulse, left open. Pure; somebody looks now and then.

Between two looks a long paper may be printed. So an opening is a pulse's if no look since that pulse has seen the
drawer closed, and a pulse begins an opening of its own; and one printer has one sensor, so the pulse may have been for
another drawer behind it.
"""

from typing import Literal

from drivers.drawer.protocol import DrawerState
from drivers.printer.protocol import Pulse

Seen = Literal["by_key", "left_open"]
PULSE_SECONDS = 5.0  # an opening so soon after a pulse is the pulse's, even if a look between saw it closed


class DrawerWatch:
    """One drawer whose sensor is calibrated. Each opening is told of at most once as left open."""

    def __init__(self, drawer: str, left_open_seconds: float) -> None:
        self._drawer = drawer
        self._limit = left_open_seconds
        self._closed_at: float | None = None
        self._open_since: float | None = None
        self._neighbours = False  # another drawer's pulse explains this opening
        self.left_open = False

    def look(self, state: DrawerState, now: float, pulse: Pulse | None) -> Seen | None:
        """Take in the state at the time `now`, in seconds of the monotonic clock; an unknown one changes nothing.
        `pulse` is the last one of the printer.
        """
        if state == "closed":
            self._closed_at, self._open_since, self.left_open = now, None, False
        if state != "open":
            return None
        if self._open_since is None or (pulse is not None and pulse.at > self._open_since):
            return self._opened(now, pulse)
        if self._neighbours or self.left_open or now - self._open_since < self._limit:
            return None
        self.left_open = True
        return "left_open"

    def _opened(self, now: float, pulse: Pulse | None) -> Seen | None:
        """Without a pulse, one that was open when it was first looked at is nobody's."""
        self._open_since, self.left_open, closed_at = now, False, self._closed_at
        if pulse is not None and (
            closed_at is None or pulse.at >= closed_at or now - pulse.at <= PULSE_SECONDS
        ):
            self._neighbours = pulse.drawer != self._drawer
            return None
        self._neighbours = False
        return None if closed_at is None else "by_key"
