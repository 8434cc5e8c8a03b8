"""A record that the disk has damaged and nobody else has: the log goes on past it, and it is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.mirror.folder import Folder
from edge.mirror.keeper import READY, Mirror, owner_of
from edge.scrub import keeper
from edge.scrub.leaving import leave_out, take_up
from edge.scrub.look import scrub
from edge.syncing import homing, outbox
from edge.syncing.purge import DAY_MS, purge
from proof.crash.shop import HOME, exchange
from retail.errors import Unavailable
from sync.chain import body_hash
from sync.moves import Home
from tests.edge.scrub.conftest import Scrubbed
from tests.edge.scrub.test_look import EDITS, edited
from tests.edge.scrub.test_repair import ROWS

MINUTE = 60_000


def damage(store: Scrubbed, id_: str) -> str:
    """The number of the receipt whose bytes are others now."""
    edited(store, lambda tx: tx.execute(EDITS["body"], {"id": id_}))
    return str(store.node.db.value("SELECT number FROM document WHERE id = ?", (id_,)))


def talk(store: Scrubbed) -> None:
    """Both directions, the scrub that they may have asked for, and both again when they may try once more."""
    store.node.scrubber.transport = store.line
    for _ in range(2):
        exchange(store.node, store.shop.centre)
        assert not store.node.scrubber.wait(60)["running"]
        store.shop.clock.advance(2 * MINUTE)
    store.shop.centre.projector.drain()


def numbers_at_hq(store: Scrubbed) -> set[str]:
    return {row[0] for row in store.shop.centre.hq.db.rows("SELECT number FROM sale")}


def numbers_here(store: Scrubbed) -> set[str]:
    return {row[0] for row in store.node.db.rows("SELECT number FROM document")}


def a_mirror(store: Scrubbed, stick: Path) -> Mirror:
    stick.mkdir(exist_ok=True)
    return Mirror(store.node, Folder(stick, owner_of(store.node)), store.line)


def test_a_damaged_sale_that_nobody_has_does_not_keep_the_others_from_hq(store: Scrubbed) -> None:
    """Once its body was pushed and refused for ever, and no later sale ever came to HQ."""
    lost = damage(store, store.unsent[1])

    talk(store)
    store.sell("A")
    talk(store)

    assert numbers_here(store) - numbers_at_hq(store) == {lost}
    assert outbox.unsent(store.node.db).count == 0
    (hole,) = store.shop.centre.hq.db.rows("SELECT from_seq, to_seq, closed_at FROM hole")
    assert hole[0] == hole[1] and hole[2] is None
    ((code, facts),) = store.shop.centre.hq.db.rows("SELECT code, facts FROM alarm")
    assert code == "node.hole", "nobody is sent to look for a second computer"
    assert json.loads(facts)["lost"] == [lost]
    assert store.shop.centre.hq.db.value("SELECT count(*) FROM fork") == 0


def test_when_the_first_try_failed_the_next_one_comes_within_the_hour(
    store: Scrubbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a record was the reason for one scrub only, and a disk that was full then cost a day."""

    def full(*_: object) -> int:
        raise Unavailable("db.full")

    lost = damage(store, store.unsent[0])
    with monkeypatch.context() as patch:
        patch.setattr(keeper, "leave_out", full)
        talk(store)
    assert numbers_here(store) - numbers_at_hq(store) > {lost}

    store.shop.clock.advance(60 * MINUTE)
    talk(store)

    assert numbers_here(store) - numbers_at_hq(store) == {lost}


def test_a_body_that_is_gone_behind_a_damaged_one_and_that_nobody_found_is_named_too(store: Scrubbed) -> None:
    """A page of an index that a drive forgot: the look found one of the two, and going past it could not end."""
    found, unfound = store.unsent[0], store.unsent[2]
    lost = {damage(store, found)}
    lost.add(str(store.node.db.value("SELECT number FROM document WHERE id = ?", (unfound,))))
    report = scrub(store.node)
    report = replace(report, findings=[one for one in report.findings if one.id == found])
    store.node.db.writer.execute("PRAGMA foreign_keys = 0")
    edited(store, lambda tx: tx.execute("DELETE FROM body WHERE id = ?", (unfound,)))
    store.node.db.writer.execute("PRAGMA foreign_keys = 1")

    assert leave_out(store.node, report) == 2

    talk(store)
    assert lost.isdisjoint(numbers_at_hq(store)) and store.unsent[1] not in lost
    ((facts,),) = store.shop.centre.hq.db.rows("SELECT facts FROM alarm WHERE code = 'node.hole'")
    assert set(json.loads(facts)["lost"]) == lost


def test_what_hq_has_is_mended_and_nothing_is_left_out(store: Scrubbed) -> None:
    damage(store, store.sent[1])
    inc = store.node.journal.inc.inc

    store.node.scrubber.transport = store.line
    store.node.scrubber.begin(repair=True)
    store.node.scrubber.wait(60)
    talk(store)

    assert store.node.journal.inc.inc == inc
    assert numbers_here(store) == numbers_at_hq(store)


def test_what_hq_has_and_cannot_be_asked_for_now_is_not_left_out(store: Scrubbed) -> None:
    damage(store, store.sent[1])
    inc = store.node.journal.inc.inc

    store.node.scrubber.begin(repair=True)  # nobody answers at the address that this store was given
    store.node.scrubber.wait(60)

    assert store.node.journal.inc.inc == inc
    assert scrub(store.node).findings


def test_several_are_passed_at_once_and_the_first_and_the_last_may_be_among_them(store: Scrubbed) -> None:
    lost = {damage(store, store.unsent[0]), damage(store, store.unsent[2])}
    series = store.node.journal.inc.series

    talk(store)

    assert numbers_here(store) - numbers_at_hq(store) == lost
    assert store.shop.centre.hq.db.value("SELECT count(*) FROM hole") == 2
    assert store.node.journal.inc.series != series
    assert store.node.db.value("SELECT count(*) FROM inc") == 2


def test_a_bad_extent_full_of_receipts_is_passed_too(store: Scrubbed) -> None:
    """All of them named by one event would not fit the 64 KiB of it, and the log would stand still for ever."""
    ids = [store.sell("A") for _ in range(800)]
    numbers = [str(store.node.db.value("SELECT number FROM document WHERE id = ?", (id_,))) for id_ in ids]
    rotten = "UPDATE body SET body = x'00' WHERE id IN (SELECT value FROM json_each(?))"
    edited(store, lambda tx: tx.execute(rotten, (json.dumps(ids),)))

    talk(store)
    store.sell("B")
    talk(store)

    assert numbers_here(store) - numbers_at_hq(store) == set(numbers)
    assert outbox.unsent(store.node.db).count == 0
    holes = store.shop.centre.hq.db.rows("SELECT from_seq, to_seq FROM hole ORDER BY from_seq")
    assert sum(last - first + 1 for first, last in holes) == len(ids) and len(holes) < 10
    for (facts,) in store.shop.centre.hq.db.rows("SELECT facts FROM alarm WHERE code = 'node.hole'"):
        assert len(facts) < 2_000, "it stays readable"


def test_two_copies_of_a_disk_that_both_go_past_a_hole_are_told_of(store: Scrubbed, tmp_path: Path) -> None:
    """They part behind the dead record, where HQ has nothing of either log: only their incarnations tell."""
    damage(store, store.unsent[0])
    store.close()
    twin = Scrubbed(store.shop, tmp_path / "twin", store.node, [], [])
    shutil.copytree(store.root, twin.root)

    for one in (store, twin):
        one.open()
        one.sell("A")
        talk(one)
    twin.close()

    parted = store.shop.centre.hq.db.rows("SELECT inc, seq, closed_at FROM fork")
    (hole,) = store.shop.centre.hq.db.rows("SELECT inc, from_seq FROM hole")
    assert [tuple(row) for row in parted] == [(*hole, None)]
    alarms = store.shop.centre.hq.db.rows("SELECT code FROM alarm ORDER BY code")
    assert [row.code for row in alarms] == ["fork.found", "node.hole", "node.hole"]


def test_an_older_copy_that_prints_the_numbers_of_a_disk_which_went_past_a_hole_is_told_of(
    store: Scrubbed, tmp_path: Path
) -> None:
    """Seed 14831: it goes on in the old log, exactly where HQ's ends, so that no place was ever claimed twice."""
    talk(store)
    store.close()
    older = Scrubbed(store.shop, tmp_path / "older", store.node, [], [])
    shutil.copytree(store.root, older.root)
    store.open()
    damage(store, store.sell("A"))
    store.sell("B")
    talk(store)
    assert store.shop.centre.hq.db.rows("SELECT inc FROM fork") == []

    older.open()
    old = older.node.journal.inc.inc
    for _ in range(3):
        older.sell("C")
        talk(older)
    older.close()

    twice = "SELECT number FROM sale GROUP BY number HAVING count(*) > 1"
    assert len(store.shop.centre.hq.db.rows(twice)) == 1, "both receipts are kept"
    parted = store.shop.centre.hq.db.rows("SELECT inc, closed_at FROM fork")
    assert [tuple(row) for row in parted] == [(old, None)]
    alarms = store.shop.centre.hq.db.rows("SELECT code, facts FROM alarm WHERE code LIKE 'fork%'")
    assert [row.code for row in alarms] == ["fork.found"]


def test_the_mirror_goes_on_past_it_without_a_line(store: Scrubbed, tmp_path: Path) -> None:
    mirror = a_mirror(store, tmp_path / "stick")
    damage(store, store.unsent[0])

    assert mirror.turn() and mirror.status()["state"] == "damaged"
    store.node.scrubber.wait(60)
    later = store.sell("B")
    assert mirror.turn() and mirror.status()["state"] == READY

    copied = {one.life.inc: one.seq for one in Folder(tmp_path / "stick", owner_of(store.node)).standings()}
    assert copied[store.node.journal.inc.inc] == store.node.journal.head.seq
    assert store.node.db.value("SELECT inc FROM link WHERE id = ?", (later,)) == store.node.journal.inc.inc


def test_what_was_left_out_is_said_when_a_mirror_brings_its_bytes_back(
    store: Scrubbed, tmp_path: Path
) -> None:
    a_mirror(store, tmp_path / "stick").turn()
    rots_while_the_stick_is_away(store, tmp_path / "stick", store.unsent[1])
    assert store.node.mirror.turn() and store.node.mirror.status()["state"] == READY


def put_back_and_given_its_sale_by_the_mirror(store: Scrubbed, stick: Path) -> str:
    """A sale that HQ has never seen: its disk is put back to the time before it, and the mirror has it."""
    mirror, home, older = a_mirror(store, stick), store.root / HOME, store.root.with_name("older")
    mirror.turn()
    for db in (store.node.db, store.node.reference.db):
        db.checkpoint()
    shutil.copytree(home, older, ignore=shutil.ignore_patterns("*.lock"))
    sold = store.sell("A", "B")
    mirror.turn()
    store.close()
    shutil.rmtree(home)
    shutil.copytree(older, home)
    store.open()
    a_mirror(store, stick).turn()
    return sold


def test_what_a_mirror_gave_back_and_then_rotted_is_said_when_its_bytes_come_again(
    store: Scrubbed, tmp_path: Path
) -> None:
    """Once only what the till itself had written was looked for, and the mirror's second gift came to nobody."""
    sold = put_back_and_given_its_sale_by_the_mirror(store, tmp_path / "stick")
    assert store.node.db.value("SELECT replayed FROM body WHERE id = ?", (sold,)) == 1
    rots_while_the_stick_is_away(store, tmp_path / "stick", sold)


def rots_while_the_stick_is_away(store: Scrubbed, stick: Path, id_: str) -> None:
    """HQ does not get it without the stick, and gets it when the stick is there again."""
    pocket = stick.with_name("pocket")
    stick.rename(pocket)
    store.node.mirror = None
    lost = damage(store, id_)
    talk(store)
    assert numbers_here(store) - numbers_at_hq(store) == {lost}

    pocket.rename(stick)
    store.node.mirror = a_mirror(store, stick)
    store.node.scrubber.begin(repair=True)
    talk(store)

    assert numbers_here(store) == numbers_at_hq(store)
    assert scrub(store.node).findings == []


def without_its_newest_link(store: Scrubbed) -> None:
    """The page with it is lost; the bodies stand elsewhere. The next start sees it by the witness."""
    edited(store, lambda tx: tx.execute("DELETE FROM link WHERE id = ?", (store.unsent[-1],)))
    store.close()
    store.open()


def test_a_sale_whose_newest_link_was_lost_is_said_in_the_next_life(store: Scrubbed) -> None:
    """Once it was a finding of every night, and HQ was never told."""
    without_its_newest_link(store)
    store.node.scrubber.transport = store.line

    store.node.scrubber.begin(repair=True)
    found = store.node.scrubber.wait(60)["report"]
    talk(store)

    assert numbers_here(store) == numbers_at_hq(store)
    assert found["findings"] == [] and found["repaired"] == 1
    assert scrub(store.node).findings == []


def test_it_is_said_once(store: Scrubbed) -> None:
    without_its_newest_link(store)

    assert take_up(store.node) == [store.unsent[-1]]
    assert take_up(store.node) == []


def test_it_waits_for_hq_where_hq_has_it(store: Scrubbed) -> None:
    """Its own place is mended by the next session, so it needs no second one."""
    exchange(store.node, store.shop.centre)
    without_its_newest_link(store)

    assert take_up(store.node) == []

    talk(store)
    assert numbers_here(store) == numbers_at_hq(store)
    assert store.node.db.value("SELECT count(*) FROM link WHERE id = ?", (store.unsent[-1],)) == 1
    assert scrub(store.node).findings == []


def without_links(store: Scrubbed, *ids: str) -> None:
    """A page of links is lost, and no power cut told of it."""
    edited(store, lambda tx: [tx.execute("DELETE FROM link WHERE id = ?", (id_,)) for id_ in ids])


def without_anything(store: Scrubbed, *ids: str) -> set[str]:
    """The numbers of the receipts of which nothing at all is left."""
    rows = store.node.db.rows(
        "SELECT number FROM document WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
    )
    without_links(store, *ids)
    for id_ in ids:
        edited(store, lambda tx, id_=id_: [tx.execute(f"DELETE FROM {name} WHERE id = ?", (id_,)) for name in ROWS])  # fmt: skip
    return {row["number"] for row in rows}


def test_a_run_of_places_that_nobody_has_does_not_keep_the_others_from_hq(store: Scrubbed) -> None:
    """Once the log stood still before the first of them for ever, and no later sale came to HQ."""
    store.sell("A")
    first = store.node.db.value("SELECT seq FROM link WHERE id = ?", (store.unsent[1],))
    lost = without_anything(store, *store.unsent[1:])

    talk(store)
    store.sell("A")
    talk(store)

    assert lost and numbers_here(store) == numbers_at_hq(store)
    assert outbox.unsent(store.node.db).count == 0
    holes = store.shop.centre.hq.db.rows("SELECT from_seq, to_seq FROM hole")
    assert [tuple(row) for row in holes] == [(first, first + 1)]
    ((code, facts),) = store.shop.centre.hq.db.rows("SELECT code, facts FROM alarm")
    assert code == "node.hole" and json.loads(facts)["lost"] == [str(first), str(first + 1)]
    assert store.node.db.value("SELECT count(*) FROM inc") == 2, "once"
    assert [finding.kind for finding in scrub(store.node).findings] == ["link", "number"], "it stays named"


def test_of_such_a_run_the_bodies_that_are_left_are_said_all_the_same(store: Scrubbed) -> None:
    store.sell("A")
    lost = without_anything(store, store.unsent[0])
    without_links(store, store.unsent[1])

    talk(store)

    assert lost and numbers_here(store) == numbers_at_hq(store)
    assert outbox.unsent(store.node.db).count == 0
    assert "stray" not in {finding.kind for finding in scrub(store.node).findings}


def test_a_run_that_begins_at_what_hq_has_waits_for_hq(store: Scrubbed) -> None:
    store.sell("A")
    without_anything(store, store.sent[-1])
    without_anything(store, store.unsent[0])
    inc = store.node.journal.inc.inc

    store.node.scrubber.begin(repair=True)  # nobody answers at the address that this store was given
    store.node.scrubber.wait(60)
    assert store.node.journal.inc.inc == inc

    talk(store)
    assert store.node.journal.inc.inc != inc
    assert numbers_here(store) == numbers_at_hq(store)
    assert outbox.unsent(store.node.db).count == 0


def test_a_run_comes_back_with_the_mirror(store: Scrubbed, tmp_path: Path) -> None:
    """Into its own places of the log that was left, which no push says any more; HQ hears it at the end."""
    store.sell("A")
    a_mirror(store, tmp_path / "stick").turn()
    (tmp_path / "stick").rename(tmp_path / "pocket")
    store.node.mirror = None
    lost = without_anything(store, *store.unsent[:2])
    talk(store)

    (tmp_path / "pocket").rename(tmp_path / "stick")
    store.node.mirror = a_mirror(store, tmp_path / "stick")
    store.node.scrubber.begin(repair=True)
    talk(store)

    assert lost <= numbers_here(store) == numbers_at_hq(store)
    assert scrub(store.node).findings == []
    live = "SELECT id FROM link WHERE abandoned = 0 GROUP BY id HAVING count(*) > 1"
    assert store.node.db.rows(live) == []
    assert store.node.mirror.turn() and store.node.mirror.status()["state"] == READY


def test_a_link_that_follows_from_nothing_is_passed_and_its_sale_said(store: Scrubbed) -> None:
    """Its body is whole, but no hash on this disk says where it stood."""
    rotten = "UPDATE link SET prev = randomblob(32), hash = randomblob(32) WHERE id = ?"
    edited(store, lambda tx: tx.execute(rotten, (store.unsent[-1],)))
    store.close()
    store.open()

    store.node.scrubber.begin(repair=True)  # that night
    talk(store)
    store.sell("A")
    talk(store)

    assert numbers_here(store) == numbers_at_hq(store)
    assert outbox.unsent(store.node.db).count == 0


def test_other_bytes_than_those_of_the_link_are_not_said_even_when_their_row_agrees_with_them(
    store: Scrubbed,
) -> None:
    id_ = store.unsent[1]
    other = bytes(store.node.db.value("SELECT body FROM body WHERE id = ?", (id_,))).replace(b"1000", b"9000")
    number = store.node.db.value("SELECT number FROM document WHERE id = ?", (id_,))
    forged = (other, body_hash(other), id_)
    edited(store, lambda tx: tx.execute("UPDATE body SET body = ?, bh = ? WHERE id = ?", forged))

    talk(store)
    store.node.scrubber.begin(repair=True)
    talk(store)

    assert numbers_here(store) - numbers_at_hq(store) == {number}
    assert store.node.db.value("SELECT count(*) FROM inc") == 2


def test_a_link_that_is_gone_where_hq_ends_is_doubted_at_once(store: Scrubbed) -> None:
    """Once the two compared their logs again and again, and no sale came to HQ until the night."""
    without_anything(store, store.sent[-1])

    talk(store)
    talk(store)

    assert numbers_here(store) == numbers_at_hq(store)
    assert scrub(store.node).findings == []


def test_a_tail_that_was_written_anew_and_deleted_is_not_said_again(store: Scrubbed) -> None:
    """Its body stays for the link that was abandoned. Once each night wrote it anew, and each purge deleted that."""
    first = outbox.incs(store.node.db.writer)[0]
    assert first.receipt is not None
    homing.home(store.node, Home(first.inc, first.receipt.seq, "fork"))
    store.sell("A")
    talk(store)
    with store.node.journal.writing() as tx:
        newest = outbox.incs(tx)[-1]
        assert newest.receipt is not None
        outbox.keep_durable(tx, newest.inc, (newest.receipt.seq, newest.receipt.hash))
        tx.execute("UPDATE shift SET state = 'closed'")
    later = store.node.clock.now_ms() + 500 * DAY_MS

    assert purge(store.node.journal, newest.receipt.epoch, later)

    assert store.node.db.value("SELECT count(*) FROM body WHERE id = ?", (store.unsent[0],)) == 1
    assert take_up(store.node) == []
    inc = store.node.journal.inc.inc
    edited(store, lambda tx: tx.execute(EDITS["line"], {"id": store.unsent[1]}))
    store.node.scrubber.begin(repair=True)
    store.node.scrubber.wait(60)
    assert store.node.db.rows("SELECT 1 FROM link WHERE inc = ? AND id = ?", (inc, store.unsent[1])) == []
