"""Adding and changing stores, terminals and zones."""

from __future__ import annotations

from typing import Any

import msgspec

from hq.allowed import require, require_chain, require_store
from hq.change import Change
from hq.settings import repository as settings
from hq.settings.model import checked_text
from hq.settings.repository import dumps
from hq.stores import repository
from hq.stores.model import (
    checked_devices,
    checked_name,
    checked_store_code,
    checked_terminal_code,
    checked_zone_code,
)
from kit.context import Context
from retail.civil import zone_named
from retail.errors import Conflict, NotFound

Text = dict[str, str]


def add_store(
    ctx: Context, *, code: str, name: Text, zone: str, time_zone: str = "", address: Text | None = None,
    terminals: list[str] | None = None,
) -> str:  # fmt: skip
    """Add a store with its terminals; its node enrols later with a code."""
    require(ctx, "stores.change")
    require_chain(ctx)
    code = checked_store_code(code)
    with ctx.app.change(ctx) as change:
        if repository.store(change.connection, code) is not None:
            raise Conflict("stores.code_taken", store=code)
        values = _values(
            change, code=code, name=name, zone=zone, address=address or {}, receipt_head={}, receipt_foot={},
            time_zone=time_zone or settings.chain(change.connection).time_zone, is_open=True,
        )  # fmt: skip
        repository.save_store(change.connection, {**values, "created_at": change.now_ms})
        change.touch(f"store:{code}", "store", code)
        change.audit("stores.added", f"store:{code}", after=_plain(values))
        for terminal in terminals or []:
            _save_terminal(change, code, checked_terminal_code(terminal), f"T{terminal}", {}, True)
    return code


def change_store(
    ctx: Context, code: str, *, name: Text, zone: str, time_zone: str, address: Text, receipt_head: Text,
    receipt_foot: Text, is_open: bool,
) -> None:  # fmt: skip
    """Change a store. A new zone means other prices as soon as the node has the whole new zone."""
    require(ctx, "stores.change")
    require_store(ctx, code)
    with ctx.app.change(ctx) as change:
        before = _existing(change, code)
        if zone != before["zone"]:
            require_chain(ctx)  # zones are the chain's: who covers one store does not choose its prices
        values = _values(
            change, code=code, name=name, zone=zone, address=address, receipt_head=receipt_head,
            receipt_foot=receipt_foot, time_zone=time_zone, is_open=is_open,
        )  # fmt: skip
        repository.save_store(change.connection, {**values, "created_at": before["created_at"]})
        change.touch(f"store:{code}", "store", code)
        if zone != before["zone"]:
            subscribe_zone(change, code, zone)
        change.audit("stores.changed", f"store:{code}", before=_plain(before), after=_plain(values))


def subscribe_zone(change: Change, store: str, zone: str) -> None:
    """The store's node follows its zone; the node keeps the old zone until the new one is complete."""
    repository.move_subscription(change.connection, store, f"zone:{zone}", change.now_ms)


def save_terminal(
    ctx: Context, *, store: str, code: str, name: str, devices: dict[str, dict[str, Any]], active: bool
) -> None:
    """Add or change a terminal with its printer and scanner."""
    require(ctx, "stores.change")
    require_store(ctx, store)
    code = checked_terminal_code(code)
    profile = checked_devices(devices)
    with ctx.app.change(ctx) as change:
        _existing(change, store)
        _save_terminal(change, store, code, name.strip()[:40] or f"T{code}", profile, active)


def _save_terminal(
    change: Change, store: str, code: str, name: str, devices: dict[str, Any], active: bool
) -> None:
    found = repository.terminal(change.connection, store, code)
    values = {"store": store, "code": code, "name": name, "devices": dumps(devices), "active": int(active)}
    repository.save_terminal(change.connection, values)
    change.touch(f"store:{store}", "terminal", code)
    before = None if found is None else {**found._mapping, "devices": msgspec.json.decode(found.devices)}
    change.audit(
        "stores.terminal_saved", f"store:{store}", terminal=code, before=before,
        after={**values, "devices": devices},
    )  # fmt: skip


def save_zone(ctx: Context, *, code: str, name: Text) -> None:
    """Add or rename a price zone."""
    require(ctx, "stores.change")
    require_chain(ctx)
    code = checked_zone_code(code)
    text = checked_name(name)
    with ctx.app.change(ctx) as change:
        found = repository.zone(change.connection, code)
        repository.save_zone(change.connection, code, dumps(text))
        before = None if found is None else {"name": msgspec.json.decode(found.name)}
        change.audit("stores.zone_saved", "settings:zones", zone=code, before=before, after={"name": text})


def _values(
    change: Change, *, code: str, name: Text, zone: str, time_zone: str, address: Text, receipt_head: Text,
    receipt_foot: Text, is_open: bool,
) -> dict[str, Any]:  # fmt: skip
    zone_named(time_zone)
    if repository.zone(change.connection, zone) is None:
        raise NotFound("stores.zone_unknown", zone=zone[:20])
    return {
        "code": code, "name": dumps(checked_name(name)), "zone": zone, "time_zone": time_zone,
        "address": dumps(checked_text(address, "address", limit=200)),
        "receipt_head": dumps(checked_text(receipt_head, "receipt_head")),
        "receipt_foot": dumps(checked_text(receipt_foot, "receipt_foot")), "open": int(is_open),
    }  # fmt: skip


def _existing(change: Change, code: str) -> dict[str, Any]:
    found = repository.store(change.connection, code)
    if found is None:
        raise NotFound("stores.store_unknown", store=code[:20])
    return dict(found._mapping)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    texts = ("name", "address", "receipt_head", "receipt_foot")
    plain = {name: msgspec.json.decode(value) if name in texts else value for name, value in values.items()}
    return {name: value for name, value in plain.items() if name != "created_at"}
