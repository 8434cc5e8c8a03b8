"""Statements on the chain's settings."""

from __future__ import annotations

from typing import Any

import msgspec

from hq.settings.model import ChainSettings
from kit.sql import Connection, Row, run
from retail.errors import NotNow


def dumps(value: Any) -> str:
    """JSON as it is stored in text columns."""
    return msgspec.json.encode(value, order="sorted").decode()


def chain(connection: Connection) -> ChainSettings:
    """The chain's settings; `NotNow("settings.not_initialised")` before `lianpu-hq init`."""
    rows = run(connection, "SELECT name, value FROM chain_setting").all()
    if not rows:
        raise NotNow("settings.not_initialised")
    return msgspec.convert({row.name: msgspec.json.decode(row.value) for row in rows}, ChainSettings)


def save_chain(connection: Connection, settings: ChainSettings) -> None:
    """Write every value."""
    for name, value in msgspec.to_builtins(settings).items():
        run(
            connection,
            "INSERT INTO chain_setting (name, value) VALUES (:n, :v)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            {"n": name, "v": dumps(value)},
        )


def taxes(connection: Connection) -> list[Row]:
    """The tax codes in their order."""
    return list(
        run(
            connection,
            "SELECT code, name, rate_ppm, included, position FROM tax_code ORDER BY position, code",
        )
    )


def save_tax(connection: Connection, values: dict[str, Any]) -> None:
    """Add or change a tax code."""
    run(
        connection,
        "INSERT INTO tax_code (code, name, rate_ppm, included, position)"
        " VALUES (:code, :name, :rate_ppm, :included, :position) ON CONFLICT (code) DO UPDATE SET"
        " name = excluded.name, rate_ppm = excluded.rate_ppm, included = excluded.included,"
        " position = excluded.position",
        values,
    )


def delete_tax(connection: Connection, code: str) -> None:
    """Remove a tax code that no product uses."""
    run(connection, "DELETE FROM tax_code WHERE code = :c", {"c": code})


def products_with_tax(connection: Connection, code: str) -> int:
    """How many products name this code."""
    return int(run(connection, "SELECT count(*) FROM product WHERE tax_code = :c", {"c": code}).scalar_one())


def reasons(connection: Connection) -> list[Row]:
    """All reasons, list by list."""
    return list(
        run(connection, "SELECT list, code, name, position, active FROM reason ORDER BY list, position, code")
    )


def reason(connection: Connection, list_name: str, code: str) -> Row | None:
    """One reason."""
    return run(
        connection,
        "SELECT list, code, name, position, active FROM reason WHERE list = :l AND code = :c",
        {"l": list_name, "c": code},
    ).first()


def save_reason(connection: Connection, values: dict[str, Any]) -> None:
    """Add or change a reason."""
    run(
        connection,
        "INSERT INTO reason (list, code, name, position, active)"
        " VALUES (:list, :code, :name, :position, :active) ON CONFLICT (list, code) DO UPDATE SET"
        " name = excluded.name, position = excluded.position, active = excluded.active",
        values,
    )


def till_roles(connection: Connection) -> list[Row]:
    """The roles at the till with their limits."""
    return list(
        run(connection, "SELECT role, discount_limit_ppm, allowed, approval FROM till_role ORDER BY role")
    )


def till_role(connection: Connection, role: str) -> Row | None:
    """One role at the till."""
    return run(
        connection,
        "SELECT role, discount_limit_ppm, allowed, approval FROM till_role WHERE role = :r",
        {"r": role},
    ).first()


def save_till_role(connection: Connection, values: dict[str, Any]) -> None:
    """Add or change a role at the till."""
    run(
        connection,
        "INSERT INTO till_role (role, discount_limit_ppm, allowed, approval)"
        " VALUES (:role, :discount_limit_ppm, :allowed, :approval) ON CONFLICT (role) DO UPDATE SET"
        " discount_limit_ppm = excluded.discount_limit_ppm, allowed = excluded.allowed,"
        " approval = excluded.approval",
        values,
    )


def quick_keys(connection: Connection, scope: str) -> list[Row]:
    """The quick keys of a scope with the products' names."""
    return list(
        run(
            connection,
            "SELECT q.scope, q.page, q.position, q.page_name, q.sku,"
            " p.name_en, p.name_zh_hans, p.name_zh_hant"
            " FROM quick_key q LEFT JOIN product p ON p.sku = q.sku WHERE q.scope = :s"
            " ORDER BY q.page, q.position",
            {"s": scope},
        )
    )


def quick_key(connection: Connection, scope: str, page: int, position: int) -> Row | None:
    """One quick key."""
    return run(
        connection,
        "SELECT page, position, page_name, sku FROM quick_key"
        " WHERE scope = :s AND page = :p AND position = :n",
        {"s": scope, "p": page, "n": position},
    ).first()


def save_quick_key(connection: Connection, values: dict[str, Any]) -> None:
    """Put a product on a key."""
    run(
        connection,
        "INSERT INTO quick_key (scope, page, position, page_name, sku)"
        " VALUES (:scope, :page, :position, :page_name, :sku) ON CONFLICT (scope, page, position)"
        " DO UPDATE SET page_name = excluded.page_name, sku = excluded.sku",
        values,
    )


def delete_quick_key(connection: Connection, scope: str, page: int, position: int) -> None:
    """Clear a key."""
    run(
        connection,
        "DELETE FROM quick_key WHERE scope = :s AND page = :p AND position = :n",
        {"s": scope, "p": page, "n": position},
    )


def name_page(connection: Connection, scope: str, page: int, name: str) -> None:
    """All keys of a page carry the page's name."""
    run(
        connection,
        "UPDATE quick_key SET page_name = :name WHERE scope = :s AND page = :p",
        {"name": name, "s": scope, "p": page},
    )


def has_sales(connection: Connection) -> bool:
    """Has any store sold anything yet?"""
    return run(connection, "SELECT 1 FROM sale LIMIT 1").first() is not None


def product_exists(connection: Connection, sku: str) -> bool:
    """Is there such a product?"""
    return run(connection, "SELECT 1 FROM product WHERE sku = :s", {"s": sku}).first() is not None
