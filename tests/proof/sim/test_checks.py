"""Each checker is proven: over the world as played it finds nothing, over a planted violation it finds that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from kit.db import Database
from proof.sim.check_up import header_of
from proof.sim.checks import CHECKS, check
from proof.sim.disks import Disk
from proof.sim.misfortunes.media import note_behind
from proof.sim.notes import (
    note_applied,
    note_epoch,
    note_order,
    note_purged,
    note_push,
    note_told,
    note_whole,
)
from proof.sim.origin import Origin
from proof.sim.show import COUNTED, silent
from proof.sim.world import World
from schemas import wire
from schemas.wire.up import Receipt
from sync import calls
from sync.calls import Answer, Request
from sync.transport import InProcessTransport

Plant = Callable[[World], None]


@contextmanager
def undone(world: World) -> Iterator[None]:
    """Put both databases of every party, and the notes, back afterwards."""
    centre, disk = world.centre.hq.db, world.disks
    hq = {
        table: [tuple(row) for row in centre.rows(f"SELECT * FROM {table}")]
        for table in (row[0] for row in centre.rows("SELECT name FROM sqlite_schema WHERE type = 'table'"))
        if table not in ("alembic_version", "audit_entry")
    }
    files = [(_copy(one.node.db), _copy(one.node.reference.db)) for one in disk]
    notes = {name: list(found) for name, found in world.record.notes.items()}
    broken, versions = list(world.record.broken), {s: dict(v) for s, v in world.record.versions.items()}
    pushes = list(world.record.pushes)
    try:
        yield
    finally:
        with centre.write() as connection:
            for table, rows in hq.items():
                connection.exec_driver_sql(f"DELETE FROM {table}")
                if rows:
                    marks = ", ".join("?" * len(rows[0]))
                    connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", rows)
        for one, (node, reference) in zip(disk, files, strict=True):
            _load(one.node.db, node)
            _load(one.node.reference.db, reference)
        world.record.notes.clear()
        world.record.notes.update(notes)
        world.record.broken[:] = broken
        world.record.pushes[:] = pushes
        world.record.versions.clear()
        world.record.versions.update(versions)
        world.centre.__dict__.pop("transport", None)


def _copy(database: Database) -> Database:
    copy = Database(":memory:")
    database.writer.backup(copy.writer)
    return copy


def _load(database: Database, copy: Database) -> None:
    copy.writer.backup(database.writer)
    copy.close()


def hq(world: World, sql: str) -> None:
    with world.centre.hq.db.write() as connection:
        assert connection.exec_driver_sql(sql).rowcount, sql


def no_forks(world: World) -> None:
    """Nobody was told of a fork."""
    with world.centre.hq.db.write() as connection:
        connection.exec_driver_sql("DELETE FROM fork")


def node(disk: Disk, *statements: str) -> None:
    """Change a journal in spite of its guards."""
    writer = disk.node.db.writer
    guards = [row[0] for row in writer.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")]
    for guard in guards:
        writer.execute(f"DROP TRIGGER {guard}")
    writer.execute("PRAGMA foreign_keys = 0")
    for sql in statements:
        assert writer.execute(sql).rowcount, sql
    writer.execute("PRAGMA foreign_keys = 1")


def reference(disk: Disk, sql: str) -> None:
    with disk.node.reference.db.write() as tx:
        assert tx.execute(sql).rowcount, sql


def said(world: World, answer: Answer) -> None:
    """HQ answers a push of the first disk like this."""
    note_push(world, world.centre, world.disks[0], Request("POST", "/push", b"", {}), answer)


def false_receipt(world: World) -> None:
    """HQ promises a link that it has not stored."""
    inc = world.disks[0].node.journal.inc
    promise = Receipt(
        node=inc.node, inc=inc.inc, seq=10**6, hash=bytes(32), epoch=world.centre.hq.epoch, at=0
    )
    said(world, Answer(200, {}, wire.encode(promise)))


def with_state(world: World, name: str, value: object, plant: Plant) -> None:
    """Play a plant while the world is in another state."""
    before = getattr(world, name)
    setattr(world, name, value)
    try:
        plant(world)
    finally:
        setattr(world, name, before)


def wrong_clock(world: World) -> None:
    clock = world.disks[0].clock
    clock.offset_ms += 86_400_000
    try:
        said(world, Answer(422, {}, b""))
    finally:
        clock.offset_ms -= 86_400_000


def rows_looked_at(change: Plant, *, later: int = 0) -> Plant:
    """The rows of a disk are changed, and it takes an answer; `later` makes its past cursor that much newer."""

    def plant(world: World) -> None:
        disk = world.disks[0]
        before = dict(disk.cursors)
        change(world)
        disk.cursors.clear()
        disk.cursors.update(
            {scope: (epoch, version + later) for scope, (epoch, version) in before.items() if later}
        )
        note_applied(world, disk)
        disk.cursors.clear()
        disk.cursors.update(before)

    return plant


def half_a_sale(world: World) -> None:
    """A crash that left a document without its event."""
    disk = world.disks[0]
    node(
        disk,
        "UPDATE body SET type = 'sale.lost' WHERE id = (SELECT min(id) FROM document WHERE kind = 'sale')",
    )
    note_whole(world, disk)


def passed(world: World) -> None:
    """A sale is parked now, though a return of it in the same log has been handled: it has passed an open event."""
    hq(world, "INSERT INTO parked (node, inc, seq, id, type, reason, detail, state, booked, handler_version, at, note)"
              " SELECT b.node, b.inc, b.seq, r.original, 'sale.completed', 'planted', '', 'parked', 1, 0, 0, ''"
              " FROM sale_return r JOIN event_seen b ON b.id = r.original JOIN event_seen x ON x.id = r.id"
              " AND x.node = b.node AND x.inc = b.inc LIMIT 1")  # fmt: skip
    note_order(world, world.centre)


def swallowed(world: World) -> None:
    """HQ takes what the line is said to have broken."""
    disk, request = world.disks[0], world.record.pushes[0]
    origin = Origin(world.centre, disk.store, disk.node.key, disk.node.journal.inc.inc)
    origin.connect()
    mine = next(push for push in world.record.pushes if header_of(push).node == disk.store)
    headers = dict(request.headers) | calls.bearer(origin.token)
    world.hear(disk, Request("POST", "/push", mine.body, headers), mangled=True)


def behind(world: World) -> None:
    """A disk that was put back goes on where it stood."""
    note_behind(world, world.disks[0], world.disks[0].head())


def unheard(world: World) -> None:
    """HQ refuses what a shop tells of itself."""
    note_told(world, world.disks[0], Answer(422, {}, b""))


def half_a_switch(world: World) -> None:
    """A zone is given up though nothing has come in its place."""
    disk = world.disks[0]
    zone = next(scope for scope in disk.in_force if scope.startswith("zone:"))
    reference(disk, f"DELETE FROM scope WHERE scope = '{zone}'")
    before = disk.in_force
    note_applied(world, disk)
    disk.in_force = before


def another_epoch(*epochs: str) -> Plant:
    """HQ enters epochs though it has lost nothing."""

    def plant(world: World) -> None:
        kept = list(world.record.epochs), world.record.raises_left
        for epoch in epochs or (world.record.epochs[0] + "x", world.record.epochs[0]):
            hq(world, f"UPDATE hq_meta SET value = '{epoch}' WHERE name = 'epoch'")
            note_epoch(world, world.centre)
        world.record.epochs[:], world.record.raises_left = kept

    return plant


def hologram_forgotten(world: World) -> None:
    """A row of a newer HQ does not survive on an older node."""
    reference(world.disks[0], "DELETE FROM row WHERE kind = 'hologram'")


class Polite:
    """A line to an HQ that never refuses a greeting."""

    def __init__(self, line: InProcessTransport) -> None:
        self.line = line

    def send(self, request: Request) -> Answer:
        answer = self.line.send(request)
        return Answer(200, {}, b"") if request.path == "/hello" and answer.status >= 400 else answer


def polite(world: World) -> None:
    line = Polite(world.centre.transport())
    world.centre.__dict__["transport"] = lambda: line


LAST = "(SELECT node, inc, MAX(seq) FROM link GROUP BY node, inc)"
A_SALE = "(SELECT MIN(id) FROM sale WHERE kind = 'sale')"

PLANTS: dict[str, Plant] = {
    "U1": lambda w: hq(w, "DELETE FROM link WHERE seq = 2"),
    "U2": lambda w: hq(w, "UPDATE link SET hash = x'00' WHERE seq = 2"),
    "U3": lambda w: (
        no_forks(w),
        node(w.disks[1], "UPDATE link SET hash = zeroblob(32) WHERE seq = 2"),
    ),
    "U4": false_receipt,
    "U5": lambda w: hq(w, f"DELETE FROM event_seen WHERE id = {A_SALE}"),
    "U6": lambda w: hq(w, f"DELETE FROM sale WHERE id = {A_SALE}"),
    "U7": lambda w: node(
        w.disks[0], "UPDATE body SET body = CAST(body || ' ' AS BLOB) WHERE type = 'shift.opened'"
    ),
    "U8": lambda w: said(w, Answer(422, {}, b"")),
    "U9": lambda w: with_state(w, "projecting", False, lambda w: said(w, Answer(503, {}, b""))),
    "U10": lambda w: hq(
        w,
        "INSERT INTO parked_key (agg, node, inc, seq) SELECT 'sale:nobody', node, inc, seq FROM link LIMIT 1",
    ),
    "U11": lambda w: _deleted_too_early(w, w.disks[0]),
    "U12": lambda w: _mint_often(w.disks[1]),
    "U13": half_a_sale,
    "U14": lambda w: hq(w, "UPDATE link SET prev = zeroblob(32), hash = zeroblob(32) WHERE seq = 1"),
    "U15": lambda w: hq(w, f"UPDATE sale SET total_minor = total_minor + 1 WHERE id = {A_SALE}"),
    "U16": lambda w: _forget_a_link(w),
    "L1": lambda w: hq(
        w, "UPDATE posting SET quantity = quantity + 1 WHERE n = 0 AND account LIKE 'stock:%'"
    ),
    "L2": lambda w: hq(w, "UPDATE balance SET quantity = quantity + 1 WHERE account = 'safe:001'"),
    "L4": lambda w: hq(w, f"UPDATE posting SET quantity = quantity * 2 WHERE id = {A_SALE}"),
    "N1": lambda w: (no_forks(w), _drop_a_sale(w)),
    "L9": lambda w: hq(w, "UPDATE sale_line SET quantity = 1 WHERE original_line IS NULL"),
    "L5": lambda w: hq(w, "UPDATE balance SET quantity = quantity + 1 WHERE account = 'cash:001:01'"),
    "L7": lambda w: hq(w, "UPDATE sale_tender SET amount_minor = amount_minor + 1"),
    "D1": lambda w: hq(w, "DELETE FROM scope_change WHERE version = 1"),
    "D2": rows_looked_at(lambda w: reference(w.disks[0], "UPDATE row SET bytes = x'7b7d'")),
    "D3": rows_looked_at(lambda w: reference(w.disks[0], "UPDATE scope SET digest = zeroblob(32)")),
    "D4": rows_looked_at(lambda w: None, later=1),
    "D5": lambda w: reference(w.disks[0], "DELETE FROM row WHERE scope = 'chain'"),
    "D7": lambda w: hq(w, "UPDATE scope_change SET bytes = x'7b7d' WHERE bytes IS NOT NULL"),
    "D8": half_a_switch,
    "D10": rows_looked_at(hologram_forgotten),
    "D9": lambda w: reference(w.disks[0], "UPDATE price SET price_minor = price_minor + 1"),
    "I1": lambda w: (
        no_forks(w),
        node(w.disks[1], "UPDATE link SET bh = zeroblob(32) WHERE seq = 2"),
    ),
    "I2": lambda w: _append_to_the_past(w.disks[0]),
    "I3": another_epoch("00000099-never"),
    "I5": lambda w: hq(w, "UPDATE posting SET quantity = quantity * 3 WHERE account NOT LIKE '%:x'"),
    "I6": another_epoch(),
    "I4": lambda w: hq(w, "DELETE FROM event_seen WHERE node = '001'"),
    "M4": lambda w: node(
        w.disks[0],
        'UPDATE body SET body = CAST(replace(CAST(body AS TEXT), \'"hlc":"0\', \'"hlc":"f\') AS BLOB)'
        " WHERE rowid = 3",
    ),
    "P1": polite,
    "P2": lambda w: hq(w, "UPDATE parked SET state = 'dismissed' WHERE reason = 'unknown_type'"),
    "P3": swallowed,
    "P6": wrong_clock,
    "P7": lambda w: node(w.disks[1], "DELETE FROM receipted"),
    "P8": lambda w: hq(
        w, f"UPDATE posting SET account = 'cash:009:01' WHERE id = {A_SALE} AND account LIKE 'stock:%'"
    ),
}


def _deleted_too_early(world: World, disk: Disk) -> None:
    """A disk deletes on a receipt alone: no backup has it, and it is of today."""
    purged = dict(disk.purged), set(disk.held)
    node(
        disk,
        "UPDATE inc SET purged_seq = 3, purged_hash = (SELECT hash FROM link l WHERE l.inc = inc.inc AND seq = 3)"
        " WHERE current = 1",
    )
    note_purged(world, world.centre, disk)
    disk.purged, disk.held = purged


def _mint_often(disk: Disk) -> None:
    for n in range(9):
        node(
            disk,
            "INSERT INTO inc (inc, node, ordinal, series, public_key, record, signature, reason, current, minted_at)"
            f" SELECT printf('%032d', {n}), node, 90 + {n}, 'S{n}', public_key, record, signature, 'fork', 0, 0"
            " FROM inc LIMIT 1",
        )


def _append_to_the_past(disk: Disk) -> None:
    """The newest event gets a link in an incarnation that ended long ago."""
    node(
        disk,
        "INSERT INTO inc (inc, node, ordinal, series, public_key, record, signature, reason, current, minted_at)"
        " SELECT printf('%032d', 7), node, 0, 'OLD', public_key, record, signature, 'fork', 0, 0 FROM inc LIMIT 1",
        "INSERT INTO link (inc, seq, prev, bh, hash, id) SELECT printf('%032d', 7), 1, l.prev, l.bh, l.hash, l.id FROM link l"
        " JOIN body b ON b.id = l.id WHERE b.replayed = 0 ORDER BY b.rowid DESC LIMIT 1",
    )


def _drop_a_sale(world: World) -> None:
    """HQ lacks a receipt in the middle of a series."""
    hq(world, "DELETE FROM body WHERE CAST(body AS TEXT) LIKE '%\"n\":1,%'")


def _forget_a_link(world: World) -> None:
    """HQ has lost the end of every log and its booking: a repeated push brings it again."""
    hq(world, f"DELETE FROM body WHERE (node, inc, seq) IN {LAST}")
    hq(world, "UPDATE origin SET seq = 0, hash = (SELECT prev FROM link l WHERE l.node = origin.node"
              " AND l.inc = origin.inc AND l.seq = 1) WHERE EXISTS (SELECT 1 FROM link l WHERE l.node = origin.node"
              " AND l.inc = origin.inc)")  # fmt: skip
    hq(world, "DELETE FROM link")
    hq(world, "DELETE FROM body")


def test_every_checker_has_a_plant() -> None:
    assert PLANTS.keys() == CHECKS.keys()


def test_the_world_as_played_breaks_nothing(played: World) -> None:
    with undone(played):
        assert check(played).violated == []


@pytest.mark.parametrize(
    ("name", "plant"), [*PLANTS.items(), ("U10", passed), ("I2", behind), ("P7", unheard)]
)
def test_a_planted_violation_is_found(played: World, name: str, plant: Plant) -> None:
    with undone(played):
        plant(played)

        found = [problem for problem in CHECKS[name](played) if problem is not None]

    assert found, name


def test_silence_is_reported(played: World) -> None:
    with undone(played):
        report = check(played)
    report.faults.clear()
    report.evaluated["U1"] = 0

    assert silent(report)[0] == "invariant U1"
    assert len(silent(report)) > len(COUNTED)
