"""A store's past, small: made by the real code, drained by real processes, whole at HQ."""

from __future__ import annotations

import shutil
from datetime import date

import pytest

from kit.db import Database, engine_last_state
from proof.live import rowwise
from proof.live.cli import verdict
from proof.live.offline import EMPTY, FULL, Offline, swollen
from proof.live.past import TIME_ZONE, first_morning
from retail.civil import business_day, civil_to_ms

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("processes"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def drained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Offline, list[str]]:
    """A run that has ended, and what it found wrong."""
    run = Offline(tmp_path_factory.mktemp("offline"), 2, 1_000, lambda words: None, rounds=1)
    return run, run.run()


def test_two_days_without_a_line_come_to_hq_row_by_row(drained: tuple[Offline, list[str]]) -> None:
    run, wrong = drained

    assert wrong == []

    assert [row[0] for row in run.figures()] == [
        "start, p50", "scan, p50", "scan, p95", "search, p50", "search, p95", "pay, p50", "pay, p95", "state, p50",
        "state, p95",
    ]  # fmt: skip
    assert set(run.took) == {"hq", FULL, EMPTY}
    assert set(run.peaks_mb) == {"hq", FULL}
    made = run.make()  # the folder is there: nothing is sold again
    assert made["receipts"] == 1_000 and run.compare(made) == []
    assert run.compare(made | {"total": made["total"] + 1})[0].startswith("answered (1000, ")


RECEIPT = "(SELECT id FROM sale WHERE store = '001' ORDER BY id LIMIT 1 OFFSET {n})"
A, B = RECEIPT.format(n=500), RECEIPT.format(n=501)
PLANTED = {
    "a receipt is lost": ([f"DELETE FROM sale WHERE id = {A}"], ["receipts: {a} is not at HQ"]),
    "a strange receipt stands in its place": (
        [f"UPDATE sale SET id = 'stranger' WHERE id = {A}"],
        ["receipts: {a} is not at HQ", "receipts: stranger is at HQ and not at the store"],
    ),
    "two receipts have changed their totals": (
        [
            "CREATE TEMP TABLE held AS SELECT id, total_minor FROM sale WHERE id IN ({a}, {b})",
            "UPDATE sale SET total_minor = (SELECT total_minor FROM held WHERE held.id <> sale.id)"
            " WHERE id IN (SELECT id FROM held)",
            "DROP TABLE held",
        ],
        ["receipts: {a}: total_minor is ", "receipts: {b}: total_minor is "],
    ),
    "a number is another": (
        [f"UPDATE sale SET number = '001-01/A-99999' WHERE id = {A}"],
        ["receipts: {a}: number is {number} at the store, 001-01/A-99999 at HQ"],
    ),
    "a number is given twice": (
        [f"UPDATE sale SET number = (SELECT number FROM sale WHERE id = {A}) WHERE id = {B}"],
        ["receipts: {b}: number is ", ", {number} at HQ"],
    ),
    "a receipt is of another day": (
        [f"UPDATE sale SET day = '2020-02-02' WHERE id = {A}"],
        ["receipts: {a}: day is "],
    ),
    "a line has a piece more": (
        [f"UPDATE sale_line SET quantity = quantity + 1000 WHERE line = 1 AND id = {A}"],
        ["lines: {a}/1: quantity is "],
    ),
    "a line is of other goods": (
        [f"UPDATE sale_line SET name = '{{}}', tax_minor = tax_minor + 1 WHERE line = 1 AND id = {A}"],
        ["goods on the lines: {a}/1: tax_minor is "],
    ),
    "a tender is of another kind": (
        [f"UPDATE sale_tender SET kind = 'cheque' WHERE n = 0 AND id = {A}"],
        ["tenders: {a}/0: kind is "],
    ),
    "the taxes are others": (
        [f"UPDATE sale SET taxes = '[{{}}]' WHERE id = {A}"],
        ["amounts and taxes: {a}: taxes is "],
    ),
    "a posting is on another account": (
        [f"UPDATE posting SET account = 'stock:002' WHERE n = 0 AND id = {A}"],
        ["postings: {a}/0: account is "],
    ),
    "an event is missing and not booked either": (
        [
            f"DELETE FROM body WHERE seq = (SELECT seq FROM event_seen WHERE id = {A}) AND node = '001'",
            f"DELETE FROM event_seen WHERE id = {A}",
        ],
        ["log: ", "booked events: {a} is not at HQ"],
    ),
    "a receipt is of a store that there is not": (
        [f"UPDATE sale SET store = '003' WHERE id = {A}"],
        ["receipts: {a} is not at HQ", "003 receipts: 1 of no store"],
    ),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_what_is_wrong_at_hq_is_named_though_no_sum_is(
    fault: str, drained: tuple[Offline, list[str]]
) -> None:
    """One receipt lost with a strange one in its place, totals exchanged: every sum stays as it was."""
    run, _ = drained
    hq, kept = run.root / "hq" / "hq.sqlite", run.root / "kept.sqlite"
    shutil.copy(hq, kept)
    statements, expected = PLANTED[fault]
    database = Database(hq)
    a, b = (database.value(f"SELECT {text}") for text in (A, B))
    number = database.value("SELECT number FROM sale WHERE id = ?", (a,))
    try:
        with database.write() as tx:
            for sql in statements:
                tx.execute(sql.replace("{a}", A).replace("{b}", B))
        database.close()

        said = run.compare(run.make())
    finally:
        shutil.copy(kept, hq)

    assert said
    for words in expected:
        assert any(words.format(a=a, b=b, number=number) in why for why in said), said


def test_a_byte_of_a_body_that_is_another_at_hq_is_named(drained: tuple[Offline, list[str]]) -> None:
    run, _ = drained
    node, hq = run.root / "store-001" / "node.sqlite", run.root / "hq" / "hq.sqlite"
    (table,) = (one for one in rowwise.TABLES if one.what == "log")
    with engine_last_state(node) as here, engine_last_state(hq) as there:
        ours = [shaped for row in here.execute(table.ours) for shaped in table.our_shape(tuple(row))]
        theirs = [tuple(row) for row in there.execute(table.theirs, {"node": FULL})]
    inc, seq, *rest, body = theirs[3]
    theirs[3] = (inc, seq, *rest, body.replace(b"1", b"2", 1))

    seen, said = rowwise.beside(table, iter(ours), iter(theirs))

    assert seen == len(ours) > 1_000
    assert len(said) == 1 and said[0].startswith(f"{inc}/{seq}: body is ")


def test_no_table_is_sorted_to_be_compared(drained: tuple[Offline, list[str]]) -> None:
    """Each is read along a key: half a million receipts take no more memory than one."""
    run, _ = drained
    for path, side in (("store-001/node.sqlite", "ours"), ("hq/hq.sqlite", "theirs")):
        with engine_last_state(run.root / path) as connection:
            for table in rowwise.TABLES:
                sql, named = getattr(table, side), {"store": FULL, "node": FULL}
                plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", named)]
                assert not [step for step in plan if "TEMP B-TREE" in step], (table.what, plan)


def test_of_many_differences_a_few_are_named_and_the_rest_counted() -> None:
    table = rowwise.Table("things", 1, "id, value", "", "")

    seen, said = rowwise.beside(table, iter((n, "x") for n in range(9)), iter((n, "y") for n in range(2, 10)))

    assert (seen, said[0], said[2]) == (10, "0 is not at HQ", "2: value is x at the store, y at HQ")
    assert said[rowwise.SHOWN :] == ["and 5 more"]
    assert rowwise.beside(table, iter([(1, 2)]), iter([(1, 2), (1, 2)]))[1] == [
        "1 is at HQ and not at the store"
    ]


def test_two_empty_sides_are_not_alike() -> None:
    table = rowwise.Table("things", 1, "id, value", "", "")

    assert rowwise.beside(table, iter(()), iter(())) == (0, ["there are none, on either side"])


def test_a_process_that_swells_while_it_drains_is_told() -> None:
    assert swollen({"hq": (150.0, 513.4), "001": (120.0, 140.0)}) == ["hq took 513 MB"]


def test_the_last_line_says_how_many_ratios_are_within_the_bound() -> None:
    """Told beside the verdict and no part of it: one slow moment of a machine is nobody's failure."""
    assert verdict([], [0.91, 1.5, 1.51]) == (
        "HQ has every receipt, to the cent and the piece; 2 of 3 ratios within 1.5 ×"
    )
    assert verdict(["1 events parked"], [0.91, 1.04]) == "FAILED; 2 of 2 ratios within 1.5 ×"


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_the_past_ends_before_the_day_that_is_sold_now(hour: int) -> None:
    """Between midnight and the turn of the day its last evening was today's: both nodes did different work."""
    now = civil_to_ms(f"2026-11-24T{hour:02d}:30", TIME_ZONE)
    today, opens = business_day(now, TIME_ZONE), first_morning(now, 1)

    last = business_day(opens, TIME_ZONE)

    assert (date.fromisoformat(today) - date.fromisoformat(last)).days == 1
