"""What the world notes while it runs, for checks that a look at the end cannot make."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proof.sim.checking import Finding
from schemas import wire
from schemas.wire.up import Receipt
from sync.calls import Answer, Request
from sync.digest import of_rows

if TYPE_CHECKING:
    from proof.sim.disks import Disk
    from proof.sim.world import World

CLOCK_ODD_MS = 3_600_000


@dataclass
class Record:
    """Notes by invariant name, published versions, broken envelopes, and pushes to repeat at the end."""

    notes: dict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    versions: dict[str, dict[int, dict[tuple[str, str], bytes]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    broken: list[tuple[int, bool]] = field(default_factory=list)
    pushes: list[Request] = field(default_factory=list)
    forks_expected: int = 0

    def note(self, name: str, problem: str | None = None) -> None:
        """One evaluation of an invariant; with a text it was violated."""
        self.notes[name].append(problem)


def note_push(world: World, disk: Disk, request: Request, answer: Answer) -> None:
    """U4, U8, U9, P6 at the moment at which HQ answers."""
    record = world.record
    if answer.status == 401:
        return
    ok = None if answer.status == 200 else f"{disk.name}: push answered {answer.status}"
    record.note("U8", ok)
    if not world.projecting:
        record.note("U9", ok)
    if abs(disk.clock.offset_ms) > CLOCK_ODD_MS:
        record.note("P6", ok)
    if answer.status == 200 and wire.kind_of(answer.body) == "receipt":
        said = wire.decode(answer.body, Receipt)
        row = world.centre.hq.db.row(
            "SELECT hash FROM link WHERE node = :n AND inc = :i AND seq = :s",
            {"n": said.node, "i": said.inc, "s": said.seq},
        )
        stored = row is not None and bytes(row[0]) == said.hash
        record.note("U4", None if stored else f"{disk.name}: receipt for {said.seq} that is not stored")
    if len(record.pushes) < 400:
        record.pushes.append(request)


def note_applied(world: World, disk: Disk) -> None:
    """D2, D3, D4 whenever a cursor has moved; P7 and I2 at every step."""
    inbox = disk.links.down.inbox
    for cursor in inbox.cursors():
        seen = disk.cursors.get(cursor.scope)
        place = (cursor.epoch, cursor.version)
        if seen == place:
            continue
        disk.cursors[cursor.scope] = place
        if cursor.digest == b"\xff" * 32:
            disk.cursors.pop(cursor.scope)
            continue
        _note_version(world, disk, cursor.scope, cursor.version, cursor.digest)
        if seen is not None and seen[0] == place[0]:
            fell = place[1] < seen[1]
            world.record.note("D4", f"{disk.name} {cursor.scope}: {seen} → {place}" if fell else None)


def _note_version(world: World, disk: Disk, scope: str, version: int, digest: bytes) -> None:
    rows = {
        (row["kind"].removeprefix("~"), row["key"]): row["bytes"]
        for row in disk.node.reference.db.rows("SELECT kind, key, bytes FROM row WHERE scope = ?", (scope,))
    }
    published = world.record.versions.get(scope, {}).get(version, {} if version == 0 else None)
    whole = rows == published
    world.record.note("D2", None if whole else f"{disk.name} {scope}: rows are not version {version}")
    sound = of_rows((kind, key, data) for (kind, key), data in rows.items()) == digest
    world.record.note("D3", None if sound else f"{disk.name} {scope}: digest of version {version}")
