"""A shelf of goods for the browser stories: names as in the demo catalogue, prices chosen for easy sums.

Names come from the Hong Kong Consumer Council's price data (reuse with acknowledgement).
"""

from __future__ import annotations

from dataclasses import dataclass

Text = dict[str, str]


@dataclass(frozen=True)
class Good:
    """One product; `price` None means that nobody has priced it."""

    sku: str
    code: str
    name: Text
    spec: str
    price: int | None
    pinyin: str = ""
    weighed: bool = False


def text(en: str, hans: str, hant: str) -> Text:
    """The same words in three languages."""
    return {"en": en, "zh-Hans": hans, "zh-Hant": hant}


OYSTER = Good(
    "P71",
    "2000000000442",
    text("Lee Kum Kee Premium Oyster Sauce", "李锦记 旧装特级蚝油", "李錦記 舊裝特級蠔油"),
    "255g",
    2500,
    "ljj jztjhy",
)
BREAD = Good(
    "P34",
    "2000000000251",
    text("Garden Wheat Sandwich Bread", "嘉顿 方麦包", "嘉頓 方麥包"),
    "8 slices",
    1550,
    "jd fmb",
)
MILK = Good(
    "P122",
    "2000000000794",
    text(
        "Kowloon Dairy Slimilk - Low Fat Hi-Ca Milk Drink", "维记 高钙低脂牛奶饮品", "維記 高鈣低脂牛奶飲品"
    ),
    "236mL",
    750,
    "wj ggdznnyp",
)
EGGS = Good(
    "P3608",
    "2000000015705",
    text("Select Thai Fresh Brown Eggs (L)", "佳之选 泰国新鲜啡蛋 (大)", "佳之選 泰國新鮮啡蛋 (大)"),
    "12pcs",
    2400,
    "jzx tgxxfd",
)
NOODLE = Good(
    "P15",
    "2000000000114",
    text(
        "Nissin Demae Ramen Instant Noodle - Sesame Oil Flavour",
        "日清 出前一丁即食面 - 麻油味",
        "日清 出前一丁即食麵 - 麻油味",
    ),
    "91g",
    490,
    "rq cqydjsm myw",
)
SOYA = Good(
    "P108",
    "2000000000701",
    text("Pak Fook Soya Milk - Hi Calcium Low Sugar", "百福 鲜豆浆 - 高钙低糖", "百福 鮮豆漿 - 高鈣低糖"),
    "946mL",
    1450,
    "bf xdj ggdt",
)
BEER = Good(
    "P106",
    "2000000000688",
    text("San Miguel Pale Pilsen Beer - Can", "生力 啤酒 Pale Pilsen - 罐装", "生力 啤酒 Pale Pilsen - 罐裝"),
    "330mL x 12",
    8990,
    "sl pj gz",
)
TEA = Good(
    "P125", "2000000000824", text("Vita Lemon Tea", "维他 柠檬茶", "維他 檸檬茶"), "250mL x 6", 1900, "wt nmc"
)
RICE = Good(
    "P153",
    "2000000001005",
    text("Golden Elephant Brand Premium Jasmine Rice", "金象牌 顶上茉莉香米", "金象牌 頂上茉莉香米"),
    "5kg",
    9990,
    "jxp dsmlxm",
)
CHIPS = Good(
    "P23",
    "2000000000176",
    text("Calbee Potato Chips - BBQ Flavoured", "卡乐B 烧烤味薯片", "卡樂B 燒烤味薯片"),
    "105g",
    2203,
    "klb skwsp",
)
MINT = Good(
    "P136",
    "2000000000909",
    text("Mentos Mint Roll", "万乐珠 薄荷味", "萬樂珠 薄荷味"),
    "37.5g",
    850,
    "wlz bhw",
)
HAM = Good(
    "P78",
    "2000000000503",
    text("Ma Ling Premium Ham Luncheon Meat", "梅林 优质火腿午餐肉", "梅林 優質火腿午餐肉"),
    "397g",
    2690,
    "ml yzhtwcr",
)
COFFEE = Good(
    "P166",
    "2000000001074",
    text(
        "Nestle Nescafe Rich Blend Soluble Coffee - Can",
        "雀巢咖啡 醇品即溶咖啡 - 罐装",
        "雀巢咖啡 醇品即溶咖啡 - 罐裝",
    ),
    "500g",
    12950,
    "qckf cpjrkf",
)
TISSUE = Good(
    "P6",
    "2000000000053",
    text(
        "Andrex 3-ply Bathroom Tissue (Classic Clean)",
        "皇冠 3层卫生纸 (纯白洁净)",
        "皇冠 3層衛生紙 (純白潔淨)",
    ),
    "10 rolls",
    4290,
    "hg 3cwsz",
)
BANANA = Good(
    "00031",
    "00031",
    text("Del Monte Philippine Bananas", "地扪 菲律宾香蕉", "地捫 菲律賓香蕉"),
    "",
    3690,
    "dm flbxj",
    weighed=True,
)
BAG = Good("BAG", "2000000099905", text("Carrier bag", "购物袋", "購物袋"), "", 100, "gwd")
UNPRICED = Good(
    "P999",
    "2000000099998",
    text("Ferrero Rocher", "费列罗 金莎朱古力", "費列羅 金莎朱古力"),
    "62.5g",
    None,
    "flj jszgl",
)
TWIN_A = Good(
    "P270",
    "2000000001562",
    text("San Miguel King Can", "生力 大罐装", "生力 大罐裝"),
    "500mL x 4",
    3990,
    "sl dgz",
)
TWIN_B = Good(
    "P271",
    "2000000001562",
    text("San Miguel King Can, gift box", "生力 大罐装礼盒", "生力 大罐裝禮盒"),
    "500mL x 4",
    4590,
    "sl dgzlh",
)
SHELF = (
    OYSTER,
    BREAD,
    MILK,
    EGGS,
    NOODLE,
    SOYA,
    BEER,
    TEA,
    RICE,
    CHIPS,
    MINT,
    HAM,
    COFFEE,
    TISSUE,
    BANANA,
    BAG,
    UNPRICED,
    TWIN_A,
    TWIN_B,
)
UNKNOWN_CODE = "4891234560783"

PAGES = {
    1: (text("Fresh", "果蔬", "蔬果"), (BANANA, EGGS, BREAD, MILK)),
    2: (text("Bags", "袋与杂项", "袋及雜項"), (BAG, MINT, TISSUE)),
    3: (text("Top", "常用", "常用"), (OYSTER, NOODLE, TEA, BEER, RICE, CHIPS, COFFEE, HAM, SOYA, UNPRICED)),
}
REASONS = {
    "discount": (
        ("damaged", text("Damaged pack", "包装破损", "包裝破損")),
        ("expiry", text("Near expiry", "临近到期", "接近到期")),
        ("label", text("Label was wrong", "与标价不符", "與標價不符")),
        ("complaint", text("Complaint", "顾客投诉", "顧客投訴")),
    ),
    "return": (
        ("quality", text("Quality", "质量问题", "質量問題")),
        ("mistake", text("Bought by mistake", "买错或不要", "買錯或不要")),
        ("price", text("Wrong price", "价格错误", "價錢錯誤")),
    ),
    "no_sale": (
        ("change", text("Change for a customer", "为顾客换零钱", "為顧客換零錢")),
        ("check", text("Check the drawer", "检查钱箱", "檢查錢箱")),
    ),
    "cash": (
        ("bank", text("To the bank", "存银行", "存銀行")),
        ("petty", text("Small purchase", "小额采购", "小額採購")),
    ),
    "void": (
        ("left", text("Customer left", "顾客离开", "顧客離開")),
        ("wrong", text("Wrong goods", "商品有误", "貨品有誤")),
    ),
    "reprint": (
        ("customer", text("Customer asked", "顾客要求", "顧客要求")),
        ("paper", text("Paper fault", "打印故障", "打印故障")),
    ),
    "write_off": (("broken", text("Broken", "破损", "破損")), ("expired", text("Expired", "过期", "過期"))),
}
