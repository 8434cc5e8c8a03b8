"""Edits inside bodies, and of the log's order and end, by somebody who knows the format but has no key.

Where `rehashed`, every hash after the edit is computed anew, so that the chain of the edited database is whole again:
then the arithmetic, the signatures or the other side must name it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any, NamedTuple

from proof.verify import crypto

Facts = dict[str, Any]


class BodyEdit(NamedTuple):
    """Change the `at`-th body of a type; `change` gets the whole body and returns what must be named."""

    name: str
    check: str
    type: str
    change: Callable[[Facts], str]
    at: int = 0


def rehash(connection: sqlite3.Connection) -> None:
    """Make all chains of a node's database whole again from their bodies."""
    for inc in connection.execute("SELECT inc, node, record FROM inc ORDER BY ordinal").fetchall():
        prev = crypto.genesis(inc[2])
        rows = connection.execute(
            "SELECT l.seq, b.id, b.body FROM link l JOIN body b ON b.id = l.id WHERE l.inc = ? ORDER BY l.seq",
            inc[:1],
        ).fetchall()
        for seq, id_, body in rows:
            bh = crypto.body_hash(body)
            hash_ = crypto.link_hash(inc[1], inc[0], seq, prev, bh)
            connection.execute("UPDATE body SET bh = ? WHERE id = ?", (bh, id_))
            connection.execute(
                "UPDATE link SET prev = ?, bh = ?, hash = ? WHERE inc = ? AND seq = ?",
                (prev, bh, hash_, inc[0], seq),
            )
            prev = hash_


def change_body(connection: sqlite3.Connection, edit: BodyEdit) -> str | None:
    """Rewrite one body and every hash after it; None when there is no such event."""
    row = connection.execute(
        "SELECT id, body FROM body WHERE type = ? ORDER BY at, id LIMIT 1 OFFSET ?", (edit.type, edit.at)
    ).fetchone()
    if row is None:
        return None
    facts = json.loads(row[1])
    named = edit.change(facts)
    text = facts.get("raw") or json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    connection.execute("UPDATE body SET body = ? WHERE id = ?", (text.encode(), row[0]))
    rehash(connection)
    return named


def _paper(change: Callable[[Facts], object]) -> Callable[[Facts], str]:
    """Change a payload; its receipt number must be named."""

    def apply(facts: Facts) -> str:
        number = str(facts["p"]["number"])
        change(facts["p"])
        return number

    return apply


def _add(name: str, amount: int) -> Callable[[Facts], str]:
    return _paper(lambda p: p.update({name: p[name] + amount}))


def _add_in(part: str, name: str, amount: int) -> Callable[[Facts], str]:
    return _paper(lambda p: p[part][0].update({name: p[part][0].get(name, 0) + amount}))


def _raw(change: Callable[[str], str]) -> Callable[[Facts], str]:
    """Change the text of the body itself."""

    def apply(facts: Facts) -> str:
        text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        facts["raw"] = change(text)
        return str(facts["id"])

    return apply


def _unbalanced(facts: Facts) -> str:
    facts["post"][-1][2] += 1
    return str(facts["p"]["number"])


def _another_account(facts: Facts) -> str:
    row = next(row for row in facts["post"] if row[0].startswith(("cash:", "card:")))
    row[0] = "petty:" + row[0].split(":")[1]
    return str(facts["p"]["number"])


def _renumber(n: int) -> Callable[[Facts], str]:
    def apply(facts: Facts) -> str:
        p = facts["p"]
        named = f"number {p['n'] if n > 1 else n} of terminal {p['terminal']}, series {p['series']}"
        p["number"] = f"{p['number'].rpartition('-')[0]}-{n}"
        p["n"] = n
        return named

    return apply


def _set(name: str, value: object, named: str) -> Callable[[Facts], str]:
    def apply(facts: Facts) -> str:
        facts["p"][name] = value
        return named

    return apply


def _day_back(facts: Facts) -> str:
    facts["day"] = facts["p"]["day"] = "2020-01-01"
    return "2020-01-01"


def _more_back(facts: Facts) -> str:
    line = facts["p"]["lines"][0]
    line["quantity"] += 50_000
    return str(facts["p"]["number"])


SALE, RETURN, CLOSED = "sale.completed", "return.completed", "shift.closed"

BODY_EDITS = (
    BodyEdit("body_float", "body.shape", SALE, _raw(lambda text: text.replace('"tv":1', '"tv":1.0'))),
    BodyEdit(
        "body_deep", "body.shape", SALE, _raw(lambda text: text[:-1] + ',"x":' + "[" * 20 + "]" * 20 + "}")
    ),
    BodyEdit("body_key_twice", "body.shape", SALE, _raw(lambda text: text[:-1] + ',"tv":1}')),
    BodyEdit("body_not_nfc", "body.shape", SALE, _raw(lambda text: text[:-1] + ',"x":"e\u0301"}')),
    BodyEdit("body_long", "body.shape", SALE, _raw(lambda text: text[:-1] + f',"x":"{"y" * 65536}"}}')),
    BodyEdit("body_integer", "body.shape", SALE, _raw(lambda text: text[:-1] + f',"x":{2**53}}}')),
    BodyEdit("body_without_field", "body.shape", SALE, _raw(lambda text: text.replace('"hlc"', '"hlx"'))),
    BodyEdit(
        "payload_without_field", "body.shape", SALE, _raw(lambda text: text.replace('"pieces"', '"piecez"'))
    ),
    BodyEdit("postings_unbalanced", "postings.zero_sum", SALE, _unbalanced),
    BodyEdit("postings_elsewhere", "postings.follow", SALE, _another_account),
    BodyEdit("sale_price", "sale.arithmetic", SALE, _add_in("lines", "unit_price_minor", 10)),
    BodyEdit("sale_quantity", "sale.arithmetic", SALE, _add_in("lines", "quantity", 1000)),
    BodyEdit("sale_line_total", "sale.arithmetic", SALE, _add_in("lines", "total_minor", -10)),
    BodyEdit("sale_line_discount", "sale.arithmetic", SALE, _add_in("lines", "discount_minor", 10)),
    BodyEdit("sale_basket_discount", "sale.arithmetic", SALE, _add_in("lines", "basket_discount_minor", 10)),
    BodyEdit("sale_line_tax", "sale.arithmetic", SALE, _add_in("lines", "tax_minor", 1)),
    BodyEdit("sale_tax", "sale.arithmetic", SALE, _add_in("taxes", "amount_minor", 1)),
    BodyEdit("sale_tax_base", "sale.arithmetic", SALE, _add_in("taxes", "base_minor", 1)),
    BodyEdit("sale_total", "sale.arithmetic", SALE, _add("total_minor", 10)),
    BodyEdit("sale_gross", "sale.arithmetic", SALE, _add("gross_minor", 10)),
    BodyEdit("sale_payable", "sale.arithmetic", SALE, _add("payable_minor", 10)),
    BodyEdit("sale_rounding", "sale.arithmetic", SALE, _add("rounding_minor", 1)),
    BodyEdit("sale_tender", "sale.arithmetic", SALE, _add_in("tenders", "amount_minor", -10)),
    BodyEdit("sale_given", "sale.arithmetic", SALE, _add_in("tenders", "given_minor", -10)),
    BodyEdit("sale_change", "sale.arithmetic", SALE, _add("change_minor", 10)),
    BodyEdit("sale_pieces", "sale.arithmetic", SALE, _add("pieces", 1)),
    BodyEdit("sale_terminal", "sale.arithmetic", SALE, _paper(lambda p: p.update({"terminal": "07"}))),
    BodyEdit("return_total", "return.arithmetic", RETURN, _add("total_minor", 10)),
    BodyEdit("return_tender", "return.arithmetic", RETURN, _add_in("tenders", "amount_minor", 10)),
    BodyEdit("return_more_than_sold", "return.limits", RETURN, _more_back),
    BodyEdit("return_paid_too_much", "return.limits", RETURN, _add_in("lines", "total_minor", 10)),
    BodyEdit(
        "return_of_another",
        "return.limits",
        RETURN,
        _paper(lambda p: p.update({"original_number": "001-01/XXXXX-9"})),
    ),
    BodyEdit(
        "return_of_nothing", "return.limits", RETURN, _paper(lambda p: p.update({"original": "nothing"}))
    ),
    BodyEdit("number_twice", "numbering.gapless", SALE, _renumber(1), at=1),
    BodyEdit("number_skipped", "numbering.gapless", SALE, _renumber(500), at=1),
    BodyEdit("z_sales", "shift.figures", CLOSED, _set("sales_minor", 1, "sales_minor is 1")),
    BodyEdit("z_tenders", "shift.figures", CLOSED, _set("tenders", {"cash": 1}, "tenders is {'cash': 1}")),
    BodyEdit("z_float", "shift.figures", CLOSED, _set("float_minor", 1, "float_minor is 1")),
    BodyEdit("z_counted", "shift.figures", CLOSED, _set("counted_minor", 1, "counted_minor is 1")),
    BodyEdit("z_difference", "shift.figures", CLOSED, _set("difference_minor", 1, "difference_minor is 1")),
    BodyEdit("z_last_number", "shift.figures", CLOSED, _set("last_number", "x", "last_number is x")),
    BodyEdit("z_head", "shift.heads", CLOSED, _set("head_hash", "00" * 32, "names head")),
    BodyEdit("shift_day_back", "shift.days", "shift.opened", _day_back, at=2),
    BodyEdit("history_rewritten", "agree.log", SALE, _paper(lambda p: p.update({"started_at": 1}))),
    BodyEdit("history_under_receipt", "receipts", SALE, _set("started_at", 1, "hash is not the chain's")),
    BodyEdit("history_under_head", "head.signatures", SALE, _set("started_at", 1, "does not have")),
)
