"""Every planted fault that can be reached is noticed within twenty seeds; those that wait for a feature are named."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.conftest import ROOT

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("sim2"), pytest.mark.timeout(900)]


def test_every_planted_fault_is_noticed() -> None:
    command = [sys.executable, "-m", "proof.sim.cli", "ablate", "--seeds", "20", "--jobs", "1"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=850, check=False)

    assert done.returncode == 0, done.stdout[-12000:] + done.stderr[-2000:]
    last = done.stdout.splitlines()[-1]
    assert ", 0 not reached, 0 not caught, " in last
    assert int(last.split(" of ")[0]) >= 24 - 3 + 25
