"""What a person decides about papers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.shifts.actions import open_drawer, report_x
from edge.spool.actions import release, resolve
from edge.spool.actions import test_page as print_test_page
from edge.spool.jobs import drop
from edge.spool.model import CONTENT_LIFE_MS, PULSE_LIFE_MS, STALE_MS
from retail.errors import Conflict, Invalid, NotFound
from tests.builders.edge import MANAGER
from tests.edge.spool.rig import SILENT, Rig, a_rig

COPY_MARK = "COPY 1"


def an_unknown_paper(rig: Rig) -> str:
    """The line breaks in the middle of a receipt, after the drawer's pulse."""
    rig.printer.set("reset_after", 400)
    sale = rig.sell()
    rig.wait(sale, "UNKNOWN")
    rig.wait_for(lambda: rig.job(sale, "drawer").state == "DONE")
    return sale


def test_a_person_who_sees_the_paper_ends_the_job(rig: Rig) -> None:
    sale = an_unknown_paper(rig)

    result = resolve(rig.shop.at(), rig.job(sale).id, printed=True)

    job = rig.job(sale)
    assert result == {"job": job.id, "printed": True}
    assert (job.state, job.evidence, job.reason) == ("DONE", "person", "person 1001")
    assert rig.chip()["unknown"] == 0
    row = rig.node.db.row("SELECT staff, facts FROM audit WHERE verb = 'spool.resolved'")
    assert (row["staff"], json.loads(row["facts"])["printed"]) == ("1001", True)


def test_a_paper_that_is_not_there_is_replaced_by_a_marked_copy(rig: Rig) -> None:
    sale = an_unknown_paper(rig)
    job = rig.job(sale)

    resolve(rig.shop.at(), job.id, printed=False)

    copy = rig.wait(sale, "DONE", "reprint")
    assert (rig.job(sale).state, rig.job(sale).reason) == ("CANCELLED", "REPLACED")
    assert copy.copy == 1
    assert rig.papers()[-1].count(COPY_MARK) == 2  # at the head and at the foot
    assert rig.printer.counts()["drawer_openings"] == 1  # the sale's own; a copy opens nothing
    event = rig.node.db.value("SELECT count(*) FROM body WHERE type = 'receipt.reprinted'")
    assert event == 1


def test_a_paper_is_settled_only_once(rig: Rig) -> None:
    sale = an_unknown_paper(rig)
    job = rig.job(sale)
    resolve(rig.shop.at(), job.id, printed=True)

    with pytest.raises(Conflict) as refused:
        resolve(rig.shop.at(), job.id, printed=False)

    assert refused.value.code == "spool.already_settled"
    assert rig.node.db.value("SELECT count(*) FROM print_job WHERE kind = 'reprint'") == 0
    with pytest.raises(NotFound):
        resolve(rig.shop.at(), 9999, printed=True)


@pytest.mark.parametrize(("which", "printed", "cancelled"), [("all", 3, 0), ("last", 1, 2), ("none", 0, 3)])
def test_old_receipts_ask_before_they_are_printed(
    tmp_path: Path, which: str, printed: int, cancelled: int
) -> None:
    with a_rig(tmp_path, drawer=False, start=False) as rig:
        sales = [rig.sell() for _ in range(3)]
        rig.shop.clock.advance(STALE_MS + 1)
        rig.start()
        fresh = rig.sell()
        rig.wait(fresh, "DONE")
        assert [rig.job(sale).state for sale in sales] == ["QUEUED"] * 3
        assert rig.chip()["held"] == 3

        result = release(rig.shop.at(), which)

        assert result == {"printing": printed, "cancelled": cancelled}
        wanted = ["CANCELLED"] * cancelled + ["DONE"] * printed
        rig.wait_for(lambda: [rig.job(sale).state for sale in sales] == wanted)
        assert len(rig.papers()) == 1 + printed
        assert rig.chip()["waiting"] == 0


def test_a_release_names_one_of_three(rig: Rig) -> None:
    with pytest.raises(Invalid):
        release(rig.shop.at(), "some")


def test_a_test_page_and_a_report_are_printed(rig: Rig) -> None:
    print_test_page(rig.shop.at())
    report_x(rig.shop.at(staff=MANAGER), None)

    rig.wait_for(lambda: len(rig.papers()) == 2)

    assert "TEST PAGE" in rig.papers()[0]
    assert "X REPORT" in rig.papers()[1]


def test_a_drawer_that_does_not_open_raises_the_chip_and_leaves_an_audit_row(rig: Rig) -> None:
    rig.printer.set("drawer_jam", True)

    open_drawer(rig.shop.at(staff=MANAGER), reason="other", note="", approval=None)

    rig.wait_for(lambda: any(job.kind == "drawer" and job.state == "CANCELLED" for job in rig.moves))
    assert rig.moves[-1].reason == "FAILED_TO_OPEN drawer.not_opened"
    assert rig.chip()["drawer"] == "failed"
    row = rig.node.db.row("SELECT staff, facts FROM audit WHERE verb = 'spool.drawer_pulsed'")
    assert (row["staff"], json.loads(row["facts"])["result"]) == (MANAGER, "FAILED_TO_OPEN")


def test_a_pulse_without_a_sensor_is_sent_unverified_and_audited(tmp_path: Path) -> None:
    with a_rig(tmp_path, start=False, **SILENT) as rig:
        rig.printer.set("mute", True)
        rig.start()

        sale = rig.sell()

        job = rig.wait(sale, "SENT_UNVERIFIED", "drawer")
        assert job.reason == "KICK_SENT_UNVERIFIED"
        assert rig.chip()["drawer"] == "ok"
        assert rig.node.db.value("SELECT count(*) FROM audit WHERE verb = 'spool.drawer_pulsed'") == 1


def test_an_old_pulse_never_opens_a_drawer(tmp_path: Path) -> None:
    """Its age is what has passed, not what a clock says that stands still or was set back meanwhile."""
    with a_rig(tmp_path, start=False) as rig:
        spool = rig.node.spool
        spool.recover()
        rig.node.journal.on_commit(spool.committed)
        rig.node.devices.start()
        sale, noon = rig.sell(), rig.shop.clock.now_ms()
        rig.shop.clock.advance(PULSE_LIFE_MS + 1)
        rig.shop.clock.set_wall(noon)

        spool.lane("01").round()

        assert rig.job(sale, "drawer").reason == "FAILED_TO_OPEN TOO_LATE"
        assert rig.printer.counts()["pulses"] == 0


def test_whoever_is_told_that_a_printer_is_stuck_may_sell_and_it_is_known(rig: Rig) -> None:
    """A sale that commits at that very moment looks whether the printer stands still, and its drawer does not wait."""
    known: list[str] = []
    rig.node.spool.on_move(
        lambda job: known.append(rig.node.spool.lane("01").stuck) if job.state == "BLOCKED" else None
    )
    rig.printer.set("paper_after", 200)
    sale = rig.sell()
    rig.wait(sale, "BLOCKED")
    rig.printer.new_roll()
    rig.wait(sale, "DONE")

    assert known == ["dev.paper_out"]
    assert rig.node.spool.lane("01").stuck == ""


def test_a_printer_that_stands_still_in_a_paper_is_no_reason_to_wait_for_the_drawer(rig: Rig) -> None:
    rig.printer.set("paper_after", 200)
    first = rig.sell()
    rig.wait(first, "BLOCKED")

    second = rig.sell()

    assert rig.wait(second, "CANCELLED", "drawer").reason == "FAILED_TO_OPEN dev.paper_out"
    assert rig.chip()["drawer"] == "failed"
    rig.printer.new_roll()
    rig.wait(second, "DONE")
    assert rig.printer.counts()["pulses"] == 1


def test_contents_are_forgotten_after_seven_days_but_not_those_of_open_questions(rig: Rig) -> None:
    sale = rig.sell()
    rig.wait(sale, "DONE")
    open_question = an_unknown_paper(rig)
    rig.wait(open_question, "DONE", "drawer")
    rig.shop.clock.advance(CONTENT_LIFE_MS + 1)

    assert drop(rig.node) == 3  # the receipt and two pulses

    assert rig.job(sale).content == {}
    assert rig.job(open_question).content["document"] == open_question
    assert drop(rig.node) == 0


def test_done_papers_are_deleted_after_the_set_days_and_can_be_printed_as_copies(rig: Rig) -> None:
    from edge.spool.jobs import DROPPED_BEFORE, drop_done

    sale = rig.sell()
    rig.wait(sale, "DONE")
    open_question = an_unknown_paper(rig)
    rig.wait(open_question, "DONE", "drawer")
    days = rig.node.config.papers_keep_days
    assert (days, drop_done(rig.node)) == (90, 0)
    rig.shop.clock.advance(days * 86_400_000 + 1)

    assert drop_done(rig.node) == 3  # the receipt and two pulses

    left = rig.node.db.rows("SELECT reference, kind, state FROM print_job")
    assert [tuple(row) for row in left] == [(open_question, "receipt", "UNKNOWN")]
    orphans = "SELECT count(*) FROM print_event WHERE job NOT IN (SELECT id FROM print_job)"
    assert rig.node.db.value(orphans) == 0
    limit = int(rig.node.db.value("SELECT value FROM meta WHERE name = ?", (DROPPED_BEFORE,)))
    assert limit == rig.shop.clock.now_ms() - days * 86_400_000
    assert rig.node.db.value("SELECT count(*) FROM document WHERE id = ?", (sale,)) == 1
    assert drop_done(rig.node) == 0


def test_a_paper_whose_source_is_gone_is_given_up_and_the_next_one_printed(rig: Rig) -> None:
    from edge.sales.papers import receipt_paper

    ctx = rig.shop.at()
    with rig.node.journal.changing(ctx) as draft:
        draft.paper(receipt_paper(ctx, "no-such-document"))
    sale = rig.sell()

    rig.wait(sale, "DONE")
    assert rig.job("no-such-document").reason == "spool.nothing_to_print"
