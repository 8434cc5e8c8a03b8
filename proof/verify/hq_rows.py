"""What the projections of HQ must be, told by the bodies of the events that HQ has handled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proof.verify.journal import Event, Journal
from proof.verify.report import Report
from proof.verify.rows import Wanted, compare

SALE, RETURN = "sale.completed", "return.completed"


def check_hq_rows(journal: Journal, report: Report, handled: set[str]) -> None:
    """All projections of trade."""
    papers = _of(journal, handled, SALE, RETURN)
    compare(journal, report, "sale", ("store", "id"), {(e.store, e.id): _paper(journal, e) for e in papers})
    compare(journal, report, "sale_line", ("store", "id", "line"), _lines(papers))
    compare(journal, report, "sale_tender", ("store", "id", "n"), _tenders(papers))
    compare(journal, report, "sale_return", ("store", "id"), _returns(papers))
    compare(journal, report, "shift", ("store", "id"), _shifts(journal, handled))
    compare(journal, report, "cash_move", ("store", "id"), _moves(journal, handled))
    compare(journal, report, "stock_document", ("store", "id"), _stock(journal, handled))
    compare(journal, report, "till_note", ("store", "id"), _notes(journal, handled))


def _of(journal: Journal, handled: set[str], *types: str) -> list[Event]:
    return [event for event in journal.of_type(*types) if event.id in handled]


def _paper(journal: Journal, event: Event) -> dict[str, Any]:
    p, sale = event.p, event.type == SALE
    names = ("number", "terminal", "series", "n", "currency", "pieces", "total_minor", "rounding_minor")
    return {name: p[name] for name in (*names, "payable_minor", "taxes")} | {
        "node": event.place[0],
        "inc": event.place[1],
        "seq": event.place[2],
        "bh": event.bh,
        "kind": "sale" if sale else "return",
        "at": event.at,
        "day": event.day or "",
        "shift": event.shift,
        "staff": event.actor["staff"],
        "approved_by": event.actor.get("approved_by"),
        "gross_minor": p["gross_minor"] if sale else p["total_minor"],
        "discount_minor": p["discount_minor"] if sale else 0,
        "tax_minor": sum(tax["amount_minor"] for tax in p["taxes"]),
        "change_minor": p["change_minor"] if sale else 0,
        "original": p.get("original"),
        "original_number": p.get("original_number"),
        "reason": "" if sale else p["reason"],
    }


def _lines(papers: list[Event]) -> Wanted:
    wanted: Wanted = {}
    for event in papers:
        for line in event.p["lines"]:
            row = {
                name: line[name] for name in ("sku", "name", "quantity", "unit", "total_minor", "tax_code")
            }
            row |= {
                "tax_minor": line["tax_minor"],
                "code": line.get("code", ""),
                "unit_price_minor": line.get("unit_price_minor", 0),
                "gross_minor": line.get("gross_minor", line["total_minor"]),
                "discount_minor": line.get("discount_minor", 0) + line.get("basket_discount_minor", 0),
                "price_ref": line.get("price_ref", ""),
                "original_line": line.get("original_line"),
            }
            wanted[(event.store, event.id, line["line"])] = row
    return wanted


def _tenders(papers: list[Event]) -> Wanted:
    names = ("kind", "amount_minor", "given_minor", "change_minor")
    return {
        (event.store, event.id, n): {name: part[name] for name in names} | {"approval": part.get("approval")}
        for event in papers
        for n, part in enumerate(event.p["tenders"])
    }


def _returns(papers: list[Event]) -> Wanted:
    return {
        (event.store, event.id): {name: event.p[name] for name in ("original", "original_number")}
        for event in papers
        if event.type == RETURN
    }


def _shifts(journal: Journal, handled: set[str]) -> Wanted:
    wanted: Wanted = {}
    for event in _of(journal, handled, "shift.opened", "shift.closed"):
        p, closed = event.p, event.type == "shift.closed"
        row = wanted.setdefault((event.store, p["shift"]), {"state": "open"})
        row |= {name: p[name] for name in ("terminal", "day", "currency", "float_minor")}
        if not closed:
            row |= {"opened_at": event.at, "opened_by": event.actor["staff"]}
            continue
        if row["state"] == "closed" and _z(row) < _z(p | {"closed_at": event.at}):
            continue  # a cloned disk closed it, too: the earliest stands, every one is a note
        names = ("expected_minor", "counted_minor", "difference_minor", "z_number")
        row |= {name: p[name] for name in names}
        row |= {"state": "closed", "closed_at": event.at, "closed_by": event.actor["staff"], "report": p}
    return wanted


def _z(figures: Mapping[str, Any]) -> list[int]:
    return [figures[name] for name in ("closed_at", "z_number", "counted_minor", "expected_minor")]


def _moves(journal: Journal, handled: set[str]) -> Wanted:
    return {
        (event.store, event.id): {
            name: event.p[name] for name in ("shift", "terminal", "amount_minor", "reason")
        }
        | {"kind": event.p["direction"], "at": event.at, "day": event.day, "staff": event.actor["staff"]}
        for event in _of(journal, handled, "cash.moved")
    }


def _stock(journal: Journal, handled: set[str]) -> Wanted:
    wanted: Wanted = {}
    for event in _of(journal, handled, "stock.received", "stock.written_off", "stock.opening_set"):
        kind = event.type.removeprefix("stock.").removesuffix("_set")
        wanted[(event.p.get("store", event.store), event.id)] = {
            "kind": kind,
            "at": event.at,
            "day": event.day,
            "staff": event.actor["staff"],
            "reference": event.p.get("reference", ""),
            "reason": event.p.get("reason", ""),
            "lines": event.p["lines"],
            "note": event.p.get("note", ""),
        }
    return wanted


_NOTES = {
    "receipt.reprinted": "reprint",
    "basket.aborted": "abort",
    "drawer.opened": "no_sale",
    "shift.closed": "z",
    "node.enrolled": "enrolled",
    "node.reincarnated": "reincarnated",
    "clock.corrected": "clock",
    "hq.amended": "amended",
    "hq.trust_changed": "trust",
}
_SUBJECTS = {
    "receipt.reprinted": "document",
    "basket.aborted": "basket",
    "drawer.opened": "shift",
    "shift.closed": "shift",
    "node.enrolled": "store",
    "hq.amended": "event",
    "hq.trust_changed": "inc",
}

_FACTS: dict[str, dict[str, str]] = {
    "receipt.reprinted": {"number": "number", "copy": "copy", "reason": "reason"},
    "basket.aborted": {name: name for name in ("reason", "lines", "pieces", "total_minor", "currency")},
    "drawer.opened": {"reason": "reason", "note": "note"},
    "shift.closed": {
        name: name for name in ("z_number", "expected_minor", "counted_minor", "difference_minor")
    },
    "node.enrolled": {"app": "app_version", "engine": "engine_version"},
    "node.reincarnated": {name: name for name in ("reason", "parent_inc", "parent_seq", "last_numbers")},
    "clock.corrected": {"before": "before_ms", "after": "after_ms", "source": "source"},
    "hq.amended": {"reason": "reason"},
    "hq.trust_changed": {name: name for name in ("node", "first", "last", "counts", "reason")},
}
"""What a note repeats of its event: name in the note → name in the payload."""


def _notes(journal: Journal, handled: set[str]) -> Wanted:
    wanted: Wanted = {}
    for event in _of(journal, handled, *_NOTES):
        row: dict[str, Any] = {"kind": _NOTES[event.type], "at": event.at, "day": event.day}
        row |= {"staff": event.actor["staff"], "terminal": event.actor["terminal"]}
        if event.type in _SUBJECTS:
            row["subject"] = event.p[_SUBJECTS[event.type]] or ""
        row["facts"] = {name: event.p.get(said, "") for name, said in _FACTS[event.type].items()}
        if event.p.get("lost"):  # of a hole: by their receipts' numbers, else by their places
            row["facts"]["lost"] = [lost["number"] or str(lost["seq"]) for lost in event.p["lost"]]
        wanted[(event.store, event.id)] = row
    return wanted
