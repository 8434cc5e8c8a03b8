"""What the rows of a store's node must be, told by its events."""

from __future__ import annotations

import json
from typing import Any

from proof.verify.journal import Event, Journal
from proof.verify.report import Report
from proof.verify.rows import Key, Wanted, compare

SALE, RETURN = "sale.completed", "return.completed"


def check_edge_rows(journal: Journal, report: Report) -> None:
    """All tables of trade."""
    papers = journal.of_type(SALE, RETURN)

    def replayed(key: Key) -> bool:
        event = journal.by_id.get(str(key[0]))
        return event is not None and event.replayed

    shown = [event for event in papers if not _number_taken(journal, papers, event)]
    compare(journal, report, "document", ("id",), _documents(journal, shown))
    compare(journal, report, "document_line", ("id", "line"), _lines(shown))
    compare(journal, report, "document_tender", ("id", "n"), _tenders(shown))
    compare(journal, report, "shift", ("id",), _shifts(journal))
    compare(journal, report, "cash_move", ("id",), _moves(journal), optional=replayed)
    compare(journal, report, "stock_document", ("id",), _stock(journal), optional=replayed)


def _number_taken(journal: Journal, papers: list[Event], event: Event) -> bool:
    """What a clone sold under a number of ours stays in the journal alone."""
    if not journal.given_back(event.id):
        return False
    return any(other.number == event.number and other.id != event.id for other in papers)


def _documents(journal: Journal, papers: list[Event]) -> Wanted:
    copies: dict[str, int] = {}
    for event in journal.of_type("receipt.reprinted"):
        copies[event.p["document"]] = copies.get(event.p["document"], 0) + 1
    wanted: Wanted = {}
    for event in papers:
        names = ("number", "terminal", "series", "n", "pieces", "total_minor", "rounding_minor")
        wanted[(event.id,)] = {name: event.p[name] for name in names} | {
            "kind": "sale" if event.type == SALE else "return",
            "at": event.at,
            "day": event.day or "",
            "shift": event.shift or "",
            "staff": event.actor["staff"],
            "basket": event.p.get("basket"),
            "original": event.p.get("original"),
            "replayed": int(event.replayed),
            "copies": copies.get(event.id, 0),
        }
    return wanted


def _lines(papers: list[Event]) -> Wanted:
    names = ("sku", "quantity", "total_minor")
    return {
        (event.id, line["line"]): {name: line[name] for name in names}
        | {"original_line": line.get("original_line")}
        for event in papers
        for line in event.p["lines"]
    }


def _tenders(papers: list[Event]) -> Wanted:
    names = ("kind", "amount_minor", "given_minor", "change_minor")
    return {
        (event.id, n): {name: part[name] for name in names} | {"approval": part.get("approval")}
        for event in papers
        for n, part in enumerate(event.p["tenders"], 1)
    }


def _shifts(journal: Journal) -> Wanted:
    """A shift ends with its Z, or where a new incarnation goes on with it as `<id>.<inc>`."""
    wanted: Wanted = {}
    for event in journal.of_type("shift.opened", "shift.closed"):
        key, staff = (event.p["shift"],), event.actor["staff"]
        if event.replayed:
            continue
        if event.type == "shift.closed":
            row = wanted.setdefault(key, {})
            row |= {name: event.p[name] for name in ("expected_minor", "counted_minor", "z_number")}
            row |= {"state": "closed", "closed_at": event.at, "closed_by": staff}
            continue
        for (old,), before in wanted.items():
            if "." in key[0] and old.split(".")[0] == key[0].split(".")[0] and before["state"] == "open":
                before |= {"state": "closed", "closed_at": event.at, "closed_by": staff}
        wanted[key] = {name: event.p[name] for name in ("terminal", "day", "float_minor")} | {
            "state": "open", "opened_at": event.at, "opened_by": staff, "closed_at": None,
        }  # fmt: skip
    return wanted


def _moves(journal: Journal) -> Wanted:
    wanted: Wanted = {}
    for event in journal.of_type("cash.moved", "drawer.opened"):
        wanted[(event.id,)] = {
            "shift": event.p["shift"],
            "terminal": event.p["terminal"],
            "at": event.at,
            "staff": event.actor["staff"],
            "kind": event.p.get("direction", "no_sale"),
            "amount_minor": event.p.get("amount_minor", 0),
            "reason": event.p["reason"],
        }
    return wanted


def _stock(journal: Journal) -> Wanted:
    wanted: Wanted = {}
    for event in journal.of_type("stock.received", "stock.written_off"):
        wanted[(event.id,)] = {
            "kind": event.type.removeprefix("stock."),
            "at": event.at,
            "day": event.day,
            "staff": event.actor["staff"],
            "reference": event.p.get("reference", ""),
            "reason": event.p.get("reason", ""),
            "lines": event.p["lines"],
        }
    return wanted


def check_z_papers(journal: Journal, report: Report) -> None:
    """The report kept with a closed shift repeats the figures of its event."""
    check = report.check(journal.source.label, "shift.report", "kept Z reports as their events say")
    rows = {row["id"]: row["report"] for row in journal.source.rows("SELECT id, report FROM shift")}
    for event in journal.of_type("shift.closed"):
        check.seen()
        kept = _json(rows.get(event.p["shift"]))
        for name, value in event.p.items():
            if kept.get(name) != value and not event.replayed:
                why = f"report.{name} is {kept.get(name)}, the event says {value}"
                check.wrong("shift", event.p["shift"], why, seq=event.place[2])


def _json(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
