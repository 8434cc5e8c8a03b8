"""Prices, opening stock and till staff from files."""

from __future__ import annotations

from hq.imports import actions
from hq.imports.actions import Result
from kit.context import Context
from kit.crypto import secret_matches
from tests.builders.hq import House, a_product


def imported(ctx: Context, kind: str, text: str) -> Result:
    """Dry run and apply."""
    found = actions.dry_run(ctx, kind=kind, file_name="f.csv", content=text.encode())
    return actions.apply(ctx, found.run)


def counts(result: Result) -> tuple[int, int, int, int]:
    return result.new, result.changed, result.same, result.rejected


def codes(result: Result) -> list[tuple[int, str]]:
    return [(p.row, p.code) for p in result.problems]


def test_prices_per_scope_now_and_later(house: House) -> None:
    a_product(house, "P1", price=1000)
    a_product(house, "P2", price=None)
    text = (
        "sku,scope,price,from,until\nP1,chain,10.00,,\nP1,zone:A,9.50,,\nP2,chain,3.00,2026-07-03,\n"
        "P2,store:001,2.50,2026-08-01 08:00,2026-08-31\n"
    )

    first = imported(house.ctx, "prices", text)
    again = imported(house.ctx, "prices", text)

    assert (counts(first), counts(again)) == ((3, 0, 1, 0), (0, 0, 4, 0))
    rows = house.db.rows(
        "SELECT sku, scope, price_minor, from_civil, until_civil FROM price ORDER BY sku, scope"
    )
    assert [tuple(row) for row in rows] == [
        ("P1", "chain", 1000, "2026-07-03T00:00", None),
        ("P1", "zone:A", 950, "2026-07-10T14:05", None),
        ("P2", "chain", 300, "2026-07-03T00:00", None),
        ("P2", "store:001", 250, "2026-08-01T08:00", "2026-08-31T00:00"),
    ]


def test_prices_as_the_open_data_have_them(house: House) -> None:
    a_product(house, "P1", price=None)

    first = imported(
        house.ctx,
        "prices",
        "zone,product_code,price_minor,from_date\nchain,P1,1050,2026-07-03\nA,P1,999,2026-07-03\n",
    )

    assert counts(first) == (2, 0, 0, 0)


def test_wrong_prices_are_named(house: House) -> None:
    a_product(house, "P1", price=1000)
    text = (
        "sku,scope,price,from,until\nP9,chain,1.00,,\nP1,zone:Z,1.00,,\nP1,chain,,,\nP1,chain,1.00,yesterday,\n"
        "P1,chain,8.00,2026-07-01,\nP1,chain,8.00,2026-08-02,2026-08-01\nP1,chain,20.00,2026-09-01,\n"
        "P1,chain,21.00,2026-09-01,\n"
    )

    result = imported(house.ctx, "prices", text)

    assert codes(result) == [
        (2, "product_unknown"), (3, "scope_unknown"), (4, "price_missing"), (5, "time_unreadable"),
        (6, "in_the_past"), (7, "ends_before_start"), (9, "row_twice"), (8, "price_jump"),
    ]  # fmt: skip
    assert counts(result) == (0, 1, 0, 7)
    assert house.value("SELECT count(*) FROM price") == 2


def test_every_problem_of_a_row_of_each_kind_is_named_at_once(house: House) -> None:
    a_product(house, "P1", price=1000)

    price = imported(house.ctx, "prices", 'sku,scope,price,from\nP9,zone:Z,"12,50",2026-13-01\n')
    stock = imported(house.ctx, "stock", "store,sku,quantity\n009,P9,x\n")
    staff = imported(house.ctx, "staff", "number,name,role,stores,language\nabc,,king,009,fr\n")

    assert [p.code for p in price.problems] == [
        "product_unknown", "scope_unknown", "price_comma", "time_unreadable"
    ]  # fmt: skip
    assert [p.code for p in stock.problems] == ["store_unknown", "product_unknown", "quantity_unreadable"]
    assert [p.code for p in staff.problems] == [
        "number_unusable", "person_name_missing", "role_unknown", "language_unknown", "store_unknown"
    ]  # fmt: skip
    assert (price.rejected, stock.rejected, staff.rejected) == (1, 1, 1)


def test_opening_stock_is_booked_once(house: House) -> None:
    a_product(house, "P1")
    a_product(house, "K1", unit="kg", weighed=True)
    text = "store,sku,quantity\n001,P1,24\n001,K1,1.250\n002,P1,7\n"

    first = imported(house.ctx, "stock", text)
    again = imported(house.ctx, "stock", text)

    assert (counts(first), counts(again)) == ((3, 0, 0, 0), (0, 0, 3, 0))
    balances = house.db.rows(
        "SELECT account, commodity, quantity FROM balance WHERE account LIKE '%on_hand' ORDER BY account, commodity"
    )
    assert [tuple(row) for row in balances] == [
        ("stock:001:on_hand", "sku:K1", 1250), ("stock:001:on_hand", "sku:P1", 24000),
        ("stock:002:on_hand", "sku:P1", 7000),
    ]  # fmt: skip
    assert house.value("SELECT sum(quantity) FROM posting") == 0


def test_wrong_stock_is_named(house: House) -> None:
    a_product(house, "P1")
    imported(house.ctx, "stock", "store,sku,quantity\n001,P1,24\n")

    result = imported(
        house.ctx, "stock",
        "store,sku,quantity\n009,P1,1\n001,P9,1\n002,P1,1.5\n002,P1,0\n002,P1,2000000000206\n002,P1,x\n002,P1,\n"
        "001,P1,25\n002,P1,3\n002,P1,4\n",
    )  # fmt: skip

    assert codes(result) == [
        (2, "store_unknown"), (3, "product_unknown"), (4, "quantity_broken_piece"), (5, "quantity_not_positive"),
        (6, "quantity_is_barcode"), (7, "quantity_unreadable"), (8, "quantity_missing"), (9, "opening_already_set"),
        (11, "row_twice"),
    ]  # fmt: skip
    assert house.value("SELECT quantity FROM balance WHERE account = 'stock:002:on_hand'") == 3000


def test_staff_get_initial_codes_once(house: House) -> None:
    text = "number,name,role,stores,language\n1001,陳大文,收银员,001;002,zh-Hant\n1002,Ho,manager,001,en\n"

    first = imported(house.ctx, "staff", text)
    again = imported(house.ctx, "staff", text)

    assert (counts(first), counts(again), again.codes) == ((2, 0, 0, 0), (0, 0, 2, 0), {})
    assert sorted(first.codes) == ["1001", "1002"]
    hashed = house.value("SELECT initial FROM staff WHERE number = '1001'")
    assert secret_matches(first.codes["1001"], hashed)
    down = [
        row[0]
        for row in house.db.rows(
            "SELECT scope FROM scope_row WHERE kind = 'staff' AND key = '1001' ORDER BY scope"
        )
    ]
    assert down == ["store:001", "store:002"]


def test_wrong_staff_are_named(house: House) -> None:
    result = imported(
        house.ctx, "staff",
        "number,name,role,stores,language\nabc,A,cashier,001,\n1,,cashier,001,\n2,B,king,001,\n3,C,cashier,009,\n"
        "4,D,cashier,,\n5,E,cashier,001,fr\n6,F,cashier,001,en\n6,G,cashier,001,en\n",
    )  # fmt: skip

    assert codes(result) == [
        (2, "number_unusable"), (3, "person_name_missing"), (4, "role_unknown"), (5, "store_unknown"),
        (6, "store_missing"), (7, "language_unknown"), (9, "row_twice"),
    ]  # fmt: skip
    assert counts(result) == (1, 0, 0, 7)
