"""The promise of a receipt printer: a job is run once and ends with evidence, not with a boolean.

"Printed" may be said only after an ordered answer of the printer; where none can come the outcome says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from drivers.device import Device
from drivers.printer.commands import CUT_AFTER_FEED

Codec = Literal["gbk", "gb18030", "cp950", "big5", "none"]
Fence = Literal["gs_h", "gs_r", "none"]
JobState = Literal[
    "QUEUED", "BLOCKED", "SENDING", "CONFIRMED", "DONE", "SENT_UNVERIFIED", "UNKNOWN", "CANCELLED"
]
Evidence = Literal["none", "transport", "fence", "fence+cut", "person"]


@dataclass(frozen=True)
class PrinterCaps:
    """What one printer can do. `dots` come from a printed ruler; `provenance` says per field where it was
    learnt.
    """

    dots: int = 576
    columns: int = 48
    codec: Codec = "gbk"
    kanji_switch: bool = True
    fence: Fence = "gs_h"
    cutter: bool = True
    asb: bool = True
    qr: Literal["native", "raster"] = "native"
    back_channel: bool = True
    when_silent: Literal["send", "block"] = "send"
    provenance: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PrinterStatus:
    """The answer to the real-time questions; `raw` keeps the bytes by question number."""

    cover_open: bool = False
    paper_out: bool = False
    near_end: bool = False
    cutter_error: bool = False
    unrecoverable: bool = False
    auto_recoverable: bool = False
    other_error: bool = False
    raw: Mapping[int, int] = field(default_factory=dict)

    @property
    def blocked_by(self) -> str | None:
        """The code that stops printing, most useful first; None when the printer may print."""
        if self.cover_open:
            return "dev.cover_open"
        if self.paper_out:
            return "dev.paper_out"
        if self.cutter_error:
            return "dev.cutter"
        if self.unrecoverable:
            return "dev.unrecoverable"
        if self.auto_recoverable or self.other_error:
            return "dev.auto_recoverable"
        return None


@dataclass(frozen=True)
class PrintJob:
    """One paper. `token` is four bytes 0x20-0x7E, unique among the unfinished jobs of a printer
    (`fence_token`).

    `after_unknown` asks for the orphan of an earlier job to be cut off first; the device also remembers by
    itself.
    """

    id: str
    kind: str
    body: bytes
    token: bytes
    cut: bytes = CUT_AFTER_FEED
    after_unknown: bool = False


@dataclass(frozen=True)
class JobEvent:
    """A step while a job runs: SENDING (before the first body byte, and again when resumed), BLOCKED,
    CONFIRMED.
    """

    state: JobState
    evidence: Evidence = "none"
    reason: str = ""
    bytes_sent: int = 0


@dataclass(frozen=True)
class JobOutcome:
    """How a run ended: BLOCKED (nothing of the body left), DONE, SENT_UNVERIFIED or UNKNOWN (a person
    decides).
    """

    state: Literal["BLOCKED", "DONE", "SENT_UNVERIFIED", "UNKNOWN"]
    evidence: Evidence
    reason: str = ""
    bytes_sent: int = 0


@dataclass(frozen=True)
class Pulse:
    """For which of the drawers behind a printer a pulse was, and when, in seconds of the monotonic clock."""

    drawer: str
    at: float


class ReceiptPrinter(Device, Protocol):
    """A printer that runs one job at a time."""

    caps: PrinterCaps

    def preflight(self) -> PrinterStatus | None:
        """The state of the printer without moving paper; None means that it has no back channel."""

    def run(self, job: PrintJob, on: Callable[[JobEvent], None]) -> JobOutcome:
        """Print one job. `on` is called before the first body byte leaves; if it raises, nothing is
        printed.
        """


def fence_token(number: int) -> bytes:
    """The printable four-byte token for a counted job, 45 x 95^3 values before it repeats.

    The first byte stays below 0x50 so that the token of the cut can be told from it (`cut_token`).
    """
    number, last = divmod(number, 95)
    number, third = divmod(number, 95)
    number, second = divmod(number, 95)
    return bytes([0x21 + number % 45, 0x20 + second, 0x20 + third, 0x20 + last])


def cut_token(token: bytes) -> bytes:
    """The second token of a job, which follows the cut."""
    return bytes([token[0] + 0x30]) + token[1:]
