"""How long the command line waits for a running server."""

from __future__ import annotations

import pytest

from edge import commands, control
from hq import commands as hq_commands

HOUR = 3600


@pytest.mark.parametrize("name", ["bundle_import", "bundle_export"])
def test_months_on_a_slow_stick_have_an_hour(name: str) -> None:
    assert name in commands.COMMANDS
    assert control.patience(name) >= HOUR


def test_what_is_done_at_once_is_not_waited_for_for_long() -> None:
    assert {control.patience(name) for name in commands.COMMANDS.keys() - control.SLOW_SECONDS.keys()} == {60}


def test_hq_waits_for_its_sticks_as_long() -> None:
    for name in ("bundle.import", "bundle.export"):
        assert name in hq_commands.COMMANDS
        assert hq_commands.SLOW_SECONDS[name] >= HOUR
