"""Adding till staff, changing them, new initial codes, dismissal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hq.allowed import require, require_store
from hq.change import Change
from hq.people import repository
from hq.people.model import checked_number, checked_staff
from kit.context import Context
from kit.crypto import hash_secret, random_digits
from retail.errors import Conflict, NotFound


def add_staff(ctx: Context, *, number: str, name: str, role: str, language: str, stores: list[str]) -> str:
    """Add a person; answers the initial code, which is stored only as a hash."""
    require(ctx, "people.change")
    number = checked_number(number)
    name, role, language, stores = checked_staff(name, role, language, stores)
    code, hashed = new_code()
    with ctx.app.change(ctx) as change:
        if repository.staff(change.connection, number) is not None:
            raise Conflict("people.number_taken", number=number)
        insert(change, number=number, name=name, role=role, language=language, stores=stores, initial=hashed)
    return code


def new_code() -> tuple[str, str]:
    """Six digits for the first sign-in, and their hash."""
    code = random_digits(6)
    return code, hash_secret(code)


def insert(
    change: Change, *, number: str, name: str, role: str, language: str, stores: list[str], initial: str
) -> None:
    """Write a new person inside a transaction; the import uses it too."""
    _check_stores(change, stores)
    values = {"number": number, "name": name, "role": role, "language": language}
    repository.insert_staff(change.connection, {**values, "initial": initial, "created_at": change.now_ms})
    repository.set_stores(change.connection, number, stores)
    _touch(change, number, stores)
    change.audit("people.added", f"staff:{number}", after={**values, "stores": stores})


def change_staff(
    ctx: Context, number: str, *, name: str, role: str, language: str, stores: list[str]
) -> None:
    """Change name, role, language or stores; in force at the tills as soon as they have synced."""
    require(ctx, "people.change")
    name, role, language, stores = checked_staff(name, role, language, stores)
    with ctx.app.change(ctx) as change:
        update(change, number, name=name, role=role, language=language, stores=stores)


def update(change: Change, number: str, *, name: str, role: str, language: str, stores: list[str]) -> None:
    """Write a changed person inside a transaction."""
    _check_stores(change, stores)
    before = _existing(change, number)
    _check_scope(change.ctx, before["stores"])
    values = {"name": name, "role": role, "language": language}
    repository.update_staff(change.connection, number, **values)
    repository.set_stores(change.connection, number, stores)
    _touch(change, number, {*stores, *before["stores"]})
    change.audit(
        "people.changed", f"staff:{number}",
        before={key: before[key] for key in (*values, "stores")}, after={**values, "stores": stores},
    )  # fmt: skip


def reset_code(ctx: Context, number: str) -> str:
    """A new initial code: the till forgets the old PIN and asks for this code once."""
    require(ctx, "people.change")
    code, hashed = new_code()
    with ctx.app.change(ctx) as change:
        before = _existing(change, number)
        _check_scope(ctx, before["stores"])
        generation = before["generation"] + 1
        repository.update_staff(change.connection, number, generation=generation, initial=hashed)
        _touch(change, number, before["stores"])
        change.audit("people.code_reset", f"staff:{number}", generation=generation)
    return code


def set_active(ctx: Context, number: str, *, active: bool) -> None:
    """Dismiss or take back; a dismissed person cannot sign in at any till that has synced."""
    require(ctx, "people.change")
    with ctx.app.change(ctx) as change:
        before = _existing(change, number)
        _check_scope(ctx, before["stores"])
        repository.update_staff(change.connection, number, active=int(active))
        _touch(change, number, before["stores"])
        change.audit("people.taken_back" if active else "people.dismissed", f"staff:{number}")


def _check_scope(ctx: Context, stores: Iterable[str]) -> None:
    for store in stores:
        require_store(ctx, store)


def _check_stores(change: Change, stores: list[str]) -> None:
    known = repository.known_stores(change.connection)
    for store in stores:
        if store not in known:
            raise NotFound("stores.store_unknown", store=store[:20])
    _check_scope(change.ctx, stores)


def _existing(change: Change, number: str) -> dict[str, Any]:
    found = repository.staff(change.connection, number)
    if found is None:
        raise NotFound("people.staff_unknown", number=number[:20])
    return {**found._mapping, "stores": repository.stores_of(change.connection, number)}


def _touch(change: Change, number: str, stores: Iterable[str]) -> None:
    for store in stores:
        change.touch(f"store:{store}", "staff", number)
