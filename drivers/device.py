"""What every device promises: open, close, health and a self-test (hardware page, section 2)."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

Kind = Literal["scanner", "printer", "drawer"]
State = Literal["CONFIGURED", "OPENING", "READY", "DEGRADED", "BLOCKED", "LOST", "BACKOFF", "DISABLED"]


@dataclass(frozen=True)
class Health:
    """A snapshot for the doctor and the status bar; times are seconds of the monotonic clock."""

    state: State
    since: float
    last_ok: float | None = None
    last_error: str | None = None
    counters: dict[str, int] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One line of a self-test: `code` names a failure of errors.py, or None when the check passed."""

    name: str
    passed: bool
    code: str | None = None
    detail: str = ""


class Device(Protocol):
    """Any device. `open` is idempotent and raises DeviceError; a passive test never moves paper or fires a
    drawer.
    """

    id: str
    kind: Kind

    def open(self) -> None: ...

    def close(self) -> None: ...

    def health(self) -> Health: ...

    def self_test(self, level: Literal["passive", "active"]) -> list[Check]: ...
