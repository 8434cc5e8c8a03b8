"""`lianpu-sim ablate`: the table, the page, JSON, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from proof.sim.ablate import command, hints
from proof.sim.ablate.edit import Edit
from proof.sim.ablate.model import Planted, Scene
from proof.sim.cli import main
from sync import plan

ONLY = ["ablate", "--jobs", "1", "--only", "share_loses_a_cent", "--only", "clamp_at_apply_time"]


def test_a_fault_is_a_line_and_the_last_line_counts() -> None:
    found = CliRunner().invoke(main, ONLY)

    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert [part.strip() for part in lines[0].split("|")][:2] == ["fault", "rule"]
    assert any(line.startswith("share_loses_a_cent ") and "| L7 " in line for line in lines)
    assert lines[-1] == "1 of 1 caught, 0 not reached, 0 not caught, 1 without a feature yet"


def test_json_and_page_say_the_same() -> None:
    facts = json.loads(CliRunner().invoke(main, [*ONLY, "--json"]).stdout)
    page = CliRunner().invoke(main, [*ONLY, "--markdown"]).stdout

    assert {one["name"]: one["state"] for one in facts} == {
        "share_loses_a_cent": "caught",
        "clamp_at_apply_time": "no feature yet",
    }
    assert "| share_loses_a_cent | extra: money: a split loses a cent |" in page
    assert page.startswith("# Ablations\n")


def test_a_fault_that_nobody_notices_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    edit = Edit("sync.plan:cut", "plain_max and count > 0:", "plain_max and planted(count > 0, True):")
    scene = Scene("blind", lambda _seed: [] if plan.cut([999], 5, 100) else [])
    monkeypatch.setattr(command, "FAULTS", (Planted("unseen", "a rule", scene, (edit,)),))

    found = CliRunner().invoke(main, ["ablate", "--jobs", "1", "--seeds", "2"])

    assert found.exit_code == 1
    assert found.output.splitlines()[-1].startswith("0 of 1 caught, 0 not reached, 1 not caught")


def test_a_name_that_does_not_exist_is_refused() -> None:
    assert CliRunner().invoke(main, ["ablate", "--only", "nothing"]).exit_code == 2


def test_seeds_that_caught_are_remembered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(hints, "FILE", tmp_path / "seeds.txt")
    hints.FILE.write_text("another 7\n")

    CliRunner().invoke(main, [*ONLY, "--remember"])

    assert hints.read() == {"another": 7, "share_loses_a_cent": 1}
