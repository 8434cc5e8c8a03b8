"""Bits that flip in a database or its log at rest: whatever changes a receipt must be found by `lianpu-verify` (ES-15).

Seeded flips all over the node's database and its write-ahead log, one at a time. What the file says of receipts then
(bodies, documents, lines, tenders) is compared with before; when that differs, or cannot be read, the independent
program must find something wrong. Flips that change nothing a receipt says are counted apart.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from structlog.testing import capture_logs

from proof.crash.acts_start import NODE
from proof.crash.boot import judged_by_verify
from proof.crash.recorder import read_tree
from proof.crash.run import folders, seeded
from proof.crash.shop import Shop, a_shop, cashier, sell
from proof.verify.source import UNREADABLE, NotEvidence, Source

RECEIPTS = ("body", "document", "document_line", "document_tender")
SALES = 25
LOG_ONE_IN = 8  # nearly every flip in the log changes a receipt: its frames are a chain of checksums


@dataclass
class Flips:
    """The figures: flips made, those that changed a receipt, those of them that were found; the others by place."""

    made: int = 0
    changed: int = 0
    found: int = 0
    by_file: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def flip_bits(wanted: int, seed: int = 1) -> Flips:
    """Flip until `wanted` flips have changed a receipt."""
    flips = Flips()
    with folders() as folder, capture_logs():
        with seeded(seed):
            shop = a_shop(folder / "shop")
            root = folder / "root"
            _at_rest(shop, root)
        shop.close()
        sound = receipts(root / NODE)
        if isinstance(sound, str) or judged_by_verify(root):
            raise RuntimeError("the files are not sound before the first flip")
        rng = random.Random(seed)
        files, weights = [root / NODE, root / f"{NODE}-wal"], (LOG_ONE_IN - 1, 1)
        while flips.changed < wanted:
            path = rng.choices(files, weights)[0]
            at, bit = rng.randrange(path.stat().st_size), rng.randrange(8)
            flips.made += 1
            _flip(path, at, bit)
            if receipts(root / NODE) != sound:
                note(flips, root, path, f"{path.name} byte {at} bit {bit}")
            _flip(path, at, bit)
    return flips


def note(flips: Flips, root: Path, path: Path, name: str) -> None:
    """Is it found?"""
    flips.changed += 1
    flips.by_file[path.name] += 1
    if judged_by_verify(root):
        flips.found += 1
    else:
        flips.wrong.append(f"{name}: a receipt has changed and nothing was found")


def _at_rest(shop: Shop, root: Path) -> None:
    """The files of a node that was cut while it sold: half of its sales in the database, the others in the log."""
    running = root.parent / "running"
    shop.copy(running)
    node = shop.open(running)
    for n in range(SALES):
        sell(cashier(node), *"ABC"[: 1 + n % 3])
        if n == SALES // 2:
            node.db.checkpoint()
    files = read_tree(running)
    node.close()
    for name, data in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def receipts(path: Path) -> str | dict[str, list[str]]:
    """Everything that the file says of receipts; a text when it cannot say it."""
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    try:
        with Source(path) as source:
            return {table: sorted(map(repr, source.rows(f"SELECT * FROM {table}"))) for table in RECEIPTS}
    except (NotEvidence, *UNREADABLE) as error:
        return str(error)


def _flip(path: Path, at: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ (1 << bit)]))
