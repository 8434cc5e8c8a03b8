"""The files of a restore: on the disk of the database, wherever that is, and killed at every step of it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from hq.backups import replacing
from hq.backups.model import Range
from hq.backups.places import HOME_FOLDER
from hq.backups.restore import Restored, Wanted, restore
from hq.headquarters import Headquarters, check_whole
from hq.ingest import own
from hq.moving import marks
from kit import beside
from kit.db import engine_last_state
from proof.sim.parties import open_shift
from retail.errors import Misconfigured, Unavailable
from schemas.events.stock import OpeningStockSet
from tests.hq.backups.conftest import Chain


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on a disk of its own: nothing is renamed across its border."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def lies_there(path: str | Path) -> bool:
        return Path(path).parent.resolve().is_relative_to(folder)

    for name in ("rename", "replace"):
        real = getattr(os, name)

        def across(source: str, target: str, *, real=real) -> None:
            if lies_there(source) != lies_there(target):
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), source, None, target)
            real(source, target)

        monkeypatch.setattr(os, name, across)
    return folder


def stopped(chain: Chain) -> tuple[Path, Wanted]:
    """One backup with a sale in it, one sale after it; HQ is down. The home, and what is wanted back."""
    store = chain.store()
    chain.sell(store)
    file = chain.backup()
    chain.sell(store)
    store.node.close()
    chain.hq.close()
    return chain.hq.home, Wanted(file)


def sales(database: Path) -> int:
    with engine_last_state(database) as found:
        return int(found.execute("SELECT count(*) FROM sale").fetchone()[0])


class PowerCut(BaseException):
    """Nothing of the process runs on."""


def dies(*_given: object) -> None:
    raise PowerCut


class Power:
    """Goes at the nth call that changes anything on a disk, and stays away: nothing is tidied up."""

    NAMES = ("rename", "replace", "unlink", "mkdir", "rmdir", "write", "fsync")

    def __init__(self) -> None:
        self.left = self.calls = 0

    @contextmanager
    def until(self, calls: int) -> Iterator[None]:
        self.left, self.calls = calls, 0
        with pytest.MonkeyPatch.context() as patched:
            for name in self.NAMES:
                patched.setattr(os, name, partial(self._call, getattr(os, name)))
            yield

    def _call(self, real: Callable[..., Any], *given: Any, **options: Any) -> Any:
        self.calls += 1
        if self.calls > self.left + 1:
            raise OSError(errno.EIO, "the power is gone")
        if self.calls > self.left:
            raise PowerCut
        return real(*given, **options)


@dataclass(frozen=True)
class Killed:
    """The disk of an HQ that was killed: much stands only in its write-ahead log, two entries of its own with it."""

    chain: Chain
    home: Path
    file: str
    own: list[Range]

    def copy(self, name: str) -> Killed:
        return replace(self, home=Path(shutil.copytree(self.home, self.home.with_name(name))))

    def restore(self) -> Restored:
        wanted = Wanted(self.home / HOME_FOLDER / self.file)
        return restore(self.home, self.home / "hq.sqlite", wanted, ctx=self.chain.ctx)

    @property
    def marked(self) -> bool:
        return (self.home / replacing.MARK).exists()

    @property
    def asides(self) -> list[Path]:
        return sorted((self.home / replacing.ASIDE).glob("*"))


def content(folder: Path) -> dict[str, bytes]:
    """The main file and the log; the third one is only the index of the log."""
    files = (folder / "hq.sqlite", folder / "hq.sqlite-wal")
    return {file.name: file.read_bytes() for file in files if file.exists()}


@pytest.fixture
def killed(chain: Chain, tmp_path: Path) -> Killed:
    store, at = chain.store(), chain.hq.epoch
    open_shift(store.node, "s1")
    chain.settle(store)
    chain.sell(store)
    file = chain.backup()
    with chain.hq.db.write() as connection:
        for _ in range(2):
            own.record(chain.hq, connection, OpeningStockSet(store="001", lines=[], note=""), staff="admin")
    store.node.close()
    home = Path(shutil.copytree(chain.hq.home, tmp_path / "killed"))
    assert len(content(home)["hq.sqlite-wal"]) > 100_000
    return Killed(chain, home, file.name, [Range("hq", at, 1, 2)])


def test_killed_at_any_step_the_next_run_knows_the_old_database_whole(killed: Killed) -> None:
    """In place untouched, or aside with its log; and what HQ itself had said since is listed, whenever it dies."""
    before, power, ends = content(killed.home), Power(), []
    for calls in count():
        one = killed.copy(f"killed-{calls}")
        with suppress(PowerCut), power.until(calls):
            assert one.restore().own == killed.own
            break
        if one.marked:
            ends.append("begun")
            with pytest.raises(Misconfigured, match="broken off"):
                check_whole(one.home)
        elif not one.asides:
            ends.append("untouched")
            assert content(one.home) == before
        else:
            ends.append("over")  # but for the last sync
        if ends[-1] != "over":
            done = one.restore()
            assert done.own == killed.own
            assert content(Path(done.aside)) == before
        assert before in [content(aside) for aside in one.asides]
        assert sales(one.home / "hq.sqlite") == 2 and not one.marked
        shutil.rmtree(one.home)
    assert ends == sorted(ends, key=["untouched", "begun", "over"].index) and len(set(ends)) == 3


def test_killed_one_step_later_each_time_it_still_ends_well(killed: Killed) -> None:
    """The same home all the time: no run spoils what those before it have left."""
    before, power = content(killed.home), Power()
    for calls in count():
        with suppress(PowerCut), power.until(calls):
            killed.restore()
        if killed.asides and not killed.marked:
            break

    assert [content(aside) for aside in killed.asides].count(before) == 1
    assert sales(killed.home / "hq.sqlite") == 2


def broken_off(killed: Killed, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    with monkeypatch.context() as patched, pytest.raises(PowerCut):
        patched.setattr(replacing, at, dies)
        killed.restore()
    assert killed.marked


def test_what_a_broken_run_had_put_in_place_is_no_part_of_the_old_database(
    killed: Killed, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(killed.home)
    broken_off(killed, monkeypatch, "end")

    done = killed.restore()

    assert content(Path(done.aside)) == before
    (other,) = set(killed.asides) - {Path(done.aside)}
    assert [file.name for file in other.iterdir()] == ["hq.sqlite"] and sales(other / "hq.sqlite") == 2


def test_the_old_database_that_a_person_has_put_back_is_never_lost(
    killed: Killed, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(killed.home)
    broken_off(killed, monkeypatch, "end")
    (aside,) = killed.asides
    for file in aside.iterdir():
        file.rename(killed.home / file.name)

    done = killed.restore()

    assert done.own == killed.own and content(Path(done.aside)) == before


def test_a_restore_into_another_database_is_refused_while_one_is_broken_off(
    killed: Killed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken_off(killed, monkeypatch, "_set_aside")
    wanted = Wanted(killed.home / HOME_FOLDER / killed.file)

    with pytest.raises(Misconfigured, match=f"a restore into {killed.home}/hq.sqlite was broken off"):
        restore(killed.home, tmp_path / "other.sqlite", wanted, ctx=killed.chain.ctx)

    assert not (tmp_path / "other.sqlite").exists()
    assert killed.restore().own == killed.own


def test_a_mark_of_an_older_program_tells_nothing_and_holds_up_nothing(killed: Killed) -> None:
    beside.write(killed.home / replacing.MARK, {"at": 1})

    assert killed.restore().own == killed.own
    assert not killed.marked


def opens(chain: Chain, database: Path, done: Restored) -> None:
    hq = Headquarters.open(chain.hq.home, clock=chain.clock, url=f"sqlite:///{database}")
    assert hq.epoch == done.epoch
    hq.close()


@pytest.mark.parametrize("there", [True, False], ids=["there", "lost"])
@pytest.mark.parametrize("linked", [False, True], ids=["named", "linked"])
def test_a_database_on_another_disk_is_restored_there(
    chain: Chain, disk: Path, *, there: bool, linked: bool
) -> None:
    """`database` in hq.toml names that disk, or `hq.sqlite` is a link to it."""
    home, wanted = stopped(chain)
    file, database = disk / "books.sqlite", home / "hq.sqlite" if linked else disk / "books.sqlite"
    if there:
        file.write_bytes((home / "hq.sqlite").read_bytes())
    (home / "hq.sqlite").unlink()
    if linked:
        database.symlink_to(file)

    done = restore(home, database, wanted, ctx=chain.ctx)

    assert sales(file) == 2 and database.is_symlink() == linked
    if there:
        assert Path(done.aside).parent == disk / replacing.ASIDE
        assert sales(Path(done.aside) / "books.sqlite") == 4
    else:
        assert done.aside == ""
    assert not (home / replacing.MARK).exists() and not list(disk.glob("*.restoring"))
    opens(chain, database, done)


def moved(home: Path, database: Path) -> None:
    """As `move-database` leaves it; the server that it names is dead."""
    beside.write(home / marks.FILE, {"from": str(database), "to": "postgresql+psycopg://dead/hq"})


def test_a_restore_brings_a_headquarters_back_that_had_moved_away(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed just before it may start, it still counts as moved or as broken off."""
    home, wanted = stopped(chain)
    database = home / "hq.sqlite"
    moved(home, database)
    for at in (marks, replacing):
        with monkeypatch.context() as patched, pytest.raises(PowerCut):
            patched.setattr(at, "end", dies)
            restore(home, database, wanted, ctx=chain.ctx)
        with pytest.raises(Misconfigured, match="broken off"):
            Headquarters.open(home, clock=chain.clock)

    opens(chain, database, restore(home, database, wanted, ctx=chain.ctx))

    assert not (home / marks.FILE).exists()


def test_the_file_that_was_moved_away_from_stays_shut_when_another_is_restored(chain: Chain) -> None:
    home, wanted = stopped(chain)
    moved(home, home / "hq.sqlite")

    opens(chain, home / "new.sqlite", restore(home, home / "new.sqlite", wanted, ctx=chain.ctx))

    with pytest.raises(Misconfigured, match="was moved to"):
        Headquarters.open(home, clock=chain.clock)


@pytest.mark.parametrize("at", ["rename", "fsync"])
def test_what_the_system_says_is_told_in_words(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """A sync names no path; the folder of the database is named then. What was refused is simply done again."""
    home, wanted = stopped(chain)
    named = {"rename": f"{home}/hq.sqlite", "fsync": str(home)}[at]

    def full(path: str | int, *_rest: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), *([path] if at == "rename" else []))

    with monkeypatch.context() as patched:
        patched.setattr(os, at, full)
        with pytest.raises(Unavailable) as refused:
            restore(home, home / "hq.sqlite", wanted, ctx=chain.ctx)

    assert refused.value.code == "backups.not_restored"
    assert refused.value.facts["path"].startswith(named)
    assert refused.value.facts["why"] == "No space left on device"
    opens(chain, home / "hq.sqlite", restore(home, home / "hq.sqlite", wanted, ctx=chain.ctx))
    assert sales(home / "hq.sqlite") == 2
