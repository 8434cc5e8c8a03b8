"""Alternating runs and their medians: machines are noisy, so only ratios inside one run count."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One row of the report; `ratio` is ours over the limit, `target` what the ratio should not exceed (or reach)."""

    item: str
    ours: float
    limit: float
    unit: str
    ratio: float
    target: float
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        """Is the target met?"""
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target

    def line(self) -> str:
        """One readable line."""
        sign, verdict = ("≥" if self.at_least else "≤"), ("met" if self.met else "missed")
        return (
            f"{self.item:44} ours {self.ours:10.3f} {self.unit:9} limit {self.limit:10.3f}"
            f"  ratio {self.ratio:6.2f} (target {sign} {self.target}) {verdict} {self.note}"
        )


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


def ratio_of(mine: list[list[float]], theirs: list[list[float]], share: float) -> tuple[float, float, float]:
    """Medians over the rounds of one percentile on both sides, and the median of the ratios pair by pair."""
    ours = [percentile(run, share) for run in mine]
    limits = [percentile(run, share) for run in theirs]
    pairs = [a / b for a, b in zip(ours, limits, strict=True)]
    return statistics.median(ours), statistics.median(limits), statistics.median(pairs)
