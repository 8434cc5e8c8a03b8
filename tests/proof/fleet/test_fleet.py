"""What the verdict says of a log that is not at HQ, of a storm, and of starved uploads."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from proof.fleet.chain import make_chain
from proof.fleet.meter import Phase
from proof.fleet.run import BACK, FLOOD, broken, missing


def test_a_log_that_hq_does_not_have_whole_is_told(tmp_path: Path) -> None:
    chain = make_chain(tmp_path, nodes=2, products=1, told=lambda _count: None)
    chain.shops[0].write(0, 1)

    assert missing(chain.shops, chain.stored()) == ["00001", "00002"]
    assert missing(chain.shops, {shop.node: (shop.seq, shop.head) for shop in chain.shops}) == []


def test_a_storm_and_starved_uploads_are_told() -> None:
    """P4: 60 of 100 nodes in one second is a storm, 50 is none. P5: a flood without a receipt starved them."""
    storm = Phase(BACK, 0.0, knocks=Counter({0: 10, 3: 60}))
    calm = Phase(BACK, 0.0, knocks=Counter({0: 50, 1: 50}))
    starved, fed = Phase(FLOOD, 0.0), Phase(FLOOD, 0.0, receipt_ms=[4.0])

    assert [why[:2] for why in broken([storm, starved], 100)] == ["P4", "P5"]
    assert broken([calm, fed], 100) == []
