"""What a scrub finds and reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from kit.db import GARBLED
from retail.errors import Misconfigured

Kind = Literal[
    "engine",
    "unreadable",
    "record",
    "link",
    "body",
    "columns",
    "rows",
    "stray",
    "balance",
    "number",
    "reference",
]
Progress = Callable[[int], None]
"""Called after each piece with how many records were looked at; may raise `Stopped`."""


UNREADABLE = (*GARBLED, Misconfigured)
"""How a damaged file says that it cannot be read, also one that does not open."""


class Stopped(Exception):
    """The server ends: the scrub is given up and begins anew another time."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not true any more. `seq` is 0 and `number` empty where nobody knows them."""

    kind: Kind
    why: str
    inc: str = ""
    seq: int = 0
    id: str = ""
    number: str = ""
    table: str = ""

    @property
    def place(self) -> str:
        """The receipt's number, else its place in the log, else the table."""
        return self.number or (f"{self.inc[:8]}/{self.seq}" if self.inc else self.id or self.table)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one scrub. `whole` is false after a look at the newest links alone."""

    at: int
    whole: bool = True
    bodies: int = 0
    links: int = 0
    milliseconds: int = 0
    findings: list[Finding] = []
    repaired: int = 0
