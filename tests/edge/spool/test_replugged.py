"""A printer on a serial or USB port whose plug is pulled in the middle of a paper and put into another port."""

from __future__ import annotations

from pathlib import Path

from tests.edge.spool.rig import a_rig


def test_a_plug_pulled_in_a_paper_and_put_into_another_port_calls_no_half_a_whole(tmp_path: Path) -> None:
    """The half stays unknown; the printer's name leads to the new port, where the next paper comes (HW-03)."""
    name = tmp_path / "printer"
    with a_rig(tmp_path, drawer=False, wire="pty") as rig:
        rig.wait(rig.sell(), "DONE")
        with name.resolve().open(
            "rb", buffering=0
        ):  # as long as it is open nobody else gets this port's number
            first = name.resolve()
            rig.printer.set("reset_after", 400)
            lost = rig.sell()
            rig.wait(lost, "UNKNOWN")

            after = rig.sell()

            rig.wait(after, "DONE")
            assert name.resolve() != first
        assert rig.history(lost) == ["SENDING", "UNKNOWN"] and rig.job(lost).attempts == 1
        numbers = [row["number"] for row in rig.node.db.rows("SELECT number FROM document ORDER BY n")]
        assert numbers[2] in rig.papers()[-1] and numbers[1] not in rig.papers()[-1]
