"""A snapshot on its way to a store: cut, spoilt, killed, left behind; and then in force (FAULTS SY-19)."""

from __future__ import annotations

import os

import pytest

from edge.syncing.downloads import PRIVATE_MS, Downloads
from edge.syncing.jobs import jobs
from hq.publish import snapshots
from retail.errors import NetworkError
from sync import calls, snapshot
from sync.calls import Answer
from sync.down import State

ROWS = {("chain", "note", f"{n:03d}"): b'{"n":%d}' % n for n in range(60)}


class Line:
    """HQ, with something between that may spoil the answers; remembers which bytes were asked for."""

    def __init__(self, world, spoil=lambda asked, answer: answer):
        self.world = world
        self.spoil = spoil
        self.ranges = []

    def send(self, request):
        if not request.path.startswith("/snapshot/"):
            return self.world.line.send(request)
        self.ranges.append(request.headers["Range"])
        return self.spoil(len(self.ranges), self.world.line.send(request))

    def close(self):
        """Nothing is held."""


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(snapshot, "PLAIN_BYTES", 400)


@pytest.fixture
def store(world):
    """A store whose rows of the chain are rotten, so that only a snapshot helps."""
    made = world.store()
    world.centre.publish(ROWS)
    world.poll(made)
    spoil_rows(made)
    yield made
    made.node.close()


def spoil_rows(store):
    with store.node.reference.db.write() as tx:
        tx.execute("UPDATE row SET bytes = x'7b7d20'")
    store.links.down.inbox.forget(["chain"])


def poll(world, store, line, minutes=1):
    world.clock.advance(minutes * 60_000)
    store.up(world.line)
    store.down(line)


def content(store):
    rows = store.node.reference.db.rows("SELECT key, bytes FROM row WHERE scope = 'chain' ORDER BY key")
    return {("chain", "note", row["key"]): row["bytes"] for row in rows}


def cut_after(chunks):
    def spoil(asked, answer):
        if asked > chunks:
            raise NetworkError("test.cut")
        return answer

    return spoil


def run_until_cut(world, store, line):
    """Half a minute later, both directions, until the line breaks in the download."""
    world.clock.advance(30_000)
    store.up(world.line)
    request = store.links.down.wake()
    while request is not None:
        try:
            answer = line.send(request)
        except NetworkError as error:
            request = store.links.down.failed(error)
        else:
            request = store.links.down.answered(answer)


def left(store):
    return sorted(file.name for file in store.node.home.glob("snapshots/*"))


def test_it_comes_chunk_by_chunk_and_leaves_nothing_behind(world, store):
    line = Line(world)

    poll(world, store, line)

    assert len(line.ranges) == len(set(line.ranges)) > 2
    assert content(store) == ROWS
    assert store.links.down.inbox.verify() == []
    assert left(store) == []


def test_after_a_cut_only_what_is_missing_is_asked_for(world, store):
    first = Line(world, cut_after(2))
    run_until_cut(world, store, first)
    assert content(store) != ROWS
    assert left(store) == ["chain.manifest", "chain.part"]

    second = Line(world)
    poll(world, store, second)

    assert content(store) == ROWS
    assert second.ranges[0] == first.ranges[2]
    assert set(first.ranges[:2]) & set(second.ranges) == set()


def test_after_a_kill_it_goes_on_behind_the_last_whole_chunk(world, store):
    first = Line(world, cut_after(3))
    run_until_cut(world, store, first)
    part = store.node.home / "snapshots" / "chain.part"
    part.write_bytes(part.read_bytes()[:-3])  # power failed while the third was written

    reborn = world.links(store.node)
    line = Line(world)
    poll(world, reborn, line)

    assert content(store) == ROWS
    assert line.ranges[0] == first.ranges[2]


def test_a_corrupt_chunk_is_fetched_again(world, store):
    def flip(asked, answer):
        if asked != 2:
            return answer
        return Answer(answer.status, answer.headers, answer.body[:-1] + bytes([answer.body[-1] ^ 1]))

    line = Line(world, flip)
    poll(world, store, line)

    assert content(store) == ROWS
    assert line.ranges[1] == line.ranges[2]
    assert store.links.down.alarms == []


def test_a_chunk_that_stays_corrupt_alarms_and_the_old_rows_stay(world, store):
    before = content(store)
    line = Line(world, lambda asked, answer: Answer(206, {}, b"an HTML page of a proxy"))

    poll(world, store, line)

    assert store.links.down.alarms == ["sync.snapshot_damaged"]
    assert len(line.ranges) == 3
    assert store.links.down.machine.state is State.WAITING
    assert content(store) == before

    poll(world, store, Line(world))
    assert content(store) == ROWS
    assert store.links.down.alarms == []


def rot(file):
    """One bit flips on the disk, which tells nobody: the file's times stay."""
    before, content = file.stat(), bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def hq_file(world, scope="chain"):
    """HQ has built the file, and has read it once since."""
    hq = world.centre.hq
    assert snapshots.offer(hq, scope) == snapshots.offer(hq, scope)
    return snapshots.file_of(hq.home, snapshots.offer(hq, scope))


def test_a_file_that_rots_at_hq_while_it_is_served_is_built_again(world, store):
    file = hq_file(world)

    def while_served(asked, answer):
        if asked == 1:
            rot(file)
        return answer

    line = Line(world, while_served)
    poll(world, store, line)
    assert store.links.down.alarms == ["sync.snapshot_damaged"]
    poll(world, store, line)

    assert content(store) == ROWS
    assert store.links.down.alarms == []
    assert left(store) == []


def test_a_store_s_own_file_that_rots_comes_under_another_key(world, store):
    own = {("store:001", "note", f"{n:03d}"): b'{"n":%d}' % n for n in range(60)}
    world.centre.publish(own)
    store.links.down.inbox.forget(["store:001"])
    with store.node.reference.db.write() as tx:
        tx.execute("DELETE FROM row WHERE scope = 'store:001'")
    before = hq_file(world, "store:001")
    rot(before)

    for _ in range(3):
        poll(world, store, Line(world))

    assert store.node.reference.db.value("SELECT COUNT(*) FROM row WHERE scope = 'store:001'") == len(own)
    assert hq_file(world, "store:001") != before


def price(store):
    return store.node.reference.db.value("SELECT bytes FROM row WHERE scope = 'zone:A' AND key = 'z'")


def test_a_scope_that_does_not_come_leaves_the_way_to_the_others(world, store):
    broken = Line(world, lambda asked, answer: Answer(206, {}, b"an HTML page of a proxy"))
    world.centre.publish({("zone:A", "note", "z"): b'{"n":7}'})

    poll(world, store, broken)

    assert price(store) == b'{"n":7}'
    assert store.links.down.alarms == ["sync.snapshot_damaged"]
    assert content(store) != ROWS

    world.centre.publish({("zone:A", "note", "z"): b'{"n":8}'})
    poll(world, store, broken)

    assert price(store) == b'{"n":8}'


def test_a_scope_that_hq_cannot_answer_leaves_the_way_to_the_others(world, store):
    class Refusing(Line):
        def send(self, request):
            answer = super().send(request)
            refused = request.path.startswith(("/scope/chain", "/buckets/chain"))
            return Answer(500, {}, b"") if refused else answer

    world.centre.publish({("zone:A", "note", "z"): b'{"n":7}'})

    poll(world, store, Refusing(world))

    assert price(store) == b'{"n":7}'
    assert store.links.down.machine.state is State.WAITING


def test_hq_moves_on_meanwhile_the_begun_one_is_finished_and_the_changes_follow(world, store):
    first = Line(world, cut_after(2))
    run_until_cut(world, store, first)
    newer = {("chain", "note", "new"): b"{}"}
    world.centre.publish(newer)

    second = Line(world)
    poll(world, store, second)

    assert second.ranges[0] == first.ranges[2]
    assert content(store) == ROWS | newer
    assert store.links.down.inbox.verify() == []


def test_one_that_hq_does_not_have_any_more_is_begun_anew(world, store):
    run_until_cut(world, store, Line(world, cut_after(2)))
    with world.centre.hq.db.write() as connection:
        connection.exec_driver_sql("DELETE FROM snapshot")

    poll(world, store, Line(world))

    assert content(store) == ROWS


def test_a_file_that_holds_other_rows_than_its_manifest_says_changes_nothing(world, store):
    before = content(store)
    with world.centre.hq.db.write() as connection:
        connection.exec_driver_sql("UPDATE scope_row SET bytes = bytes")
    down = store.links.down
    manifest = begun(world, store)
    wrong = [("note", "000", b"{}")]

    assert not down.inbox.load(manifest, wrong, now_ms=1, in_force=True)
    assert content(store) == before


def begun(world, store):
    run_until_cut(world, store, Line(world, cut_after(1)))
    manifest = store.links.down.downloads.kept("chain")
    assert manifest is not None
    return manifest


def test_a_manifest_that_rotted_is_thrown_away(world, store):
    begun(world, store)
    (store.node.home / "snapshots" / "chain.manifest").write_bytes(b"\0\0")

    poll(world, store, Line(world))

    assert content(store) == ROWS


def test_one_whose_bytes_are_gone_from_the_disk_is_begun_anew(world, store):
    """Somebody has tidied the folder, or the disk lost it: what is not here is not whole."""
    manifest = begun(world, store)
    rest = [calls.snapshot(store.links.session.token, manifest, n) for n in range(1, len(manifest.chunks))]
    downloads = store.links.down.downloads
    for number, request in enumerate(rest, 1):
        assert downloads.add(manifest, number, world.line.send(request).body)
    (store.node.home / "snapshots" / "chain.part").unlink()

    poll(world, store, Line(world))

    assert content(store) == ROWS
    assert left(store) == []


def test_what_was_never_finished_dies_after_seven_days(world, store):
    begun(world, store)
    downloads = Downloads(store.node.home)
    written = (store.node.home / "snapshots" / "chain.manifest").stat().st_mtime * 1000

    downloads.tidy(int(written) + PRIVATE_MS)
    assert len(left(store)) == 2
    world.clock.advance(max(0, int(written) + PRIVATE_MS + 1000 - world.clock.now_ms()))
    jobs(store.node)[0].run()

    assert left(store) == []
