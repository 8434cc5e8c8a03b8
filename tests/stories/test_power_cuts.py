"""Power cuts, full disks, kills and flipped bits in numbers: nothing lost, nothing half, nothing unnoticed (N1, N6)."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from proof.crash.acts import ACTS
from tests.house.conftest import ROOT

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("crash"), pytest.mark.timeout(600)]

FULL = r"^(\w+): full at every \d+\. of (\d+), .* (\d+) refused \("


def crash(*arguments: str) -> str:
    """What `lianpu-sim crash` prints; it must hold."""
    command = [sys.executable, "-m", "proof.sim.cli", "crash", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=550, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def test_twenty_thousand_power_cuts_lose_nothing() -> None:
    said = crash("--states", "20000")

    assert "crash holds: " in said and ", 0 lost, 0 half, " in said


def test_es_06_every_write_and_sync_of_a_sale_may_fail_and_many_of_each_other_act() -> None:
    said = crash("--part", "trouble")

    assert "trouble holds: 0 wrong" in said
    assert "(disk.full)" in said and said.count("(disk.failing)") == 2
    acts = {act: (int(count), int(refused)) for act, count, refused in re.findall(FULL, said, re.M)}
    assert set(acts) == set(ACTS) - {"sale"}
    assert all(count >= 10 and refused for count, refused in acts.values()), acts


def test_a_process_killed_five_hundred_times_has_every_sale_it_told() -> None:
    said = crash("--part", "kills")

    assert said.startswith("500 kills, ") and "kills holds: 0 wrong" in said
    told = re.search(r", (\d+) sales told,", said)
    assert told is not None and int(told.group(1)) > 500, said  # two a life on average


def test_a_thousand_flips_that_change_a_receipt_are_found() -> None:
    said = crash("--part", "flips")

    assert ", 1000 of these found" in said and "flips holds: 0 wrong" in said
