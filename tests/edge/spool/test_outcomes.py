"""Every outcome of a paper, from the sale's commit to the paper in the emulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.sales.papers import receipt_paper
from tests.edge.spool.rig import SILENT, UNPROVED, WIRES, Rig, a_rig

UNKNOWN_WORDS = "RESULT UNKNOWN"


def test_a_sale_prints_one_receipt_and_opens_the_drawer_once(rig: Rig) -> None:
    sale = rig.sell()

    job = rig.wait(sale, "DONE")

    assert (job.evidence, job.reason, job.attempts) == ("fence+cut", "", 1)
    assert rig.history(sale) == ["SENDING", "CONFIRMED", "DONE"]
    assert len(rig.papers()) == 1
    number = rig.node.db.value("SELECT number FROM document WHERE id = ?", (sale,))
    assert number in rig.papers()[0]
    drawer = rig.wait(sale, "DONE", "drawer")
    assert drawer.reason == "OPEN_VERIFIED"
    assert rig.printer.counts()["drawer_openings"] == 1
    assert rig.chip() == {
        "state": "ready", "code": None, "words": "", "waiting": 0, "held": 0, "unknown": 0, "drawer": "ok",
    }  # fmt: skip


def test_a_printer_clone_answers_the_older_question(tmp_path: Path) -> None:
    with a_rig(tmp_path, fence="gs_r") as rig:
        rig.printer.set("no_gsh", True)

        sale = rig.sell()

        assert rig.wait(sale, "DONE").evidence == "fence+cut"
        assert len(rig.papers()) == 1


@pytest.mark.parametrize("wire", WIRES)
def test_a_promised_answer_that_never_comes_is_unknown_and_never_done(tmp_path: Path, wire: str) -> None:
    with a_rig(tmp_path, wire=wire, **UNPROVED) as rig:
        rig.printer.set("no_gsh", True)

        sale = rig.sell()

        assert rig.wait(sale, "UNKNOWN").reason == "job.unknown"
        assert rig.chip()["unknown"] == 1


@pytest.mark.parametrize("wire", WIRES)
def test_a_mute_printer_is_sent_to_and_never_called_printed(tmp_path: Path, wire: str) -> None:
    """It takes bytes and says nothing: the paper stays unverified (HW-04)."""
    with a_rig(tmp_path, start=False, wire=wire, **SILENT) as rig:
        rig.printer.set("mute", True)
        rig.start()

        sale = rig.sell()

        assert rig.wait(sale, "SENT_UNVERIFIED").evidence == "transport"
        assert len(rig.printer.wait_for_papers(1, 120)) == 1
        assert rig.chip()["state"] == "ready"


@pytest.mark.parametrize("wire", WIRES)
def test_a_printer_that_takes_no_bytes_any_more_in_a_paper_leaves_it_unknown(
    tmp_path: Path, wire: str
) -> None:
    """Half open from the first body byte: the system takes a receipt whole, and the proof never comes (HW-05)."""
    with a_rig(tmp_path, drawer=False, wire=wire) as rig:
        rig.wait(rig.sell(), "DONE")
        rig.patience(answer=0.6, base=0.5)
        rig.node.spool.on_move(
            lambda job: rig.printer.set("half_open", True) if job.state == "SENDING" else None
        )

        lost = rig.sell()
        after = rig.sell()

        assert rig.wait(lost, "UNKNOWN").reason in ("job.unknown", "link.write_stalled")
        assert rig.wait(after, "BLOCKED").reason == "link.timeout"
        assert rig.job(lost).attempts == 1
        assert len(rig.papers()) == 1


@pytest.mark.parametrize("wire", WIRES)
def test_a_printer_that_is_busy_in_a_paper_goes_on_and_prints_it_once(tmp_path: Path, wire: str) -> None:
    """It takes no byte of the body until it is let go: the sale is done, the next one too (HW-05)."""
    with a_rig(tmp_path, drawer=False, wire=wire) as rig:
        busy = iter([True])
        rig.node.spool.on_move(
            lambda job: rig.printer.set("half_open", next(busy, False)) if job.state == "SENDING" else None
        )
        sale = rig.sell()
        rig.wait(sale, "SENDING")
        after = rig.sell()
        assert rig.papers() == []

        rig.printer.set("half_open", False)

        rig.wait(after, "DONE")
        assert rig.history(sale) == rig.history(after) == ["SENDING", "CONFIRMED", "DONE"]
        numbers = [
            rig.node.db.value("SELECT number FROM document WHERE id = ?", (id_,)) for id_ in (sale, after)
        ]
        assert [number in paper for number, paper in zip(numbers, rig.papers(), strict=True)] == [True] * 2


def test_an_open_cover_blocks_and_the_paper_comes_when_it_is_closed(rig: Rig) -> None:
    """The till says which, the papers wait in their order (HW-02)."""
    rig.printer.set("cover_open", True)
    sale = rig.sell()
    assert rig.wait(sale, "BLOCKED").reason == "dev.cover_open"
    assert rig.chip()["state"] == "cover_open"
    assert rig.chip()["waiting"] == 1

    rig.printer.new_roll()

    rig.wait(sale, "DONE")
    assert rig.history(sale) == ["BLOCKED", "SENDING", "CONFIRMED", "DONE"]
    assert len(rig.papers()) == 1


def test_paper_that_runs_out_in_the_middle_is_one_receipt(rig: Rig) -> None:
    """Paper out in the middle: the sale is done, the paper comes once (HW-01)."""
    rig.printer.set("paper_after", 200)
    sale = rig.sell()
    assert rig.wait(sale, "BLOCKED").reason == "dev.paper_out"
    assert rig.chip()["state"] == "paper_out"

    rig.printer.new_roll()

    assert rig.wait(sale, "DONE").reason == "interrupted: paper_out"
    assert rig.history(sale) == ["SENDING", "BLOCKED", "SENDING", "CONFIRMED", "DONE"]
    assert len(rig.papers()) == 1


def test_a_reset_in_the_body_is_unknown_and_the_next_paper_cuts_the_orphan_off(tmp_path: Path) -> None:
    with a_rig(tmp_path, drawer=False) as rig:
        rig.printer.set("reset_after", 400)
        lost = rig.sell()
        rig.wait(lost, "UNKNOWN")

        after = rig.sell()

        rig.wait(after, "DONE")
        assert [UNKNOWN_WORDS in paper for paper in rig.papers()] == [True, False]
        assert rig.job(lost).attempts == 1


def test_an_unreachable_printer_blocks_and_prints_when_it_is_back(tmp_path: Path) -> None:
    with a_rig(tmp_path, drawer=False, start=False) as rig:
        rig.printer.set("offline", True)
        rig.start()
        sale = rig.sell()
        blocked = rig.wait(sale, "BLOCKED")

        rig.printer.set("offline", False)

        rig.wait(sale, "DONE")
        assert blocked.reason in ("link.refused", "link.reset", "link.timeout")
        assert len(rig.papers()) == 1


@pytest.mark.parametrize("wire", WIRES)
def test_the_same_key_twice_is_one_job_and_one_paper(tmp_path: Path, wire: str) -> None:
    with a_rig(tmp_path, wire=wire) as rig:
        sale = rig.sell()
        rig.wait(sale, "DONE")
        ctx = rig.shop.at()

        with rig.node.journal.changing(ctx) as draft:
            draft.paper(receipt_paper(ctx, sale))
        second = rig.sell()
        rig.wait(second, "DONE")

        jobs = "SELECT count(*) FROM print_job WHERE reference = ? AND kind = 'receipt'"
        assert rig.node.db.value(jobs, (sale,)) == 1
        assert len(rig.papers()) == 2


def test_a_jammed_cutter_is_done_with_the_cut_not_confirmed(rig: Rig) -> None:
    """The text is out, only the cut is not proved (HW-02)."""
    rig.printer.set("cutter_next", True)

    sale = rig.sell()

    job = rig.wait(sale, "DONE")
    assert (job.evidence, job.reason) == ("fence", "cut not confirmed: dev.cutter")


def test_papers_keep_their_order_while_the_printer_is_blocked(rig: Rig) -> None:
    rig.printer.set("paper_out", True)
    sales = [rig.sell() for _ in range(3)]
    rig.wait(sales[0], "BLOCKED")

    rig.printer.new_roll()

    for sale in sales:
        rig.wait(sale, "DONE")
    numbers = [rig.node.db.value("SELECT number FROM document WHERE id = ?", (sale,)) for sale in sales]
    assert [number in paper for number, paper in zip(numbers, rig.papers(), strict=True)] == [True] * 3


@pytest.mark.parametrize("wire", WIRES)
def test_cash_is_given_while_the_paper_is_out(tmp_path: Path, wire: str) -> None:
    """The overtaking pulse of a calibrated profile; the receipt waits for its paper (HW-01)."""
    with a_rig(tmp_path, drawer="high_open", wire=wire) as rig:
        rig.printer.set("paper_out", True)
        sale = rig.sell()

        assert rig.wait(sale, "DONE", "drawer").reason == "OPEN_VERIFIED"
        assert rig.wait(sale, "BLOCKED").reason == "dev.paper_out"
        assert rig.chip()["drawer"] == "ok"
        rig.printer.close_drawer()
        rig.printer.new_roll()

        rig.wait(sale, "DONE")
        assert rig.printer.counts()["pulses"] == 1


def test_stopping_in_the_middle_of_a_blocked_paper_leaves_it_unknown(rig: Rig) -> None:
    rig.printer.set("paper_after", 200)
    sale = rig.sell()
    rig.wait(sale, "BLOCKED")

    rig.stop()

    rig.wait(sale, "UNKNOWN")
