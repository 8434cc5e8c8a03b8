"""Secrets do not reach the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from kit.logs import configure, logger


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_secret_names_are_redacted_in_both_kinds_of_log(capsys: pytest.CaptureFixture[str]) -> None:
    """SC-37."""
    configure()
    logger("lianpu.test").info("people.tried", staff="1001", pin="482913", Token="t0ken")
    logging.getLogger("lianpu.plain").warning("plain words")

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert (lines[0]["event"], lines[0]["staff"], lines[0]["pin"], lines[0]["Token"]) == (
        "people.tried",
        "1001",
        "[redacted]",
        "[redacted]",
    )
    assert lines[1]["event"] == "plain words"
