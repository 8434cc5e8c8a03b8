"""The reference rows of the chain's settings."""

from __future__ import annotations

import msgspec

from hq.settings import repository
from kit.sql import Connection
from schemas.rows.chain import ChainSettingsRow, QuickKeyRow, ReasonRow, RoleLimitRow, TaxRow
from schemas.rows.registry import encode


def settings_row(connection: Connection, _scope: str, _key: str) -> bytes:
    """The one settings row of the chain."""
    chain = repository.chain(connection)
    taxes = [
        TaxRow(code=r.code, name=msgspec.json.decode(r.name), rate_ppm=r.rate_ppm, included=bool(r.included))
        for r in repository.taxes(connection)
    ]
    return encode(
        ChainSettingsRow(
            name=chain.name, currency=chain.currency, tax_rounding=chain.tax_rounding, taxes=taxes,
            cash_step_minor=chain.cash_step_minor, day_turn=chain.day_turn,
            weighed_rules=chain.weighed_rules, receipt_head=chain.receipt_head,
            receipt_foot=chain.receipt_foot, merge_lines=chain.merge_lines,
            auto_lock_minutes=chain.auto_lock_minutes, default_language=chain.default_language,
        )
    )  # fmt: skip


def reason_row(connection: Connection, _scope: str, key: str) -> bytes | None:
    """One reason; retired reasons stay published, so that old documents keep their words."""
    found = repository.reason(connection, *key.split("|", 1))
    if found is None:
        return None
    return encode(
        ReasonRow(
            list=found.list, code=found.code, name=msgspec.json.decode(found.name), position=found.position,
            active=bool(found.active),
        )
    )  # fmt: skip


def role_row(connection: Connection, _scope: str, key: str) -> bytes | None:
    """The rights and limits of one role at the till."""
    found = repository.till_role(connection, key)
    if found is None:
        return None
    return encode(
        RoleLimitRow(
            role=found.role, discount_limit_ppm=found.discount_limit_ppm,
            allowed=msgspec.json.decode(found.allowed), approval=msgspec.json.decode(found.approval),
        )
    )  # fmt: skip


def quick_key_row(connection: Connection, scope: str, key: str) -> bytes | None:
    """One quick key; None when it was cleared."""
    page, position = (int(part) for part in key.split("|", 1))
    found = repository.quick_key(connection, scope, page, position)
    if found is None:
        return None
    return encode(
        QuickKeyRow(
            page=page, position=position, page_name=msgspec.json.decode(found.page_name), sku=found.sku
        )
    )


BUILDERS = {"settings": settings_row, "reason": reason_row, "role": role_row, "quick_key": quick_key_row}
