"""A drive that says yes to every sync and forgets at a power cut: what is lost must be noticed (ES-12).

No program keeps a sale on such a drive. What it can do is know. The witness stands elsewhere and has seen more than
the database; or the engine refuses the files, or `lianpu-verify` does; and where the witness is on the same drive, HQ
knows what it has acknowledged and gives it back. For each state that lost a sale it is counted who noticed first.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from structlog.testing import capture_logs

from kit.clock import ManualClock
from proof.crash.boot import judged_by_verify
from proof.crash.judge import Content, Judge, materialise
from proof.crash.log import DATA, Log
from proof.crash.model import Cut, State, cuts, drawn
from proof.crash.recorder import Recorder, recording
from proof.crash.run import folders, seeded, subfolder
from proof.crash.shop import HOME, Shop, a_shop, cashier, exchange, sell
from proof.sim.parties import open_node

WITNESS = f"{HOME}.witness"
NODE = f"{HOME}/node.sqlite"
SALES = 6
EACH = 4  # states of each kind at each operation
HQ_WORLDS = 8


@dataclass
class Lies:
    """The figures: states, those that lost a sale, who noticed; sales that HQ gave back; what nobody noticed."""

    states: int = 0
    lost: int = 0
    noticed: Counter[str] = field(default_factory=Counter)
    given_back: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Told:
    """A recorded day: its log, and before which operation a buyer had been told that a sale is done."""

    log: Log
    sales: list[tuple[int, str]]

    def before(self, index: int) -> set[str]:
        """The ids of what had been told."""
        return {id_ for at, id_ in self.sales if at <= index}


def tell_lies(seed: int = 1) -> Lies:
    """A day on a lying drive with its witness elsewhere; then the same with HQ as the only one who knows."""
    lies = Lies()
    with folders() as folder, capture_logs():
        with seeded(seed):
            shop = a_shop(folder / "shop")
            told = a_day(shop, subfolder(folder, "day"))
        shop.close()
        scratch = subfolder(folder, "scratch")
        judge = Judge(told.log, scratch, lambda root: [])
        for state in forgotten(cuts(told.log, honest=False), seed):
            look(lies, judge, told, state)
        for world in range(HQ_WORLDS):
            only_hq_knows(lies, subfolder(folder, f"world-{world}"), world)
    return lies


def a_day(shop: Shop, root: Path, *, to_hq: bool = False) -> Told:
    """Sales and checkpoints; HQ hears of them when the day says so."""
    shop.copy(root)
    sales: list[tuple[int, str]] = []
    with recording(root) as recorder:
        node = shop.open(root)
        node.db.writer.execute("PRAGMA wal_autocheckpoint = 40")
        for _ in range(SALES):
            sold = sell(cashier(node), "A")
            tell(recorder, sales, sold["id"])
        if to_hq:
            exchange(node, shop.centre)
        node.close()
    return Told(recorder.log, sales)


def tell(recorder: Recorder, sales: list[tuple[int, str]], id_: str) -> None:
    """The buyer goes with the goods."""
    sales.append((len(recorder.log.ops), id_))


def forgotten(all_cuts: Sequence[Cut], seed: int) -> Iterator[State]:
    """Of everything ever written only the beginning, or a drawn part; the witness, elsewhere, keeps all of its own."""
    for cut in all_cuts:
        rng = random.Random(f"{seed}/{cut.index}")
        seen = tuple(op for op in cut.pending if op.path == WITNESS)
        rest = tuple(op for op in cut.pending if op.path != WITNESS)
        names = tuple(op for op in rest if op.kind not in DATA)
        for turn in range(EACH if rest else 0):
            until = rng.randrange(len(rest))
            yield State(0, f"only {until} of {cut.index}", cut, rest[:until] + seen)
            part = tuple(op for op in drawn(rest, rng) if op.kind in DATA)
            yield State(0, f"part {turn} of {cut.index}", cut, names + part + seen)


def look(lies: Lies, judge: Judge, told: Told, state: State) -> None:
    """Where a state has lost a sale, find out who notices."""
    files = state.files()
    lies.states += 1
    content = judge.content(NODE, files)
    if told.before(state.cut.index) <= content.documents and not content.problems:
        return
    lies.lost += 1
    who = noticed_by(judge, content, files)
    lies.noticed[who] += 1
    if who == "nobody":
        lies.wrong.append(f"{state.label}: a sale is lost and nobody noticed")


def noticed_by(judge: Judge, content: Content, files: dict[str, bytes]) -> str:
    """Who is the first to know."""
    if not content.digest:
        return "engine, at the boot"
    seen = judge.witnessed(files[WITNESS]) if WITNESS in files else None
    if seen is not None and content.links.get((seen.inc, seen.seq)) != seen.hash:
        return "witness, at the boot"
    if content.problems:
        return "integrity_check, at the next look"
    root = judge.scratch / "verified"
    materialise(files, root)
    return "lianpu-verify, at the next look" if judged_by_verify(root) else "nobody"


def only_hq_knows(lies: Lies, folder: Path, seed: int) -> None:
    """Database and witness are as they were at the end of an operation; HQ has acknowledged all sales of the day."""
    with seeded(seed):
        shop = a_shop(folder / "shop")
        told = a_day(shop, subfolder(folder, "day"), to_hq=True)
    cut = cuts(told.log, honest=False)[-1]
    until = random.Random(seed).randrange(len(cut.pending) // 2)
    state = State(0, f"only {until} of {cut.index}", cut, cut.pending[:until])
    materialise(state.files(), folder / "after")
    node = open_node(folder / "after" / HOME, ManualClock(shop.clock.now_ms() + 60_000))
    have = "SELECT id FROM body WHERE type = 'sale.completed'"
    try:
        missing = told.before(cut.index) - {row[0] for row in node.db.rows(have)}
        if node.journal.behind_witness() is not None:
            lies.wrong.append(f"world {seed}: a witness as old as its database has found something")
        exchange(node, shop.centre)
        still = missing & (told.before(cut.index) - {row[0] for row in node.db.rows(have)})
    finally:
        node.close()
        shop.close()
    lies.given_back += len(missing) - len(still)
    if still:
        lies.wrong.append(f"world {seed}: HQ did not give {len(still)} of {len(missing)} lost sales back")
