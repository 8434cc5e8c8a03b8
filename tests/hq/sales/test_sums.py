"""SC-14: whatever amounts a store has told, the sums of the chain are shown, and honest ones stay exact.

A thousand lies as large as the format allows are beyond 64 bits; a few rows as large as a column holds stand for them.
"""

from __future__ import annotations

import pytest

from hq.fleet import queries as fleet
from hq.sales import queries
from hq.stock import queries as stock
from kit.sql import run, run_many
from schemas.events.base import INTEGER_MAX
from tests.builders.hq import DAY, House, a_product

HUGE = {"huge": 2**62}
LIES = (
    "UPDATE sale SET payable_minor = :huge, rounding_minor = -:huge, pieces = :huge WHERE store = '001'",
    "UPDATE sale_tender SET amount_minor = :huge WHERE store = '001'",
    "INSERT INTO sale_tender SELECT store, id, n + 1, kind, :huge, 0, 0, NULL FROM sale_tender WHERE store = '001'",
    "UPDATE sale_line SET quantity = :huge, total_minor = :huge WHERE original_line IS NOT NULL",
    "UPDATE posting SET quantity = :huge WHERE store = '001'",
)


@pytest.fixture
def lied_to(house: House) -> House:
    """Store 001 has told of five sales and of three returns of one piece, store 002 sold for 10.00."""
    a_product(house)
    liar, honest = house.device("001"), house.device("002", "b" * 32)
    sold = [liar.sell() for _ in range(5)]
    for _ in range(3):
        liar.take_back(sold[0], f"001-01/{liar.series}-1")
    honest.sell()
    for till in (liar, honest):
        till.push()
    with house.db.write() as connection:
        for lie in LIES:
            run(connection, lie, HUGE)
    return house


def test_the_sums_of_a_day_are_told(lied_to: House) -> None:
    """SC-14."""
    by_store = queries.sums_by_store(lied_to.db, DAY)

    assert by_store["002"] == queries.Sums(net_minor=1000, receipts=1, sales_minor=1000, pieces=1)
    assert by_store["001"] == queries.Sums(
        net_minor=0, receipts=8, returns=3, returns_minor=INTEGER_MAX, sales_minor=INTEGER_MAX, pieces=INTEGER_MAX,
        rounding_minor=-INTEGER_MAX,
    )  # fmt: skip
    assert queries.sums_by_terminal(lied_to.db, "001", DAY) == [("01", by_store["001"])]
    assert queries.tender_sums(lied_to.db, "001", DAY) == {"cash": INTEGER_MAX}
    assert list(queries.by_hour(lied_to.db, {"001": DAY}).values()) == [INTEGER_MAX]


def test_sales_of_less_than_nothing_have_sums_too(lied_to: House) -> None:
    """SC-14. What the API tells is never beyond what JSON shows exactly."""
    with lied_to.db.write() as connection:
        run(connection, "UPDATE sale SET payable_minor = -:huge WHERE store = '001' AND kind = 'sale'", HUGE)

    sums = queries.sums_by_store(lied_to.db, DAY)["001"]

    assert (sums.net_minor, sums.sales_minor, sums.returns_minor) == (-INTEGER_MAX, -INTEGER_MAX, INTEGER_MAX)


def test_every_page_with_sums_is_shown(lied_to: House) -> None:
    """SC-14."""
    pages = (
        "/", f"/sales/?day={DAY}", f"/sales/?day={DAY}&store=001", f"/sales/export.csv?from={DAY}",
        f"/api/v1/sales/totals?day={DAY}", f"/proof/?store=001&day={DAY}", "/fleet/parked", "/stock/", "/stock/001",
    )  # fmt: skip
    boss = lied_to.client("admin")

    assert {page: boss.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


def test_what_came_back_and_what_a_page_of_the_ledger_leaves_out(lied_to: House) -> None:
    """SC-14."""
    (found,) = fleet.refunded_too_much(lied_to.db)

    assert (found.sold, found.back, found.total_minor) == (1000, INTEGER_MAX, INTEGER_MAX)
    assert stock.sum_after(lied_to.db, "001", "P1", 8) == INTEGER_MAX


def test_a_store_full_of_goods(house: House) -> None:
    """SC-14. No balance is beyond what a page shows, and there may be any number of them."""
    goods = [{"commodity": f"sku:S{n:04d}", "most": INTEGER_MAX} for n in range(1030)]
    with house.db.write() as connection:
        run_many(
            connection, "INSERT INTO balance VALUES ('001', 'stock:001:on_hand', :commodity, :most)", goods
        )

    whole = stock.pieces_of_store(house.db, "001")
    of_stores = {row.code: (row.on_hand, row.products) for row in stock.stores(house.db, None)}

    assert whole is not None
    assert (whole.on_hand, whole.products) == (INTEGER_MAX, 1030)
    assert of_stores == {"001": (INTEGER_MAX, 1030), "002": (0, 0)}
