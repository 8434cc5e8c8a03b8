"""The plan of the selfcheck's driver: what to scan, what to tender, which sale gives a piece back.

It shares the data files and the rule of README.md with the oracle and no line of code, and imports nothing of Lianpu.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "demo_data" / "baskets.csv.gz"
CASH_STEP_MINOR = 10
NOTE_50, NOTE_100, DOLLAR = 50_00, 100_00, 1_00
RETURN_EVERY = 20


@dataclass(frozen=True)
class Basket:
    """One planned basket. `lines` are (barcode, pieces) in the order of the file; `place` counts from 1 per zone."""

    id: str
    zone: str
    place: int
    lines: tuple[tuple[str, int], ...]

    @property
    def scans(self) -> tuple[str, ...]:
        """Every code as often as there are pieces: a cashier scans each piece."""
        return tuple(code for code, pieces in self.lines for _ in range(pieces))

    @property
    def pieces(self) -> int:
        """How many pieces are in it."""
        return sum(pieces for _, pieces in self.lines)

    @property
    def returns(self) -> bool:
        """Does one piece of its first line come back afterwards?"""
        return self.place % RETURN_EVERY == 0

    def tenders(self, total_minor: int) -> list[tuple[str, int]]:
        """(kind, amount handed over) to enter for a total, in order."""
        rule = hashlib.sha256(self.id.encode()).digest()[0] % 10
        if rule in (6, 7, 8):
            return [("card", total_minor)]
        if rule == 9:
            by_card = total_minor // 2 - total_minor // 2 % DOLLAR
            in_cash = ("cash", _notes(_due(total_minor - by_card), NOTE_50))
            return [("card", by_card), in_cash] if by_card else [in_cash]
        return [("cash", _notes(_due(total_minor), NOTE_100 if rule % 2 else NOTE_50))]


def _due(amount_minor: int) -> int:
    """The nearest 0.10, a half goes up."""
    over = amount_minor % CASH_STEP_MINOR
    return amount_minor - over + (CASH_STEP_MINOR if 2 * over >= CASH_STEP_MINOR else 0)


def _notes(due_minor: int, note_minor: int) -> int:
    """The next multiple of a note that covers what is due."""
    return -(-due_minor // note_minor) * note_minor


def baskets(zone: str, count: int | None = None) -> list[Basket]:
    """The first `count` baskets of a zone in file order, or all."""
    return list(_baskets(zone))[:count]


def _baskets(zone: str) -> Iterator[Basket]:
    lines: dict[str, list[tuple[str, int]]] = {}
    with gzip.open(DATA, "rb") as raw:
        for row in csv.DictReader(io.TextIOWrapper(raw, "utf-8")):
            if row["zone"] == zone:
                lines.setdefault(row["basket_id"], []).append((row["barcode"], int(row["quantity"])))
    for place, (id_, many) in enumerate(lines.items(), 1):
        yield Basket(id_, zone, place, tuple(many))
