"""Runs scrubs of a node in a thread of their own, one at a time, and remembers the last report.

The thread is new each time: its connections read the disk and not what an older connection remembers of it.
"""

from __future__ import annotations

import threading
from typing import Any

import msgspec

from edge.journal.repository import get_meta, set_meta
from edge.scrub.leaving import leave_out, placed, take_up
from edge.scrub.look import look_at_newest, scrub
from edge.scrub.model import UNREADABLE, Report, Stopped
from edge.scrub.repair import repair as mend
from kit.logs import logger
from retail.errors import LianpuError
from sync.transport import Transport

log = logger("lianpu.scrub")
META = "scrub"
KEPT = 100  # findings that are remembered
NAMED = 10  # receipts named in the audit
DAY_MS = 86_400_000
QUIET_MS = 15 * 60_000
DOUBT_MS = 3_600_000
DUE_MS, LATE_MS = 20 * 3_600_000, 23 * 3_600_000
"""A scrub is due after twenty hours as soon as nobody sells, and after twenty-three whoever sells (FAULTS N6)."""


class Scrubber:
    """The scrubs of one node; a service that looks at the newest links when the server starts."""

    def __init__(self, node: Any) -> None:
        self.node = node
        self.looked = 0
        self.transport: Transport | None = None  # to HQ; None is a line of its own
        self._last: Report | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._doubted: dict[tuple[str, int], int] = {}  # a record: when it was last the reason for a scrub

    # -- Service ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """The newest links, after a power cut the engine's pages; when something is wrong, everything, with repair."""
        self._stopping.clear()
        self._begin(self._look_at_newest)

    def stop(self) -> None:
        """A scrub that runs is given up; the next one begins anew."""
        self._stopping.set()
        self.wait(10.0)

    # -- what others ask -------------------------------------------------------------------------------

    def begin(self, *, repair: bool) -> bool:
        """Start a whole scrub unless one runs."""
        self._stopping.clear()
        return self._begin(lambda: self._scrub(repair))

    def doubt(self, inc: str, seq: int) -> None:
        """Sync or mirror came upon a record that is not what its link says: a scrub with repair.

        Once an hour for each: a full disk, or a mirror that was away, may have been in the way of the first.
        """
        now = self.node.clock.monotonic_ms()
        at = self._doubted.get((inc, seq))
        if (at is None or now - at >= DOUBT_MS) and self.begin(repair=True):
            self._doubted[(inc, seq)] = now
            log.error("scrub.doubted", inc=inc, seq=seq)

    def wait(self, seconds: float) -> dict[str, Any]:
        """How far it is, after the end or after so many seconds."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        running = thread is not None and thread.is_alive()
        return {"running": running, "looked": self.looked, "report": msgspec.to_builtins(self.last())}

    def last(self) -> Report | None:
        """The newest report; None before the first scrub."""
        if self._last is None:
            with self.node.db.read() as tx:
                text = get_meta(tx, META)
            self._last = None if text is None else msgspec.json.decode(text, type=Report)
        return self._last

    def begin_when_due(self) -> bool:
        """Once in twenty hours, when nobody has sold for a while; at the latest after a day."""
        last, now = self.last(), self.node.clock.now_ms()
        age = DAY_MS if last is None else now - last.at
        newest = self.node.db.value("SELECT at FROM body ORDER BY rowid DESC LIMIT 1", default=0)
        quiet = now - newest >= QUIET_MS
        due = last is None or age < 0 or age >= LATE_MS or (quiet and age >= DUE_MS)
        return self.node.enrolled and due and self.begin(repair=True)

    # -- the thread ------------------------------------------------------------------------------------

    def _begin(self, work: Any) -> bool:
        with self._lock:
            if not self.node.enrolled or (self._thread is not None and self._thread.is_alive()):
                return False
            self.looked = 0
            self._thread = threading.Thread(target=self._guarded, args=(work,), name="scrub", daemon=True)
            self._thread.start()
        return True

    def _guarded(self, work: Any) -> None:
        try:
            work()
        except Stopped:
            log.info("scrub.stopped", looked=self.looked)
        except Exception as error:  # noqa: BLE001 — the outermost loop of this thread
            log.error("scrub.failed", exc_info=error)

    def _progress(self, looked: int) -> None:
        self.looked += looked
        if self._stopping.is_set():
            raise Stopped

    def _look_at_newest(self) -> None:
        found = look_at_newest(self.node, progress=self._progress)
        if found.findings:
            log.error("scrub.newest_damaged", findings=len(found.findings))
            self._scrub(repair=True)

    def _scrub(self, repair: bool) -> None:
        report = scrub(self.node, self._progress)
        self._tell(report)
        if repair and report.findings:
            report = mend(self.node, report, self.transport, self._progress)
            log.warning("scrub.mended", repaired=report.repaired, left=len(report.findings))
            report = self._go_on(report)
        self._keep(report)

    def _go_on(self, report: Report) -> Report:
        """The log must be able to grow: past what nobody has, and with what has come back or lost its place."""
        try:
            left, taken = leave_out(self.node, report), take_up(self.node)
        except (LianpuError, *UNREADABLE) as error:
            log.error("scrub.not_left_out", why=str(error))
            return report
        if left or taken:
            self.node.nudge()
        return placed(report, taken)

    # -- telling ---------------------------------------------------------------------------------------

    def _tell(self, report: Report) -> None:
        """A line for managers about what was found, before anything is mended."""
        log.info("scrub.done", bodies=report.bodies, links=report.links, ms=report.milliseconds)
        for finding in report.findings[:KEPT]:
            log.error(
                "scrub.found", kind=finding.kind, place=finding.place, table=finding.table, why=finding.why
            )
        if report.findings:
            names = sorted({finding.place for finding in report.findings})
            try:
                with self.node.journal.changing(self.node.context()) as draft:
                    draft.audit(
                        "scrub.found",
                        f"node:{self.node.store}",
                        count=len(report.findings),
                        names=names[:NAMED],
                    )
            except (LianpuError, *UNREADABLE) as error:
                log.error("scrub.not_told", why=str(error))  # the damage may be where the audit is written

    def _keep(self, report: Report) -> None:
        self._last = msgspec.structs.replace(report, findings=report.findings[:KEPT])
        try:
            with self.node.journal.writing() as tx:
                set_meta(tx, META, msgspec.json.encode(self._last).decode())
        except (LianpuError, *UNREADABLE) as error:
            log.error("scrub.not_kept", why=str(error))  # it is in memory, and in the log
