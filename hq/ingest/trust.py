"""A person names how far the branches of a revoked device count; the books are brought there (SYNC §10, I5).

The log is never touched. What counts no more is taken out of the balances by events of HQ, with the sum of what those
events had booked, reversed; what counts again is put back the same way, and what was only stored meanwhile is booked
as if it came now. Rows of sales stay, and lists leave them out of their sums (`trusted.counts`). One transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from hq.ingest import own, parking
from hq.ingest.alarms import alarm, close
from hq.ingest.apply import CHUNK, apply, seen_before
from hq.ingest.handlers import HANDLERS
from hq.ingest.model import Entry
from hq.ingest.numbers import name_copies
from hq.ingest.projector import load_entries, lock_applied, store_of
from hq.ingest.settling import settling
from hq.ingest.trusted import Cut, counts, cuts
from kit.logs import logger
from kit.sql import Connection, run
from retail.errors import DatabaseBusy
from schemas.events.base import INTEGER_MAX
from schemas.events.node import TrustChanged

if TYPE_CHECKING:
    from hq.running import Running

log = logger("lianpu.ingest")
ALARM = "branch.untrusted"
NOT_BOOKED = "branch.not_booked"
UNTRUSTED = "untrusted"
COPY = "untrusted_copy"
BATCH = 1000
POSTINGS_PER_EVENT = 300
Posting = tuple[str, str, int]
Sums = dict[tuple[str, str], int]
"""(account, commodity) → quantity"""
_BOOKED = sa.text("SELECT DISTINCT id FROM posting WHERE store = :store AND id IN :ids").bindparams(
    sa.bindparam("ids", expanding=True)
)


@dataclass(frozen=True)
class Parked:
    """The state of an event that was parked, and whether it was booked all the same."""

    state: str
    booked: bool


SETTLED = Parked("", booked=True)


@dataclass(frozen=True)
class Branch:
    """(node, inc) and who decides what: shown in the audit trail and in HQ's own events."""

    node: str
    inc: str
    by: str
    reason: str


def name(hq: Running, connection: Connection, branch: Branch, seq: int, now: int) -> int:
    """Trust a branch up to `seq` and no further; returns how many stored events that makes count, or count no more."""
    settling(connection)
    applied = lock_applied(connection, _facts(branch, now))
    known = cuts(connection).get((branch.node, branch.inc), Cut(applied, applied, applied))
    run(
        connection,
        "INSERT INTO trusted_branch (node, inc, seq, counted, booked, named_at, named_by)"
        " VALUES (:node, :inc, :seq, :counted, :booked, :now, :by) ON CONFLICT (node, inc) DO UPDATE SET"
        " seq = excluded.seq, named_by = excluded.named_by, named_at ="
        " CASE WHEN excluded.named_at > trusted_branch.named_at THEN excluded.named_at"
        " ELSE trusted_branch.named_at + 1 END",
        _facts(branch, now) | {"seq": seq, "counted": known.counted, "booked": known.booked},
    )
    return carry_out(hq, connection, branch, now)


def carry_out(hq: Running, connection: Connection, branch: Branch, now: int) -> int:
    """Bring the books to where a person wants them; returns how many events that touched."""
    settling(connection)
    facts = _facts(branch, now)
    applied = lock_applied(connection, facts)
    cut = cuts(connection)[branch.node, branch.inc]
    stand, wanted = min(cut.counted, applied), min(cut.seq, applied)
    run(
        connection,
        "UPDATE trusted_branch SET counted = seq, booked = :booked WHERE node = :node AND inc = :inc",
        facts | {"booked": max(cut.booked, wanted, stand)},
    )
    if wanted < stand:
        _take_out(hq, connection, branch, wanted + 1, stand, now)
    elif wanted > stand:
        _put_back(hq, connection, branch, stand + 1, wanted, now)
    _tell(connection, branch, cut.seq, now)
    return abs(wanted - stand)


def carry_out_all(hq: Running) -> None:
    """Decisions that the books do not follow yet: HQ was put back to a backup from before them.

    One that cannot be carried out alarms and waits for the next look; the other branches do not wait for it.
    """
    with hq.db.read() as connection:
        behind = sorted(place for place, cut in cuts(connection).items() if cut.seq != cut.counted)
    for node, inc in behind:
        branch, now = Branch(node, inc, "", "hq.restored"), hq.clock.now_ms()
        try:
            with hq.db.write() as connection:
                carry_out(hq, connection, branch, now)
        except DatabaseBusy as error:
            log.warning("branch.busy", node=node, inc=inc, why=str(error))
        except Exception as error:  # noqa: BLE001 — one branch must never stop the others, nor HQ
            log.error("branch.not_booked", node=node, inc=inc, exc_info=error)
            with hq.db.write() as connection:
                alarm(
                    connection, store=store_of(connection, node), code=NOT_BOOKED, subject=f"{node}/{inc}", now_ms=now,
                    facts={"error": type(error).__name__},
                )  # fmt: skip


def _facts(branch: Branch, now: int) -> dict[str, Any]:
    return {"node": branch.node, "inc": branch.inc, "now": now, "by": branch.by}


def _tell(connection: Connection, branch: Branch, seq: int, now: int) -> None:
    """The alarm stands while HQ has events of the branch that do not count."""
    facts = _facts(branch, now)
    head = run(connection, "SELECT seq FROM origin WHERE node = :node AND inc = :inc", facts).scalar() or 0
    subject = f"{branch.node}/{branch.inc}"
    close(connection, f"{NOT_BOOKED}|{subject}", by=branch.by, note=branch.reason, now_ms=now)
    close(connection, f"{ALARM}|{subject}", by=branch.by, note=branch.reason, now_ms=now)
    if head <= seq:
        return
    copies = _copies(connection, branch, seq)
    said = {"from": seq + 1} | ({"copies": copies} if copies else {})
    store = store_of(connection, branch.node)
    alarm(connection, store=store, code=ALARM, subject=subject, now_ms=now, facts=said)


def _copies(connection: Connection, branch: Branch, end: int) -> int:
    """How many events that stand in branches that count are left out, as copies of those behind the end of this one."""
    facts: dict[str, Any] = {"node": branch.node, "inc": branch.inc, "end": end}
    ours = "SELECT bh FROM link WHERE node = :node AND inc = :inc AND seq > :end"
    theirs = "SELECT inc, seq, bh FROM link WHERE node = :node AND inc <> :inc"
    hashes, named = {bytes(row[0]) for row in run(connection, ours, facts)}, cuts(connection)
    places = [
        (row[0], row[1])
        for row in run(connection, theirs, facts)
        if bytes(row[2]) in hashes and counts(named, branch.node, row[0], row[1])
    ]
    entries = [
        entry
        for inc, seq in places
        for entry in load_entries(connection, {"node": branch.node, "inc": inc, "after": seq - 1, "limit": 1})
    ]
    seen = seen_before(connection, [entry.event.id for entry in entries if entry.event is not None])
    first = [
        seen[entry.event.id][1] for entry in entries if entry.event is not None and entry.event.id in seen
    ]
    return sum((node, inc) == (branch.node, branch.inc) and seq > end for node, inc, seq in first)


# -- the books ---------------------------------------------------------------------------------------------


def _take_out(hq: Running, connection: Connection, branch: Branch, first: int, last: int, now: int) -> None:
    sums: Sums = defaultdict(int)
    parked = _parked(connection, branch)
    for entries in _batches(connection, branch, first, last):
        for entry in _booked(connection, entries, parked):
            _add(sums, entry, -1)
        for entry in entries:
            if parked.get(entry.seq, SETTLED).state in ("parked", "waiting"):
                parking.settle(connection, entry.place, UNTRUSTED, by=branch.by, note=branch.reason, now=now)
    _record(hq, connection, branch, (first, last), sums, counts=False)
    parking.release(connection, HANDLERS, now)


def _put_back(hq: Running, connection: Connection, branch: Branch, first: int, last: int, now: int) -> None:
    sums: Sums = defaultdict(int)
    parked = _parked(connection, branch)
    for entries in _batches(connection, branch, first, last):
        for entry in _booked(connection, entries, parked):
            _add(sums, entry, 1)
        again = [entry for entry in entries if parked.get(entry.seq, SETTLED).state == UNTRUSTED]
        for entry in again:
            parking.reopen(connection, entry.place)
        reopened = [parking.open_at(connection, entry.place) for entry in again if parked[entry.seq].booked]
        parking.retry(connection, [one for one in reopened if one is not None], HANDLERS, now)
        seen = _seen_here(connection, entries)
        fresh = [entry for entry in entries if entry.seq not in seen and entry.seq not in parked]
        name_copies(connection, apply(connection, fresh, HANDLERS, now), now)
    _settle_copies(connection, branch, (first, last), now)
    _record(hq, connection, branch, (first, last), sums, counts=True)


def _settle_copies(connection: Connection, branch: Branch, span: tuple[int, int], now: int) -> None:
    """What repeats an event that counts again needs nobody any more."""
    for copy in list(parking.open_ones(connection, COPY)):
        event = parking.entry_at(connection, copy.place).event
        assert event is not None
        node, inc, seq = seen_before(connection, [event.id])[event.id][1]
        if (node, inc) == (branch.node, branch.inc) and span[0] <= seq <= span[1]:
            parking.settle(connection, copy.place, "handled", by=branch.by, note=branch.reason, now=now)
            subject = f"{copy.node}/{copy.inc}/{copy.seq}"
            close(connection, f"event.{COPY}|{subject}", by=branch.by, note=branch.reason, now_ms=now)


def _batches(connection: Connection, branch: Branch, first: int, last: int) -> Iterator[list[Entry]]:
    facts: dict[str, Any] = {"node": branch.node, "inc": branch.inc, "after": first - 1, "limit": BATCH}
    while facts["after"] < last:
        entries = [entry for entry in load_entries(connection, facts) if entry.seq <= last]
        if not entries:
            return
        yield entries
        facts["after"] = entries[-1].seq


def _parked(connection: Connection, branch: Branch) -> dict[int, Parked]:
    """Everything of this branch that was ever parked, by its seq."""
    rows = run(
        connection,
        "SELECT seq, state, booked FROM parked WHERE node = :node AND inc = :inc",
        {"node": branch.node, "inc": branch.inc},
    )
    return {int(row[0]): Parked(row[1], bool(row[2])) for row in rows}


def _seen_here(connection: Connection, entries: Sequence[Entry]) -> set[int]:
    """The seqs of those that were seen first where they stand: copies of other events have no effect of their own."""
    seen = seen_before(connection, [entry.event.id for entry in entries if entry.event is not None])
    return {
        entry.seq
        for entry in entries
        if entry.event is not None and entry.event.id in seen and seen[entry.event.id][1] == entry.place
    }


def _booked(connection: Connection, entries: Sequence[Entry], parked: dict[int, Parked]) -> list[Entry]:
    """Those whose own postings are in the balances; what a person has amended is out of them already."""
    seen = _seen_here(connection, entries)
    ours = {
        entry.event.id: entry
        for entry in entries
        if entry.event is not None and entry.seq in seen and parked.get(entry.seq, SETTLED).state != "amended"
    }
    ids, found = list(ours), []
    for start in range(0, len(ids), CHUNK):
        part = {"store": entries[0].store, "ids": ids[start : start + CHUNK]}
        found += [ours[row[0]] for row in connection.execute(_BOOKED, part)]
    return found


def _add(sums: Sums, entry: Entry, sign: int) -> None:
    assert entry.event is not None
    for account, commodity, quantity in entry.event.post:
        sums[account, commodity] += sign * quantity


def _record(
    hq: Running, connection: Connection, branch: Branch, span: tuple[int, int], sums: Sums, *, counts: bool
) -> None:
    """HQ says in its own log what counts from now on, and posts what that changes."""
    parts = list(_parts(sums))
    for n, post in enumerate(parts, 1):
        fact = TrustChanged(
            node=branch.node, inc=branch.inc, first=span[0], last=span[1], counts=counts, reason=branch.reason,
            part=n, parts=len(parts),
        )  # fmt: skip
        own.record(hq, connection, fact, staff=branch.by, post=post, must_book=True)


def _parts(sums: Sums) -> Iterator[list[Posting]]:
    """Postings that fit an event each; every part sums to zero and moves no balance further than an integer goes."""
    part: list[Posting] = []
    moved: Sums = defaultdict(int)
    for pair in _pairs(sums):
        too_far = any(abs(moved[account, name] + quantity) > INTEGER_MAX for account, name, quantity in pair)
        if part and (too_far or len(part) + len(pair) > POSTINGS_PER_EVENT):
            yield part
            part, moved = [], defaultdict(int)
        part += pair
        for account, name, quantity in pair:
            moved[account, name] += quantity
    yield part


def _pairs(sums: Sums) -> Iterator[tuple[Posting, Posting]]:
    """The sums as moves from one account to another, none larger than an event may hold.

    A branch may have moved more than one integer says, over more accounts than fit an event. Each account moves in one
    direction only, so that its balance stays between where it is and where it ends.
    """
    sides: defaultdict[str, tuple[list[list[Any]], list[list[Any]]]] = defaultdict(lambda: ([], []))
    for (account, commodity), quantity in sorted(sums.items()):
        if quantity:
            sides[commodity][quantity < 0].append([account, abs(quantity)])
    for commodity, (more, less) in sides.items():
        while more and less:
            quantity = min(more[-1][1], less[-1][1], INTEGER_MAX)
            yield (more[-1][0], commodity, quantity), (less[-1][0], commodity, -quantity)
            for side in (more, less):
                side[-1][1] -= quantity
                if not side[-1][1]:
                    side.pop()
