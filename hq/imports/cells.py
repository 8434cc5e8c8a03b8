"""Reading single cells of an import; each function raises `Refused` with the column and the way out."""

from __future__ import annotations

import re

from hq.catalogue.model import BARCODE, EAN_LENGTHS, NAME_LENGTH_MAX, SKU
from hq.imports.model import Checks, Refused, Row
from hq.prices.model import PRICE_MINOR_MAX, parse_civil
from retail.barcode import check_digit, valid_ean
from retail.errors import Invalid
from retail.money import parse_minor
from retail.quantity import PIECE, parse_quantity

COMMA = re.compile(r"-?(\d+|\d{1,3}(\.\d{3})+),\d{1,2}", re.ASCII)  # 28,50 and 1.028,50
SCIENTIFIC = re.compile(r"[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+", re.ASCII)
YES = frozenset({"yes", "y", "1", "true", "是", "在售"})
NO = frozenset({"no", "n", "0", "false", "否", "停售"})
SEPARATORS = re.compile(r"[;|、，\s]+")


def sku(row: Row) -> str:
    """The product code."""
    text = row.get("sku")
    if not text:
        raise Refused("sku", "", "sku_missing")
    if SCIENTIFIC.fullmatch(text):
        raise Refused("sku", text, "spreadsheet_number")
    if not SKU.fullmatch(text):
        raise Refused("sku", text, "sku_unusable")
    return text


def barcodes(row: Row) -> tuple[str, ...]:
    """The codes of one cell, several with blanks or semicolons between."""
    text = row.get("barcode")
    codes = tuple(code for code in SEPARATORS.split(text) if code)
    for code in codes:
        if SCIENTIFIC.fullmatch(code):
            raise Refused("barcode", text, "spreadsheet_number")
        if not BARCODE.fullmatch(code):
            raise Refused("barcode", code, "barcode_unusable")
        if code.isdigit() and len(code) in EAN_LENGTHS and not valid_ean(code):
            raise Refused("barcode", code, "barcode_check_digit", right=str(check_digit(code[:-1])))
    if len(set(codes)) != len(codes):
        raise Refused("barcode", text, "barcode_twice")
    return codes


def text(row: Row, column: str, limit: int) -> str:
    """A text on one line. One that begins like a formula is a text like any other: our own files are safe."""
    found = " ".join(row.get(column).split())
    if len(found) > limit:
        raise Refused(column, found, "text_too_long", limit=limit, length=len(found))
    return found


def text3(row: Row, checks: Checks, name: str, *, limit: int = NAME_LENGTH_MAX) -> dict[str, str]:
    """The languages that a row gives of a text in three columns."""
    columns = (("en", f"{name}_en"), ("zh-Hant", f"{name}_zh_hant"), ("zh-Hans", f"{name}_zh_hans"))
    found = {language: checks.take("", text, row, column, limit) for language, column in columns}
    return {language: words for language, words in found.items() if words}


def yes_no(row: Row, column: str, default: bool) -> bool:
    """yes or no in three languages; an empty cell keeps the default."""
    text = row.get(column)
    if not text:
        return default
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise Refused(column, text, "not_yes_no")


def price(row: Row, column: str, exponent: int) -> int:
    """An amount above zero in the chain's currency."""
    text = row.get(column)
    try:
        minor = int(text) if column == "price_minor" and text.isdigit() else parse_minor(text, exponent)
    except Invalid as error:
        raise price_refusal(column, text, error, exponent)
    if minor <= 0:
        raise Refused(column, text, "price_not_positive")
    if minor > PRICE_MINOR_MAX:
        raise Refused(column, text, "price_too_large")
    return minor


def price_refusal(column: str, text: str, error: Invalid, exponent: int) -> Refused:
    """Say why a text is no amount; a letter among the digits is named with its place."""
    if error.code == "money.looks_like_barcode":
        return Refused(column, text, "price_is_barcode")
    if error.code == "money.too_precise":
        return Refused(column, text, "price_too_precise", decimals=exponent)
    if error.code == "money.too_large":
        return Refused(column, text, "price_too_large")
    if COMMA.fullmatch(text):
        return Refused(column, text, "price_comma", guess=text.replace(".", "").replace(",", "."))
    for place, sign in enumerate(text, start=1):
        if sign in "oOlI":
            guess = text.translate(str.maketrans("oOlI", "0011"))
            return Refused(column, text, "price_letter", place=place, sign=sign, guess=guess)
    return Refused(column, text, "price_unreadable") if text else Refused(column, text, "price_missing")


def civil(row: Row, column: str) -> str:
    """A civil time, empty when the cell is."""
    text = row.get(column)
    if not text:
        return ""
    try:
        return parse_civil(text)
    except Invalid:
        raise Refused(column, text, "time_unreadable")


def quantity(row: Row, unit: str) -> int:
    """Thousandths above zero; whole pieces for what is sold by the piece."""
    text = row.get("quantity")
    if not text:
        raise Refused("quantity", "", "quantity_missing")
    try:
        found = parse_quantity(text.replace(",", ""))
    except Invalid as error:
        code = {
            "quantity.looks_like_barcode": "quantity_is_barcode",
            "quantity.not_positive": "quantity_not_positive",
            "quantity.too_large": "quantity_too_large",
        }.get(error.code, "quantity_unreadable")
        raise Refused("quantity", text, code)
    if unit == PIECE and found % 1000:
        raise Refused("quantity", text, "quantity_broken_piece")
    return found
