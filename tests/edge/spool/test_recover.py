"""What a start makes of every state that an earlier process may have left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.spool.actions import release
from kit.clock import ManualClock
from tests.edge.spool.rig import Rig, a_rig


def left_as(rig: Rig, sale: str, state: str, evidence: str) -> None:
    with rig.node.journal.writing() as tx:
        tx.execute(
            "UPDATE print_job SET state = ?, evidence = ? WHERE reference = ? AND kind = 'receipt'",
            (state, evidence, sale),
        )


@pytest.mark.parametrize(
    ("state", "evidence", "after", "reason"),
    [
        ("QUEUED", "none", "QUEUED", ""),
        ("BLOCKED", "none", "QUEUED", ""),
        ("BLOCKED", "transport", "UNKNOWN", "job.unknown"),
        ("SENDING", "transport", "UNKNOWN", "job.unknown"),
        ("CONFIRMED", "fence", "DONE", "cut not confirmed"),
        ("UNKNOWN", "transport", "UNKNOWN", ""),
        ("DONE", "fence+cut", "DONE", ""),
    ],
)
def test_states_after_a_restart(tmp_path: Path, state: str, evidence: str, after: str, reason: str) -> None:
    with a_rig(tmp_path, start=False) as rig:
        sale = rig.sell()
        left_as(rig, sale, state, evidence)

        rig.node.spool.recover()

        assert (rig.job(sale).state, rig.job(sale).reason) == (after, reason)


def test_a_pulse_that_was_in_flight_is_never_given_again(tmp_path: Path) -> None:
    with a_rig(tmp_path, start=False) as rig:
        sale = rig.sell()
        with rig.node.journal.writing() as tx:
            tx.execute("UPDATE print_job SET state = 'SENDING', evidence = 'transport' WHERE kind = 'drawer'")

        rig.start()

        assert rig.history(sale, "drawer") == ["UNKNOWN", "CANCELLED"]
        rig.wait(sale, "DONE")
        assert rig.printer.counts()["pulses"] == 0


def test_a_pulse_that_was_only_owed_is_never_given_after_a_start(tmp_path: Path) -> None:
    """Nobody stands at a drawer that opens because the power has come back."""
    with a_rig(tmp_path, start=False) as rig:
        sale = rig.sell()

        rig.start()

        assert rig.job(sale, "drawer").state == "CANCELLED"
        assert rig.chip()["drawer"] == "failed"
        rig.wait(sale, "DONE")
        assert rig.printer.counts()["pulses"] == 0


def switched_on_again(rig: Rig) -> None:
    """Another run of the machine, with a clock that went on."""
    rig.node.spool.boot = lambda: "another run of the machine"


def battery_dead(rig: Rig) -> None:
    """The clock of the same machine begins anew: business time stands at the newest sale."""
    rig.shop.restart(ManualClock(946_684_800_000))


@pytest.mark.parametrize("happens", [switched_on_again, battery_dead])
def test_a_receipt_of_unknown_age_asks_first(tmp_path: Path, happens: Callable[[Rig], None]) -> None:
    with a_rig(tmp_path, drawer=False, start=False) as rig:
        rig.node.spool.recover()
        sale = rig.sell()

        happens(rig)
        rig.start()

        assert (rig.job(sale).state, rig.chip()["held"]) == ("QUEUED", 1)
        release(rig.shop.at(), "all")
        rig.wait(sale, "DONE")


def test_what_somebody_has_asked_for_is_not_asked_again(tmp_path: Path) -> None:
    with a_rig(tmp_path, drawer=False, start=False) as rig:
        rig.node.spool.recover()
        sale = rig.sell()
        release(rig.shop.at(), "all")

        switched_on_again(rig)
        rig.start()

        rig.wait(sale, "DONE")
