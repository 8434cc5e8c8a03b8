"""The files of a restore: on the disk of the database, wherever that is, and killed at every step of it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from hq.backups import replacing
from hq.backups.restore import Restored, Wanted, restore
from hq.headquarters import Headquarters
from kit.db import engine_last_state
from retail.errors import Unavailable
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
