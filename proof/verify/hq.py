"""Everything that must hold inside the database of a headquarters."""

from __future__ import annotations

from collections.abc import Callable

from proof.verify import chain, crypto, documents, hq_rows, ledger, numbers, receipts, scopes, shifts
from proof.verify.engine import check_engine
from proof.verify.journal import Event, Journal, Place, of_hq
from proof.verify.report import Check, Report
from proof.verify.source import Source

UNHANDLED = ("parked", "waiting", "dismissed", "amended", "untrusted")


def verify_hq(source: Source, report: Report, keys: list[bytes]) -> Journal:
    """Run all checks; returns the journal for the comparison with the stores."""
    check_engine(source, report)
    journal = of_hq(source)
    chain.check_chain(journal, report)
    _device_keys(journal, report)
    _ends(journal, report)
    _evidence(journal, report)
    receipts.check_receipts(journal, report, keys)
    _durable(journal, report)
    applied = {(row["node"], row["inc"]): row["seq"] for row in source.rows("SELECT * FROM applied")}
    parked = {(row["node"], row["inc"], row["seq"]): row for row in source.rows("SELECT * FROM parked")}
    left = untrusted(source)
    taken = {e.id: e for e in journal.events if e.place[2] <= min(applied.get(e.place[:2], 0), left(e.place))}
    _applied(journal, applied, report)
    _seen(journal, taken, parked, report)
    booked = {id_: e for id_, e in taken.items() if e.place not in parked or parked[e.place]["booked"]}
    handled = {
        id_ for id_, e in booked.items() if e.place not in parked or parked[e.place]["state"] not in UNHANDLED
    }
    numbers.check_numbers(journal, report)
    ledger.check_postings(journal, report)
    _owners(journal, booked, report)
    ledger.check_rows(journal, report, booked, set())
    ledger.check_balances(journal, report)
    documents.check_documents(journal, report)
    shifts.check_shifts(journal, report)
    hq_rows.check_hq_rows(journal, report, handled)
    scopes.check_scopes(source, report)
    return journal


def untrusted(source: Source) -> Callable[[Place], int]:
    """Up to which seq the branch of a place is booked: what a person does not trust is stored and nothing else."""
    if source.value("SELECT 1 FROM sqlite_master WHERE name = 'trusted_branch'") is None:
        return lambda place: place[2]  # a copy from before one could be named
    ends = {
        (row["node"], row["inc"]): max(row["seq"], row["booked"])
        for row in source.rows("SELECT * FROM trusted_branch")
    }
    return lambda place: ends.get(place[:2], place[2])


def _device_keys(journal: Journal, report: Report) -> None:
    """An incarnation is signed by a key that HQ enrolled for its node."""
    check = report.check(journal.source.label, "inc.keys", "incarnations of enrolled keys")
    known = {
        (row["node"], row["public_key"])
        for row in journal.source.rows("SELECT node, public_key FROM node_key")
    }
    for inc in journal.incs.values():
        check.seen()
        if inc.node != "hq" and (inc.node, inc.public_key) not in known:
            check.wrong("inc", f"{inc.node}/{inc.inc}", "its key is not one that HQ enrolled for this node")


def _ends(journal: Journal, report: Report) -> None:
    """HQ takes no link without the device's signature over the head it leads to: who rewrites a log has none.

    Each incarnation has its head's row; where it has links, the last one is signed and was receipted to the store.
    """
    check = report.check(
        journal.source.label, "log.ends", "logs that end in a link which the device has signed"
    )
    signed = {
        (row["node"], row["inc"], row["seq"], row["hash"])
        for row in journal.source.rows("SELECT node, inc, seq, hash FROM head_signature")
    }
    receipted = {(row["node"], row["inc"]) for row in journal.source.rows("SELECT node, inc FROM receipt")}
    for inc in journal.incs.values():
        check.seen()
        place, links = f"{inc.node}/{inc.inc}", journal.links.get(inc.key, [])
        if inc.end is None:
            check.wrong("origin", place, "the row of its head is missing")
        if not links:
            continue
        last = links[-1]
        if (*inc.key, last.seq, last.hash) not in signed:
            check.wrong("head_signature", place, "no signature covers the end of the log", seq=last.seq)
        if inc.node != "hq" and inc.key not in receipted:
            check.wrong("receipt", place, "the receipt that HQ gave for it is missing")


def _evidence(journal: Journal, report: Report) -> None:
    """Refused links of a fork verify as well as the accepted ones."""
    check = report.check(journal.source.label, "fork.evidence", "refused links kept as evidence")
    for row in journal.source.rows("SELECT * FROM fork_evidence"):
        check.seen()
        key = f"{row['node']}/{row['inc']}"
        if crypto.body_hash(row["body"]) != row["bh"]:
            check.wrong("fork_evidence", key, "bh is not the SHA-256 of the body", seq=row["seq"])
        if crypto.link_hash(row["node"], row["inc"], row["seq"], row["prev"], row["bh"]) != row["hash"]:
            check.wrong("fork_evidence", key, "hash does not follow from prev and bh", seq=row["seq"])


def _durable(journal: Journal, report: Report) -> None:
    check = report.check(journal.source.label, "durable", "durable points that are links of the chain")
    for row in journal.source.rows("SELECT * FROM durable"):
        check.seen()
        inc = journal.incs.get((row["node"], row["inc"]))
        if inc is None or chain.hash_at(journal, inc, row["seq"]) != row["hash"]:
            check.wrong(
                "durable", f"{row['node']}/{row['inc']}", "the chain has no such link", seq=row["seq"]
            )


def _applied(journal: Journal, applied: dict[tuple[str, str], int], report: Report) -> None:
    check = report.check(
        journal.source.label, "applied", "logs carried into the ledger no further than they reach"
    )
    for key, seq in applied.items():
        check.seen()
        links = journal.links.get(key, [])
        if seq > (links[-1].seq if links else 0):
            check.wrong("applied", "/".join(key), f"applied up to {seq}, the log ends before", seq=seq)


def _seen(
    journal: Journal, taken: dict[str, Event], parked: dict[Place, dict[str, object]], report: Report
) -> None:
    """Each event that was applied is remembered once, with the hash of its body and the place it came from."""
    check = report.check(journal.source.label, "event_seen", "events remembered once")
    rows = {row["id"]: row for row in journal.source.rows("SELECT * FROM event_seen")}
    for id_, event in taken.items():
        check.seen()
        row = rows.pop(id_, None)
        if row is None:
            unread = parked.get(event.place, {}).get("reason") == "unreadable"
            if not unread:
                why = "it was applied and is not remembered: it would be booked again"
                check.wrong("event_seen", id_, why, seq=event.place[2], number=event.number)
            continue
        if row["bh"] != event.bh:
            check.wrong(
                "event_seen", id_, "bh is not that of its link", seq=event.place[2], number=event.number
            )
        if (row["node"], row["inc"], row["seq"]) != event.place:
            why = f"it names {row['node']}/{row['inc']} seq {row['seq']}, where another event stands"
            check.wrong("event_seen", id_, why, seq=event.place[2], number=event.number)
    for id_ in rows:
        check.wrong("event_seen", id_, "no applied event has this id", number=journal.number_of(id_))


def _owners(journal: Journal, booked: dict[str, Event], report: Report) -> None:
    """A store's node books on its own store's accounts only; each row is filed under the store that owns it."""
    check = report.check(journal.source.label, "posting.owners", "postings on accounts of their own store")
    for row in journal.source.rows("SELECT * FROM posting"):
        check.seen()
        event = booked.get(row["id"])
        owner = row["account"].split(":")[1] if ":" in row["account"] else ""
        place = f"{row['id']} n={row['n']}"
        if owner != row["store"]:
            check.wrong("posting", place, f"{row['account']} stands under store {row['store']}")
        _foreign(event, owner, place, check)


def _foreign(event: Event | None, owner: str, place: str, check: Check) -> None:
    if event is not None and event.node != "hq" and owner != event.store:
        why = f"node {event.node} has booked on an account of {owner}"
        check.wrong("posting", place, why, number=event.number)
