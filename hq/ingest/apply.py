"""Stage 2 for a run of entries: book once, handle once, park what fails (SYNC §5). Set-based.

Two facts per id: *booked* (its postings are in the balances, at first sight, for ever) and *handled* (its rows are
in the projections). An event whose key is blocked by a parked or waiting one waits; everything else goes on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from hq.ingest import rules
from hq.ingest.alarms import alarm
from hq.ingest.handlers import Registry
from hq.ingest.handlers.statements import STATEMENTS
from hq.ingest.model import Entry, Rows, StoredEvent
from kit.logs import logger
from kit.sql import Connection, bulk, run
from schemas.events.registry import TYPES

log = logger("lianpu.ingest")
CHUNK = 400
DETAIL_MAX = 400
_decode = msgspec.json.Decoder(StoredEvent).decode
_SEEN = sa.text("SELECT id, bh, node, inc, seq FROM event_seen WHERE id IN :ids").bindparams(
    sa.bindparam("ids", expanding=True)
)


@dataclass(frozen=True)
class Parked:
    """Why an entry is not handled. `state` is "parked" or "waiting"."""

    entry: Entry
    state: str
    reason: str
    detail: str = ""
    booked: bool = True
    version: int = 0


@dataclass
class Outcome:
    """What one run made of its entries."""

    booked: int = 0
    handled: int = 0
    skipped: int = 0
    parked: list[Parked] = field(default_factory=list)


def read_entry(node: str, store: str, inc: str, seq: int, bh: bytes, recv_at: int, body: bytes) -> Entry:
    """Parse a stored body; one that does not parse is an entry too."""
    try:
        event, why = _decode(body), ""
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        event, why = None, str(error)[:DETAIL_MAX]
    return Entry(node, store, inc, seq, bh, recv_at, body, event, why)


def apply(connection: Connection, entries: Sequence[Entry], registry: Registry, now: int) -> Outcome:
    """Take entries of one origin in order."""
    outcome = Outcome()
    fresh = _first_sight(connection, entries, outcome)
    fresh = _book(connection, fresh, outcome)
    blocked = blocked_keys(connection)
    for parked in outcome.parked:
        blocked.update(_blocking(parked))
    ready: list[tuple[Entry, Rows]] = []
    for entry in fresh:
        if blocked.intersection(entry.keys):
            found: Parked | Rows = Parked(entry, "waiting", "earlier_parked")
        else:
            found = rows_of(entry, registry)
        if isinstance(found, Parked):
            outcome.parked.append(found)
            blocked.update(_blocking(found))
        else:
            ready.append((entry, found))
    _write(connection, ready, outcome, registry)
    park(connection, outcome.parked, now)
    return outcome


def _first_sight(connection: Connection, entries: Sequence[Entry], outcome: Outcome) -> list[Entry]:
    """The entries whose id was never seen before; a repeated content is skipped, another content parked."""
    readable: list[Entry] = []
    for entry in entries:
        if entry.event is None:
            outcome.parked.append(Parked(entry, "parked", "unreadable", entry.why, booked=False))
        else:
            readable.append(entry)
    written = bulk(
        connection,
        "INSERT INTO event_seen (id, bh, node, inc, seq) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        [(e.event.id, e.bh, e.node, e.inc, e.seq) for e in readable if e.event],
    )
    if written == len(readable):
        return readable
    seen = _seen(connection, [e.event.id for e in readable if e.event])
    fresh: list[Entry] = []
    for entry in readable:
        assert entry.event is not None
        bh, place = seen[entry.event.id]
        if place == (entry.node, entry.inc, entry.seq):
            fresh.append(entry)
        elif bh == entry.bh:
            outcome.skipped += 1
        else:
            outcome.parked.append(Parked(entry, "parked", "id_reused", booked=False))
    return fresh


def _seen(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[bytes, tuple[str, str, int]]]:
    found = {}
    for start in range(0, len(ids), CHUNK):
        for row in connection.execute(_SEEN, {"ids": list(ids[start : start + CHUNK])}):
            found[row[0]] = (bytes(row[1]), (row[2], row[3], int(row[4])))
    return found


def _book(connection: Connection, entries: Iterable[Entry], outcome: Outcome) -> list[Entry]:
    """Book the postings of every entry that may; returns the entries that go on to their handlers."""
    allowed: list[Entry] = []
    rows: list[tuple[Any, ...]] = []
    deltas: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    stores: dict[tuple[str, str], str] = {}
    for entry in entries:
        event = entry.event
        assert event is not None
        why = rules.objection(event.post, entry.store, entry.node, TYPES.get(event.type))
        if why is not None:
            outcome.parked.append(Parked(entry, "parked", why, booked=False))
            continue
        allowed.append(entry)
        id_, home = event.id, entry.store
        for n, (account, commodity, quantity) in enumerate(event.post):
            store = stores.get((account, home)) or stores.setdefault((account, home), rules.store_of(account, home))
            rows.append((store, id_, n, account, commodity, quantity))
            deltas[store, account, commodity] += quantity
    bulk(
        connection,
        "INSERT INTO posting (store, id, n, account, commodity, quantity) VALUES (?, ?, ?, ?, ?, ?)",
        rows,
    )
    move_balances(connection, deltas)
    outcome.booked += len(allowed)
    return allowed


def move_balances(connection: Connection, deltas: dict[tuple[str, str, str], int]) -> None:
    """Add to balances, in the order of their keys so that two writers cannot wait for each other."""
    bulk(
        connection,
        "INSERT INTO balance (store, account, commodity, quantity) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (store, account, commodity) DO UPDATE SET quantity = balance.quantity + excluded.quantity",
        [(*key, quantity) for key, quantity in sorted(deltas.items())],
    )


def blocked_keys(connection: Connection) -> set[str]:
    """The documents that wait for a parked event."""
    return {row[0] for row in run(connection, "SELECT DISTINCT agg FROM parked_key")}


def _blocking(parked: Parked) -> list[str]:
    """An id that was used twice must not hold up the document it pretends to belong to."""
    return [] if parked.reason == "id_reused" else parked.entry.keys


def rows_of(entry: Entry, registry: Registry) -> Rows | Parked:
    """Run the handler of an entry; whatever it raises parks this one event."""
    event = entry.event
    assert event is not None
    handler = registry.get(event.type)
    if handler is None:
        return Parked(entry, "parked", "unknown_type", event.type)
    try:
        return handler.rows(entry, handler.payload.decode(event.p))
    except Exception as error:  # noqa: BLE001 — one poisoned event must never stop the others
        return Parked(entry, "parked", "handler_failed", repr(error)[:DETAIL_MAX], version=handler.version)


def _write(
    connection: Connection, ready: Sequence[tuple[Entry, Rows]], outcome: Outcome, registry: Registry
) -> None:
    """All rows at once; when the database objects, entry by entry, each in a savepoint of its own."""
    try:
        with connection.begin_nested():
            write_rows(connection, (row for _, rows in ready for row in rows))
        outcome.handled += len(ready)
        return
    except sa.exc.DBAPIError as error:
        log.warning("ingest.batch_split", why=str(error)[:DETAIL_MAX])
    for entry, rows in ready:
        failed = write_alone(connection, entry, rows, registry)
        if failed is None:
            outcome.handled += 1
        else:
            outcome.parked.append(failed)


def write_alone(connection: Connection, entry: Entry, rows: Rows, registry: Registry) -> Parked | None:
    """The rows of one entry in a savepoint; what the database refuses is parked."""
    assert entry.event is not None
    try:
        with connection.begin_nested():
            write_rows(connection, rows)
    except sa.exc.DBAPIError as error:
        version = registry[entry.event.type].version
        return Parked(entry, "parked", "rows_refused", str(error)[:DETAIL_MAX], version=version)
    return None


def write_rows(connection: Connection, rows: Iterable[tuple[str, tuple[Any, ...]]]) -> None:
    """Statement by statement, many rows each."""
    by_name: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for name, values in rows:
        by_name[name].append(values)
    for name, many in by_name.items():
        bulk(connection, STATEMENTS[name], many)


def park(connection: Connection, parked: Sequence[Parked], now: int) -> None:
    """Remember what was not handled, and block its documents."""
    rows, keys = [], []
    for item in parked:
        entry = item.entry
        event = entry.event
        rows.append((
            entry.node, entry.inc, entry.seq, event.id if event else None, event.type if event else "",
            item.state, item.reason, item.detail, int(item.booked), item.version, now,
        ))  # fmt: skip
        keys += [(key, entry.node, entry.inc, entry.seq) for key in dict.fromkeys(_blocking(item))]
        if not item.booked:
            subject = f"{entry.node}/{entry.inc}/{entry.seq}"
            alarm(connection, store=entry.store, code=f"event.{item.reason}", subject=subject, now_ms=now)
    bulk(
        connection,
        "INSERT INTO parked (node, inc, seq, id, type, state, reason, detail, booked, handler_version, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (node, inc, seq) DO UPDATE SET"
        " state = excluded.state, reason = excluded.reason, detail = excluded.detail,"
        " handler_version = excluded.handler_version",
        rows,
    )
    bulk(
        connection,
        "INSERT INTO parked_key (agg, node, inc, seq) VALUES (?, ?, ?, ?) ON CONFLICT (agg, node, inc, seq) DO NOTHING",
        keys,
    )
    for reason, count in Counter(item.reason for item in parked).items():
        log.warning("ingest.parked", reason=reason, events=count)
