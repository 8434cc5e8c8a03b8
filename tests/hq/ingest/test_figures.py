"""SC-14: a store that lies about itself is booked in its own books, and a person is told, once a store and kind."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from hq.ingest import figures
from hq.people import actions as people
from schemas.events.base import Event, encode
from tests.builders.hq import DAY, NOW, House, Till, a_product

DAY_MS = 86_400_000


@pytest.fixture
def till(house: House) -> Till:
    a_product(house)
    return house.device("001")


def alarms(house: House) -> dict[str, Any]:
    sql = (
        "SELECT code, store, facts FROM alarm WHERE closed_at IS NULL AND code LIKE 'figures.%' ORDER BY code"
    )
    rows = house.db.rows(sql)
    return {row[0]: (row[1], json.loads(row[2])["figure"]) for row in rows}


def told(
    till: Till, type_: str, payload: dict[str, Any], *, at: int = NOW - DAY_MS, staff: str = "1001"
) -> None:
    """An event as a store that lies would write it."""
    seq = len(till.origin.bodies) + 1
    event = Event(
        id=f"0190aaaa-0000-7000-8000-{seq:012d}", at=at, hlc=f"{at:012x}{seq:04x}", type=type_, tv=1, day=DAY,
        shift="s1", actor={"staff": staff, "terminal": "01"}, agg=[], post=[], p=payload,
    )  # fmt: skip
    till.origin.add(encode(event))
    till.push()


def twisted(till: Till, **line: int) -> None:
    """A sale whose one line says something else than it should."""
    till.sell(pieces=2)
    event = json.loads(till.origin.bodies.pop())
    event["p"]["lines"][0] |= line
    till.origin.add(json.dumps(event, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode())
    till.push()


def corrected(till: Till, before: int, after: int) -> None:
    """The store says that its clock was put right."""
    told(till, "clock.corrected", {"before_ms": before, "after_ms": after, "source": "hq"}, at=NOW)


@pytest.mark.parametrize(
    ("line", "alarm", "figure"),
    [
        ({"unit_price_minor": -1}, "figures.amount", -1),
        ({"total_minor": 10**12}, "figures.amount", 10**12),
        ({"quantity": -1000}, "figures.quantity", -1000),
        ({"quantity": 10_001_000}, "figures.quantity", 10_001_000),
    ],
)
def test_a_line_that_is_no_trade_is_booked_and_flagged(
    house: House, till: Till, line: dict[str, int], alarm: str, figure: int
) -> None:
    """SC-14."""
    twisted(till, **line)

    assert alarms(house) == {alarm: ("001", figure)}
    assert house.value("SELECT quantity FROM balance WHERE account = 'cash:001:01'") == 2000


def test_a_drawer_and_a_delivery_have_their_bounds_too(house: House, till: Till) -> None:
    goods = {"sku": "P1", "name": {"en": "P"}, "unit": "pc"}
    told(till, "stock.received", {"reference": "D1", "lines": [goods | {"quantity": 50_000_000}]})
    assert alarms(house) == {}

    told(till, "stock.received", {"reference": "D2", "lines": [goods | {"quantity": 1_000_001_000}]})
    move = {"terminal": "01", "shift": "s1", "direction": "in", "currency": "HKD", "reason": "float"}
    told(till, "cash.moved", move | {"amount_minor": -5})

    assert alarms(house) == {"figures.amount": ("001", -5), "figures.quantity": ("001", 1_000_001_000)}


def test_a_flood_of_lies_is_one_alarm_until_somebody_has_looked(house: House, till: Till) -> None:
    for _ in range(3):
        twisted(till, quantity=-1)
    assert house.value("SELECT count(*) FROM alarm") == 1
    shown = house.client("admin").get("/fleet/parked").text
    assert "no trade" in shown

    house.client("admin").post("/fleet/alarms/close", id="figures.quantity|001", reason="asked the store")
    assert alarms(house) == {}
    twisted(till, quantity=-2)
    assert alarms(house) == {"figures.quantity": ("001", -2)}


def test_a_cashier_whom_nobody_sent_there_is_named(house: House, till: Till) -> None:
    """SC-14. Who sold before moving to another store is no stranger, and a store without people at HQ is not judged."""
    till.sell()
    till.push()
    assert alarms(house) == {}
    people.add_staff(house.ctx, number="1001", name="Bo", role="cashier", language="en", stores=["001"])
    people.add_staff(house.ctx, number="1002", name="Cy", role="cashier", language="en", stores=["001"])
    people.change_staff(house.ctx, "1001", name="Bo", role="cashier", language="en", stores=["002"])
    till.sell()
    till.push()
    assert alarms(house) == {}

    event = json.loads(till.origin.bodies[-1]) | {"id": "0190aaaa-0000-7000-8000-00000000000f"}
    event["actor"]["staff"] = "6666"
    till.origin.add(json.dumps(event, separators=(",", ":"), sort_keys=True).encode())
    till.push()

    assert alarms(house) == {"figures.cashier": ("001", "6666")}


def test_an_honest_day_raises_nothing(house: House, till: Till) -> None:
    """Sales, returns, months without a line."""
    first = till.sell(pieces=3)
    till.take_back(first, "001-01/K7Q2M-1")
    house.hq.clock.advance(200 * DAY_MS)
    till.origin.connect()
    till.push()

    figures.flag_dates(house.hq)

    assert alarms(house) == {}


@pytest.mark.parametrize("day", ["2031-01-01", "2020-02-29"])
def test_a_day_that_has_not_come_and_one_before_the_store_is_flagged(
    house: House, till: Till, day: str
) -> None:
    """SC-14."""
    till.sell(day=day)
    till.push()
    assert alarms(house) == {}

    for _ in range(2):
        figures.flag_dates(house.hq)

    assert alarms(house) == {"figures.date": ("001", day)}


@pytest.mark.parametrize(("years", "day"), [(5, "2031-07-11"), (-6, "2020-07-10")])
def test_a_computer_whose_clock_leapt_and_was_put_right_is_no_liar(
    house: House, till: Till, years: int, day: str
) -> None:
    wrong = NOW + years * 365 * DAY_MS
    till.sell(day=day, at=wrong)
    corrected(till, wrong + 60_000, NOW)

    figures.flag_dates(house.hq)

    assert alarms(house) == {}


@pytest.mark.parametrize("type_", ["sale.completed", "drawer.opened", "nobody.knows"])
def test_a_moment_that_no_calendar_has_is_flagged_whatever_happened_then(
    house: House, till: Till, type_: str
) -> None:
    """SC-14. The business date may be a good one, and the event one that HQ cannot read."""
    told(till, type_, {}, at=253_370_764_799_999)
    assert alarms(house) == {}

    told(till, type_, {}, at=2**53 - 1)

    assert alarms(house) == {"figures.date": ("001", "9999-12-31")}


def looked_at(house: House) -> None:
    """A person closes the alarm; an hour later HQ looks again."""
    house.client("admin").post("/fleet/alarms/close", id="figures.date|001", reason="typed wrong")
    house.hq.clock.advance(3_600_000)
    figures.flag_dates(house.hq)


def test_who_has_looked_is_believed_until_there_is_another_sale(house: House, till: Till) -> None:
    """SC-14. What came while the alarm was open was not looked at, and is told next."""
    till.sell(day="2020-01-01")
    till.sell(day="2031-01-01")
    till.push()
    figures.flag_dates(house.hq)
    assert alarms(house) == {"figures.date": ("001", "2031-01-01")}
    assert json.loads(house.value("SELECT facts FROM alarm"))["sales"] == 2
    till.sell(day="2020-03-03")
    till.push()
    figures.flag_dates(house.hq)
    assert alarms(house) == {"figures.date": ("001", "2031-01-01")}

    looked_at(house)
    assert alarms(house) == {"figures.date": ("001", "2020-03-03")}
    looked_at(house)
    assert alarms(house) == {}
    till.sell(day="2031-01-01")
    till.origin.connect()
    till.push()
    figures.flag_dates(house.hq)

    assert alarms(house) == {"figures.date": ("001", "2031-01-01")}


def test_a_sale_that_a_clock_explains_hides_no_other(house: House, till: Till) -> None:
    wrong = NOW - 6 * 365 * DAY_MS  # 2020-07-11
    till.sell(day="2020-07-10", at=wrong)
    till.sell(day="2021-01-01")
    corrected(till, wrong + 60_000, NOW)

    figures.flag_dates(house.hq)

    assert alarms(house) == {"figures.date": ("001", "2021-01-01")}


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        ("2031-01-01", NOW, NOW - 60_000),
        ("2020-01-01", NOW, NOW + 60_000),
        ("2031-01-01", 9 * 10**15, NOW),
        ("2020-01-01", -9 * 10**15, NOW),
    ],
)
def test_a_clock_a_minute_off_or_of_no_calendar_explains_no_other_year(
    house: House, till: Till, day: str, before: int, after: int
) -> None:
    till.sell(day=day)
    corrected(till, before, after)

    figures.flag_dates(house.hq)

    assert alarms(house) == {"figures.date": ("001", day)}


def test_the_bounds_are_settings(house: House, till: Till) -> None:
    house.hq.config = msgspec.structs.replace(house.hq.config, figures_pieces_max=1)

    twisted(till)

    assert alarms(house) == {"figures.quantity": ("001", 2000)}
