"""Returns: never more than was sold, and to the cent what was paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail.basket import Basket, totals
from retail.errors import LianpuError
from retail.returns import plan_return, refund_amounts, returnable
from retail.tax import TaxPolicy, TaxTotal
from tests.retail.builders import Back, Sold, baskets, policies

LINE = Sold(1, "a", 3000, 1000, "std", 115)


def test_what_may_still_return() -> None:
    sold = [Sold(1, "a", 2000, 100), Sold(2, "b", 1000, 50), Sold(3, "c", 355, 50)]

    assert returnable(sold, [Back(1, 1000), Back(2, 1000), Back(2, 1000)]) == {1: 1000, 2: 0, 3: 355}


@pytest.mark.parametrize(
    ("already", "quantity", "total", "tax"),
    [
        (0, 1000, 333, 38),
        (1000, 1000, 334, 39),
        (2000, 1000, 333, 38),
        (0, 3000, 1000, 115),
        (1000, 2000, 667, 77),
    ],
)
def test_parts_are_cut_by_cumulative_rounding(already: int, quantity: int, total: int, tax: int) -> None:
    refund = refund_amounts(LINE, quantity, already)

    assert (refund.original_line, refund.quantity, refund.total_minor, refund.tax_minor) == (
        1,
        quantity,
        total,
        tax,
    )


@pytest.mark.parametrize(
    ("already", "quantity", "code"),
    [
        (0, 3001, "returns.more_than_sold"),
        (3000, 1, "returns.more_than_sold"),
        (0, 0, "returns.quantity_not_positive"),
        (0, -1, "returns.quantity_not_positive"),
    ],
)
def test_refused_quantities(already: int, quantity: int, code: str) -> None:
    with pytest.raises(LianpuError) as caught:
        refund_amounts(LINE, quantity, already)

    assert caught.value.code == code


def test_a_plan_adds_up_lines_and_taxes() -> None:
    sold = [LINE, Sold(2, "b", 1000, 500, "gst", 43), Sold(3, "c", 1000, 70, "none", 0)]
    taxes = [TaxTotal("std", 130_000, True, 885, 115), TaxTotal("gst", 85_000, False, 500, 43)]

    plan = plan_return(sold, taxes, [Back(1, 1000)], {2: 1000, 1: 1000})

    assert [refund.original_line for refund in plan.refunds] == [1, 2]
    assert plan.taxes == (TaxTotal("std", 130_000, True, 295, 39), TaxTotal("gst", 85_000, False, 500, 43))
    assert plan.total_minor == 334 + 500 + 43


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({}, "returns.nothing_chosen"),
        ({9: 1000}, "returns.no_such_line"),
        ({1: 2001}, "returns.more_than_sold"),
    ],
)
def test_refused_plans(wanted: dict[int, int], code: str) -> None:
    with pytest.raises(LianpuError) as caught:
        plan_return([LINE], [], [Back(1, 1000)], wanted)

    assert caught.value.code == code


@given(baskets(), policies(), st.data())
def test_the_refunds_of_a_whole_receipt_are_its_total(
    basket: Basket, policy: TaxPolicy, data: st.DataObject
) -> None:
    sums = totals(basket, policy)
    sold = [
        Sold(i, line.sku or "", line.quantity, total.total, line.tax_code, total.tax)
        for i, (line, total) in enumerate(zip(basket.lines, sums.lines, strict=True), start=1)
    ]
    returned: list[Back] = []
    paid_back, tax_back = 0, dict.fromkeys((tax.code for tax in sums.taxes), 0)

    while any(returnable(sold, returned).values()):
        wanted = {}
        for number, remaining in returnable(sold, returned).items():
            part = data.draw(st.sampled_from([0, (remaining + 1) // 2, remaining]))
            if part:
                wanted[number] = part
        if not wanted:
            wanted = {n: rest for n, rest in returnable(sold, returned).items() if rest}
        plan = plan_return(sold, sums.taxes, returned, wanted)
        returned += [Back(refund.original_line, refund.quantity) for refund in plan.refunds]
        paid_back += plan.total_minor
        assert all(refund.total_minor >= 0 <= refund.tax_minor for refund in plan.refunds)
        for tax in plan.taxes:
            tax_back[tax.code] += tax.amount_minor

    assert paid_back == sums.total
    assert tax_back == {tax.code: tax.amount_minor for tax in sums.taxes}
