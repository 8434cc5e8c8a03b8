"""Single bits of the database at rest (ES-15), and pages of another age (ES-16): the scrub finds them."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from edge.scrub.look import scrub
from edge.scrub.model import UNREADABLE, Finding
from proof.crash.flips import RECEIPTS
from tests.edge.scrub.conftest import Scrubbed

Answer = TypeVar("Answer")
PAGE = 4096


def in_a_thread(ask: Callable[[], Answer]) -> Answer:
    """With connections of its own, which read the file and not what they remember of it."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(ask).result()


def flip(path: Path, at: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ (1 << bit)]))


def receipts(store: Scrubbed) -> str | dict[str, list[str]]:
    """Everything that the file says of receipts; a text when it cannot say it."""
    try:
        return {
            table: sorted(repr(tuple(row)) for row in store.node.db.rows(f"SELECT * FROM {table}"))
            for table in RECEIPTS
        }
    except UNREADABLE as error:
        return str(error)


def findings(store: Scrubbed) -> list[Finding]:
    return in_a_thread(lambda: scrub(store.node).findings)


def test_every_flip_that_changes_a_receipt_is_found(store: Scrubbed) -> None:
    store.node.db.checkpoint()
    sound, rng, missed, changed = in_a_thread(lambda: receipts(store)), random.Random(16), [], 0

    while changed < 150:
        at, bit = rng.randrange(store.file.stat().st_size), rng.randrange(8)
        flip(store.file, at, bit)
        if in_a_thread(lambda: receipts(store)) != sound:
            changed += 1
            if not findings(store):
                missed.append(f"byte {at} bit {bit}")
        flip(store.file, at, bit)

    assert missed == []
    assert findings(store) == []
