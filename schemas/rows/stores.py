"""A store, its terminals and its people: all in scope store:<s>."""

from __future__ import annotations

import msgspec

Text = dict[str, str]


class StoreRow(msgspec.Struct, frozen=True, kw_only=True):
    """kind "store", key = code."""

    code: str
    name: Text
    address: Text
    zone: str
    time_zone: str
    receipt_head: Text
    receipt_foot: Text
    open: bool = True


class TerminalRow(msgspec.Struct, frozen=True, kw_only=True):
    """kind "terminal", key = code. `devices` maps kind → profile, e.g. {"printer": {"transport": "tcp", …}}."""

    code: str
    name: str
    devices: dict[str, dict[str, str | int | bool]]
    active: bool = True


class StaffRow(msgspec.Struct, frozen=True, kw_only=True):
    """kind "staff", key = number.

    A till asks for `initial` (an Argon2id hash) once per `generation`, then for the PIN that its owner has set.
    """

    number: str
    name: str
    role: str
    language: str
    active: bool
    generation: int
    initial: str
