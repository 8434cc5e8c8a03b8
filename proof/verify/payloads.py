"""The shapes of the payloads that are judged; what is not listed here is stored, hashed and summed, not judged.

A shape maps a field to "int", "str", "text" (language → words), "ints" (name → int), or to a list with the shape of
its items, or to a dict with the shape of a part that may be null; "?" at the end allows null, a leading "~" allows
absence. Unknown fields are a newer version's business.
"""

from __future__ import annotations

from typing import Any

Shape = dict[str, Any]

_DISCOUNT: Shape = {"kind": "str", "value": "int", "reason": "str"}
_TAXES: list[Shape] = [
    {"code": "str", "rate_ppm": "int", "included": "bool", "base_minor": "int", "amount_minor": "int"}
]
_TENDERS: list[Shape] = [
    {"kind": "str", "amount_minor": "int", "given_minor": "int", "change_minor": "int", "~approval": "str?"}
]
_GOODS: list[Shape] = [{"sku": "str", "name": "text", "quantity": "int", "unit": "str"}]
_PAPER: Shape = {
    "number": "str", "terminal": "str", "series": "str", "n": "int", "currency": "str", "taxes": _TAXES,
    "tenders": _TENDERS, "total_minor": "int", "rounding_minor": "int", "payable_minor": "int", "pieces": "int",
}  # fmt: skip
_SALE: Shape = _PAPER | {
    "basket": "str", "started_at": "int", "gross_minor": "int", "discount_minor": "int", "change_minor": "int",
    "~discount": _DISCOUNT,
    "lines": [{
        "line": "int", "sku": "str", "code": "str", "name": "text", "quantity": "int", "unit": "str",
        "unit_price_minor": "int", "price_ref": "str", "gross_minor": "int", "discount_minor": "int",
        "basket_discount_minor": "int", "total_minor": "int", "tax_code": "str", "tax_minor": "int",
        "~discount": _DISCOUNT,
    }],
}  # fmt: skip
_RETURN: Shape = _PAPER | {
    "original": "str", "original_number": "str", "reason": "str",
    "lines": [{
        "line": "int", "original_line": "int", "sku": "str", "name": "text", "quantity": "int", "unit": "str",
        "total_minor": "int", "tax_code": "str", "tax_minor": "int",
    }],
}  # fmt: skip
_CLOSED: Shape = {
    "shift": "str", "terminal": "str", "day": "str", "z_number": "int", "currency": "str", "float_minor": "int",
    "expected_minor": "int", "counted_minor": "int", "difference_minor": "int", "count": "ints", "sales": "int",
    "sales_minor": "int", "returns": "int", "returns_minor": "int", "rounding_minor": "int", "tenders": "ints",
    "taxes": "ints", "cash_in_minor": "int", "cash_out_minor": "int", "no_sale_openings": "int",
    "aborted_baskets": "int", "first_number": "str?", "last_number": "str?", "head_inc": "str", "head_seq": "int",
    "head_hash": "str",
}  # fmt: skip

SHAPES: dict[str, Shape] = {
    "sale.completed": _SALE,
    "return.completed": _RETURN,
    "shift.opened": {"shift": "str", "terminal": "str", "day": "str", "float_minor": "int", "currency": "str"},
    "shift.closed": _CLOSED,
    "cash.moved": {
        "terminal": "str", "shift": "str", "direction": "str", "amount_minor": "int", "currency": "str",
        "reason": "str", "~note": "str",
    },
    "drawer.opened": {"terminal": "str", "shift": "str?", "reason": "str", "~note": "str"},
    "receipt.reprinted": {"document": "str", "number": "str", "copy": "int", "~reason": "str"},
    "basket.aborted": {
        "basket": "str", "started_at": "int", "reason": "str", "lines": "int", "pieces": "int", "total_minor": "int",
        "currency": "str",
    },
    "stock.received": {"reference": "str", "lines": _GOODS, "~note": "str"},
    "stock.written_off": {"reason": "str", "lines": _GOODS, "~note": "str"},
    "stock.opening_set": {"store": "str", "lines": _GOODS, "~note": "str"},
    "node.enrolled": {"store": "str"},
    "node.reincarnated": {"reason": "str", "parent_inc": "str?", "parent_seq": "int"},
    "hq.amended": {"event": "str", "reason": "str"},
    "hq.trust_changed": {
        "node": "str", "inc": "str", "first": "int", "last": "int", "counts": "bool", "reason": "str", "~part": "int",
        "~parts": "int",
    },
}  # fmt: skip

# A line of a sale leaves out what is at its default.
_LINE_DEFAULTS: dict[str, Any] = {
    "unit": "pc", "discount_minor": 0, "basket_discount_minor": 0, "tax_code": "", "tax_minor": 0,
}  # fmt: skip


def complete(type_: str, payload: dict[str, Any]) -> dict[str, Any]:
    """The payload with the fields that the format leaves out."""
    lines = payload.get("lines")
    if type_ != "sale.completed" or not isinstance(lines, list):
        return payload
    filled = [_LINE_DEFAULTS | line if isinstance(line, dict) else line for line in lines]
    return payload | {"lines": filled}


def misshapen(type_: str, payload: dict[str, Any]) -> str | None:
    """Where a payload of a known type does not have its shape, or None."""
    shape = SHAPES.get(type_)
    return None if shape is None else _against(shape, payload, "p")


def _against(shape: Shape, value: Any, path: str) -> str | None:
    if not isinstance(value, dict):
        return f"{path} is not an object"
    for mark, wanted in shape.items():
        name = mark.lstrip("~")
        if name not in value:
            if mark.startswith("~"):
                continue
            return f"{path}.{name} is missing"
        why = _field(wanted, value[name], f"{path}.{name}")
        if why:
            return why
    return None


def _field(wanted: Any, value: Any, path: str) -> str | None:
    if isinstance(wanted, dict):
        return None if value is None else _against(wanted, value, path)
    if isinstance(wanted, list):
        if not isinstance(value, list):
            return f"{path} is not a list"
        return next(
            (why for i, item in enumerate(value) if (why := _against(wanted[0], item, f"{path}[{i}]"))), None
        )
    if wanted.endswith("?"):
        return None if value is None else _field(wanted[:-1], value, path)
    return None if _plain(wanted, value) else f"{path} is {value!r:.60}"


def _plain(wanted: str, value: Any) -> bool:
    if wanted == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted == "bool":
        return isinstance(value, bool)
    if wanted == "str":
        return isinstance(value, str)
    item = "str" if wanted == "text" else "int"
    return isinstance(value, dict) and all(_plain(item, part) for part in value.values())
