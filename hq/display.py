"""How values look: money, quantities, times, changes. Filters for templates and the CSV export."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Flask

from hq import web
from kit.i18n import pick
from retail.civil import store_local
from retail.money import format_minor
from retail.quantity import KILOGRAM, format_quantity
from schemas.currencies import EXPONENTS, SYMBOLS

MINUS = "−"


def money(minor: int | None, currency: str, *, symbol: bool = False) -> str:
    """`1,234.50` with a true minus; a dash for nothing."""
    if minor is None:
        return "—"
    text = format_minor(int(minor), EXPONENTS[currency], grouping=True).replace("-", MINUS)
    return f"{SYMBOLS.get(currency, currency)} {text}" if symbol else text


def quantity(thousandths: int | None, unit: str = "pc") -> str:
    """`1,938` or `0.350 kg` with a true minus."""
    if thousandths is None:
        return "—"
    thousandths = int(thousandths)
    if unit == KILOGRAM or thousandths % 1000:
        return format_quantity(thousandths, unit).replace("-", MINUS)
    return f"{thousandths // 1000:,}".replace("-", MINUS)


def number(value: int | None) -> str:
    """A count with grouping."""
    return "—" if value is None else f"{int(value):,}".replace("-", MINUS)


def percent(ppm: int) -> str:
    """Parts per million as percent, without trailing zeros."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + " %"


def when(ms: int | None, zone: str, *, part: str = "minute") -> str:
    """A moment on that zone's wall clock: minute, time or second."""
    if ms is None:
        return "—"
    text = store_local(ms, zone)
    if part == "time":
        return text[11:]
    return f"{text}:{ms // 1000 % 60:02d}" if part == "second" else text


def civil(text: str | None) -> str:
    """`2026-07-10 12:00`, and only the date at midnight."""
    if not text:
        return "—"
    return text[:10] if text.endswith("T00:00") else text.replace("T", " ")


def ago(ms: int | None) -> str:
    """A length of time in this person's language: seconds, minutes, hours or days."""
    if ms is None:
        return "—"
    seconds = max(0, ms // 1000)
    if seconds < 60:
        return web.t("time.seconds", n=seconds)
    if seconds < 3600:
        return web.t("time.minutes", n=seconds // 60)
    if seconds < 172_800:
        return web.t("time.hours", n=seconds // 3600, m=seconds % 3600 // 60)
    return web.t("time.days", n=seconds // 86_400)


def named(json_text: str | None) -> str:
    """A stored text (JSON) in this person's language."""
    return pick(msgspec.json.decode(json_text), web.language()) if json_text else ""


def fact(value: Any) -> str:
    """A value of an audit entry for people."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return web.t("word.yes" if value else "word.no")
    if isinstance(value, list):
        return ", ".join(fact(item) for item in value) or "—"
    if isinstance(value, dict):
        return pick(value, web.language()) if set(value) <= {"en", "zh-Hans", "zh-Hant"} else _pairs(value)
    return str(value)


def _pairs(value: dict[str, Any]) -> str:
    return "; ".join(f"{name}: {fact(item)}" for name, item in sorted(value.items())) or "—"


def hash_text(data: bytes | None, length: int = 12) -> str:
    """The first characters of a hash."""
    return "—" if data is None else data.hex()[:length]


def parsed(json_text: str | None) -> Any:
    """Stored JSON as a value."""
    return msgspec.json.decode(json_text) if json_text else {}


def product_name(row: Any) -> str:
    """The name of a row with the three name columns, in this person's language."""
    found = {"en": row.name_en, "zh-Hans": row.name_zh_hans, "zh-Hant": row.name_zh_hant}
    return pick({language: text for language, text in found.items() if text}, web.language())


def install(app: Flask) -> None:
    """Make the filters known to the templates."""
    filters = {
        "money": money, "quantity": quantity, "number": number, "percent": percent, "when": when,
        "civil": civil, "ago": ago, "named": named, "fact": fact, "hash": hash_text, "parsed": parsed,
        "quantity_pieces": number,
    }  # fmt: skip
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals.update(product_name=product_name)
