"""Stage 2 for a run of entries: book once, handle once, park what fails (SYNC §5). Set-based.

Two facts per id: *booked* (its postings are in the balances, at first sight, for ever) and *handled* (its rows are
in the projections). `judge` says of one entry after the other what becomes of it; all verdicts are written at once.
When the database refuses a run, its halves are tried, down to the one entry that is to blame: that is taken as far as
the database goes along, booked without its rows, or else stored without any effect. Nothing an event holds stops the
others; only a database in trouble does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from hq.ingest import rules, texts, trusted
from hq.ingest.alarms import alarm
from hq.ingest.handlers import Registry
from hq.ingest.handlers.statements import STATEMENTS
from hq.ingest.model import Entry, StoredEvent, Verdict
from hq.ingest.trusted import Cuts
from kit.logs import logger
from kit.sql import Connection, bulk, insert, run
from retail.errors import DatabaseBusy
from schemas.events.bounds import integers_fit
from schemas.events.registry import TYPES

log = logger("lianpu.ingest")
CHUNK = 400
DETAIL_MAX = 400
Place = tuple[str, str, int]
Seen = dict[str, tuple[bytes, Place]]
NOBODY_NAMED: Cuts = {}
_decode = msgspec.json.Decoder(StoredEvent).decode
_BLOCKED = sa.text("SELECT DISTINCT agg FROM parked_key WHERE agg IN :keys").bindparams(
    sa.bindparam("keys", expanding=True)
)
_SEEN = sa.text("SELECT id, bh, node, inc, seq FROM event_seen WHERE id IN :ids").bindparams(
    sa.bindparam("ids", expanding=True)
)


# -- what becomes of an entry ------------------------------------------------------------------------------


def read_entry(node: str, store: str, inc: str, seq: int, bh: bytes, recv_at: int, body: bytes) -> Entry:
    """Parse a stored body; one that is not within the format is an entry too, with the reason."""
    event, why = None, ""
    try:
        event = _decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        why = _words(error)
    if event is not None and not integers_fit(body):
        event, why = None, "an integer is 2⁵³ or more"
    if event is not None and "\0" in "".join((event.id, event.type, *event.agg)):
        event, why = None, "a name holds a NUL"
    return Entry(node, store, inc, seq, bh, recv_at, body, event, why)


def judge(
    entry: Entry, seen: Seen, blocked: set[str], registry: Registry, cuts: Cuts = NOBODY_NAMED
) -> Verdict:
    """What becomes of one entry. `seen` names where ids were seen first, as far as that was not just now."""
    event = entry.event
    if event is None:
        return Verdict(entry, "parked", False, reason="unreadable", detail=entry.why)
    bh, place = seen.get(event.id, (entry.bh, entry.place))
    if place != entry.place:
        if bh != entry.bh:
            return Verdict(entry, "parked", False, reason="id_reused")
        if trusted.counts(cuts, *place):
            return Verdict(entry, "skipped", False)
        return Verdict(entry, "parked", False, reason="untrusted_copy")
    objection = rules.objection(event.post, entry.store, entry.node, TYPES.get(event.type))
    if objection is not None:
        handler = registry.get(event.type)
        return Verdict(entry, "parked", False, reason=objection, version=handler.version if handler else 0)
    if not blocked.isdisjoint(event.agg):
        return Verdict(entry, "waiting", True, reason="earlier_parked")
    return handle(entry, registry)


def handle(entry: Entry, registry: Registry) -> Verdict:
    """Run the handler of an entry; whatever it raises parks this one event, and so do texts for one engine only."""
    event = entry.event
    assert event is not None
    handler = registry.get(event.type)
    if handler is None:
        return Verdict(entry, "parked", True, reason="unknown_type", detail=event.type)
    try:
        rows = handler.rows(entry, handler.payload.decode(event.p))
    except Exception as error:  # noqa: BLE001 — one poisoned event must never stop the others
        return Verdict(
            entry,
            "parked",
            True,
            reason="handler_failed",
            detail=_words(repr(error)),
            version=handler.version,
        )
    verdict = Verdict(entry, "handled", True, rows, version=handler.version)
    refused = texts.objection(entry.body, rows)
    return verdict if refused is None else _without_rows(verdict, refused)


def _whole(verdict: Verdict, _error: object) -> Verdict:
    return verdict


def _without_rows(verdict: Verdict, error: object) -> Verdict:
    if verdict.state != "handled":
        return verdict
    return verdict._replace(state="parked", rows=[], reason="rows_refused", detail=_words(error))


def _without_effect(verdict: Verdict, error: object) -> Verdict:
    reason = "booking_refused" if verdict.books else verdict.reason
    return verdict._replace(state="parked", books=False, rows=[], reason=reason, detail=_words(error))


Shape = Callable[[Verdict, object], Verdict]


# -- taking entries ----------------------------------------------------------------------------------------


def apply(connection: Connection, entries: Sequence[Entry], registry: Registry, now: int) -> list[Verdict]:
    """Take entries of one origin in order."""
    try:
        return _take(connection, entries, registry, now)
    except Exception as error:  # noqa: BLE001 — looked at
        if in_trouble(error):
            raise
        if len(entries) == 1:
            return [_salvage(connection, entries[0], registry, now, error)]
        log.warning("ingest.run_split", entries=len(entries), why=_words(error))
    middle = len(entries) // 2
    parts = (entries[:middle], entries[middle:])
    return [verdict for part in parts for verdict in apply(connection, part, registry, now)]


def _salvage(connection: Connection, entry: Entry, registry: Registry, now: int, error: Exception) -> Verdict:
    """An entry that the database refused, as far as it goes along."""
    try:
        return _take(connection, [entry], registry, now, _without_rows, error)[0]
    except Exception as again:  # noqa: BLE001 — looked at
        if in_trouble(again):
            raise
        return _take(connection, [entry], registry, now, _without_effect, again)[0]


def _take(
    connection: Connection,
    entries: Sequence[Entry],
    registry: Registry,
    now: int,
    shape: Shape = _whole,
    error: object = None,
) -> list[Verdict]:
    """Judge and write all of them, or nothing."""
    with connection.begin_nested():
        cuts = trusted.cuts(connection)
        known = [entry for entry in entries if trusted.books(cuts, *entry.place)]
        seen = _first_sight(connection, known)
        blocked = _blocked(connection, known)
        verdicts = []
        for entry in known:
            verdict = shape(judge(entry, seen, blocked, registry, cuts), error)
            blocked.update(verdict.blocks)
            verdicts.append(verdict)
        _book(connection, verdicts)
        write_rows(connection, (row for verdict in verdicts for row in verdict.rows))
        park(connection, [verdict for verdict in verdicts if verdict.open], now)
        _leave(connection, [entry for entry in entries if not trusted.books(cuts, *entry.place)], now)
    return verdicts


def _leave(connection: Connection, entries: Sequence[Entry], now: int) -> None:
    """What nobody trusts is stored already, and nothing else becomes of it (I5); a person is told once a branch."""
    for entry in entries[:1]:
        alarm(
            connection, store=entry.store, code="branch.untrusted", subject=f"{entry.node}/{entry.inc}", now_ms=now,
            facts={"from": entry.seq},
        )  # fmt: skip


def handle_again(connection: Connection, entry: Entry, registry: Registry) -> Verdict:
    """Run the handler of an entry that was booked when it was first seen, and write its rows."""
    verdict = handle(entry, registry)
    try:
        with connection.begin_nested():
            write_rows(connection, verdict.rows)
    except Exception as error:  # noqa: BLE001 — looked at
        if in_trouble(error):
            raise
        return _without_rows(verdict, error)
    return verdict


def in_trouble(error: Exception) -> bool:
    """Is it the database that has a problem and not what an event holds?"""
    if isinstance(error, sa.exc.OperationalError):  # PostgreSQL's class 54: a value is too large for an index
        return not str(getattr(error.orig, "sqlstate", None) or "").startswith("54")
    return isinstance(error, sa.exc.InterfaceError | sa.exc.InvalidRequestError | DatabaseBusy | MemoryError)


# -- writing -----------------------------------------------------------------------------------------------


def _first_sight(connection: Connection, entries: Iterable[Entry]) -> Seen:
    """Remember the ids; returns where they were seen first, nothing when all of them are new."""
    rows = [(e.event.id, e.bh, *e.place) for e in entries if e.event is not None]
    written = bulk(
        connection,
        "INSERT INTO event_seen (id, bh, node, inc, seq) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        rows,
    )
    return {} if written == len(rows) else seen_before(connection, [row[0] for row in rows])


def _blocked(connection: Connection, entries: Iterable[Entry]) -> set[str]:
    """Of the documents of these entries, those with an open event before them."""
    if run(connection, "SELECT 1 FROM parked_key LIMIT 1").first() is None:
        return set()
    keys = sorted({key for entry in entries for key in entry.keys})
    parts = (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))
    return {row[0] for part in parts for row in connection.execute(_BLOCKED, {"keys": part})}


def seen_before(connection: Connection, ids: Sequence[str]) -> Seen:
    """Where these ids were seen first, as far as they were."""
    found: Seen = {}
    for start in range(0, len(ids), CHUNK):
        for row in connection.execute(_SEEN, {"ids": list(ids[start : start + CHUNK])}):
            found[row[0]] = (bytes(row[1]), (row[2], row[3], int(row[4])))
    return found


def _book(connection: Connection, verdicts: Iterable[Verdict]) -> None:
    """The postings of every entry that books, and what they do to the balances."""
    rows: list[tuple[Any, ...]] = []
    deltas: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    stores: dict[tuple[str, str], str] = {}
    for verdict in verdicts:
        event = verdict.entry.event
        if event is None or not verdict.books:
            continue
        id_, home = event.id, verdict.entry.store
        for n, (account, commodity, quantity) in enumerate(event.post):
            store = stores.get((account, home)) or stores.setdefault(
                (account, home), rules.store_of(account, home)
            )
            rows.append((store, id_, n, account, commodity, quantity))
            deltas[store, account, commodity] += quantity
    insert(connection, "posting", "store, id, n, account, commodity, quantity", rows)
    bulk(  # in the order of their keys, so that two writers cannot wait for each other
        connection,
        "INSERT INTO balance (store, account, commodity, quantity) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (store, account, commodity) DO UPDATE SET quantity = balance.quantity + excluded.quantity",
        [(*key, quantity) for key, quantity in sorted(deltas.items())],
    )


def write_rows(connection: Connection, rows: Iterable[tuple[str, tuple[Any, ...]]]) -> None:
    """Statement by statement, many rows each."""
    by_name: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for name, values in rows:
        by_name[name].append(values)
    for name, many in by_name.items():
        bulk(connection, STATEMENTS[name], many)


def park(connection: Connection, verdicts: Sequence[Verdict], now: int) -> None:
    """The one place that parks: remember what was not handled, block its documents, alarm when nothing was booked."""
    rows, keys = [], []
    for verdict in verdicts:
        entry = verdict.entry
        event = entry.event
        rows.append((
            *entry.place, event.id if event else None, event.type if event else "", verdict.state, verdict.reason,
            verdict.detail, int(verdict.books), verdict.version, now,
        ))  # fmt: skip
        keys += [(key, *entry.place) for key in dict.fromkeys(verdict.blocks)]
        if not verdict.books:
            subject = f"{entry.node}/{entry.inc}/{entry.seq}"
            alarm(connection, store=entry.store, code=f"event.{verdict.reason}", subject=subject, now_ms=now)
    bulk(
        connection,
        "INSERT INTO parked (node, inc, seq, id, type, state, reason, detail, booked, handler_version, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (node, inc, seq) DO UPDATE SET"
        " id = excluded.id, type = excluded.type, state = excluded.state, reason = excluded.reason,"
        " detail = excluded.detail, booked = excluded.booked, handler_version = excluded.handler_version",
        rows,
    )
    bulk(
        connection,
        "INSERT INTO parked_key (agg, node, inc, seq) VALUES (?, ?, ?, ?) ON CONFLICT (agg, node, inc, seq) DO NOTHING",
        keys,
    )
    for reason, count in Counter(verdict.reason for verdict in verdicts).items():
        log.warning("ingest.parked", reason=reason, events=count)


def _words(error: object) -> str:
    """What a person reads about an error; bounded, and without what a database does not take in a text."""
    return str(error).replace("\0", " ").encode("utf-8", "replace").decode()[:DETAIL_MAX]
