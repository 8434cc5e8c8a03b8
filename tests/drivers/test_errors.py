"""Names for what foreign code throws."""

import errno

import pytest
from serial import SerialException

from drivers.errors import FAILURES, device_error, link_error


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (FileNotFoundError(errno.ENOENT, "x"), "link.not_found"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "link.refused"),
        (TimeoutError("x"), "link.timeout"),
        (OSError(errno.EBUSY, "x"), "link.busy"),
        (PermissionError(errno.EACCES, "x"), "link.permission"),
        (OSError(errno.EIO, "x"), "link.reset"),
        (SerialException("device reports readiness to read but returned no data"), "link.reset"),
        (SerialException(errno.ENOENT, "could not open port"), "link.not_found"),
    ],
)
def test_foreign_errors_get_a_link_code(problem: BaseException, code: str) -> None:
    assert link_error(problem, "here").code == code
    assert link_error(problem, "here").facts["address"] == "here"


def test_termios_errors_are_looked_through() -> None:
    termios = pytest.importorskip("termios")

    assert link_error(termios.error(errno.EINVAL, "Invalid argument"), "pty").code == "link.reset"


def test_an_unknown_code_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(KeyError):
        device_error("dev.on_fire")


def test_nothing_that_left_bytes_is_ever_retried_by_the_machine() -> None:
    assert FAILURES["job.unknown"].retry == "never"
    assert FAILURES["link.write_stalled"].retry == "never"
