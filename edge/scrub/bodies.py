"""Every body: its hash, the columns that were taken from it, and the rows that were derived from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from edge.journal.repository import is_sound
from edge.sales.projection import DOCUMENTS
from edge.sales.repository import place_taken
from edge.scrub.mirror import TABLES, Mirror, Rows, rows_of
from edge.scrub.model import UNREADABLE, Finding
from edge.scrub.pieces import Piece
from kit.db import Connection, Row
from retail.errors import Invalid
from schemas.events.base import Event, decode

COLUMNS = ("id", "type", "at", "day", "shift")


class Bodies:
    """Looks at pieces of bodies; remembers how many copies of each receipt were printed."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self.copies: Counter[str] = Counter()

    def look(self, tx: Connection, piece: Piece) -> Iterator[Finding]:
        """What is wrong in this piece."""
        for place, why in piece.broken:
            yield Finding(kind="unreadable", table="body", seq=place, why=f"row {place}: {why}")
        sound: list[tuple[Event, bool]] = []
        for row in piece.rows:
            event = readable(row)
            if event is None:
                number = number_of(tx, row["id"])
                yield Finding(
                    kind="body",
                    table="body",
                    seq=row["place"],
                    id=_text(row["id"]),
                    number=number,
                    why="its bytes are not what was sold",
                )
                continue
            said = {name: getattr(event, name) for name in COLUMNS}
            wrong = [name for name in COLUMNS if row[name] != said[name]]
            if wrong or row["replayed"] not in (0, 1):
                names = ", ".join(wrong or ["replayed"])
                yield Finding(
                    kind="columns",
                    table="body",
                    seq=row["place"],
                    id=event.id,
                    number=paper(event),
                    why=f"{names} differ from the body",
                )
                continue
            sound.append((event, bool(row["replayed"])))
            if event.type == "receipt.reprinted":
                self.copies[str(event.p.get("document"))] += 1
        yield from self._derived(tx, sound)

    def _derived(self, tx: Connection, sound: list[tuple[Event, bool]]) -> Iterator[Finding]:
        ids = [event.id for event, _ in sound]
        with self.mirror.showing(sound) as wanted:
            for table in TABLES:
                expected = rows_of(wanted, table, ids)
                kept, unread = _kept(tx, table, ids)
                for id_ in unread:
                    yield Finding(kind="rows", table=table, id=id_, why=f"{table} cannot be read")
                for event, replayed in sound:
                    if event.id in unread or kept.get(event.id) == expected.get(event.id):
                        continue
                    if replayed and table != "posting" and not kept.get(event.id) and place_taken(tx, event):
                        continue
                    why = f"{table} differs from the body"
                    yield Finding(kind="rows", table=table, id=event.id, number=paper(event), why=why)


def _kept(tx: Connection, table: str, ids: list[str]) -> tuple[Rows, set[str]]:
    """The rows of these events, and the events whose rows cannot be read."""
    try:
        return rows_of(tx, table, ids), set()
    except UNREADABLE:
        kept: Rows = {}
        unread = set()
    for id_ in ids:
        try:
            kept |= rows_of(tx, table, [id_])
        except UNREADABLE:
            unread.add(id_)
    return kept, unread


def readable(row: Row) -> Event | None:
    """The event of a row whose bytes have the hash that it says; None when they have not."""
    if not is_sound(row):
        return None
    try:
        return decode(row["body"])
    except Invalid:
        return None


def paper(event: Event) -> str:
    """The receipt number of a sale or return."""
    return str(event.p.get("number", "")) if event.type in DOCUMENTS else ""


def number_of(tx: Connection, id_: object) -> str:
    """The receipt number that the rows know of an event whose body cannot tell."""
    try:
        row = tx.execute("SELECT number FROM document WHERE id = ?", (id_,)).fetchone()
    except UNREADABLE:
        return ""
    return _text(row["number"]) if row else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)
