"""Alternating runs and their medians: machines are noisy, so only ratios inside one run count."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

WRONG = "WRONG"  # in a note: the figures of this item say nothing
TENTH = 10
ROUNDS_MIN = 5  # PERFORMANCE.md: medians of at least 5


@dataclass(frozen=True)
class Figure:
    """One row of the report; `ratio` is ours over the limit, `target` what the ratio should not exceed (or reach).

    `bound` is a target in the figure's own unit and goes before `target`; with neither the figure is only told. It is
    not judged either where something was WRONG, as `note` says, or where it was `short` of what the target asks for:
    of three rounds, at a tenth of the size.
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
    short: str = ""

    @property
    def wrong(self) -> bool:
        """Was other work done than what was to be measured?"""
        return WRONG in self.note

    @property
    def met(self) -> bool | None:
        """Is the target met? None where that is not judged."""
        if not self.wanted or self.wrong or self.short:
            return None
        if self.bound is not None:
            return self.ours <= self.bound
        assert self.target is not None
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
        """Met, or missed and by how much, or why it is not judged (the note tells what was wrong)."""
        if self.met is None:
            return self.short if self.wanted and not self.wrong else ""
        if self.met:
            return "met"
        if self.bound is not None:
            return f"missed by {self.ours - self.bound:.0f} {self.unit}"
        assert self.target is not None
        return f"missed by {abs(self.ratio - self.target):.2f}"

    def line(self) -> str:
        """One readable line."""
        target = f" (target {self.wanted}) {self.verdict}".rstrip() if self.wanted else ""
        numbers = f"ours {number(self.ours)} limit {number(self.limit)} {self.unit}, ratio {self.ratio:.2f}"
        return f"{self.item}: {numbers}{target} {self.note}".rstrip()

    def row(self) -> str:
        """One row of the table in docs/performance.md."""
        cells = [
            self.item, f"{number(self.ours)} {self.unit}", f"{number(self.limit)} {self.unit}",
            f"{self.ratio:.2f}", self.wanted, f"{self.verdict} {self.note}".strip(),
        ]  # fmt: skip
        return "| " + " | ".join(cells) + " |"

    def plain(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self) | {"met": self.met}


def judged(figures: Sequence[Figure], rounds: int) -> list[Figure]:
    """The rows of an item: what is WRONG in one is wrong in all, and fewer than five rounds are no median."""
    notes = dict.fromkeys(figure.note for figure in figures if figure.wrong)
    few = f"of {rounds} rounds, not {ROUNDS_MIN}" if rounds < ROUNDS_MIN else ""
    return [
        replace(
            figure,
            note=" ".join(notes) or figure.note,
            short=", ".join(why for why in (figure.short, few) if why),
        )
        for figure in figures
    ]


def scaled(size: int, full: int) -> str:
    """How far short of the size that a target is for."""
    if size >= full:
        return ""
    return "at a tenth of the size" if round(full / size) == TENTH else f"at {size:,} of {full:,}"


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
