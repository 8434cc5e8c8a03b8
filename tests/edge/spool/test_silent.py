"""A printer that never answered is sent to without proof; one that has answered and falls silent is not believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.spool.actions import print_unproved
from tests.builders.edge import Shop
from tests.edge.office.conftest import a_browser
from tests.edge.spool.child import open_again
from tests.edge.spool.rig import Rig, a_rig, printer_row, put_terminal

ANSWER_MS = 200  # twice as long passes before a paper is held back
PATIENT = 60.0  # where an answer comes


def silenced(rig: Rig, switch: str) -> None:
    """After the first paper the printer says nothing any more, and from then on silence is what is waited for."""
    rig.patience(answer=PATIENT)
    rig.wait(rig.sell(), "DONE")
    rig.patience(switch, True, answer=ANSWER_MS / 1000)


@pytest.mark.parametrize("switch", ["half_open", "mute"])
def test_papers_wait_for_a_printer_that_fell_silent_and_come_when_it_answers(
    tmp_path: Path, switch: str
) -> None:
    with a_rig(tmp_path, drawer=False, answer_ms=ANSWER_MS) as rig:
        silenced(rig, switch)

        sales = [rig.sell(), rig.sell()]

        assert rig.wait(sales[0], "BLOCKED").reason == "link.timeout"
        assert rig.job(sales[1]).state == "QUEUED"
        chip = rig.chip()
        assert (chip["state"], chip["code"], chip["words"], chip["waiting"]) == (
            "lost", "link.timeout", "沒有回應", 2,
        )  # fmt: skip
        rig.patience(switch, False, answer=PATIENT)
        for sale in sales:
            rig.wait(sale, "DONE")
        assert len(rig.papers()) == 3


def test_what_a_printer_can_is_known_after_a_restart(tmp_path: Path) -> None:
    with a_rig(tmp_path, drawer=False, answer_ms=ANSWER_MS) as rig:
        silenced(rig, "mute")
        rig.stop()
        rig.shop.close()

        again = Rig(open_again(tmp_path / "node"), rig.printer)
        again.start()
        try:
            assert again.wait(again.sell(), "BLOCKED").reason == "link.timeout"
        finally:
            again.stop()
            again.shop.close()


def test_another_configuration_is_another_printer(tmp_path: Path) -> None:
    with a_rig(tmp_path, drawer=False, answer_ms=ANSWER_MS) as rig:
        silenced(rig, "mute")
        waiting = rig.sell()
        rig.wait(waiting, "BLOCKED")

        port = int(rig.node.devices.printer("01").device.health().facts["address"].split(":")[1])
        put_terminal(rig.shop, "01", {"printer": printer_row(port, cutter=False, answer_ms=ANSWER_MS)})

        rig.wait(waiting, "SENT_UNVERIFIED")


def test_a_person_may_decide_that_papers_are_sent_without_an_answer(tmp_path: Path) -> None:
    with a_rig(tmp_path, drawer=False, answer_ms=ANSWER_MS) as rig:
        silenced(rig, "mute")
        waiting = rig.sell()
        rig.wait(waiting, "BLOCKED")

        assert print_unproved(rig.shop.at()) == {"printer": "printer:01"}

        rig.wait(waiting, "SENT_UNVERIFIED")
        row = rig.node.db.row("SELECT staff, subject FROM audit WHERE verb = 'spool.unproved'")
        assert tuple(row) == ("1001", "printer:01")
        rig.patience("mute", False, answer=PATIENT)
        rig.wait(rig.sell(), "DONE")
        assert rig.node.devices.printer("01").device.known_to_answer


def test_the_page_may_ask_for_it(tmp_path: Path) -> None:
    with a_rig(tmp_path, drawer=False, answer_ms=ANSWER_MS) as rig:
        silenced(rig, "mute")
        waiting = rig.sell()
        rig.wait(waiting, "BLOCKED")

        answer = a_browser(rig.shop).call("/api/v1/print/unproved", {})

        assert answer.json["ok"] is True
        rig.wait(waiting, "SENT_UNVERIFIED")


def test_without_a_printer_there_is_nothing_to_decide(shop: Shop) -> None:
    assert print_unproved(shop.at()) == {"printer": None}
