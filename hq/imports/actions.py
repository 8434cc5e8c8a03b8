"""Dry run, apply, drop. The same functions serve the console and the command line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import msgspec

from hq.allowed import require, require_chain
from hq.change import Change
from hq.imports import prices, products, repository, staff, stock
from hq.imports.columns import KINDS
from hq.imports.encodings import NAMED
from hq.imports.history import Facts, origin
from hq.imports.model import Plan, Problem, Table
from hq.imports.reading import FILE_BYTES_MAX, FILE_MEGABYTES, first_good, read, rows_max
from hq.people.actions import new_code
from hq.prices.model import civil_now
from hq.prices.repository import time_zones
from hq.settings import repository as settings
from kit.context import Context
from kit.crypto import random_bytes
from kit.sql import Connection, Row
from retail.errors import Conflict, Invalid, NotFound
from retail.ids import uuid7

PERMISSIONS = {
    "products": "catalogue.change", "prices": "prices.change", "stock": "stock.open", "staff": "people.change",
}  # fmt: skip


@dataclass(frozen=True)
class Result:
    """What an import did or would do. `codes` are initial codes of added staff, shown once."""

    run: str
    total: int
    new: int
    changed: int
    same: int
    rejected: int
    problems: list[Problem]
    codes: dict[str, str] = field(default_factory=dict)
    encoding: str = ""
    preview: list[list[str]] = field(default_factory=list)


def check_kind(ctx: Context, kind: str) -> None:
    """May this person import this kind?"""
    if kind not in KINDS:
        raise Invalid("imports.kind_unknown", kind=kind[:20])
    require(ctx, "imports.run")
    require(ctx, PERMISSIONS[kind])
    if kind == "products":
        require_chain(ctx)


def dry_run(ctx: Context, *, kind: str, file_name: str, content: bytes, encoding: str = "") -> Result:
    """Read and plan a file and keep it; nothing of the chain changes."""
    check_kind(ctx, kind)
    if len(content) > FILE_BYTES_MAX:
        raise Invalid("imports.file_too_large", limit=FILE_MEGABYTES, rows=rows_max(kind))
    table = read(kind, content, encoding)
    with ctx.app.db.read() as connection:
        plan = make_plan(ctx, connection, kind, table)
    run_id = uuid7(ctx.clock.now_ms(), random_bytes(10))
    values = {
        "id": run_id, "kind": kind, "file_name": file_name[:120], "encoding": table.encoding, "content": content,
        "sha256": hashlib.sha256(content).hexdigest(), "made_at": ctx.clock.now_ms(),
        "made_by": ctx.actor.staff, "made_by_name": ctx.actor.name, **_counts(plan, table),
    }  # fmt: skip
    with ctx.app.db.write() as connection:
        repository.insert(connection, values)
    return _result(run_id, plan, table)


def seen_run(ctx: Context, connection: Connection, run_id: str) -> Row:
    """An import that this person may see: who covers some stores only sees their own files."""
    found = repository.import_run(connection, run_id)
    if found is None or (ctx.actor.stores is not None and found.made_by != ctx.actor.staff):
        raise NotFound("imports.run_unknown")
    return found


def apply(ctx: Context, run_id: str) -> Result:
    """Plan the kept file again in the write transaction and write its good rows."""
    codes_ready = _codes_ready(ctx, run_id)
    with ctx.app.change(ctx) as change:
        found = seen_run(ctx, change.connection, run_id)
        check_kind(ctx, found.kind)
        if found.state != "dry":
            raise Conflict("imports.already_decided", state=found.state)
        table = read(found.kind, repository.content(change.connection, run_id), NAMED[found.encoding])
        plan = make_plan(ctx, change.connection, found.kind, table)
        codes = _write(change, found.kind, plan, origin(run_id, found.file_name), codes_ready)
        done = {"state": "applied", "applied_at": change.now_ms, **_counts(plan, table)}
        repository.finish(change.connection, run_id, done)
        change.audit(
            "imports.applied", f"import:{run_id}", kind=found.kind, file=found.file_name, added=plan.new,
            changed=plan.changed, same=plan.same, rejected=len(plan.rejected),
        )  # fmt: skip
    return _result(run_id, plan, table, codes)


def _codes_ready(ctx: Context, run_id: str) -> list[tuple[str, str]]:
    """The initial codes that the dry run foresaw: hashing takes long, and within the transaction
    nobody else could write at HQ meanwhile."""
    with ctx.app.db.read() as connection:
        found = seen_run(ctx, connection, run_id)
    check_kind(ctx, found.kind)
    return (
        [new_code() for _ in range(found.rows_new)] if (found.kind, found.state) == ("staff", "dry") else []
    )


def drop(ctx: Context, run_id: str) -> None:
    """Import nothing of a file."""
    require(ctx, "imports.run")
    with ctx.app.db.write() as connection:
        check_kind(ctx, seen_run(ctx, connection, run_id).kind)
        if not repository.finish(connection, run_id, {"state": "dropped"}):
            raise Conflict("imports.already_decided", state="")


def make_plan(ctx: Context, connection: Connection, kind: str, table: Table) -> Plan:
    """What the file would do to the state that this connection sees."""
    now, seen = ctx.clock.now_ms(), ctx.actor.stores
    if kind == "products":
        zones = time_zones(connection, "chain") or [settings.chain(connection).time_zone]
        return products.plan(table, products.load(connection, civil_now(now, zones)))
    if kind == "prices":
        return prices.plan(table, prices.load(connection, now, seen))
    if kind == "stock":
        return stock.plan(table, stock.load(connection, seen))
    return staff.plan(table, staff.load(connection, seen))


def _write(
    change: Change, kind: str, plan: Plan, source: Facts, codes_ready: list[tuple[str, str]]
) -> dict[str, str]:
    if kind == "stock":
        stock.write(change, plan.work)
    if kind == "staff":
        staff.write(change, plan.work, codes_ready)
        codes: dict[str, str] = plan.work.codes
        return codes
    if kind == "products":
        products.write(change, plan.work, source)
    if kind == "prices":
        prices.write(change, plan.work, source)
    return {}


def _counts(plan: Plan, table: Table) -> dict[str, Any]:
    problems = sorted(plan.problems, key=lambda p: (p.warn, p.row))
    return {
        "rows_total": len(table.rows), "rows_new": plan.new, "rows_changed": plan.changed, "rows_same": plan.same,
        "rows_bad": len(plan.rejected), "problems": msgspec.json.encode(problems).decode(),
    }  # fmt: skip


def _result(run_id: str, plan: Plan, table: Table, codes: dict[str, str] | None = None) -> Result:
    return Result(
        run_id, len(table.rows), plan.new, plan.changed, plan.same, len(plan.rejected),
        sorted(plan.problems, key=lambda p: (p.warn, p.row)), codes or {}, table.encoding,
        first_good(table, plan.rejected),
    )  # fmt: skip


def rejects(ctx: Context, run_id: str) -> tuple[Table, list[Problem], str]:
    """The file and the problems of its rejected rows, for the download; with the file's name."""
    require(ctx, "imports.view")
    with ctx.app.db.read() as connection:
        found = seen_run(ctx, connection, run_id)
        content = repository.content(connection, run_id)
    problems = [p for p in msgspec.json.decode(found.problems, type=list[Problem]) if not p.warn]
    return read(found.kind, content, NAMED[found.encoding]), problems, found.file_name
