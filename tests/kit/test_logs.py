"""Secrets do not reach the log."""

from __future__ import annotations

import json
import logging

import pytest
from structlog.testing import capture_logs

from kit.logs import configure, logger


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


@pytest.mark.parametrize("turn", ["first", "again"])
def test_a_test_hears_every_word_whatever_the_one_before_made_quiet(turn: str) -> None:
    with capture_logs() as logs:
        logger("lianpu.test").info("heard", turn=turn)
    configure(level="CRITICAL")

    assert logs == [{"event": "heard", "turn": turn, "log_level": "info"}]
