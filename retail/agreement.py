"""Do a store and HQ have the same day? Both count on their own; a digest per business day is compared.

A day's receipts in the order (terminal, series, n) give count, amounts, pieces and one hash. Each receipt also
leaves a mark of eight hex digits, so that the first receipt that differs can be named without sending the day.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from retail.errors import Invalid

MARK_LENGTH = 8
NUMBERS_MAX = 100_000
"""So many receipts can a day have: a store that says more, in one run or in many, would keep HQ counting."""
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, order=True)
class DayReceipt:
    """One sale or return of a day. `bh` is the hash of its body, `payable_minor` is positive for both kinds."""

    terminal: str
    series: str
    n: int
    kind: str
    payable_minor: int
    pieces: int
    bh: bytes

    def line(self) -> bytes:
        """What is hashed."""
        head = f"{self.terminal}|{self.series}|{self.n}|{self.kind}|{self.payable_minor}|{self.pieces}|"
        return head.encode() + self.bh

    def mark(self) -> str:
        """Eight hex digits that name this receipt's content."""
        return hashlib.sha256(self.line()).hexdigest()[:MARK_LENGTH]


@dataclass(frozen=True)
class Run:
    """Consecutive numbers of one terminal and series; `marks` is one mark after the other, or empty."""

    terminal: str
    series: str
    first: int
    last: int
    marks: str = ""


@dataclass(frozen=True)
class DayDigest:
    """One side's count of a day; returns are counted apart, all amounts positive."""

    day: str
    sales: int
    sales_minor: int
    returns: int
    returns_minor: int
    pieces: int
    hash: str
    runs: tuple[Run, ...] = ()

    @property
    def receipts(self) -> int:
        """Sales and returns together."""
        return self.sales + self.returns

    @property
    def net_minor(self) -> int:
        """Sales less returns."""
        return self.sales_minor - self.returns_minor

    def agrees(self, other: DayDigest) -> bool:
        """Same day, same receipts, to the cent and the byte."""
        return self.day == other.day and self.hash == other.hash and self.receipts == other.receipts


@dataclass(frozen=True)
class Difference:
    """The first receipt that only one side has, or that the sides have differently."""

    terminal: str
    series: str
    n: int
    why: str  # "missing_at_hq", "missing_at_store" or "differs"


def day_digest(day: str, receipts: Iterable[DayReceipt], *, marks: bool = True) -> DayDigest:
    """Count and hash one side's receipts of a day, whatever their order."""
    ordered = sorted(receipts)
    sold = [receipt for receipt in ordered if receipt.kind == "sale"]
    back = [receipt for receipt in ordered if receipt.kind != "sale"]
    whole = hashlib.sha256(b"lianpu-day/1\0" + day.encode())
    for receipt in ordered:
        line = receipt.line()
        whole.update(len(line).to_bytes(4, "big") + line)
    return DayDigest(
        day=day,
        sales=len(sold),
        sales_minor=sum(receipt.payable_minor for receipt in sold),
        returns=len(back),
        returns_minor=sum(receipt.payable_minor for receipt in back),
        pieces=sum(receipt.pieces for receipt in sold) - sum(receipt.pieces for receipt in back),
        hash=whole.hexdigest(),
        runs=_runs(ordered, marks),
    )


def _runs(ordered: Sequence[DayReceipt], marks: bool) -> tuple[Run, ...]:
    runs: list[list[DayReceipt]] = []
    for receipt in ordered:
        last = runs[-1][-1] if runs else None
        follows = (
            last is not None
            and (last.terminal, last.series) == (receipt.terminal, receipt.series)
            and receipt.n == last.n + 1
        )
        if follows:
            runs[-1].append(receipt)
        else:
            runs.append([receipt])
    return tuple(
        Run(r[0].terminal, r[0].series, r[0].n, r[-1].n, "".join(one.mark() for one in r) if marks else "")
        for r in runs
    )


def first_difference(store: DayDigest, hq: DayDigest) -> Difference | None:
    """The first receipt in which the sides differ; None when no receipt can be named, as by a store that told none."""
    if store.receipts and not store.runs:
        return None
    here, there = _marked(store), _marked(hq)
    for key in sorted(set(here) | set(there)):
        if key not in there:
            return Difference(*key, "missing_at_hq")
        if key not in here:
            return Difference(*key, "missing_at_store")
        if here[key] and there[key] and here[key] != there[key]:
            return Difference(*key, "differs")
    return None


def _marked(digest: DayDigest) -> dict[tuple[str, str, int], str]:
    found: dict[tuple[str, str, int], str] = {}
    for run in digest.runs:
        for at, n in enumerate(range(run.first, run.last + 1)):
            found[run.terminal, run.series, n] = run.marks[at * MARK_LENGTH : (at + 1) * MARK_LENGTH]
    return found


def to_text(digest: DayDigest) -> str:
    """Compact JSON, as it travels in telemetry."""
    plain: dict[str, Any] = asdict(digest)
    plain["runs"] = [[r.terminal, r.series, r.first, r.last, r.marks] for r in digest.runs]
    return json.dumps(plain, separators=(",", ":"), sort_keys=True)


def from_text(text: str) -> DayDigest:
    """Read `to_text`; raises `Invalid("agreement.unreadable")`."""
    try:
        plain = json.loads(text)
        runs = tuple(
            Run(str(t), str(s), int(first), int(last), str(marks))
            for t, s, first, last, marks in plain["runs"]
        )
        numbers = {
            name: int(plain[name]) for name in ("sales", "sales_minor", "returns", "returns_minor", "pieces")
        }
        hash_ = str(plain["hash"])
        if not _HASH.fullmatch(hash_) or not _countable(runs):
            raise Invalid("agreement.unreadable")
        return DayDigest(day=str(plain["day"]), hash=hash_, runs=runs, **numbers)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise Invalid("agreement.unreadable")


def _countable(runs: Sequence[Run]) -> bool:
    """Is each run one, and are the numbers of all of them together no more than a day has?"""
    lengths = [run.last - run.first + 1 for run in runs]
    return min(lengths, default=1) > 0 and sum(lengths) <= NUMBERS_MAX
