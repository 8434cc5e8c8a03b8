"""The mirror follows each commit, waits for its stick, says what is wrong with it, and never stops a sale."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from queue import Queue

import pytest

from edge.mirror.folder import NAME, Folder
from edge.mirror.keeper import Mirror, owner_of
from edge.mirror.model import Life, MirrorTrouble, Owner, Record
from kit.db import IntegrityError
from proof.sim.parties import sell
from tests.edge.mirror.conftest import Mirrored, a_mirror
from tests.patience import ENOUGH_SECONDS


def test_each_sale_is_in_the_mirror_before_the_next(shop: Mirrored) -> None:
    """N4: the lag is at most the sale that was made just now."""
    for _ in range(3):
        sell(shop.node)
        assert shop.mirror.status()["lag"] in (None, 1)
        assert shop.mirror.turn()
        assert shop.mirror.status() | {"seen_at": 0} == {
            "state": "ready", "lag": 0, "seen_at": 0, "why": "", "brought_back": 0,
        }  # fmt: skip


def test_a_sale_cannot_be_read_on_a_stolen_stick(shop: Mirrored) -> None:
    shop.sell()

    raw = b"".join(file.read_bytes() for file in shop.files)

    assert len(raw) > 1000
    assert b"sale.completed" not in raw and b"Product A" not in raw


class Watched(Folder):
    """Says when something was appended."""

    def __init__(self, shop: Mirrored) -> None:
        super().__init__(shop.stick, owner_of(shop.node))
        self.appended: Queue[int] = Queue()

    def append(self, life: Life, prev: bytes, records: Sequence[Record]) -> None:
        super().append(life, prev, records)
        self.appended.put(records[-1].seq)


def test_a_commit_wakes_the_thread(shop: Mirrored) -> None:
    place = Watched(shop)
    mirror = Mirror(shop.node, place, shop.world.line)
    mirror.start()
    try:
        assert place.appended.get(timeout=ENOUGH_SECONDS) == 1
        sell(shop.node)
        assert place.appended.get(timeout=ENOUGH_SECONDS) == 2
    finally:
        mirror.stop()


def test_a_pulled_stick_never_stops_selling_and_is_filled_when_it_comes_back(shop: Mirrored) -> None:
    shop.sell()
    away = shop.stick.rename(shop.stick.with_name("pulled"))

    sold = [shop.sell() for _ in range(3)]

    assert shop.mirror.state == "missing" and not shop.stick.exists()
    assert set(sold) <= set(shop.sales())
    away.rename(shop.stick)
    assert shop.mirror.turn()
    assert shop.mirror.status()["lag"] == 0


def test_a_full_stick_is_said_and_what_was_cut_off_is_written_again(
    shop: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sell()
    whole = os.pwrite

    with monkeypatch.context() as limited:
        limited.setattr(
            "edge.mirror.folder.os.pwrite", lambda handle, data, at: whole(handle, data[:101], at)
        )
        limited.setattr("edge.mirror.folder.os.fsync", _no_space)
        sold = shop.sell()
    assert shop.mirror.state == "full" and sold in shop.sales()

    assert shop.mirror.turn()
    assert shop.mirror.status()["lag"] == 0
    shop.restart()
    assert shop.mirror.turn() and shop.mirror.brought_back == 0


def _no_space(_handle: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(("number", "state"), [(errno.EROFS, "read_only"), (errno.EIO, "failed")])
def test_each_trouble_of_a_stick_has_its_name(
    shop: Mirrored, monkeypatch: pytest.MonkeyPatch, number: int, state: str
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(number, "no")

    shop.sell()
    with monkeypatch.context() as broken:
        broken.setattr("edge.mirror.folder.os.open", refuse)
        shop.sell()

    assert shop.mirror.state == state
    assert shop.mirror.turn()


def test_the_stick_of_another_store_is_not_written_on(shop: Mirrored, tmp_path: Path) -> None:
    other = shop.world.store("002")
    theirs = a_mirror(shop.world, other.node, shop.stick)
    sell(other.node)
    assert theirs.turn()
    before = shop.files

    shop.sell()

    assert shop.mirror.state == "foreign"
    assert shop.files == before
    other.node.close()


def test_the_same_store_of_another_chain_is_another_store(shop: Mirrored) -> None:
    shop.sell()

    with pytest.raises(MirrorTrouble) as refused:
        Folder(shop.stick, Owner("001", "FFFF")).standings()

    assert refused.value.state == "foreign"


def test_a_folder_on_the_nodes_own_disk_is_no_mirror(shop: Mirrored) -> None:
    """What is left of a stick that was pulled may be an empty folder of the PC's own disk."""
    shop.mirror = Mirror(
        shop.node, Folder(shop.stick, owner_of(shop.node), away_from=shop.node.home), shop.world.line
    )

    shop.sell()

    assert shop.mirror.state == "same_disk"
    assert not (shop.stick / NAME).exists()


def test_selling_goes_on_whatever_the_mirror_throws(shop: Mirrored, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: Folder, _known: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Folder, "standings", broken)

    sold = shop.sell()

    assert shop.mirror.state == "failed" and shop.mirror.why == "ZeroDivisionError"
    assert sold in shop.sales()


def test_a_torn_end_is_cut_off_and_written_again(shop: Mirrored) -> None:
    shop.sell()
    sold = shop.sell()
    [file] = shop.files
    whole = file.read_bytes()
    file.write_bytes(whole[:-10])

    shop.restart()

    assert shop.mirror.turn() and shop.mirror.status()["lag"] == 0
    assert sold in shop.sales() and shop.mirror.brought_back == 0
    assert len(file.read_bytes()) == len(whole)
    shop.restart()
    assert shop.mirror.turn() and shop.mirror.state == "ready"


def test_a_mirror_waits_for_its_key_and_says_so(shop: Mirrored) -> None:
    """Without a line and before the first key there is no mirror; with the key on the disk no line is needed."""
    (shop.node.home / "keys" / "mirror.key").unlink(missing_ok=True)
    without_line = Mirror(shop.node, Folder(shop.stick, owner_of(shop.node)))
    assert not without_line.turn() and without_line.state == "waiting"

    assert shop.mirror.turn()
    assert (shop.node.home / "keys" / "mirror.key").stat().st_mode & 0o777 == 0o600
    assert without_line.turn() and without_line.state == "ready"


def test_what_the_journal_has_purged_leaves_the_mirror_too(
    shop: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.mirror.folder.SEGMENT_BYTES", 1)
    for _ in range(4):
        shop.sell()
    assert len(shop.files) == 4
    with shop.node.journal.writing() as tx:
        inc = shop.node.journal.inc.inc
        hash_ = tx.execute("SELECT hash FROM link WHERE inc = ? AND seq = 3", (inc,)).fetchone()[0]
        tx.execute("UPDATE inc SET purged_seq = 3, purged_hash = ? WHERE inc = ?", (hash_, inc))

    shop.sell()

    assert [int(file.stem.split("-")[1]) for file in shop.files] == [4, 5, 6]
    shop.restart()
    assert shop.mirror.turn() and shop.mirror.state == "ready" and shop.mirror.brought_back == 0


def test_a_second_stick_that_was_away_until_its_end_was_purged_goes_on_without_a_restart(
    shop: Mirrored,
) -> None:
    """Two sticks take turns; what left the first with the purge has not left the second yet."""
    shop.sell()
    first, second = shop.stick.with_name("first"), shop.stick.with_name("second")
    shutil.copytree(shop.stick, second)
    for _ in range(3):
        shop.sell()
    with shop.node.journal.writing() as tx:
        inc = shop.node.journal.inc.inc
        hash_ = tx.execute("SELECT hash FROM link WHERE inc = ? AND seq = 4", (inc,)).fetchone()[0]
        tx.execute("UPDATE inc SET purged_seq = 4, purged_hash = ? WHERE inc = ?", (hash_, inc))
    shop.sell()

    shop.stick.rename(first)
    shop.sell()
    second.rename(shop.stick)

    assert shop.mirror.turn(), shop.mirror.status()
    assert shop.mirror.status()["lag"] == 0
    shop.restart()
    assert shop.mirror.turn() and shop.mirror.brought_back == 0


def test_every_time_that_rows_stand_in_the_way_the_scrub_is_asked(
    shop: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for each trouble, and again for the next one."""
    asked: list[bool] = []

    def begin(*, repair: bool) -> bool:
        asked.append(repair)
        return True

    def in_the_way(*_arguments: object, **_words: object) -> None:
        raise IntegrityError("UNIQUE constraint failed: posting.id")

    monkeypatch.setattr(shop.node.scrubber, "begin", begin)
    for times in (1, 2):
        with monkeypatch.context() as broken:
            broken.setattr("edge.mirror.recover.bring_back", in_the_way)
            shop.mirror._copied = None
            assert not shop.mirror.turn() and not shop.mirror.turn()
        assert asked == [True] * times
        assert shop.mirror.turn()
