"""Which price holds, as tables: scope | price | from | until."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail.civil import civil_to_ms
from retail.errors import Invalid
from retail.pricing import Price, price_at, quantity_for_amount

HONG_KONG = "Asia/Hong_Kong"


def prices(table: str) -> list[Price]:
    """Read rows "key scope price from until"; "-" is no end."""
    found = []
    for row in table.strip().splitlines():
        key, scope, price, since, until = row.split()
        found.append(Price(scope, "apple", key, int(price), since, None if until == "-" else until))
    return found


def price_of(
    table: str, civil: str, *, store: str = "001", zone: str = "A", tz: str = HONG_KONG
) -> int | None:
    found = price_at(prices(table), sku="apple", store=store, zone=zone, tz=tz, at_ms=civil_to_ms(civil, tz))
    return None if found is None else found.price_minor


@pytest.mark.parametrize(
    ("civil", "store", "zone", "expected"),
    [
        ("2026-06-30T23:59", "001", "A", None),
        ("2026-07-01T00:00", "001", "A", 1000),
        ("2026-07-03T00:00", "001", "A", 900),
        ("2026-07-03T00:00", "001", "B", 1000),
        ("2026-07-09T23:59", "001", "A", 900),
        ("2026-07-10T00:00", "001", "A", 800),
        ("2026-07-10T00:00", "002", "A", 800),
        ("2026-07-11T08:00", "001", "A", 777),
        ("2026-07-11T08:00", "002", "A", 800),
        ("2026-07-11T10:00", "001", "A", 800),
    ],
)
def test_narrower_scope_then_later_from(civil: str, store: str, zone: str, expected: int | None) -> None:
    table = """
        p1 chain     1000 2026-07-01T00:00 -
        p2 zone:A     900 2026-07-03T00:00 -
        p3 zone:A     800 2026-07-10T00:00 -
        p4 store:001  777 2026-07-11T08:00 2026-07-11T10:00
    """

    assert price_of(table, civil, store=store, zone=zone) == expected


def test_the_greater_key_decides_between_equals() -> None:
    table = """
        b chain 2 2026-07-01T00:00 -
        a chain 1 2026-07-01T00:00 -
    """

    assert price_of(table, "2026-07-02T00:00") == 2


def test_a_price_starts_and_ends_at_the_stores_own_clock() -> None:
    table = "p chain 5 2026-03-08T02:30 2026-03-08T04:00"

    # New York skips 02:30: the price starts at 03:00 there, and half-open it ends at 04:00
    assert price_of(table, "2026-03-08T01:59", tz="America/New_York") is None
    assert price_of(table, "2026-03-08T03:00", tz="America/New_York") == 5
    assert price_of(table, "2026-03-08T04:00", tz="America/New_York") is None


def test_an_empty_span_never_holds_and_other_goods_do_not_matter() -> None:
    assert price_of("p chain 5 2026-07-01T00:00 2026-07-01T00:00", "2026-07-01T00:00") is None
    other = [Price("chain", "pear", "1", 5, "2026-07-01T00:00")]
    assert price_at(other, sku="apple", store="001", zone="A", tz="UTC", at_ms=2**41) is None


@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    rows = [
        Price(scope, "apple", str(i), 100 + i, since)
        for i, (scope, since) in enumerate(
            (scope, since)
            for scope in ("chain", "zone:A", "store:001")
            for since in ("2026-07-01T00:00", "2026-07-02T00:00")
        )
    ]

    found = price_at(
        [rows[i] for i in order], sku="apple", store="001", zone="A", tz=HONG_KONG, at_ms=1_783_674_000_000
    )

    assert found == rows[5]


def test_a_line_remembers_its_price() -> None:
    assert Price("zone:A", "apple", "17", 1, "2026-07-01T00:00").ref == "zone:A/17"


@pytest.mark.parametrize(
    ("amount", "price", "grams"), [(995, 1990, 500), (1, 1990, 1), (0, 1990, 1), (454, 1280, 355)]
)
def test_the_weight_behind_an_amount(amount: int, price: int, grams: int) -> None:
    assert quantity_for_amount(amount, price) == grams


def test_an_amount_without_a_price_has_no_weight() -> None:
    with pytest.raises(Invalid):
        quantity_for_amount(100, 0)
