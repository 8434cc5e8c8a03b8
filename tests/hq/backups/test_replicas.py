"""Any one target is enough for a restore: what it missed or what has rotted there, it gets from another."""

from __future__ import annotations

import msgspec
import pytest

from hq.backups import actions, copying, keeping, queries
from hq.backups.belonging import MARK
from hq.backups.targets import Folder
from retail.errors import Unavailable


@pytest.fixture
def nas(chain, tmp_path):
    """The second target beside HQ's own disk."""
    path = tmp_path / "nas"
    keep(chain, "backups", path)
    return path


def keep(chain, *places):
    chain.hq.config = msgspec.structs.replace(
        chain.hq.config, backup_keep=3, backup_targets=[str(place) for place in places]
    )


def take(chain, kind="full"):
    chain.clock.advance(1000)
    return actions.take(chain.ctx, kind=kind)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.backup")}


def test_an_incremental_one_never_lies_where_its_full_one_does_not(chain, store, nas):
    """The NAS is off on the night of the weekly full one; a fire on the night after leaves nothing but the NAS."""
    take(chain)
    off = nas.rename(nas.parent / "off")
    nas.touch()
    full = take(chain)
    assert full.copies[str(nas)] and chain.alarms() == {"backup.target_failed"}
    nas.unlink()
    off.rename(nas)
    chain.sell(store)

    newest = take(chain, "incremental")

    assert chain.alarms() == set()
    assert files(nas) == files(chain.hq.home / "backups"), "all of them, to the byte"
    chain.restore(nas / newest.file)
    assert chain.sales() == sorted(chain.sold)


def test_what_cannot_be_made_up_rings_until_it_is(chain, nas, monkeypatch):
    full = take(chain)
    take(chain, "incremental")
    (nas / full.file).unlink()
    real = Folder.put

    def put(self, file, name):
        if self.path == nas and name == full.file:
            raise Unavailable("backups.target", target=self.name, why="no room")
        real(self, file, name)

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "put", put)
        take(chain, "incremental")
    assert chain.alarms() == {"backup.target_failed"}
    assert not (nas / full.file).exists()

    take(chain, "incremental")

    assert chain.alarms() == set()
    assert (nas / full.file).exists()


def test_a_copy_that_rots_behind_a_good_one_is_found_rings_and_is_replaced(chain, nas):
    """Which target is asked first changes with every backup."""
    kept = [take(chain).file for _ in range(3)]
    for name in kept:
        (nas / name).write_bytes(b"rot")

    rung = []
    for _ in range(5):
        take(chain, "incremental")
        rung.append("backup.target_failed" in chain.alarms())

    assert any(rung) and not rung[-1]
    assert files(nas) == files(chain.hq.home / "backups")
    assert kept[-1] in files(nas), "the full one that the others need"
    assert {row.state for row in queries.listed(chain.hq.db)} == {"verified", "gone"}


def test_a_new_target_gets_what_is_kept(chain, nas, tmp_path):
    for kind in ("full", "incremental", "incremental"):
        take(chain, kind)
    keep(chain, "backups", tmp_path / "new")

    take(chain, "incremental")

    assert files(tmp_path / "new") == files(chain.hq.home / "backups")


def test_a_mount_that_goes_away_while_the_database_is_copied_takes_nothing(chain, store, nas, monkeypatch):
    """It was there when the backup began. What is then written on the disk under it is no copy, today nor tomorrow."""
    keep(chain, nas)
    chain.sell(store)
    for _ in range(3):
        take(chain)
    promised, real, away = chain.durable(), copying.copy, nas.parent / "away"

    def copy(*arguments):
        real(*arguments)
        if not away.exists():
            nas.rename(away)
            nas.mkdir()

    with monkeypatch.context() as patched:
        patched.setattr(copying, "copy", copy)
        for _ in range(3):
            with pytest.raises(Unavailable, match=r"why\.other_place"):
                take(chain)

    assert list(nas.iterdir()) == []
    assert promised and chain.durable() == {}
    assert chain.alarms() == {"backup.failed", "backup.missing"}
    nas.rmdir()
    away.rename(nas)
    take(chain)
    assert chain.alarms() == set() and chain.durable() == promised
    assert (nas / MARK).is_file()


@pytest.fixture
def swapped(monkeypatch, nas):
    """The mount of the NAS goes away after the new backup was stored there, while the old ones are looked at."""
    real, away = keeping._read_oldest, nas.parent / "away"

    def look(night):
        if not away.exists():
            nas.rename(away)
            nas.mkdir()
        real(night)

    def back():
        monkeypatch.setattr(keeping, "_read_oldest", real)
        assert list(nas.iterdir()) == [], "nothing is stored on the disk under it"
        nas.rmdir()
        away.rename(nas)

    monkeypatch.setattr(keeping, "_read_oldest", look)
    return back


def test_what_lies_under_a_mount_that_goes_away_later_gets_nothing_made_up(chain, nas, request):
    for _ in range(3):
        take(chain)
    back = request.getfixturevalue("swapped")

    take(chain)
    first = chain.alarms()
    take(chain)

    assert first == chain.alarms() == {"backup.target_failed"}
    back()
    take(chain)
    assert chain.alarms() == set()
    assert files(nas).items() >= files(chain.hq.home / "backups").items()


def test_what_lies_under_a_mount_that_goes_away_later_condemns_nothing(chain, nas, request):
    """The copies on HQ's own disk are spoilt, those on the NAS are whole."""
    old = [take(chain).file for _ in range(2)]
    take(chain)
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_keep=9)
    for name in old:
        (chain.hq.home / "backups" / name).write_bytes(b"rot")
    back = request.getfixturevalue("swapped")

    take(chain)
    states = [row.state for row in queries.listed(chain.hq.db)]
    back()
    take(chain)

    assert states == ["verified", "verified", "missing", "missing"]
    assert [row.state for row in queries.listed(chain.hq.db)] == ["verified"] * 5
    assert files(nas) == files(chain.hq.home / "backups")


def test_a_rotten_one_keeps_no_target_from_the_others(chain, nas, tmp_path):
    """Not the oldest, and only one target had it. A new target comes, which needs the full one of tonight."""
    keep(chain, nas)
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_keep=6)
    kept = [take(chain).file for _ in range(4)]
    (nas / kept[1]).write_bytes(b"rot")
    new = tmp_path / "new"
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=[str(new), str(nas)])

    take(chain, "incremental")

    assert set(files(nas)) - set(files(new)) == {kept[1]}
    assert chain.alarms() == {"backup.rotten"}
    assert [row.state for row in queries.listed(chain.hq.db) if row.file == kept[1]] == ["failed"]


def test_what_could_not_be_deleted_is_tried_again(chain, nas, monkeypatch):
    """The NAS was away on the night on which an old one went."""
    old = take(chain).file
    take(chain)
    take(chain)
    with monkeypatch.context() as patched:

        def refuse(self, name):
            raise Unavailable("backups.target", target=self.name, why="denied")

        patched.setattr(Folder, "drop", refuse)
        take(chain)
    assert old in files(nas)

    take(chain)

    assert len(files(nas)) == len(files(chain.hq.home / "backups")) == 3


def test_what_is_not_kept_any_more_leaves_no_rows_of_its_contents(chain, store, nas):
    for _ in range(5):
        take(chain)

    kept = {row.id for row in queries.listed(chain.hq.db) if row.state == "verified"}
    assert {row[0] for row in chain.hq.db.rows("SELECT DISTINCT backup FROM backup_head")} == kept
