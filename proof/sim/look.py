"""What the checks look at: logs at HQ and on every disk as plain values, made once per world."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from proof.sim.disks import Disk
from proof.sim.world import World
from sync.chain import genesis


@dataclass(frozen=True)
class Link:
    """A link as stored; `live` is false for one that was abandoned."""

    seq: int
    prev: bytes
    bh: bytes
    hash: bytes
    id: str = ""
    live: bool = True
    replayed: bool = False


@dataclass
class Look:
    """A finished world, read once. `hq` and `disks` map (node, inc) → links in order."""

    world: World
    records: dict[tuple[str, str], bytes] = field(default_factory=dict)

    @cached_property
    def hq(self) -> dict[tuple[str, str], list[Link]]:
        """HQ's logs."""
        found: dict[tuple[str, str], list[Link]] = defaultdict(list)
        for row in self.world.centre.hq.db.rows(
            "SELECT node, inc, seq, prev, bh, hash FROM link ORDER BY seq"
        ):
            found[(row[0], row[1])].append(Link(row[2], bytes(row[3]), bytes(row[4]), bytes(row[5])))
        for row in self.world.centre.hq.db.rows("SELECT node, inc, record FROM inc"):
            self.records[(row[0], row[1])] = bytes(row[2])
            found.setdefault((row[0], row[1]), [])
        return found

    @cached_property
    def hq_bodies(self) -> dict[tuple[str, str, int], bytes]:
        """HQ's bodies by place."""
        rows = self.world.centre.hq.db.rows("SELECT node, inc, seq, body FROM body")
        return {(row[0], row[1], row[2]): bytes(row[3]) for row in rows}

    @cached_property
    def events(self) -> dict[str, dict[str, Any]]:
        """id → event of everything readable at HQ."""
        found = {}
        for body in self.hq_bodies.values():
            event = msgspec.json.decode(body)
            found[event["id"]] = event
        return found

    @cached_property
    def disks(self) -> dict[str, dict[tuple[str, str], list[Link]]]:
        """Disk name → logs, abandoned links included."""
        return {disk.name: self._disk(disk) for disk in self.world.disks}

    def _disk(self, disk: Disk) -> dict[tuple[str, str], list[Link]]:
        found: dict[tuple[str, str], list[Link]] = defaultdict(list)
        for row in disk.node.db.rows("SELECT node, inc, record FROM inc"):
            self.records[(row["node"], row["inc"])] = row["record"]
            found[(row["node"], row["inc"])] = []
        rows = disk.node.db.rows(
            "SELECT i.node, l.*, b.replayed FROM link l JOIN inc i ON i.inc = l.inc JOIN body b ON b.id = l.id"
            " ORDER BY l.inc, l.seq"
        )
        for row in rows:
            found[(row["node"], row["inc"])].append(
                Link(row["seq"], row["prev"], row["bh"], row["hash"], row["id"], not row["abandoned"],
                     bool(row["replayed"]))
            )  # fmt: skip
        return found

    @cached_property
    def purged(self) -> dict[tuple[str, tuple[str, str]], bytes]:
        """(disk name, log) → hash of the last deleted link, where a disk has deleted."""
        return {
            (disk.name, (row["node"], row["inc"])): row["purged_hash"]
            for disk in self.world.disks
            for row in disk.node.db.rows("SELECT node, inc, purged_hash FROM inc WHERE purged_seq > 0")
        }

    def genesis(self, place: tuple[str, str]) -> bytes:
        """What stands before the first link."""
        return genesis(self.records[place])

    @cached_property
    def owners(self) -> dict[str, str]:
        """id → the node under which HQ has applied it."""
        return {row[0]: row[1] for row in self.hq_rows("SELECT id, node FROM event_seen")}

    @cached_property
    def forked(self) -> set[tuple[str, str]]:
        """Incarnations with a fork record."""
        return {(row[0], row[1]) for row in self.world.centre.hq.db.rows("SELECT node, inc FROM fork")}

    @cached_property
    def holes(self) -> set[tuple[str, int]]:
        """(inc, seq) of every event that HQ names as lost."""
        spans = self.hq_rows("SELECT inc, from_seq, to_seq FROM hole")
        return {(inc, seq) for inc, first, last in spans for seq in range(first, last + 1)}

    @cached_property
    def unsettled(self) -> dict[tuple[str, str, int], Any]:
        """Parked and waiting entries by place."""
        rows = self.world.centre.hq.db.rows("SELECT * FROM parked WHERE state IN ('parked', 'waiting')")
        return {(row.node, row.inc, row.seq): row for row in rows}

    def hq_rows(self, sql: str, **params: Any) -> list[Any]:
        """A query at HQ."""
        return self.world.centre.hq.db.rows(sql, params)


@dataclass
class _Shared:
    """The look that the checks of one world share; `world` is None while nothing is shared."""

    world: World | None = None
    look: Look | None = None


_shared = _Shared()


@contextmanager
def sharing(world: World) -> Iterator[None]:
    """Inside, every check sees the same look, until one of them says that it has changed something."""
    _shared.world, _shared.look = world, None
    try:
        yield
    finally:
        _shared.world = _shared.look = None


def changed() -> None:
    """A check has made HQ do something: the next one looks anew."""
    _shared.look = None


def look_at(world: World) -> Look:
    """A finished world as plain values; fresh, unless checks share it."""
    look = _shared.look if _shared.world is world else None
    if look is None:
        look = Look(world)
        _ = look.hq, look.disks  # lists of records are filled by the first reads
        if _shared.world is world:
            _shared.look = look
    return look
