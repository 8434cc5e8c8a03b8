"""Two receipts with one printed number name the copies that printed them, whenever they are handled."""

from __future__ import annotations

import msgspec
import pytest

from hq.ingest.handlers import HANDLERS, Handler
from hq.ingest.projector import Projector, projector_of
from tests.builders.hq import NOW, House, a_product


def broken(entry, payload):
    raise KeyError("poison")


@pytest.mark.parametrize("late", [False, True])
def test_the_older_incarnation_is_the_fork(house: House, late: bool) -> None:
    a_product(house)
    older, newer = house.device("001"), house.device("001", "b" * 32)
    poisoned = {**HANDLERS, "sale.completed": Handler(0, broken, msgspec.json.Decoder())}
    for till, at in ((older, NOW), (newer, NOW - 1)):
        till.sell(at=at)
        till.origin.push(1, 1)
        Projector(house.hq, poisoned if late else HANDLERS).drain()

    projector_of(house.app).retry_improved()

    assert house.value("SELECT count(*) FROM sale WHERE number = '001-01/K7Q2M-1'") == 2
    assert [tuple(row) for row in house.db.rows("SELECT inc, seq FROM fork")] == [(older.origin.inc, 1)]
    assert house.value("SELECT count(*) FROM alarm WHERE code = 'fork.found'") == 1


def test_numbers_of_one_series_go_on_in_another_log_without_a_word(house: House) -> None:
    """What was written anew behind a hole."""
    a_product(house)
    older, newer = house.device("001"), house.device("001", "b" * 32)
    newer.numbers = older.numbers
    for till in (older, newer):
        till.sell()
        till.origin.push(1, 1)
    projector_of(house.app).drain()

    assert house.db.rows("SELECT inc FROM fork") == []
