"""The same backups of a headquarters on PostgreSQL: copied in one snapshot, drilled, promised by, restored (BK-04)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from hq.app import create_app
from hq.backups import archive, copying, keys, schedule
from hq.backups.refill import refill
from hq.backups.restore import Restored, Wanted
from hq.cli import main
from hq.headquarters import Headquarters
from hq.moving import actions as moving
from kit.clock import ManualClock
from kit.sql import Connection, SqlDatabase, run
from proof import postgres
from proof.sim.books import digests
from proof.sim.parties import a_centre
from retail.errors import Misconfigured, Unavailable
from tests.edge.syncing.conftest import Store
from tests.hq.backups.conftest import Chain
from tests.hq.backups.dying import killed

pytestmark = pytest.mark.postgres


@pytest.fixture
def chain(tmp_path: Path, postgres_database: str) -> Iterator[Chain]:
    """As everywhere here, with the books on a server."""
    clock = ManualClock()
    made = Chain(a_centre(tmp_path / "hq", clock, url=postgres_database), clock, tmp_path)
    yield made
    made.centre.close()


@pytest.fixture
def empty(postgres_server: str) -> Iterator[str]:
    """A new database, to restore into."""
    with postgres.database(postgres_server) as url:
        yield url


def restored(chain: Chain, file: Path, url: str, **options: bool) -> Restored:
    """HQ stops, the backup fills the new database, HQ starts on that."""
    home, ctx = chain.hq.home, chain.ctx
    (home / "hq.toml").write_text(f'database = "{url}"\n')
    chain.hq.close()
    address = chain.hq.db.address
    try:
        done = refill(home, url, Wanted(file, **options), ctx=ctx, told=lambda _line: None)
        address = url
        return done
    finally:
        chain.centre.hq = Headquarters.open(home, clock=chain.clock, url=address)
        chain.centre.app = create_app(chain.centre.hq, limits=False)


def test_a_backup_holds_every_row_as_of_one_moment(
    chain: Chain, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sales that come while it is copied are not in it, also not those of tables that are read after they came."""
    chain.backup()  # the first one draws the key
    chain.sell(store, 3)
    head, before, real = store.node.journal.head, digests(chain.hq.db), copying._table

    def table(source: Connection, made: SqlDatabase, name: str) -> None:
        real(source, made, name)
        if name == "alarm":
            chain.sell(store)

    monkeypatch.setattr(copying, "_table", table)
    file = chain.backup()

    image = tmp_path / "image.sqlite"
    manifest = archive.unpack(file, None, image, keys.load(chain.hq.home / keys.FILE))
    assert ("001", head.inc, head.seq, head.hash.hex()) in manifest.heads
    unpacked = SqlDatabase(f"sqlite:///{image}")
    assert digests(unpacked) == before
    unpacked.close()
    assert chain.hq.db.rows("SELECT state FROM backup") == [("verified",)] * 2
    assert len(chain.sales()) == 5


def test_three_proven_ones_promise_in_the_epoch_that_another_worker_has_raised(
    chain: Chain, store: Store
) -> None:
    chain.sell(store, 1)
    chain.backup()
    chain.backup()
    raised = "00000007-0123456789abcdef"
    with chain.hq.db.write() as connection:
        run(connection, "UPDATE hq_meta SET value = :epoch WHERE name = 'epoch'", {"epoch": raised})
    head = store.node.journal.head
    chain.backup()

    assert chain.durable() == {head.inc: head.seq}
    assert chain.hq.db.rows("SELECT DISTINCT epoch FROM durable") == [(raised,)]
    chain.settle(store)
    known = store.node.db.rows("SELECT epoch, durable_seq FROM receipted WHERE inc = ?", (head.inc,))
    assert [tuple(row) for row in known] == [(raised, head.seq)]


def test_restored_into_an_empty_database_the_stores_send_what_it_lacks(
    chain: Chain, store: Store, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first run is broken off: what it leaves is no headquarters, and the same command goes on."""
    chain.sell(store, 3)
    file, real = chain.backup(), moving._table
    chain.sell(store, 2)
    before = digests(chain.hq.db)
    with pytest.raises(Misconfigured, match="not empty"):
        restored(chain, file, chain.hq.db.address)
    assert digests(chain.hq.db) == before

    def broken(source: SqlDatabase, target: SqlDatabase, table: str, told: moving.Told) -> moving.Sum:
        if table == "sale":
            raise Unavailable("test.power")
        return real(source, target, table, told)

    with monkeypatch.context() as patched:
        patched.setattr(moving, "_table", broken)
        with pytest.raises(Unavailable):
            restored(chain, file, empty)
    with pytest.raises(Misconfigured, match="half moved"):
        Headquarters.open(chain.hq.home, url=empty)

    done = restored(chain, file, empty)

    assert done.epoch.startswith("00000004-") and done.lost == []  # each try takes a number
    assert len(chain.sales()) == 3
    assert {"hq.restored", "scopes.frozen"} <= chain.alarms()
    chain.settle(store)
    assert chain.sales() == sorted(chain.sold)
    with pytest.raises(Misconfigured, match="restore into an empty one"):
        restored(chain, file, empty)
    assert chain.sales() == sorted(chain.sold)


def test_a_backup_of_sqlite_is_restored_into_postgresql(tmp_path: Path, empty: str) -> None:
    """The command itself, as a person types it; SIGKILL on the way leaves no headquarters, and it is typed again."""
    home = tmp_path / "hq"
    assert CliRunner().invoke(main, ["--home", str(home), "init", "--language", "en"]).exit_code == 0
    assert (
        CliRunner().invoke(main, ["--home", str(home), "store", "add", "001", "--zone", "A"]).exit_code == 0
    )
    assert CliRunner().invoke(main, ["--home", str(home), "backup"]).exit_code == 0
    (file,) = (home / "backups").iterdir()
    for step in (
        ("hq.moving.actions", "_prepare", "after"),
        ("hq.moving.tables", "fill", "after"),
        ("hq.moving.actions", "_table", "after"),
    ):
        killed(home, step, "restore", str(file), LIANPU_HQ_DATABASE=empty)
        with pytest.raises(Misconfigured, match="half moved"):
            Headquarters.open(home, url=empty)
    environment = dict(os.environ, LIANPU_HQ_DATABASE=empty)

    said = CliRunner().invoke(main, ["--home", str(home), "restore", str(file)], env=environment)

    assert said.exit_code == 0, said.output
    assert f"restored {file.name}" in said.output
    hq = Headquarters.open(home, url=empty)
    assert hq.db.value("SELECT code FROM store") == "001"
    hq.close()


def test_the_nightly_backup_runs_there_too_and_a_server_that_goes_away_is_a_failure_that_is_remembered(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_source: Connection, _made: SqlDatabase, _table: str) -> None:
        with chain.hq.db.snapshot() as connection:
            run(connection, "SELECT nothing FROM nowhere")

    with monkeypatch.context() as patched:
        patched.setattr(copying, "_table", gone)
        with pytest.raises(Unavailable, match="backups.not_copied"):
            chain.backup()
    assert chain.alarms() == {"backup.failed"}

    chain.clock.advance(2 * 86_400_000)
    schedule.look(chain.hq)

    assert chain.hq.db.rows("SELECT state FROM backup ORDER BY taken_at") == [("failed",), ("verified",)]
    assert chain.alarms() == set()
