"""A backup opens whole or not at all (BK-03, BK-05)."""

from __future__ import annotations

import io

import pytest

from hq.backups import archive, keys
from hq.backups.model import Manifest
from hq.backups.sealed import CHUNK, MAGIC, Opener, Sealer
from retail.errors import Invalid, NotPermitted

KEY = bytes(range(32))
OTHER = bytes(reversed(range(32)))


def sealed(data, key=KEY):
    target = io.BytesIO()
    sealer = Sealer(target, key)
    sealer.write(data)
    sealer.close()
    return target.getvalue()


def opened(raw, size, key=KEY):
    opener = Opener(io.BytesIO(raw), key)
    found = opener.read(size)
    opener.finish()
    return found


def chunks(raw):
    """Header, and each chunk with its length."""
    at = len(MAGIC) + 24
    found = [raw[:at]]
    while at < len(raw):
        size = 4 + int.from_bytes(raw[at : at + 4], "big")
        found.append(raw[at : at + size])
        at += size
    return found


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
def test_what_was_sealed_opens(size):
    data = (b"0123456789abcdef" * (size // 16 + 1))[:size]

    assert opened(sealed(data), size) == data


def test_the_same_bytes_are_never_sealed_alike():
    assert sealed(b"same")[len(MAGIC) :] != sealed(b"same")[len(MAGIC) :]


def test_another_key_is_said_to_be_another():
    with pytest.raises(NotPermitted, match="backups.key_wrong"):
        Opener(io.BytesIO(sealed(b"data")), OTHER)


DATA = bytes(3 * CHUNK)
WHOLE = chunks(sealed(DATA))


@pytest.mark.parametrize(
    "parts",
    [
        [WHOLE[0], *WHOLE[1:-1]],
        [WHOLE[0], WHOLE[2], WHOLE[1], *WHOLE[3:]],
        [WHOLE[0], WHOLE[1], WHOLE[1], *WHOLE[2:]],
        [WHOLE[0], *WHOLE[2:]],
        [*WHOLE, WHOLE[-1]],
        [WHOLE[0], *WHOLE[1:-1], chunks(sealed(DATA))[-1]],
        [*WHOLE[:-1], WHOLE[-1][:-1]],
        [*WHOLE[:-1], WHOLE[-1][:3]],
        [WHOLE[0]],
        [*WHOLE, b"\0"],
    ],
    ids=["end cut", "swapped", "twice", "one missing", "end twice", "end of another", "a byte short", "in a length",
         "nothing", "a byte more"],
)  # fmt: skip
def test_a_file_that_was_cut_or_put_together_anew_is_refused(parts):
    with pytest.raises(Invalid, match="backups.damaged"):
        opened(b"".join(parts), len(DATA))


@pytest.mark.parametrize("at", [0, 5, len(MAGIC) + 9, len(MAGIC) + 24, len(MAGIC) + 40, -1])
def test_one_wrong_bit_anywhere_is_refused(at):
    raw = bytearray(sealed(b"a ledger" * 100))
    raw[at] ^= 1

    with pytest.raises((Invalid, NotPermitted)):
        opened(bytes(raw), 800)


def test_the_key_survives_paper():
    words = keys.to_words(KEY)

    assert keys.from_words(f" {words.lower().replace('-', ' ')}\n") == KEY
    assert len(words.split("-")) == 14


@pytest.mark.parametrize(
    "spoil", [lambda w: w[:-2], lambda w: w.replace(w[0], "7", 1), lambda w: "", lambda w: "!!"]
)
def test_a_slip_on_paper_is_found(spoil):
    with pytest.raises(Invalid, match="backups.key_unreadable"):
        keys.from_words(spoil(keys.to_words(KEY)))


# -- the archive -------------------------------------------------------------------------------------------


def packed(folder, name, image, base="", known=()):
    """An archive of an image that need not be a database."""
    source, target = folder / f"{name}.image", folder / name
    source.write_bytes(image)
    shape = archive.shape_of(source)
    manifest = Manifest(
        id=name, kind="incremental" if base else "full", base=base, file=name, taken_at=0, epoch="e", schema="1",
        database_bytes=shape.size, sha256=shape.sha256, block_bytes=archive.BLOCK, tables={}, heads=[],
    )  # fmt: skip
    archive.pack(source, target, KEY, manifest, shape, known)
    return target


def blocks(*letters):
    return b"".join(letter.encode() * archive.BLOCK for letter in letters)


def test_an_incremental_one_stores_only_what_its_base_lacks(tmp_path):
    old, new = bytes(range(256)) * 4096, bytes(range(255, -1, -1)) * 256
    base = packed(tmp_path, "base", old)
    small = packed(tmp_path, "small", old + new, "base", archive.blocks_of(base, KEY))

    archive.unpack(small, base, tmp_path / "out", KEY)

    assert (tmp_path / "out").read_bytes() == old + new
    assert archive.manifest_of(small, KEY).base == "base"
    with archive.opened(small, KEY) as found:
        assert list(found.blocks_stored()) == [new]


@pytest.mark.parametrize("image", [b"", b"x", blocks("a"), blocks("a", "b", "a") + b"tail", blocks("b", "b")])
def test_any_size_comes_back(tmp_path, image):
    file = packed(tmp_path, "one", image)

    archive.unpack(file, None, tmp_path / "out", KEY)

    assert (tmp_path / "out").read_bytes() == image


def test_an_incremental_one_without_its_base_is_refused(tmp_path):
    base, other = packed(tmp_path, "base", blocks("a", "b")), packed(tmp_path, "other", blocks("c"))
    small = packed(tmp_path, "small", blocks("a", "x"), "base", archive.blocks_of(base, KEY))

    with pytest.raises(Invalid, match="backups.base_missing"):
        archive.unpack(small, None, tmp_path / "out", KEY)
    with pytest.raises(Invalid, match="backups.base_differs"):
        archive.unpack(small, other, tmp_path / "out", KEY)


def test_what_is_no_backup_is_said_to_be_none(tmp_path):
    (tmp_path / "letter").write_text("Dear Sir")

    with pytest.raises(Invalid, match="backups.not_a_backup"):
        archive.manifest_of(tmp_path / "letter", KEY)
    with pytest.raises(Invalid, match="backups.unreadable"):
        archive.manifest_of(tmp_path / "nothing", KEY)
