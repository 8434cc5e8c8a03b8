"""An error of the node's own (a full disk) in the middle of a conversation: sync goes on by itself when there is room."""

from __future__ import annotations

import pytest

from edge.syncing import outbox
from kit.db import Database, OperationalError
from proof.sim.parties import open_shift, sell
from tests.edge.syncing.conftest import Store, World


def fill(database: Database) -> None:
    """Not one page more fits."""
    pages = database.writer.execute("PRAGMA page_count").fetchone()[0]
    database.writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OperationalError, match="full"), database.write() as tx:
        tx.execute("CREATE TABLE filler (bytes BLOB)")
        tx.execute("INSERT INTO filler VALUES (zeroblob(1000000))")


def empty(database: Database) -> None:
    """There is room again."""
    database.writer.execute("PRAGMA max_page_count = 4294967294")


def meets_full_disk(world: World, store: Store) -> None:
    """Polls until a step of either direction has met the full disk."""
    fill(store.node.reference.db)
    for _ in range(40):
        try:
            world.poll(store)
        except OperationalError:
            return
    pytest.fail("no step of the sync wrote anything")


def test_uploads_go_on_after_a_full_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The receipt of a push could not be kept; without a restart the rest arrives later."""
    store = world.store()
    world.poll(store)
    open_shift(store.node, "s1")
    sell(store.node)

    def full(*_: object) -> None:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as broken, pytest.raises(OperationalError):
        broken.setattr(outbox, "keep_receipt", full)
        world.poll(store)

    for _ in range(3):
        world.poll(store)

    assert outbox.unsent(store.node.db).count == 0


def test_downloads_go_on_after_a_full_disk(world: World) -> None:
    """Rows could not be applied; without a restart they come later."""
    store = world.store()
    world.poll(store)
    rows = {("chain", "hologram", f"h{n}"): b'{"x":"%s"}' % (b"y" * 900) for n in range(120)}
    world.centre.publish(rows)
    meets_full_disk(world, store)
    empty(store.node.reference.db)

    for _ in range(4):
        world.poll(store)

    held = store.node.reference.db.value("SELECT count(*) FROM row WHERE kind = 'hologram'")
    assert held == len(rows)
