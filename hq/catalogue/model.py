"""Products and barcodes as they may be typed or imported."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from kit.i18n import LANGUAGES
from retail.barcode import check_digit, valid_ean
from retail.errors import Invalid
from retail.quantity import KILOGRAM, UNITS

Text = dict[str, str]
SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,39}", re.ASCII)
BARCODE = re.compile(r"[!-{}~]{1,48}", re.ASCII)  # printable, without blank and without the key's separator
NAME_LENGTH_MAX = 160
EAN_LENGTHS = (8, 12, 13, 14)


@dataclass(frozen=True)
class Product:
    """A product as stored; `brand` and `category` are codes, `version` grows with each change."""

    sku: str
    name: Text
    brand: str = ""
    spec: str = ""
    unit: str = "pc"
    weighed: bool = False
    tax_code: str = ""
    category: str = ""
    active: bool = True
    barcodes: tuple[tuple[str, int], ...] = field(default=())

    def facts(self) -> dict[str, Any]:
        """What the audit keeps."""
        return {**asdict(self), "barcodes": [code for code, _quantity in self.barcodes]}


def checked_sku(sku: str) -> str:
    """Letters, digits and `_.-`, at most 40: it is a commodity name in the ledger."""
    plain = sku.strip()
    if not SKU.fullmatch(plain):
        raise Invalid("catalogue.sku_unusable", value=sku[:60])
    return plain


def checked_name(name: Text) -> Text:
    """At least one language; each at most 160 characters."""
    found = {
        code: " ".join(text.split()) for code, text in name.items() if code in LANGUAGES and text.strip()
    }
    if not found:
        raise Invalid("catalogue.name_missing")
    if any(len(text) > NAME_LENGTH_MAX for text in found.values()):
        raise Invalid("catalogue.name_too_long", limit=NAME_LENGTH_MAX)
    return found


def checked_barcode(code: str) -> str:
    """Printable without blanks; a code of EAN or UPC length must have the right check digit."""
    plain = code.strip()
    if not BARCODE.fullmatch(plain):
        raise Invalid("catalogue.barcode_unusable", value=code[:60])
    if plain.isdigit() and len(plain) in EAN_LENGTHS and not valid_ean(plain):
        raise Invalid("catalogue.barcode_check_digit", value=plain, right=str(check_digit(plain[:-1])))
    return plain


def checked_unit(unit: str, weighed: bool) -> str:
    """`pc` or `kg`; what is weighed is sold by the kilogram."""
    if unit not in UNITS:
        raise Invalid("catalogue.unit_unknown", value=unit[:20])
    if weighed and unit != KILOGRAM:
        raise Invalid("catalogue.weighed_needs_kg", value=unit)
    return unit


def checked_spec(spec: str) -> str:
    """A short description of the pack, e.g. `330 mL × 8`."""
    plain = " ".join(spec.split())
    if len(plain) > 60:
        raise Invalid("catalogue.spec_too_long", limit=60)
    return plain
