"""What a scan is: classified without a database, with the codes to look up, best first.

Order of thought (HARDWARE.md §6.4): AIM prefix, receipt number, GS1 element strings, in-store weighed
rules, then the plain numbers by length. Leading zeros are no difference: UPC-A 12 ↔ EAN-13 `0`+12 ↔ GTIN-14
`00`+12, EAN-8 likewise; a UPC-E code stands for the UPC-A it shortens. A wrong check digit never hides a
code that a shop really uses: the kind follows the length and `checked` says False.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from retail.errors import Invalid
from retail.ids import parse_receipt_number, receipt_number
from retail.weighed import Label, WeighedRule, check_digit, digits_only, read_label, valid_ean

__all__ = [
    "Scanned",
    "WeighedRule",
    "check_digit",
    "classify",
    "compress_upca",
    "equivalents",
    "expand_upce",
    "is_payment_code",
    "masked",
    "valid_ean",
]

INPUT_LENGTH_MAX = 128
GROUP_SEPARATOR = "\x1d"
GS1_CARRIERS = ("]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1")
EAN_WITH_ADD_ON = "]E3"
EAN8_CARRIER = "]E4"

_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_PAYMENT = re.compile(r"1[0-5]\d{16}|(?:2[5-9]|30)\d{14,22}", re.ASCII)
_KIND_BY_LENGTH = {12: "upca", 13: "ean13", 14: "gtin14"}
_FULL_WIDTH = {0xFEE0 + ascii_code: ascii_code for ascii_code in range(0x21, 0x7F)} | {0x3000: 0x20}


@dataclass(frozen=True)
class Scanned:
    """`text` without AIM prefix and controls; `lookup` codes to try in order; `checked`: a check digit
    was right.

    Kinds: ean13, ean8, upca, upce, gtin14, code128, gs1, weighed, receipt, plu, unknown. A weighed label
    names its goods by `sku_code`; because a shop may also use the whole code as an ordinary barcode,
    `whole` is to be tried before `lookup`, and if it hits, weight and amount do not count. For other kinds
    `whole` is empty.
    """

    text: str
    aim: str | None
    kind: str
    lookup: tuple[str, ...]
    sku_code: str | None = None
    weight_grams: int | None = None
    amount_minor: int | None = None
    checked: bool = False
    whole: tuple[str, ...] = ()


def classify(raw: str, rules: Sequence[WeighedRule] = (), *, currency_exponent: int = 2) -> Scanned:
    """Say what was scanned or typed. Raises `Invalid`: barcode.empty, barcode.too_long.

    Amounts printed by scales are turned into minor units of a currency with `currency_exponent` decimals.
    """
    if len(raw) > INPUT_LENGTH_MAX:
        raise Invalid("barcode.too_long", length=len(raw), limit=INPUT_LENGTH_MAX)
    aim, payload = _take_aim(_clean(raw))
    text = payload.replace(GROUP_SEPARATOR, "").strip()
    if not text:
        raise Invalid("barcode.empty")
    receipt = _receipt(text, aim)
    if receipt is not None:
        return receipt
    if aim in GS1_CARRIERS or GROUP_SEPARATOR in payload or text.lower().startswith(("http://", "https://")):
        gs1 = _gs1(payload.strip(GROUP_SEPARATOR), text, aim, currency_exponent)
        if gs1 is not None:
            return gs1
    if digits_only(text):
        if aim == EAN_WITH_ADD_ON:
            text = text[:13]
        return _number(text, aim, rules, currency_exponent)
    return Scanned(text, aim, "code128" if aim is not None and aim[1] == "C" else "unknown", (text,))


def is_payment_code(text: str) -> bool:
    """Does it have the form of a customer's WeChat or Alipay payment code (HARDWARE §6.4)?"""
    return bool(_PAYMENT.fullmatch(text))


def masked(text: str) -> str:
    """A payment code with all but its last four digits hidden; any other text as it is."""
    return "*" * (len(text) - 4) + text[-4:] if is_payment_code(text) else text


def equivalents(code: str) -> tuple[str, ...]:
    """The code itself, then every other way to write the same article number."""
    forms = [code]
    if digits_only(code) and len(code) == 8:
        if valid_ean(code):
            forms += [code.zfill(13), code.zfill(12), code.zfill(14)]
        if _is_upce(code):
            upca = expand_upce(code)
            forms += [upca, "0" + upca, "00" + upca]
    elif digits_only(code) and len(code) in _KIND_BY_LENGTH:
        full = code.zfill(14)
        forms += [full[14 - length :] for length in (13, 12, 14, 8) if not full[: 14 - length].strip("0")]
        if full.startswith("00"):
            forms += compress_upca(full[2:])
    return tuple(dict.fromkeys(forms))


def expand_upce(code: str) -> str:
    """The UPC-A of a UPC-E code of 6 digits (number system 0), 7 (with it) or 8 (with check digit too).

    `04252614` → `042100005264`. Raises `Invalid("barcode.not_upce")`.
    """
    full = "0" + code if len(code) == 6 else code
    if not digits_only(full) or len(full) not in (7, 8) or full[0] not in "01":
        raise Invalid("barcode.not_upce", text=code[:40])
    system, a, b, c, d, e, last = tuple(full[:7])
    if last in "012":
        body = f"{system}{a}{b}{last}0000{c}{d}{e}"
    elif last == "3":
        body = f"{system}{a}{b}{c}00000{d}{e}"
    elif last == "4":
        body = f"{system}{a}{b}{c}{d}00000{e}"
    else:
        body = f"{system}{a}{b}{c}{d}{e}0000{last}"
    upca = f"{body}{check_digit(body)}"
    if len(full) == 8 and upca[-1] != full[-1]:
        raise Invalid("barcode.not_upce", text=code[:40])
    return upca


def compress_upca(code: str) -> tuple[str, ...]:
    """The 8-digit UPC-E of a UPC-A, or nothing when it has none."""
    if len(code) != 12 or code[0] not in "01" or not valid_ean(code):
        return ()
    system, a, b, c, d, e = code[0], code[1], code[2], code[3], code[4], code[5]
    item, check = code[6:11], code[11]
    if c in "012" and d + e == "00" and item.startswith("00"):
        short = f"{a}{b}{item[2:]}{c}"
    elif d + e == "00" and item.startswith("000"):
        short = f"{a}{b}{c}{item[3:]}3"
    elif e == "0" and item.startswith("0000"):
        short = f"{a}{b}{c}{d}{item[4]}4"
    elif item.startswith("0000") and item[4] in "56789":
        short = f"{a}{b}{c}{d}{e}{item[4]}"
    else:
        return ()
    return (f"{system}{short}{check}",)


def _clean(raw: str) -> str:
    """Full-width forms of an input method become ASCII; controls go, but the GS1 separator stays."""
    if raw.isascii() and raw.isprintable():  # what nearly every scan is: neither of the two is in it
        return raw.strip(" ")
    plain = raw.translate(_FULL_WIDTH)
    return "".join(
        char for char in plain if char == GROUP_SEPARATOR or unicodedata.category(char) not in ("Cc", "Cf")
    ).strip(" ")


def _take_aim(text: str) -> tuple[str | None, str]:
    found = _AIM.match(text)
    return (found[0], text[3:]) if found else (None, text)


def _receipt(text: str, aim: str | None) -> Scanned | None:
    if "/" not in text:
        return None
    try:
        number = receipt_number(*parse_receipt_number(text))
    except Invalid:
        return None
    return Scanned(number, aim, "receipt", (number,))


def _number(text: str, aim: str | None, rules: Sequence[WeighedRule], exponent: int) -> Scanned:
    forms = equivalents(text)
    weighed = _weighed(text, forms, aim, rules, exponent)
    if weighed is not None:
        return weighed
    if len(text) in _KIND_BY_LENGTH:
        return Scanned(text, aim, _KIND_BY_LENGTH[len(text)], forms, checked=valid_ean(text))
    if len(text) == 8:
        return _eight(text, forms, aim)
    if len(text) < 8:
        return _short(text, aim)
    if len(text) >= 16 and text.startswith("01") and valid_ean(text[2:16]):
        gs1 = _gs1(text, text, aim, exponent)
        if gs1 is not None:
            return gs1
    return Scanned(text, aim, "code128" if aim is not None and aim[1] == "C" else "unknown", (text,))


def _eight(text: str, forms: tuple[str, ...], aim: str | None) -> Scanned:
    """EAN-8 or UPC-E: the carrier tells, else the check digit; where both fit, EAN-8 goes first."""
    ean_fits, upce_fits = valid_ean(text), _is_upce(text)
    if upce_fits and (aim == "]E0" or not ean_fits) and aim != EAN8_CARRIER:
        upca = expand_upce(text)
        return Scanned(text, aim, "upce", (text, upca, "0" + upca, "00" + upca), checked=True)
    return Scanned(text, aim, "ean8", forms, checked=ean_fits)


def _short(text: str, aim: str | None) -> Scanned:
    """A PLU or article number typed by hand, or a UPC-E from a scanner that leaves digits away."""
    forms = [text]
    if len(text) in (6, 7) and (len(text) == 6 or text[0] in "01"):
        upca = expand_upce(text)
        forms += [upca, "0" + upca, "00" + upca]
        if aim is not None and aim.startswith("]E"):
            return Scanned(text, aim, "upce", tuple(forms))
    stripped = text.lstrip("0")
    forms += [stripped] if stripped else []
    return Scanned(text, aim, "plu", tuple(dict.fromkeys(forms)))


def _weighed(
    text: str, forms: tuple[str, ...], aim: str | None, rules: Sequence[WeighedRule], exponent: int
) -> Scanned | None:
    """The first rule that fits the code in one of its spellings."""
    for form in forms:
        for rule in rules:
            label: Label | None = read_label(form, rule, exponent)
            if label is not None:
                return Scanned(
                    text,
                    aim,
                    "weighed",
                    label.lookup,
                    label.item,
                    label.weight_grams,
                    label.amount_minor,
                    label.checked,
                    forms,
                )
    return None


def _is_upce(code: str) -> bool:
    try:
        expand_upce(code)
    except Invalid:
        return False
    return len(code) == 8


def _gs1(payload: str, text: str, aim: str | None, exponent: int) -> Scanned | None:
    """Element strings through biip: AI 01 (or 02) names the goods, 310n weighs them, 392n and 390n price
    them.
    """
    from retail.gs1 import elements_of  # its tables are large: with the first code that needs them

    found = elements_of(text, payload)
    if found is None:
        return None
    gtin = found.get("01") or found.get("02")
    if gtin is None:
        return Scanned(text, aim, "gs1", (text,))
    weight = next((found[ai] for ai in sorted(found) if ai.startswith("310")), None)
    amount = next((found[ai] for ai in sorted(found, reverse=True) if ai[:3] in ("392", "390")), None)
    number = str(gtin.value)
    return Scanned(
        text,
        aim,
        "gs1",
        equivalents(number),
        weight_grams=None if weight is None else _grams(weight.decimal),
        amount_minor=None if amount is None else _minor(amount.decimal, exponent),
        checked=valid_ean(number),
    )


def _grams(kilograms: Decimal) -> int:
    return int(kilograms.scaleb(3).to_integral_value(ROUND_HALF_UP))


def _minor(amount: Decimal, exponent: int) -> int | None:
    """Minor units, or None when the code says more decimals than the currency has."""
    scaled = amount.scaleb(exponent)
    return int(scaled) if scaled == scaled.to_integral_value() else None
