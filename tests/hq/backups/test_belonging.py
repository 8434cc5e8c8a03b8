"""A place that is not the one it was takes no backup: where a mount is missing there is a folder all the same."""

from __future__ import annotations

import msgspec
import pytest

from hq.backups import actions, queries
from hq.backups.belonging import MARK
from hq.backups.model import MISSING, VERIFIED
from hq.backups.places import HOME_FOLDER
from hq.backups.targets import Folder
from retail.errors import Unavailable


@pytest.fixture
def nas(chain, tmp_path):
    """The only target, a folder outside the home."""
    path = tmp_path / "mnt" / "nas"
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=[str(path)])
    return path


def take(chain, times=1):
    for _ in range(times):
        chain.clock.advance(1000)
        actions.take(chain.ctx, kind="full")


def states(chain):
    return {row.state for row in queries.listed(chain.hq.db) if row.state != "failed"}


@pytest.mark.parametrize("under_it", ["nothing", "an empty folder"])
def test_a_mount_that_is_missing_takes_no_copy_and_promises_nothing(chain, store, nas, under_it):
    chain.sell(store)
    take(chain, 3)
    promised = chain.durable()
    away = nas.rename(nas.parent / "away")
    if under_it != "nothing":
        nas.mkdir()

    for _ in range(3):
        with pytest.raises(Unavailable, match="backups.no_target"):
            take(chain)

    assert not nas.exists() or list(nas.iterdir()) == []
    assert chain.alarms() == {"backup.failed", "backup.missing"}
    assert (states(chain), chain.durable()) == ({MISSING}, {})
    if nas.exists():
        nas.rmdir()
    away.rename(nas)
    take(chain)
    assert chain.alarms() == set()
    assert (states(chain), chain.durable()) == ({VERIFIED}, promised)


def test_a_place_that_an_older_program_named_by_where_its_links_lead_is_known(chain, nas, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(nas)
    take(chain, 2)
    nas.rename(nas.parent / "away")
    nas.mkdir()
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=[str(link)])

    with pytest.raises(Unavailable, match=r"why\.other_place"):
        take(chain)

    assert list(nas.iterdir()) == []


def test_it_costs_its_own_copy_only(chain, store, nas, tmp_path):
    both = [str(nas), str(tmp_path / "other")]
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=both)
    take(chain, 2)
    nas.rename(nas.parent / "away")
    nas.mkdir()

    made = actions.take(chain.ctx, kind="full")

    assert made.good == both[1:] and made.copies[both[0]] == "why.other_place"
    assert chain.alarms() == {"backup.target_failed"}, "the other one has all that are kept"
    assert list(nas.iterdir()) == []


def test_a_place_that_has_copies_and_no_mark_yet_goes_on_and_gets_it(chain, nas):
    """As after an update from a program that left none."""
    take(chain, 3)
    (nas / MARK).unlink()

    take(chain)

    assert (nas / MARK).is_file()
    for copy in nas.glob("*.backup"):
        copy.unlink()
    take(chain)
    assert len(list(nas.glob("*.backup"))) == 1, "the mark alone is enough"


def test_a_place_that_takes_no_mark_goes_on_while_it_has_copies(chain, nas, monkeypatch):
    real = Folder.put

    def put(self, file, name):
        if name == MARK:
            raise Unavailable("backups.target", target=self.name, why="denied")
        real(self, file, name)

    monkeypatch.setattr(Folder, "put", put)

    take(chain, 3)

    assert len(list(nas.iterdir())) == 3
    assert chain.alarms() == set()


def test_a_person_lets_a_new_disk_in_by_the_mark(chain, nas):
    take(chain, 3)
    nas.rename(nas.parent / "broken")
    nas.mkdir()
    with pytest.raises(Unavailable):
        take(chain)

    (nas / MARK).touch()
    take(chain)

    assert chain.alarms() == {"backup.missing"}, "what lay on the old disk"


def test_the_folder_in_the_home_needs_no_mark(chain):
    """A new computer does not have it yet."""
    take(chain, 2)
    folder = chain.hq.home / HOME_FOLDER
    assert len(list(folder.iterdir())) == 2
    folder.rename(chain.folder / "away")

    take(chain)

    assert len(list(folder.iterdir())) == 1


def test_the_alarm_about_missing_ones_ends_when_newer_ones_have_replaced_them(chain):
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_keep=3)
    chain.backup().rename(chain.folder / "away")

    rung = []
    for _ in range(3):
        take(chain)
        rung.append("backup.missing" in chain.alarms())

    assert rung == [True, True, False]
