"""The papers of a store as documents of blocks: sale, return, X and Z, test page.

Every amount on paper is a whole text of its own; money that flows out is shown with a minus.
"""

from __future__ import annotations

from collections.abc import Sequence

from retail.catalogue import in_language
from retail.money import format_minor
from retail.quantity import format_quantity
from retail.receipt_blocks import (
    Barcode,
    Blank,
    Block,
    Columns,
    CopyMark,
    Document,
    Item,
    Line,
    Qr,
    Rule,
    as_copy,
    opening,
)
from retail.receipt_facts import (
    Money,
    PrintedLine,
    PrintedTax,
    PrintedTender,
    ReceiptSettings,
    ReturnFacts,
    SaleFacts,
    ShiftPrint,
)
from retail.receipt_shift import shift_document
from retail.receipt_words import word

__all__ = [
    "Barcode", "Blank", "Block", "Columns", "CopyMark", "Document", "Item", "Line", "Qr", "ReceiptSettings",
    "ReturnFacts", "Rule", "SaleFacts", "ShiftPrint", "as_copy", "percent_text", "return_document",
    "sale_document", "shift_document", "test_document",
]  # fmt: skip

BODY_HASH_SHOWN = 8


def sale_document(facts: SaleFacts, settings: ReceiptSettings, language: str, copy: int = 0) -> Document:
    """The customer's receipt. Items show amounts before discounts; subtotal less discounts plus tax is the
    total.
    """
    sale = facts.sale
    blocks: list[Block] = opening(settings, language)
    blocks += _heading(sale, facts.local_time, facts.cashier, language)
    blocks.append(Rule())
    blocks += [_item(line, settings, language) for line in sale.lines]
    blocks += [Rule(), Columns(word("pieces", language), str(sale.pieces))]
    if sale.discount_minor:
        blocks.append(Columns(word("subtotal", language), _money(sale.gross_minor, settings)))
        blocks.append(Columns(word("discount", language), _money(-sale.discount_minor, settings)))
    blocks += _totals(sale, "total", 1, settings, language)
    for tender in sale.tenders:
        shown = tender.given_minor if tender.kind == "cash" else tender.amount_minor
        blocks += _tender(tender, shown, settings, language)
    if sale.change_minor:
        blocks.append(Columns(word("change", language), _money(sale.change_minor, settings), bold=True))
    blocks += _included_taxes(sale.taxes, 1, settings, language)
    blocks += _closing(sale.number, facts.body_hash, settings, language)
    return as_copy(Document(tuple(blocks), language), copy)


def return_document(facts: ReturnFacts, settings: ReceiptSettings, language: str, copy: int = 0) -> Document:
    """The paper of a return: every amount with a minus, and the receipt it refers to."""
    back = facts.back
    blocks: list[Block] = opening(settings, language)
    blocks.append(Line(word("return_title", language), "center", bold=True, double=True))
    blocks += _heading(back, facts.local_time, facts.cashier, language)
    blocks.append(Columns(word("original", language), back.original_number))
    reason = in_language(settings.reason_names.get(back.reason, {}), language) or back.reason
    blocks += [Columns(word("reason", language), reason), Rule()]
    for line in back.lines:
        quantity = format_quantity(line.quantity, line.unit)
        blocks.append(
            Item(in_language(line.name, language), quantity, "", _money(-line.total_minor, settings))
        )
    blocks += [Rule(), Columns(word("pieces", language), str(back.pieces))]
    blocks += _totals(back, "refund", -1, settings, language)
    for tender in back.tenders:
        blocks += _tender(tender, -tender.amount_minor, settings, language)
    blocks += _included_taxes(back.taxes, -1, settings, language)
    blocks += [Blank(2), Columns(word("signature", language), "____________")]
    blocks += _closing(back.number, facts.body_hash, settings, language)
    return as_copy(Document(tuple(blocks), language), copy)


def test_document(settings: ReceiptSettings, language: str, local_time: str = "") -> Document:
    """A page that shows what this printer can: widths, scripts, sizes, codes."""
    blocks: list[Block] = [
        Line(word("test_title", language), "center", bold=True, double=True),
        Line(in_language(settings.store_name, language), "center"),
    ]
    if local_time:
        blocks.append(Columns(word("time", language), local_time))
    blocks += [
        Rule(),
        Line("12345678901234567890123456789012"),
        Line("123456789012345678901234567890123456789012345678"),
        Line("ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz"),
        Line("简体：收银 找零 小票 称重 条码"),
        Line("繁體：收銀 找續 收據 稱重 條碼"),
        Line("left"),
        Line("center", "center"),
        Line("right", "right"),
        Line("bold 粗體", bold=True),
        Line("double 倍大", double=True),
        Columns(f"{word('total', language)} {settings.currency}", _money(123456, settings), bold=True),
        Item("名称 名稱 Name", "2", _money(1990, settings), _money(3980, settings), ("note 备注 備註",)),
        Rule(),
        Qr("LIANPU-TEST-0123456789"),
        Barcode("LIANPU-0123"),
        Line(word("test_note", language)),
    ]
    return Document(tuple(blocks), language)


def percent_text(rate_ppm: int) -> str:
    """130000 parts per million as "13%", 85000 as "8.5%"."""
    return format_minor(rate_ppm, 4).rstrip("0").rstrip(".") + "%"


def _heading(document: Money, local_time: str, cashier: str, language: str) -> list[Block]:
    return [
        Columns(word("number", language), document.number),
        Columns(word("time", language), local_time),
        Columns(
            f"{word('terminal', language)} {document.terminal}", f"{word('cashier', language)} {cashier}"
        ),
    ]


def _item(line: PrintedLine, settings: ReceiptSettings, language: str) -> Item:
    notes = []
    if line.discount is not None and line.discount_minor:
        rate = f" {percent_text(line.discount.value)}" if line.discount.kind == "percent" else ""
        reason = in_language(settings.reason_names.get(line.discount.reason, {}), language)
        label = f"{word('discount', language)}{rate} {reason}".strip()
        notes.append(f"{label} {_money(-line.discount_minor, settings)}")
    if line.keyed_weight:
        notes.append(word("keyed_weight", language))
    return Item(
        name=f"{in_language(line.name, language)} {line.spec}".strip(),
        quantity_text=format_quantity(line.quantity, line.unit),
        price_text=_money(line.unit_price_minor, settings),
        amount_text=_money(line.gross_minor, settings),
        notes=tuple(notes),
    )


def _totals(
    document: Money, total_word: str, sign: int, settings: ReceiptSettings, language: str
) -> list[Block]:
    """Tax on top, the total, and below it what cash rounding makes of it."""
    blocks: list[Block] = [
        Columns(_tax_label(tax, settings, language), _money(sign * tax.amount_minor, settings))
        for tax in document.taxes
        if not tax.included
    ]
    label = f"{word(total_word, language)} {settings.currency}"
    blocks.append(Columns(label, _money(sign * document.total_minor, settings), bold=True, double=True))
    if document.rounding_minor:
        rounding, payable = sign * document.rounding_minor, sign * document.payable_minor
        payable_word = "payable" if sign > 0 else "refunded"
        blocks.append(Columns(word("rounding", language), _money(rounding, settings)))
        blocks.append(Columns(word(payable_word, language), _money(payable, settings), bold=True))
    return blocks


def _tender(
    tender: PrintedTender, shown_minor: int, settings: ReceiptSettings, language: str
) -> Sequence[Block]:
    row = Columns(word(tender.kind, language), _money(shown_minor, settings))
    return (row, Columns(f"  {word('approval', language)}", tender.approval)) if tender.approval else (row,)


def _included_taxes(
    taxes: Sequence[PrintedTax], sign: int, settings: ReceiptSettings, language: str
) -> list[Block]:
    """For every rate the net amount and, where prices contain it, the tax in them."""
    blocks: list[Block] = [Rule()] if taxes else []
    for tax in taxes:
        name, rate = in_language(settings.tax_names.get(tax.code, {}), language) or tax.code, tax.rate_ppm
        base = word("tax_base", language, name=name, rate=percent_text(rate))
        blocks.append(Columns(base, _money(sign * tax.base_minor, settings)))
        if tax.included:
            label = word("tax_included", language, name=name, rate=percent_text(rate))
            blocks.append(Columns(label, _money(sign * tax.amount_minor, settings)))
    return blocks


def _tax_label(tax: PrintedTax, settings: ReceiptSettings, language: str) -> str:
    name = in_language(settings.tax_names.get(tax.code, {}), language) or tax.code
    return f"{name} {percent_text(tax.rate_ppm)}"


def _closing(number: str, body_hash: str, settings: ReceiptSettings, language: str) -> list[Block]:
    foot = in_language(settings.foot, language)
    return [
        Rule(),
        *(Line(text, "center") for text in foot.splitlines() if text.strip()),
        Qr(number),
        Line(f"{word('check', language)} {body_hash[:BODY_HASH_SHOWN]}", "center"),
    ]


def _money(minor: int, settings: ReceiptSettings) -> str:
    return format_minor(minor, settings.exponent, grouping=True)
