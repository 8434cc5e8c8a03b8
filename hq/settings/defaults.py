"""What a new chain starts with: every value here can be changed in the console."""

from __future__ import annotations

from typing import Any

TILL_PERMISSIONS = (
    "till.sell", "till.discount", "till.void_basket", "till.resolve_unknown", "till.keyed_weight",
    "till.no_sale", "receipts.view", "receipts.reprint", "returns.make", "shifts.open", "shifts.close",
    "shifts.cash", "shifts.report", "stock.receive", "stock.write_off", "spool.resolve", "office.view",
    "office.pair",
)  # fmt: skip
CASHIER_ALLOWED = (
    "till.sell", "till.discount", "till.void_basket", "receipts.view", "shifts.open", "shifts.close",
    "spool.resolve", "office.view",
)  # fmt: skip

# role → (discount limit, allowed outright, with approval); all else is refused.
TILL_ROLES: dict[str, tuple[int, tuple[str, ...], tuple[str, ...]]] = {
    "cashier": (
        0,
        CASHIER_ALLOWED,
        tuple(p for p in TILL_PERMISSIONS if p not in CASHIER_ALLOWED and p != "office.pair"),
    ),
    "manager": (1_000_000, TILL_PERMISSIONS, ()),
}

# (list, code, en, zh-Hans, zh-Hant)
REASONS: tuple[tuple[str, str, str, str, str], ...] = (
    ("discount", "damaged", "Damaged packaging", "包装破损", "包裝破損"),
    ("discount", "near_expiry", "Close to its date", "临近到期", "臨近到期"),
    ("discount", "price_match", "Price match", "同业比价", "同業格價"),
    ("discount", "goodwill", "Goodwill", "顾客补偿", "顧客補償"),
    ("return", "faulty", "Faulty", "质量问题", "質量問題"),
    ("return", "wrong_item", "Wrong item", "拿错商品", "取錯貨品"),
    ("return", "changed_mind", "Changed mind", "顾客改变主意", "顧客改變主意"),
    ("no_sale", "change_needed", "Change for a customer", "换零钱", "找換零錢"),
    ("no_sale", "check_drawer", "Check of the drawer", "检查钱箱", "檢查錢箱"),
    ("cash", "change_delivery", "Change brought in", "补零钱", "補充零錢"),
    ("cash", "to_safe", "Taken to the safe", "投入保险柜", "存入夾萬"),
    ("cash", "petty", "Petty expense", "零星支出", "零用支出"),
    ("write_off", "expired", "Expired", "过期", "過期"),
    ("write_off", "broken", "Broken", "破损", "破損"),
    ("write_off", "stolen", "Missing", "丢失", "遺失"),
    ("void", "customer_left", "Customer left", "顾客离开", "顧客離開"),
    ("void", "mistake", "Keyed by mistake", "输入错误", "輸入錯誤"),
    ("reprint", "customer_asked", "Customer asked", "顾客要求", "顧客要求"),
    ("reprint", "paper_fault", "Paper fault", "打印故障", "打印故障"),
)


def chain_values(
    *, name: dict[str, str], currency: str, time_zone: str, language: str, cash_step_minor: int
) -> dict[str, Any]:
    """The first settings of a chain."""
    return {
        "name": name,
        "currency": currency,
        "tax_rounding": "receipt",
        "cash_step_minor": cash_step_minor,
        "day_turn": "04:00",
        "time_zone": time_zone,
        "weighed_rules": [
            {"pattern": "21IIIIIWWWWWC", "kind": "weight", "check_digit": True},
            {"pattern": "23IIIIIPPPPPC", "kind": "price", "check_digit": True},
        ],
        "receipt_head": name,
        "receipt_foot": {
            "en": "Thank you. Please keep this receipt for returns.",
            "zh-Hans": "谢谢惠顾，退换货请凭小票。",
            "zh-Hant": "多謝惠顧，退換貨品請出示收據。",
        },
        "merge_lines": True,
        "auto_lock_minutes": 10,
        "default_language": language,
    }
