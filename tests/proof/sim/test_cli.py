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
