"""What a drawer's sensor tells over time: opened without a pulse, left open. Pure; somebody looks now and then."""

from typing import Literal

from drivers.drawer.protocol import DrawerState

Seen = Literal["by_key", "left_open"]
PULSE_SECONDS = 5.0  # an opening so soon after a pulse is the pulse's


class DrawerWatch:
    """One drawer whose sensor is calibrated. Each opening is told of at most once as left open."""

    def __init__(self, left_open_seconds: float) -> None:
        self._limit = left_open_seconds
        self._known_closed = False
        self._open_since: float | None = None
        self.left_open = False

    def look(self, state: DrawerState, now: float, pulsed_at: float | None) -> Seen | None:
        """Take in the state at the time `now`, in seconds of the monotonic clock; an unknown one changes nothing."""
        if state == "closed":
            self._known_closed, self._open_since, self.left_open = True, None, False
        if state != "open":
            return None
        if self._open_since is None:
            ours = not self._known_closed or (pulsed_at is not None and now - pulsed_at <= PULSE_SECONDS)
            self._known_closed, self._open_since = False, now
            return None if ours else "by_key"
        if self.left_open or now - self._open_since < self._limit:
            return None
        self.left_open = True
        return "left_open"
