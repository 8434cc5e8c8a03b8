"""A new database in the place of a damaged one: the old or the new, never none, never one with the other's log."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from edge.scrub.salvage import SALVAGED, finish, salvage
from proof.crash.acts_start import unclosed
from proof.crash.judge import materialise
from proof.crash.recorder import Recorder, read_tree
from proof.crash.shop import HOME, Shop, cashier, sell

SALES = 12  # the tables have several pages each, and the new file has them at other places than the old


def killed(shop: Shop, root: Path) -> None:
    """A till that has sold for a while and was killed after one more sale."""
    long = root.parent / "long"
    shop.copy(long)
    node = shop.open(long)
    for _ in range(SALES):
        sell(cashier(node), "A", "B")
    node.close()
    unclosed(replace(shop, template=long), root)


def run(shop: Shop, root: Path, recorder: Recorder) -> None:
    """What a killed till's database and its log say goes into a new one."""
    salvage(root / HOME, shop.clock.now_ms())


def settled(files: dict[str, bytes], scratch: Path) -> dict[str, bytes]:
    """Every start first finishes a salvage that was cut short."""
    if not any(name.startswith(f"{HOME}/{SALVAGED}") for name in files):
        return files
    root = scratch / "settled"
    materialise(files, root)
    try:
        finish(root / HOME)
        return read_tree(root)
    finally:
        shutil.rmtree(root)
