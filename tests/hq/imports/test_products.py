"""5,000 products with 37 bad rows: named one by one, corrected, imported once and only once."""

from __future__ import annotations

import io
from collections import Counter
from itertools import groupby

import pytest

from hq.imports import actions
from hq.imports.actions import Result
from kit.context import Context
from retail.errors import Conflict, Invalid, NotPermitted
from tests.builders.hq import House, a_person, a_product
from tests.hq.imports.files import a_row, encoded, parsed, rows


def imported(ctx: Context, content: bytes, kind: str = "products") -> Result:
    """Dry run and apply."""
    found = actions.dry_run(ctx, kind=kind, file_name=f"{kind}.csv", content=content)
    return actions.apply(ctx, found.run)


def counts(result: Result) -> tuple[int, int, int, int]:
    return result.new, result.changed, result.same, result.rejected


def versions(house: House) -> int:
    """How many versions the chain's rows have had."""
    return int(house.value("SELECT version FROM scope WHERE scope = 'chain'"))


def test_five_thousand_rows_with_37_bad_ones(house: House) -> None:
    made, wrong = rows()
    assert (len(wrong), len(set(wrong.values()))) == (37, 20)

    first = imported(house.ctx, encoded(made))

    assert counts(first) == (4963, 0, 0, 37)
    assert {p.row: p.code for p in first.problems} == wrong
    assert house.value("SELECT count(*) FROM product") == 4963
    assert house.value("SELECT count(*) FROM price") == 4963
    assert house.value("SELECT count(*) FROM scope_row WHERE kind = 'barcode'") == 4963
    assert house.value("SELECT count(*) FROM audit_entry WHERE verb = 'imports.applied'") == 1


def test_corrected_rejects_import_37_and_a_third_import_changes_nothing(house: House) -> None:
    made, wrong = rows(600)
    first = imported(house.ctx, encoded(made))
    browser = house.client("admin")

    rejects = parsed(browser.get(f"/imports/{first.run}/rejects.csv").data)

    assert [int(row["_row"]) for row in rejects] == sorted(wrong)
    assert all(row["_reason"] and row["_remedy"] for row in rejects)
    fixed = [{**row, **a_row(int(row["_row"]) - 1)} for row in rejects]
    header = list(rejects[0])
    second = imported(house.ctx, encoded(fixed, header=header))
    assert counts(second) == (37, 0, 0, 0)

    before = versions(house)
    third = imported(house.ctx, encoded(fixed, header=header))
    whole = imported(house.ctx, encoded([a_row(n) for n in range(1, 601)]))

    assert (counts(third), counts(whole)) == ((0, 0, 37, 0), (0, 0, 600, 0))
    assert versions(house) == before


def test_each_problem_names_value_reason_and_remedy_in_three_languages(house: House) -> None:
    made, _wrong = rows(600)
    found = actions.dry_run(house.ctx, kind="products", file_name="p.csv", content=encoded(made))
    letter = next(p for p in found.problems if p.code == "price_letter")

    assert (letter.column, letter.value, letter.facts) == (
        "price", "4o.00", {"place": 2, "sign": "o", "guess": "40.00"}
    )  # fmt: skip
    texts = house.hq.texts
    for problem in found.problems:
        for language in ("en", "zh-Hans", "zh-Hant"):
            for end in ("", ".fix", ".short"):
                key = f"import.{problem.code}{end}"
                words = texts.text(language, key, **problem.facts)
                assert words != key and "{" not in words


def test_a_dry_run_changes_nothing(house: House) -> None:
    made, _wrong = rows(200)
    before = versions(house)

    actions.dry_run(house.ctx, kind="products", file_name="p.csv", content=encoded(made))

    assert (house.value("SELECT count(*) FROM product"), versions(house)) == (0, before)


def test_an_import_is_decided_once(house: House) -> None:
    found = actions.dry_run(house.ctx, kind="products", file_name="p.csv", content=encoded([a_row(1)]))
    actions.apply(house.ctx, found.run)

    with pytest.raises(Conflict, match="already_decided"):
        actions.apply(house.ctx, found.run)
    with pytest.raises(Conflict, match="already_decided"):
        actions.drop(house.ctx, found.run)


def test_columns_that_are_left_out_stay_as_they_are(house: House) -> None:
    a_product(house, "P000001", name={"en": "Old", "zh-Hans": "旧"}, spec="330 mL", code="2000000000206")

    imported(house.ctx, encoded([{"sku": "P000001", "name_en": "New"}], header=["sku", "name_en"]))

    row = house.db.row("SELECT name_en, name_zh_hans, spec, active FROM product")
    assert tuple(row) == ("New", "旧", "330 mL", 1)
    assert house.value("SELECT code FROM barcode") == "2000000000206"


def test_an_empty_cell_stays_as_it_is(house: House) -> None:
    a_product(house, "P000001", name={"en": "Old", "zh-Hans": "旧"}, spec="330 mL", price=1000)
    template = {"sku": "P000001", "name_en": "New"}

    imported(house.ctx, encoded([template]))

    row = house.db.row("SELECT name_en, name_zh_hans, spec, unit, active FROM product")
    assert tuple(row) == ("New", "旧", "330 mL", "pc", 1)
    assert house.value("SELECT count(*) FROM price") == 1


def test_a_brand_in_one_language_keeps_the_brand_of_the_product(house: House) -> None:
    full = {"sku": "P1", "name_en": "Cola", "brand_en": "7 Up", "brand_zh_hans": "七喜"}
    imported(house.ctx, encoded([full], header=["sku", "name_en", "brand_en", "brand_zh_hans"]))
    few = [{"sku": "P1", "brand_en": "7 Up"}, {"sku": "P2", "name_en": "Soda", "brand_en": "7 Up"}]

    again = imported(house.ctx, encoded(few, header=["sku", "name_en", "brand_en"]))

    assert counts(again) == (1, 0, 1, 0)
    assert house.value("SELECT count(*) FROM brand") == 1
    assert len(house.db.rows("SELECT DISTINCT brand FROM product WHERE brand <> ''")) == 1


def test_two_brands_with_the_same_english_name_are_not_mixed_up(house: House) -> None:
    header = ["sku", "name_en", "brand_en", "brand_zh_hans"]
    made = [
        {"sku": f"P{n}", "name_en": "Tea", "brand_en": "Swan", "brand_zh_hans": words}
        for n, words in enumerate(("天鹅", "小天鹅"))
    ]
    imported(house.ctx, encoded(made, header=header))

    imported(house.ctx, encoded([{"sku": "P9", "name_en": "Tea", "brand_en": "Swan"}], header=header[:3]))

    assert len(house.db.rows("SELECT DISTINCT brand FROM product")) == 3


def test_a_category_in_one_language_keeps_the_category_of_the_product(house: House) -> None:
    header = ["sku", "name_en", "cat1_en", "cat1_zh_hans", "cat2_en", "cat2_zh_hans"]
    cells = ("P1", "Cola", "Drinks", "饮品", "Soft", "汽水")
    full = dict(zip(header, cells, strict=True))
    imported(house.ctx, encoded([full], header=header))
    few = [{"sku": "P1", "cat1_en": "Drinks"}, {"sku": "P2", "name_en": "Soda", "cat1_en": "Drinks"}]

    again = imported(house.ctx, encoded(few, header=["sku", "name_en", "cat1_en"]))

    assert counts(again) == (1, 0, 1, 0)
    assert house.value("SELECT count(*) FROM category") == 2
    assert (
        house.value("SELECT c.parent FROM product p JOIN category c ON c.code = p.category WHERE sku = 'P2'")
        is None
    )


def test_a_refused_row_makes_neither_brand_nor_category(house: House) -> None:
    imported(house.ctx, encoded([{**a_row(1), "price": "cheap"}, {**a_row(98), "cat1_en": "Group 1"}]))

    assert house.value("SELECT count(*) FROM brand") == 1
    assert house.value("SELECT count(*) FROM product") == 1


def test_every_problem_of_a_row_is_named_at_once(house: House) -> None:
    row = {
        **a_row(1),
        "sku": "P 1",
        "barcode": "4006381333932",
        "unit": "box",
        "price": "12,50",
        "active": "ja",
    }

    found = actions.dry_run(house.ctx, kind="products", file_name="p.csv", content=encoded([row]))

    assert [(p.row, p.code) for p in found.problems] == [
        (2, "sku_unusable"), (2, "unit_unknown"), (2, "not_yes_no"), (2, "barcode_check_digit"), (2, "price_comma"),
    ]  # fmt: skip
    assert found.rejected == 1
    (reject,) = parsed(house.client("admin").get(f"/imports/{found.run}/rejects.csv").data)
    assert len(reject["_reason"].split(" · ")) == len(reject["_remedy"].split(" · ")) == 5


def test_a_name_like_a_formula_is_a_name_here_as_on_the_page(house: House) -> None:
    names = ["=1+1 Tea", "@home", "-5 °C Ice", "+ Plus"]
    made = [{**a_row(n), "name_en": name} for n, name in enumerate(names, start=1)]

    first = imported(house.ctx, encoded(made))
    quoted = imported(house.ctx, encoded([{**row, "name_en": "'" + row["name_en"]} for row in made]))

    assert (counts(first), counts(quoted)) == ((4, 0, 0, 0), (0, 0, 4, 0))
    assert [row[0] for row in house.db.rows("SELECT name_en FROM product ORDER BY sku")] == names


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gb18030", "GBK"), ("utf-16", "UTF-16")],
)
def test_encodings_are_recognised(house: House, encoding: str, shown: str) -> None:
    result = imported(house.ctx, encoded([a_row(1)], encoding))

    assert counts(result) == (1, 0, 0, 0)
    assert house.value("SELECT encoding FROM import_run") == shown
    assert house.value("SELECT name_zh_hant FROM product") == "茶 1 250 毫升"


def test_headers_in_chinese_and_other_separators(house: House) -> None:
    content = "商品编码;名称简体;条码;单位\nP1;可乐;2000000000206;件\n".encode("gb18030")

    assert counts(imported(house.ctx, content)) == (1, 0, 0, 0)
    assert tuple(house.db.row("SELECT sku, name_zh_hans, unit FROM product")) == ("P1", "可乐", "pc")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "imports.empty_file"),
        (b"PK\x03\x04 not a csv", "imports.not_csv"),
        (b"sku,name_en\n", "imports.no_rows"),
        (b"barcode,name_en\n1,2\n", "imports.columns_missing"),
        (b"sku,product code\n1,2\n", "imports.header_twice"),
        (b"sku,name_en\nP1,\xff\xfe\xfa\xff\n", "imports.encoding_unreadable"),
    ],
)
def test_files_that_cannot_be_read_at_all(house: House, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        actions.dry_run(house.ctx, kind="products", file_name="p.csv", content=content)

    assert refused.value.code == code
    assert house.value("SELECT count(*) FROM import_run") == 0


def test_a_row_with_too_many_cells_is_named(house: House) -> None:
    found = actions.dry_run(
        house.ctx, kind="products", file_name="p.csv", content=b"sku,name_en\nP1,Tea, green\nP2,Coffee\n"
    )

    assert [(p.row, p.code, p.facts) for p in found.problems] == [
        (2, "column_count", {"found": 3, "wanted": 2})
    ]
    assert found.new == 1


def test_brands_and_categories_are_made_once(house: House) -> None:
    imported(house.ctx, encoded([a_row(n) for n in range(1, 201)]))

    assert house.value("SELECT count(*) FROM brand") == 97
    assert house.value("SELECT count(*) FROM category WHERE parent IS NULL") == 7
    parents = house.db.rows("SELECT c.code, p.code FROM category c JOIN category p ON p.code = c.parent")
    assert len(parents) == house.value("SELECT count(*) FROM category") - 7


def test_somebody_without_the_right_imports_nothing(house: House) -> None:
    a_person(house, "anna", "auditor")
    browser = house.client("anna")

    answer = browser.post("/imports/new", kind="products", file=(io.BytesIO(encoded([a_row(1)])), "p.csv"))

    assert answer.status_code == 403
    assert house.value("SELECT count(*) FROM import_run") == 0


def test_staff_are_not_a_merchandiser_s_business(house: House) -> None:
    a_person(house, "mei", "merchandiser")
    browser = house.client("mei")

    browser.post(
        "/imports/new", kind="staff", file=(io.BytesIO(b"number,name,role,stores\n1,A,cashier,001"), "s.csv")
    )

    assert house.value("SELECT count(*) FROM import_run") == 0


def test_a_local_person_cannot_change_the_catalogue(house: House) -> None:
    from dataclasses import replace

    local = house.ctx.acting_as(replace(house.ctx.actor, stores=frozenset({"001"})))

    with pytest.raises(NotPermitted, match="chain_not_permitted"):
        actions.dry_run(local, kind="products", file_name="p.csv", content=encoded([a_row(1)]))


def test_the_pages_lead_from_upload_to_import(house: House) -> None:
    made, _wrong = rows(200)
    browser = house.client("admin")

    answer = browser.post("/imports/new", kind="products", file=(io.BytesIO(encoded(made)), "july.csv"))
    page = browser.get(answer.headers["Location"]).text

    assert "Import 163 rows" in page and "Download 37 rejected rows with reasons" in page
    assert "Type 40.00" in browser.get(answer.headers["Location"] + "?reason=price_letter").text
    done = browser.post(answer.headers["Location"] + "/apply")
    assert (
        "Imported: 163 new, 0 changed, 0 unchanged, 37 rejected."
        in browser.get(done.headers["Location"]).text
    )


def test_problems_come_in_the_order_of_rows(house: House) -> None:
    made, wrong = rows(200)

    found = actions.dry_run(house.ctx, kind="products", file_name="p.csv", content=encoded(made))

    assert [p.row for p in found.problems] == sorted(wrong)
    assert sum(Counter(wrong.values()).values()) == len(list(groupby(found.problems, key=lambda p: p.row)))
