"""Alternating runs and their medians: machines are noisy, so only ratios inside one run count."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One row of the report; `ratio` is ours over the limit, `target` what the ratio should not exceed (or reach).

    `bound` is a target in the figure's own unit and goes before `target`; with neither the figure is only told.
    """

    item: str
    ours: float
    limit: float
    unit: str
    ratio: float
    target: float | None = None
    at_least: bool = False
    bound: float | None = None
    note: str = ""

    @property
    def met(self) -> bool:
        """Is the target met?"""
        if self.bound is not None:
            return self.ours <= self.bound
        if self.target is None:
            return True
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target

    @property
    def wanted(self) -> str:
        """The target as people read it."""
        if self.bound is not None:
            return f"≤ {self.bound:.0f} {self.unit}"
        if self.target is None:
            return ""
        return f"{'≥' if self.at_least else '≤'} {self.target:g} ×"

    @property
    def verdict(self) -> str:
        """Met, or missed and by how much."""
        if not self.wanted:
            return ""
        if self.met:
            return "met"
        if self.bound is not None:
            return f"missed by {self.ours - self.bound:.0f} {self.unit}"
        assert self.target is not None
        return f"missed by {abs(self.ratio - self.target):.2f}"

    def line(self) -> str:
        """One readable line."""
        target = f" (target {self.wanted}) {self.verdict}" if self.wanted else ""
        numbers = f"ours {number(self.ours)} limit {number(self.limit)} {self.unit}, ratio {self.ratio:.2f}"
        return f"{self.item}: {numbers}{target} {self.note}".rstrip()

    def row(self) -> str:
        """One row of the table in docs/performance.md."""
        cells = [
            self.item, f"{number(self.ours)} {self.unit}", f"{number(self.limit)} {self.unit}",
            f"{self.ratio:.2f}", self.wanted, self.verdict + (f" {self.note}" if self.note else ""),
        ]  # fmt: skip
        return "| " + " | ".join(cells) + " |"

    def plain(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self) | {"met": self.met}


def number(value: float) -> str:
    """Three digits that matter."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def alternate(
    rounds: int, ours: Callable[[], list[float]], limit: Callable[[], list[float]]
) -> tuple[list[list[float]], list[list[float]]]:
    """Run both in turn, `rounds` times each, after one round that is not counted."""
    ours()
    limit()
    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(ours())
        theirs.append(limit())
    return mine, theirs


def beside(item: str, unit: str, mine: Sequence[float], theirs: Sequence[float], **more: Any) -> Figure:
    """Rounds of one value each: the medians of both sides, and the median of the ratios pair by pair.

    `more` are further fields of the figure.
    """
    ratio = statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
    return Figure(item, statistics.median(mine), statistics.median(theirs), unit, ratio, **more)


def ratio_of(mine: list[list[float]], theirs: list[list[float]], share: float) -> tuple[float, float, float]:
    """Medians over the rounds of one percentile on both sides, and the median of the ratios pair by pair."""
    ours = [percentile(run, share) for run in mine]
    limits = [percentile(run, share) for run in theirs]
    found = beside("", "", ours, limits)
    return found.ours, found.limit, found.ratio
