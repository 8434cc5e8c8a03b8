"""What a start makes of every state that an earlier process may have left."""

from __future__ import annotations

from pathlib import Path

import pytest

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
