"""When a scrub runs, whom it tells, and that a sale never waits for it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from edge.cli import main
from edge.office import doctor
from edge.scrub import pieces
from edge.scrub.keeper import Scrubber
from edge.scrub.look import scrub
from edge.scrub.repair import repair
from proof.crash.shop import HOME, exchange
from tests.edge.scrub.conftest import Scrubbed
from tests.edge.scrub.test_flips import PAGE, in_a_thread
from tests.edge.scrub.test_look import EDITS, edited

HOUR_MS = 3_600_000


def records(store: Scrubbed) -> tuple[str, str]:
    checks = {check["id"]: check for check in doctor.run(store.node, quick=True)["checks"]}
    return checks["records"]["state"], checks["records"]["message"]


def scrubbed(store: Scrubbed, *, mend: bool = False) -> Scrubber:
    keeper = store.node.scrubber
    keeper.transport = store.line
    assert keeper.begin(repair=mend)
    assert not keeper.wait(60)["running"]
    return keeper


def test_a_sale_in_the_middle_of_a_scrub_commits_at_once(store: Scrubbed) -> None:
    """It is made from inside the scrub, between two pieces and with the engine's own check under way before."""
    sold: list[str] = []

    def sell_then(looked: int) -> None:
        if looked and len(sold) < 3:
            sold.append(in_a_thread(lambda: store.sell("A")))

    report = scrub(store.node, sell_then)

    assert report.findings == [] and len(sold) >= 2
    assert scrub(store.node).findings == []


def test_nothing_is_read_in_more_than_a_piece(store: Scrubbed) -> None:
    assert pieces.PIECE <= 500
    with store.node.db.read() as tx:
        links = list(tx.execute("SELECT inc, seq FROM link"))
    counted: list[int] = []

    scrub(store.node, counted.append)

    assert max(counted) <= pieces.PIECE and sum(counted) == 2 * len(links)


def test_a_page_of_another_age_is_found_and_mended(store: Scrubbed) -> None:
    """ES-16: the drive gives back every page as it was some sales ago, one at a time."""
    store.node.db.checkpoint()
    older = store.file.read_bytes()
    for _ in range(4):
        store.sent.append(store.sell("A", "B"))

    exchange(store.node, store.shop.centre)
    store.node.db.checkpoint()
    newer = store.file.read_bytes()
    places = [at for at in range(0, len(older), PAGE) if older[at : at + PAGE] != newer[at : at + PAGE]]
    quiet = []

    for at in places[1:]:
        put(store, at, older[at : at + PAGE])
        if not in_a_thread(lambda: scrub(store.node).findings):
            quiet.append(at)
        put(store, at, newer[at : at + PAGE])

    receipts = {
        store.node.db.value("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,))
        for name in (
            "body",
            "link",
            "posting",
            "balance",
            "document",
            "document_line",
            "document_tender",
            "numbering",
        )
    }
    assert not receipts & {at // PAGE + 1 for at in quiet}
    assert in_a_thread(lambda: scrub(store.node).findings) == []


def put(store: Scrubbed, at: int, page: bytes) -> None:
    with store.file.open("r+b") as file:
        file.seek(at)
        file.write(page)


def test_the_node_says_what_it_found_and_where(store: Scrubbed) -> None:
    assert records(store)[0] == "pass"
    number = store.node.db.value("SELECT number FROM document WHERE id = ?", (store.unsent[0],))
    edited(store, lambda tx: tx.execute(EDITS["body"], {"id": store.unsent[0]}))

    scrubbed(store)

    state, message = records(store)
    assert state == "fail" and number in message
    (row,) = store.node.db.rows("SELECT facts FROM audit WHERE verb = 'scrub.found'")
    assert json.loads(row["facts"])["names"] == [number]


def test_a_mended_disk_warns_until_a_scrub_finds_nothing(store: Scrubbed) -> None:
    edited(store, lambda tx: tx.execute(EDITS["body"], {"id": store.sent[0]}))

    scrubbed(store, mend=True)
    assert records(store)[0] == "warn"
    scrubbed(store, mend=True)
    assert records(store)[0] == "pass"


def test_a_start_looks_at_the_newest_and_mends_what_it_finds(store: Scrubbed) -> None:
    edited(store, lambda tx: tx.execute(EDITS["line"], {"id": store.unsent[0]}))
    store.node.scrubber.transport = store.line

    store.node.scrubber.start()
    store.node.scrubber.wait(60)

    last = store.node.scrubber.last()
    assert last is not None and last.whole and last.findings == [] and last.repaired


def test_es_12_after_a_power_cut_the_start_looks_at_every_page(store: Scrubbed) -> None:
    """An index of another age than its table: no link is missing, so neither witness nor mirror can know."""
    with store.node.db.read() as tx:
        (root,) = tx.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'print_job_state'").fetchone()
    store.close()
    put(store, (root - 1) * PAGE + 3, b"\0\0")  # its page says that it has no cells

    looked_at_start(store)
    assert not store.node.db.left_open and store.node.scrubber.last() is None

    store.node.db.checkpoint()
    left = {end: Path(f"{store.file}{end}").read_bytes() for end in ("", "-wal")}
    store.close()
    for end, data in left.items():  # as the power would leave it
        Path(f"{store.file}{end}").write_bytes(data)
    looked_at_start(store)
    last = store.node.scrubber.last()
    assert last is not None and last.whole and last.findings == [] and last.repaired


def looked_at_start(store: Scrubbed) -> None:
    store.open()
    store.node.scrubber.transport = store.line
    store.node.scrubber.start()
    assert not store.node.scrubber.wait(60)["running"]


def test_a_start_does_not_need_its_newest_body(store: Scrubbed) -> None:
    """ES-15: it is mended by the scrub, and time goes on behind it."""
    before = store.node.db.value("SELECT body FROM body ORDER BY rowid DESC LIMIT 1")
    edited(
        store,
        lambda tx: tx.execute("UPDATE body SET body = x'7b' WHERE rowid = (SELECT max(rowid) FROM body)"),
    )
    store.close()

    store.open()
    newer = store.sell("A")

    text = store.node.db.value("SELECT body FROM body WHERE id = ?", (newer,))
    assert json.loads(text)["hlc"] > json.loads(before)["hlc"]


def test_it_is_due_at_night_and_late_after_a_day(store: Scrubbed) -> None:
    keeper, clock = store.node.scrubber, store.shop.clock
    assert keeper.begin_when_due()
    keeper.wait(60)
    clock.advance(19 * HOUR_MS)
    assert not keeper.begin_when_due()
    clock.advance(HOUR_MS)
    assert keeper.begin_when_due()
    keeper.wait(60)
    clock.advance(22 * HOUR_MS)
    store.sell("A")
    assert not keeper.begin_when_due()
    clock.advance(HOUR_MS)
    store.sell("A")
    assert keeper.begin_when_due()
    keeper.wait(60)


def test_a_server_that_ends_gives_the_scrub_up(store: Scrubbed) -> None:
    keeper = store.node.scrubber
    keeper.begin(repair=False)
    keeper.stop()

    assert not keeper.wait(60)["running"]


def test_the_command_without_a_server(store: Scrubbed) -> None:
    edited(store, lambda tx: tx.execute(EDITS["tender"], {"id": store.sent[0]}))
    store.close()
    environment = {"LIANPU_EDGE_WITNESS": str(store.root / f"{HOME}.witness")}
    home = str(store.root / HOME)

    found = CliRunner().invoke(main, ["--home", home, "scrub"], env=environment)
    mended = CliRunner().invoke(main, ["--home", home, "scrub", "--repair"], env=environment)
    again = CliRunner().invoke(main, ["--home", home, "scrub", "--json"], env=environment)

    assert found.exit_code == 1 and "document_tender differs from the body" in found.output
    assert mended.exit_code == 0 and "0 damaged, 1 mended" in mended.output
    assert again.exit_code == 0 and json.loads(again.stdout)["findings"] == []
    store.open()


def test_repair_without_a_line_leaves_it_named(store: Scrubbed) -> None:
    """No HQ listens at the address that this node has."""
    edited(store, lambda tx: tx.execute(EDITS["body"], {"id": store.sent[0]}))

    after = repair(store.node, scrub(store.node))

    assert {finding.id for finding in after.findings} == {store.sent[0]}
    assert store.sell("A")
