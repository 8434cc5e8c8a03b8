"""Full and failing disks, lying drives, flipped bits: each part looks, and each can find something."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress

import pytest

from edge import node
from edge.journal import actions as journal
from edge.journal.actions import Journal
from edge.journal.model import Head
from edge.journal.witness import Witness
from edge.mirror import recover
from kit.db import Connection, Database, OperationalError
from proof.crash import flips, lies, trouble, trouble_acts, vfs
from proof.crash.acts import ACTS
from proof.crash.flips import flip_bits
from proof.crash.lies import BY_STICK, BY_WITNESS, tell_lies
from proof.crash.lies_boot import NOBODY, PAGES, WITNESS
from proof.crash.trouble import Striking, make_trouble
from proof.crash.trouble_acts import ActTrouble, trouble_every_act
from proof.verify import edge as judged
from tests.house.conftest import ROOT

NEVER = 10_000  # no sale has so many operations


def test_a_sync_that_fails_refuses_the_sale_and_the_node_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trouble, "KINDS", {"sync fails": vfs.IOERR_FSYNC})

    (found,) = make_trouble()

    assert found.wrong == []
    assert set(found.refused) == {"disk.failing"}
    assert found.runs >= 12 and found.states > 1_000


def troubled(monkeypatch: pytest.MonkeyPatch, act: str, places: int) -> ActTrouble:
    monkeypatch.setattr(trouble_acts, "PLACES", places)
    monkeypatch.setattr(trouble_acts, "KINDS", {"full": vfs.FULL})
    monkeypatch.setattr(trouble_acts, "ACTS", {act: ACTS[act]})
    (found,) = trouble_every_act()
    return found


def test_a_start_that_ends_with_a_traceback_on_a_full_disk_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: nobody turns the engine's error into words."""
    monkeypatch.setattr(node, "_trouble_named", lambda home: nullcontext())

    found = troubled(monkeypatch, "migration", places=3)

    assert any(
        "no refusal in words: OperationalError: database or disk is full" in text for text in found.wrong
    )


def test_a_return_that_is_acknowledged_and_not_kept_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the error of a commit is swallowed."""
    real = Database.write

    @contextmanager
    def write(self: Database) -> Iterator[Connection]:
        with suppress(OperationalError), real(self) as connection:
            yield connection

    monkeypatch.setattr(Database, "write", write)

    found = troubled(monkeypatch, "return", places=6)

    assert any("said done with 3 documents, not 4" in text for text in found.wrong)


def test_a_till_that_does_not_mind_a_full_disk_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: an error of the commit is swallowed, and the sale is said to be done."""
    real = Database.write

    @contextmanager
    def write(self: Database) -> Iterator[Connection]:
        try:
            with real(self) as connection:
                yield connection
        except OperationalError:
            pass  # the planted fault

    monkeypatch.setattr(Database, "write", write)
    monkeypatch.setattr(trouble, "KINDS", {"full": vfs.FULL})
    monkeypatch.setattr(trouble, "count", lambda first: iter((first, 30, 60, NEVER)))

    (found,) = make_trouble()

    assert any("said done and there are 0 new documents" in text for text in found.wrong)


def test_a_fault_strikes_once_or_from_there_on() -> None:
    once, on = (
        Striking(vfs.FULL, 2, lasting=False, armed=True),
        Striking(vfs.FULL, 2, lasting=True, armed=True),
    )

    assert [once.strikes("write") for _ in range(4)] == [0, vfs.FULL, 0, 0]
    assert [on.strikes("write") for _ in range(4)] == [0, vfs.FULL, vfs.FULL, vfs.FULL]
    assert once.strikes("sync") == vfs.OK


def test_es_12_what_a_lying_drive_loses_is_noticed_at_the_boot_and_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Witness, mirror, engine: one of them knows, and with the mirror no sale is gone."""
    monkeypatch.setattr(lies, "EACH", 1)
    monkeypatch.setattr(lies, "SALES", 4)
    monkeypatch.setattr(lies, "HQ_WORLDS", 4)

    found = tell_lies()

    assert found.wrong == []
    assert found.lost > 300 and found.given_back > 5
    assert found.noticed[WITNESS] > found.lost // 3 and found.noticed[PAGES] > 5
    assert found.alone[BY_STICK] > 10 and found.alone[BY_WITNESS] > 10


def few_lies(monkeypatch: pytest.MonkeyPatch, sales: int, every: int) -> None:
    """A short day, and of its cuts one in so many."""
    real = lies.cuts
    monkeypatch.setattr(lies, "cuts", lambda log, **how: real(log, **how)[::every])
    monkeypatch.setattr(lies, "EACH", 1)
    monkeypatch.setattr(lies, "SALES", sales)
    monkeypatch.setattr(lies, "HQ_WORLDS", 0)


def test_a_node_that_does_not_ask_its_witness_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the product's own question at the boot is gone, and nothing here may answer in its place."""
    monkeypatch.setattr(Journal, "behind_witness", lambda self: None)
    few_lies(monkeypatch, sales=4, every=5)

    found = tell_lies()

    assert found.noticed[WITNESS] == 0
    assert any("a sale is lost and nobody noticed" in text for text in found.wrong)


def test_a_start_that_stumbles_over_rows_that_nobody_can_read_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Planted: the newest link is taken as it comes, as it once was; the engine opens these files."""
    monkeypatch.setattr(journal, "_head_of", lambda inc, row: Head(inc, row["seq"], row["hash"]))
    few_lies(monkeypatch, sales=4, every=5)

    found = tell_lies()

    assert any("the boot ends with AttributeError: 'NoneType'" in text for text in found.wrong)


def test_without_witness_and_mirror_a_lying_drive_goes_unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof needs one of them: a log cut at its end is a whole log."""
    monkeypatch.setattr(Witness, "write", lambda self, witnessed: None)
    monkeypatch.setattr(recover, "bring_back", lambda *_arguments, **_words: recover.Brought())
    monkeypatch.setattr(lies, "EACH", 1)
    monkeypatch.setattr(lies, "SALES", 2)
    monkeypatch.setattr(lies, "HQ_WORLDS", 1)

    found = tell_lies()

    assert found.noticed[NOBODY] > 30


def test_a_verifier_without_its_checks_misses_flips(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: chain, bodies, rows and pages are not looked at any more."""
    monkeypatch.setattr(judged, "check_engine", lambda source, report: None)
    for module, name in (
        ("chain", "check_chain"), ("edge_rows", "check_edge_rows"), ("ledger", "check_postings"),
        ("ledger", "check_rows"), ("documents", "check_documents"), ("traces", "live_once"),
        ("traces", "check_traces"), ("traces", "check_witness"), ("shifts", "check_shifts"),
        ("numbers", "check_numbers"), ("numbers", "check_counters"),
    ):  # fmt: skip
        monkeypatch.setattr(getattr(judged, module), name, lambda *arguments: None)
    monkeypatch.setattr(flips, "LOG_ONE_IN", 2)

    found = flip_bits(40)

    assert found.changed == 40 and found.found < 40


DIES = """
from proof.crash import kills

def sell(ctx, *codes):
    raise RuntimeError("the till does not come up")

kills.sell = sell
print("\\n".join(kills.kill_often(4).wrong))
"""


def test_a_node_that_dies_by_itself_is_no_kill() -> None:
    """Planted: no child ever sells. In a process of its own, because it forks."""
    done = subprocess.run(
        [sys.executable, "-c", DIES], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert "child 0: ended by itself (1), 1 sales wanted" in done.stdout
    assert "the till does not come up" in done.stderr
