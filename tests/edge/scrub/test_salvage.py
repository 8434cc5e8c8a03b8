"""Power fails while a new database is put in the place of a damaged one: the next start has the old or the new (PW-06)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.scrub import salvage as salvaging
from edge.scrub.mirror import SQL
from kit.db import (
    Database,
    OperationalError,
    engine_last_state,
    migrate,
    release_file_lock,
    take_file_lock,
)
from proof.crash import vfs
from proof.crash.boot import judged_by_verify
from proof.crash.recorder import recording
from proof.crash.trouble import Striking
from retail.errors import Misconfigured
from tests.edge.scrub.conftest import Scrubbed

AT = 1_783_674_000_000
NAMES = 4  # the new file is complete; the old one, its log, the new one change their names


class PowerCut(BaseException):
    """Nothing runs after it, no handler either."""


@pytest.fixture
def killed(store: Scrubbed) -> Scrubbed:
    """A till that was killed: of what it sold last only the log knows."""
    home = store.file.parent
    store.node.db.writer.execute("PRAGMA wal_autocheckpoint = 0")
    store.sell("A")
    shutil.copytree(home, home.with_name("killed"), ignore=shutil.ignore_patterns("*-shm", "*.lock"))
    store.close()
    shutil.rmtree(home)
    home.with_name("killed").rename(home)
    return store


def cut_short(store: Scrubbed, monkeypatch: pytest.MonkeyPatch, renames: int) -> None:
    """A salvage that ends after so many renames."""
    real, left = Path.rename, [renames]

    def rename(self: Path, target: Path) -> Path:
        if not left[0]:
            raise PowerCut
        left[0] -= 1
        return real(self, target)

    with monkeypatch.context() as patch, pytest.raises(PowerCut):
        patch.setattr(Path, "rename", rename)
        salvaging.salvage(store.file.parent, AT)


def bodies(file: Path) -> list[bytes]:
    """What a database that nobody has open says, with its log."""
    with engine_last_state(file) as last:
        return [bytes(row[0]) for row in last.execute("SELECT body FROM body ORDER BY id")]


@pytest.mark.parametrize("renames", range(NAMES))
def test_a_power_cut_between_two_names_leaves_the_old_or_the_new_database(
    killed: Scrubbed, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    """Once the till came up empty, "not enrolled", and nobody named the file in which its sales were."""
    before = bodies(killed.file)
    cut_short(killed, monkeypatch, renames)

    node = killed.open()

    assert node.enrolled and bodies(killed.file) == before
    assert node.db.integrity_problems() == []
    assert killed.sell("B")
    assert judged_by_verify(killed.root) == []
    if renames:
        assert bodies(killed.file.with_name(f"{salvaging.DAMAGED}{AT}")) == before
    assert not list(killed.file.parent.glob(f"{salvaging.SALVAGED}*"))


@pytest.mark.parametrize("command", ["doctor", "scrub"])
def test_a_command_finishes_what_was_cut_short(
    killed: Scrubbed, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """They look only where a node is, and one is here."""
    cut_short(killed, monkeypatch, renames=2)
    environment = {"LIANPU_EDGE_WITNESS": str(killed.root / "home.witness")}

    result = CliRunner().invoke(main, ["--home", str(killed.file.parent), command], env=environment)

    assert "no node in" not in result.output
    assert killed.open().enrolled


def test_what_another_process_is_finishing_is_left_to_it(
    killed: Scrubbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_short(killed, monkeypatch, renames=1)
    lock = take_file_lock(f"{killed.file}.lock")

    with pytest.raises(Misconfigured, match="in use"):
        killed.open()

    release_file_lock(lock)
    assert killed.open().enrolled


@pytest.mark.parametrize(
    "name", ["salvaged-wal", "salvaged-shm", f"salvaged-{AT}-shm", "salvaged-", "salvaged"]
)
@pytest.mark.parametrize("content", [b"", b"a log"])
def test_what_a_killed_engine_left_beside_a_salvage_is_no_database(
    killed: Scrubbed, name: str, content: bytes
) -> None:
    """An older program wrote `node.sqlite.salvaged` with a log: that must not take the place of a good database."""
    before = bodies(killed.file)
    killed.file.with_name(f"{salvaging.FILE}.{name}").write_bytes(content)

    node = killed.open()

    assert node.enrolled and bodies(killed.file) == before
    assert not list(killed.file.parent.glob(f"{salvaging.DAMAGED}*"))


@pytest.mark.parametrize("code", [vfs.FULL, vfs.IOERR_WRITE])
@pytest.mark.parametrize("nth", [1, 200])
def test_a_disk_without_room_is_named_and_the_damaged_file_stays(
    killed: Scrubbed, code: int, nth: int
) -> None:
    before = bodies(killed.file)
    with recording(killed.root) as recorder:
        recorder.faults = Striking(code, nth, lasting=True, armed=True)
        with pytest.raises(Misconfigured, match="disk is full|disk I/O error"):
            salvaging.salvage(killed.file.parent, AT)
        recorder.faults = None

    assert bodies(killed.file) == before
    assert killed.open().enrolled


def test_a_row_that_finds_no_room_is_no_damaged_row(tmp_path: Path) -> None:
    """It was left out like one that breaks a rule of its table, and the new file counted as complete."""
    made = Database(tmp_path / "made.sqlite", lock=False)
    migrate(made, SQL / salvaging.SCHEMA, salvaging.SCHEMA)
    made.writer.execute(f"PRAGMA max_page_count = {made.value('PRAGMA page_count')}")

    with pytest.raises(OperationalError, match="full"), made.write() as tx:
        for n in range(100):
            row = tx.execute("SELECT ? AS name, ? AS value", (str(n), "x" * 10_000)).fetchone()
            assert salvaging._keep(tx, "meta", row) == 1
    made.close()
