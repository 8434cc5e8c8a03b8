"""Shifts: the Z is the sum of its documents, the day never goes back, the head on the Z is in the chain."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from proof.verify.chain import hash_at
from proof.verify.journal import Event, IncKey, Journal
from proof.verify.report import Check, Report

Figures = dict[str, Any]


def check_shifts(journal: Journal, report: Report) -> None:
    """All of them."""
    label = journal.source.label
    _figures(journal, report.check(label, "shift.figures", "Z reports that are the sums of their shift"))
    _days(
        journal,
        report.check(label, "shift.days", "events on the day of their shift, days that never go back"),
    )
    _heads(journal, report.check(label, "shift.heads", "Z reports whose chain head is in the chain"))


def _figures(journal: Journal, check: Check) -> None:
    opened = {event.p["shift"]: event for event in journal.of_type("shift.opened")}
    by_shift: defaultdict[str, list[Event]] = defaultdict(list)
    wanted = ("sale.completed", "return.completed", "cash.moved", "drawer.opened", "basket.aborted")
    for event in journal.of_type(*wanted):
        by_shift[event.shift or ""].append(event)
    for closed in journal.of_type("shift.closed"):
        check.seen()
        p = closed.p
        start = opened.get(p["shift"])
        past = _Past(journal, closed)
        figures: Figures = {}
        if not past.incomplete_since(start):
            figures = _sum([event for event in by_shift[p["shift"]] if event in past])
            figures["expected_minor"] = (
                p["float_minor"]
                + figures["tenders"].get("cash", 0)
                + figures["cash_in_minor"]
                - figures["cash_out_minor"]
            )
        if start is not None:
            figures["float_minor"] = start.p["float_minor"]
        figures["counted_minor"] = sum(
            int(value) * count for value, count in p["count"].items() if value.isdigit()
        )
        figures["difference_minor"] = p["counted_minor"] - p["expected_minor"]
        for name, value in figures.items():
            if p[name] != value:
                why = f"Z {p['z_number']}: {name} is {p[name]}, the shift gives {value}"
                check.wrong("body", closed.id, why, seq=closed.place[2])


def _sum(events: list[Event]) -> Figures:
    papers = [
        (1 if event.type == "sale.completed" else -1, event) for event in events if event.number is not None
    ]
    sales = [event.p["total_minor"] for sign, event in papers if sign > 0]
    returns = [event.p["total_minor"] for sign, event in papers if sign < 0]
    moves = [event.p for event in events if event.type == "cash.moved"]
    return {
        "sales": len(sales),
        "sales_minor": sum(sales),
        "returns": len(returns),
        "returns_minor": sum(returns),
        "rounding_minor": sum(sign * event.p["rounding_minor"] for sign, event in papers),
        "tenders": _net(papers, "tenders", "kind"),
        "taxes": _net(papers, "taxes", "code"),
        "cash_in_minor": sum(move["amount_minor"] for move in moves if move["direction"] == "in"),
        "cash_out_minor": sum(move["amount_minor"] for move in moves if move["direction"] == "out"),
        "no_sale_openings": sum(event.type == "drawer.opened" for event in events),
        "aborted_baskets": sum(event.type == "basket.aborted" for event in events),
        "first_number": papers[0][1].number if papers else None,
        "last_number": papers[-1][1].number if papers else None,
    }


def _net(papers: list[tuple[int, Event]], what: str, name: str) -> dict[str, int]:
    sums: defaultdict[str, int] = defaultdict(int)
    for sign, event in papers:
        for part in event.p[what]:
            sums[part[name]] += sign * part["amount_minor"]
    return dict(sorted(sums.items()))


class _Past:
    """What the disk that wrote an event knew at that moment: its own log up to there, and its parents' logs.

    Events that HQ gave back before this Z (`replayed`), or that a clone wrote, are not in its drawer. A Z that was
    given back itself was made by a disk that had its events of its own.
    """

    def __init__(self, journal: Journal, event: Event) -> None:
        self._journal = journal
        self.replayed = event.replayed
        self.until: dict[IncKey, int] = {}
        node, inc, seq = event.place
        key: IncKey | None = (node, inc)
        while key is not None and key not in self.until:
            self.until[key] = seq
            known = journal.incs.get(key)
            parent = known.parent if known else None
            key = (node, parent[0]) if parent else None
            if parent and key:
                seq = min(parent[1], journal.forked.get(key, parent[1] + 1) - 1)

    def incomplete_since(self, start: Event | None) -> bool:
        """Is a part of this past rightly missing here, which may belong to the shift that `start` has opened?

        A parent ends where a log went past a hole: that one begins right behind it.
        """
        first: IncKey | None = None if start is None else start.place[:2]
        own = next(iter(self.until))
        for key, until in self.until.items():  # the newest incarnation first
            begun = start.place[2] if start is not None and key == first else 0
            end = until if key == own else until + 1
            if any(low <= end and high > begun for low, high in self._journal.lost.get(key, ())):
                return True
            if key == first:
                return False
        return False

    def __contains__(self, event: Event) -> bool:
        node, inc, seq = event.place
        given_back = event.replayed and not self.replayed
        return not given_back and seq <= self.until.get((node, inc), -1)


def _days(journal: Journal, check: Check) -> None:
    last: dict[tuple[str, str], str] = {}
    days: dict[str, str] = {}
    for event in journal.of_type("shift.opened"):
        check.seen()
        key, day = (event.store, event.p["terminal"]), event.p["day"]
        if day < last.get(key, "") and not event.replayed:
            why = f"terminal {key[1]} opens day {day} after {last[key]}"
            check.wrong("body", event.id, why, seq=event.place[2])
        last[key] = max(day, last.get(key, ""))
        days[event.p["shift"]] = day
    for event in journal.events:
        if event.shift is None:
            continue
        check.seen()
        if event.shift in days and event.day != days[event.shift]:
            why = f"day is {event.day}, its shift is of {days[event.shift]}"
            check.wrong("body", event.id, why, seq=event.place[2], number=event.number)


def _heads(journal: Journal, check: Check) -> None:
    for event in journal.of_type("shift.closed"):
        p = event.p
        inc = journal.incs.get((event.node, p["head_inc"]))
        check.seen()
        found = hash_at(journal, inc, p["head_seq"]) if inc else None
        cut = inc is not None and (
            inc.purged is not None
            or inc.key in journal.forked
            or any(first <= p["head_seq"] for first, _ in journal.lost.get(inc.key, ()))
        )
        if not cut and (found is None or found.hex() != p["head_hash"]):
            why = (
                f"Z {p['z_number']} names head {p['head_inc']}/{p['head_seq']}, which the chain does not have"
            )
            check.wrong("body", event.id, why, seq=event.place[2])
