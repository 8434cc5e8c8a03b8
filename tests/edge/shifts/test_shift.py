"""A shift: float, sales, cash moves, a blind count, the Z; the day that never goes back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from edge.returns.actions import make_return
from edge.sales.actions import finish
from edge.shifts import queries
from edge.shifts.actions import close_shift, closing_questions, move_cash, open_drawer, open_shift, report_x
from edge.till.actions import abort, hold, scan
from edge.till.state import build
from kit.clock import ManualClock
from kit.context import Context
from kit.crypto import verify
from retail.errors import LianpuError
from retail.tender import card, cash
from schemas.rows.chain import TaxRow
from sync.calls import head_fields
from tests.builders.damage import flipped
from tests.builders.edge import MANAGER, NOON, Shop, a_chain, a_product, text

A, B, C = "2000000000015", "2000000000022", "2000000000039"
HOUR = 3_600_000


def boss(shop: Shop, terminal: str = "01") -> Context:
    return shop.at(terminal, MANAGER)


def sell(shop: Shop, code: str, *tenders: Any, terminal: str = "01") -> dict[str, Any]:
    scan(shop.at(terminal), code)
    found: dict[str, Any] = finish(shop.at(terminal), basket=None, version=None, added=tenders)["sale"]
    return found


def close(shop: Shop, count: dict[str, int], *confirmed: str, terminal: str = "01") -> dict[str, Any]:
    found: dict[str, Any] = close_shift(
        boss(shop, terminal), count=count, confirmed=confirmed, approval=None
    )["report"]
    return found


def drawer(shop: Shop, terminal: str = "01") -> int:
    with shop.node.db.read() as tx:
        return queries.drawer_balance(tx, "001", terminal, "HKD")


def refusal(call: Any, *args: Any, **named: Any) -> str:
    with pytest.raises(LianpuError) as refused:
        call(*args, **named)
    return refused.value.code


def test_every_field_of_a_z(shop: Shop) -> None:
    first = sell(shop, C, cash(5000))
    second = sell(shop, A, card(400), cash(600))
    back = make_return(
        boss(shop), original=first["id"], reason="other", wanted={1: 1000}, tenders=(), approval=None
    )
    move_cash(boss(shop), direction="in", amount_minor=2000, reason="other", note="coins", approval=None)
    move_cash(boss(shop), direction="out", amount_minor=700, reason="other", note="", approval=None)
    open_drawer(boss(shop), reason="other", note="", approval=None)
    scan(shop.at(), A)
    abort(shop.at(), "other", None)
    shift = shop.node.db.value("SELECT id FROM shift")
    expected, head = drawer(shop), shop.node.journal.head

    report = close(shop, {"50000": 1, "1000": 1, "500": 2, "10": 1})

    assert expected == 50000 + 2000 + 600 - 2000 + 2000 - 700 == 51900
    assert report == {
        "kind": "Z", "shift": shift, "store": "001", "terminal": "01", "day": "2026-07-10", "currency": "HKD",
        "float_minor": 50000, "sales": 2, "sales_minor": 2995, "returns": 1, "returns_minor": 1995,
        "rounding_minor": 0, "tenders": {"card": 400, "cash": 600}, "taxes": {}, "cash_in_minor": 2000,
        "cash_out_minor": 700, "no_sale_openings": 1, "aborted_baskets": 1, "expected_minor": 51900,
        "counted_minor": 52010, "difference_minor": 110, "count": {"50000": 1, "1000": 1, "500": 2, "10": 1},
        "first_number": first["number"], "last_number": back["document"]["number"], "z_number": 1,
        "head_inc": head.inc, "head_seq": head.seq, "head_hash": head.hash.hex(),
    }  # fmt: skip
    assert second["number"].endswith("-2")
    assert drawer(shop) == 0
    balances = {row["account"]: row["quantity"] for row in shop.node.db.rows(
        "SELECT account, quantity FROM balance WHERE account IN ('safe:001', 'over_short:001')")}  # fmt: skip
    assert balances == {"safe:001": 52010 - 50000, "over_short:001": -110}
    kinds = [row["kind"] for row in shop.node.db.rows("SELECT kind FROM print_job ORDER BY id DESC LIMIT 2")]
    assert kinds == ["drawer", "shift"]


def test_the_head_behind_a_z_is_signed_as_sync_signs_heads(shop: Shop) -> None:
    close(shop, {"50000": 1})
    row = shop.node.db.row("SELECT * FROM head_signature")
    assert row is not None
    head = shop.node.journal.head
    assert (row["inc"], row["seq"], row["hash"]) == (head.inc, head.seq, head.hash)
    assert verify(
        shop.node.key.public, row["signature"], "head", *head_fields("001", head.inc, head.seq, head.hash)
    )


def test_an_x_shows_the_figures_and_changes_nothing(shop: Shop) -> None:
    sell(shop, A)
    head = shop.node.journal.head
    report = report_x(boss(shop), None)["report"]

    assert (report["kind"], report["sales_minor"], report["expected_minor"], report["counted_minor"]) == (
        "X", 1000, 51000, None
    )  # fmt: skip
    assert shop.node.journal.head == head
    assert refusal(report_x, shop.at(), None) == "people.approval_needed"


@pytest.mark.parametrize(
    "bit", [0x01, 0x80]
)  # one may still be read, as something else; one is no text any more
def test_a_drawer_whose_receipts_the_disk_has_damaged_is_closed_with_the_same_figures(
    shop: Shop, bit: int
) -> None:
    """Once neither X nor Z was to be had, nor after any scrub."""
    a_chain(shop.node, taxes=[TaxRow(code="VAT", name=text("VAT"), rate_ppm=50_000, included=False)])
    a_product(shop.node, "A", 1000, code=A, tax_code="VAT")
    first = sell(shop, A, card(400), cash(5000))
    back = make_return(
        boss(shop), original=first["id"], reason="other", wanted={1: 1000}, tenders=(), approval=None
    )["document"]
    sell(shop, A)
    before = report_x(boss(shop), None)["report"]
    assert before["taxes"] == {"VAT": 50} and before["returns_minor"] == 1050

    for id_ in (first["id"], back["id"]):
        flipped(shop, id_, bit)

    assert report_x(boss(shop), None)["report"] == before
    z = close(shop, {"50000": 1, "1000": 1})
    assert {name: z[name] for name in ("sales_minor", "returns_minor", "tenders", "taxes")} == {
        name: before[name] for name in ("sales_minor", "returns_minor", "tenders", "taxes")
    }


@pytest.mark.parametrize(
    ("count", "code"),
    [({"x": 1}, "shift.bad_count"), ({"-100": 1}, "shift.bad_count"), ({"100": -1}, "shift.bad_count"),
     ({"100": None}, "shift.bad_count"), ({"0": 5}, "shift.bad_count"), ({"100000": 10**12}, "shifts.amount_out_of_range")],
)  # fmt: skip
def test_a_count_that_cannot_be_closes_nothing(shop: Shop, count: dict[str, Any], code: str) -> None:
    assert refusal(close_shift, boss(shop), count=count, confirmed=(), approval=None) == code
    assert shop.node.db.value("SELECT state FROM shift") == "open"


def test_an_empty_drawer_is_counted_as_nought_and_nothing_counted_is_no_count(shop: Shop) -> None:
    assert refusal(close_shift, boss(shop), count={}, confirmed=(), approval=None) == "shift.not_counted"
    assert shop.node.db.value("SELECT count(*) FROM shift WHERE state = 'open'") == 1
    report = close(shop, {"10": 0})
    assert (report["counted_minor"], report["difference_minor"]) == (0, -50000)
    assert drawer(shop) == 0


def test_z_numbers_run_on_and_the_next_shift_begins_with_an_empty_drawer(shop: Shop) -> None:
    numbers = [close(shop, {"50000": 1})["z_number"]]
    for _ in range(2):
        open_shift(boss(shop), 1000)
        assert drawer(shop) == 1000
        numbers.append(close(shop, {"1000": 1})["z_number"])
    assert numbers == [1, 2, 3]


def test_the_witness_is_on_the_disk_after_a_close(shop: Shop) -> None:
    flushed: list[int] = []
    flush = shop.node.journal.witness.flush
    shop.node.journal.witness.flush = lambda: (flushed.append(1), flush())[1]  # type: ignore[method-assign, func-returns-value]
    close(shop, {"50000": 1})
    assert flushed == [1]


# -- money without a sale ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("direction", "amount", "code"),
    [("out", 50_001, "shifts.not_enough_in_drawer"), ("in", 0, "shifts.amount_out_of_range"),
     ("in", -5, "shifts.amount_out_of_range"), ("in", 10**12, "shifts.amount_out_of_range"), ("up", 5, "postings.cash_move")],
)  # fmt: skip
def test_cash_moves_that_cannot_be_move_nothing(shop: Shop, direction: str, amount: int, code: str) -> None:
    found = refusal(
        move_cash,
        boss(shop),
        direction=direction,
        amount_minor=amount,
        reason="other",
        note="",
        approval=None,
    )
    assert (found, drawer(shop)) == (code, 50000)


def test_each_opening_of_the_drawer_has_one_pulse_and_one_row(shop: Shop) -> None:
    open_drawer(boss(shop), reason="other", note="change", approval=None)
    move_cash(boss(shop), direction="out", amount_minor=100, reason="other", note="", approval=None)
    assert [row["kind"] for row in shop.node.db.rows("SELECT kind FROM print_job")] == ["drawer", "drawer"]
    rows = shop.node.db.rows("SELECT kind, amount_minor FROM cash_move ORDER BY rowid")
    assert [tuple(row) for row in rows] == [("no_sale", 0), ("out", 100)]


# -- days --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wall", "day"),
    [(NOON + 15 * HOUR, "2026-07-10"), (NOON + 16 * HOUR - 1, "2026-07-10"), (NOON + 16 * HOUR, "2026-07-11"),
     (NOON + 12 * HOUR, "2026-07-10")],
)  # fmt: skip
def test_the_business_date_turns_at_four(shop: Shop, wall: int, day: str) -> None:
    shop.clock.set_wall(wall)
    assert open_shift(boss(shop, "02"), 0)["day"] == day


def test_the_day_of_a_terminal_never_goes_back(shop: Shop) -> None:
    shop.clock.advance(48 * HOUR)
    close(shop, {"50000": 1})
    assert open_shift(boss(shop), 0)["day"] == "2026-07-12"
    close(shop, {"10": 0})

    shop.node.clock.learn(NOON)  # HQ says that it is two days earlier

    assert open_shift(boss(shop), 0)["day"] == "2026-07-12"
    assert open_shift(boss(shop, "02"), 0)["day"] == "2026-07-10"


def test_a_day_far_ahead_does_not_hold_the_terminal_there(shop: Shop) -> None:
    """One shift under a clock a year ahead, and every shift of that year had its day."""
    shop.clock.advance(365 * 24 * HOUR)
    close(shop, {"50000": 1})
    assert open_shift(boss(shop), 0)["day"] == "2027-07-10"
    close(shop, {"10": 0})

    shop.node.clock.learn(NOON)

    assert open_shift(boss(shop), 0)["day"] == "2026-07-10"


def test_a_shift_keeps_its_day_and_is_stale_the_next_morning(shop: Shop) -> None:
    assert build(shop.at())["shift"]["stale"] is False
    shop.clock.advance(16 * HOUR)
    assert build(shop.at())["shift"] | {"opened_at": 0, "id": ""} == {
        "id": "", "day": "2026-07-10", "opened_at": 0, "mine": True, "stale": True, "recount": False,
    }  # fmt: skip
    sale = sell(shop, A)
    assert shop.node.db.value("SELECT day FROM document WHERE id = ?", (sale["id"],)) == "2026-07-10"


def test_the_till_shows_the_day_that_its_documents_carry(shop: Shop) -> None:
    """The list of receipts begins with it and goes back from there."""
    assert build(shop.at())["day"] == "2026-07-10"
    shop.clock.advance(16 * HOUR)
    assert build(shop.at())["day"] == "2026-07-10"
    close(shop, {"50000": 1})
    assert build(shop.at())["day"] == "2026-07-11"


def test_a_terminal_has_one_shift(shop: Shop) -> None:
    assert refusal(open_shift, boss(shop), 0) == "shifts.already_open"
    close(shop, {"50000": 1})
    assert (
        refusal(close_shift, boss(shop), count={"100": 0}, confirmed=(), approval=None) == "shifts.none_open"
    )


# -- questions ---------------------------------------------------------------------------------------------


def test_an_open_basket_must_be_dealt_with_first(shop: Shop) -> None:
    scan(shop.at(), A)
    assert [question["kind"] for question in closing_questions(boss(shop))] == ["open_basket"]
    assert (
        refusal(close_shift, boss(shop), count={"100": 0}, confirmed=("open_basket",), approval=None)
        == "shifts.basket_open"
    )


def test_held_baskets_and_unknown_papers_are_asked_about(shop: Shop) -> None:
    scan(shop.at(), A)
    held = hold(shop.at(), "")["held"]
    sell(shop, A)
    with shop.node.journal.writing() as tx:
        tx.execute("UPDATE print_job SET state = 'UNKNOWN' WHERE kind = 'receipt'")

    questions = closing_questions(boss(shop))

    assert [(question["kind"], len(question["ids"])) for question in questions] == [
        ("held", 1),
        ("unknown_print", 1),
    ]
    assert questions[0]["ids"] == [held]
    with pytest.raises(LianpuError) as refused:
        close_shift(boss(shop), count={"100": 0}, confirmed=("held",), approval=None)
    assert (refused.value.code, refused.value.facts) == (
        "shifts.questions_open",
        {"kinds": ["unknown_print"]},
    )
    assert close(shop, {"50000": 1, "1000": 1}, "held", "unknown_print")["difference_minor"] == 0


def test_a_refused_close_burns_no_z_number(shop: Shop) -> None:
    scan(shop.at(), A)
    refusal(close_shift, boss(shop), count={"100": 0}, confirmed=(), approval=None)
    abort(shop.at(), "other", None)
    assert close(shop, {"50000": 1})["z_number"] == 1


# -- a shift that goes on in a new incarnation -------------------------------------------------------------


def roll_back(shop: Shop, tmp_path: Path, lost: Any) -> list[bytes]:
    """A copy of the database is put back after `lost()`; returns the bodies that it does not have."""
    shop.node.db.checkpoint()
    shutil.copy(shop.node.home / "node.sqlite", tmp_path / "backup")
    seq = shop.node.journal.head.seq
    lost()
    bodies = [row["body"] for row in shop.node.db.rows(
        "SELECT b.body FROM link l JOIN body b ON b.id = l.id WHERE l.seq > ? ORDER BY l.seq", (seq,))]  # fmt: skip
    shop.close()
    for suffix in ("-wal", "-shm"):
        (shop.node.home / f"node.sqlite{suffix}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup", shop.node.home / "node.sqlite")
    shop.restart(ManualClock(shop.clock.now_ms()))
    return bodies


def test_an_open_shift_goes_on_as_its_own_shift_and_asks_for_a_count(shop: Shop, tmp_path: Path) -> None:
    sell(shop, A)
    old = shop.node.db.value("SELECT id FROM shift")
    roll_back(shop, tmp_path, lambda: sell(shop, B))

    inc = shop.node.journal.inc.inc
    state = build(shop.at())["shift"]
    assert (state["id"], state["day"], state["recount"]) == (f"{old}.{inc}", "2026-07-10", True)
    assert drawer(shop) == 51000
    sale = sell(shop, C)
    assert shop.node.db.value("SELECT shift FROM document WHERE id = ?", (sale["id"],)) == f"{old}.{inc}"

    report = close(shop, {"50000": 1, "1000": 3})

    assert (report["float_minor"], report["cash_in_minor"], report["sales"], report["expected_minor"]) == (
        0,
        51000,
        1,
        53000,
    )
    assert (report["difference_minor"], drawer(shop)) == (0, 0)
    assert [row["state"] for row in shop.node.db.rows("SELECT state FROM shift")] == ["closed", "closed"]


def test_sales_of_the_lost_time_that_hq_gives_back_are_in_the_count(shop: Shop, tmp_path: Path) -> None:
    from edge.journal import repository
    from edge.sales.projection import project
    from schemas.events.base import decode
    from sync.chain import body_hash

    bodies = roll_back(shop, tmp_path, lambda: sell(shop, B))
    with shop.node.journal.writing() as tx:
        for body in bodies:
            event = decode(body)
            repository.insert_body(
                tx, (event.id, body_hash(body), event.type, event.at, event.day, event.shift, 1, body)
            )
            repository.insert_postings(tx, event.id, event.post)
            project(tx, event, replayed=True)

    report = close(shop, {"50000": 1, "500": 1, "100": 2, "10": 3})

    assert (report["cash_in_minor"], report["sales"], report["expected_minor"]) == (50730, 0, 50730)
    assert (report["difference_minor"], drawer(shop)) == (0, 0)


def test_a_second_rollback_continues_the_continued_shift(shop: Shop, tmp_path: Path) -> None:
    old = shop.node.db.value("SELECT id FROM shift")
    roll_back(shop, tmp_path, lambda: sell(shop, B))
    sell(shop, A)
    roll_back(shop, tmp_path, lambda: sell(shop, B))

    assert build(shop.at())["shift"]["id"] == f"{old}.{shop.node.journal.inc.inc}"
    report = close(shop, {"50000": 1, "1000": 1})
    assert (report["expected_minor"], report["difference_minor"], drawer(shop)) == (51000, 0, 0)
    assert (
        json.loads(shop.node.db.value("SELECT report FROM shift ORDER BY rowid DESC LIMIT 1"))["z_number"]
        == 1
    )


def test_the_ledger_of_a_continued_shift_still_sums_to_zero(shop: Shop, tmp_path: Path) -> None:
    roll_back(shop, tmp_path, lambda: sell(shop, B))
    sums = shop.node.db.rows("SELECT commodity, sum(quantity) AS s FROM balance GROUP BY commodity")
    assert {row["s"] for row in sums} == {0}
    moves = shop.node.db.rows("SELECT shift, kind, amount_minor, reason FROM cash_move ORDER BY rowid")
    assert [(row["kind"], row["amount_minor"], row["reason"]) for row in moves] == [
        ("out", 50000, "carried"), ("in", 50000, "carried"),
    ]  # fmt: skip
