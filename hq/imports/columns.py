"""The columns of each kind of file and the headers under which they are known in three languages."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("products", "prices", "stock", "staff")


@dataclass(frozen=True)
class Column:
    """`headers` are other names, in small letters; the first of a language is used in templates."""

    name: str
    headers: tuple[str, ...]
    required: bool = False
    example: str = ""


def _text(name: str, en: str, hans: str, hant: str, examples: tuple[str, str, str]) -> tuple[Column, ...]:
    return (
        Column(f"{name}_en", (en, f"{hans}英文", f"{hant}英文"), example=examples[0]),
        Column(f"{name}_zh_hant", (f"{en} (traditional)", f"{hans}繁体", f"{hant}繁體"), example=examples[2]),
        Column(f"{name}_zh_hans", (f"{en} (simplified)", f"{hans}简体", f"{hant}簡體"), example=examples[1]),
    )


SKU = Column(
    "sku",
    ("product code", "商品编码", "貨品編號", "商品編號", "product_code", "编码", "編號"),
    True,
    "P000000002",
)
COLUMNS: dict[str, tuple[Column, ...]] = {
    "products": (
        SKU,
        Column("barcode", ("barcodes", "条码", "條碼", "ean"), example="2000000000022"),
        *_text(
            "name",
            "name",
            "名称",
            "名稱",
            ("7 Up 330mL x 8", "七喜 330毫升 x 8", "七喜 330毫升 x 8"),
        ),
        *_text("brand", "brand", "品牌", "品牌", ("7 Up", "七喜", "七喜")),
        Column("category", ("category code", "分类编码", "分類編號")),
        *_text("cat1", "category 1", "一级分类", "一級分類", ("Drinks", "饮品", "飲品")),
        *_text("cat2", "category 2", "二级分类", "二級分類", ("Carbonated drinks", "汽水", "汽水")),
        *_text("cat3", "category 3", "三级分类", "三級分類", ("Canned", "罐装", "罐裝")),
        Column("spec", ("specification", "规格", "規格"), example="330 mL x 8"),
        Column("unit", ("unit of sale", "单位", "單位"), example="pc"),
        Column("weighed", ("sold by weight", "称重", "稱重"), example="no"),
        Column("tax_code", ("tax code", "税码", "稅碼")),
        Column("active", ("on sale", "在售", "是否在售"), example="yes"),
        Column("price", ("chain price", "连锁价", "連鎖價"), example="28.50"),
    ),
    "prices": (
        SKU,
        Column("scope", ("price scope", "范围", "範圍"), example="zone:A"),
        Column("zone", ("price zone", "价区", "價區")),
        Column("store", ("store code", "门店编码", "門店編號", "门店", "門店")),
        Column("price", ("new price", "售价", "售價", "价格", "價格"), example="28.50"),
        Column("price_minor", ("price in minor units", "售价（分）", "售價（分）")),
        Column(
            "from", ("from_date", "生效日", "生效日期", "生效时间", "生效時間"), example="2026-12-01 08:00"
        ),
        Column("until", ("until_date", "截止日", "截止日期", "截止时间", "截止時間")),
        Column("note", ("reason for change", "备注", "備註")),
    ),
    "stock": (
        Column("store", ("store code", "门店编码", "門店編號", "门店", "門店"), True, "001"),
        SKU,
        Column("quantity", ("opening stock", "数量", "數量", "期初"), True, "24"),
        Column("note", ("remark", "备注", "備註")),
    ),
    "staff": (
        Column("number", ("staff number", "工号", "職員編號"), True, "1001"),
        Column("name", ("full name", "姓名"), True, "Chan Tai-man"),
        Column("role", ("till role", "角色"), True, "cashier"),
        Column("stores", ("works in", "所在门店", "所屬門店", "门店", "門店"), True, "001;002"),
        Column("language", ("screen language", "语言", "語言"), example="zh-Hant"),
    ),
}
IGNORED = frozenset({"_row", "_reason", "_remedy"})
TEMPLATE_LANGUAGES = {"en": 0, "zh-Hans": 1, "zh-Hant": 2}


def known_headers(kind: str) -> dict[str, str]:
    """Every header in small letters → the column's name."""
    found = {}
    for column in COLUMNS[kind]:
        for header in (column.name, *column.headers):
            found[header.lower()] = column.name
    return found


def template_header(column: Column, language: str) -> str:
    """The header of a template: the technical name in English, words in Chinese."""
    if language == "en":
        return column.name
    at = TEMPLATE_LANGUAGES[language]
    return column.headers[at] if len(column.headers) > at else column.headers[-1]
