"""Shifts and the cash in a drawer."""

from __future__ import annotations

import msgspec

from hq.ingest.handlers.sales import note
from hq.ingest.model import Entry, Family, Rows
from schemas.events.shifts import CashMoved, DrawerOpened, ShiftClosed, ShiftOpened


def opened(entry: Entry, shift: ShiftOpened) -> Rows:
    """A drawer with its float."""
    event = entry.event
    assert event is not None
    return [
        ("shift_opened", (
            entry.store, shift.shift, shift.terminal, shift.day, shift.currency, shift.float_minor, event.at,
            event.actor.staff,
        ))
    ]  # fmt: skip


def closed(entry: Entry, shift: ShiftClosed) -> Rows:
    """The Z, kept whole as the store signed it.

    A shift has more than one when its disk was cloned or put back: the earliest stands with the shift, all are notes.
    """
    event = entry.event
    assert event is not None
    figures = ("z_number", "expected_minor", "counted_minor", "difference_minor")
    report = msgspec.json.encode(shift, order="sorted").decode()
    return [
        ("shift_closed", (
            entry.store, shift.shift, shift.terminal, shift.day, shift.currency, shift.float_minor, event.at,
            event.actor.staff, shift.expected_minor, shift.counted_minor, shift.difference_minor, shift.z_number,
            report,
        )),
        *note(entry, "z", shift.shift, {name: getattr(shift, name) for name in figures}),
    ]  # fmt: skip


def moved(entry: Entry, cash: CashMoved) -> Rows:
    """Money into or out of a drawer."""
    event = entry.event
    assert event is not None
    return [
        ("cash_move", (
            entry.store, event.id, cash.shift, cash.terminal, event.at, event.day, event.actor.staff,
            cash.direction, cash.amount_minor, cash.reason, cash.note,
        ))
    ]  # fmt: skip


def drawer(entry: Entry, opening: DrawerOpened) -> Rows:
    """A drawer opened without a sale."""
    facts: dict[str, object] = {"reason": opening.reason, "note": opening.note}
    return note(entry, "no_sale", opening.shift or "", facts)


HANDLERS: Family = {
    "shift.opened": (1, opened),
    "shift.closed": (1, closed),
    "cash.moved": (1, moved),
    "drawer.opened": (1, drawer),
}
