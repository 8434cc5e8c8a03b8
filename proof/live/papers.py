"""The papers of the emulated printers against what the spools of their stores say of them (S15).

A receipt on paper is known by its number, near the top, and the check code of its body, the last line. The clone of a
store has the original's printer, numbers and, up to the copy, jobs: what either began to send counts by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from drivers.printer.emulator import PrinterEmulator
from drivers.printer.layout import COPY_WORDS
from drivers.printer.paper import Paper, TextLine
from drivers.printer.spool_states import FINISHED
from edge.spool.model import is_stale
from kit.clock import SystemClock
from proof.live.world import LiveWorld, Shop, until
from retail.receipt import BODY_HASH_SHOWN

SETTLE_SECONDS = 120.0  # without a paper
NO_JOB = "no job"
PROVED = ("fence", "fence+cut")
OWED = (
    "SELECT d.number, b.bh, j.state, j.evidence, j.reason, j.made_at,"
    " (SELECT e.n || ' at ' || e.at FROM print_event e WHERE e.job = j.id AND e.state = 'SENDING'"
    " ORDER BY e.n LIMIT 1)"
    " FROM document d JOIN body b ON b.id = d.id"
    " LEFT JOIN print_job j ON j.reference = d.id AND j.kind = 'receipt'"
)
OPEN_JOBS = (
    "SELECT state, evidence, reason, made_at FROM print_job WHERE kind = 'receipt'"
    f" AND state NOT IN {(*sorted(FINISHED), 'UNKNOWN')}"
)
COPY_MARKS = tuple(words.split("{")[0].strip() for words in COPY_WORDS.values())


@dataclass(frozen=True)
class Owed:
    """The paper of one document as one disk tells it; `begun` names the event before its first byte."""

    number: str
    check: str
    state: str
    evidence: str = "none"
    reason: str = ""
    made_at: int = 0
    begun: str | None = None

    def asks_first(self, now_ms: int) -> bool:
        """Is it so old that a person has to say whether it is still wanted?"""
        return self.state == "QUEUED" and is_stale("receipt", self.reason, now_ms - self.made_at)


@dataclass(frozen=True)
class Printed:
    """An original on paper; without its check code it was broken off."""

    number: str
    check: str = ""


def owed(shop: Shop) -> list[Owed]:
    """Of every document of a disk."""
    return [
        Owed(number, body_hash.hex()[:BODY_HASH_SHOWN], *((NO_JOB,) if state is None else (state, *rest)))
        for number, body_hash, state, *rest in shop.rows(OWED)
    ]


def originals(papers: Iterable[Paper], numbers: Collection[str], checks: Collection[str]) -> list[Printed]:
    """What was printed without a copy's two marks; a paper that was never cut may hold several."""
    found: list[Printed] = []
    for paper in papers:
        marks, here = 0, list[tuple[bool, Printed]]()
        for words in (row.text().split() for row in paper.rows if isinstance(row, TextLine)):
            marks += any(" ".join(words).startswith(mark) for mark in COPY_MARKS)
            for word in words:
                if word in numbers:
                    here.append((marks % 2 == 1, Printed(word)))
                elif word in checks and here:
                    here[-1] = here[-1][0], replace(here[-1][1], check=word)
        found += [printed for is_copy, printed in here if not is_copy]
    return found


def wrong_papers(disks: Sequence[Sequence[Owed]], printed: Sequence[Printed], now_ms: int) -> list[str]:
    """Twice on paper, DONE without one, or never: nobody in this world says what a person may say of a paper."""
    everything = [one for disk in disks for one in disk]
    begun = {(one.number, one.check, one.begun) for one in everything if one.begun}
    proved = {
        (one.number, one.check, one.begun)
        for one in everything
        if one.state == "DONE" and one.evidence in PROVED
    }
    papers, whole = Counter(one.number for one in printed), Counter(one for one in printed if one.check)
    of_number, of_receipt = Counter(key[0] for key in begun), Counter(Printed(*key[:2]) for key in begun)
    due = Counter(Printed(*key[:2]) for key in proved)
    wrong = [
        f"{number}: {n} originals on paper, {of_number[number]} were begun"
        for number, n in papers.items()
        if n > of_number[number]
    ]
    wrong += [
        f"{one.number}: {n} whole originals with the check code {one.check}, {of_receipt[one]} were begun"
        for one, n in whole.items()
        if of_receipt[one] < n and papers[one.number] <= of_number[one.number]
    ]
    wrong += [
        f"{one.number}: DONE {n} times, on paper {whole[one]}" for one, n in due.items() if whole[one] < n
    ]
    has_job = {(one.number, one.check) for one in everything if one.state != NO_JOB}
    for one in everything:
        settled = one.state in ("DONE", "UNKNOWN") or one.asks_first(now_ms)
        if one.state == NO_JOB:  # a disk that was given the other's documents by HQ owes no paper for them
            settled = (one.number, one.check) in has_job
        if not settled:
            wrong.append(f"{one.number}: its paper is {one.state} {one.reason}".rstrip())
    return wrong


def check_papers(world: LiveWorld, code: str) -> list[str]:
    """Of one store and its clone, against the printer that they share."""
    shops, printer = [shop for shop in world.running if shop.code == code], world.bench.printer(code)
    disks = [owed(shop) for shop in shops]
    if [len(disk) for disk in disks] != [shop.value("SELECT count(*) FROM document") for shop in shops]:
        return [f"{code}: the jobs of its papers cannot be read"]
    everything = [one for disk in disks for one in disk]
    numbers, checks = {one.number for one in everything}, {one.check for one in everything}
    printed = originals([*printer.papers(), printer.hanging()], numbers, checks)
    return [f"{code}: {why}" for why in wrong_papers(disks, printed, SystemClock().now_ms())]


def settle(world: LiveWorld) -> list[str]:
    """Wait until nothing is owed on paper that can be printed; what did not come to that, in words.

    A printer talks to one computer at a time. Where the clone shares it, each has it for itself once, while the other
    stands still and cannot take the line back.
    """
    wrong = []
    for code in world.shops:
        users = [shop for shop in world.running if shop.code == code]
        for user in users:
            others = [shop for shop in users if shop is not user]
            for other in others:
                other.node.pause()
            if others:
                hang_up(world.bench.printer(code))
            if not prints_all(user):
                wrong.append(
                    f"{user.node.name}: no paper for {SETTLE_SECONDS:.0f} s, {still_owed(user)} wait"
                )
            for other in others:
                other.node.resume()
    return wrong


def hang_up(printer: PrinterEmulator) -> None:
    """Switch it off and on: whoever had the line, or waits for it, has it no more."""
    printer.set("offline", True)
    printer.wait_for(lambda printer: printer.wire == "gone")
    printer.set("offline", False)


def prints_all(shop: Shop) -> bool:
    """Does it come to an end? The patience begins anew whenever a paper has."""
    left = still_owed(shop)
    while left:
        if not until(partial(_fewer, shop, left), SETTLE_SECONDS):
            return False
        left = still_owed(shop)
    return True


def _fewer(shop: Shop, than: int) -> bool:
    return still_owed(shop) < than


def still_owed(shop: Shop) -> int:
    """Receipts that are neither finished nor a person's matter."""
    now, rows = SystemClock().now_ms(), shop.rows(OPEN_JOBS)
    return sum(not Owed("", "", *row).asks_first(now) for row in rows)
