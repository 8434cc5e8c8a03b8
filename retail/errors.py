"""The small tree of errors: stable codes and facts here, words at the boundary.

`code` reads "slice.reason"; facts are plain values that a message may show. Mistakes of the programmer stay
ordinary Python exceptions and are caught only by the outermost loops.
"""

from __future__ import annotations

from typing import Any


class LianpuError(Exception):
    """Anything Lianpu itself says no to. `facts` name the things concerned, never prose."""

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code} ({shown})" if shown else self.code


class Refused(LianpuError):
    """Understood and not allowed; shown to the person who asked. A refused action changes nothing."""


class Invalid(Refused):
    """The input can never be right as it is."""


class NotFound(Refused):
    """The thing named does not exist here."""


class Conflict(Refused):
    """The thing changed meanwhile, or two wishes exclude each other."""


class NotPermitted(Refused):
    """This person may not do it; an approval may help."""


class NotNow(Refused):
    """Right in itself, but not in the present state."""


class LimitExceeded(Refused):
    """More than a limit allows."""


class Unavailable(LianpuError):
    """Try later: `retry_after_seconds` says when, if it is known."""

    def __init__(self, code: str, /, *, retry_after_seconds: int | None = None, **facts: Any) -> None:
        super().__init__(code, **facts)
        self.retry_after_seconds = retry_after_seconds


class DeviceError(Unavailable):
    """A device does not do what it was asked."""


class NetworkError(Unavailable):
    """The other side cannot be reached."""


class DatabaseBusy(Unavailable):
    """Another writer holds the database."""


class ProtocolError(LianpuError):
    """A peer sent something impossible; `side` in the facts tells local from remote."""


class Misconfigured(LianpuError):
    """Found at start-up; `problems` lists everything that is wrong at once."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("config.invalid", problems=list(problems))
        self.problems = list(problems)

    def __str__(self) -> str:
        return "\n".join(self.problems)
