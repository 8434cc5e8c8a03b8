"""A directed story of sticks: one that lay in a drawer while the store moved to another zone."""

from __future__ import annotations

import random
from pathlib import Path

from edge.bundles import coming
from hq.bundles import going
from kit.context import Actor, Context
from proof.sim.ablate.model import Scene
from proof.sim.ablate.quiet import Quiet, a_chain, story
from proof.sim.ablate.stories_hq import price_row
from retail.errors import Refused

MANAGER = Actor("1", "Manager", "administrator", frozenset({going.PERMISSION}), "en")


def _bundle(chain: Quiet, folder: Path) -> None:
    hq = chain.centre.hq
    going.write(Context(app=hq, clock=hq.clock, actor=MANAGER), "001", folder)


def drawer(seed: int) -> list[str]:
    """Two bundles, the store has moved between them; the newer is taken, then somebody finds the older."""
    rng = random.Random(seed)
    with a_chain() as chain:
        node = chain.store("001").node
        for zone in "AB":
            chain.centre.publish({(f"zone:{zone}", "price", "A|p1"): price_row(rng.randrange(1, 9_999))})
        old, new = chain.folder / "old", chain.folder / "new"
        for _ in range(rng.randrange(1, 3)):
            _bundle(chain, old)
        chain.centre.move_store("001", "B")
        _bundle(chain, new)
        coming.take(node, new)
        try:
            coming.take(node, old)
        except Refused:
            pass  # as it should: what it holds is checked below
        held = {row["scope"] for row in node.reference.db.rows("SELECT scope FROM scope")}
        wrong = sorted(held ^ {"chain", "store:001", "zone:B"})
        return story(seed, "D8", [f"after an old bundle {wrong}"] if wrong else [])


DRAWER = Scene("a stick from a drawer", drawer)
