"""Stock is the sum of postings; opening stock is an event of HQ."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from hq.imports import actions as imports
from hq.stock import actions, queries
from hq.stock.actions import Opening
from retail.errors import Conflict, Invalid, NotFound
from schemas.events.base import BODY_BYTES_MAX
from tests.builders.hq import NOW, House, a_product


def open_early(house: House, quantity: int) -> None:
    """Opening stock two hours before now, before the first sale."""
    house.hq.clock.set_wall(NOW - 2 * 3_600_000)
    actions.set_opening(house.ctx, store="001", lines=[Opening("P1", quantity)])
    house.hq.clock.set_wall(NOW)


def test_on_hand_is_opening_less_sold_plus_returned(house: House) -> None:
    a_product(house)
    open_early(house, 30_000)
    till = house.device("001")
    first = till.sell(pieces=3)
    till.sell(pieces=2)
    till.take_back(first, "001-01/K7Q2M-1")
    till.push()

    (central, other) = queries.of_product(house.hq.db, "P1", None)
    total, rows = queries.ledger(house.hq.db, "001", "P1", offset=0, limit=10)

    assert (central.on_hand, central.sold, other.on_hand) == (26_000, 4_000, 0)
    assert (total, [(r.kind, r.quantity) for r in rows]) == (
        4, [("return", 1000), ("sale", -2000), ("sale", -3000), ("opening", 30_000)]
    )  # fmt: skip


def test_the_ledger_page_carries_a_running_balance(house: House) -> None:
    a_product(house)
    open_early(house, 5_000)
    till = house.device("001")
    till.sell(pieces=7)
    till.push()

    page = house.client("admin").get("/stock/001/P1").text

    assert page.index("<b>−2</b>") < page.index("<b>5</b>")
    assert "001-01/K7Q2M-1" in page
    assert "Set opening stock</h2>" not in page


def test_many_lines_are_split_into_events_that_fit(house: House) -> None:
    lines = []
    for n in range(130):
        a_product(house, f"S{n:03d}", price=None)
        lines.append(Opening(f"S{n:03d}", 1000))

    events = actions.set_opening(house.ctx, store="001", lines=lines)

    assert events == 2
    assert house.value("SELECT count(*) FROM link WHERE node = 'hq'") == 2
    assert house.value("SELECT sum(quantity) FROM balance WHERE account = 'stock:001:on_hand'") == 130_000


@pytest.mark.parametrize("sign", ["長", '"', "\U0001f9c3"])
def test_opening_stock_of_the_longest_names_is_booked_in_more_events(house: House, sign: str) -> None:
    """It was the whole import that failed: a hundred such lines are three times what a body takes."""
    name = {language: sign * 160 for language in ("en", "zh-Hans", "zh-Hant")}
    for n in range(110):
        a_product(house, f"S{n:03d}{'x' * 36}", price=None, name=name)
    content = "store,sku,quantity\n" + "".join(f"001,S{n:03d}{'x' * 36},24\n" for n in range(110))

    found = imports.dry_run(house.ctx, kind="stock", file_name="s.csv", content=content.encode())
    result = imports.apply(house.ctx, found.run)

    assert (result.new, result.rejected) == (110, 0)
    assert (
        house.value("SELECT sum(quantity) FROM balance WHERE account = 'stock:001:on_hand'") == 110 * 24_000
    )
    assert house.value("SELECT max(length(body)) FROM body WHERE node = 'hq'") <= BODY_BYTES_MAX
    assert house.value("SELECT count(*) FROM stock_document") == house.value("SELECT count(*) FROM link") > 2


@pytest.mark.parametrize(
    ("store", "line", "error", "code"),
    [
        ("009", Opening("P1", 1000), NotFound, "stores.store_unknown"),
        ("001", Opening("P9", 1000), NotFound, "catalogue.product_unknown"),
        ("001", Opening("P1", 0), Invalid, "quantity.not_positive"),
        ("002", Opening("P1", 1000), Conflict, "stock.opening_already_set"),
    ],
)
def test_what_cannot_be_opened(
    house: House, store: str, line: Opening, error: type[Exception], code: str
) -> None:
    a_product(house)
    actions.set_opening(house.ctx, store="002", lines=[Opening("P1", 1000)])

    with pytest.raises(error) as refused:
        actions.set_opening(house.ctx, store=store, lines=[line])

    assert refused.value.code == code
    assert house.value("SELECT count(*) FROM stock_document") == 1


def test_the_ledger_of_a_product_reads_that_product_only(house: House) -> None:
    statements: list[tuple[str, object]] = []

    @event.listens_for(house.db.engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, sql: str, params: object, *_rest: object) -> None:
        statements.append((sql, params))

    queries.ledger(house.db, "001", "P1", offset=0, limit=10)
    queries.sum_after(house.db, "001", "P1", 50)
    asked = [(sql, params) for sql, params in statements if "posting p" in sql]
    with house.db.read() as connection:
        plans = [
            [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", params)]
            for sql, params in asked
        ]

    found = [line for plan in plans for line in plan if line.split()[1] == "p"]
    assert len(asked) == 3
    assert [line.split(" (", 1)[1] for line in found] == ["store=? AND account=? AND commodity=?)"] * 3
    assert all("posting_goods" in line for line in found)
