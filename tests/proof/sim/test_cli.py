"""`lianpu-sim world`: the report, the last line, the exit code; the same seed gives the same trace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from proof.sim import past
from proof.sim.checks import CHECKS
from proof.sim.cli import main
from proof.sim.misfortunes import ODDS
from proof.sim.plan import Plan, make_plan
from proof.sim.shrink import shrink
from tests.house.conftest import ROOT


def test_a_few_seeds_hold_and_the_report_counts() -> None:
    asked = ["world", "--seed", "7", "--seeds", "2", "--no-past", "--jobs", "1", "--json"]
    found = CliRunner().invoke(main, asked)

    assert found.exit_code == 0, found.output
    report = json.loads(found.stdout)
    assert report["violated"] == []
    assert set(report["evaluated"]) <= set(CHECKS)
    assert report["evaluated"]["U2"] > 50
    assert report["store_days"] == sum(make_plan(seed, {}).store_days for seed in (7, 8))
    assert found.stderr.startswith("world holds: 2 seeds, ")


def test_one_seed_names_what_it_did_not_reach_and_holds() -> None:
    found = CliRunner().invoke(main, ["world", "--seed", "7", "--seeds", "1", "--no-past", "--jobs", "1"])

    assert found.exit_code == 0, found.output
    struck = {
        line.split()[0]: int(line.split()[1])
        for line in found.output.splitlines()
        if line.startswith("  ") and line.split()[-1].isdigit()
    }
    never = {line.split()[-1] for line in found.output.splitlines() if line.startswith("NEVER")}
    assert never == {name for name, times in struck.items() if times == 0} != set()


def test_the_seeds_that_failed_once_are_played_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are played by the build's simulation."""
    assert len(past.seeds()) > 10
    monkeypatch.setattr(past, "FILE", tmp_path / "seeds.txt")
    past.FILE.write_text("12  what it found # and more\n\n# nothing\n3\n")

    found = CliRunner().invoke(main, ["world", "--store-days", "1", "--jobs", "1", "--json"])

    assert past.seeds() == [12, 3]
    assert json.loads(found.stdout)["seeds"] == 3


@pytest.mark.parametrize("seed", ["3", "12"])
def test_one_seed_gives_one_trace_whatever_the_order_of_sets(seed: str) -> None:
    """Two processes that hash texts otherwise: every byte on the line is the same."""
    command = [
        sys.executable,
        "-m",
        "proof.sim.cli",
        "world",
        "--seed",
        seed,
        "--seeds",
        "1",
        "--no-past",
        "--json",
    ]
    traces = set()
    for salt in ("1", "2"):
        env = dict(os.environ, PYTHONHASHSEED=salt)
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, check=True, timeout=120
        )
        traces.add(json.loads(done.stdout)["trace"])
    assert len(traces) == 1


def test_a_plan_is_shrunk_to_what_matters() -> None:
    """Of many misfortunes two together break something: only they are left."""
    plan = make_plan(6, ODDS)
    guilty = {plan.strikes[3].number, plan.strikes[-2].number}

    def breaks(smaller: Plan) -> bool:
        return guilty <= {one.number for one in smaller.strikes}

    small = shrink(plan, breaks)

    assert {one.number for one in small.strikes} == guilty
    assert small.line == frozenset()
    assert len(plan.strikes) > 6


def test_a_shrunk_plan_is_played_again_by_its_numbers() -> None:
    asked = ["world", "--seed", "6", "--strikes", "0,2", "--line", "cut", "--json"]
    report = json.loads(CliRunner().invoke(main, asked).stdout)

    assert report["faults"].get("loss", 0) == 0
    assert report["faults"]["cut"] > 0
    assert report["seeds"] == 1
