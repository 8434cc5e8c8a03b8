"""What the run says of papers that are there twice, not at all, or only in the spool."""

from __future__ import annotations

import contextlib
import random
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.bench.devices import Bench
from drivers.printer.emulator import PrinterEmulator
from drivers.printer.emulator_servers import TcpPrinterServer
from drivers.printer.layout import COPY_WORDS
from kit.db import Database
from proof.demo.processes import Child
from proof.live import papers
from proof.live.acts import TROUBLE, Acts
from proof.live.deck import Deck
from proof.live.papers import Owed, Printed, check_papers, hang_up, wrong_papers
from proof.live.world import LiveWorld, Shop

NUMBER, HASH = "001-01/A-7", "0011223344556677"
CUT = b"\n\x1dV\x00"
DONE = Owed(NUMBER, HASH[:8], "DONE", "fence+cut", begun="1 at 5")
PAPER = Printed(NUMBER, HASH[:8])
HALF = Printed(NUMBER)
MINUTES_11 = 11 * 60 * 1000


def receipt(*around: str, whole: bool = True) -> bytes:
    """The bytes of a paper with this number and, if it is whole, its check code."""
    lines = ["Store 1", f"Number        {NUMBER}", *([f"Check {HASH[:8]}"] if whole else [])]
    return "\n".join([*around, *lines, *around]).encode("gbk")


def a_world(root: Path, *jobs: tuple[str, str, str], begun: bool = True) -> LiveWorld:
    """A store with one document, a job (state, evidence, reason) for it or none, and a printer."""
    db = Database(root / "node.sqlite")
    with db.write() as tx:
        for table in (
            "document (id, number)", "body (id, bh)", "print_event (n, job, at, state, reason)",
            "print_job (id, reference, kind, state, evidence, reason, made_at)",
        ):  # fmt: skip
            tx.execute(f"CREATE TABLE {table}")
        tx.execute("INSERT INTO document VALUES ('a', ?)", (NUMBER,))
        tx.execute("INSERT INTO body VALUES ('a', ?)", (bytes.fromhex(HASH),))
        tx.executemany("INSERT INTO print_job VALUES (1, 'a', 'receipt', ?, ?, ?, 0)", jobs)
        if begun:
            tx.execute("INSERT INTO print_event VALUES (1, 1, 5, 'SENDING', '')")
    db.close()
    printer = PrinterEmulator("001")
    shop = Shop("001", "A", root, 0, Child("store 001", [], "", root / "log"), None)  # type: ignore[arg-type]
    return LiveWorld(root, 1, 1, shops={"001": shop}, bench=Bench(printers={"001": printer}))


GOOD = ("DONE", "fence+cut", "")


def test_one_paper_of_a_receipt_is_right(tmp_path: Path) -> None:
    world = a_world(tmp_path, GOOD)
    world.bench.printer("001").receive(receipt() + CUT)
    assert check_papers(world, "001") == []


@pytest.mark.parametrize("language", COPY_WORDS)
def test_a_copy_is_marked_and_counts_as_no_original(tmp_path: Path, language: str) -> None:
    world = a_world(tmp_path, GOOD)
    mark = COPY_WORDS[language].format(n=1)
    world.bench.printer("001").receive(receipt() + CUT + receipt(mark) + CUT)
    assert check_papers(world, "001") == []


@pytest.mark.parametrize("between", [CUT, b"\n"])
def test_a_receipt_that_is_twice_on_paper_is_named_also_when_nothing_was_cut(
    tmp_path: Path, between: bytes
) -> None:
    world = a_world(tmp_path, GOOD)
    world.bench.printer("001").receive(receipt() + between + receipt() + b"\n")
    assert check_papers(world, "001") == [f"001: {NUMBER}: 2 originals on paper, 1 were begun"]


def test_done_without_a_paper_or_with_half_of_one_is_named(tmp_path: Path) -> None:
    world = a_world(tmp_path, GOOD)
    assert check_papers(world, "001") == [f"001: {NUMBER}: DONE 1 times, on paper 0"]
    world.bench.printer("001").receive(receipt(whole=False) + CUT)
    assert check_papers(world, "001") == [f"001: {NUMBER}: DONE 1 times, on paper 0"]


def test_a_document_whose_paper_nobody_owes_and_a_spool_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    world = a_world(tmp_path, begun=False)
    assert check_papers(world, "001") == [f"001: {NUMBER}: its paper is no job"]
    with (db := Database(tmp_path / "node.sqlite")).write() as tx:
        tx.execute("DROP TABLE print_event")
    db.close()
    assert check_papers(world, "001") == ["001: the jobs of its papers cannot be read"]


def a_job(state: str, **fields: Any) -> list[list[Owed]]:
    return [[Owed(NUMBER, HASH[:8], state, **fields)]]


@pytest.mark.parametrize("printed", [[], [HALF], [PAPER]])
def test_of_an_unknown_one_any_paper_is_right_but_not_two(printed: list[Printed]) -> None:
    """SIGKILL after body: nobody knows, and nothing is printed again."""
    unknown = a_job("UNKNOWN", evidence="transport", begun="1 at 5")
    assert wrong_papers(unknown, printed, 0) == []
    assert len(wrong_papers(unknown, [*printed, PAPER, HALF], 0)) == 1


def test_a_paper_that_came_although_none_was_begun_is_named() -> None:
    assert len(wrong_papers(a_job("QUEUED", made_at=-MINUTES_11), [PAPER], 0)) == 1


@pytest.mark.parametrize(
    "state", ["QUEUED", "BLOCKED", "SENDING", "CONFIRMED", "CANCELLED", "SENT_UNVERIFIED"]
)
def test_a_paper_that_nobody_asked_to_leave_out_and_that_never_came_is_named(state: str) -> None:
    assert len(wrong_papers(a_job(state, reason="why"), [], 0)) == 1


def test_an_old_one_waits_for_a_persons_word() -> None:
    assert wrong_papers(a_job("QUEUED"), [], MINUTES_11) == []


def test_what_original_and_clone_both_began_may_be_there_twice_and_what_was_done_before_the_copy_once() -> (
    None
):
    other = Owed(NUMBER, HASH[:8], "DONE", "fence+cut", begun="1 at 9")
    assert wrong_papers([[DONE], [other]], [PAPER, PAPER], 0) == []
    assert len(wrong_papers([[DONE], [other]], [PAPER], 0)) == 1
    assert wrong_papers([[DONE], [DONE]], [PAPER], 0) == []
    assert len(wrong_papers([[DONE], [DONE]], [PAPER, PAPER], 0)) == 1


def test_a_document_that_hq_gave_to_one_disk_has_its_paper_from_the_other() -> None:
    given = Owed(NUMBER, HASH[:8], "no job")
    assert wrong_papers([[DONE], [given]], [PAPER], 0) == []
    assert len(wrong_papers([[DONE], [replace(given, check="8899aabb")]], [PAPER], 0)) == 1


def test_one_number_of_two_disks_is_two_receipts_each_with_a_code_of_its_own() -> None:
    other = Owed(NUMBER, "8899aabb", "DONE", "fence+cut", begun="1 at 9")
    assert wrong_papers([[DONE], [other]], [PAPER, Printed(NUMBER, "8899aabb")], 0) == []
    wrong = wrong_papers([[DONE], [other]], [PAPER, PAPER], 0)
    assert [why.split(": ")[1].split(" ")[0] for why in wrong] == ["2", "DONE"]


@pytest.mark.parametrize(
    ("state", "comes"), [("DONE", True), ("UNKNOWN", True), ("QUEUED", True), ("BLOCKED", False)]
)
def test_what_can_be_printed_is_waited_for_and_what_asks_first_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str, comes: bool
) -> None:
    monkeypatch.setattr(papers, "SETTLE_SECONDS", 0.0)
    world = a_world(tmp_path, (state, "none", ""))  # made in 1970
    assert papers.prints_all(world.shops["001"]) is comes


@pytest.mark.parametrize(("counts", "comes"), [([3, 2, 2, 1, 1, 0, 0], True), ([3, 2, 2, 2], False)])
def test_it_is_waited_for_as_long_as_papers_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counts: list[int], comes: bool
) -> None:
    monkeypatch.setattr(papers, "SETTLE_SECONDS", 0.0)
    left = iter(counts)
    monkeypatch.setattr(papers, "still_owed", lambda shop: next(left))
    assert papers.prints_all(a_world(tmp_path, GOOD).shops["001"]) is comes


def test_who_has_the_printers_line_loses_it() -> None:
    printer = PrinterEmulator("001")
    server = TcpPrinterServer(printer).start()
    with socket.create_connection((server.host, server.port), timeout=60) as had:
        hang_up(printer)
        with contextlib.suppress(ConnectionResetError):
            assert had.recv(1) == b""
    assert printer.wait_for(lambda printer: printer.wire == "up")
    server.stop()


def test_a_trouble_that_no_paper_met_is_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proof.live.acts.MET_SECONDS", 0.0)
    world = a_world(tmp_path, GOOD)

    class First(Deck):
        def below(self, count: int) -> int:
            return 0

    deck = First([TROUBLE], random.Random(1))
    Acts(world, deck, lambda seconds: None).play(TROUBLE)
    assert world.struck[TROUBLE] == 0

    # A printer whose line another computer has is no trouble of ours.
    for reason, struck in (("link.timeout", 0), ("dev.paper_out", 1)):

        def meanwhile(seconds: float, reason: str = reason) -> None:
            with (db := Database(tmp_path / "node.sqlite")).write() as tx:
                tx.execute("INSERT INTO print_event VALUES (2, 1, 6, 'BLOCKED', ?)", (reason,))
            db.close()

        Acts(world, deck, meanwhile).play(TROUBLE)
        assert world.struck[TROUBLE] == struck
    assert world.bench.printer("001").switches()["paper_out"] is False
