"""Invariants that are looked at while the world runs: at each answer of HQ, at each step of a cursor."""

from __future__ import annotations

from typing import Any

import msgspec

from kit.db import Row
from proof.sim.disks import Disk
from proof.sim.parties import Centre
from proof.sim.stage import Stage
from schemas import wire
from schemas.rows.registry import KINDS as ROW_KINDS
from schemas.wire.up import Receipt
from sync.calls import Answer, Request
from sync.digest import UNKNOWN, of_rows

CLOCK_ODD_MS = 3_600_000
BACKUPS_MIN = 3
KEPT_MS = 30 * 86_400_000


def note_push(stage: Stage, centre: Centre, disk: Disk, request: Request, answer: Answer) -> None:
    """U4, U8, U9, P6 at the moment at which HQ answers."""
    record = stage.record
    if answer.status == 401:
        return
    ok = None if answer.status == 200 else f"{disk.name}: push answered {answer.status}"
    record.note("U8", ok)
    if not stage.projecting:
        record.note("U9", ok)
    if abs(disk.clock.offset_ms) > CLOCK_ODD_MS:
        record.note("P6", ok)
    kind = wire.kind_of(answer.body) if answer.status == 200 else ""
    if kind == "receipt":
        said = wire.decode(answer.body, Receipt)
        row = centre.hq.db.row(
            "SELECT hash FROM link WHERE node = :n AND inc = :i AND seq = :s",
            {"n": said.node, "i": said.inc, "s": said.seq},
        )
        stored = row is not None and bytes(row[0]) == said.hash
        record.note("U4", None if stored else f"{disk.name}: receipt for {said.seq} that is not stored")
    if kind in ("receipt", "fork") and len(record.pushes) < 400:  # of anything else HQ has kept nothing
        record.pushes.append(request)


def note_told(stage: Stage, disk: Disk, answer: Answer) -> None:
    """P7: what a shop tells of itself is taken, unless it has to greet again first."""
    refused = answer.status not in (204, 401)
    stage.record.note("P7", f"{disk.name}: telemetry answered {answer.status}" if refused else None)


def note_applied(stage: Stage, disk: Disk) -> None:
    """D2, D3, D4, D8, D10 whenever a cursor or the set of scopes in force has moved."""
    inbox = disk.links.down.inbox
    for cursor in inbox.cursors():
        seen = disk.cursors.get(cursor.scope)
        place = (cursor.epoch, cursor.version)
        if seen == place:
            continue
        disk.cursors[cursor.scope] = place
        if cursor.digest == UNKNOWN:
            disk.cursors.pop(cursor.scope)
            continue
        _note_version(stage, disk, cursor.scope, cursor.version, cursor.digest)
        silent = stage.record.copied_back or place[0] in stage.record.copied_epochs
        if seen is not None and seen[0] == place[0] and not silent:
            fell = place[1] < seen[1]
            stage.record.note("D4", f"{disk.name} {cursor.scope}: {seen} → {place}" if fell else None)
    _note_in_force(stage, disk)


def _note_version(stage: Stage, disk: Disk, scope: str, version: int, digest: bytes) -> None:
    rows = {
        (row["kind"].removeprefix("~"), row["key"]): row["bytes"]
        for row in disk.node.reference.db.rows("SELECT kind, key, bytes FROM row WHERE scope = ?", (scope,))
    }
    published = stage.record.versions.get(scope, {}).get((version, digest), {} if version == 0 else None)
    whole = rows == published
    stage.record.note("D2", None if whole else f"{disk.name} {scope}: rows are not version {version}")
    sound = of_rows((kind, key, data) for (kind, key), data in rows.items()) == digest
    stage.record.note("D3", None if sound else f"{disk.name} {scope}: digest of version {version}")
    newer = {place for place in published or {} if place[0] not in ROW_KINDS}
    if newer:
        kept = newer <= rows.keys()
        stage.record.note("D10", None if kept else f"{disk.name} {scope}: rows of a newer HQ are gone")
    wider = {place: data for place, data in (published or {}).items() if b'"hue"' in data}
    if wider:
        kept = wider.items() <= rows.items()
        stage.record.note("D10", None if kept else f"{disk.name} {scope}: fields of a newer HQ are gone")


def _note_in_force(stage: Stage, disk: Disk) -> None:
    """A scope is given up only when what comes in its place is whole, and nothing of it stays behind."""
    stored = disk.node.reference.db.rows("SELECT scope, state, version, digest FROM scope")
    live = frozenset(row["scope"] for row in stored if row["state"] == "live")
    before, disk.in_force = disk.in_force, live
    if before == live:
        return
    zones = sorted(scope for scope in live if scope.startswith("zone:"))
    stage.record.note("D8", f"{disk.name}: prices of {zones} hold at once" if len(zones) > 1 else None)
    if not before:
        return
    lost = before - live
    left = {row["scope"] for row in disk.node.reference.db.rows("SELECT DISTINCT scope FROM row")} & lost
    stage.record.note("D8", f"{disk.name}: rows of {sorted(left)} stay behind" if left else None)
    if any(scope.startswith("zone:") for scope in lost):
        gained = [row for row in stored if row["scope"] in live - before and row["scope"].startswith("zone:")]
        whole = bool(gained) and all(_published(stage, row) for row in gained)
        stage.record.note("D8", None if whole else f"{disk.name}: {sorted(lost)} given up for nothing whole")


def _published(stage: Stage, row: Row) -> bool:
    place = (row["version"], row["digest"])
    return row["version"] == 0 or place in stage.record.versions.get(row["scope"], {})


def note_epoch(stage: Stage, centre: Centre) -> None:
    """I6: an epoch that HQ enters was never one before. I3: what was lost in silence raises it at most once."""
    record, epoch = stage.record, str(centre.hq.db.value("SELECT value FROM hq_meta WHERE name = 'epoch'"))
    if record.epochs and record.epochs[-1] == epoch:
        return
    if record.epochs:
        again = epoch in record.epochs
        record.note("I6", f"HQ enters {epoch} again" if again else None)
        record.raises_left -= 1
        record.note("I3", None if record.raises_left >= 0 else f"HQ raised its epoch without a loss: {epoch}")
    record.epochs.append(epoch)
    record.copied_back = False


def note_restored(stage: Stage, centre: Centre, *, raised: bool) -> None:
    """HQ has lost something: the epoch may change once more, by the restore itself or by what it then finds out."""
    record = stage.record
    if not raised:
        record.copied_back = True
        record.epochs.append(str(centre.hq.db.value("SELECT value FROM hq_meta WHERE name = 'epoch'")))
        record.copied_epochs.add(
            record.epochs[-1]
        )  # what it said then may arrive after it has raised its epoch
    record.raises_left = 1
    note_epoch(stage, centre)


def note_whole(stage: Stage, disk: Disk) -> None:
    """U13: after a crash a sale is there with everything or not at all, and what was promised is there."""
    sales = {row["id"] for row in disk.node.db.rows("SELECT id FROM body WHERE type = 'sale.completed'")}
    shown = {row["id"] for row in disk.node.db.rows("SELECT id FROM document WHERE kind = 'sale'")}
    odd = {row["id"] for row in disk.node.db.rows("SELECT id FROM body WHERE replayed = 1")}
    whole = shown <= sales and sales - shown <= odd
    stage.record.note("U13", None if whole else f"{disk.name}: a sale without its rows")
    loose = disk.node.db.value(
        "SELECT count(*) FROM body WHERE replayed = 0 AND id NOT IN (SELECT id FROM link)"
    )
    stage.record.note("U13", f"{disk.name}: {loose} bodies without a link" if loose else None)
    kept = disk.held <= sales
    stage.record.note("U13", None if kept else f"{disk.name}: a promised sale is gone")


def note_purged(stage: Stage, centre: Centre, disk: Disk) -> None:
    """U11 whenever a disk has deleted: HQ and three backups have it, it is old, and the last receipted event stays.

    A date that has not come was a wrong clock's: then it is as old as what HQ took.
    """
    now = centre.hq.clock.now_ms()
    for row in disk.node.db.rows("SELECT node, inc, purged_seq, purged_hash FROM inc WHERE purged_seq > 0"):
        place, last, before = (row["node"], row["inc"]), row["purged_seq"], disk.purged.get(row["inc"], 0)
        if last <= before:
            continue
        disk.purged[row["inc"]] = last
        facts = {"node": place[0], "inc": place[1], "a": before + 1, "z": last}
        taken = centre.hq.db.rows(
            "SELECT body, recv_at FROM body WHERE node = :node AND inc = :inc AND seq BETWEEN :a AND :z",
            facts,
        )
        gone = [msgspec.json.decode(bytes(body)) | {"recv_at": recv_at} for body, recv_at in taken]
        disk.held -= {event["id"] for event in gone}
        at_hq = centre.hq.db.value(
            "SELECT hash FROM link WHERE node = :node AND inc = :inc AND seq = :z", facts
        )
        same = len(gone) == last - before and at_hq is not None and bytes(at_hq) == row["purged_hash"]
        stage.record.note("U11", None if same else f"{disk.name}: deleted what HQ has not: {last}")
        proven = sum(heads.get(place, 0) >= last for heads in stage.record.backups)
        words = f"{disk.name}: deleted up to {last}, which {proven} backups have"
        stage.record.note("U11", None if proven >= BACKUPS_MIN else words)
        young = [event["id"] for event in gone if _written_by(event, now) > now - KEPT_MS]
        stage.record.note("U11", f"{disk.name}: deleted what is young: {young[:2]}" if young else None)
        kept = disk.node.db.value(
            "SELECT count(*) FROM receipted r JOIN link l ON l.inc = r.inc AND l.seq = r.seq WHERE r.inc = ?",
            (row["inc"],),
        )
        stage.record.note("U11", None if kept else f"{disk.name}: deleted its last receipted event")


def _written_by(event: dict[str, Any], now_ms: int) -> int:
    return int(event["at"] if event["at"] <= now_ms else event["recv_at"])


def note_order(stage: Stage, centre: Centre) -> None:
    """U10 while things are open: of one log, what shares a key with an earlier open event waits, the rest does not."""
    rows = centre.hq.db.rows("SELECT node, inc, seq, state FROM parked WHERE state IN ('parked', 'waiting')")
    opened = {(row[0], row[1], row[2]): row[3] for row in rows}
    blocked = {row[0] for row in centre.hq.db.rows("SELECT agg FROM parked_key")}
    for node, inc in {place[:2] for place in opened}:
        applied = centre.hq.db.value(
            "SELECT seq FROM applied WHERE node = :n AND inc = :i", {"n": node, "i": inc}
        )
        first = min(place[2] for place in opened if place[:2] == (node, inc))
        bodies = centre.hq.db.rows(
            # an event that was written anew has its place where its id was seen first, and is skipped here
            "SELECT b.seq, b.body FROM body b JOIN event_seen e ON e.node = b.node AND e.inc = b.inc AND e.seq = b.seq"
            " WHERE b.node = :n AND b.inc = :i AND b.seq BETWEEN :a AND :z ORDER BY b.seq",
            {"n": node, "i": inc, "a": first, "z": applied or 0},
        )
        held: set[str] = set()
        for seq, body in bodies:
            keys = set(msgspec.json.decode(bytes(body))["agg"])
            state = opened.get((node, inc, seq))
            if state is None:
                stage.record.note(
                    "U10", f"{node}/{seq} has passed {sorted(keys & held)}" if keys & held else None
                )
            elif state == "waiting":
                stage.record.note(
                    "U10", None if keys & (held | blocked) else f"{node}/{seq} waits for nothing"
                )
            held |= keys if state else set()
