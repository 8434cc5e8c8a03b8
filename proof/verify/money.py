"""The arithmetic of a sale and of a return, from the payload alone (half away from zero, integers only)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MILLION = 1_000_000
Payload = dict[str, Any]


def round_div(n: int, d: int) -> int:
    """n ÷ d to the nearest integer, halves away from zero; d is positive."""
    quotient = (2 * abs(n) + d) // (2 * d)
    return quotient if n >= 0 else -quotient


def differs(what: str, is_: int, should: int) -> Iterator[str]:
    """Say it where two figures are not equal."""
    if is_ != should:
        yield f"{what} is {is_}, must be {should}"


def pieces_of(lines: list[Payload]) -> int:
    """Whole pieces, and one for anything weighed or broken."""
    count = 0
    for line in lines:
        whole = line["unit"] == "pc" and line["quantity"] % 1000 == 0
        count += line["quantity"] // 1000 if whole else 1
    return count


def sale_faults(sale: Payload) -> Iterator[str]:
    """Everything in a sale that does not add up."""
    nets = []
    for at, line in enumerate(sale["lines"], 1):
        yield from differs("line number", line["line"], at)
        yield from (f"line {at}: {why}" for why in _line_faults(line))
        nets.append(line["gross_minor"] - line["discount_minor"])
    off = _discount(sale.get("discount"), sum(nets))
    yield from differs("Σ basket discount", sum(line["basket_discount_minor"] for line in sale["lines"]), off)
    yield from differs("gross", sale["gross_minor"], sum(line["gross_minor"] for line in sale["lines"]))
    given = sum(line["discount_minor"] for line in sale["lines"]) + off
    yield from differs("discount", sale["discount_minor"], given)
    yield from _paper_faults(sale)
    yield from differs("change", sale["change_minor"], sum(part["change_minor"] for part in sale["tenders"]))


def _line_faults(line: Payload) -> Iterator[str]:
    if line["quantity"] <= 0:
        yield f"quantity is {line['quantity']}"
    gross = round_div(line["unit_price_minor"] * line["quantity"], 1000)
    if line["gross_minor"] != gross and not _printed_on_label(line):
        yield f"gross is {line['gross_minor']}, price × quantity is {gross}"
    yield from differs(
        "discount", line["discount_minor"], _discount(line.get("discount"), line["gross_minor"])
    )
    net = line["gross_minor"] - line["discount_minor"]
    if not 0 <= line["basket_discount_minor"] <= max(net, 0):
        yield f"basket discount is {line['basket_discount_minor']} of {net}"
    yield from differs("total", line["total_minor"], net - line["basket_discount_minor"])


def _printed_on_label(line: Payload) -> bool:
    """The amount on a scale label stands, whatever price × weight says; its digits are in the code."""
    code = line["code"]
    digits = str(line["gross_minor"]).rstrip("0") or "0"
    return (
        code.isascii()
        and code.isdigit()
        and code.startswith("2")
        and len(code) in (13, 18)
        and digits in code[6:-1]
    )


def _discount(given: Payload | None, amount: int) -> int:
    if given is None:
        return 0
    if given["kind"] == "percent":
        return round_div(amount * given["value"], MILLION)
    return min(int(given["value"]), amount)


def return_faults(back: Payload) -> Iterator[str]:
    """Everything in a return that does not add up by itself; `returns` compares it with its sale."""
    for at, line in enumerate(back["lines"], 1):
        yield from differs("line number", line["line"], at)
        if line["quantity"] <= 0 or line["total_minor"] < 0:
            yield f"line {at}: quantity {line['quantity']}, total {line['total_minor']}"
    yield from _paper_faults(back)


def _paper_faults(paper: Payload) -> Iterator[str]:
    """What sales and returns have in common: taxes, total, payable, tenders, pieces."""
    yield from _tax_faults(paper)
    added = sum(tax["amount_minor"] for tax in paper["taxes"] if not tax["included"])
    yield from differs(
        "total", paper["total_minor"], sum(line["total_minor"] for line in paper["lines"]) + added
    )
    yield from differs("payable", paper["payable_minor"], paper["total_minor"] + paper["rounding_minor"])
    yield from differs(
        "Σ tenders", sum(part["amount_minor"] for part in paper["tenders"]), paper["payable_minor"]
    )
    if paper["rounding_minor"] and not any(part["kind"] == "cash" for part in paper["tenders"]):
        yield f"rounding is {paper['rounding_minor']} without cash"
    for n, part in enumerate(paper["tenders"], 1):
        yield from differs(
            f"tender {n}: change", part["change_minor"], part["given_minor"] - part["amount_minor"]
        )
        if (
            part["amount_minor"] < 0
            or part["change_minor"] < 0
            or (part["kind"] != "cash" and part["change_minor"])
        ):
            yield f"tender {n}: {part['kind']} {part['amount_minor']} with change {part['change_minor']}"
    yield from differs("pieces", paper["pieces"], pieces_of(paper["lines"]))


def _tax_faults(paper: Payload) -> Iterator[str]:
    named = {tax["code"] for tax in paper["taxes"]}
    for line in paper["lines"]:
        if line["tax_code"] not in named and line["tax_minor"]:
            yield f"line {line['line']}: tax {line['tax_minor']} of a code that the receipt does not name"
    for tax in paper["taxes"]:
        lines = [line for line in paper["lines"] if line["tax_code"] == tax["code"]]
        total = sum(line["total_minor"] for line in lines)
        whole = MILLION + tax["rate_ppm"] if tax["included"] else MILLION
        by_line = sum(round_div(line["total_minor"] * tax["rate_ppm"], whole) for line in lines)
        if "basket" in paper and tax["amount_minor"] not in (
            round_div(total * tax["rate_ppm"], whole),
            by_line,
        ):
            yield f"tax {tax['code']} is {tax['amount_minor']}, its rate gives {by_line}"
        yield from differs(
            f"tax {tax['code']}", tax["amount_minor"], sum(line["tax_minor"] for line in lines)
        )
        base = total - tax["amount_minor"] if tax["included"] else total
        yield from differs(f"base of tax {tax['code']}", tax["base_minor"], base)
