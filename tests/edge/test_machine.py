"""Any order of what people do at two tills agrees with the paper of `oracle.py`: money, stock, drawers, numbers."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from edge.journal.model import AlreadyAnswered
from edge.returns.actions import make_return
from edge.sales.actions import finish
from edge.shifts.actions import close_shift, move_cash, open_shift
from edge.till.actions import abort, change_quantity, hold, recall, remove_line, scan
from edge.till.model import OpenBasket
from edge.till.repository import held as held_rows
from edge.till.repository import open_row
from retail.errors import LianpuError, LimitExceeded
from retail.tender import card, cash
from tests.builders.edge import MANAGER, Shop, a_copy
from tests.edge import oracle

CODES = {"A": "2000000000015", "B": "2000000000022", "C": "2000000000039"}
LANES = st.sampled_from(["01", "02"])
SKUS = st.sampled_from(sorted(CODES))
TEMPLATE: list[Path] = []


class TwoTills(RuleBasedStateMachine):
    """Each rule does the same to the node and to the paper."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.shop: Shop = a_copy(TEMPLATE[0], Path(self.folder.name) / "node")
        self.paper = oracle.Shop({"A": 1000, "B": 730, "C": 1995}, {"01": oracle.Lane(), "02": oracle.Lane()})
        self.ids: list[str] = []
        self.last: tuple[Any, dict[str, Any]] | None = None
        self.tries = 0

    def teardown(self) -> None:
        self.shop.close()
        self.folder.cleanup()

    @initialize()
    def morning(self) -> None:
        self.paper.open("01", 50000)  # the template's open shift

    def boss(self, lane: str) -> Any:
        return self.shop.at(lane, MANAGER)

    def lines(self, lane: str) -> list[Any]:
        row = open_row(self.shop.node.db, lane)
        return list(OpenBasket.from_row(row).basket.lines) if row else []

    def refused(self, call: Any, *args: Any, **named: Any) -> str:
        with pytest.raises(LianpuError) as error:
            call(*args, **named)
        return error.value.code

    @rule(lane=LANES, sku=SKUS, pieces=st.integers(1, 4))
    def scan(self, lane: str, sku: str, pieces: int) -> None:
        if not self.paper.lanes[lane].is_open:
            assert self.refused(scan, self.shop.at(lane), CODES[sku]) == "shifts.none_open"
            return
        scan(self.shop.at(lane), CODES[sku], quantity=pieces * 1000)
        self.paper.scan(lane, sku, pieces)

    @rule(lane=LANES, pieces=st.integers(1, 5))
    def change(self, lane: str, pieces: int) -> None:
        found = self.lines(lane)
        if found:
            change_quantity(self.shop.at(lane), found[0].id, pieces * 1000)
            self.paper.lanes[lane].basket[found[0].sku] = pieces

    @rule(lane=LANES)
    def remove(self, lane: str) -> None:
        found = self.lines(lane)
        if found:
            remove_line(self.shop.at(lane), found[-1].id)
            del self.paper.lanes[lane].basket[found[-1].sku]

    @rule(lane=LANES, by_card=st.integers(0, 3), twice=st.booleans())
    def sell(self, lane: str, by_card: int, twice: bool) -> None:
        if not self.paper.lanes[lane].basket:
            return
        total = self.paper.total(lane)
        on_card = total * by_card // 3
        self.tries += 1
        ctx = self.shop.at(lane, key=f"{lane}:sale-{self.tries}", request=b"r")
        tenders = [card(on_card)] if on_card else []
        if total > on_card:
            tenders.append(cash(oracle.rounded(total - on_card)))
        wanted = self.paper.sell(lane, on_card)

        sale = finish(ctx, basket=None, version=None, added=tenders)["sale"]

        assert (sale["total_minor"], sale["payable_minor"], sale["change_minor"]) == (*wanted, 0)
        assert sale["number"].endswith(f"-{self.paper.lanes[lane].number}")
        self.ids.append(sale["id"])
        if twice:
            with pytest.raises(AlreadyAnswered) as earlier:
                finish(ctx, basket=None, version=None, added=tenders)
            assert earlier.value.result["sale"]["number"] == sale["number"]

    @precondition(lambda self: self.ids)
    @rule(lane=LANES, which=st.integers(0, 100), pieces=st.integers(1, 3))
    def give_back(self, lane: str, which: int, pieces: int) -> None:
        index = which % len(self.ids)
        sale = self.paper.sales[index]
        sku = sorted(sale.pieces)[which % len(sale.pieces)]
        payload = self.shop.node.db.rows(
            "SELECT line, sku FROM document_line WHERE id = ?", (self.ids[index],)
        )
        line = next(row["line"] for row in payload if row["sku"] == sku)
        ask: dict[str, Any] = {
            "original": self.ids[index], "reason": "other", "wanted": {line: pieces * 1000}, "tenders": (), "approval": None
        }  # fmt: skip
        if not self.paper.lanes[lane].is_open:
            assert self.refused(make_return, self.boss(lane), **ask) == "shifts.none_open"
        elif sale.back.get(sku, 0) + pieces > sale.pieces[sku]:
            with pytest.raises(LimitExceeded):
                make_return(self.boss(lane), **ask)
        else:
            wanted = self.paper.give_back(lane, sale, sku, pieces)
            made = make_return(self.boss(lane), **ask)["document"]
            assert (made["total_minor"], made["payable_minor"]) == wanted
            assert made["number"].endswith(f"-{self.paper.lanes[lane].number}")

    @rule(lane=LANES)
    def hold(self, lane: str) -> None:
        if self.paper.lanes[lane].basket:
            hold(self.shop.at(lane), "")
            self.paper.hold(lane)

    @rule(lane=LANES)
    def recall(self, lane: str) -> None:
        here = self.paper.lanes[lane]
        if self.paper.held and here.is_open and not here.basket:
            recall(self.shop.at(lane), held_rows(self.shop.node.db)[0]["id"])
            self.paper.recall(lane, 0)

    @rule(lane=LANES)
    def abort(self, lane: str) -> None:
        if self.paper.lanes[lane].basket:
            abort(self.shop.at(lane), "other", None)
            self.paper.lanes[lane].basket = {}

    @rule(lane=LANES, tens=st.integers(-20, 20).filter(bool))
    def petty(self, lane: str, tens: int) -> None:
        here = self.paper.lanes[lane]
        if here.is_open and here.drawer + tens * 10 >= 0:
            move_cash(self.boss(lane), direction="in" if tens > 0 else "out", amount_minor=abs(tens) * 10,
                      reason="other", note="", approval=None)  # fmt: skip
            self.paper.move(lane, tens * 10)

    @rule(lane=LANES, float_=st.integers(0, 50).map(lambda n: n * 1000))
    def open(self, lane: str, float_: int) -> None:
        if self.paper.lanes[lane].is_open:
            assert self.refused(open_shift, self.boss(lane), float_) == "shifts.already_open"
        else:
            open_shift(self.boss(lane), float_)
            self.paper.open(lane, float_)

    @rule(lane=LANES, off=st.integers(-3, 3))
    def close(self, lane: str, off: int) -> None:
        here = self.paper.lanes[lane]
        counted = max(0, here.drawer + off * 10)
        if not here.is_open or here.basket:
            return
        report = close_shift(self.boss(lane), count={"10": counted // 10} if counted else {}, confirmed=("held",),
                             approval=None)["report"]  # fmt: skip
        assert report["expected_minor"] == here.drawer
        assert report["difference_minor"] == self.paper.close(lane, counted)
        assert report["z_number"] == here.z

    @rule()
    def restart(self) -> None:
        self.shop.restart()

    @rule(minutes=st.integers(1, 30))
    def pass_time(self, minutes: int) -> None:
        self.shop.clock.advance(minutes * 60_000)
        self.shop.clock.set_wall(self.shop.clock.now_ms() - minutes * 30_000)

    @invariant()
    def the_books_agree(self) -> None:
        rows = self.shop.node.db.rows("SELECT account, commodity, quantity FROM balance WHERE quantity <> 0")
        money = {row["account"]: row["quantity"] for row in rows if row["commodity"] == "HKD"}
        stock = {
            row["commodity"][4:]: row["quantity"] for row in rows if row["account"] == "stock:001:on_hand"
        }
        assert money == self.paper.ledger()
        assert stock == {sku: pieces * 1000 for sku, pieces in self.paper.stock.items() if pieces}

    @invariant()
    def the_baskets_agree(self) -> None:
        for lane, here in self.paper.lanes.items():
            assert {line.sku: line.quantity for line in self.lines(lane)} == {
                sku: pieces * 1000 for sku, pieces in here.basket.items()
            }


def test_two_tills_agree_with_the_paper(template: Path) -> None:
    TEMPLATE[:] = [template]
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        TwoTills,
        settings=settings(
            max_examples=25, stateful_step_count=40, derandomize=True, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
