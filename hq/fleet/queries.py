"""Reading the health of the stores' nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from hq.fleet.rules import ORDER, Finding, Node, findings, numbers_of, worst
from hq.statements import sum_of
from kit.sql import Row, SqlDatabase

Seen = frozenset[str] | None
"""The stores that somebody covers; None covers all."""


@dataclass(frozen=True)
class Board:
    """One line of the board."""

    node: Node
    findings: list[Finding]

    @property
    def state(self) -> str:
        """crit, warn, unknown or ok."""
        return worst(self.findings)


def board(db: SqlDatabase, seen: Seen, now_ms: int) -> list[Board]:
    """Every store, worst first."""
    nodes = [node for node in _nodes(db) if seen is None or node.store in seen]
    newest = max((node.app_version for node in nodes), key=numbers_of, default="")
    lines = [Board(node, findings(node, now_ms, newest)) for node in nodes]
    return sorted(lines, key=lambda line: (ORDER[line.state], line.node.store))


def _nodes(db: SqlDatabase) -> list[Node]:
    rows = db.rows(
        "SELECT s.code, s.name, s.time_zone, n.node, c.hello_at, c.push_at, c.app_version, c.offset_ms,"
        " (SELECT coalesce(sum(o.seq), 0) FROM origin o WHERE o.node = n.node) AS stored,"
        " (SELECT max(o.at) FROM origin o WHERE o.node = n.node) AS stored_at,"
        " (SELECT count(*) FROM inc i WHERE i.node = n.node) AS incs,"
        " (SELECT min(i.first_seen_at) FROM inc i WHERE i.node = n.node) AS first_seen_at,"
        " (SELECT max(k.at) FROM scope_cursor k WHERE k.node = n.node) AS asked_at,"
        " (SELECT count(*) FROM parked p WHERE p.node = n.node AND p.state IN ('parked', 'waiting')) AS parked,"
        " (SELECT count(*) FROM fork f WHERE f.node = n.node AND f.closed_at IS NULL) AS forks,"
        " (SELECT count(*) FROM hole h WHERE h.node = n.node AND h.closed_at IS NULL) AS holes,"
        " (SELECT count(*) FROM alarm a WHERE a.store = s.code AND a.closed_at IS NULL) AS alarms,"
        " (SELECT count(*) FROM alarm p WHERE p.id = 'node.protocol|' || n.node AND p.closed_at IS NULL) AS no_protocol"
        " FROM store s LEFT JOIN node n ON n.store = s.code LEFT JOIN contact c ON c.node = n.node ORDER BY s.code"
    )
    gaps = numbering_gaps(db)
    told = _telemetry(db)
    differing = differing_days(db)
    return [
        _node(row, gaps.get(row.code, ()), told.get(row.node or "", (None, {})), differing.get(row.code, ()))
        for row in rows
    ]


def _node(
    row: Row, gaps: tuple[str, ...], told: tuple[int | None, dict[str, Any]], differing: tuple[str, ...]
) -> Node:
    told_at, facts = told
    heard = max((at for at in (row.hello_at, row.push_at, row.asked_at, told_at) if at), default=None)
    return Node(
        store=row.code, name=row.name, time_zone=row.time_zone, enrolled=row.node is not None, heard_at=heard,
        told_at=told_at, first_seen_at=row.first_seen_at,
        stored=row.stored, stored_at=row.stored_at, unsent=facts.get("unsent"),
        oldest_at=facts.get("unsent_oldest_at"), parked=row.parked, forks=row.forks, holes=row.holes, gaps=gaps,
        app_version=facts.get("app_version") or row.app_version or "",
        offset_ms=facts.get("clock_offset_ms", row.offset_ms), disk_free_bytes=facts.get("disk_free_bytes"),
        devices=facts.get("devices") or {}, alarms=row.alarms, incarnations=row.incs,
        no_protocol=bool(row.no_protocol), differing=differing,
        troubles=tuple(facts.get("troubles") or ()),
    )  # fmt: skip


def _telemetry(db: SqlDatabase) -> dict[str, tuple[int | None, dict[str, Any]]]:
    rows = db.rows("SELECT node, at, facts FROM telemetry ORDER BY at")
    return {row.node: (row.at, msgspec.json.decode(row.facts)) for row in rows}


def numbering_gaps(db: SqlDatabase) -> dict[str, tuple[str, ...]]:
    """Series whose numbers are not complete: `01/K7Q2M 1–15: 14`."""
    rows = db.rows(
        "SELECT store, terminal, series, min(n) AS first, max(n) AS last, count(DISTINCT n) AS found FROM sale"
        " GROUP BY store, terminal, series HAVING count(DISTINCT n) <> max(n) - min(n) + 1 OR min(n) <> 1"
        " ORDER BY store, terminal, series"
    )
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        text = f"{row.terminal}/{row.series} 1–{row.last}: {row.found}"
        found[row.store] = (*found.get(row.store, ()), text)
    return found


def differing_days(db: SqlDatabase) -> dict[str, tuple[str, ...]]:
    """Days that a store and HQ have counted differently, newest first."""
    found: dict[str, tuple[str, ...]] = {}
    for row in db.rows(
        "SELECT store, facts FROM alarm WHERE code = 'day.differs' AND closed_at IS NULL ORDER BY store, subject DESC"
    ):
        found[row.store] = (*found.get(row.store, ()), msgspec.json.decode(row.facts)["day"])
    return found


def incarnations(db: SqlDatabase, store: str) -> list[Row]:
    """The incarnations of a store's node with HQ's head of each."""
    return db.rows(
        "SELECT i.node, i.inc, i.ordinal, i.parent_inc, i.parent_seq, i.first_seen_at, i.closed, o.seq, o.hash, o.at"
        " FROM inc i JOIN node n ON n.node = i.node LEFT JOIN origin o ON o.node = i.node AND o.inc = i.inc"
        " WHERE n.store = :s ORDER BY i.ordinal DESC",
        {"s": store},
    )


def timeline(db: SqlDatabase, store: str, limit: int = 20) -> list[Row]:
    """What happened at the node that is not a sale, newest first."""
    return db.rows(
        "SELECT kind, at, staff, terminal, subject, facts FROM till_note WHERE store = :s ORDER BY at DESC LIMIT :n",
        {"s": store, "n": limit},
    )


def _of(column: str, seen: Seen) -> tuple[str, dict[str, str]]:
    """The rows of these stores, in words of SQL: before a LIMIT, so that no other store's rows take their place."""
    if seen is None:
        return "1 = 1", {}
    names = {f"seen{n}": store for n, store in enumerate(sorted(seen))}
    return (f"{column} IN ({', '.join(f':{name}' for name in names)})" if names else "1 = 0"), names


def alarms(db: SqlDatabase, store: str = "", *, open_only: bool = True, seen: Seen = None) -> list[Row]:
    """Alarms, open ones first."""
    within, stores = _of("store", seen)
    return db.rows(
        "SELECT id, store, code, subject, facts, at, closed_at, closed_by, note FROM alarm"
        f" WHERE (:s = '' OR store = :s) AND (:open = 0 OR closed_at IS NULL) AND {within}"
        " ORDER BY CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END, at DESC LIMIT 100",
        {"s": store, "open": int(open_only)} | stores,
    )


def forks(db: SqlDatabase, store: str = "") -> list[Row]:
    """Open forks with the size of the evidence."""
    return db.rows(
        "SELECT f.node, f.inc, f.seq, f.found_at, n.store, (SELECT count(*) FROM fork_evidence e"
        " WHERE e.node = f.node AND e.inc = f.inc) AS evidence FROM fork f JOIN node n ON n.node = f.node"
        " WHERE f.closed_at IS NULL AND (:s = '' OR n.store = :s) ORDER BY f.found_at DESC",
        {"s": store},
    )


def holes(db: SqlDatabase, store: str = "", *, seen: Seen = None) -> list[Row]:
    """Named holes in a log that nobody has closed, newest first."""
    within, stores = _of("n.store", seen)
    return db.rows(
        "SELECT h.node, h.inc, h.from_seq, h.to_seq, h.found_at, n.store FROM hole h JOIN node n ON n.node = h.node"
        f" WHERE h.closed_at IS NULL AND (:s = '' OR n.store = :s) AND {within}"
        " ORDER BY h.found_at DESC, h.from_seq LIMIT 100",
        {"s": store} | stores,
    )


def refunded_too_much(db: SqlDatabase, store: str = "", *, seen: Seen = None) -> list[Row]:
    """Lines of which more came back than was sold (L9): two disks of one store, or a store without its past.

    Derived each time it is asked for, so it is gone when the missing sale arrives or a return is amended.
    """
    within, stores = _of("r.store", seen)
    back = sum_of("l.quantity")
    return db.rows(
        "SELECT r.store, r.original AS id, MAX(r.original_number) AS number, l.original_line AS line,"
        f" MAX(l.name) AS name, MAX(s.quantity) AS sold, {back} AS back, {sum_of('l.total_minor')} AS total_minor,"
        " MAX(s.unit) AS unit, MAX(d.currency) AS currency, MAX(d.at) AS at"
        " FROM sale_return r JOIN sale d ON d.store = r.store AND d.id = r.id"
        " JOIN sale_line l ON l.store = r.store AND l.id = r.id"
        " JOIN sale_line s ON s.store = r.store AND s.id = r.original AND s.line = l.original_line"
        f" WHERE (:s = '' OR r.store = :s) AND {within}"
        " AND NOT EXISTS (SELECT 1 FROM trusted_branch b WHERE b.node = d.node AND b.inc = d.inc"
        " AND d.seq > b.seq) GROUP BY r.store, r.original, l.original_line"
        f" HAVING {back} > MAX(s.quantity) ORDER BY MAX(d.at) DESC LIMIT 200",
        {"s": store} | stores,
    )


def parked(db: SqlDatabase, state: str, *, seen: Seen = None) -> list[Row]:
    """Parked and waiting events, or those that were settled."""
    within, stores = _of("n.store", seen)
    where = "p.state IN ('parked', 'waiting')" if state == "open" else "p.state NOT IN ('parked', 'waiting')"
    return db.rows(
        "SELECT p.node, p.inc, p.seq, p.id, p.type, p.state, p.reason, p.detail, p.booked, p.at, p.settled_at,"
        " p.settled_by, p.note, n.store, u.name AS settled_name FROM parked p JOIN node n ON n.node = p.node"
        f" LEFT JOIN hq_user u ON u.id = p.settled_by WHERE {where} AND {within} ORDER BY p.at DESC LIMIT 200",
        stores,
    )
