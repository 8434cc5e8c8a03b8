"""`lianpu-sim crash`: the report, the last line, the exit code."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from proof.crash import judge
from proof.crash.cli import crash
from proof.crash.judge import LOST


def test_the_report_counts_and_holds() -> None:
    done = CliRunner().invoke(crash, ["--act", "files", "--states", "50"])

    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].split() == [
        "act",
        "operations",
        "states",
        "distinct",
        "recoveries",
        "boots",
        "lost",
        "half",
    ]
    assert lines[1].split()[0] == "files" and lines[1].split()[-2:] == ["0", "0"]
    assert lines[-1].startswith("crash holds: ")


def test_fewer_states_than_asked_is_a_failure() -> None:
    done = CliRunner().invoke(crash, ["--act", "files", "--states", "1000000", "--json"])

    assert done.exit_code == 1
    assert json.loads(done.stdout)["ok"] is False
    assert "(fewer than 1000000)" in done.stderr


def test_something_lost_is_a_failure_that_names_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge.Judge, "_compare_witness", lambda self, files, contents: [(LOST, "planted")])

    done = CliRunner().invoke(crash, ["--act", "files", "--states", "50"])

    assert done.exit_code == 1
    assert "WRONG files state 0 (none at 0): LOST planted" in done.stdout


def test_one_state_is_shown_again() -> None:
    done = CliRunner().invoke(crash, ["--act", "files", "--state", "20"])

    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("files state 20: ") and "home/keys/device.key" in done.stdout


def test_a_state_without_its_act_is_a_wrong_command() -> None:
    assert CliRunner().invoke(crash, ["--state", "20"]).exit_code == 2


def test_a_part_prints_its_figures() -> None:
    done = CliRunner().invoke(crash, ["--part", "flips", "--count", "20"])

    assert done.exit_code == 0, done.output
    assert ", 20 of these found" in done.stdout and "flips holds: 0 wrong" in done.stdout
