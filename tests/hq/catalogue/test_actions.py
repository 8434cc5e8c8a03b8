"""Products, barcodes, categories and brands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hq.catalogue import actions
from hq.catalogue.model import Product
from hq.catalogue.search_text import initials, pinyin_of
from retail.errors import Conflict, Invalid, NotFound
from schemas.rows.registry import decode
from tests.builders.hq import House, a_product


def published(house: House, kind: str, key: str, scope: str = "chain") -> object | None:
    """The row as stores get it."""
    data = house.value(
        "SELECT bytes FROM scope_row WHERE scope = :s AND kind = :k AND key = :y", s=scope, k=kind, y=key
    )
    return None if data is None else decode(kind, bytes(data))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("可口可乐 330毫升 x 12", "kkkl330hsx12"),
        ("初榨橄榄油 1公升", "czgly1gs"),
        ("7 Up", "7up"),
        ("", ""),
        ("— · ！", ""),
    ],
)
def test_pinyin_initials(text: str, expected: str) -> None:
    assert initials(text) == expected


def test_initials_of_both_scripts_where_they_differ() -> None:
    assert pinyin_of({"zh-Hans": "可乐", "zh-Hant": "可樂"}, {}) == "kl"
    assert pinyin_of({"zh-Hans": "薯片", "zh-Hant": "薯條"}, {"zh-Hans": "乐"}) == "lsp st"


def test_a_product_goes_down_with_brand_and_initials(house: House) -> None:
    actions.save_brand(house.ctx, code="coke", name={"en": "Coca Cola", "zh-Hans": "可口可乐"})

    a_product(house, name={"en": "Coke", "zh-Hans": "可乐"}, brand="coke", code="2000000000206")

    row = published(house, "product", "P1")
    assert (row.name, row.brand["en"], row.pinyin, row.active) == (
        {"en": "Coke", "zh-Hans": "可乐"}, "Coca Cola", "kkklkl", True
    )  # fmt: skip
    assert published(house, "barcode", "2000000000206|P1").sku == "P1"
    assert "2000000000206" in house.value("SELECT search FROM product")


def test_a_product_is_found_by_every_code_however_it_was_written(house: House) -> None:
    product = a_product(house)
    with house.ctx.app.change(house.ctx) as change:
        actions.write_barcodes(change, [("2000000000206", "P1", 1000), ("2000000000213", "P1", 1000)], [])
    assert house.value("SELECT search FROM product").endswith(" 2000000000206 2000000000213")

    with house.ctx.app.change(house.ctx) as change:
        actions.write_products(change, [product])
    assert house.value("SELECT search FROM product").endswith(" 2000000000206 2000000000213")

    actions.remove_barcode(house.ctx, "P1", "2000000000213")
    assert house.value("SELECT search FROM product").endswith(" 2000000000206")


def test_a_renamed_brand_renames_its_products(house: House) -> None:
    actions.save_brand(house.ctx, code="b", name={"en": "Old"})
    a_product(house, brand="b")

    actions.save_brand(house.ctx, code="b", name={"en": "New"})

    assert published(house, "product", "P1").brand == {"en": "New"}
    assert "new" in house.value("SELECT search FROM product")


def test_one_code_may_serve_two_products(house: House) -> None:
    a_product(house, "P1", code="2000000000206")
    a_product(house, "P2", code="2000000000206")

    assert [published(house, "barcode", f"2000000000206|{sku}").sku for sku in ("P1", "P2")] == ["P1", "P2"]

    actions.remove_barcode(house.ctx, "P1", "2000000000206")

    assert published(house, "barcode", "2000000000206|P1") is None
    assert published(house, "barcode", "2000000000206|P2") is not None


def test_a_change_made_on_an_old_view_is_refused(house: House) -> None:
    product = a_product(house)
    actions.save_product(house.ctx, replace(product, spec="330 mL"), version=1)

    with pytest.raises(Conflict, match="changed_meanwhile"):
        actions.save_product(house.ctx, replace(product, spec="500 mL"), version=1)

    assert house.value("SELECT spec FROM product") == "330 mL"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sku": "P 1"}, "catalogue.sku_unusable"),
        ({"sku": ""}, "catalogue.sku_unusable"),
        ({"name": {}}, "catalogue.name_missing"),
        ({"name": {"en": "x" * 161}}, "catalogue.name_too_long"),
        ({"unit": "box"}, "catalogue.unit_unknown"),
        ({"weighed": True}, "catalogue.weighed_needs_kg"),
        ({"spec": "x" * 61}, "catalogue.spec_too_long"),
        ({"tax_code": "V13"}, "catalogue.tax_unknown"),
        ({"category": "nowhere"}, "catalogue.category_unknown"),
        ({"brand": "nobody"}, "catalogue.brand_unknown"),
    ],
)
def test_what_cannot_be_a_product(house: House, changes: dict[str, object], code: str) -> None:
    wanted = replace(Product(sku="P1", name={"en": "x"}), **changes)

    with pytest.raises(Invalid) as refused:
        actions.save_product(house.ctx, wanted, version=None)

    assert refused.value.code == code
    assert house.value("SELECT count(*) FROM product") == 0


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("2000000000207", "catalogue.barcode_check_digit"),
        ("12 34", "catalogue.barcode_unusable"),
        ("a|b", "catalogue.barcode_unusable"),
        ("", "catalogue.barcode_unusable"),
    ],
)
def test_what_cannot_be_a_barcode(house: House, code: str, error: str) -> None:
    a_product(house)

    with pytest.raises(Invalid) as refused:
        actions.add_barcode(house.ctx, "P1", code)

    assert refused.value.code == error


def test_a_category_cannot_lie_below_itself(house: House) -> None:
    actions.save_category(house.ctx, code="a", name={"en": "A"}, parent=None)
    actions.save_category(house.ctx, code="b", name={"en": "B"}, parent="a")

    with pytest.raises(Invalid, match="category_circle"):
        actions.save_category(house.ctx, code="a", name={"en": "A"}, parent="b")
    with pytest.raises(NotFound, match="category_unknown"):
        actions.save_category(house.ctx, code="c", name={"en": "C"}, parent="zzz")

    assert published(house, "category", "b").parent == "a"


def test_somebody_else_s_version_is_kept_on_the_page(house: House) -> None:
    a_product(house, name={"en": "First"})
    browser = house.client("admin")
    browser.post("/products/P1", version="1", **{"name.en": "Second"}, unit="pc", active="1")

    answer = browser.post("/products/P1", version="1", **{"name.en": "Third"}, unit="pc", active="1")

    assert answer.status_code == 422
    assert "Somebody changed this product meanwhile" in answer.text
    assert house.value("SELECT name_en FROM product") == "Second"


@pytest.mark.parametrize(
    ("text", "found"), [("kkkl", 1), ("可口", 1), ("COKE", 1), ("0206", 1), ("%", 0), ("zzz", 0)]
)
def test_the_list_finds_by_name_code_and_initials(house: House, text: str, found: int) -> None:
    a_product(house, name={"en": "Coke", "zh-Hans": "可口可乐"}, code="2000000000206")

    page = house.client("admin").get("/products/", query_string={"text": text}).text

    assert page.count('href="/products/P1"') == found
