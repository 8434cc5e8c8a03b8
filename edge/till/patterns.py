"""Does a scanner speak as it did? A programming bar code, scanned by anybody, changes what it sends (FAULTS SC-21).

Each code that a terminal reads has a shape: with or without the AIM prefix, and what stands before or behind a right
article number. A shape that was usual and suddenly is another is told on the node's page, until the usual one is back.
In memory: after a restart the scanner has to show once more what is usual. Codes that show nothing are not counted,
and codes that people type have no prefix, so its loss is believed only after many.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from retail.barcode import Scanned, valid_ean

USUAL = 10
OTHERS = 3
"""So many codes in a row with the same sign too many are no accident."""
BARE = 10
"""So many without the prefix that was usual are not typed."""
CUTS = ((1, 0), (0, 1), (2, 0), (0, 2), (1, 1))
LENGTHS = (8, 12, 13)
Shape = tuple[bool, str, str]
"""(AIM prefix?, what stands before the number, what behind)"""


def shape_of(scanned: Scanned, *, known: bool) -> Shape | None:
    """The shape of a code, None where it shows none; `known`: an article answers to it."""
    aim, text = scanned.aim is not None, scanned.text
    if known or scanned.checked:
        return aim, "", ""
    for head, tail in CUTS:
        number = text[head : len(text) - tail]
        if len(number) in LENGTHS and number.isascii() and number.isdigit() and valid_ean(number):
            return aim, text[:head], text[len(text) - tail :]
    return None


@dataclass
class _Heard:
    usual: Shape | None = None
    last: Shape | None = None
    run: int = 0


@dataclass
class Patterns:
    """What the codes of each terminal look like; safe from any thread."""

    _heard: dict[str, _Heard] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, terminal: str, scanned: Scanned, *, known: bool) -> None:
        """One code of a terminal."""
        shape = shape_of(scanned, known=known)
        if shape is None:
            return
        with self._lock:
            heard = self._heard.setdefault(terminal, _Heard())
            heard.run = heard.run + 1 if shape == heard.last else 1
            heard.last = shape
            if heard.usual is None and heard.run >= USUAL:
                heard.usual = shape

    def changed(self) -> list[str]:
        """The terminals whose codes do not look as they did."""
        with self._lock:
            return sorted(terminal for terminal, heard in self._heard.items() if _is_other(heard))


def _is_other(heard: _Heard) -> bool:
    if heard.usual is None or heard.last is None or heard.last == heard.usual:
        return False
    return heard.run >= (OTHERS if heard.last[1:] != heard.usual[1:] else BARE)
