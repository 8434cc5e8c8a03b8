"""A small fleet through its whole course, and what the verdict would say of a storm and of starved uploads."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from proof.fleet.chain import make_chain
from proof.fleet.cli import table
from proof.fleet.meter import Phase
from proof.fleet.run import BACK, DEAD, FLOOD, Course, Fleet, Outcome, broken, missing
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
    assert outcome.rows >= 12 * 5 * 2  # each store fetched both floods
    assert {FLOOD, BACK} <= {row["phase"] for row in outcome.phases}
    outcome.wrong = unhurried
    assert table(outcome)[-1] == "every log is at HQ to its last link"


def test_a_log_that_hq_does_not_have_whole_is_told(tmp_path: Path) -> None:
    chain = make_chain(tmp_path, nodes=2, products=1, told=lambda _count: None)
    chain.shops[0].write(0, 1)

    assert missing(chain.shops, chain.stored()) == ["00001", "00002"]
    assert missing(chain.shops, {shop.node: (shop.seq, shop.head) for shop in chain.shops}) == []


def test_a_storm_starved_uploads_and_a_swollen_hq_are_told() -> None:
    """P4: 60 of 100 nodes in one second is a storm, 50 is none. P5: a quarter of a minute without a receipt starves."""
    storm = Phase(BACK, 0.0, knocks=Counter({0: 10, 3: 60}))
    calm = Phase(BACK, 0.0, knocks=Counter({0: 50, 1: 50}))
    never = Phase(FLOOD, 0.0, ended=1.0)
    starved = Phase(FLOOD, 0.0, ended=40.0, receipt_ms=[4.0], receipted=Counter(range(20)) + Counter([36]))
    fed = Phase(FLOOD, 0.0, ended=40.0, receipt_ms=[4.0], receipted=Counter(range(0, 40, 14)))
    swollen = Phase("steady", 0.0, hq_mb=513.0)

    assert [why[:2] for why in broken([storm, never, starved, swollen], 100)] == ["P4", "P5", "P5", "me"]
    assert broken([starved], 100) == ["P5: no upload was receipted for 16 s while prices were fetched"]
    assert broken([calm, fed], 100) == []


@pytest.mark.parametrize("name", [DEAD, BACK])
def test_more_than_half_of_the_nodes_in_one_second_are_a_storm(name: str) -> None:
    storm = Phase(name, 0.0, knocks=Counter({0: 10, 3: 51}))
    spread = Phase(name, 0.0, knocks=Counter({0: 50, 1: 50}))

    assert broken([storm], 100) == [f"P4: 51 of 100 nodes knocked in one second of “{name}”"]
    assert broken([spread], 100) == []


def test_while_hq_is_there_everybody_may_knock_at_once() -> None:
    assert broken([Phase("all at once", 0.0, knocks=Counter({0: 100}))], 100) == []


@pytest.mark.parametrize(("second", "wrong"), [(16, 15), (15, 0)])
def test_fifteen_seconds_of_a_flood_without_a_receipt_starve(second: int, wrong: int) -> None:
    """Receipts in the first second, then in this one, then always."""
    told = Counter([0, *range(second, 40)])
    flood = Phase(FLOOD, 0.0, ended=40.0, receipt_ms=[4.0], receipted=told)

    said = f"P5: no upload was receipted for {wrong} s while prices were fetched"
    assert broken([flood], 100) == ([said] if wrong else [])
    assert broken([dataclasses.replace(flood, name="steady")], 100) == []


def test_a_verdict_that_is_broken_is_the_last_line_of_the_table() -> None:
    outcome = Outcome(2, wrong=["P4: 2 of 2 nodes knocked in one second of “all back”"])

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
