"""What else a simulated till does with its drawer: refunds, cash in and out, the Z, by the real journal and ledger."""

from __future__ import annotations

import random

import msgspec

from edge.journal.repository import next_number
from edge.node import Node
from edge.sales.projection import write_return
from edge.sales.repository import returned_lines
from edge.shifts.queries import drawer_balance
from kit.db import Connection, Row
from proof.sim.parties import CASHIER, CURRENCY, DAY
from retail.postings import for_cash_move, for_return, for_shift_close
from retail.tender import cash, settle_refund
from schemas.events.base import decode
from schemas.events.sales import ReturnCompleted, ReturnLine, SaleCompleted, TenderLine
from schemas.events.shifts import CashMoved, ShiftClosed
from sync.chain import body_hash


def take_back(node: Node, rng: random.Random, terminal: str, shift: str) -> bool:
    """A piece of a sale comes back for cash; False when every sale is exhausted or there is none."""
    with node.journal.changing(node.context(CASHIER, terminal)) as draft:
        rows = draft.tx.execute(
            "SELECT b.id, b.bh, b.body FROM body b JOIN document d ON d.id = b.id WHERE d.kind = 'sale' ORDER BY b.id"
        ).fetchall()
        left = [(row["id"], sale) for row in rows if (sale := _open(draft.tx, row)) is not None]
        if not left:
            return False
        original, sale = rng.choice(left)
        line, price = sale.lines[0], sale.lines[0].unit_price_minor
        id_ = draft.new_id()
        series, n, number = draft.number(terminal)
        back = ReturnLine(line=1, original_line=1, sku=line.sku, name=line.name, quantity=1000, unit="pc",
                          total_minor=price, tax_code="", tax_minor=0)  # fmt: skip
        paid = settle_refund(price, [cash(0)], 0)
        tenders = [
            TenderLine(kind="cash", amount_minor=price, given_minor=price, change_minor=0, approval=None)
        ]
        fact = ReturnCompleted(number=number, terminal=terminal, series=series, n=n, original=original,
                               original_number=sale.number, reason="other", currency=CURRENCY, lines=[back], taxes=[],
                               total_minor=price, rounding_minor=0, payable_minor=price, tenders=tenders,
                               pieces=1)  # fmt: skip
        post = for_return(node.store, terminal, CURRENCY, fact.lines, [], paid)
        made = draft.event(fact, post=post, agg=[f"sale:{sale.basket}"], day=DAY, shift=shift, id=id_)
        facts = {"id": id_, "at": made.at, "day": DAY, "shift": shift, "staff": CASHIER.staff}
        write_return(draft.tx, facts, fact)
    return True


def _open(tx: Connection, row: Row) -> SaleCompleted | None:
    """The sale, while a piece of it has not come back and its bytes are those that were sold."""
    if body_hash(row["body"]) != row["bh"]:
        return None
    sale = msgspec.convert(decode(row["body"]).p, SaleCompleted)
    back = sum(line.quantity for line in returned_lines(tx, row["id"]))
    return sale if sale.lines[0].quantity > back else None


def move_cash(node: Node, terminal: str, direction: str, amount_minor: int, shift: str) -> None:
    """Petty cash into or out of the drawer."""
    fact = CashMoved(terminal=terminal, shift=shift, direction=direction, amount_minor=amount_minor,
                     currency=CURRENCY, reason="petty")  # fmt: skip
    post = for_cash_move(node.store, terminal, CURRENCY, direction, amount_minor)
    with node.journal.changing(node.context(CASHIER, terminal)) as draft:
        draft.event(fact, post=post, agg=[f"shift:{shift}"], day=DAY, shift=shift)


def close_shift(node: Node, terminal: str, shift: str, missing_minor: int) -> None:
    """The Z: what the ledger expects, counted with a difference, and the drawer emptied into the safe."""
    with node.journal.changing(node.context(CASHIER, terminal)) as draft:
        expected = drawer_balance(draft.tx, node.store, terminal, CURRENCY)
        counted = max(0, expected - missing_minor)
        head = draft.head
        fact = ShiftClosed(
            shift=shift, terminal=terminal, day=DAY, z_number=next_number(draft.tx, terminal, "Z"),
            currency=CURRENCY, float_minor=0, expected_minor=expected, counted_minor=counted,
            difference_minor=counted - expected, count={"1": counted}, sales=0, sales_minor=0, returns=0,
            returns_minor=0, rounding_minor=0, tenders={}, taxes={}, cash_in_minor=0, cash_out_minor=0,
            no_sale_openings=0, aborted_baskets=0, first_number=None, last_number=None, head_inc=node.journal.inc.inc,
            head_seq=head.seq, head_hash=head.hash.hex(),
        )  # fmt: skip
        post = for_shift_close(node.store, terminal, CURRENCY, expected, counted)
        draft.event(fact, post=post, agg=[f"shift:{shift}"], day=DAY, shift=shift)
