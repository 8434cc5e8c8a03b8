"""Files for import tests, made from a seed of their own."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

from retail.barcode import check_digit

HEADER = (
    "sku", "barcode", "name_en", "name_zh_hant", "name_zh_hans", "brand_en", "cat1_en", "cat2_en", "spec", "unit",
    "weighed", "tax_code", "active", "price",
)  # fmt: skip
Spoil = Callable[[dict[str, str]], None]


def a_row(n: int) -> dict[str, str]:
    """A good product."""
    body = f"20{n:010d}"
    return {
        "sku": f"P{n:06d}", "barcode": body + str(check_digit(body)), "name_en": f"Tea {n} 250 mL",
        "name_zh_hant": f"茶 {n} 250 毫升", "name_zh_hans": f"茶 {n} 250 毫升", "brand_en": f"Brand {n % 97}",
        "cat1_en": f"Group {n % 7}", "cat2_en": f"Shelf {n % 41}", "spec": "250 mL", "unit": "pc", "weighed": "no",
        "tax_code": "", "active": "yes", "price": f"{n % 90 + 5}.50",
    }  # fmt: skip


def put(**cells: str) -> Spoil:
    """Overwrite cells."""
    return lambda row: row.update(cells)


# (reason, how a row is spoiled): 20 kinds, 37 rows
SPOILED: tuple[tuple[str, Spoil], ...] = (
    ("sku_missing", put(sku="")), ("sku_missing", put(sku=" ")),
    ("sku_unusable", put(sku="P 1")), ("sku_unusable", put(sku="商品1")), ("sku_unusable", put(sku="x" * 41)),
    ("spreadsheet_number", put(sku="1.23E+11")), ("spreadsheet_number", put(barcode="2.00E+12")),
    ("row_twice", put(sku="P000001")), ("row_twice", put(sku="P000002")),
    ("name_missing", put(name_en="", name_zh_hant="", name_zh_hans="")),
    ("name_missing", put(name_en=" ", name_zh_hant="", name_zh_hans="")),
    ("text_too_long", put(name_en="x" * 161)), ("text_too_long", put(spec="y" * 61)),
    ("text_too_long", put(brand_en="z" * 81)), ("text_too_long", put(cat2_en="z" * 161)),
    ("barcode_unusable", put(barcode="條碼")), ("barcode_unusable", put(barcode="x" * 49)),
    ("barcode_check_digit", put(barcode="2000000000211")), ("barcode_check_digit", put(barcode="4006381333932")),
    ("barcode_twice", put(barcode="2000000000206 2000000000206")),
    ("unit_unknown", put(unit="box")), ("unit_unknown", put(unit="瓶")),
    ("weighed_needs_kg", put(weighed="yes")), ("weighed_needs_kg", put(weighed="是")),
    ("not_yes_no", put(active="maybe")), ("not_yes_no", put(weighed="ja")),
    ("tax_unknown", put(tax_code="V13")), ("tax_unknown", put(tax_code="X")),
    ("price_letter", put(price="4o.00")), ("price_letter", put(price="79.9O")),
    ("price_unreadable", put(price="cheap")),
    ("price_too_precise", put(price="1.999")),
    ("price_not_positive", put(price="0")), ("price_not_positive", put(price="-8.00")),
    ("price_too_large", put(price="99999999.00")),
    ("price_is_barcode", put(price="2000000000206")),
    ("broken_character", put(name_en="Te\ufffda")),
)  # fmt: skip


def rows(count: int = 5000) -> tuple[list[dict[str, str]], dict[int, str]]:
    """`count` rows of which 37 are spoiled; and line in the file → reason."""
    made = [a_row(n) for n in range(1, count + 1)]
    wrong: dict[int, str] = {}
    step = (count - 100) // len(SPOILED)
    for at, (reason, spoil) in enumerate(SPOILED):
        index = 50 + at * step
        spoil(made[index])
        wrong[index + 2] = reason
    return made, wrong


def encoded(
    made: Sequence[dict[str, str]], encoding: str = "utf-8-sig", header: Sequence[str] = HEADER
) -> bytes:
    """The rows as a CSV file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, header, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(made)
    return out.getvalue().encode(encoding)


def parsed(data: bytes) -> list[dict[str, str]]:
    """A downloaded file as rows."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
