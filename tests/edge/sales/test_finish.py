"""One basket becomes one sale."""

from __future__ import annotations

import threading

import pytest

from edge.journal.model import AlreadyAnswered
from edge.sales.actions import add_tender, finish
from edge.till.actions import remove_line, scan
from retail.errors import Conflict, NotNow
from retail.tender import Tender, card, cash
from tests.builders.edge import Shop


def balances(shop: Shop) -> dict[tuple[str, str], int]:
    rows = shop.node.db.rows("SELECT account, commodity, quantity FROM balance WHERE quantity <> 0")
    return {(row["account"], row["commodity"]): row["quantity"] for row in rows}


def test_cash_sale_writes_event_postings_rows_and_papers_in_one_transaction(shop: Shop) -> None:
    ctx = shop.at()
    scan(ctx, "2000000000015")
    scan(ctx, "2000000000022", quantity=2000)

    result = finish(ctx, basket=None, version=2, added=[cash(5000)])

    sale = result["sale"]
    assert (sale["total_minor"], sale["payable_minor"], sale["change_minor"]) == (2460, 2460, 2540)
    assert sale["number"].startswith("001-01/") and sale["number"].endswith("-1")
    found = balances(shop)
    assert found[("cash:001:01", "HKD")] == 50000 + 2460
    assert found[("revenue:001", "HKD")] == -2460
    assert found[("stock:001:on_hand", "sku:B")] == -2000
    jobs = [row["kind"] for row in shop.node.db.rows("SELECT kind FROM print_job ORDER BY id")]
    assert jobs == ["receipt", "drawer"]
    seen = shop.node.journal.witness.read()
    assert seen is not None and seen.seq == shop.node.journal.head.seq


def test_mixed_payment_rounds_only_the_cash_part(shop: Shop) -> None:
    ctx = shop.at()
    scan(ctx, "2000000000039")
    add_tender(ctx, card(1000, "A1"))

    with pytest.raises(NotNow) as refused:
        finish(ctx, basket=None, version=None)
    assert refused.value.code == "till.left_to_pay"

    sale = finish(ctx, basket=None, version=None, added=[cash(1000)])["sale"]
    assert (sale["total_minor"], sale["payable_minor"], sale["change_minor"]) == (1995, 2000, 0)
    assert balances(shop)[("rounding:001", "HKD")] == -5


def test_unknown_code_is_a_red_row_that_blocks_tender(shop: Shop) -> None:
    ctx = shop.at()
    assert scan(ctx, "4891234560783")["state"] == "unknown"

    with pytest.raises(NotNow) as refused:
        finish(ctx, basket=None, version=None, added=[cash(5000)])

    assert refused.value.code == "till.red_rows"


def test_thirty_parallel_finishes_with_one_key_and_ten_with_others_make_one_sale(shop: Shop) -> None:
    scan(shop.at(), "2000000000015")
    basket = shop.node.db.value("SELECT id FROM basket WHERE state = 'open'")
    numbers: list[str] = []
    gate = threading.Barrier(40)

    def press(key: str) -> None:
        ctx = shop.at(key=key, request=b"same")
        gate.wait()
        try:
            result = finish(ctx, basket=basket, version=1, added=[cash(1000)])
        except AlreadyAnswered as earlier:
            result = earlier.result
        numbers.append(result["sale"]["number"])

    keys = ["one-key"] * 30 + [f"other-{n}" for n in range(10)]
    threads = [threading.Thread(target=press, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(numbers) == 40 and len(set(numbers)) == 1
    assert shop.node.db.value("SELECT count(*) FROM document") == 1
    assert shop.node.db.value("SELECT count(*) FROM print_job WHERE kind = 'receipt'") == 1
    assert shop.node.db.value("SELECT count(*) FROM print_job WHERE kind = 'drawer'") == 1


def test_a_changed_basket_is_not_finished_blindly(shop: Shop) -> None:
    ctx = shop.at()
    scan(ctx, "2000000000015")
    scan(ctx, "2000000000015")

    with pytest.raises(Conflict) as refused:
        finish(ctx, basket=None, version=1, added=[Tender("cash", 0, 1000)])

    assert refused.value.code == "till.basket_changed"


@pytest.mark.parametrize("here", ["empty", "red"])
def test_a_screen_of_another_version_hears_that_first(shop: Shop, here: str) -> None:
    """Seed 15629: the disk was put back under a screen, which must fetch what lies here before anything else."""
    ctx = shop.at()
    red = scan(ctx, "no such code")
    if here == "empty":
        remove_line(ctx, red["line"])

    with pytest.raises(Conflict) as refused:
        finish(ctx, basket=None, version=19)

    assert refused.value.code == "till.basket_changed"
