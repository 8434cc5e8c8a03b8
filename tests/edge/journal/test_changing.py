"""The one function that writes: all of it or nothing of it."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from typing import Any

import pytest

from edge.journal import incarnation
from edge.journal.actions import Journal
from edge.journal.disk import DiskGuard
from edge.journal.draft import Draft
from edge.journal.jobs import ANSWER_LIFE_MS, jobs
from edge.journal.model import AlreadyAnswered, PrintRequest
from edge.journal.witness import Witness
from kit.db import IntegrityError
from retail.errors import Invalid
from retail.postings import Posting
from schemas.events.node import NodeEnrolled
from schemas.events.shifts import DrawerOpened
from sync.chain import body_hash, link_hash
from tests.builders.edge import Shop

TABLES = ("body", "link", "posting", "balance", "numbering", "audit", "answer", "print_job", "cash_move")


def everything(shop: Shop) -> dict[str, list[tuple[Any, ...]]]:
    return {table: [tuple(row) for row in shop.node.db.rows(f"SELECT * FROM {table}")] for table in TABLES}


def a_fact(n: int = 1) -> DrawerOpened:
    return DrawerOpened(terminal="01", shift=None, reason="other", note=str(n))


def cash_in(amount: int) -> list[Posting]:
    return [Posting("cash:001:01", "HKD", amount), Posting("petty:001", "HKD", -amount)]


def write_all(draft: Draft) -> None:
    draft.number("01")
    made = draft.event(a_fact(), post=cash_in(100))
    draft.audit("till.drawer_opened", "shift:x")
    draft.paper(PrintRequest(f"drawer:{made.id}", "drawer:01", "drawer", made.id, "01", "{}"))
    draft.result["done"] = True


def verify_chain(shop: Shop) -> int:
    """Every link follows the one before it and carries its body; returns the length of the current log."""
    journal = shop.node.journal
    inc, prev, seq = journal.inc, journal.inc.genesis, 0
    rows = shop.node.db.rows(
        "SELECT l.*, b.body FROM link l JOIN body b ON b.id = l.id WHERE l.inc = ? ORDER BY l.seq", (inc.inc,)
    )
    for seq, row in enumerate(rows, 1):
        assert (row["seq"], row["prev"]) == (seq, prev)
        assert row["bh"] == body_hash(row["body"])
        prev = link_hash(inc.node, inc.inc, seq, prev, row["bh"])
        assert row["hash"] == prev
    assert (journal.head.seq, journal.head.hash) == (seq, prev)
    return seq


def test_a_refusal_in_the_middle_changes_nothing(shop: Shop) -> None:
    before, head = everything(shop), shop.node.journal.head
    witness = shop.node.journal.witness.read()

    with (
        pytest.raises(Invalid, match="in.the_middle"),
        shop.node.journal.changing(shop.at(key="k", request=b"r")) as d,
    ):
        write_all(d)
        raise Invalid("in.the_middle")

    assert everything(shop) == before
    assert shop.node.journal.head == head
    assert shop.node.journal.witness.read() == witness


def test_what_is_committed_is_whole(shop: Shop) -> None:
    length = verify_chain(shop)

    with shop.node.journal.changing(shop.at(key="k", request=b"r")) as draft:
        write_all(draft)

    assert verify_chain(shop) == length + 1
    found = everything(shop)
    assert (len(found["answer"]), len(found["print_job"])) == (1, 1)
    seen = shop.node.journal.witness.read()
    assert seen is not None
    assert (seen.seq, seen.hash) == (length + 1, shop.node.journal.head.hash.hex())
    assert seen.numbers == {"01": f"{shop.node.journal.inc.series}-1"}


@pytest.mark.parametrize(
    ("post", "code"),
    [
        (
            [Posting("cash:001:01", "HKD", 100), Posting("petty:001", "HKD", -99)],
            "journal.postings_unbalanced",
        ),
        (
            [Posting("cash:001:01", "HKD", 100), Posting("petty:001", "CNY", -100)],
            "journal.postings_unbalanced",
        ),
        ([Posting("cash:001:01", "HKD", 100)], "journal.postings_unbalanced"),
        ([Posting("Cash:001", "HKD", 1), Posting("petty:001", "HKD", -1)], "journal.account_malformed"),
        (
            [Posting("cash:001:01", "sku: A", 1), Posting("petty:001", "sku: A", -1)],
            "journal.account_malformed",
        ),
        ([Posting("cash:002:01", "HKD", 1), Posting("petty:002", "HKD", -1)], "journal.account_foreign"),
        ([Posting("points:0001", "HKD", 1), Posting("petty:001", "HKD", -1)], "journal.account_foreign"),
    ],
)
def test_postings_that_cannot_be_are_refused(shop: Shop, post: list[Posting], code: str) -> None:
    before = everything(shop)

    with pytest.raises(Invalid) as refused, shop.node.journal.changing(shop.at()) as draft:
        draft.event(a_fact(), post=post)

    assert refused.value.code == code and everything(shop) == before


def test_a_body_beyond_its_limits_is_refused(shop: Shop) -> None:
    before = everything(shop)
    for fact, code in (
        (replace_note("x" * 70_000), "event.too_large"),
        (NodeEnrolled(store="001", app_version="1", engine_version=2**53), "event.integer_too_large"),  # type: ignore[arg-type]
    ):
        with pytest.raises(Invalid) as refused, shop.node.journal.changing(shop.at()) as draft:
            draft.event(fact)
        assert refused.value.code == code
    assert everything(shop) == before


def replace_note(note: str) -> DrawerOpened:
    return DrawerOpened(terminal="01", shift=None, reason="other", note=note)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE body SET body = x'00'", "DELETE FROM body", "UPDATE link SET hash = zeroblob(32)", "DELETE FROM link",
        "UPDATE posting SET quantity = 0", "DELETE FROM posting", "UPDATE audit SET staff = 'me'", "DELETE FROM audit",
    ],
)  # fmt: skip
def test_the_journal_guards_itself_against_code(shop: Shop, sql: str) -> None:
    before = everything(shop)

    with pytest.raises(IntegrityError, match="is_never_"), shop.node.journal.writing() as tx:
        tx.execute(sql)

    assert everything(shop) == before


# -- Idempotency-Key ---------------------------------------------------------------------------------------


def test_the_same_key_answers_the_same_result_and_writes_once(shop: Shop) -> None:
    ctx = shop.at(key="01:abc", request=b"body")
    with shop.node.journal.changing(ctx) as draft:
        write_all(draft)
    before = everything(shop)

    with pytest.raises(AlreadyAnswered) as earlier, shop.node.journal.changing(ctx) as draft:
        write_all(draft)

    assert earlier.value.result == {"done": True} and everything(shop) == before
    assert shop.node.journal.answered(ctx) == {"done": True}


def test_the_same_key_with_another_body_is_refused(shop: Shop) -> None:
    with shop.node.journal.changing(shop.at(key="01:abc", request=b"body")) as draft:
        write_all(draft)
    other = shop.at(key="01:abc", request=b"other")

    with pytest.raises(Invalid) as refused, shop.node.journal.changing(other) as draft:
        write_all(draft)
    assert refused.value.code == "web.key_reused"

    with pytest.raises(Invalid) as refused:
        shop.node.journal.answered(other)
    assert refused.value.code == "web.key_reused"


def test_a_refused_call_leaves_its_key_free(shop: Shop) -> None:
    ctx = shop.at(key="01:abc", request=b"body")
    with pytest.raises(Invalid), shop.node.journal.changing(ctx):
        raise Invalid("not.this_time")

    assert shop.node.journal.answered(ctx) is None
    with shop.node.journal.changing(ctx) as draft:
        write_all(draft)


def test_answers_are_kept_seven_days(shop: Shop) -> None:
    with shop.node.journal.changing(shop.at(key="01:abc", request=b"body")) as draft:
        write_all(draft)
    forget = next(job.run for job in jobs(shop.node) if job.name == "journal.forget_answers")

    shop.clock.advance(ANSWER_LIFE_MS)
    forget()
    assert len(everything(shop)["answer"]) == 1

    shop.clock.advance(1)
    forget()
    assert everything(shop)["answer"] == []


# -- many at once ------------------------------------------------------------------------------------------


def test_eight_threads_that_commit_and_refuse_leave_one_chain(shop: Shop) -> None:
    start, gate, told = verify_chain(shop), threading.Barrier(8), []
    shop.node.journal.on_commit(lambda draft: told.extend(draft.recorded))

    def work(seed: int) -> None:
        dice = random.Random(seed)
        gate.wait()
        for n in range(25):
            try:
                with shop.node.journal.changing(shop.at(key=f"{seed}:{n}", request=b"r")) as draft:
                    for _ in range(dice.randint(0, 2)):
                        write_all(draft)
                    if dice.random() < 0.4:
                        raise Invalid("not.this_time")
            except Invalid:
                pass  # wanted

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    length = verify_chain(shop)
    assert length - start == len(told) > 50
    given = shop.node.db.value("SELECT last FROM numbering WHERE series = ?", (shop.node.journal.inc.series,))
    assert given == length - start
    assert shop.node.db.value("SELECT quantity FROM balance WHERE account = 'petty:001'") == -100 * given
    seen = shop.node.journal.witness.read()
    assert seen is not None and (seen.seq, seen.hash) == (length, shop.node.journal.head.hash.hex())


def test_nobody_sees_a_head_that_is_not_committed(shop: Shop) -> None:
    before = shop.node.journal.head
    seen: list[Any] = []

    with pytest.raises(Invalid), shop.node.journal.writing() as tx:
        shop.node.journal.mint(tx, "001", "fork", shop.clock.now_ms())
        thread = threading.Thread(
            target=lambda: seen.append((shop.node.journal.head, shop.node.journal.inc.ordinal))
        )
        thread.start()
        thread.join()
        assert shop.node.journal.inc.ordinal == 2
        raise Invalid("not.this_time")

    assert seen == [(before, 1)]
    assert (shop.node.journal.head, shop.node.journal.inc.ordinal) == (before, 1)


def test_the_witness_never_falls_back_when_an_older_change_comes_late(shop: Shop) -> None:
    """The listener of the first change runs a second one: its witness is newer than the first one's."""
    nested: list[int] = []

    def again(_draft: Draft) -> None:
        if not nested:
            nested.append(1)
            with shop.node.journal.changing(shop.at()) as draft:
                draft.event(a_fact(2))

    shop.node.journal.on_commit(again)
    with shop.node.journal.changing(shop.at()) as draft:
        draft.event(a_fact(1))

    seen = shop.node.journal.witness.read()
    assert seen is not None and seen.seq == shop.node.journal.head.seq


def test_a_listener_that_fails_does_not_undo_what_was_told(shop: Shop) -> None:
    told: list[str] = []

    def fails(_draft: Draft) -> None:
        raise KeyError("a bad listener")

    shop.node.journal.on_commit(fails)
    shop.node.journal.on_commit(lambda draft: told.append(draft.recorded[0].id))

    with shop.node.journal.changing(shop.at()) as draft:
        made = draft.event(a_fact())

    assert told == [made.id]


def test_minting_outside_a_transaction_is_the_programmers_mistake(shop: Shop) -> None:
    with pytest.raises(RuntimeError, match="inside"):
        shop.node.journal.mint(shop.node.db.writer, "001", "fork", 0)


def test_a_mint_may_name_another_parent_than_the_head(shop: Shop) -> None:
    parent = replace(shop.node.journal.head, seq=1)
    with shop.node.journal.writing() as tx:
        made = shop.node.journal.mint(tx, "001", "fork", shop.clock.now_ms(), parent)

    row = shop.node.db.row("SELECT parent_inc, parent_seq FROM inc WHERE inc = ?", (made.inc,))
    assert row is not None and (row["parent_inc"], row["parent_seq"]) == (parent.inc, 1)


def test_a_series_that_a_life_of_this_disk_has_had_is_drawn_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    had, drawn = shop.node.journal.inc.series, []

    def draw(_material: bytes) -> str:
        drawn.append(had if len(drawn) < 2 else "NEW22")
        return drawn[-1]

    monkeypatch.setattr(incarnation, "series_code", draw)
    with shop.node.journal.writing() as tx:
        made = shop.node.journal.mint(tx, "001", "fork", shop.clock.now_ms())

    assert (made.series, len(drawn)) == ("NEW22", 3)


def test_logical_time_grows_over_a_restart_and_a_clock_that_fell(shop: Shop) -> None:
    def newest() -> str:
        text = shop.node.db.value("SELECT body FROM body ORDER BY rowid DESC LIMIT 1").decode()
        return text.split('"hlc":"')[1][:16]

    with shop.node.journal.changing(shop.at()) as draft:
        draft.event(a_fact())
    before = newest()
    shop.clock.set_wall(0)
    shop.restart()
    with shop.node.journal.changing(shop.at()) as draft:
        draft.event(a_fact())

    assert newest() > before


def test_a_journal_before_enrolment_says_so(tmp_path: Any, shop: Shop) -> None:
    from kit.db import Database, migrate
    from tests.house.conftest import ROOT

    db = Database(":memory:")
    migrate(db, ROOT / "schemas" / "sql" / "edge", "edge")
    journal = Journal(db, shop.node.key, Witness(tmp_path / "w"), DiskGuard(tmp_path, 0, 0))

    with pytest.raises(Exception, match="node.not_enrolled"), journal.changing(shop.at()):
        pass
