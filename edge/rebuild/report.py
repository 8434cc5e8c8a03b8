"""What came back, per terminal and number series, and which receipts did not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from retail.ids import ReceiptNumber

BACK = (
    "SELECT d.terminal, d.series, d.n, (SELECT min(i.public_key = :key) FROM link l JOIN inc i ON i.inc = l.inc"
    " WHERE l.id = d.id) AS ours FROM document d WHERE d.replayed = 1 ORDER BY d.terminal, d.series, d.n"
)


@dataclass(frozen=True)
class Series:
    """The receipts of one terminal in one life of the store's computer; `missing` are closed ranges of numbers."""

    terminal: str
    series: str
    from_hq: int
    from_mirror: int
    last: int
    missing: list[tuple[int, int]]
    typed: int = 0  # the last number on paper, where somebody typed it

    def lines(self, store: str) -> list[str]:
        """As a technician reads it."""
        name = f"{store}-{self.terminal}/{self.series}"
        told = f"{name}: {self.from_hq} receipts from HQ, {self.from_mirror} from the mirror"
        gone = [f"  missing: {name}-{a}" + (f" to {name}-{b}" if b > a else "") for a, b in self.missing]
        return [f"{told}, last {name}-{self.last}" if self.last else told, *gone]


def found(node: Any, typed: Iterable[ReceiptNumber] = ()) -> list[Series]:
    """Everything that came back. What lies in logs of our own key alone came from the mirror."""
    papers: dict[tuple[str, str], int] = {}
    for number in typed:
        place = (number.terminal, number.series)
        papers[place] = max(papers.get(place, 0), number.n)
    back: dict[tuple[str, str], list[tuple[int, bool]]] = {place: [] for place in papers}
    for row in node.db.rows(BACK, {"key": node.key.public}):
        back.setdefault((row["terminal"], row["series"]), []).append((row["n"], bool(row["ours"])))
    made = []
    for (terminal, series), numbers in sorted(back.items()):
        have = [n for n, _ in numbers]
        last, paper = max(have, default=0), papers.get((terminal, series), 0)
        ours = sum(mirrored for _, mirrored in numbers)
        missing = gaps(have, max(last, paper))
        made.append(Series(terminal, series, len(numbers) - ours, ours, last, missing, paper))
    return made


def gaps(have: Sequence[int], last: int) -> list[tuple[int, int]]:
    """The numbers of 1 … `last` that are not there, as ranges: receipts of a series have no gaps."""
    ranges, start = list[tuple[int, int]](), 1
    for n in sorted(n for n in have if n <= last):
        if n > start:
            ranges.append((start, n - 1))
        start = n + 1
    return [*ranges, (start, last)] if start <= last else ranges
