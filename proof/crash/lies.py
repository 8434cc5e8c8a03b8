"""A drive that says yes to every sync and forgets at a power cut: what is lost must be noticed (ES-12).

No program keeps a sale on such a drive. What it can do is know. The witness stands elsewhere and has seen more than
the database; or the engine refuses the files at the boot, or finds pages of two ages beside the first sale. For each
state that lost a sale or a page the node boots, in turn with witness and mirror, with the mirror alone and with the
witness alone, and it is counted who noticed first; the mirror gives back what is gone (`lies_boot`). A boot that ends
with anything but a refusal in words is wrong. Where witness and mirror know nothing, HQ knows what it has acknowledged.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from structlog.testing import capture_logs

from edge.mirror.folder import Folder
from edge.mirror.keeper import Mirror, owner_of
from kit.clock import ManualClock
from proof.crash.judge import Content, Judge, materialise
from proof.crash.lies_boot import (
    MIRROR,
    NOBODY,
    REFUSED,
    WITNESS,
    Booted,
    boot_again,
    mirrored,
    rebuilt,
)
from proof.crash.log import DATA, Log
from proof.crash.model import Cut, State, cuts, drawn
from proof.crash.recorder import Recorder, recording
from proof.crash.run import folders, seeded, subfolder
from proof.crash.shop import HOME, Shop, a_shop, cashier, exchange, sell
from proof.sim.parties import open_node

WITNESS_FILE = f"{HOME}.witness"
NODE = f"{HOME}/node.sqlite"
SALES = 6
EACH = 4  # states of each kind at each operation
HQ_WORLDS = 8
BOTH, BY_STICK, BY_WITNESS = "witness and mirror", "the mirror alone", "the witness alone"
MEANS = (BOTH, BY_STICK, BY_WITNESS)
ALONE = {BY_STICK: MIRROR, BY_WITNESS: WITNESS}
Key = tuple[str, tuple[str, ...], bytes | None, Path]
"""What a boot depends on: what the database says and what is broken in it, the witness, the stick."""


@dataclass
class Lies:
    """The figures: states, those that lost a sale or a page, who noticed, which way they came back into order; whole
    boots by what they had, and how many of those with one thing alone it noticed; sales that HQ gave back; what is
    wrong.
    """

    states: int = 0
    lost: int = 0
    noticed: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    boots: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)
    given_back: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Told:
    """A recorded day: its log, before which operation a buyer had been told that a sale is done, and from which
    operation on the stick was as in that folder.
    """

    log: Log
    sales: list[tuple[int, str]]
    sticks: list[tuple[int, Path]] = field(default_factory=list)

    def before(self, index: int) -> set[str]:
        """The ids of what had been told."""
        return {id_ for at, id_ in self.sales if at <= index}

    def stick(self, index: int) -> Path:
        """The mirror as it was."""
        return [folder for at, folder in self.sticks if at <= index][-1]


@dataclass
class Day:
    """A day, its judge, and each boot that was made once."""

    shop: Shop
    root: Path
    told: Told
    judge: Judge
    booted: dict[Key, tuple[Booted, Path | None]] = field(default_factory=dict)


def tell_lies(seed: int = 1) -> Lies:
    """A day on a lying drive with mirror and witness elsewhere; then the same with HQ as the only one who knows."""
    lies = Lies()
    with folders() as folder, capture_logs():
        with seeded(seed):
            shop = a_shop(folder / "shop")
            told = a_day(shop, subfolder(folder, "day"), stick=subfolder(folder, "stick"))
        judge = Judge(told.log, subfolder(folder, "scratch"), lambda root: [])
        day = Day(shop, folder / "day", told, judge)
        for state in forgotten(cuts(told.log, honest=False), seed):
            look(lies, day, state)
        look_at_mirror(lies, day, subfolder(folder, "new-pc"))
        shop.close()
        for world in range(HQ_WORLDS):
            only_hq_knows(lies, subfolder(folder, f"world-{world}"), world)
    return lies


def a_day(shop: Shop, root: Path, *, stick: Path | None = None, to_hq: bool = False) -> Told:
    """Sales and checkpoints; the mirror looks behind each; HQ hears of them when the day says so."""
    shop.copy(root)
    told = Told(Log(), [])
    if stick is not None:
        node = shop.open(root)  # yesterday it got its key and the journal until then
        Mirror(node, Folder(stick, owner_of(node)), shop.centre.transport()).turn()
        node.close()
    with recording(root) as recorder:
        node = shop.open(root)
        node.db.writer.execute("PRAGMA wal_autocheckpoint = 40")
        mirror = Mirror(node, Folder(stick, owner_of(node)) if stick else None, shop.centre.transport())
        keep(told, recorder, stick)
        for _ in range(SALES):
            sold = sell(cashier(node), "A")
            tell(recorder, told.sales, sold["id"])
            mirror.turn()
            keep(told, recorder, stick)
        if to_hq:
            exchange(node, shop.centre)
        node.close()
    return Told(recorder.log, told.sales, told.sticks)


def tell(recorder: Recorder, sales: list[tuple[int, str]], id_: str) -> None:
    """The buyer goes with the goods."""
    sales.append((len(recorder.log.ops), id_))


def keep(told: Told, recorder: Recorder, stick: Path | None) -> None:
    """The stick as it is now; its own drive is honest."""
    if stick is not None:
        kept = stick.with_name(f"stick-{len(told.sticks)}")
        shutil.copytree(stick, kept)
        told.sticks.append((len(recorder.log.ops), kept))


def forgotten(all_cuts: Sequence[Cut], seed: int) -> Iterator[State]:
    """Of everything ever written only the beginning, or a drawn part; the witness, elsewhere, keeps all of its own."""
    for cut in all_cuts:
        rng = random.Random(f"{seed}/{cut.index}")
        seen = tuple(op for op in cut.pending if op.path == WITNESS_FILE)
        rest = tuple(op for op in cut.pending if op.path != WITNESS_FILE)
        names = tuple(op for op in rest if op.kind not in DATA)
        for turn in range(EACH if rest else 0):
            until = rng.randrange(len(rest))
            yield State(0, f"only {until} of {cut.index}", cut, rest[:until] + seen)
            part = tuple(op for op in drawn(rest, rng) if op.kind in DATA)
            yield State(0, f"part {turn} of {cut.index}", cut, names + part + seen)


def look(lies: Lies, day: Day, state: State) -> None:
    """Where a state has lost a sale or a page, find out who notices and what is back after the boot."""
    files, told = state.files(), day.told
    lies.states += 1
    content = day.judge.content(NODE, files)
    if told.before(state.cut.index) <= content.documents and not content.problems:
        return
    lies.lost += 1
    booted, stick = boot(lies, day, state, content, files)
    gone = told.before(state.cut.index) - booted.sales
    if gone and stick is not None and booted.way != REFUSED:
        lies.wrong.append(f"{state.label}: {len(gone)} sales did not come back")
    lies.noticed[booted.who] += 1
    lies.ways[booted.way] += 1
    if booted.raised:
        lies.wrong.append(f"{state.label}: the boot ends with {booted.raised}")
    elif booted.who == NOBODY:
        lies.wrong.append(f"{state.label}: a sale is lost and nobody noticed")


def boot(
    lies: Lies, day: Day, state: State, content: Content, files: dict[str, bytes]
) -> tuple[Booted, Path | None]:
    """A whole boot of each content with each witness and stick, once, in turn with both and with one of them alone."""
    stick = day.told.stick(state.cut.index)
    said = content.digest or hash_of(files)
    key = (said, content.problems, files.get(WITNESS_FILE), stick)
    if key not in day.booted:
        means = MEANS[len(day.booted) % len(MEANS)]
        kept = {name: data for name, data in files.items() if name != WITNESS_FILE or means != BY_STICK}
        with_stick = None if means == BY_WITNESS else stick
        day.booted[key] = booted(day, kept, with_stick), with_stick
        lies.boots[means] += 1
        lies.alone[means] += day.booted[key][0].who == ALONE.get(means)
    return day.booted[key]


def hash_of(files: dict[str, bytes]) -> str:
    """The name of a database whose rows cannot be read: its bytes."""
    return str(hash(tuple(files.get(NODE + more) for more in ("", "-wal"))))


def booted(day: Day, files: dict[str, bytes], stick: Path | None) -> Booted:
    """Also when a person would have seen a traceback."""
    try:
        return boot_again(day.shop, files, stick, day.judge.scratch / "booted")
    except Exception as error:  # noqa: BLE001 — whatever is no refusal in words is the finding
        return Booted(NOBODY, REFUSED, frozenset(), f"{type(error).__name__}: {error}")


def look_at_mirror(lies: Lies, day: Day, folder: Path) -> None:
    """For what the engine refuses: each stick has all that was told until then, and a new computer gets it back."""
    node = day.shop.open(day.root)
    for at, stick in day.told.sticks:
        if day.told.before(at) - mirrored(node, stick, day.shop):
            lies.wrong.append(f"{stick.name}: the mirror lacks a sale")
    node.close()
    if day.told.before(len(day.told.log.ops)) - rebuilt(day.shop, day.told.sticks[-1][1], folder):
        lies.wrong.append("a rebuilt computer lacks a sale")


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
