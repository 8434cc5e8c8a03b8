"""What both kinds of database hold in common: incarnations, links and events, read into one shape."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from proof.verify.body import BodyBroken, parse
from proof.verify.payloads import complete, misshapen
from proof.verify.source import Source

IncKey = tuple[str, str]
Place = tuple[str, str, int]


@dataclass(frozen=True)
class Inc:
    """One incarnation; `end` is the last seq and hash that the database claims to have, where it says so."""

    node: str
    inc: str
    ordinal: int
    parent: tuple[str, int, bytes] | None
    public_key: bytes
    record: bytes
    signature: bytes
    purged: tuple[int, bytes] | None = None
    end: tuple[int, bytes] | None = None

    @property
    def key(self) -> IncKey:
        """(node, inc)"""
        return self.node, self.inc


@dataclass(frozen=True)
class Link:
    """One place in a chain."""

    seq: int
    prev: bytes
    bh: bytes
    hash: bytes
    id: str | None = None
    abandoned: bool = False


@dataclass(frozen=True)
class Event:
    """A body that could be read. `place` is where it is first linked, `p` its payload with defaults filled in.

    `sound` says that the payload has its shape; only sound events are judged further.
    """

    id: str
    node: str
    store: str
    place: Place
    bh: bytes
    body: bytes
    facts: dict[str, Any]
    p: dict[str, Any]
    sound: bool
    replayed: bool = False

    @property
    def type(self) -> str:
        """The event's type."""
        return str(self.facts["type"])

    @property
    def at(self) -> int:
        """When."""
        return int(self.facts["at"])

    @property
    def hlc(self) -> str:
        """The logical time that orders events of one document."""
        return str(self.facts["hlc"])

    @property
    def day(self) -> str | None:
        """The business date."""
        found: str | None = self.facts["day"]
        return found

    @property
    def shift(self) -> str | None:
        """The shift."""
        found: str | None = self.facts["shift"]
        return found

    @property
    def actor(self) -> dict[str, Any]:
        """Who."""
        return dict(self.facts["actor"])

    @property
    def post(self) -> list[tuple[str, str, int]]:
        """The postings."""
        return [(row[0], row[1], row[2]) for row in self.facts["post"]]

    @property
    def number(self) -> str | None:
        """The printed number of a sale or return."""
        found = self.p.get("number")
        return found if isinstance(found, str) else None


@dataclass
class Journal:
    """Everything that was said, as one database has it. `broken` are bodies that are none: (place or id) → why.

    `holes` are the events that HQ has recorded as lost: node → how many. `lost` are the places (first, last) that are
    rightly empty here: purged at the store, or in a hole at HQ.
    """

    source: Source
    incs: dict[IncKey, Inc] = field(default_factory=dict)
    links: dict[IncKey, list[Link]] = field(default_factory=lambda: defaultdict(list))
    bodies: dict[Any, bytes] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    broken: dict[Any, str] = field(default_factory=dict)
    by_id: dict[str, Event] = field(default_factory=dict)
    forked: dict[IncKey, int] = field(default_factory=dict)
    holes: dict[str, int] = field(default_factory=dict)
    lost: dict[IncKey, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def purged(self) -> bool:
        """Has this disk deleted what HQ can restore?"""
        return any(inc.purged for inc in self.incs.values())

    def given_back(self, id_: object) -> bool:
        """Did HQ give this event of a clone back, at a place where an abandoned link of ours stands?"""
        event = self.by_id.get(str(id_))
        return event is not None and event.replayed and bool(self.forked)

    def of_type(self, *types: str) -> list[Event]:
        """Sound events of these types in logical order."""
        found = [event for event in self.events if event.sound and event.type in types]
        return sorted(found, key=lambda event: (event.hlc, event.id))

    def number_of(self, id_: str | None) -> str | None:
        """The receipt number behind an event's id, for findings."""
        event = self.by_id.get(id_ or "")
        return event.number if event else None

    def add(self, key: Any, raw: bytes, **facts: Any) -> None:
        """Read one body; what cannot be read is remembered with its reason."""
        try:
            found = parse(raw)
        except BodyBroken as error:
            self.broken[key] = str(error)
            return
        payload = complete(found["type"], found["p"])
        why = misshapen(found["type"], payload)
        if why is not None and found["tv"] == 1:
            self.broken[key] = why
        event = Event(id=found["id"], body=raw, facts=found, p=payload, sound=why is None, **facts)
        self.events.append(event)
        self.by_id.setdefault(event.id, event)


def _bytes(value: object) -> bytes:
    """What a damaged page gives in the place of bytes is no body of anything."""
    return value if isinstance(value, bytes) else b""


def of_edge(source: Source) -> Journal:
    """The journal of a store's node."""
    journal = Journal(source)
    store = source.value("SELECT value FROM meta WHERE name = 'store'") or ""
    for row in source.rows("SELECT * FROM inc ORDER BY ordinal"):
        parent = (row["parent_inc"], row["parent_seq"], row["parent_hash"]) if row["parent_inc"] else None
        purged = (row["purged_seq"], row["purged_hash"]) if row["purged_seq"] else None
        inc = Inc(
            row["node"],
            row["inc"],
            row["ordinal"],
            parent,
            row["public_key"],
            row["record"],
            row["signature"],
            purged,
        )
        journal.incs[inc.key] = inc
        if purged:
            journal.lost[inc.key].append((1, purged[0]))
        store = store or row["node"]
    nodes = {key[1]: key[0] for key in journal.incs}
    places: dict[str, Place] = {}
    for row in source.rows("SELECT * FROM link ORDER BY inc, seq"):
        node = nodes.get(row["inc"], "")
        link = Link(row["seq"], row["prev"], row["bh"], row["hash"], row["id"], bool(row["abandoned"]))
        journal.links[(node, row["inc"])].append(link)
        if link.abandoned:
            journal.forked.setdefault((node, row["inc"]), link.seq)
        if not link.abandoned or link.id not in places:
            places[row["id"]] = (node, row["inc"], row["seq"])
    for row in source.rows("SELECT * FROM body ORDER BY rowid"):
        raw = journal.bodies[row["id"]] = _bytes(row["body"])
        place = places.get(row["id"], (store, "", 0))
        journal.add(
            row["id"], raw, node=place[0], store=store, place=place, bh=row["bh"],
            replayed=bool(row["replayed"]),
        )  # fmt: skip
    return journal


def of_hq(source: Source) -> Journal:
    """The journals of all nodes as HQ stored them; an id that came twice counts once, where it was seen first."""
    journal = Journal(source)
    stores = {row["node"]: row["store"] for row in source.rows("SELECT node, store FROM node")}
    ends = {
        (row["node"], row["inc"]): (row["seq"], row["hash"]) for row in source.rows("SELECT * FROM origin")
    }
    for row in source.rows("SELECT * FROM inc ORDER BY node, ordinal"):
        parent = (row["parent_inc"], row["parent_seq"], row["parent_hash"]) if row["parent_inc"] else None
        key = (row["node"], row["inc"])
        journal.incs[key] = Inc(
            row["node"], row["inc"], row["ordinal"], parent, row["public_key"], row["record"], row["signature"],
            end=ends.get(key),
        )  # fmt: skip
    seen = {
        row["id"]: (row["node"], row["inc"], row["seq"]) for row in source.rows("SELECT * FROM event_seen")
    }
    hashes: dict[Place, bytes] = {}
    for row in source.rows("SELECT * FROM link ORDER BY node, inc, seq"):
        link = Link(row["seq"], row["prev"], row["bh"], row["hash"])
        journal.links[(row["node"], row["inc"])].append(link)
        hashes[(row["node"], row["inc"], row["seq"])] = row["bh"]
    for row in source.rows("SELECT * FROM body ORDER BY node, inc, seq"):
        place = (row["node"], row["inc"], row["seq"])
        raw = journal.bodies[place] = _bytes(row["body"])
        facts = {"node": row["node"], "store": stores.get(row["node"], row["node"]), "place": place}
        journal.add(place, raw, bh=hashes.get(place, b""), **facts)
    _once(journal, seen)
    journal.forked = {(row["node"], row["inc"]): row["seq"] for row in source.rows("SELECT * FROM fork")}
    for row in source.rows("SELECT node, inc, from_seq, to_seq FROM hole ORDER BY node, inc, from_seq"):
        journal.lost[(row["node"], row["inc"])].append((row["from_seq"], row["to_seq"]))
        journal.holes[row["node"]] = journal.holes.get(row["node"], 0) + row["to_seq"] - row["from_seq"] + 1
    return journal


def _once(journal: Journal, seen: dict[str, Place]) -> None:
    """Keep of each id the event that HQ applied: the one at its place in event_seen, else the first."""
    kept: dict[str, Event] = {}
    for event in journal.events:
        if event.id not in kept or seen.get(event.id) == event.place:
            kept[event.id] = event
    journal.events = list(kept.values())
    journal.by_id = kept
