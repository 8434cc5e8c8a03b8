"""`lianpu-sim world`: the report, the last line, the exit code."""

from __future__ import annotations

import json

from click.testing import CliRunner

from proof.sim.checks import CHECKS
from proof.sim.cli import main


def test_a_few_seeds_hold_and_the_report_counts() -> None:
    found = CliRunner().invoke(main, ["world", "--seed", "7", "--seeds", "2", "--jobs", "1", "--json"])

    assert found.exit_code == 0, found.output
    report = json.loads(found.stdout)
    assert report["violated"] == []
    assert set(report["evaluated"]) <= set(CHECKS)
    assert report["evaluated"]["U2"] > 50
    assert found.stderr.startswith("world holds: 2 seeds, 4 store-days, ")


def test_one_seed_names_what_it_did_not_reach_and_holds() -> None:
    found = CliRunner().invoke(main, ["world", "--seed", "7", "--jobs", "1"])

    assert found.exit_code == 0, found.output
    struck = {
        line.split()[0]: int(line.split()[1]) for line in found.output.splitlines() if line.startswith("  ")
    }
    never = {line.split()[-1] for line in found.output.splitlines() if line.startswith("NEVER")}
    assert never == {name for name, times in struck.items() if times == 0} != set()
