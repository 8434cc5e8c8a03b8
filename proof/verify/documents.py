"""Sales and returns: their arithmetic, one sale per basket, and returns against what was sold."""

from __future__ import annotations

from proof.verify.journal import Event, Journal
from proof.verify.money import return_faults, round_div, sale_faults
from proof.verify.report import Check, Report

SALE, RETURN = "sale.completed", "return.completed"


def check_documents(journal: Journal, report: Report) -> None:
    """All of them."""
    label = journal.source.label
    sums = report.check(label, "sale.arithmetic", "sales that add up from line to tender")
    once = report.check(label, "basket.once", "baskets that became one sale")
    _sales(journal, sums, once)
    back = report.check(label, "return.arithmetic", "returns that add up")
    limits = report.check(label, "return.limits", "returned lines within what was sold, paid back exactly")
    _returns(journal, back, limits)


def _sales(journal: Journal, sums: Check, once: Check) -> None:
    baskets: dict[str, Event] = {}
    for event in journal.of_type(SALE):
        sums.seen()
        once.seen()
        for why in (*sale_faults(event.p), *_place_faults(event)):
            sums.wrong("body", event.id, why, seq=event.place[2], number=event.number)
        first = baskets.setdefault(event.p["basket"], event)
        if first is not event:
            why = f"basket {event.p['basket']} was sold before as {first.number}"
            once.wrong("body", event.id, why, seq=event.place[2], number=event.number)


def _place_faults(event: Event) -> list[str]:
    """The printed number says store, terminal, series and n; the terminal is the actor's; a shift and a day are set."""
    p, faults = event.p, []
    wanted = f"{event.store}-{p['terminal']}/{p['series']}-{p['n']}"
    if p["number"] != wanted:
        faults.append(f"number is {p['number']}, must be {wanted}")
    if p["terminal"] != event.actor["terminal"]:
        faults.append(f"terminal is {p['terminal']}, the actor stood at {event.actor['terminal']}")
    if not event.shift or not event.day:
        faults.append("it belongs to no shift or day")
    return faults


def _returns(journal: Journal, sums: Check, limits: Check) -> None:
    done: dict[tuple[str, int], int] = {}
    for event in journal.of_type(RETURN):
        sums.seen()
        for why in (*return_faults(event.p), *_place_faults(event)):
            sums.wrong("body", event.id, why, seq=event.place[2], number=event.number)
        sale = journal.by_id.get(event.p["original"])
        limits.seen(len(event.p["lines"]))
        if sale is None or not sale.sound:
            if not _may_be_elsewhere(journal, event):
                limits.wrong(
                    "body", event.id, f"its sale {event.p['original']} is missing", number=event.number
                )
            continue
        for why in _limit_faults(event, sale, done, strict=not _forked(journal, event)):
            limits.wrong("body", event.id, why, seq=event.place[2], number=event.number)


def _limit_faults(event: Event, sale: Event, done: dict[tuple[str, int], int], *, strict: bool) -> list[str]:
    """`strict` is off where two disks wrote one log: then each could not know of the other's returns."""
    faults = []
    sold = {line["line"]: line for line in sale.p["lines"]}
    if event.p["original_number"] != sale.number:
        faults.append(f"it names {event.p['original_number']}, its sale is {sale.number}")
    for line in event.p["lines"]:
        original = sold.get(line["original_line"])
        if original is None or original["sku"] != line["sku"]:
            faults.append(
                f"line {line['line']}: {line['sku']} is not line {line['original_line']} of {sale.number}"
            )
            continue
        before = done.get((sale.id, line["original_line"]), 0)
        after = before + line["quantity"]
        done[(sale.id, line["original_line"])] = after
        if after > original["quantity"] and strict:
            faults.append(
                f"line {line['line']}: {after} returned of {original['quantity']} sold on {sale.number}"
            )
            continue
        for name in ("total_minor", "tax_minor") if strict else ():
            whole = original["quantity"]
            due = round_div(original[name] * after, whole) - round_div(original[name] * before, whole)
            if line[name] != due:
                faults.append(f"line {line['line']}: {name} is {line[name]}, {due} was paid for it")
    return faults


def _forked(journal: Journal, event: Event) -> bool:
    return any(node == event.node for node, _ in journal.forked)


def _may_be_elsewhere(journal: Journal, event: Event) -> bool:
    """Purged here, lost in a hole, or not read (a sale that is broken is named by its own check)."""
    purged = any(inc.purged for inc in journal.incs.values() if inc.node == event.node)
    return purged or event.node in journal.holes or event.p["original"] in journal.bodies
