"""A world begins with copies: of databases that were migrated once, and with the application of the one before."""

from __future__ import annotations

from pathlib import Path

from hq.publish.kept import kept_of
from kit.clock import ManualClock
from kit.db import Database, schema_text
from proof.sim.chance import seeded_system
from proof.sim.parties import Centre, a_centre, open_node
from proof.sim.ready import a_ready_centre, a_ready_node, give_back
from sync import calls

STORES = {"001": "A", "002": "B"}


def schema_of(centre: Centre) -> list[str]:
    rows = centre.hq.db.rows("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name, sql")
    return [row[0] for row in rows]


def test_a_copied_database_is_what_the_migrations_make(tmp_path: Path) -> None:
    clock = ManualClock()
    made, copied = (
        a_centre(tmp_path / "a", clock, url=None),
        a_ready_centre(tmp_path / "b", clock, stores=STORES),
    )
    node = open_node(tmp_path / "c", clock)
    fresh = a_ready_node(tmp_path / "001", copied, "001", clock)

    assert schema_of(made) == schema_of(copied)
    for one, other in ((node.db, fresh.db), (node.reference.db, fresh.reference.db)):
        assert isinstance(one, Database)
        assert schema_text(one) == schema_text(other)
    for party in (made, copied, node, fresh):
        party.close()


def test_the_next_world_has_the_application_and_nothing_of_the_last_headquarters(tmp_path: Path) -> None:
    first = a_ready_centre(tmp_path / "a", ManualClock(), stores=STORES)
    first.transport().send(calls.challenge("001", b"n" * 32))
    assert first.projector.hq is first.hq
    give_back(first)

    second = a_ready_centre(tmp_path / "b", ManualClock(), stores=STORES)

    assert second.app is first.app
    assert second.projector.hq is second.hq
    assert second.app.secret_key == (tmp_path / "b" / "keys" / "forms.key").read_bytes()
    give_back(second)


def test_the_first_world_of_a_process_draws_no_more_than_the_next(tmp_path: Path) -> None:
    keys = []
    for name in ("a", "b"):
        with seeded_system(7):
            centre = a_ready_centre(tmp_path / name / "hq", ManualClock(), stores=STORES)
            node = a_ready_node(tmp_path / name / "001", centre, "001", ManualClock())
        keys.append((centre.hq.key.public, node.key.public))
        node.close()
        centre.close()

    assert keys[0] == keys[1]


def test_what_an_application_keeps_in_memory_ends_with_its_process(tmp_path: Path) -> None:
    """An answer to a store was kept beyond a restart: HQ read less, and died at another statement than its twin."""
    centre = a_ready_centre(tmp_path / "a", ManualClock(), stores=STORES)
    built = set(a_centre(tmp_path / "b", ManualClock()).app.extensions)
    kept_of(centre.app).get(("chain", 1), lambda: (b"body", b"signature"))
    centre.transport().send(calls.challenge("001", b"n" * 32))
    assert set(centre.app.extensions) > built

    centre.restart()

    assert set(centre.app.extensions) == built
    assert kept_of(centre.app).get(("chain", 1), lambda: None) is None
    give_back(centre)
