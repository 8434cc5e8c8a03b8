"""A backup counts when it has proven itself; what goes wrong is said and changes nothing (BK-01, BK-04, BK-05)."""

from __future__ import annotations

import shutil
from dataclasses import replace

import msgspec
import pytest

from hq.backups import actions, archive, copying, image, keys, queries, unproven
from hq.backups.model import VERIFIED
from hq.backups.places import HOME_FOLDER
from hq.backups.targets import Folder
from hq.backups.work import FOLDER, workplace
from kit.crypto import write_secret
from kit.db import OperationalError
from kit.sql import run
from retail.errors import Invalid, LianpuError, Misconfigured, NotNow, NotPermitted, Unavailable
from tests.hq.backups.conftest import judged


def targets(chain, *places):
    chain.hq.config = msgspec.structs.replace(
        chain.hq.config, backup_targets=[str(place) for place in places]
    )


def states(chain):
    return [row.state for row in queries.listed(chain.hq.db)]


def folder(chain):
    return sorted(path.name for path in (chain.hq.home / HOME_FOLDER).iterdir())


def test_a_backup_is_one_sealed_file_and_leaves_nothing_else(chain, store):
    chain.sell(store)

    file = chain.backup()

    assert folder(chain) == [file.name]
    assert not (chain.hq.home / FOLDER).exists()
    raw = file.read_bytes()
    assert b"SQLite format 3" not in raw and b"sale.completed" not in raw
    assert (chain.hq.home / keys.FILE).stat().st_mode & 0o777 == 0o600
    assert states(chain) == [VERIFIED]


def test_the_manifest_says_what_is_in_it(chain, store):
    chain.sell(store)
    head = store.node.journal.head

    manifest = archive.manifest_of(chain.backup(), keys.load(chain.hq.home / keys.FILE))

    assert ("001", head.inc, head.seq, head.hash.hex()) in manifest.heads
    assert manifest.tables["sale"] == 2
    assert manifest.epoch == chain.hq.epoch


def test_sales_that_come_meanwhile_are_in_the_next_one(chain, store, monkeypatch):
    real = image.look

    def look(path):
        chain.sell(store)
        return real(path)

    monkeypatch.setattr(image, "look", look)

    manifest = archive.manifest_of(chain.backup(), keys.load(chain.hq.home / keys.FILE))

    assert manifest.tables["sale"] == 0
    assert len(chain.sales()) == 2


def test_an_incremental_backup_is_smaller_and_restores_the_same(chain, store):
    chain.sell(store, 30)
    full = chain.backup()
    chain.sell(store)

    small = chain.backup("incremental")
    chain.sell(store)

    assert small.stat().st_size < full.stat().st_size
    chain.restore(small)
    assert len(chain.sales()) == 32
    chain.settle(store)
    assert chain.sales() == sorted(chain.sold)
    judged(chain, store)


def test_without_a_full_one_an_incremental_backup_becomes_full(chain):
    assert "-full-" in chain.backup("incremental").name


def test_a_dead_target_costs_its_copy_and_rings(chain, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    targets(chain, tmp_path / "good", tmp_path / "file" / "dead", tmp_path / "good2")

    made = actions.take(chain.ctx, kind="full")

    assert sorted(made.good) == [str(tmp_path / "good"), str(tmp_path / "good2")]
    assert chain.alarms() == {"backup.target_failed"}
    assert states(chain) == [VERIFIED]
    (tmp_path / "file").unlink()
    actions.take(chain.ctx, kind="full")
    assert chain.alarms() == set()


def test_a_copy_that_reads_back_otherwise_does_not_count(chain, tmp_path, monkeypatch):
    targets(chain, tmp_path / "good", tmp_path / "rotten")
    real = Folder.put

    def put(self, file, name):
        real(self, file, name)
        if self.path.name == "rotten":
            raw = bytearray((self.path / name).read_bytes())
            raw[len(raw) // 2] ^= 1
            (self.path / name).write_bytes(raw)

    monkeypatch.setattr(Folder, "put", put)

    assert actions.take(chain.ctx, kind="full").good == [str(tmp_path / "good")]
    assert chain.alarms() == {"backup.target_failed"}


def test_no_target_at_all_is_a_failure_that_is_remembered(chain, tmp_path):
    (tmp_path / "file").write_text("")
    targets(chain, tmp_path / "file" / "dead")

    with pytest.raises(Unavailable, match="backups.no_target"):
        actions.take(chain.ctx, kind="full")

    assert states(chain) == ["failed"]
    assert chain.alarms() == {"backup.failed"}
    assert not (chain.hq.home / FOLDER).exists()


def test_a_full_disk_leaves_no_half_backup(chain, tmp_path, monkeypatch):
    targets(chain, tmp_path / "full")

    def copy(source, target, size):
        target.write(source.read(100))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", copy)

    with pytest.raises(Unavailable, match="No space left"):
        actions.take(chain.ctx, kind="full")

    assert list((tmp_path / "full").iterdir()) == []


def test_no_room_for_the_copy_is_a_failure_that_is_remembered(chain, monkeypatch):
    def full(source, target):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(copying, "engine_backup", full)

    with pytest.raises(Unavailable, match="backups.not_copied"):
        actions.take(chain.ctx, kind="full")

    assert states(chain) == ["failed"]
    assert chain.alarms() == {"backup.failed"}


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE balance SET quantity = quantity + 1",
        "UPDATE body SET body = X'7B7D' WHERE seq = 2",
        "UPDATE link SET bh = zeroblob(32) WHERE seq = 2",
        "DELETE FROM link WHERE seq = 2",
        "UPDATE origin SET seq = seq + 1",
    ],
)
def test_a_database_that_does_not_hold_is_no_backup(chain, store, spoil):
    """BK-06: every backup is drilled, not one a month: sums, bodies, links, heads."""
    chain.sell(store)
    with chain.hq.db.write() as connection:
        run(connection, spoil)

    with pytest.raises(Invalid, match="backups.damaged"):
        actions.take(chain.ctx, kind="full")

    assert states(chain) == ["failed"]
    assert chain.durable() == {}


def test_what_a_killed_process_left_is_swept_away(chain):
    (chain.hq.home / FOLDER).mkdir()
    (chain.hq.home / FOLDER / "copy.sqlite").write_text("half")

    chain.backup()

    assert not (chain.hq.home / FOLDER).exists()


def test_one_at_a_time(chain):
    with workplace(chain.hq.home), pytest.raises(NotNow, match="backups.running"):
        actions.take(chain.ctx, kind="full")


def test_a_lock_that_cannot_be_opened_is_no_backup_that_runs(chain):
    (chain.hq.home / "backup.lock").mkdir()

    with pytest.raises(Misconfigured, match="backup.lock"):
        actions.take(chain.ctx, kind="full")


def test_a_key_that_is_gone_is_not_replaced_in_silence(chain, store):
    """What another key seals, the words in the safe do not open."""
    chain.backup()
    path = chain.hq.home / keys.FILE
    raw = path.read_bytes()
    path.unlink()

    with pytest.raises(NotNow, match="backups.key_lost"):
        chain.backup()

    assert not path.exists()
    assert chain.alarms() == {"backup.failed"}
    write_secret(path, raw)
    chain.backup()
    assert chain.alarms() == set()


def test_a_stranger_is_refused(chain):
    nobody = replace(chain.ctx, actor=replace(chain.ctx.actor, permissions=frozenset()))
    one_store = replace(chain.ctx, actor=replace(chain.ctx.actor, stores=frozenset({"001"})))

    for ctx in (nobody, one_store):
        with pytest.raises(NotPermitted):
            actions.take(ctx, kind="full")
    with pytest.raises(LianpuError, match="backups.kind_unknown"):
        actions.take(chain.ctx, kind="half")
    assert states(chain) == []


# -- keeping -----------------------------------------------------------------------------------------------


def test_old_ones_go_and_the_base_of_a_kept_one_stays(chain):
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_keep=3)
    first = chain.backup()
    base = chain.backup()
    others = [chain.backup("incremental") for _ in range(4)]

    assert folder(chain) == sorted(path.name for path in [base, *others[-3:]])
    assert first.name not in folder(chain)


def test_a_backup_that_vanished_promises_nothing_until_it_is_back(chain, store):
    chain.sell(store)
    files = [chain.backup() for _ in range(3)]
    assert len(chain.durable()) == 1

    hidden = files[0].rename(chain.folder / "hidden")
    chain.backup()
    assert states(chain).count("missing") == 1
    hidden.rename(files[0])
    chain.backup()

    assert states(chain) == [VERIFIED] * 5


def test_the_oldest_is_read_again_and_found_rotten(chain, store):
    chain.sell(store)
    files = [chain.backup() for _ in range(3)]
    raw = bytearray(files[0].read_bytes())
    raw[-20] ^= 1
    files[0].write_bytes(raw)

    chain.backup()

    assert states(chain) == [VERIFIED, VERIFIED, VERIFIED, "failed"]
    assert "backup.rotten" in chain.alarms()


def test_what_the_promise_rests_on_never_disappears_with_the_live_database(chain, store):
    """SYNC §12 "durable from the live database": sales after the oldest backup are not promised."""
    chain.sell(store)
    point = store.node.journal.head.seq
    for _ in range(3):
        chain.backup()
        chain.sell(store)

    assert list(chain.durable().values()) == [point]


def test_what_was_stored_and_never_proven_goes_with_the_next_one(chain, monkeypatch):
    def rotten(path, manifest):
        raise Invalid("backups.damaged", why="a bit")

    with monkeypatch.context() as patched:
        patched.setattr(image, "drill", rotten)
        with pytest.raises(Invalid):
            chain.backup()
    assert len(folder(chain)) == 1

    whole = chain.backup()

    assert folder(chain) == [whole.name]
    assert not (chain.hq.home / unproven.FILE).exists()


def test_what_a_target_does_not_delete_is_tried_again_and_a_proven_one_stays(chain, monkeypatch):
    proven = chain.backup()
    unproven.note(chain.hq.home, "lianpu-hq-scrap.backup")
    unproven.note(chain.hq.home, proven.name)  # killed before it was told
    (proven.parent / "lianpu-hq-scrap.backup").write_bytes(b"scrap")

    def refuse(self, name):
        raise Unavailable("backups.target", target=self.name, why="denied")

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "drop", refuse)
        chain.backup()
    assert "lianpu-hq-scrap.backup" in folder(chain)

    chain.backup()

    assert len(folder(chain)) == 3 and proven.name in folder(chain)
