"""HQ is put back to any of its backups: the stores send again, nothing is lost, nothing counts twice."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from hq.backups import archive, keys, replacing
from hq.backups import restore as restoring
from hq.backups.release import release
from hq.enrolment import actions as enrolling
from hq.enrolment import branches, revoked
from hq.headquarters import Headquarters, check_there
from hq.ingest import epoch, own, trust
from kit import beside
from kit.crypto import fingerprint
from kit.db import engine_last_state
from kit.sql import run
from proof.sim.parties import sell, text
from retail.errors import Conflict, Invalid, Misconfigured, NotPermitted
from schemas.events.stock import OpeningStockSet
from schemas.rows.catalogue import CategoryRow
from tests.hq.backups.conftest import judged


@pytest.fixture
def backups(chain, store):
    """Three backups with sales between them and after them."""
    found = []
    for _ in range(3):
        chain.sell(store)
        found.append(chain.backup())
    chain.sell(store)
    return found


@pytest.mark.parametrize("which", [0, 1, 2])
def test_any_of_the_last_three_can_be_restored(chain, store, backups, which):
    """BK-06: what every backup proved by its drill: chains verify, totals are equal."""
    before = chain.hq.epoch

    done = chain.restore(backups[which])

    assert len(chain.sales()) == 2 * (which + 1)
    assert done.lost == []
    assert chain.hq.epoch == done.epoch != before
    assert chain.durable() == {}
    assert {"hq.restored", "scopes.frozen"} <= chain.alarms()
    chain.settle(store)
    assert chain.sales() == sorted(chain.sold)
    judged(chain, store)


def test_the_same_one_twice(chain, store, backups):
    first = chain.restore(backups[0])
    chain.settle(store)
    chain.sell(store)

    second = chain.restore(backups[0])
    assert len(chain.sales()) == 2
    chain.settle(store)

    assert chain.sales() == sorted(chain.sold)
    assert int(second.epoch[:8]) == int(first.epoch[:8]) + 1
    judged(chain, store)


def test_the_old_database_is_set_aside_whole(chain, store, backups):
    done = chain.restore(backups[0])

    aside = Path(done.aside) / "hq.sqlite"
    assert aside.exists() and aside.parent.parent == chain.hq.home / "replaced"
    chain.settle(store)
    again = chain.hq
    again.close()
    old = Headquarters.open(chain.folder / "look", clock=chain.clock, url=f"sqlite:///{aside}")
    assert old.db.value("SELECT COUNT(*) FROM sale") == len(chain.sold)
    old.close()
    chain.centre.hq = Headquarters.open(again.home, clock=chain.clock)


def test_what_hq_itself_has_said_since_is_named_as_gone(chain, store, backups):
    with chain.hq.db.write() as connection:
        for _ in range(2):
            fact = OpeningStockSet(store="001", lines=[], note="")
            own.record(chain.hq, connection, fact, staff="admin")
    last = chain.hq.epoch

    done = chain.restore(backups[2])

    assert [(one.node, one.inc, one.first, one.last) for one in done.own] == [("hq", last, 1, 2)]
    assert restoring.plain(done)["own"] == [f"hq/{last} 1–2"]


def test_a_lost_database_is_restored_all_the_same(chain, store, backups):
    database = Path(str(chain.hq.db.url.database))
    home, ctx = chain.hq.home, chain.ctx
    chain.hq.close()
    for end in ("", "-wal", "-shm"):
        Path(f"{database}{end}").unlink(missing_ok=True)

    done = restoring.restore(home, database, restoring.Wanted(backups[2]), ctx=ctx)

    assert done.aside == ""
    chain.centre.hq = Headquarters.open(home, clock=chain.clock)
    assert len(chain.sales()) == 6


def test_a_database_that_nobody_can_read_is_replaced(chain, store, backups):
    database = Path(str(chain.hq.db.url.database))
    home, ctx = chain.hq.home, chain.ctx
    chain.hq.close()
    for end in ("-wal", "-shm"):
        Path(f"{database}{end}").unlink(missing_ok=True)
    database.write_bytes(b"not a database at all" * 1000)

    restoring.restore(home, database, restoring.Wanted(backups[2]), ctx=ctx)

    chain.centre.hq = Headquarters.open(home, clock=chain.clock)
    assert len(chain.sales()) == 6


def spoilt(file, tmp_path, how):
    raw = bytearray(file.read_bytes())
    copy = tmp_path / "spoilt.backup"
    copy.write_bytes(how(raw))
    return copy


def flip(raw):
    raw[len(raw) // 2] ^= 1
    return raw


@pytest.mark.parametrize("how", [flip, lambda raw: raw[:-100], lambda raw: raw[:50], lambda raw: b"letter"])
def test_a_bad_file_changes_nothing(chain, store, backups, tmp_path, how):
    before = chain.hq.epoch, chain.sales()

    with pytest.raises(Invalid):
        chain.restore(spoilt(backups[0], tmp_path, how))

    assert (chain.hq.epoch, chain.sales()) == before
    assert not (chain.hq.home / "backup-work").exists()


def test_the_key_may_come_from_paper_and_another_is_refused(chain, store, backups, tmp_path):
    words, path = tmp_path / "words.txt", chain.hq.home / keys.FILE
    words.write_text(keys.to_words(keys.load(path)) + "\n")
    path.unlink()
    with pytest.raises(Invalid, match="backups.key_missing"):
        chain.restore(backups[0])
    wrong = tmp_path / "wrong.key"
    wrong.write_bytes(bytes(32))
    with pytest.raises(NotPermitted, match="backups.key_wrong"):
        chain.restore(backups[0], key_file=wrong)

    chain.restore(backups[0], key_file=words)

    assert len(chain.sales()) == 2


def test_the_key_from_paper_opens_the_next_backup_too(chain, store, backups, tmp_path):
    """A second disk is lost after the first: the words in the safe are all that there is."""
    words, path = tmp_path / "words.txt", chain.hq.home / keys.FILE
    old = keys.load(path)
    words.write_text(keys.to_words(old) + "\n")
    path.unlink()  # a new computer

    chain.restore(backups[2], key_file=words)

    assert keys.load(path) == old
    assert path.stat().st_mode & 0o777 == 0o600
    for kind in ("incremental", "full"):
        assert archive.manifest_of(chain.backup(kind), keys.from_words(words.read_text())).kind == kind
    assert "backup.failed" not in chain.alarms()


@pytest.mark.parametrize("other", [bytes(32), b"no key at all"], ids=["another key", "no key"])
def test_a_key_that_did_not_open_it_is_not_replaced(chain, store, backups, tmp_path, other):
    words, path, before = tmp_path / "words.txt", chain.hq.home / keys.FILE, chain.hq.epoch
    words.write_text(keys.to_words(keys.load(path)))
    path.write_bytes(other)

    with pytest.raises(Conflict, match="backups.key_other"):
        chain.restore(backups[2], key_file=words)

    assert path.read_bytes() == other
    assert (chain.hq.epoch, chain.sales()) == (before, sorted(chain.sold)), "nothing was changed"
    path.rename(tmp_path / "aside.key")
    chain.restore(backups[2], key_file=words)
    assert keys.to_words(keys.load(path)) == words.read_text()


def test_a_running_server_is_not_restored_under_its_feet(chain, store, backups):
    with pytest.raises(Misconfigured, match="in use"):
        restoring.restore(
            chain.hq.home, Path(str(chain.hq.db.url.database)), restoring.Wanted(backups[0]), ctx=chain.ctx
        )


def test_a_restore_that_was_broken_off_lets_nobody_start(chain, store, backups, monkeypatch):
    home, ctx = chain.hq.home, chain.ctx

    def power_cut(path):
        raise KeyboardInterrupt

    monkeypatch.setattr(replacing, "sync_folder", power_cut)
    with pytest.raises(Misconfigured, match="broken off"):
        chain.restore(backups[0])  # the power goes, then somebody starts the server
    monkeypatch.undo()
    with pytest.raises(Misconfigured, match="broken off"):
        check_there(home)

    done = restoring.restore(home, home / "hq.sqlite", restoring.Wanted(backups[0]), ctx=ctx)

    with engine_last_state(Path(done.aside) / "hq.sqlite") as old:
        assert old.execute("SELECT count(*) FROM sale").fetchone()[0] == len(chain.sold)
    chain.centre.hq = Headquarters.open(home, clock=chain.clock)
    assert len(chain.sales()) == 2


def test_an_epoch_that_a_store_has_seen_is_never_used_again(chain, store, backups):
    beside.write(chain.hq.home / epoch.FILE, {"greatest": 41})

    assert chain.restore(backups[0]).epoch.startswith("00000042-")


# -- what outlives a backup --------------------------------------------------------------------------------


def test_a_key_that_was_revoked_after_the_backup_stays_revoked(chain, store, backups):
    key = store.node.key.public
    enrolling.revoke(dataclasses.replace(chain.ctx), node="001", public_key=key)
    assert revoked.listed(chain.hq.home) == [("001", key, chain.clock.now_ms(), None)]

    chain.restore(backups[0])
    chain.settle(store)

    assert len(chain.sales()) == 2, "the stolen computer tells HQ nothing"


def test_what_was_said_of_a_lost_device_after_the_backup_holds(chain, store, backups):
    """I5: the books of the older database follow it when HQ is opened."""
    key, inc = store.node.key.public, store.node.journal.inc.inc
    enrolling.revoke(chain.ctx, node="001", public_key=key, lost=True)
    named = {"node": "001", "public_key": key, "named": {inc: 1}, "reason": "stolen"}
    branches.trust_up_to(chain.ctx, **named)

    chain.restore(backups[0])

    assert revoked.branches(chain.hq.home) == [("001", inc, 1)]
    assert chain.hq.db.value("SELECT count(*) FROM posting") > 0
    assert chain.hq.db.value("SELECT coalesce(sum(abs(quantity)), 0) FROM balance") == 0


def test_what_counts_of_a_lost_device_and_lay_unread_in_the_backup_is_booked_once(chain, store):
    """I5: the books follow the decision when HQ is opened, before anybody speaks to it."""
    chain.sell(store)
    sell(store.node)
    for _ in range(6):
        chain.poll(store)  # stored, and not carried into the books yet
    file = chain.backup()
    chain.centre.projector.drain()
    enrolling.revoke(chain.ctx, node="001", public_key=store.node.key.public, lost=True)
    live = booked(chain)

    chain.restore(file, accept_loss=True)
    assert chain.hq.db.value("SELECT count(*) FROM trusted_branch WHERE seq <> counted") == 0
    chain.centre.projector.drain()
    trust.carry_out_all(chain.hq)

    assert booked(chain) == live != {}


def booked(chain):
    rows = chain.hq.db.rows("SELECT account, commodity, quantity FROM balance WHERE quantity <> 0")
    return {(row[0], row[1]): row[2] for row in rows}


def test_a_key_that_the_backup_never_knew_stays_revoked(chain):
    empty = chain.backup()
    thief = chain.store("002")
    chain.sell(thief)
    key, at = thief.node.key.public, chain.clock.now_ms()
    enrolling.revoke(chain.ctx, node="002", public_key=key, lost=True)

    chain.restore(empty)
    chain.settle(thief)

    assert chain.sales() == []
    facts = chain.hq.db.row("SELECT node, fingerprint, lost_at FROM node_key WHERE revoked_at IS NOT NULL")
    assert tuple(facts) == ("002", fingerprint(key), at)
    thief.node.close()


def test_nobody_is_signed_in_by_a_session_of_the_past(chain, store):
    with chain.hq.db.write() as connection:
        run(
            connection,
            "INSERT INTO hq_session (token_digest, user_id, created_at, seen_at, address) VALUES ('d','u',0,0,'')",
        )
    file = chain.backup()

    chain.restore(file)

    for table in ("hq_session", "device_session"):
        assert chain.hq.db.value(f"SELECT COUNT(*) FROM {table}") == 0


def test_the_restore_is_in_the_audit(chain, store, backups):
    done = chain.restore(backups[1])

    row = chain.hq.db.row("SELECT actor, facts FROM audit_entry WHERE verb = 'backup.restored'")
    assert row.actor == "command-line" and done.epoch in row.facts and done.manifest.file in row.facts


# -- frozen ------------------------------------------------------------------------------------------------


def category(name):
    return {("chain", "category", "c1"): CategoryRow(code="c1", name=text(name), parent=None, position=1)}


def shown(store):
    row = store.node.reference.db.row("SELECT bytes FROM row WHERE kind = 'category' AND key = 'c1'")
    return None if row is None else row[0].decode()


def version(store):
    return store.node.reference.db.row("SELECT epoch, version FROM scope WHERE scope = 'chain'")


def test_the_stores_keep_their_rows_until_somebody_releases_hq_s(chain, store):
    chain.centre.publish(category("Old"))
    chain.settle(store)
    file = chain.backup()
    for name in ("Newer", "Newest"):
        chain.centre.publish(category(name))
        chain.settle(store)
    before = version(store)[1]

    chain.restore(file)
    chain.settle(store)
    assert "Newest" in shown(store)
    chain.sell(store)
    assert len(chain.sales()) == 2, "uploads go on"
    chain.centre.publish(category("After"))
    chain.settle(store)
    assert "Newest" in shown(store), "frozen is frozen"

    release(chain.ctx)
    chain.settle(store)

    assert "After" in shown(store)
    assert version(store)[0] == chain.hq.epoch and version(store)[1] > before, "D4: a version never falls"
    assert "scopes.frozen" not in chain.alarms()
    judged(chain, store)
    with pytest.raises(Conflict, match="backups.not_frozen"):
        release(chain.ctx)


def test_a_scope_that_began_after_the_backup_is_lifted_too(chain, store):
    """HQ has forgotten that there ever was something in it; the store has not (D4, found by the simulation)."""
    chain.settle(store)
    file = chain.backup()
    chain.centre.publish(category("Newer"))
    chain.settle(store)
    before = version(store)[1]

    chain.restore(file)
    chain.settle(store)
    release(chain.ctx)
    chain.settle(store)

    assert shown(store) is None
    assert version(store)[0] == chain.hq.epoch and version(store)[1] > before


def test_equal_rows_go_on_without_a_reset(chain, store):
    chain.centre.publish(category("Same"))
    chain.settle(store)
    file = chain.backup()

    chain.restore(file)
    chain.settle(store)
    release(chain.ctx)
    chain.settle(store)
    chain.centre.publish(category("Next"))
    chain.settle(store)

    assert "Next" in shown(store)


def test_a_store_that_was_away_while_frozen_gets_hq_s_rows(chain, store):
    chain.centre.publish(category("Old"))
    chain.settle(store)
    file = chain.backup()
    chain.centre.publish(category("Newer"))
    chain.settle(store)

    chain.restore(file)
    release(chain.ctx)
    chain.settle(store)

    assert "Old" in shown(store)
    judged(chain, store)


def test_a_store_may_release_nothing(chain, store, backups):
    chain.restore(backups[0])
    nobody = dataclasses.replace(
        chain.ctx, actor=dataclasses.replace(chain.ctx.actor, permissions=frozenset())
    )

    with pytest.raises(NotPermitted):
        release(nobody)

    assert "scopes.frozen" in chain.alarms()
