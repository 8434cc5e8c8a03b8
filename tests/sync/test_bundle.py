"""The file of a bundle: whole or refused, named for people, locked part by part."""

from __future__ import annotations

import errno

import pytest

from kit.crypto import SigningKey
from retail.errors import Invalid, NotFound
from schemas.wire.bundle import BundleHead
from sync import bundle

KEY, OTHER = SigningKey.from_bytes(bytes(32)), SigningKey.from_bytes(b"o" * 32)
PARTS = [b"first", b"", b"third" * 1000]


def a_head(direction="down", counter=7, epoch="00000001-a", node="001"):
    return BundleHead(
        direction=direction, node=node, sender=KEY.public, receiver=OTHER.public, epoch=epoch, counter=counter,
        at=1, parts=[],
    )  # fmt: skip


def test_what_was_written_is_read(tmp_path):
    file = bundle.write(tmp_path, KEY, a_head(), iter(PARTS))

    one = bundle.Bundle(file)

    assert list(one.parts(0, 3)) == PARTS
    assert one.part(2) == PARTS[2]
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_its_name_says_whose_it_is(tmp_path):
    names = [bundle.name_of(a_head(direction)) for direction in ("down", "up")]
    asked = BundleHead(
        direction="enrol", node="", sender=KEY.public, receiver=None, epoch="", counter=0, at=1, parts=[]
    )

    assert [name.rsplit("-", 2)[0] for name in names] == ["lianpu-001-down", "lianpu-001-up"]
    assert names[0].split("-")[3] != names[1].split("-")[3]
    assert bundle.name_of(asked).startswith("lianpu-enrol-")


def test_every_cut_and_every_wrong_bit_is_found(tmp_path):
    file = bundle.write(tmp_path, KEY, a_head(), PARTS)
    good = file.read_bytes()

    for place in range(0, len(good), 41):
        for broken in (good[:place], good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]):
            file.write_bytes(broken)
            with pytest.raises(Invalid, match=r"bundle\.torn"):
                bundle.Bundle(file)


def test_a_stick_that_changes_while_it_is_read_is_noticed(tmp_path):
    file = bundle.write(tmp_path, KEY, a_head(), PARTS)
    one = bundle.Bundle(file)
    file.write_bytes(file.read_bytes()[:-9])

    with pytest.raises(Invalid, match=r"bundle\.torn"):
        list(one.parts(0, 3))


def test_a_head_that_another_key_has_signed_is_no_bundle(tmp_path):
    file = bundle.write(tmp_path, OTHER, a_head(), PARTS)

    with pytest.raises(Invalid, match=r"bundle\.torn"):
        bundle.Bundle(file)


def test_the_newest_is_last_and_other_directions_are_left(tmp_path):
    for head in (a_head(counter=10), a_head(counter=9), a_head(counter=1, epoch="00000002-b"), a_head("up")):
        bundle.write(tmp_path, KEY, head, PARTS)

    found = bundle.found_in(tmp_path, "down")

    assert [(one.head.epoch[:8], one.head.counter) for one in found] == [
        ("00000001", 9), ("00000001", 10), ("00000002", 1),
    ]  # fmt: skip
    with pytest.raises(NotFound):
        bundle.found_in(tmp_path / "nowhere", "up")


def test_a_full_stick_keeps_nothing_of_a_bundle_that_did_not_fit(tmp_path, monkeypatch):
    """Each try has a number of its own: what one left behind would be in the way of every later one."""

    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sync.bundle.os.fsync", full)
    for counter in (1, 2):
        with pytest.raises(Invalid, match=r"bundle\.not_written"):
            bundle.write(tmp_path, KEY, a_head(counter=counter), PARTS)

    assert list(tmp_path.iterdir()) == []


def test_a_bundle_without_parts_is_torn_and_no_end_of_a_loop(tmp_path):
    one = bundle.Bundle(bundle.write(tmp_path, KEY, a_head(), ()))

    with pytest.raises(Invalid, match=r"bundle\.torn"):
        one.part(0)


def test_a_part_is_opened_with_its_key_and_in_its_place():
    sealed = bundle.lock(b"k" * 32, 3, b"events")

    assert bundle.unlock(b"k" * 32, 3, sealed) == b"events"
    for key, number in ((b"k" * 32, 4), (b"x" * 32, 3)):
        with pytest.raises(Invalid, match=r"bundle\.not_for_us"):
            bundle.unlock(key, number, sealed)
