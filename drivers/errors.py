"""What can go wrong with a device: stable codes, who can fix it, and whether the machine may try again.

The codes are those of the hardware page (section 2.3). Words are chosen at the boundary; a code carries facts
only.
"""

import errno
from dataclasses import dataclass
from typing import Any, Literal

from retail.errors import DeviceError

Retry = Literal["backoff", "wait", "never"]
Fixer = Literal["nobody", "cashier", "technician"]
Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True)
class Failure:
    """How one code is to be treated: may the machine retry, who can fix it, how loud it is."""

    retry: Retry
    fixer: Fixer
    severity: Severity


FAILURES: dict[str, Failure] = {
    "link.not_found": Failure("backoff", "technician", "error"),
    "link.refused": Failure("backoff", "nobody", "error"),
    "link.timeout": Failure("backoff", "nobody", "error"),
    "link.reset": Failure("backoff", "nobody", "error"),
    "link.busy": Failure("backoff", "technician", "error"),
    "link.permission": Failure("never", "technician", "error"),
    "link.write_stalled": Failure("never", "cashier", "error"),
    "dev.paper_out": Failure("wait", "cashier", "error"),
    "dev.cover_open": Failure("wait", "cashier", "error"),
    "dev.paper_near_end": Failure("wait", "cashier", "warning"),
    "dev.cutter": Failure("never", "cashier", "error"),
    "dev.overheat": Failure("wait", "nobody", "warning"),
    "dev.auto_recoverable": Failure("wait", "nobody", "warning"),
    "dev.unrecoverable": Failure("never", "technician", "error"),
    "dev.no_back_channel": Failure("never", "technician", "warning"),
    "proto.garbled": Failure("backoff", "technician", "warning"),
    "proto.no_answer": Failure("backoff", "technician", "warning"),
    "proto.unexpected": Failure("backoff", "technician", "warning"),
    "drawer.not_opened": Failure("never", "cashier", "error"),
    "drawer.left_open": Failure("never", "cashier", "warning"),
    "job.unknown": Failure("never", "cashier", "error"),
    "enc.unprintable": Failure("never", "nobody", "info"),
    "cfg.profile_mismatch": Failure("never", "technician", "error"),
}

BY_ERRNO: dict[int, str] = {
    errno.ENOENT: "link.not_found",
    errno.ENODEV: "link.not_found",
    errno.ENXIO: "link.not_found",
    errno.EHOSTUNREACH: "link.not_found",
    errno.ENETUNREACH: "link.not_found",
    errno.ECONNREFUSED: "link.refused",
    errno.ETIMEDOUT: "link.timeout",
    errno.EBUSY: "link.busy",
    errno.EAGAIN: "link.busy",
    errno.EACCES: "link.permission",
    errno.EPERM: "link.permission",
}


def device_error(code: str, **facts: Any) -> DeviceError:
    """A DeviceError with one of the known codes; an unknown code is a mistake of the programmer."""
    if code not in FAILURES:
        raise KeyError(code)
    return DeviceError(code, **facts)


def link_error(problem: BaseException, address: str) -> DeviceError:
    """Name a foreign exception of a socket or port; what is not recognised counts as a lost link.

    `termios.error` is no OSError and pyserial hides the number in its text, so both are looked through.
    """
    number = getattr(problem, "errno", None)
    if number is None and problem.args and isinstance(problem.args[0], int):
        number = problem.args[0]
    if isinstance(problem, TimeoutError):
        return device_error("link.timeout", address=address)
    code = BY_ERRNO.get(number if isinstance(number, int) else -1, "link.reset")
    return device_error(code, address=address, detail=str(problem)[:200])
