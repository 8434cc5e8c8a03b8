"""Twenty thousand power cuts: every act of the node at every operation, nothing lost, nothing half (N1)."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.conftest import ROOT

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("crash"), pytest.mark.timeout(600)]


def test_twenty_thousand_power_cuts_lose_nothing() -> None:
    command = [sys.executable, "-m", "proof.sim.cli", "crash", "--states", "20000"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=550, check=False)

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "crash holds: " in done.stdout and ", 0 lost, 0 half, " in done.stdout
