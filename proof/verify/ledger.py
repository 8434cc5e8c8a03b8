"""Postings: zero-sum, as the document says, as the rows have them, and summed up in the balances (SYNC §3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from proof.verify.journal import Event, Journal
from proof.verify.report import Check, Report

Sums = dict[tuple[str, str], int]
Posting = tuple[str, str, int]


def check_postings(journal: Journal, report: Report) -> None:
    """What bodies alone must hold to: each commodity sums to zero, and the postings say what the payload says."""
    label = journal.source.label
    zero = report.check(label, "postings.zero_sum", "events whose postings sum to zero per commodity")
    follow = report.check(label, "postings.follow", "events whose postings say what the document says")
    for event in journal.events:
        if event.facts["post"]:
            zero.seen()
            _zero_sum(event, zero)
        build = _BUILDERS.get(event.type)
        if build is not None and event.sound:
            follow.seen()
            _compare(event, summed(build(event)), summed(event.post), follow)


def _zero_sum(event: Event, check: Check) -> None:
    sums: defaultdict[str, int] = defaultdict(int)
    for _, commodity, quantity in event.post:
        sums[commodity] += quantity
    for commodity, left in sorted(sums.items()):
        if left:
            why = f"its postings of {commodity} sum to {left}"
            check.wrong("body", event.id, why, seq=event.place[2], number=event.number)


def _compare(event: Event, wanted: Sums, found: Sums, check: Check) -> None:
    for key in sorted(wanted.keys() | found.keys()):
        if wanted.get(key, 0) != found.get(key, 0):
            why = f"it posts {found.get(key, 0)} {key[1]} on {key[0]}, the document says {wanted.get(key, 0)}"
            check.wrong("body", event.id, why, seq=event.place[2], number=event.number)


def summed(postings: list[Posting]) -> Sums:
    """Σ per account and commodity, zeros left out."""
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    for account, commodity, quantity in postings:
        sums[(account, commodity)] += quantity
    return {key: quantity for key, quantity in sums.items() if quantity}


def _trade(sign: int) -> Callable[[Event], list[Posting]]:
    def build(event: Event) -> list[Posting]:
        p, store, currency = event.p, event.store, event.p["currency"]
        goods = [
            posting
            for line in p["lines"]
            for posting in _moved(store, "on_hand", "sold", line["sku"], sign * line["quantity"])
        ]
        accounts = {"cash": f"cash:{store}:{p['terminal']}", "card": f"card:{store}"}
        paid = [(accounts.get(t["kind"], "?"), currency, sign * t["amount_minor"]) for t in p["tenders"]]
        included = sum(tax["amount_minor"] for tax in p["taxes"] if tax["included"])
        net = sum(line["total_minor"] for line in p["lines"]) - included
        taxes = [(f"tax:{store}:{tax['code']}", currency, -sign * tax["amount_minor"]) for tax in p["taxes"]]
        rounding = (f"rounding:{store}", currency, -sign * p["rounding_minor"])
        return [*goods, *paid, (f"revenue:{store}", currency, -sign * net), *taxes, rounding]

    return build


def _moved(store: str, source: str, target: str, sku: str, quantity: int) -> list[Posting]:
    return [
        (f"stock:{store}:{source}", f"sku:{sku}", -quantity),
        (f"stock:{store}:{target}", f"sku:{sku}", quantity),
    ]


def _goods(source: str, target: str) -> Callable[[Event], list[Posting]]:
    def build(event: Event) -> list[Posting]:
        store = event.p.get("store", event.store)
        return [
            row
            for line in event.p["lines"]
            for row in _moved(store, source, target, line["sku"], line["quantity"])
        ]

    return build


def _drawer(event: Event) -> str:
    return f"cash:{event.store}:{event.p['terminal']}"


def _float(event: Event) -> list[Posting]:
    amount, currency = event.p["float_minor"], event.p["currency"]
    return [(_drawer(event), currency, amount), (f"safe:{event.store}", currency, -amount)]


def _cash_move(event: Event) -> list[Posting]:
    amount = event.p["amount_minor"] * (1 if event.p["direction"] == "in" else -1)
    return [
        (_drawer(event), event.p["currency"], amount),
        (f"petty:{event.store}", event.p["currency"], -amount),
    ]


def _close(event: Event) -> list[Posting]:
    p, store, currency = event.p, event.store, event.p["currency"]
    difference = p["counted_minor"] - p["expected_minor"]
    return [
        (_drawer(event), currency, difference - p["counted_minor"]),
        (f"over_short:{store}", currency, -difference),
        (f"safe:{store}", currency, p["counted_minor"]),
    ]


_BUILDERS: dict[str, Callable[[Event], list[Posting]]] = {
    "sale.completed": _trade(1),
    "return.completed": _trade(-1),
    "shift.opened": _float,
    "shift.closed": _close,
    "cash.moved": _cash_move,
    "stock.received": _goods("received", "on_hand"),
    "stock.written_off": _goods("on_hand", "written_off"),
    "stock.opening_set": _goods("opening", "on_hand"),
}


def check_rows(journal: Journal, report: Report, booked: dict[str, Event], optional: set[str]) -> None:
    """The posting rows are exactly the postings of the `booked` events; `optional` ones may have none."""
    check = report.check(journal.source.label, "posting.rows", "posting rows as their events say")
    found: defaultdict[str, dict[int, Posting]] = defaultdict(dict)
    for row in journal.source.rows("SELECT id, n, account, commodity, quantity FROM posting"):
        found[row["id"]][row["n"]] = (row["account"], row["commodity"], row["quantity"])
    for id_, event in booked.items():
        rows = found.pop(id_, {})
        check.seen(len(rows))
        if rows or id_ not in optional:
            _compare_rows(event, rows, check)
    for id_ in found:
        check.wrong("posting", id_, "no booked event says so", number=journal.number_of(id_))


def _compare_rows(event: Event, rows: dict[int, Posting], check: Check) -> None:
    wanted = dict(enumerate(event.post))
    for n in sorted(wanted.keys() | rows.keys()):
        if wanted.get(n) != rows.get(n):
            why = f"the row is {_show(rows.get(n))}, the event says {_show(wanted.get(n))}"
            check.wrong("posting", f"{event.id} n={n}", why, seq=event.place[2], number=event.number)


def _show(posting: Posting | None) -> str:
    return "missing" if posting is None else " ".join(map(str, posting))


def check_balances(journal: Journal, report: Report) -> None:
    """balance = Σ posting, and the whole ledger sums to zero."""
    if journal.purged:
        return  # what the purged events booked is still in the balances
    check = report.check(journal.source.label, "balance.sums", "balances that are the sum of their postings")
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in journal.source.rows("SELECT account, commodity, quantity FROM posting"):
        sums[(row["account"], row["commodity"])] += row["quantity"]
    rows: dict[tuple[str, str], Any] = {}
    for row in journal.source.rows("SELECT account, commodity, quantity FROM balance"):
        rows[(row["account"], row["commodity"])] = row["quantity"]
    for key in sorted(sums.keys() | rows.keys()):
        check.seen()
        if rows.get(key, 0) != sums.get(key, 0):
            check.wrong(
                "balance", f"{key[0]} {key[1]}", f"is {rows.get(key, 0)}, Σ posting is {sums.get(key, 0)}"
            )
