"""Every outcome of a job that lies in the driver, over TCP and a serial port, with the papers counted."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.printer.protocol import JobEvent, JobOutcome, PrinterCaps, PrintJob
from retail.errors import DeviceError
from tests.drivers.builders import AMOUNTS, a_job
from tests.drivers.printer.bench import SECONDS, WIRES, Rig, a_rig

UNKNOWN_WORDS = "RESULT UNKNOWN"


@pytest.fixture(params=WIRES)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with a_rig(request.param, tmp_path) as made:
        yield made


def count(rig: Rig) -> int:
    return len(rig.emulator.papers())


def in_background(rig: Rig, job: PrintJob, outcomes: list[JobOutcome]) -> threading.Thread:
    thread = threading.Thread(target=lambda: outcomes.append(rig.run(job)))
    thread.start()
    return thread


def test_a_normal_job_is_done_with_fence_and_cut(rig: Rig) -> None:
    job = a_job()

    outcome = rig.run(job)

    assert outcome == JobOutcome("DONE", "fence+cut", "", len(job.body))
    assert rig.states() == ["SENDING", "CONFIRMED"]
    assert count(rig) == 1
    text = rig.emulator.papers()[0].text()
    assert all(amount in text for amount in AMOUNTS)
    assert rig.printer.health().state == "READY"


def test_three_jobs_are_three_papers_on_one_link(rig: Rig) -> None:
    outcomes = [rig.run(a_job(number)) for number in (1, 2, 3)]

    assert [outcome.state for outcome in outcomes] == ["DONE"] * 3
    assert count(rig) == 3
    assert rig.printer.health().counters["losses"] == 0


def test_sending_is_announced_before_the_first_body_byte_and_a_refusal_stops_it(rig: Rig) -> None:
    def refuse(event: JobEvent) -> None:
        raise RuntimeError("the spool could not commit")

    with pytest.raises(RuntimeError):
        rig.run(a_job(), refuse)

    assert rig.emulator.hanging().blank
    assert rig.run(a_job(2)).state == "DONE"
    assert count(rig) == 1


@pytest.mark.parametrize("wire", WIRES)
def test_a_clone_without_process_ids_is_confirmed_by_its_queued_status(wire: str, tmp_path: Path) -> None:
    with a_rig(wire, tmp_path, PrinterCaps(fence="gs_r")) as rig:
        rig.emulator.set("no_gsh", True)

        outcome = rig.run(a_job())

        assert (outcome.state, outcome.evidence) == ("DONE", "fence+cut")
        assert count(rig) == 1


def test_a_promised_fence_that_is_absent_is_unknown_never_done(rig: Rig) -> None:
    rig.emulator.set("no_gsh", True)
    rig.timing.base = 0.5

    outcome = rig.run(a_job())

    assert (outcome.state, outcome.reason) == ("UNKNOWN", "job.unknown")
    assert rig.states() == ["SENDING"]
    assert count(rig) == 0
    assert rig.emulator.wait_for(lambda printer: not printer.hanging().blank)


def test_a_mute_printer_is_sent_to_and_never_called_printed(rig: Rig) -> None:
    rig.emulator.set("mute", True)
    rig.timing.answer = 0.2

    outcome = rig.run(a_job())

    assert (outcome.state, outcome.evidence) == ("SENT_UNVERIFIED", "transport")
    assert rig.states() == ["SENDING"]
    assert len(rig.emulator.wait_for_papers(1)) == 1


@pytest.mark.parametrize("wire", WIRES)
def test_a_profile_may_refuse_to_send_into_silence(wire: str, tmp_path: Path) -> None:
    with a_rig(wire, tmp_path, PrinterCaps(when_silent="block"), answer=0.2) as rig:
        rig.emulator.set("mute", True)

        outcome = rig.run(a_job())

        assert outcome == JobOutcome("BLOCKED", "none", "link.timeout", 0)
        assert rig.emulator.hanging().blank


@pytest.mark.parametrize("silence", ["mute", "half_open"])
def test_a_printer_that_has_answered_and_falls_silent_is_not_believed(rig: Rig, silence: str) -> None:
    told: list[str] = []
    rig.printer.on_answer = lambda: told.append("answers")
    assert rig.run(a_job(1)).state == "DONE"
    rig.emulator.set(silence, True)
    rig.timing.answer = 0.2

    silent = rig.run(a_job(2))
    shown = rig.printer.health()
    rig.emulator.set(silence, False)
    rig.wait_for_wire("up")
    rig.timing.answer = SECONDS
    later = until_begun(rig, a_job(2))

    assert silent == JobOutcome("BLOCKED", "none", "link.timeout", 0)
    assert (shown.state, shown.last_error) == ("BLOCKED", "link.timeout")
    assert later.state == "DONE"
    assert told == ["answers"]
    assert count(rig) == 2


def until_begun(rig: Rig, job: PrintJob) -> JobOutcome:
    """Try as a spool does, until the printer has read what was sent in vain and answers again."""
    for _ in range(400):
        outcome = rig.run(job)
        if outcome.state != "BLOCKED":
            return outcome
    raise AssertionError("never ready")


def test_a_printer_known_from_an_earlier_start_is_not_believed_either(rig: Rig) -> None:
    rig.emulator.set("mute", True)
    rig.timing.answer = 0.2
    rig.printer.known_to_answer = True

    assert rig.run(a_job(1)).state == "BLOCKED"
    rig.printer.known_to_answer = False  # a person's word
    assert rig.run(a_job(1)).state == "SENT_UNVERIFIED"


@pytest.mark.parametrize(
    ("switch", "code"), [("cover_open", "dev.cover_open"), ("paper_out", "dev.paper_out")]
)
def test_a_blocked_printer_takes_nothing_and_prints_once_when_cleared(
    rig: Rig, switch: str, code: str
) -> None:
    rig.emulator.set(switch, True)
    job = a_job()

    blocked = rig.run(job)
    rig.emulator.new_roll()
    done = rig.run(job)

    assert blocked == JobOutcome("BLOCKED", "none", code, 0)
    assert rig.states() == ["SENDING", "CONFIRMED"]
    assert done.state == "DONE"
    assert count(rig) == 1


def test_paper_that_runs_out_in_the_middle_is_one_receipt_and_nothing_is_resent(rig: Rig) -> None:
    rig.emulator.set("paper_after", 200)
    job, outcomes = a_job(), []
    thread = in_background(rig, job, outcomes)
    assert rig.emulator.wait_for(lambda printer: printer.switches()["paper_out"])
    blocked = rig.wait_for_state("BLOCKED")

    rig.emulator.new_roll()
    thread.join()

    assert blocked.reason == "dev.paper_out"
    assert rig.states() == ["SENDING", "BLOCKED", "SENDING", "CONFIRMED"]
    assert outcomes == [JobOutcome("DONE", "fence+cut", "interrupted: paper_out", len(job.body))]
    assert count(rig) == 1
    assert rig.emulator.papers()[0].text().count("七喜碳酸饮料") == 1


@pytest.mark.parametrize("wire", WIRES)
def test_without_automatic_status_a_stop_is_found_by_asking(wire: str, tmp_path: Path) -> None:
    """The paper is out as soon as the job begins: the question must not overtake the last line of the roll."""
    with a_rig(wire, tmp_path, PrinterCaps(asb=False), base=0.5) as rig:

        def person(event: JobEvent) -> None:
            if rig.states() == ["SENDING"]:
                rig.emulator.set("paper_out", True)
            elif event.state == "BLOCKED":
                rig.timing.base = SECONDS
                rig.emulator.new_roll()

        outcome = rig.run(a_job(), person)

        assert rig.states() == ["SENDING", "BLOCKED", "SENDING", "CONFIRMED"]
        assert (outcome.state, outcome.reason) == ("DONE", "interrupted: paper_out")
        assert count(rig) == 1


def test_a_printer_that_vanishes_while_blocked_is_unknown(rig: Rig) -> None:
    rig.emulator.set("paper_after", 200)

    def vanish(event: JobEvent) -> None:
        if event.state == "BLOCKED":
            rig.emulator.set("mute", True)
            rig.timing.answer = 0.2

    outcome = rig.run(a_job(), vanish)

    assert (outcome.state, outcome.reason) == ("UNKNOWN", "link.timeout")


def test_shutting_down_while_blocked_is_unknown(rig: Rig) -> None:
    rig.emulator.set("paper_after", 200)
    outcomes: list[JobOutcome] = []
    thread = in_background(rig, a_job(), outcomes)
    rig.wait_for_state("BLOCKED")

    rig.printer.interrupt()
    thread.join()

    assert [outcome.state for outcome in outcomes] == ["UNKNOWN"]


def test_a_link_reset_in_the_body_is_unknown_and_the_orphan_is_cut_off_with_neutral_words(rig: Rig) -> None:
    rig.emulator.set("reset_after", 400)

    lost = rig.run(a_job(1))
    rig.wait_for_wire("up")
    after = rig.run(a_job(2))

    assert (lost.state, lost.reason) in {("UNKNOWN", "link.reset"), ("UNKNOWN", "link.not_found")}
    assert after.state == "DONE"
    orphan, whole = rig.emulator.papers()
    assert UNKNOWN_WORDS in orphan.text()
    assert UNKNOWN_WORDS not in whole.text()
    assert whole.text().count("谢谢惠顾") == 1
    assert count(rig) == 2


def test_a_command_cut_in_half_swallows_nothing_of_the_next_receipt(rig: Rig) -> None:
    picture = b"\x1dv0\x00\x48\x00\x18\x00" + b"\x55" * 1728
    rig.emulator.set("reset_after", 400)
    rig.run(a_job(1, body=picture))
    rig.wait_for_wire("up")

    after = rig.run(a_job(2))

    assert after.state == "DONE"
    assert all(amount in rig.emulator.papers()[-1].text() for amount in AMOUNTS)
    assert count(rig) == 2


def test_a_restarted_driver_cuts_the_orphan_when_the_spool_says_so(rig: Rig) -> None:
    rig.emulator.receive(b"half a receipt of a dead process\n")
    job = a_job()

    outcome = rig.run(PrintJob(job.id, job.kind, job.body, job.token, after_unknown=True))

    assert outcome.state == "DONE"
    assert [UNKNOWN_WORDS in paper.text() for paper in rig.emulator.papers()] == [True, False]


def test_an_unreachable_printer_blocks_and_the_job_stays_whole(rig: Rig) -> None:
    rig.emulator.set("offline", True)
    rig.wait_for_wire("gone")
    job = a_job()

    blocked = rig.run(job)
    rig.emulator.set("offline", False)
    rig.wait_for_wire("up")
    done = rig.run(job)

    assert blocked.state == "BLOCKED"
    assert blocked.reason in {"link.refused", "link.not_found"}
    assert blocked.bytes_sent == 0
    assert done.state == "DONE"
    assert count(rig) == 1


def test_a_printer_that_cannot_be_opened_is_shown_as_lost_with_its_reason(rig: Rig) -> None:
    rig.emulator.set("offline", True)
    rig.wait_for_wire("gone")

    with pytest.raises(DeviceError) as refused:
        rig.printer.open()
    rig.printer.close()

    health = rig.printer.health()
    assert (health.state, health.last_error) == ("LOST", refused.value.code)


def test_a_jammed_cutter_is_done_with_the_cut_not_confirmed(rig: Rig) -> None:
    rig.emulator.set("cutter_next", True)

    outcome = rig.run(a_job())

    assert (outcome.state, outcome.evidence) == ("DONE", "fence")
    assert outcome.reason == "cut not confirmed: dev.cutter"
    assert count(rig) == 0
    assert rig.run(a_job(2)).reason == "dev.cutter"
    rig.emulator.clear_cutter()
    assert rig.run(a_job(3)).state == "DONE"
    assert count(rig) == 2


def test_a_person_may_clear_a_stuck_cutter_from_the_till(rig: Rig) -> None:
    rig.emulator.set("cutter_next", True)
    rig.run(a_job())

    rig.printer.recover(discard=True)
    assert rig.emulator.wait_for(lambda printer: printer.hanging().rows != [])
    status = rig.printer.preflight()

    assert status is not None
    assert status.blocked_by is None


def test_a_spool_that_fails_in_the_middle_leaves_an_orphan_that_is_cut_off(rig: Rig) -> None:
    def fail_late(event: JobEvent) -> None:
        if event.state == "CONFIRMED":
            raise RuntimeError("the spool could not commit")

    with pytest.raises(RuntimeError):
        rig.run(a_job(), fail_late)
    after = rig.run(a_job(2))

    assert after.state == "DONE"
    assert [UNKNOWN_WORDS in paper.text() for paper in rig.emulator.papers()] == [True, False]


def test_no_question_is_asked_inside_a_body_while_blocked(rig: Rig) -> None:
    rig.emulator.set("paper_after", 200)
    rig.emulator.set("speed", 4_000)
    job, outcomes = a_job(1, body=b"line of text\n" * 60), []
    thread = in_background(rig, job, outcomes)
    rig.wait_for_state("BLOCKED")

    rig.emulator.new_roll()
    thread.join()

    assert [outcome.state for outcome in outcomes] == ["DONE"]
    assert rig.emulator.papers()[0].text().split() == ["line", "of", "text"] * 60


def test_a_device_that_never_reads_leaves_the_job_unknown_once_bytes_left(tmp_path: Path) -> None:
    with a_rig("pty", tmp_path, baudrate=921_600, bytes_per_second=10_000_000, answer=0.2, base=2.0) as rig:
        rig.emulator.set("half_open", True)

        outcome = rig.run(a_job(1, body=b"x" * 200_000))

        assert (outcome.state, outcome.reason) == ("UNKNOWN", "link.write_stalled")
        assert 0 < outcome.bytes_sent < 200_000


@pytest.mark.parametrize("wire", WIRES)
def test_a_slow_printer_gets_the_time_its_bytes_need(wire: str, tmp_path: Path) -> None:
    """Slow is not broken (HW-05)."""
    with a_rig(wire, tmp_path, base=0.5, bytes_per_second=100) as rig:
        rig.emulator.set("speed", 8_000)

        outcome = rig.run(a_job(1, body=b"slow paper\n" * 600))

        assert outcome.state == "DONE"
        assert len(rig.emulator.wait_for_papers(1)) == 1


def test_near_end_prints_and_is_shown(rig: Rig) -> None:
    rig.emulator.set("near_end", True)

    assert rig.run(a_job()).state == "DONE"
    assert rig.printer.preflight() is not None
    assert rig.printer.health().state == "DEGRADED"
    assert rig.printer.health().last_error == "dev.paper_near_end"


def test_the_passive_self_test_moves_no_paper_and_finds_a_false_promise(rig: Rig) -> None:
    good = rig.printer.self_test("passive")
    rig.emulator.set("no_gsh", True)
    rig.timing.base = 0.5
    bad = rig.printer.self_test("passive")

    assert [check.passed for check in good] == [True, True, True]
    assert [check.code for check in bad] == [None, None, "cfg.profile_mismatch"]
    assert rig.emulator.hanging().rows == []
    assert rig.emulator.counts()["pulses"] == 0
