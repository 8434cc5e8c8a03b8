"""The store's own count beside HQ's."""

from __future__ import annotations

from hq.sales import queries
from hq.sales.proof import prove
from retail.agreement import DayReceipt, Difference, day_digest, to_text
from tests.builders.hq import DAY, House, Till, a_product


def told(house: House, *, without: int = 0, changed: int = 0) -> None:
    """The store reports its day: as HQ has it, or without or with another amount of one number."""
    rows = queries.day_receipts(house.hq.db, "001", DAY)
    receipts = [
        DayReceipt(
            r.terminal, r.series, r.n, r.kind, r.payable_minor + (r.n == changed), r.pieces, bytes(r.bh)
        )
        for r in rows
        if r.n != without
    ]
    facts = {"inc": "a", "facts": {f"day:{DAY}": to_text(day_digest(DAY, receipts))}}
    house.reports(facts)


def proof(house: House, today: str = "2026-07-11"):
    return prove(house.hq.db, "001", DAY, queries.told_days(house.hq.db, "001"), today=today)


def sold(house: House, count: int = 4) -> Till:
    a_product(house)
    till = house.device("001")
    for n in range(count):
        till.sell(price=1000 + n)
    till.push()
    return till


def test_both_sides_agree(house: House) -> None:
    sold(house)
    told(house)

    found = proof(house)

    assert (found.state, found.difference) == ("agrees", None)
    assert [(name, theirs == ours) for name, theirs, ours in found.facts] == [
        ("receipts", True), ("sales_minor", True), ("returns_minor", True), ("net_minor", True), ("pieces", True),
        ("hash", True),
    ]  # fmt: skip


def test_the_first_receipt_that_the_store_does_not_name(house: House) -> None:
    sold(house)
    told(house, without=3)

    found = proof(house)

    assert (found.state, found.difference) == ("differs", Difference("01", "K7Q2M", 3, "missing_at_store"))
    page = house.client("admin").get(f"/proof/?store=001&day={DAY}").text
    assert "001-01/K7Q2M-3" in page


def test_the_first_receipt_with_another_amount(house: House) -> None:
    sold(house)
    told(house, changed=2)

    assert proof(house).difference == Difference("01", "K7Q2M", 2, "differs")


def test_a_day_that_goes_on_is_open(house: House) -> None:
    sold(house)
    told(house, without=4)

    assert proof(house, today=DAY).state == "open"


def test_without_a_word_from_the_store_nothing_is_claimed(house: House) -> None:
    sold(house)

    found = proof(house)

    assert (found.state, found.facts, found.hq.receipts) == ("unknown", [], 4)
    assert prove(house.hq.db, "001", "2026-07-01", {}, today=DAY).state == "empty"


def test_nonsense_in_telemetry_is_no_agreement(house: House) -> None:
    sold(house)

    found = prove(house.hq.db, "001", DAY, {DAY: ("{}", 1)}, today="2026-07-11")

    assert found.state == "unknown"


def test_the_page_opens_at_the_newest_day_that_is_one(house: House) -> None:
    """SC-14. A store may tell any text as the business date of a sale."""
    till = sold(house)
    for day in ("zzz", "2026-13-01", "20260711", "2026-W28-6", "1999-01-01"):
        till.sell(day=day)
    till.push()

    assert queries.newest_day(house.hq.db, "001") == DAY
    assert f"/sales/?day={DAY}&amp;store=001" in house.client("admin").get("/proof/?store=001").text


def test_a_store_that_tells_days_without_end_is_opened_at_today(house: House) -> None:
    """SC-14. HQ does not look through all of them."""
    till = sold(house)
    for n in range(queries.NO_DAYS_MAX):
        till.sell(day=f"2026-99-{n:02d}")
    till.push()

    assert queries.newest_day(house.hq.db, "001") is None
    assert queries.newest_day(house.hq.db, "002") is None
    assert house.client("admin").get("/proof/?store=001").status_code == 200
