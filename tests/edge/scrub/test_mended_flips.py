"""Bits that flip in a database that HQ has a copy of: each one is mended byte for byte (ES-15, N6)."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.scrub.alone import TORN
from edge.scrub.look import scrub
from edge.scrub.model import Report
from edge.scrub.repair import repair
from edge.scrub.salvage import salvage
from proof.crash.boot import judged_by_verify
from proof.crash.shop import HOME
from proof.verify.cli import verify
from retail.errors import Misconfigured
from tests.edge.scrub.conftest import Scrubbed, a_scrubbed
from tests.edge.scrub.test_flips import PAGE, flip, in_a_thread, receipts

FLIPS = 30


def mended(store: Scrubbed) -> Report:
    """Scrub and repair; what the engine cannot read any more is left behind in the old file."""
    report = in_a_thread(lambda: repair(store.node, scrub(store.node), store.line))
    if any(TORN in finding.why for finding in report.findings):
        store.close()
        salvage(store.root / HOME, report.at)
        store.open()
        report = in_a_thread(lambda: repair(store.node, scrub(store.node), store.line))
    return report


def holds(now: str | dict[str, list[str]], before: str | dict[str, list[str]]) -> bool:
    """Every row of every receipt as it was; a start that misses its newest link adds an incarnation's first event."""
    if isinstance(now, str) or isinstance(before, str):
        return False
    return all(set(rows) <= set(now[table]) for table, rows in before.items())


def again(store: Scrubbed, sound: Path) -> None:
    """The sound files once more."""
    shutil.rmtree(store.root)
    shutil.copytree(sound, store.root)


def test_every_flip_that_changes_a_receipt_is_mended(tmp_path: Path) -> None:
    store = a_scrubbed(tmp_path, sent=12, unsent=0)
    before = in_a_thread(lambda: receipts(store))
    store.close()
    sound, rng, changed, left = tmp_path / "sound", random.Random(15), 0, []
    shutil.copytree(store.root, sound)

    while changed < FLIPS:
        at, bit = rng.randrange(store.file.stat().st_size), rng.randrange(8)
        again(store, sound)
        flip(store.file, at, bit)
        try:
            store.open()
        except Misconfigured:  # the schema itself: the engine refuses the file by name
            continue
        if in_a_thread(lambda: receipts(store)) != before:
            changed += 1
            findings = mended(store).findings
            if findings or not holds(in_a_thread(lambda: receipts(store)), before):
                left.append(f"byte {at} bit {bit}: {findings[:2]}")
        store.close()

    assert left == []
    assert judged_by_verify(store.root) == []
    store.shop.close()


def leaf(data: bytes, page: int) -> int:
    """The first leaf below a page of the engine's tree: an inner page begins with 2 or 5."""
    start = (page - 1) * PAGE
    while data[start] in (2, 5):
        cell = start + int.from_bytes(data[start + 12 : start + 14], "big")
        page = int.from_bytes(data[cell : cell + 4], "big")
        start = (page - 1) * PAGE
    return page


@pytest.mark.parametrize("table", ["body", "link", "document_line", "posting"])
def test_a_page_of_zeros_is_salvaged_by_the_command(tmp_path: Path, table: str) -> None:
    store = a_scrubbed(tmp_path, sent=12, unsent=0)
    before = in_a_thread(lambda: receipts(store))
    root = store.node.db.value("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,))
    store.close()
    with store.file.open("r+b") as file:
        file.seek((leaf(store.file.read_bytes(), root) - 1) * PAGE)
        file.write(bytes(PAGE))
    environment = {"LIANPU_EDGE_WITNESS": str(store.root / f"{HOME}.witness")}
    plain = CliRunner().invoke(main, ["--home", str(store.root / HOME), "scrub"], env=environment)
    assert plain.exit_code == 1

    result = CliRunner().invoke(
        main, ["--home", str(store.root / HOME), "scrub", "--repair", "--json"], env=environment
    )

    assert result.exit_code in (0, 1), result.output
    json.loads(result.stdout)
    store.open()
    assert mended(store).findings == []
    assert holds(in_a_thread(lambda: receipts(store)), before)
    assert list((store.root / HOME).glob("node.sqlite.damaged-*"))
    store.close()
    report = verify([store.file], None, [])
    assert [finding.text for check in report.checks for finding in check.findings] == []
    store.shop.close()
