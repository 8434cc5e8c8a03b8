"""Store-day proof: the store's own count of a business day beside HQ's, fact by fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from flask import Blueprint, request

from hq.allowed import require_store
from hq.sales import queries
from hq.sales.agreement import hq_digest
from hq.sales.model import checked_day, shifted
from hq.sales.queries import store_states
from hq.stores import queries as stores
from hq.web import ctx, hq, needs, render
from kit.sql import SqlDatabase
from retail.agreement import DayDigest, Difference, first_difference, from_text
from retail.errors import Invalid, NotFound

proof = Blueprint("proof", __name__, template_folder="templates", url_prefix="/proof")
DAYS = 14
Fact = tuple[str, Any, Any]


@dataclass(frozen=True)
class Side:
    """The store's own count: from its telemetry, or from the signed Z reports of a closed day."""

    source: str  # "digest", "z" or ""
    told_at: int | None = None
    digest: DayDigest | None = None
    z: dict[str, int] | None = None


@dataclass(frozen=True)
class DayProof:
    """Both sides of a store's day. `state` is agrees, differs, open, unknown or empty."""

    day: str
    hq: DayDigest
    store: Side
    facts: list[Fact]
    state: str
    difference: Difference | None
    cash_minor: int | None


def prove(db: SqlDatabase, store: str, day: str, told: dict[str, tuple[str, int]], *, today: str) -> DayProof:
    """Count HQ's side, read the store's, compare every fact that both have."""
    ours = hq_digest(db, store, day)
    shifts = queries.shifts(db, store, day)
    side = _store_side(day, told, shifts)
    facts = _facts(side, ours)
    closed = bool(shifts) and all(shift.state == "closed" for shift in shifts)
    zs: list[Any] = [*shifts, *queries.closed_again(db, store, day)]
    cash = sum(z.difference_minor or 0 for z in zs) if closed else None
    difference = first_difference(side.digest, ours) if side.digest is not None else None
    return DayProof(day, ours, side, facts, _state(facts, side, ours, day, today), difference, cash)


def _store_side(day: str, told: dict[str, tuple[str, int]], shifts: list[Any]) -> Side:
    if day in told:
        text, at = told[day]
        try:
            return Side("digest", at, from_text(text))
        except Invalid:
            return Side("")
    if shifts and all(shift.state == "closed" for shift in shifts):
        reports = [msgspec.json.decode(shift.report) for shift in shifts]
        names = ("sales", "sales_minor", "returns", "returns_minor", "rounding_minor")
        z = {name: sum(int(report[name]) for report in reports) for name in names}
        return Side("z", max(shift.closed_at for shift in shifts), None, z)
    return Side("")


def _facts(side: Side, ours: DayDigest) -> list[Fact]:
    if side.digest is not None:
        theirs = side.digest
        return [
            ("receipts", theirs.receipts, ours.receipts),
            ("sales_minor", theirs.sales_minor, ours.sales_minor),
            ("returns_minor", -theirs.returns_minor, -ours.returns_minor),
            ("net_minor", theirs.net_minor, ours.net_minor),
            ("pieces", theirs.pieces, ours.pieces),
            ("hash", theirs.hash, ours.hash),
        ]
    if side.z is not None:
        return [
            ("receipts", side.z["sales"] + side.z["returns"], ours.receipts),
            ("sales", side.z["sales"], ours.sales),
            ("returns", side.z["returns"], ours.returns),
        ]
    return []


def _state(facts: list[Fact], side: Side, ours: DayDigest, day: str, today: str) -> str:
    if not facts:
        return "unknown" if ours.receipts else "empty"
    if all(store == hq_side for _name, store, hq_side in facts):
        return "agrees"
    return "open" if day >= today and side.digest is not None else "differs"


@proof.get("/")
@needs("sales.view")
def index() -> str:
    """One store's day, with the last two weeks above it."""
    db, seen = hq().db, ctx().actor.stores
    states = store_states(db, seen, hq().clock.now_ms())
    names = stores.names(db)
    if not states:
        return render("sales/proof.html", states=[], store="", names=names)
    store = request.args.get("store") or states[0].code
    require_store(ctx(), store)
    state = next((s for s in states if s.code == store), None)
    if state is None:
        raise NotFound("stores.store_unknown", store=store[:20])
    asked = request.args.get("day")
    day = checked_day(asked) if asked else queries.newest_day(db, store) or state.day
    last = max(day, state.day)
    told = queries.told_days(db, store)
    days = [prove(db, store, shifted(last, -back), told, today=state.day) for back in range(DAYS - 1, -1, -1)]
    chosen = next((p for p in days if p.day == day), None) or prove(db, store, day, told, today=state.day)
    return render(
        "sales/proof.html", states=states, store=store, names=names, days=days, proof=chosen, state=state,
        shifts=[*queries.shifts(db, store, day), *queries.closed_again(db, store, day)],
        tenders=queries.tender_sums(db, store, day),
        sums=queries.sums_by_store(db, day).get(store, queries.Sums()), parked=queries.parked_of_store(db, store),
        now=hq().clock.now_ms(),
    )  # fmt: skip
