"""A store's past, small: made by the real code, drained by real processes, whole at HQ."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kit.db import Database
from proof.live.cli import verdict
from proof.live.offline import EMPTY, FULL, Offline, swollen
from proof.live.past import TIME_ZONE, first_morning
from retail.civil import business_day, civil_to_ms

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("processes"), pytest.mark.timeout(300)]


def test_two_days_without_a_line_come_to_hq_to_the_cent_and_the_piece(tmp_path: Path) -> None:
    run = Offline(tmp_path, 2, 1_000, lambda words: None, rounds=1)

    assert run.run() == []

    assert [row[0] for row in run.figures()] == [
        "start, p50", "scan, p50", "scan, p95", "search, p50", "search, p95", "pay, p50", "pay, p95", "state, p50",
        "state, p95",
    ]  # fmt: skip
    assert set(run.took) == {"hq", FULL, EMPTY}
    assert set(run.peaks_mb) == {"hq", FULL}
    made = run.make()  # the folder is there: nothing is sold again
    assert made["receipts"] == 1_000 and run.compare(made) == []

    hq = Database(tmp_path / "hq" / "hq.sqlite")
    with hq.write() as tx:
        tx.execute(
            "UPDATE sale_line SET quantity = quantity + 1000 WHERE line = 1 AND store = '001'"
            " AND id = (SELECT id FROM sale WHERE n = 1 AND store = '001')"
        )
    hq.close()
    assert run.compare(made) == ["lines: 1 rows differ between store and HQ"]
    assert run.compare(made | {"total": made["total"] + 1})[0].startswith("answered (1000, ")


def test_a_process_that_swells_while_it_drains_is_told() -> None:
    assert swollen({"hq": (150.0, 513.4), "001": (120.0, 140.0)}) == ["hq took 513 MB"]


def test_the_last_line_says_how_many_ratios_are_within_the_bound() -> None:
    """Told beside the verdict and no part of it: one slow moment of a machine is nobody's failure."""
    assert verdict([], [0.91, 1.5, 1.51]) == (
        "HQ has every receipt, to the cent and the piece; 2 of 3 ratios within 1.5 ×"
    )
    assert verdict(["1 events parked"], [0.91, 1.04]) == "FAILED; 2 of 2 ratios within 1.5 ×"


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_the_past_ends_before_the_day_that_is_sold_now(hour: int) -> None:
    """Between midnight and the turn of the day its last evening was today's: both nodes did different work."""
    now = civil_to_ms(f"2026-11-24T{hour:02d}:30", TIME_ZONE)
    today, opens = business_day(now, TIME_ZONE), first_morning(now, 1)

    last = business_day(opens, TIME_ZONE)

    assert (date.fromisoformat(today) - date.fromisoformat(last)).days == 1
