"""A scope as a file of chunks: whole, in pieces, sealed, broken."""

from __future__ import annotations

import pytest

from retail.errors import ProtocolError
from schemas.wire.down import Reset
from sync import snapshot

ROWS = [("price", f"P{n}|1", b'{"n":%d,"name":"\xe6\x9f\xa0\xe6\xaa\xac"}' % n) for n in range(40)]
KEY = b"k" * 32
GOLDEN = "ffe5f8a9c7af143a2b1d99a6fb91a1508cb5fe235bc71851d119b705e3f41f3d823c1d8e8eaecd8627b232b8038aae9a32f9a037fa89db9f"


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("size", [7, 100, 1_000_000])
def test_rows_come_out_as_they_went_in_wherever_they_are_cut(monkeypatch, key, size):
    monkeypatch.setattr(snapshot, "PLAIN_BYTES", size)

    chunks = list(snapshot.pack(ROWS, key))

    assert (len(chunks) > 1) == (size < 1_000_000)
    assert list(snapshot.unpack(chunks, key)) == ROWS


def test_an_empty_scope_is_one_chunk():
    chunks = list(snapshot.pack([], None))

    assert len(chunks) == 1
    assert list(snapshot.unpack(chunks, None)) == []


def test_what_gzip_cannot_shrink_still_fits_in_a_chunk():
    noise = "".join(chr(0x4E00 + (n * 7919) % 20_000) for n in range(900_000)).encode()

    chunks = list(snapshot.pack([("a", "1", noise)], KEY))

    assert max(map(len, chunks)) <= snapshot.CHUNK_BYTES_MAX
    assert list(snapshot.unpack(chunks, KEY)) == [("a", "1", noise)]


def test_the_bytes_are_fixed_for_ever():
    (chunk,) = snapshot.pack([("a", "1", b'{"x":1}')], None)
    (sealed,) = snapshot.pack([("a", "1", b'{"x":1}')], KEY)

    assert list(snapshot.unpack([chunk], None)) == [("a", "1", b'{"x":1}')]
    golden = bytes.fromhex(GOLDEN)
    assert list(snapshot.unpack([golden], KEY)) == [("a", "1", b'{"x":1}')]
    assert len(sealed) == len(chunk) + 16


@pytest.mark.parametrize(
    ("chunks", "key"),
    [
        ([b"\0" * 40], None),
        ([b"\0" * 40], KEY),
        (list(snapshot.pack(ROWS, KEY)), b"x" * 32),
        (list(snapshot.pack(ROWS, KEY)) * 2, KEY),
        ([snapshot.guard.compress(b'["a","1"]\n')], None),
        ([snapshot.guard.compress(b'["a","1","{}"]')], None),
    ],
)
def test_what_is_no_snapshot_is_refused(chunks, key):
    with pytest.raises(ProtocolError):
        list(snapshot.unpack(chunks, key))


def test_a_store_s_snapshot_is_never_open():
    chunk = snapshot.chunk_of(b"x")
    manifest = Reset(scope="store:001", epoch="e", version=1, digest=b"d" * 32, rows=1, chunks=[chunk])

    with pytest.raises(ProtocolError):
        snapshot.check(manifest)
    with pytest.raises(ProtocolError):
        snapshot.check(Reset(scope="chain", epoch="e", version=1, digest=b"d" * 32, rows=1, chunks=[]))
    assert [snapshot.is_open(scope) for scope in ("chain", "zone:A", "store:001", "members:1")] == [
        True, True, False, False,
    ]  # fmt: skip
