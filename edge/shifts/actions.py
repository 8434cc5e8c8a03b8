"""Open, move cash, report, count and close."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from edge.journal import repository as journal
from edge.journal.draft import Draft
from edge.journal.model import PrintRequest
from edge.people.model import Approval
from edge.sales.papers import drawer_pulse, printer_of
from edge.shifts import queries
from edge.till import repository as baskets
from edge.till.model import OpenBasket
from kit.context import Context
from kit.db import Connection, Row
from retail.civil import business_day, day_not_back
from retail.errors import Conflict, Invalid, NotNow
from retail.postings import for_cash_move, for_float, for_shift_close
from retail.shift import DrawerCount, Report, ShiftFacts, x_report, z_report
from schemas.events.shifts import CashMoved, DrawerOpened, ShiftClosed, ShiftOpened
from sync.calls import head_fields

AMOUNT_MAX = 10**11  # minor units; a longer number is a barcode in the wrong field


def open_shift(ctx: Context, float_minor: int, approval: Approval | None = None) -> dict[str, Any]:
    """Begin a shift with the float counted into the drawer; fixes the business date."""
    ctx = ctx.app.people.need(ctx, "shifts.open", approval)
    _check_amount(float_minor, zero=True)
    settings = ctx.app.reference.settings
    store = settings.need_store()
    with ctx.app.journal.changing(ctx) as draft:
        if queries.open_shift(draft.tx, ctx.device) is not None:
            raise Conflict("shifts.already_open")
        today = business_day(draft.at, store.time_zone, settings.need_chain().day_turn)
        day = day_not_back(today, queries.last_day(draft.tx, ctx.device))
        shift = draft.new_id()
        fact = ShiftOpened(
            shift=shift, terminal=ctx.device, day=day, float_minor=float_minor, currency=settings.currency
        )
        post = for_float(ctx.app.store, ctx.device, settings.currency, float_minor)
        draft.event(fact, post=post, agg=[f"shift:{shift}"], day=day, shift=shift)
        draft.tx.execute(
            "INSERT INTO shift (id, terminal, day, state, opened_at, opened_by, float_minor)"
            " VALUES (?, ?, ?, 'open', ?, ?, ?)",
            (shift, ctx.device, day, draft.at, ctx.actor.staff, float_minor),
        )
        draft.audit("shifts.opened", f"shift:{shift}", day=day, float=float_minor)
        draft.result |= {"shift": shift, "day": day}
        return draft.result


def continue_shifts(draft: Draft) -> None:
    """A new incarnation: each open drawer goes on as shift `<id>.<inc>` of the same day (SYNC §2).

    What the ledger has in the drawer is carried from the old shift to the new one; its Z counts it blind.
    """
    for row in queries.open_shifts(draft.tx):
        shift = f"{row['id'].split('.')[0]}.{draft.head.inc}"
        ctx = replace(draft.ctx, device=row["terminal"])
        currency = queries.currency_of(draft.tx, row["id"]) or draft.ctx.app.reference.settings.currency
        fact = ShiftOpened(
            shift=shift, terminal=row["terminal"], day=row["day"], float_minor=0, currency=currency
        )
        with draft.acting(ctx):
            draft.event(fact, agg=[f"shift:{shift}"], day=row["day"], shift=shift)
            draft.audit("shifts.opened", f"shift:{shift}", day=row["day"], float=0, continues=row["id"])
        draft.tx.execute(
            "UPDATE shift SET state = 'closed', closed_at = ?, closed_by = ? WHERE id = ?",
            (draft.at, draft.ctx.actor.staff, row["id"]),
        )
        draft.tx.execute(
            "INSERT INTO shift (id, terminal, day, state, opened_at, opened_by, float_minor)"
            " VALUES (?, ?, ?, 'open', ?, ?, 0)",
            (shift, row["terminal"], row["day"], draft.at, draft.ctx.actor.staff),
        )
        with draft.acting(ctx):
            carry_over(draft, {"id": shift, "day": row["day"], "terminal": row["terminal"]}, currency)


def carry_over(draft: Draft, shift: Mapping[str, Any] | Row, currency: str) -> None:
    """Bring what the ledger has in the drawer beyond this shift's own documents into the shift.

    Only a shift that continues another one has such cash: what was there when it began, and sales of the lost time
    that HQ gave back meanwhile.
    """
    old, terminal = queries.continued_by(draft.tx, shift["id"]), shift["terminal"]
    if old is None:
        return
    held = queries.drawer_balance(draft.tx, draft.ctx.app.store, terminal, currency)
    rest = held - queries.expected_cash(draft.tx, shift["id"])
    if not rest:
        return
    away, here = ("out", "in") if rest > 0 else ("in", "out")
    for id_, day, direction in ((old["id"], old["day"], away), (shift["id"], shift["day"], here)):
        fact = CashMoved(
            terminal=terminal, shift=id_, direction=direction, amount_minor=abs(rest), currency=currency,
            reason="carried",
        )  # fmt: skip
        post = for_cash_move(draft.ctx.app.store, terminal, currency, direction, abs(rest))
        made = draft.event(fact, post=post, agg=[f"shift:{id_}"], day=day, shift=id_)
        _insert_move(draft, made.id, id_, direction, abs(rest), "carried")
        draft.audit("shifts.cash_moved", f"shift:{id_}", way=direction, amount=abs(rest), why="carried")


def move_cash(
    ctx: Context, *, direction: str, amount_minor: int, reason: str, note: str, approval: Approval | None
) -> dict[str, Any]:
    """Cash into or out of the drawer without a sale."""
    ctx = ctx.app.people.need(ctx, "shifts.cash", approval)
    settings = ctx.app.reference.settings
    settings.reason("cash", reason)
    _check_amount(amount_minor)
    with ctx.app.journal.changing(ctx) as draft:
        shift = queries.need_open_shift(draft.tx, ctx.device)
        held = queries.drawer_balance(draft.tx, ctx.app.store, ctx.device, settings.currency)
        if direction == "out" and amount_minor > held:
            raise Invalid("shifts.not_enough_in_drawer")
        fact = CashMoved(
            terminal=ctx.device,
            shift=shift["id"],
            direction=direction,
            amount_minor=amount_minor,
            currency=settings.currency,
            reason=reason,
            note=note[:200],
        )
        post = for_cash_move(ctx.app.store, ctx.device, settings.currency, direction, amount_minor)
        made = draft.event(fact, post=post, agg=[f"shift:{shift['id']}"], day=shift["day"], shift=shift["id"])
        _insert_move(draft, made.id, shift["id"], direction, amount_minor, reason)
        draft.audit(
            "shifts.cash_moved", f"shift:{shift['id']}", way=direction, amount=amount_minor, why=reason
        )
        draft.paper(drawer_pulse(ctx, made.id))
        return draft.result


def open_drawer(ctx: Context, *, reason: str, note: str, approval: Approval | None) -> dict[str, Any]:
    """Open the drawer without a sale: a right, a reason, a row even when nothing confirms it."""
    ctx = ctx.app.people.need(ctx, "till.no_sale", approval)
    ctx.app.reference.settings.reason("no_sale", reason)
    with ctx.app.journal.changing(ctx) as draft:
        shift = queries.need_open_shift(draft.tx, ctx.device)
        fact = DrawerOpened(terminal=ctx.device, shift=shift["id"], reason=reason, note=note[:200])
        made = draft.event(fact, agg=[f"shift:{shift['id']}"], day=shift["day"], shift=shift["id"])
        _insert_move(draft, made.id, shift["id"], "no_sale", 0, reason)
        draft.audit("till.drawer_opened", f"shift:{shift['id']}", why=reason)
        draft.paper(drawer_pulse(ctx, made.id))
        return draft.result


def report_x(ctx: Context, approval: Approval | None) -> dict[str, Any]:
    """The figures so far, on paper too."""
    ctx = ctx.app.people.need(ctx, "shifts.report", approval)
    with ctx.app.journal.changing(ctx) as draft:
        shift = queries.need_open_shift(draft.tx, ctx.device)
        carry_over(draft, shift, ctx.app.reference.settings.currency)
        report = x_report(_facts(draft, shift))
        number = journal.next_number(draft.tx, ctx.device, "X")
        draft.audit("shifts.reported", f"shift:{shift['id']}", n=number)
        draft.paper(_report_paper(ctx, f"x:{shift['id']}:{number}", shift["id"], asdict(report)))
        draft.result |= {"report": asdict(report)}
        return draft.result


def closing_questions(ctx: Context) -> list[dict[str, Any]]:
    """What must be looked at before a shift closes: open and held baskets, unknown papers."""
    with ctx.app.db.read() as tx:
        return _questions(tx, ctx.device)


def _questions(tx: Connection, terminal: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    row = baskets.open_row(tx, terminal)
    if row is not None and OpenBasket.from_row(row).basket.lines:
        found.append({"kind": "open_basket", "ids": [row["id"]]})
    held = baskets.held(tx)
    if held:
        found.append({"kind": "held", "ids": [row["id"] for row in held]})
    unknown = queries.unknown_papers(tx, terminal)
    if unknown:
        found.append({"kind": "unknown_print", "ids": [str(row["id"]) for row in unknown]})
    return found


def close_shift(
    ctx: Context, *, count: dict[str, int], confirmed: Sequence[str], approval: Approval | None
) -> dict[str, Any]:
    """The Z: blind count in, difference out, drawer to the safe, chain head on paper."""
    ctx = ctx.app.people.need(ctx, "shifts.close", approval)
    if not count:
        raise Invalid("shift.not_counted")  # an empty drawer is counted as nought of some piece
    counted = DrawerCount.from_dict(count)
    _check_amount(counted.total_minor, zero=True)
    with ctx.app.journal.changing(ctx) as draft:
        shift = queries.need_open_shift(draft.tx, ctx.device)
        _check_answers(_questions(draft.tx, ctx.device), confirmed)
        carry_over(draft, shift, ctx.app.reference.settings.currency)
        z_number = journal.next_number(draft.tx, ctx.device, "Z")
        report = z_report(_facts(draft, shift, counted, z_number))
        head = draft.head
        fact = _closed(report, head.inc, head.seq, head.hash.hex())
        post = for_shift_close(
            ctx.app.store, ctx.device, report.currency, report.expected_minor, counted.total_minor
        )
        made = draft.event(fact, post=post, agg=[f"shift:{shift['id']}"], day=shift["day"], shift=shift["id"])
        plain = asdict(report) | {"head_inc": head.inc, "head_seq": head.seq, "head_hash": head.hash.hex()}
        _save_closed(draft, shift["id"], report, plain)
        signed = head_fields(ctx.app.store, draft.head.inc, made.seq, made.hash)
        signature = ctx.app.journal.key.sign("head", *signed)
        journal.insert_head_signature(draft.tx, draft.head.inc, made.seq, made.hash, signature)
        draft.audit("shifts.closed", f"shift:{shift['id']}", z=z_number, difference=report.difference_minor)
        draft.paper(_report_paper(ctx, f"z:{shift['id']}", shift["id"], plain))
        draft.paper(drawer_pulse(ctx, made.id))
        draft.result |= {"report": plain}
    ctx.app.journal.witness.flush()
    return draft.result


def _check_answers(questions: Sequence[Mapping[str, Any]], confirmed: Sequence[str]) -> None:
    kinds = [question["kind"] for question in questions]
    if "open_basket" in kinds:
        raise NotNow("shifts.basket_open")
    unanswered = [kind for kind in kinds if kind not in confirmed]
    if unanswered:
        raise NotNow("shifts.questions_open", kinds=unanswered)


def _facts(
    draft: Draft, shift: Row, count: DrawerCount | None = None, z_number: int | None = None
) -> ShiftFacts:
    ctx = draft.ctx
    return ShiftFacts(
        shift=shift["id"],
        store=ctx.app.store,
        terminal=ctx.device,
        day=shift["day"],
        currency=ctx.app.reference.settings.currency,
        float_minor=shift["float_minor"],
        documents=queries.document_facts(draft.tx, shift["id"]),
        cash_moves=queries.cash_facts(draft.tx, shift["id"]),
        no_sale_openings=queries.no_sale_openings(draft.tx, shift["id"]),
        aborted_baskets=queries.aborted_baskets(draft.tx, shift["id"], shift["day"]),
        count=count,
        z_number=z_number,
    )


def _closed(report: Report, inc: str, seq: int, hash_: str) -> ShiftClosed:
    names = {field for field in ShiftClosed.__struct_fields__ if not field.startswith("head_")}
    plain = {name: value for name, value in asdict(report).items() if name in names}
    return ShiftClosed(**plain, head_inc=inc, head_seq=seq, head_hash=hash_)


def _save_closed(draft: Draft, shift: str, report: Report, plain: dict[str, Any]) -> None:
    draft.tx.execute(
        "UPDATE shift SET state = 'closed', closed_at = ?, closed_by = ?, expected_minor = ?, counted_minor = ?,"
        " z_number = ?, report = ? WHERE id = ?",
        (
            draft.at,
            draft.ctx.actor.staff,
            report.expected_minor,
            report.counted_minor,
            report.z_number,
            json.dumps(plain),
            shift,
        ),
    )


def _insert_move(draft: Draft, id_: str, shift: str, kind: str, amount: int, reason: str) -> None:
    draft.tx.execute(
        "INSERT INTO cash_move (id, shift, terminal, at, staff, kind, amount_minor, reason)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (id_, shift, draft.ctx.device, draft.at, draft.ctx.actor.staff, kind, amount, reason),
    )


def _report_paper(ctx: Context, key: str, reference: str, report: dict[str, Any]) -> PrintRequest:
    return PrintRequest(
        key=key,
        device=printer_of(ctx),
        kind="shift",
        reference=reference,
        terminal=ctx.device,
        document=json.dumps({"report": report, "language": ctx.actor.language}),
    )


def _check_amount(amount_minor: int, *, zero: bool = False) -> None:
    if isinstance(amount_minor, bool) or not isinstance(amount_minor, int):
        raise Invalid("shifts.amount_malformed")
    if not (0 if zero else 1) <= amount_minor <= AMOUNT_MAX:
        raise Invalid("shifts.amount_out_of_range", limit_minor=AMOUNT_MAX)
