"""A shift that two copies of one disk have closed: the same Z stands whichever came first, and both are shown."""

from __future__ import annotations

from typing import Any

import pytest

from hq.ingest.projector import projector_of
from hq.sales import queries
from hq.sales.proof import prove
from proof.sim.origin import an_event
from tests.builders.hq import DAY, House

EARLY, LATE = 1, 2


def closed(n: int) -> bytes:
    """The Z that a copy made at `n` ms; the drawer lacked as many cents."""
    payload: dict[str, Any] = dict.fromkeys(
        ("returns", "returns_minor", "sales", "sales_minor", "rounding_minor", "cash_in_minor", "cash_out_minor",
         "no_sale_openings", "aborted_baskets", "float_minor"), 0,
    ) | {
        "shift": "s1", "terminal": "01", "day": DAY, "z_number": 7, "currency": "HKD", "expected_minor": 1000,
        "counted_minor": 1000 - n, "difference_minor": -n, "count": {"1": 1000 - n}, "tenders": {}, "taxes": {},
        "first_number": None, "last_number": None, "head_inc": "", "head_seq": n, "head_hash": "",
    }  # fmt: skip
    return an_event(n, "shift.closed", payload=payload)


def tell(house: House, inc: str, n: int) -> None:
    copy = house.device("001", inc * 32)
    copy.origin.add(closed(n))
    copy.origin.push(1, 1)


@pytest.mark.parametrize("order", [(EARLY, LATE), (LATE, EARLY)])
@pytest.mark.parametrize("at_once", [True, False])
def test_the_earlier_z_stands_and_the_other_is_shown(house: House, order, at_once) -> None:
    for inc, n in zip("ab", order, strict=True):
        tell(house, inc, n)
        if not at_once:
            projector_of(house.app).drain()
    projector_of(house.app).drain()

    (shift,) = queries.shifts(house.hq.db, "001", DAY)
    (again,) = queries.closed_again(house.hq.db, "001", DAY)
    assert (shift.difference_minor, again.difference_minor) == (-EARLY, -LATE)
    assert prove(house.hq.db, "001", DAY, {}, today=DAY).cash_minor == -EARLY - LATE
    page = house.client("admin").get(f"/proof/?store=001&day={DAY}").text
    assert page.count("· Z7") == 2
    assert "closed once more" in page


def test_a_shift_that_was_closed_once_is_shown_once(house: House) -> None:
    tell(house, "a", EARLY)
    projector_of(house.app).drain()

    assert len(queries.shifts(house.hq.db, "001", DAY)) == 1
    assert queries.closed_again(house.hq.db, "001", DAY) == []
