"""What can be read on a stick stays there: looking changes nothing, and writing goes around damage."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.mirror.folder import Folder
from edge.mirror.keeper import owner_of
from edge.mirror.model import MirrorTrouble, Standing
from edge.mirror.pieces import read_segment
from edge.mirror.reading import known_lives
from edge.mirror.recover import records_after
from tests.edge.mirror.conftest import Mirrored
from tests.edge.mirror.damage import flip_head, flip_record, in_segments


def bytes_of(shop: Mirrored) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in shop.files}


def look(shop: Mirrored) -> tuple[Folder, Standing]:
    place = Folder(shop.stick, owner_of(shop.node))
    with shop.node.db.read() as tx:
        [standing] = place.standings(known_lives(tx, shop.node.key.public))
    return place, standing


def seqs(shop: Mirrored) -> list[int]:
    """What a bring-back would read."""
    place, standing = look(shop)
    return [record.seq for piece in records_after(place, standing.life, 0) for record in piece]


@pytest.mark.parametrize("newest", [1, 3])
def test_looking_deletes_nothing_of_a_segment_that_begins_with_damage(shop: Mirrored, newest: int) -> None:
    for _ in range(5):
        shop.sell()
    *_, last = in_segments(shop.files[0], newest)
    damaged = flip_record(last, 0)
    before = bytes_of(shop)

    _, standing = look(shop)

    assert bytes_of(shop) == before
    assert standing.torn and (standing.seq, standing.last[0]) == (damaged - 1, shop.node.journal.head.seq)


@pytest.mark.parametrize("n", [0, 2])
def test_what_stands_behind_damage_is_kept_when_the_till_sells_on(shop: Mirrored, n: int) -> None:
    """The journal writes again what it has, into a segment beside the damaged one."""
    for _ in range(4):
        shop.sell()
    [file] = shop.files
    flip_record(file, n)
    damaged = file.read_bytes()
    shop.restart()

    shop.sell()

    assert shop.mirror.state == "ready" and shop.mirror.status()["lag"] == 0
    assert damaged in bytes_of(shop).values() and len(shop.files) == 2
    assert seqs(shop) == list(range(1, shop.node.journal.head.seq + 1))


def test_a_life_whose_only_head_is_damaged_is_known_by_its_name(shop: Mirrored) -> None:
    for _ in range(3):
        shop.sell()
    whole = seqs(shop)
    flip_head(shop.files[0])

    place, standing = look(shop)

    assert standing.torn and standing.life.inc == shop.node.journal.inc.inc
    assert standing.last == (whole[-1], shop.node.journal.head.hash)
    assert seqs(shop) == whole
    [nameless] = place.standings()
    assert nameless.life.record == b"" and nameless.last == standing.last


def test_a_segment_with_a_damaged_head_is_read_and_set_aside(shop: Mirrored) -> None:
    for _ in range(4):
        shop.sell()
    _, last = in_segments(shop.files[0], 2)
    flip_head(last)
    kept = last.read_bytes()
    whole = list(range(1, shop.node.journal.head.seq + 1))
    assert seqs(shop) == whole
    shop.restart()

    shop.sell()

    assert shop.mirror.state == "ready"
    assert kept in bytes_of(shop).values()
    assert seqs(shop) == [*whole, whole[-1] + 1]


def test_only_a_hole_is_filled(shop: Mirrored) -> None:
    for _ in range(4):
        shop.sell()
    segment = read_segment(shop.files[0].read_bytes())
    assert segment is not None
    records = segment.records
    place, standing = look(shop)
    before = bytes_of(shop)

    with pytest.raises(MirrorTrouble) as refused:
        place.append(standing.life, records[1].hash, records[2:3])

    assert refused.value.state == "diverged" and bytes_of(shop) == before


def test_purge_leaves_a_segment_that_has_more_than_may_go(shop: Mirrored) -> None:
    """A damaged segment and what was written again behind the damage overlap."""
    for _ in range(4):
        shop.sell()
    flip_record(shop.files[0], 1)
    shop.restart()
    assert shop.mirror.turn()
    before = bytes_of(shop)
    place, standing = look(shop)

    place.forget(standing.life, 2)

    assert bytes_of(shop) == before and len(before) == 2
