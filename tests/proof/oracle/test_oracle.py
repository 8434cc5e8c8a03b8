"""The oracle against the data, against the driver's plan, and against the rules of the trade."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from proof.oracle import baskets as plan
from proof.oracle import oracle
from retail.tender import Tender, settle, settle_refund


@dataclass(frozen=True)
class Named:
    id: str


def test_it_is_under_200_lines_and_imports_only_the_standard_library():
    for module in (oracle, plan):
        source = Path(module.__file__).read_text()
        assert len(source.splitlines()) < 200
        for node in ast.walk(ast.parse(source)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert all(name.split(".")[0] in sys.stdlib_module_names for name in names)


@pytest.mark.parametrize(("zone", "lines", "pieces"), [("A", 1938, 2425), ("B", 1717, 2368)])
def test_all_baskets_of_a_zone_are_there(zone, lines, pieces):
    found = plan.baskets(zone)

    assert len(found) == 200
    assert sum(len(basket.lines) for basket in found) == lines
    assert sum(basket.pieces for basket in found) == sum(len(basket.scans) for basket in found) == pieces
    assert sum(basket.returns for basket in found) == 10


def test_a_basket_by_hand():
    """The 20th of zone A: 36.00 + 2 × 66.00 in cash; one piece for 36.00 comes back."""
    basket = plan.baskets("A", 20)[19]

    found = oracle.expected("A", [(Named("32137340217"), False)])

    assert (basket.id, basket.returns) == ("32137340217", True)
    assert basket.tenders(16800) == [("cash", 20000)]
    assert (found.receipts, found.lines, found.pieces, found.returns) == (1, 2, 3, 1)
    assert (found.sales, found.returned, found.net) == (16800, 3600, 13200)
    assert (found.cash, found.card, found.rounding) == (13200, 0, 0)
    assert found.sold == {"P000000729": 0, "P000001088": 2}


def test_tax_by_hand():
    """Basket 20 of zone A again, both in food: 168.00 holds 13.87, the 36.00 that come back hold 2.97."""
    codes = {oracle.tax_code(sku) for sku, _ in oracle.contents("A")["32137340217"]}

    found = oracle.expected("A", [(Named("32137340217"), False)], taxed=True)

    assert codes == {"V9"}
    assert found.taxes == {"V9": 1387 - 297, "V13": 0}


@pytest.mark.parametrize(
    ("amount", "due"), [(0, 0), (4, 0), (5, 10), (1994, 1990), (1995, 2000), (1996, 2000), (2000, 2000)]
)
def test_cash_is_rounded_to_ten_cents_halves_up(amount, due):
    assert oracle.rounded(amount) == plan._due(amount) == due


@pytest.mark.parametrize(
    ("rule", "total", "tenders"),
    [
        (0, 4460, [("cash", 5000)]),
        (0, 5000, [("cash", 5000)]),
        (0, 5005, [("cash", 10000)]),
        (1, 4460, [("cash", 10000)]),
        (6, 4463, [("card", 4463)]),
        (9, 4463, [("card", 2200), ("cash", 5000)]),
        (9, 150, [("cash", 5000)]),
    ],
)
def test_what_is_handed_over_by_the_rule(rule, total, tenders, monkeypatch):
    class Digest:
        def __init__(self, _data: bytes) -> None: ...

        def digest(self) -> bytes:
            return bytes([rule])

    monkeypatch.setattr(plan.hashlib, "sha256", Digest)

    assert plan.Basket("x", "A", 1, ()).tenders(total) == tenders


@pytest.mark.parametrize("zone", ["A", "B"])
@pytest.mark.parametrize("stepped", [False, True])
def test_the_rules_of_the_trade_come_to_the_same_with_the_plan(zone, stepped):
    """The plan's tenders, settled by `retail`, give the oracle's figures, basket by basket."""
    for basket in plan.baskets(zone):
        wanted = oracle.expected(zone, [(basket, stepped)])
        parts = [Tender(kind, given, given) for kind, given in basket.tenders(wanted.sales)]
        done = settle(wanted.sales, parts, 10)
        assert done.is_complete
        paid = {"cash": 0, "card": 0}
        for tender in done.tenders:
            paid[tender.kind] += tender.amount_minor
        rounding = done.rounding
        if basket.returns:
            to_card = min(wanted.returned, paid["card"])
            wishes = [Tender("card", to_card, to_card)] if to_card else []
            wishes += [Tender("cash", 1, 1)] if wanted.returned > to_card else []
            back = settle_refund(wanted.returned, wishes, 10)
            rounding -= back.rounding
            for tender in back.tenders:
                paid[tender.kind] -= tender.amount_minor
        assert (wanted.cash, wanted.card, wanted.rounding) == (paid["cash"], paid["card"], rounding)


def test_a_whole_store_is_the_sum_of_its_baskets_and_the_books_balance():
    sold = [(basket, basket.place > 60) for basket in plan.baskets("A")]

    whole = oracle.expected("A", sold)

    assert (whole.receipts, whole.pieces, whole.returns) == (200, 2425, 10)
    assert whole.cash + whole.card == whole.net + whole.rounding
    assert whole.sales == sum(oracle.expected("A", [one]).sales for one in sold)
    assert sum(whole.sold.values()) == 2425 - 10
    assert sum(whole.tenders.values()) == 200


def test_the_step_changes_prices_and_nothing_else():
    before = oracle.expected("B", [(basket, False) for basket in plan.baskets("B")])
    after = oracle.expected("B", [(basket, True) for basket in plan.baskets("B")])

    assert before.sales != after.sales
    assert (before.pieces, before.sold, before.tenders) == (after.pieces, after.sold, after.tenders)


def test_a_product_without_a_price_in_its_zone_costs_the_chain_s():
    known = oracle.price_list()[False]
    sku = next(sku for zone, sku in known if zone == "chain" and ("A", sku) not in known)

    assert oracle.price("A", sku, True) == known["chain", sku]


def test_the_command_prints_the_totals(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["oracle", "--zone", "A", "--count", "20", "--before", "6"])

    oracle.main()

    assert '"receipts": 20' in capsys.readouterr().out
