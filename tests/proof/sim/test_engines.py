"""HQ on SQLite and on PostgreSQL: the same seed, the same words on the line, the same rows in every table."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from kit.sql import SqlDatabase, migrate, run
from proof.sim.books import differing, digests
from proof.sim.misfortunes import ODDS
from proof.sim.plan import make_plan
from proof.sim.run import ENGINES, ONLY_ON_FILES, Hq, play_plan, play_seeds

# HQ cut off between two statements, an older copy put back in silence, clones, forks, a cut after a step that HQ keeps
SEEDS = (5, 9, 18, 28)
WITH_BACKUPS = (24, 152)  # 152: a backup is taken when HQ already knows where the one before it lies


class Usage(NamedTuple):
    """What `shutil.disk_usage` answers."""

    total: int
    used: int
    free: int


@pytest.mark.postgres
def test_the_same_seeds_end_with_the_same_books_on_both_engines(postgres_server: str) -> None:
    report = play_seeds(0, 1, before=SEEDS, hq=Hq(postgres_server, ONLY_ON_FILES, both=True))

    assert report.violated == []
    assert report.evaluated[ENGINES] == len(SEEDS)
    assert report.faults["hq_cut_met"] and report.faults["hq_older"]


@pytest.mark.parametrize("seed", WITH_BACKUPS)
def test_one_seed_gives_one_set_of_books_on_every_machine(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room on the disk is told to HQ and lies in its backups, whose hashes are rows of its books."""
    books = []
    for free in (70 * 1024**3, 9 * 1024**3):
        monkeypatch.setattr("shutil.disk_usage", lambda _path, free=free: Usage(100 * 1024**3, 0, free))
        books.append(play_plan(make_plan(seed, ODDS)).books)

    assert differing(*books) == []
    assert set(books[0]) > {"backup", "telemetry"}


def test_one_other_row_is_another_hash_of_its_table(tmp_path: Path) -> None:
    books = []
    for name in ("Central", "North"):
        database = SqlDatabase(f"sqlite:///{tmp_path / name}")
        migrate(database)
        with database.write() as connection:
            run(connection, "INSERT INTO zone (code, name) VALUES ('A', :name)", {"name": name})
        books.append(digests(database))
        database.close()

    assert differing(*books) == ["zone"]
    assert "sale" in books[0]
