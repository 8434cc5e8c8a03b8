"""One run: start, spoil the lines, do harm by the decks until enough, heal, drain, look."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from proof.live.acts import ACTS, PACKET_ACTS, Acts
from proof.live.check import check
from proof.live.deck import Deck
from proof.live.fates import FATES
from proof.live.line import DOWN, HANDSHAKE, OUTWAITED
from proof.live.packets import PACKET_KINDS
from proof.live.papers import settle
from proof.live.world import LiveWorld, until

KINDS = (*FATES, *sorted({*ACTS, DOWN, HANDSHAKE, OUTWAITED}))
EXTRA_SECONDS = 180.0  # beyond what was asked for, until every kind has struck
DRAIN_SECONDS = 300.0


@dataclass
class Outcome:
    """What a run comes to. `idle` are the kinds that never struck."""

    struck: Counter[str]
    kinds: tuple[str, ...] = KINDS
    sold: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def idle(self) -> list[str]:
        """Kinds that never struck."""
        return [kind for kind in self.kinds if not self.struck[kind]]

    @property
    def good(self) -> bool:
        """Nothing is wrong, and everything was tried."""
        return not self.wrong and not self.idle


def play(
    minutes: float, seed: int, stores: int, home: Path | None = None, told: Callable[[str], None] = print,
    *, netns: bool = False,
) -> Outcome:  # fmt: skip
    """Everything once; the world's files go with it unless `home` says where to keep them."""
    with tempfile.TemporaryDirectory(prefix="lianpu-live-") as folder:
        world = LiveWorld((home or Path(folder)).resolve(), stores, seed, netns=netns)
        outcome = Outcome(world.struck, (*KINDS, *PACKET_KINDS, *PACKET_ACTS) if netns else KINDS)
        try:
            _timed(outcome, "start", world.start)
            told(f"HQ and {stores} stores sell")
            _timed(outcome, "chaos", lambda: harm(world, minutes * 60, outcome.kinds))
            told("healing")
            _timed(outcome, "drain", lambda: heal(world, outcome))
            outcome.sold = {shop.node.name: len(shop.seller.sold) for shop in world.running if shop.seller}
            _timed(outcome, "look", lambda: outcome.wrong.extend(check(world)))
        finally:
            world.stop()
    return outcome


def harm(world: LiveWorld, seconds: float, kinds: tuple[str, ...]) -> None:
    """Deal acts for so long, and then until every kind has struck or patience ends."""
    patience = threading.Event()
    names = [*ACTS, *(PACKET_ACTS if world.netns else ())]
    deck = Deck(names, random.Random(f"{world.seed} acts"))
    acts = Acts(world, deck, lambda duration: bool(patience.wait(duration)))
    began = time.monotonic()
    world.spoil()
    while True:
        gone = time.monotonic() - began
        if gone > seconds and (all(world.struck[kind] for kind in kinds) or gone > seconds + EXTRA_SECONDS):
            return
        acts.play(deck.deal())


def heal(world: LiveWorld, outcome: Outcome) -> None:
    """Good lines, everybody up again, nobody sells any more; then wait until HQ and the printers have it all."""
    world.heal()
    for shop in world.running:
        assert shop.seller is not None
        shop.seller.end()
    if not until(world.drained, DRAIN_SECONDS):
        outcome.wrong.append(f"not drained after {DRAIN_SECONDS:.0f} seconds")
    outcome.wrong += settle(world)


def _timed(outcome: Outcome, name: str, part: Callable[[], object]) -> None:
    began = time.monotonic()
    part()
    outcome.seconds[name] = time.monotonic() - began
