"""What a boot makes of a state that a lying drive has left, with a mirror beside it: who notices, what is back after.

A whole boot as the server does it: the node opens (engine, witness), the mirror compares and gives back, the scrub
looks and mends beside the first sale. Who noticed is what the node itself says. A state that the engine refuses and of
which `lianpu-edge scrub --repair` can keep nothing is a dead computer: a new one is rebuilt from HQ and the mirror.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from structlog.testing import capture_logs

from edge.mirror.folder import Folder
from edge.mirror.keeper import Mirror, owner_of
from edge.mirror.keys import Keys
from edge.mirror.recover import records_after
from edge.node import Node
from edge.rebuild.actions import rebuild
from edge.scrub.alone import scrub_alone
from kit.clock import ManualClock
from kit.db import Database, DatabaseError
from proof.crash.judge import materialise
from proof.crash.shop import HOME, STORE, Shop
from proof.sim.parties import a_node, open_node
from retail.errors import Misconfigured
from schemas.events.base import decode

SCRUB_SECONDS = 60.0
ROLLED_BACK = "node.rolled_back"
FAILED = ("scrub.failed", "mirror.failed")
"""A thread came upon something; only the engine's own words are foreseen."""
ENGINE, WITNESS, MIRROR, PAGES, NOBODY = (
    "engine, at the boot",
    "witness, at the boot",
    "mirror, at the boot",
    "pages of two ages, beside the first sale",
    "nobody",
)


ITSELF, BY_HAND, REFUSED = "by itself", "with lianpu-edge scrub --repair", "with lianpu-edge rebuild"


@dataclass(frozen=True)
class Booted:
    """Who noticed first; which way the files came back into order; the sales there are then; what was raised that is
    no refusal in words.
    """

    who: str
    way: str
    sales: frozenset[str]
    raised: str = ""


def boot_again(shop: Shop, files: dict[str, bytes], stick: Path | None, folder: Path) -> Booted:
    """Start the node of a state with a copy of its stick; what it cannot mend while it runs is mended by hand.

    Whatever a person would see as a traceback is raised: a refusal in words is none.
    """
    shutil.rmtree(folder, ignore_errors=True)
    materialise(files, folder)
    if stick is not None:
        shutil.copytree(stick, folder / "stick")
    home = folder / HOME

    def opened() -> Node:
        node = open_node(home, ManualClock(shop.clock.now_ms() + 60_000))
        place = None if stick is None else Folder(folder / "stick", owner_of(node))
        Mirror(node, place, shop.centre.transport())
        node.scrubber.transport = shop.centre.transport()
        return node

    try:
        who, way = _start(opened), ITSELF
    except Misconfigured:
        who, way = ENGINE, BY_HAND
    found = _whole(home)
    if found is None:
        way = BY_HAND
        try:
            scrub_alone(home, opened, repair=True, tell=lambda looked: None)
            _start(opened)
        except Misconfigured:
            return Booted(who, REFUSED, frozenset())
        found = _whole(home)
    return Booted(who, way if found is not None else REFUSED, found or frozenset())


def _start(opened: Callable[[], Node]) -> str:
    """Who noticed first, by what the node says: each is asked in the order in which a boot comes to it."""
    with capture_logs() as said:
        compared, mended = _serve(opened())
    for entry in said:
        if entry["event"] in FAILED and not isinstance(entry["exc_info"], DatabaseError):
            raise entry["exc_info"]
    if any(entry["event"] == ROLLED_BACK for entry in said):
        return WITNESS
    if compared:
        return MIRROR
    return PAGES if mended else NOBODY


def _serve(node: Node) -> tuple[bool, bool]:
    """What the server does beside the first sale: has the mirror's comparison found something, has the look?"""
    mirror = node.mirror
    try:
        mirror.turn()
        compared = bool(mirror.brought_back)
        node.scrubber.start()
        node.scrubber.wait(SCRUB_SECONDS)
        mirror.turn()  # what it could not write before the pages were mended
        looked = node.scrubber.last()
    finally:
        node.close()
    mended = looked is not None and bool(looked.findings or looked.repaired)
    return compared, mended or bool(mirror.brought_back)


def _whole(home: Path) -> frozenset[str] | None:
    """The sales of a closed database; None when the engine finds anything wrong with it."""
    try:
        database = Database(home / "node.sqlite")
        try:
            return None if database.integrity_problems() else frozenset(sales_of(database))
        finally:
            database.close()
    except (Misconfigured, DatabaseError):
        return None


def sales_of(db: Database) -> list[str]:
    """The ids of the sales on a disk."""
    return [row[0] for row in db.rows("SELECT id FROM body WHERE type = 'sale.completed'")]


def mirrored(node: Node, stick: Path, shop: Shop) -> frozenset[str]:
    """The sales in a mirror, opened with the device's key."""
    place, keys = Folder(stick, owner_of(node)), Keys(node, shop.centre.transport())
    events = [
        decode(keys.seal(one.life.device).open(record))
        for one in place.standings()
        for piece in records_after(place, one.life, one.first_seq - 1)
        for record in piece
    ]
    return frozenset(event.id for event in events if event.type == "sale.completed")


def rebuilt(shop: Shop, stick: Path, folder: Path) -> frozenset[str]:
    """The sales on a new computer that takes the dead one's place with its stick."""
    shutil.copytree(stick, folder / "stick")
    node = a_node(folder / HOME, shop.centre, STORE, shop.clock)
    try:
        rebuild(node, Folder(folder / "stick", owner_of(node)), (), shop.centre.transport)
        return frozenset(sales_of(node.db))
    finally:
        node.close()
