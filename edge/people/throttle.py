"""Wrong tries: five are free, then growing waits, from ten on half an hour; per person and per device.

Waits count on the monotonic clock. What is stored is the length of the wait, not its end: after a restart the
whole wait begins again, so neither a restart nor a changed clock shortens it (FAULTS SC-03, CK-08).
"""

from __future__ import annotations

from edge.journal.actions import Journal
from kit.context import Context
from retail.errors import LimitExceeded

FREE_TRIES = 5
LOCK_TRIES = 10
LOCK_MS = 30 * 60 * 1000
FIRST_WAIT_MS = 5_000


def wait_after(failures: int) -> int:
    """Milliseconds to wait after so many failures in a row."""
    if failures < FREE_TRIES:
        return 0
    if failures >= LOCK_TRIES:
        return LOCK_MS
    return FIRST_WAIT_MS * 2 ** (failures - FREE_TRIES)


class Throttle:
    """The tries of one node."""

    def __init__(self, journal: Journal, started_monotonic: int) -> None:
        self._journal = journal
        self._started = started_monotonic
        self._until: dict[str, int] = {}

    def check(self, ctx: Context, *subjects: str) -> None:
        """Raise `LimitExceeded("people.wait")` while any subject has to wait."""
        now = ctx.clock.monotonic_ms()
        left = max((self._end_of(subject) - now for subject in subjects), default=0)
        if left > 0:
            raise LimitExceeded("people.wait", seconds=-(-left // 1000))

    def failed(self, ctx: Context, *subjects: str) -> None:
        """Count a wrong try, durably, before it is answered."""
        with self._journal.writing() as tx:
            for subject in subjects:
                row = tx.execute("SELECT failures FROM throttle WHERE subject = ?", (subject,)).fetchone()
                failures = (row["failures"] if row else 0) + 1
                wait = wait_after(failures)
                tx.execute(
                    "INSERT INTO throttle (subject, failures, wait_ms, since_wall) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures,"
                    " wait_ms = excluded.wait_ms, since_wall = excluded.since_wall",
                    (subject, failures, wait, ctx.clock.now_ms()),
                )
                self._until[subject] = ctx.clock.monotonic_ms() + wait

    def succeeded(self, person: str, device: str) -> None:
        """The right PIN clears the person; the device forgets one failure, so that own PINs hide no spraying."""
        with self._journal.writing() as tx:
            tx.execute("DELETE FROM throttle WHERE subject = ?", (person,))
            tx.execute(
                "UPDATE throttle SET failures = max(failures - 1, 0), wait_ms = 0 WHERE subject = ?",
                (device,),
            )
        self._until.pop(person, None)
        self._until[device] = 0

    def forgive(self, *subjects: str) -> None:
        """A technician lifts the locks of people and devices."""
        with self._journal.writing() as tx:
            for subject in subjects:
                tx.execute("DELETE FROM throttle WHERE subject = ?", (subject,))
        for subject in subjects:
            self._until.pop(subject, None)

    def _end_of(self, subject: str) -> int:
        if subject not in self._until:
            wait = self._journal.db.value("SELECT wait_ms FROM throttle WHERE subject = ?", (subject,), 0)
            self._until[subject] = self._started + int(wait)
        return self._until[subject]
