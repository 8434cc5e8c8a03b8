"""Receipt numbers: unique, and without a gap per terminal and series; Z numbers likewise per terminal."""

from __future__ import annotations

from collections import defaultdict

from proof.verify.journal import Event, Journal
from proof.verify.report import Check, Report

_Key = tuple[str, str, str]


def check_numbers(journal: Journal, report: Report) -> None:
    """Numbers on bodies; a fork that HQ recorded explains numbers given twice.

    A hole explains as many missing numbers of its node as it has events, and not one more.
    """
    check = report.check(journal.source.label, "numbering.gapless", "numbers without gap or repetition")
    lost: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    papers: defaultdict[_Key, list[Event]] = defaultdict(list)
    for event in journal.of_type("sale.completed", "return.completed"):
        papers[(event.node, event.p["terminal"], event.p["series"])].append(event)
    for key, events in papers.items():
        check.seen(len(events))
        lost[key[0]] += _run(journal, key, {event.id: event.p["n"] for event in events}, check)
    closed: defaultdict[_Key, dict[str, int]] = defaultdict(dict)
    for event in journal.of_type("shift.closed"):
        if not event.replayed:
            closed[(event.node, event.p["terminal"], f"Z of {event.place[1][:8]}")][event.id] = event.p[
                "z_number"
            ]
    for key, numbers in closed.items():
        check.seen(len(numbers))
        lost[key[0]] += _run(journal, key, numbers, check, first=min(numbers.values()))
    for node, missing in lost.items():
        for number, why in missing if len(missing) > journal.holes.get(node, 0) else ():
            check.wrong("body", "", why, number=number)


def _run(
    journal: Journal, key: _Key, numbers: dict[str, int], check: Check, first: int = 1
) -> list[tuple[str, str]]:
    """Numbers given twice are named; those that are missing are returned with their words."""
    node, terminal, series = key
    holders: dict[int, str] = {}
    for id_, n in numbers.items():
        if n in holders and not any(node == forked for forked, _ in journal.forked):
            why = f"number {n} of terminal {terminal}, series {series} was given before to {holders[n]}"
            check.wrong("body", id_, why, number=journal.number_of(id_))
        holders.setdefault(n, id_)
    if journal.purged:
        first = min(holders)
    return [
        (f"{node}-{terminal}/{series}-{n}", f"number {n} of terminal {terminal}, series {series} is missing")
        for n in range(first, max(holders) + 1)
        if n not in holders
    ]


def check_counters(journal: Journal, report: Report) -> None:
    """At the store: the counters in `numbering` stand at the last number that was given out."""
    check = report.check(journal.source.label, "numbering.counters", "counters at the last number given out")
    given: dict[tuple[str, str], int] = {}
    for event in journal.of_type("sale.completed", "return.completed", "shift.closed"):
        series = event.p.get("series", "Z")
        n = event.p["n"] if event.number else event.p["z_number"]
        if not event.replayed or series == "Z":  # a Z that came back is on paper, and the counter knows it
            key = (event.p["terminal"], series)
            given[key] = max(n, given.get(key, 0))
    rows = {
        (row["terminal"], row["series"]): row["last"]
        for row in journal.source.rows("SELECT * FROM numbering WHERE series <> 'X'")
    }
    for terminal, series in sorted(rows.keys() | given.keys()):
        check.seen()
        last, wanted = rows.get((terminal, series), 0), given.get((terminal, series), 0)
        if last != wanted and not (journal.purged and last > wanted):
            why = f"last is {last}, the last number given out is {wanted}"
            check.wrong("numbering", f"{terminal}/{series}", why)
