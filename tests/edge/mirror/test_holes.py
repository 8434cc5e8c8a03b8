"""A stick that rots while the till sells: holes are found by looking, and filled from the journal."""

from __future__ import annotations

import pytest

from edge.mirror.holes import LOOK_EVERY_MS
from edge.mirror.recover import records_after
from tests.edge.mirror.conftest import Mirrored
from tests.edge.mirror.damage import flip_record, in_segments


def a_day_of_looks(shop: Mirrored) -> list[str]:
    """More looks than there are segments; the states that the page showed."""
    states = []
    for _ in range(12):
        shop.world.clock.advance(LOOK_EVERY_MS)
        shop.mirror.turn()
        states.append(shop.mirror.state)
    return states


def seqs(shop: Mirrored) -> list[int]:
    place = shop.mirror._place
    assert place is not None
    [standing] = place.standings()
    return [record.seq for piece in records_after(place, standing.life, 0) for record in piece]


def test_damage_in_old_segments_is_written_again(shop: Mirrored) -> None:
    for _ in range(6):
        shop.sell()
    one, two, _ = in_segments(shop.files[0], 2, 4)
    flip_record(one, 1)
    two.unlink()
    shop.restart()

    assert set(a_day_of_looks(shop)) == {"ready"}

    shop.sell()
    assert seqs(shop) == list(range(1, shop.node.journal.head.seq + 1))
    files = len(shop.files)
    a_day_of_looks(shop)
    assert len(shop.files) == files


def test_a_hole_that_the_journal_cannot_fill_is_a_state(
    shop: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        shop.sell()
    one, _ = in_segments(shop.files[0], 3)
    damaged = flip_record(one, 1)
    shop.restart()
    with monkeypatch.context() as rotten:
        rotten.setattr("edge.mirror.holes.outbox.batch", lambda *_arguments: None)
        shop.mirror.turn()
        states = a_day_of_looks(shop)
        first = states.index("damaged")
        assert set(states[first:]) == {"damaged"}
        assert f"{damaged} to {damaged} cannot be read" in shop.mirror.why

    assert a_day_of_looks(shop)[-1] == "ready" and shop.mirror.why == ""


def test_a_look_is_taken_once_a_minute_however_many_sales_there_are(shop: Mirrored) -> None:
    shop.sell()
    [file] = shop.files
    shop.sell()
    one, _ = in_segments(file, 1)
    one.unlink()

    shop.mirror.turn()
    assert not one.exists()

    a_day_of_looks(shop)
    assert one.exists()
