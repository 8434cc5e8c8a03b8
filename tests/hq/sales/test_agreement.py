"""Every hour HQ compares the past days that stores have counted with its own; what differs twice is on the board."""

from __future__ import annotations

from typing import Any

import pytest

from hq.fleet.queries import board
from hq.ingest import actions
from hq.sales import agreement, queries
from kit.sql import run
from retail.agreement import DayReceipt, day_digest, to_text
from tests.builders.hq import DAY, House, Till, a_product

HOUR_MS = 3_600_000


@pytest.fixture
def till(house: House) -> Till:
    """A store that sold four receipts, on the day after."""
    a_product(house)
    till = house.device("001")
    for n in range(4):
        till.sell(price=1000 + n)
    till.push()
    house.hq.clock.advance(24 * HOUR_MS)
    return till


def told(house: House, *, without: int = 0, **facts: Any) -> None:
    """The store counts its day: as HQ has it, or without one number."""
    rows = [row for row in queries.day_receipts(house.hq.db, "001", DAY) if row.n != without]
    receipts = [
        DayReceipt(r.terminal, r.series, r.n, r.kind, r.payable_minor, r.pieces, bytes(r.bh)) for r in rows
    ]
    said = {"inc": "a", "unsent": 0, "facts": {f"day:{DAY}": to_text(day_digest(DAY, receipts))}} | facts
    house.reports(said)


def looked(house: House, *, hours: int = 1) -> list[str]:
    """Some time later HQ looks; the days that the board names."""
    house.hq.clock.advance(hours * HOUR_MS)
    agreement.compare(house.hq)
    return differing(house)


def differing(house: House) -> list[str]:
    [line] = board(house.hq.db, frozenset({"001"}), house.hq.clock.now_ms())
    found = [one for one in line.findings if one.code == "differs"]
    assert all(one.state == "crit" for one in found)
    return [one.facts["days"] for one in found]


def twice(house: House, **said: Any) -> list[str]:
    """Told and looked at, and an hour later again."""
    told(house, **said)
    looked(house)
    told(house, **said)
    return looked(house)


def test_a_day_that_agrees_is_no_finding(house: House, till: Till) -> None:
    assert twice(house) == []


def test_a_day_that_differs_in_two_tellings_is_named(house: House, till: Till) -> None:
    assert twice(house, without=3) == [DAY]

    page = house.client("admin").get("/fleet/").text
    assert f"store and HQ do not agree on {DAY}" in page
    [row] = house.db.rows("SELECT code, store, subject FROM alarm WHERE closed_at IS NULL")
    assert tuple(row) == ("day.differs", "001", f"001/{DAY}")


def test_one_look_is_not_enough(house: House, till: Till) -> None:
    told(house, without=3)

    assert looked(house) == []
    assert looked(house) == [], "the store has told nothing since"


def test_a_count_that_still_moves_is_no_finding(house: House, till: Till) -> None:
    told(house, without=3)
    looked(house)
    told(house, without=4)

    assert looked(house) == []


def test_it_ends_when_both_agree(house: House, till: Till) -> None:
    twice(house, without=3)
    told(house)

    assert looked(house) == []
    assert house.value("SELECT count(*) FROM alarm WHERE closed_at IS NULL") == 0
    assert house.value("SELECT count(*) FROM hq_meta WHERE name LIKE 'day_differs:%'") == 0


def test_what_a_store_has_still_to_send_is_a_lag(house: House, till: Till) -> None:
    assert twice(house, without=3, unsent=2) == []


def test_what_hq_has_still_to_book_is_a_lag(house: House, till: Till) -> None:
    behind = "UPDATE applied SET seq = seq {} 1 WHERE node = '001'"
    with house.hq.db.write() as connection:
        run(connection, behind.format("-"))
    assert twice(house, without=3) == []

    with house.hq.db.write() as connection:
        run(connection, behind.format("+"))
    assert twice(house, without=3) == [DAY]


def test_a_day_that_goes_on_is_not_judged(house: House) -> None:
    a_product(house)
    till = house.device("001")
    till.sell()
    till.push()

    assert twice(house, without=1) == []


def test_a_day_counted_before_it_was_over_is_not_judged(house: House) -> None:
    """The store told nothing any more that day and goes on to send: HQ has more than it counted then."""
    a_product(house)
    till = house.device("001")
    till.sell()
    till.push()
    told(house)
    till.sell()
    till.push()

    assert looked(house, hours=30) == []
    assert looked(house) == []


def test_what_was_explained_comes_again_only_when_it_changes(house: House, till: Till) -> None:
    twice(house, without=3)
    actions.close_alarm(house.ctx, f"day.differs|001/{DAY}", note="a twin's receipt")

    assert twice(house, without=3) == []
    assert twice(house, without=2) == [DAY]


@pytest.mark.parametrize("text", ["{}", "nonsense", "[]"])
def test_a_count_that_nobody_can_read_says_nothing(house: House, till: Till, text: str) -> None:
    assert twice(house, facts={f"day:{DAY}": text, "day:x": text, "day:2026-07-09": 7}) == []


def test_the_old_count_of_a_computer_that_was_replaced_is_left_alone(house: House, till: Till) -> None:
    """Its last telemetry stays; what the newest computer of the store counts is compared."""
    told(house, without=3)
    with house.hq.db.write() as connection:
        run(connection, "UPDATE telemetry SET inc = 'b'")
    told(house)
    looked(house)
    told(house)

    assert looked(house) == []


def test_the_same_difference_comes_again_after_both_had_agreed(house: House, till: Till) -> None:
    assert twice(house, without=3) == [DAY]
    told(house)
    assert looked(house) == []

    assert twice(house, without=3) == [DAY]


def test_a_person_closes_what_is_so_now(house: House, till: Till) -> None:
    assert twice(house, without=3) == [DAY]
    twice(house, without=2)
    actions.close_alarm(house.ctx, f"day.differs|001/{DAY}", note="explained")

    assert twice(house, without=2) == []


def test_a_day_that_is_told_no_more_ends_when_hq_has_what_was_counted(house: House, till: Till) -> None:
    sale = house.db.row("SELECT * FROM sale WHERE n = 3")
    with house.hq.db.write() as connection:
        run(connection, "DELETE FROM sale WHERE n = 3")
    whole = to_text(day_digest(DAY, receipts(house, sale)))
    assert twice(house, facts={f"day:{DAY}": whole}) == [DAY]

    names = ", ".join(sale._fields)
    with house.hq.db.write() as connection:
        marks = ", ".join(f":{name}" for name in sale._fields)
        run(connection, f"INSERT INTO sale ({names}) VALUES ({marks})", sale._asdict())
    told(house, facts={})

    assert looked(house) == []


def receipts(house: House, *more: Any) -> list[DayReceipt]:
    rows = [*queries.day_receipts(house.hq.db, "001", DAY), *more]
    return [
        DayReceipt(r.terminal, r.series, r.n, r.kind, r.payable_minor, r.pieces, bytes(r.bh)) for r in rows
    ]


TEXT = (
    '{"day":"%s","hash":"%s","runs":%s,"sales":%s,"sales_minor":0,"returns":0,"returns_minor":0,"pieces":0}'
)


@pytest.mark.parametrize(
    "text",
    [
        TEXT % (DAY, "a" * 64, "[]", "1e999"),
        "[" * 20_000,
        TEXT % (DAY, "\\ud800" * 64, "[]", "1"),
        TEXT % (DAY, "a" * 64, '[["01","AAAAA",1,1000000000000,""]]', "1"),
    ],
)
def test_what_a_store_tells_keeps_no_other_from_being_compared(house: House, till: Till, text: str) -> None:
    house.device("002")
    house.reports({"inc": "a", "unsent": 0, "facts": {f"day:{DAY}": text}}, node="002", ago_ms=1)

    assert twice(house, without=3) == [DAY]
    assert house.client("admin").get(f"/proof/?store=002&day={DAY}").status_code == 200
