"""Two hundred seeded worlds: every invariant evaluated, every fault struck, nothing violated."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.conftest import ROOT

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("sim"), pytest.mark.timeout(1500)]


def test_two_hundred_seeds_hold() -> None:
    command = [sys.executable, "-m", "proof.sim.cli", "world", "--seed", "1", "--seeds", "200", "--jobs", "1"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1400, check=False)

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "world holds: 200 seeds" in done.stdout and " 0 violations" in done.stdout
