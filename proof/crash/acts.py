"""The acts that are cut: each is the real code of a node doing one thing, from a store that has traded before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from proof.crash.recorder import Recorder
from proof.crash.shop import Shop, cashier, sell


@dataclass(frozen=True)
class Act:
    """`prepare` fills the folder before the recording, `run` is recorded and closes what it opens."""

    name: str
    run: Callable[[Shop, Path, Recorder], None]
    prepare: Callable[[Shop, Path], None] = lambda shop, root: shop.copy(root)
    loose: frozenset[str] = frozenset()


def sale(shop: Shop, root: Path, recorder: Recorder) -> None:
    """Two sales with scans, receipts and drawer pulses."""
    node = shop.open(root)
    ctx = cashier(node)
    for codes in (("A", "B"), ("C",)):
        shop.clock.advance(9_000)
        sell(ctx, *codes)
    node.close()


ACTS: dict[str, Act] = {act.name: act for act in (Act("sale", sale),)}
