"""A small fleet through its whole course, and what the verdict would say of starved uploads; of storms see `test_spread`."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from proof.fleet.chain import make_chain
from proof.fleet.cli import table
from proof.fleet.links import now_ms
from proof.fleet.meter import Meter, Phase
from proof.fleet.run import BACK, FLOOD, Course, Fleet, Outcome, broken, missing
from proof.fleet.shop import Waiting
from proof.live.world import until

COURSE = Course(steady=1.0, flood=2.0, outage=0.5, event_every=1.0, floods=2)


def test_a_small_fleet_is_at_hq_to_its_last_link(tmp_path: Path) -> None:
    """12 stores, a flood of prices, HQ killed in the middle. P4 and P5 are not judged: the machine is not at rest."""
    chain = make_chain(tmp_path, nodes=12, products=5, told=lambda _count: None)

    with ThreadPoolExecutor(
        1
    ) as apart:  # the browser tests of this process have a loop running in this thread
        outcome = apart.submit(Fleet(chain, COURSE, told=lambda _text: None).run).result()

    unhurried = [why for why in outcome.wrong if not why.startswith(("P4", "P5"))]
    assert unhurried == []
    assert outcome.events > 12
    assert any("tries failed" in line for line in outcome.said)
    assert any(line.startswith(FLOOD) and "nodes had a receipt to wait for" in line for line in outcome.said)
    assert outcome.rows >= 12 * 5 * 2  # each store fetched both floods
    assert {FLOOD, BACK} <= {row["phase"] for row in outcome.phases}
    outcome.wrong = unhurried
    assert table(outcome)[-1] == "every log is at HQ to its last link"


def test_a_log_that_hq_does_not_have_whole_is_told(tmp_path: Path) -> None:
    chain = make_chain(tmp_path, nodes=2, products=1, told=lambda _count: None)
    chain.shops[0].write(0, 1)

    assert missing(chain.shops, chain.stored()) == ["00001", "00002"]
    assert missing(chain.shops, {shop.node: (shop.seq, shop.head) for shop in chain.shops}) == []


def a_flood(**facts: Any) -> Phase:
    """40 s in which all prices come, 100 requests a second; a store has waited for a second."""
    told = {"receipt_ms": [4.0], "receipted": Counter(range(40)), "waited": {"00001": 1.0}}
    return Phase(FLOOD, 0.0, ended=40.0, requests=Counter({"push": 4_000}), **(told | facts))


def test_starved_uploads_and_a_swollen_hq_are_told() -> None:
    """A quarter of a minute without a receipt starves."""
    never = Phase(FLOOD, 0.0, ended=1.0)
    starved = a_flood(receipted=Counter(range(20)) + Counter([36]))
    fed = a_flood(receipted=Counter(range(0, 40, 14)))
    swollen = Phase("steady", 0.0, hq_mb=513.0)

    assert [why[:2] for why in broken([never, starved, swollen], 100)] == ["P5", "P5", "me"]
    assert broken([starved], 100) == ["P5: no upload was receipted for 16 s while prices were fetched"]
    assert broken([fed], 100) == []


def test_a_flood_in_which_a_few_are_receipted_and_thousands_wait_starves() -> None:
    """5,000 stores, 276 s, twenty receipts in all: there is one every 14 s."""
    waited = {f"{n:05d}": 276.0 for n in range(4_980)} | {f"{n:05d}": 5.0 for n in range(4_980, 5_000)}
    told = Counter(range(0, 276, 14))
    flood = Phase(
        FLOOD, 0.0, ended=276.0, requests=Counter({"scope": 159_804}), receipt_ms=[1.0] * 20, receipted=told,
        waited=waited,
    )  # fmt: skip

    assert broken([flood], 5_000) == [
        "P5: 4980 of 5000 nodes that sold waited for a receipt longer than 32 s, 00000 for 276 s"
    ]


def test_no_single_store_may_wait_longer_than_a_fair_hq_lets_it() -> None:
    """15 s of patience and a round of 100 stores with two lines each, at 100 requests a second."""
    assert broken([a_flood(waited={"00001": 1.0, "00002": 17.0})], 100) == []
    assert broken([a_flood(waited={"00001": 1.0, "00002": 17.1})], 100) == [
        "P5: 1 of 2 nodes that sold waited for a receipt longer than 17 s, 00002 for 17 s"
    ]


@pytest.mark.parametrize("trouble", [{"failed": 1}, {"refused": Counter({"push 503": 1})}])
def test_where_stores_were_sent_away_the_longest_pause_is_added(trouble: dict[str, Any]) -> None:
    assert broken([a_flood(waited={"00001": 62.0}, **trouble)], 100) == []
    assert broken([a_flood(waited={"00001": 62.1}, **trouble)], 100) != []


def test_a_store_that_still_waits_counts_with_what_it_has_waited(tmp_path: Path) -> None:
    """The longest of a phase: receipts that came, and what lay there at its end; not the time before it began."""
    fleet = Fleet(
        make_chain(tmp_path, nodes=2, products=1, told=lambda _count: None), COURSE, told=lambda _: None
    )
    fleet.meter = Meter(os.getpid())
    fleet.meter.phase.began = 100.0
    first, second = fleet.chain.shops

    fleet._receipted(first, [Waiting(b"", b"", at_ms) for at_ms in (now_ms() - 3_000, now_ms())])
    fleet._waited(first, Waiting(b"", b"", now_ms()), now_ms())
    fleet._waited(second, Waiting(b"", b"", 0), 130_000)

    waited = fleet.meter.phase.waited
    assert waited[first.node] == pytest.approx(3.0, abs=1.0)
    assert waited[second.node] == 30.0


@pytest.mark.parametrize(("second", "wrong"), [(16, 15), (15, 0)])
def test_fifteen_seconds_of_a_flood_without_a_receipt_starve(second: int, wrong: int) -> None:
    """Receipts in the first second, then in this one, then always."""
    flood = a_flood(receipted=Counter([0, *range(second, 40)]))

    said = f"P5: no upload was receipted for {wrong} s while prices were fetched"
    assert broken([flood], 100) == ([said] if wrong else [])
    assert broken([dataclasses.replace(flood, name="steady")], 100) == []


def test_a_verdict_that_is_broken_is_the_last_line_of_the_table() -> None:
    outcome = Outcome(2, wrong=["P4: 20 dropped nodes came in one second, where 2 are expected"])

    assert table(outcome)[-2:] == [f"WRONG: {outcome.wrong[0]}", "FAILED"]


def test_a_fleet_that_is_told_to_end_leaves_no_headquarters_behind() -> None:
    """SIGTERM between two looks: HQ runs in a process of its own and must not outlive its fleet."""
    command = [sys.executable, "-m", "proof.sim.cli", "fleet", "--nodes", "1", "--products", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as fleet:
        assert until(lambda: any(map(listens, children(fleet.pid))), seconds=120)
        (hq,) = filter(listens, children(fleet.pid))
        fleet.terminate()
        assert fleet.wait(timeout=60) == 128 + signal.SIGTERM

    assert not Path(f"/proc/{hq}").exists()


def listens(pid: int) -> bool:
    """Is it a server already, and no longer the copy of its parent that a fork makes?"""
    try:
        return any(one.status == psutil.CONN_LISTEN for one in psutil.Process(pid).net_connections("tcp"))
    except psutil.NoSuchProcess:  # it has ended since it was listed
        return False


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
