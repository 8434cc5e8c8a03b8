"""P4 on a clock that is moved by hand: real machines of stores that HQ dropped, with their jitter and without it."""

from __future__ import annotations

import heapq
import random
from collections import Counter

import pytest

from proof.fleet.spread import Drop, Spread, most
from sync import moves
from sync.machine import UpMachine
from sync.plan import BUSY_CAP_MS, RETRY_CAP_MS, Uniform, retry_ms

NODES, DEAD_MS = 500, 60_000


def an_outage(uniform: Uniform, *, within_ms: int, nodes: int = NODES) -> Spread:
    """HQ is dead for a minute; each store finds out at some moment of the first `within_ms` and tries again and again."""
    dice, spread = random.Random(3), Spread()
    machines = [UpMachine(uniform) for _ in range(nodes)]
    due = [(dice.randrange(within_ms), n) for n in range(nodes)]
    heapq.heapify(due)
    while due[0][0] < DEAD_MS:
        now, n = heapq.heappop(due)
        machine = machines[n]
        if machine.tries:
            spread.back(now)
        machine.receive(moves.Woke(), now)
        machine.receive(moves.Failed(), now)
        spread.drops.append(Drop(now, machine.tries, machine.due_ms))
        heapq.heappush(due, (machine.due_ms, n))
    return spread


@pytest.mark.parametrize("within_ms", [1, 15_000])
@pytest.mark.parametrize("seed", range(5))
def test_the_protocols_own_pauses_are_spread(seed: int, within_ms: int) -> None:
    spread = an_outage(random.Random(seed).uniform, within_ms=within_ms)

    assert spread.wrong() == []
    assert len(spread.drops) > NODES * 3


@pytest.mark.parametrize(
    "planted", [lambda low, high: low, lambda low, high: (low + high) / 2, lambda low, high: high]
)
def test_pauses_without_jitter_are_a_storm_of_those_that_were_dropped_together(planted: Uniform) -> None:
    said = an_outage(planted, within_ms=1).wrong()

    assert any(why.startswith("P4: 500 dropped nodes came in one second, where ") for why in said), said


@pytest.mark.parametrize("planted", [lambda low, high: (low + high) / 2, lambda low, high: high])
def test_pauses_without_jitter_are_told_though_no_second_is_busier(planted: Uniform) -> None:
    """The stores notice one after the other, so that the same pause for all of them keeps them apart."""
    spread = an_outage(planted, within_ms=15_000)

    busiest, *_ = spread.came.most_common(1)
    assert busiest[1] < NODES / 2  # what was once the bound
    assert [why.partition(" were put into tenth ")[0] for why in spread.wrong()] == [
        "P4: 500 of 500 tries (first)", f"P4: {len(spread.drops) - 500} of {len(spread.drops) - 500} tries (later)",
    ]  # fmt: skip


def test_a_first_try_without_jitter_is_told_among_thousands_of_good_ones() -> None:
    spread = an_outage(random.Random(1).uniform, within_ms=15_000)
    spread.drops = [Drop(one.at_ms, 1, one.at_ms + 4_990) if one.tries == 1 else one for one in spread.drops]

    assert spread.wrong() == ["P4: 500 of 500 tries (first) were put into tenth 10 of their time"]


def test_everybody_within_two_seconds_is_a_storm() -> None:
    """5,000 stores, of which half a fleet a second once was none."""
    drops = [Drop(0, 1, n * 2000 // 5000) for n in range(5000)]

    said = Spread(drops, Counter({0: 2500, 1: 2500})).wrong()

    assert said[0] == "P4: 2500 dropped nodes came in one second, where 1000 are expected and 1196 the most"
    assert said[1].startswith("P4: 1250 of 5000 tries (first) were put into tenth ")


def test_the_busiest_second_is_told_beside_what_it_may_have() -> None:
    spread = Spread([Drop(0, 1, n * 50) for n in range(100)], Counter({0: 20, 1: 21, 2: 20, 3: 20, 4: 19}))

    assert (
        spread.busiest()
        == "100 tries failed; 21 dropped nodes came in one second, where 40 are expected and 84 the most"
    )
    assert Spread().busiest().startswith("0 tries failed; 0 dropped nodes")


def test_a_try_before_its_time_or_long_after_it_is_told() -> None:
    hot = [Drop(1000, 4, 1000), Drop(1000, 1, 3000), Drop(1000, 4, 60_000)]

    assert Spread(hot).wrong() == ["P4: 2 tries out of their time, one 0 ms after failure number 4"]


def test_hqs_own_word_is_a_window_too() -> None:
    said = [Drop(0, 1, int(20_000 * (1 + n / 1000)), retry_after_ms=20_000) for n in range(200)]
    together = [Drop(0, 1, 20_000, retry_after_ms=20_000)] * 200

    assert Spread(said).wrong() == []
    assert Spread(together).wrong() == ["P4: 200 of 200 tries (told) were put into tenth 1 of their time"]


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("tries", range(1, 12))
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_windows_are_those_of_the_rule(tries: int, share: float, busy: bool) -> None:
    cap_ms = BUSY_CAP_MS if busy else RETRY_CAP_MS
    due = 1_000 + retry_ms(tries, lambda low, high: low + (high - low) * share, cap_ms=cap_ms)

    assert Spread([Drop(1_000, tries, due, busy=busy)]).wrong() == []
    low, high = Drop(1_000, tries, due, busy=busy).window
    assert due == pytest.approx(low + (high - low) * share, abs=1)


def test_few_stores_are_never_a_storm_by_chance() -> None:
    assert most(0.0) == 6.0
    assert Spread([Drop(0, 1, 10)] * 6, Counter({0: 6})).wrong() == []
