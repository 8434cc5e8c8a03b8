"""The words on paper, in three languages; a key that lacks one fails a test."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "aborted_baskets": {"en": "Aborted baskets", "zh-Hans": "取消单数", "zh-Hant": "取消單數"},
    "approval": {"en": "Approval", "zh-Hans": "授权码", "zh-Hant": "授權碼"},
    "business_day": {"en": "Business day", "zh-Hans": "营业日", "zh-Hant": "營業日"},
    "card": {"en": "Card", "zh-Hans": "银行卡", "zh-Hant": "銀行卡"},
    "cash": {"en": "Cash", "zh-Hans": "现金", "zh-Hant": "現金"},
    "cash_in": {"en": "Cash in", "zh-Hans": "存入现金", "zh-Hant": "存入現金"},
    "cash_out": {"en": "Cash out", "zh-Hans": "取出现金", "zh-Hant": "取出現金"},
    "cashier": {"en": "Cashier", "zh-Hans": "收银员", "zh-Hant": "收銀員"},
    "chain_head": {"en": "Chain head", "zh-Hans": "账链末端", "zh-Hant": "帳鏈末端"},
    "change": {"en": "Change", "zh-Hans": "找零", "zh-Hant": "找續"},
    "check": {"en": "Check code", "zh-Hans": "校验码", "zh-Hant": "校驗碼"},
    "counted": {"en": "Counted", "zh-Hans": "实点金额", "zh-Hant": "實點金額"},
    "denominations": {"en": "Count by denomination", "zh-Hans": "面额清点", "zh-Hant": "面額清點"},
    "difference": {"en": "Difference", "zh-Hans": "长短款", "zh-Hant": "長短款"},
    "discount": {"en": "Discount", "zh-Hans": "折扣", "zh-Hant": "折扣"},
    "expected": {"en": "Expected in drawer", "zh-Hans": "应有金额", "zh-Hant": "應有金額"},
    "first_number": {"en": "First number", "zh-Hans": "起始单号", "zh-Hant": "起始單號"},
    "float": {"en": "Float", "zh-Hans": "备用金", "zh-Hant": "備用金"},
    "keyed_weight": {"en": "Weight keyed in", "zh-Hans": "手输重量", "zh-Hant": "手輸重量"},
    "last_number": {"en": "Last number", "zh-Hans": "结束单号", "zh-Hant": "結束單號"},
    "net_sales": {"en": "Net sales", "zh-Hans": "净销售", "zh-Hant": "淨銷售"},
    "no_sale": {"en": "Drawer opened without sale", "zh-Hans": "非销售开钱箱", "zh-Hant": "非銷售開錢箱"},
    "number": {"en": "Receipt", "zh-Hans": "单号", "zh-Hant": "單號"},
    "original": {"en": "Original receipt", "zh-Hans": "原单号", "zh-Hant": "原單號"},
    "payable": {"en": "To pay", "zh-Hans": "应付", "zh-Hant": "應付"},
    "pieces": {"en": "Pieces", "zh-Hans": "件数", "zh-Hant": "件數"},
    "printed": {"en": "Printed", "zh-Hans": "打印时间", "zh-Hant": "打印時間"},
    "reason": {"en": "Reason", "zh-Hans": "原因", "zh-Hant": "原因"},
    "refund": {"en": "Refund", "zh-Hans": "应退", "zh-Hant": "應退"},
    "refunded": {"en": "Refunded", "zh-Hans": "退款", "zh-Hant": "退款"},
    "return_title": {"en": "RETURN", "zh-Hans": "退货单", "zh-Hant": "退貨單"},
    "returns": {"en": "Returns", "zh-Hans": "退货", "zh-Hant": "退貨"},
    "rounding": {"en": "Cash rounding", "zh-Hans": "现金舍入", "zh-Hant": "現金捨入"},
    "sales": {"en": "Sales", "zh-Hans": "销售", "zh-Hant": "銷售"},
    "signature": {"en": "Signature", "zh-Hans": "签名", "zh-Hant": "簽名"},
    "store": {"en": "Store", "zh-Hans": "门店", "zh-Hant": "門店"},
    "subtotal": {"en": "Subtotal", "zh-Hans": "小计", "zh-Hant": "小計"},
    "tax_base": {
        "en": "Net {name} {rate}", "zh-Hans": "不含税 {name} {rate}", "zh-Hant": "未連稅 {name} {rate}",
    },
    "tax_included": {
        "en": "Incl. {name} {rate}", "zh-Hans": "含 {name} {rate}", "zh-Hant": "已含 {name} {rate}",
    },
    "taxes": {"en": "Tax", "zh-Hans": "税额", "zh-Hant": "稅額"},
    "tenders": {"en": "Payments", "zh-Hans": "收款方式", "zh-Hant": "收款方式"},
    "terminal": {"en": "Terminal", "zh-Hans": "机号", "zh-Hant": "機號"},
    "test_note": {
        "en": "If every line is readable and the code scans, this printer is ready.",
        "zh-Hans": "若每行清晰、二维码可扫，打印机即可使用。",
        "zh-Hant": "若每行清晰、二維碼可掃，打印機即可使用。",
    },
    "test_title": {"en": "TEST PAGE", "zh-Hans": "测试页", "zh-Hant": "測試頁"},
    "time": {"en": "Time", "zh-Hans": "时间", "zh-Hant": "時間"},
    "total": {"en": "Total", "zh-Hans": "合计", "zh-Hant": "合計"},
    "x_title": {"en": "X REPORT", "zh-Hans": "X 中间报表", "zh-Hant": "X 中期報表"},
    "z_title": {"en": "Z REPORT", "zh-Hans": "Z 结班报表", "zh-Hant": "Z 結更報表"},
}  # fmt: skip


def word(key: str, language: str, **facts: str) -> str:
    """The word in a language (English for one we do not print), with its blanks filled."""
    texts = WORDS[key]
    return texts.get(language, texts["en"]).format(**facts)
