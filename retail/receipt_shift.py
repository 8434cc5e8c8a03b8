"""The paper of an X or Z report."""

from __future__ import annotations

from collections.abc import Callable

from retail.catalogue import in_language
from retail.money import format_minor
from retail.receipt_blocks import Block, Columns, Document, Line, Rule, as_copy, opening
from retail.receipt_facts import ReceiptSettings, ShiftPrint
from retail.receipt_words import WORDS, word
from retail.shift import Report


def shift_document(
    report: Report, printed: ShiftPrint, settings: ReceiptSettings, language: str, copy: int = 0
) -> Document:
    """Every figure of the report; a Z also shows the count and the head of the chain of events."""

    def money(minor: int) -> str:
        return format_minor(minor, settings.exponent, grouping=True)

    title = word("z_title" if report.kind == "Z" else "x_title", language)
    if report.z_number is not None:
        title = f"{title} {report.z_number}"
    blocks: list[Block] = opening(settings, language)
    blocks += [
        Line(title, "center", bold=True, double=True),
        Columns(word("business_day", language), report.day),
        Columns(word("printed", language), printed.local_time),
        Columns(
            f"{word('store', language)} {report.store} {word('terminal', language)} {report.terminal}",
            f"{word('cashier', language)} {printed.cashier}",
        ),
        Rule(),
    ]
    blocks += _trade(report, settings, language, money)
    blocks += _drawer(report, language, money)
    if report.kind == "Z":
        blocks += _count(report, language, money)
        blocks += _chain_head(printed, language)
    return as_copy(Document(tuple(blocks), language), copy)


def _trade(
    report: Report, settings: ReceiptSettings, language: str, money: Callable[[int], str]
) -> list[Block]:
    blocks: list[Block] = [
        Columns(f"{word('sales', language)} ({report.sales})", money(report.sales_minor)),
        Columns(f"{word('returns', language)} ({report.returns})", money(-report.returns_minor)),
        Columns(word("net_sales", language), money(report.sales_minor - report.returns_minor), bold=True),
        Columns(word("rounding", language), money(report.rounding_minor)),
    ]
    if report.taxes:
        blocks.append(Line(word("taxes", language), bold=True))
    for code, amount in report.taxes.items():
        name = in_language(settings.tax_names.get(code, {}), language) or code
        blocks.append(Columns(f"  {name}", money(amount)))
    blocks.append(Line(word("tenders", language), bold=True))
    for kind, amount in report.tenders.items():
        name = word(kind, language) if kind in WORDS else kind
        blocks.append(Columns(f"  {name}", money(amount)))
    for key, number in (("first_number", report.first_number), ("last_number", report.last_number)):
        if number is not None:
            blocks.append(Columns(word(key, language), number))
    return blocks


def _drawer(report: Report, language: str, money: Callable[[int], str]) -> list[Block]:
    blocks: list[Block] = [
        Rule(),
        Columns(word("float", language), money(report.float_minor)),
        Columns(word("cash_in", language), money(report.cash_in_minor)),
        Columns(word("cash_out", language), money(-report.cash_out_minor)),
        Columns(word("expected", language), money(report.expected_minor), bold=True),
    ]
    if report.counted_minor is not None and report.difference_minor is not None:
        blocks.append(Columns(word("counted", language), money(report.counted_minor), bold=True))
        blocks.append(Columns(word("difference", language), money(report.difference_minor), bold=True))
    return [
        *blocks,
        Columns(word("no_sale", language), str(report.no_sale_openings)),
        Columns(word("aborted_baskets", language), str(report.aborted_baskets)),
    ]


def _count(report: Report, language: str, money: Callable[[int], str]) -> list[Block]:
    blocks: list[Block] = [Rule(), Line(word("denominations", language), bold=True)]
    for value, pieces in report.count.items():
        if pieces:
            blocks.append(Columns(f"  {money(int(value))} x {pieces}", money(int(value) * pieces)))
    return blocks


def _chain_head(printed: ShiftPrint, language: str) -> list[Block]:
    if printed.head_seq is None:
        return []
    return [
        Rule(),
        Line(f"{word('chain_head', language)} {printed.head_inc} #{printed.head_seq}"),
        Line(printed.head_hash),
    ]
