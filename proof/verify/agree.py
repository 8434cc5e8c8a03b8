"""Both sides of the line: what HQ has receipted is at HQ byte for byte, once, and the store-days agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from proof.verify.hq import untrusted
from proof.verify.journal import Event, Journal, Link, Place
from proof.verify.report import Check, Report
from proof.verify.source import Row

Day = tuple[str, str]


def check_agreement(edge: Journal, hq: Journal, report: Report) -> None:
    """Compare one store's node with HQ."""
    label = f"{edge.source.label} = {hq.source.label}"
    receipts = {row["inc"]: row["seq"] for row in edge.source.rows("SELECT inc, seq FROM receipted")}
    _log(
        edge, hq, receipts, report.check(label, "agree.log", "receipted events that are at HQ byte for byte")
    )
    _back(edge, hq, report.check(label, "agree.back", "events at HQ that are at the store"))
    _days(edge, hq, receipts, report.check(label, "agree.store_days", "receipts on store-days that agree"))
    _ledger(
        edge, hq, receipts, report.check(label, "agree.ledger", "accounts that agree on receipted events")
    )


def _receipted(edge: Journal, receipts: dict[str, int]) -> dict[str, tuple[str, str, int]]:
    """Event id → a living place that HQ has receipted."""
    found = {}
    for (node, inc), links in edge.links.items():
        for link in links:
            if link.id is not None and not link.abandoned and link.seq <= receipts.get(inc, 0):
                found[link.id] = (node, inc, link.seq)
    return found


def _log(edge: Journal, hq: Journal, receipts: dict[str, int], check: Check) -> None:
    for id_, (node, inc, seq) in _receipted(edge, receipts).items():
        check.seen()
        number, key = edge.number_of(id_), f"{node}/{inc}"
        own, theirs = _at(edge, (node, inc), seq), _at(hq, (node, inc), seq)
        if theirs is None or own is None:
            check.wrong("link", key, "HQ has receipted it and does not have it", seq=seq, number=number)
        elif own.hash != theirs.hash:
            check.wrong("link", key, "hash differs between store and HQ", seq=seq, number=number)
        if theirs is not None and edge.bodies.get(id_) != hq.bodies.get((node, inc, seq)):
            check.wrong("body", id_, "the body differs between store and HQ", seq=seq, number=number)


def _at(journal: Journal, key: tuple[str, str], seq: int) -> Link | None:
    links = journal.links.get(key, [])
    guess = seq - links[0].seq if links else -1
    if 0 <= guess < len(links) and links[guess].seq == seq:
        return links[guess]
    return next((link for link in links if link.seq == seq), None)


def _back(edge: Journal, hq: Journal, check: Check) -> None:
    """What HQ has of this node's incarnations, this disk has too, unless it was purged or a clone wrote it."""
    for inc in edge.incs.values():
        purged = inc.purged[0] if inc.purged else 0
        for theirs in hq.links.get(inc.key, []):
            if theirs.seq <= purged or theirs.seq >= hq.forked.get(inc.key, theirs.seq + 1):
                continue
            check.seen()
            if _at(edge, inc.key, theirs.seq) is None:
                body = hq.by_id.get(_id_at(hq, (*inc.key, theirs.seq)))
                number = body.number if body else None
                why = "HQ has this event and the store does not"
                check.wrong("link", f"{inc.node}/{inc.inc}", why, seq=theirs.seq, number=number)


def _id_at(hq: Journal, place: tuple[str, str, int]) -> str:
    return next((event.id for event in hq.events if event.place == place), "")


def _days(edge: Journal, hq: Journal, receipts: dict[str, int], check: Check) -> None:
    """Count and amount per store-day from the rows of both sides; the first differing receipt is named."""
    there = _receipted(edge, receipts)
    applied = {(row["node"], row["inc"]): row["seq"] for row in hq.source.rows("SELECT * FROM applied")}
    left = untrusted(hq.source)
    stores = {event.store for event in edge.events}
    own = {
        row["id"]: row
        for row in edge.source.rows("SELECT * FROM document ORDER BY at, n")
        if row["id"] in there and _taken(hq.by_id.get(row["id"]), applied, left)
    }
    theirs = {
        row["id"]: row
        for row in hq.source.rows("SELECT * FROM sale ORDER BY at, n")
        if row["store"] in stores and (row["id"] in own or row["id"] in edge.by_id)
    }
    theirs = {id_: row for id_, row in theirs.items() if id_ in own or id_ in there}
    days: defaultdict[Day, list[str]] = defaultdict(list)
    for id_ in [*own, *(id_ for id_ in theirs if id_ not in own)]:
        row = own.get(id_) or theirs[id_]
        days[(row.get("store") or min(stores), row["day"])].append(id_)
    for (store, day), ids in sorted(days.items()):
        check.seen(len(ids))
        _day(f"{store} {day}", [(own.get(id_), theirs.get(id_)) for id_ in ids], check)


def _taken(event: Event | None, applied: dict[tuple[str, str], int], left: Callable[[Place], int]) -> bool:
    return event is None or event.place[2] <= min(applied.get(event.place[:2], 0), left(event.place))


def _day(name: str, pairs: list[tuple[Row | None, Row | None]], check: Check) -> None:
    sums = [
        (len(rows), sum((row["total_minor"] + row["rounding_minor"]) * _sign(row) for row in rows))
        for rows in ([a for a, _ in pairs if a], [b for _, b in pairs if b])
    ]
    first = next((pair for pair in pairs if _figures(pair[0]) != _figures(pair[1])), None)
    if sums[0] == sums[1] and first is None:
        return
    why = f"the store has {sums[0][0]} receipts of {sums[0][1]}, HQ {sums[1][0]} of {sums[1][1]}"
    number = None
    if first is not None:
        number = (first[0] or first[1] or {}).get("number")
        why += f"; first {_show(first[0])} at the store, {_show(first[1])} at HQ"
    check.wrong("store-day", name, why, number=number)


def _sign(row: Row) -> int:
    return 1 if row["kind"] == "sale" else -1


def _figures(row: Row | None) -> tuple[object, ...]:
    names = ("kind", "number", "day", "total_minor", "rounding_minor", "pieces")
    return tuple(row[name] for name in names) if row else ()


def _show(row: Row | None) -> str:
    return "missing" if row is None else f"{row['number']} {row['total_minor'] + row['rounding_minor']}"


def _ledger(edge: Journal, hq: Journal, receipts: dict[str, int], check: Check) -> None:
    """Σ of the posting rows of receipted events that HQ has booked, account by account, on both sides."""
    booked = {row["id"] for row in hq.source.rows("SELECT DISTINCT id FROM posting")}
    ids = _receipted(edge, receipts).keys() & booked
    kept = {row["id"] for row in edge.source.rows("SELECT DISTINCT id FROM posting")}
    sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for side, journal in enumerate((edge, hq)):
        for row in journal.source.rows("SELECT id, account, commodity, quantity FROM posting"):
            if row["id"] in ids and row["id"] in kept:
                sums[(row["account"], row["commodity"])][side] += row["quantity"]
    for (account, commodity), (own, theirs) in sorted(sums.items()):
        check.seen()
        if own != theirs:
            check.wrong("posting", f"{account} {commodity}", f"{own} at the store, {theirs} at HQ")
