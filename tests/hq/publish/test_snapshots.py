"""Snapshots at HQ: built once, never changed, served by Range, sealed for one store, removed in time (FAULTS SY-19)."""

from __future__ import annotations

import pytest

from hq.publish import actions, snapshots
from proof.sim.origin import an_origin
from retail.errors import ProtocolError, Unavailable
from schemas import wire
from schemas.wire.down import Reset
from sync import calls, snapshot
from sync.calls import Request

X = b'{"x":1}'
ROWS = {("chain", "a", f"{n:03d}"): X for n in range(50)}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(snapshot, "PLAIN_BYTES", 200)


@pytest.fixture
def manifest(centre):
    centre.publish(ROWS)
    return snapshots.offer(centre.hq, "chain")


def files(centre):
    return sorted((centre.hq.home / snapshots.FOLDER).iterdir())


def get(centre, origin, manifest, **headers):
    path = f"/snapshot/{manifest.scope}?version={manifest.version}".replace(":", "%3A")
    return centre.transport().send(Request("GET", path, b"", calls.bearer(origin.token) | headers))


def test_the_chunks_of_a_manifest_are_the_scope(centre, origin, manifest):
    parts = [
        centre.transport().send(calls.snapshot(origin.token, manifest, n))
        for n in range(len(manifest.chunks))
    ]

    assert len(parts) > 5
    assert {part.status for part in parts} == {206}
    assert [snapshot.chunk_of(part.body) for part in parts] == manifest.chunks
    rows = list(snapshot.unpack((part.body for part in parts), None))
    assert rows == [(kind, key, data) for (_, kind, key), data in ROWS.items()]
    assert manifest.rows == 50


def test_it_is_built_once_per_version_and_the_older_one_stays(centre, origin, manifest):
    assert snapshots.offer(centre.hq, "chain") == manifest
    assert len(files(centre)) == 1

    centre.publish({("chain", "a", "new"): X})
    newer = snapshots.offer(centre.hq, "chain")

    assert newer.version == manifest.version + 1
    assert len(files(centre)) == 2
    assert centre.transport().send(calls.snapshot(origin.token, manifest, 0)).status == 206


def test_a_file_that_is_gone_is_built_again_with_the_same_bytes(centre, manifest):
    (file,) = files(centre)
    content = file.read_bytes()
    file.unlink()

    assert snapshots.offer(centre.hq, "chain") == manifest
    assert file.read_bytes() == content


def rot(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_a_file_that_rotted_while_hq_was_off_is_not_served(centre, origin, manifest):
    """A new process has not read it yet, so it does before the first byte goes out."""
    (file,) = files(centre)
    good = file.read_bytes()
    rot(file)

    gone = centre.transport().send(calls.snapshot(origin.token, manifest, 0))

    assert gone.status == 404
    assert snapshots.offer(centre.hq, "chain") == manifest
    assert file.read_bytes() == good


def test_a_node_that_asks_anew_has_the_file_read_again(centre, origin, manifest):
    (file,) = files(centre)
    good = file.read_bytes()
    assert centre.transport().send(calls.snapshot(origin.token, manifest, 0)).status == 206
    rot(file)

    assert get(centre, origin, manifest).body != good
    answer = centre.transport().send(calls.scope(origin.token, "chain", 0, b"\xff" * 32, ""))

    assert wire.decode(answer.body, Reset) == manifest
    assert get(centre, origin, manifest).body == good


def test_a_new_epoch_has_a_manifest_of_its_own(centre, manifest):
    with centre.hq.db.write() as connection:
        connection.exec_driver_sql("UPDATE hq_meta SET value = '00000002-x' WHERE name = 'epoch'")

    assert snapshots.offer(centre.hq, "chain").epoch == "00000002-x"


def test_a_store_s_file_is_sealed_and_another_store_does_not_get_it(centre, origin):
    centre.publish({("store:001", "a", "1"): b'{"name":"Karen"}'})

    made = snapshots.offer(centre.hq, "store:001")

    (file,) = files(centre)
    assert b"Karen" not in snapshot.guard.compress(b"") + file.read_bytes()
    with pytest.raises(ProtocolError):
        list(snapshot.unpack([file.read_bytes()], None))
    assert list(snapshot.unpack([file.read_bytes()], made.key)) == [("a", "1", b'{"name":"Karen"}')]
    other = an_origin(centre, "002", "b" * 32)
    assert get(centre, other, made).status == 403


def test_etag_and_range_are_those_of_http(centre, origin, manifest):
    whole = get(centre, origin, manifest)
    tag = whole.headers["etag"]

    assert (whole.status, tag) == (200, f'"{snapshot.name_of(manifest.chunks)}"')
    assert get(centre, origin, manifest, **{"If-None-Match": tag}).status == 304
    assert get(centre, origin, manifest, **{"If-Match": '"another"'}).status == 404
    part = get(centre, origin, manifest, Range="bytes=5-9", **{"If-Match": tag})
    assert (part.status, part.body) == (206, whole.body[5:10])
    assert get(centre, origin, manifest, Range=f"bytes={len(whole.body)}-").status == 416


def test_a_chain_s_file_goes_two_days_after_the_next_version(centre, manifest):
    assert snapshots.served(centre.hq, "chain", manifest.version, set()) and centre.hq.proven
    centre.hq.clock.advance(snapshots.KEPT_MS + 1)
    actions.prune(centre.hq)
    assert len(files(centre)) == 1

    centre.publish({("chain", "a", "new"): X})
    actions.prune(centre.hq)

    assert files(centre) == []
    assert centre.hq.proven == set()
    assert snapshots.served(centre.hq, "chain", manifest.version, set()) is None


def test_a_store_s_file_dies_after_seven_days_and_is_built_under_another_key(centre):
    centre.publish({("store:001", "a", "1"): X})
    made = snapshots.offer(centre.hq, "store:001")
    centre.hq.clock.advance(snapshots.PRIVATE_MS + 1)

    actions.prune(centre.hq)

    assert files(centre) == []
    assert snapshots.offer(centre.hq, "store:001").key != made.key


def test_what_a_crash_left_is_swept(centre, manifest):
    folder = centre.hq.home / snapshots.FOLDER
    (folder / "0000.snapshot").write_bytes(b"no row names it")
    (folder / "chain.1.draft").write_bytes(b"half")
    centre.hq.clock.advance(10 * 365 * snapshots.DAY_MS)

    actions.prune(centre.hq)

    assert [file.name for file in files(centre)] == [f"{snapshot.name_of(manifest.chunks)}.snapshot"]


def test_who_comes_while_it_is_built_is_asked_to_come_again(centre, origin):
    centre.publish(ROWS)
    with snapshots._BUILDING, pytest.raises(Unavailable):
        snapshots.offer(centre.hq, "chain")

    answer = centre.transport().send(calls.scope(origin.token, "chain", 0, b"\xff" * 32, ""))

    assert wire.decode(answer.body, Reset).chunks
