"""From the chain down to the journal entry, and the export."""

from __future__ import annotations

import json
import re

import pytest

from hq.sales import queries, receipt
from kit.sql import run
from tests.builders.hq import DAY, NOW, House, a_product
from tests.hq.imports.files import parsed


def sold(house: House) -> tuple[str, str]:
    """Two stores' day: 001 sells 30.00 + 20.00 − 10.00 on two terminals, 002 sells 5.00."""
    a_product(house)
    till = house.device("001")
    first = till.sell(pieces=3)
    card = till.sell(pieces=2, terminal="02", by_card=True)
    till.take_back(first, "001-01/K7Q2M-1")
    till.push()
    other = house.device("002", "b" * 32)
    other.sell(price=500)
    other.push()
    return first, card


def test_every_level_adds_up(house: House) -> None:
    sold(house)

    by_store = queries.sums_by_store(house.hq.db, DAY)
    terminals = queries.sums_by_terminal(house.hq.db, "001", DAY)

    assert {code: (s.net_minor, s.receipts, s.returns, s.pieces) for code, s in by_store.items()} == {
        "001": (4000, 3, 1, 4), "002": (500, 1, 0, 1)
    }  # fmt: skip
    assert [(code, s.net_minor) for code, s in terminals] == [("01", 2000), ("02", 2000)]
    assert queries.tender_sums(house.hq.db, "001", DAY) == {"card": 2000, "cash": 2000}


def test_the_ladder_page(house: House) -> None:
    _first, card = sold(house)
    browser = house.client("admin")

    chain = browser.get(f"/sales/?day={DAY}").text
    entry = browser.get(f"/sales/?day={DAY}&store=001&terminal=02&receipt={card}").text

    assert "45.00" in chain and "40.00" in chain
    assert "001-02/K7Q2M-1" in entry and "sale.completed v1" in entry
    assert "intact" in entry and "not intact" not in entry
    assert "No gap in K7Q2M-1 … 1 on T02" in entry


def test_the_proof_of_one_receipt_is_computed_not_remembered(house: House) -> None:
    first, _card = sold(house)
    whole = receipt.load(house.hq.db, "001", first)
    assert (whole.intact, whole.booked, set(whole.sums.values())) == (True, (1, 1), {0})

    with house.hq.db.write() as connection:
        run(connection, "UPDATE body SET body = :b WHERE node = '001' AND seq = 1", {"b": b'{"type":"x"}'})

    broken = receipt.load(house.hq.db, "001", first)
    assert [check.name for check in broken.checks if not check.right] == ["body"]


def test_a_missing_number_shows(house: House) -> None:
    a_product(house)
    till = house.device("001")
    first = till.sell()
    till.numbers["01"] = 2
    till.sell()
    till.push()

    found = receipt.load(house.hq.db, "001", first)

    assert [check.name for check in found.checks if not check.right] == ["numbers"]


def test_a_receipt_is_found_by_its_number(house: House) -> None:
    first, _card = sold(house)
    browser = house.client("admin")

    found = browser.get("/sales/number?number=001-01/K7Q2M-1")

    assert found.headers["Location"] == f"/sales/receipt/001/{first}"
    assert "No receipt 009-01/X-1" in browser.get("/sales/number?number=009-01/X-1").text
    assert browser.get("/find?q=001-01/K7Q2M-1").status_code == 302


def test_the_export_is_safe_for_spreadsheets(house: House) -> None:
    """SC-28."""
    sold(house)
    data = house.client("admin").get(f"/sales/export.csv?from={DAY}&to={DAY}").data

    rows = parsed(data)

    assert data.startswith(b"\xef\xbb\xbf")
    assert [(r["number"], r["kind"], r["payable"], r["cash"], r["card"], r["pieces"]) for r in rows] == [
        ("001-01/K7Q2M-1", "sale", "30.00", "30.00", "0.00", "3"),
        ("001-02/K7Q2M-1", "sale", "20.00", "0.00", "20.00", "2"),
        ("001-01/K7Q2M-2", "return", "-10.00", "-10.00", "0.00", "-1"),
        ("002-01/K7Q2M-1", "sale", "5.00", "5.00", "0.00", "1"),
    ]
    assert {r["time"] for r in rows} == {"2026-07-10 13:05", "2026-07-10 13:35"}
    assert all(re.fullmatch(r"[0-9a-f]{64}", r["body_hash"]) for r in rows)


def test_home_names_the_store_that_has_not_uploaded(house: House) -> None:
    sold(house)
    house.hq.clock.advance(2 * 3_600_000)
    with house.hq.db.write() as connection:
        run(
            connection,
            "UPDATE contact SET hello_at = :now WHERE node = '001'",
            {"now": house.hq.clock.now_ms()},
        )

    page = house.client("admin").get("/").text

    assert "Data as of 16:05" in page and "1 of 2 stores uploaded" in page
    assert "002 North Point not uploaded" in page and "stops at 14:05" in page
    assert "not compared" in page


def test_a_store_s_day_turns_at_four(house: House) -> None:
    late = NOW + 13 * 3_600_000  # 03:05 next morning

    states = queries.store_states(house.hq.db, None, late)

    assert {state.day for state in states} == {DAY}


def test_an_empty_chain_says_what_to_do_next(house: House) -> None:
    page = house.client("admin").get("/").text

    assert "No store is enrolled yet" in page


def test_home_says_when_there_is_nothing_to_compare_with(house: House) -> None:
    a_product(house)
    till = house.device("001")
    till.sell(pieces=3)
    till.push()

    alone = house.client("admin").get("/").text
    till.sell(pieces=1, at=NOW - 7 * 86_400_000, day="2026-07-03")
    till.push()
    beside = house.client("admin").get("/").text

    assert alone.count("— no sales a week before") == 2 and "a week before 0" not in alone
    assert "a week before 10.00" in beside and "no sales a week before" not in beside


def test_any_day_can_be_typed_and_one_receipt_is_no_plural(house: House) -> None:
    till = house.device("001")
    till.sell()
    till.push()

    page = house.client("admin").get("/sales/?store=001").text

    assert '<input class="form-control" type="date" name="day" value="2026-07-10"' in page
    assert "Export 1 receipt\n" in page or "Export 1 receipt<" in page


def test_a_moment_beyond_the_calendar_takes_no_page_down(house: House) -> None:
    """SC-14. One store tells of the year 10000, with today's business date: everybody's pages go on."""
    a_product(house)
    till, far = house.device("001"), 253_402_300_800_000
    till.sell()
    sale = json.loads(till.origin.bodies.pop()) | {"at": far}
    again = {
        "id": "0190aaaa-0000-7000-8000-00000000aaaa", "type": "node.reincarnated", "agg": [], "post": [],
        "p": {"reason": "fork", "parent_inc": None, "parent_seq": 0, "last_numbers": {}},
    }  # fmt: skip
    for event in (sale, sale | again):
        till.origin.add(json.dumps(event, separators=(",", ":"), sort_keys=True).encode())
    till.push()
    boss = house.client("admin")

    pages = (
        "/",
        f"/sales/?store=001&day={DAY}",
        "/fleet/parked",
        "/fleet/store/001",
        f"/proof/?store=001&day={DAY}",
    )
    assert [boss.get(page).status_code for page in pages] == [200] * 5
    assert "9999-12-31 23:59" in boss.get(f"/sales/export.csv?from={DAY}").text


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_the_first_and_the_last_day_of_the_calendar_can_be_opened(house: House, day: str) -> None:
    """SC-14. A store may sell on them."""
    a_product(house)
    till = house.device("001")
    sold_then = till.sell(day=day)
    till.push()

    boss = house.client("admin")
    opened = boss.get(f"/sales/receipt/001/{sold_then}", follow_redirects=True)
    assert (opened.status_code, boss.get(f"/proof/?store=001&day={day}").status_code) == (200, 200)
