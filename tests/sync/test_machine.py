"""Conversations with the up machine: what it is told on the left, what it asks for on the right."""

from __future__ import annotations

import pytest

from sync.machine import State, UpMachine
from sync.moves import (
    Alarm,
    Arm,
    Committed,
    Compare,
    Compared,
    Connect,
    Connected,
    Failed,
    Fetch,
    Fetched,
    Forked,
    Gapped,
    Greet,
    Greeted,
    HelloAsked,
    Home,
    Homed,
    IllegalMove,
    Misunderstood,
    Push,
    Receipted,
    Refused,
    Standing,
    Unauthorised,
    Woke,
)

A, B = "a" * 32, "b" * 32


def middle(low, high):
    return (low + high) / 2


class Conversation:
    """Tells a machine things and keeps what it answered last."""

    def __init__(self):
        self.machine = UpMachine(middle)
        self.now = 0

    def tell(self, event, *expected):
        found = self.machine.receive(event, self.now)
        assert found == list(expected), found

    def greeted(self, *standings, epoch="e1"):
        return Greeted(epoch, standings, 500)

    def rested(self, own=0):
        """A machine that has said hello and has nothing to do."""
        self.tell(Woke(), Connect())
        self.tell(Connected(), Greet())
        self.tell(self.greeted(at(own, own)), Arm(self.now + 15_000))
        return self


def at(own, recv, *, inc=A, current=True, same=True, **more):
    """A standing; hashes are the seq's digits, HQ's is another one when not `same`."""
    theirs = b"%d" % recv if same else b"other"
    ours = b"%d" % recv if recv <= own else None
    return Standing(inc, current, own, recv, theirs, ours, **more)


@pytest.fixture
def talk():
    return Conversation()


def test_a_sale_after_idle_is_pushed_at_once(talk):
    talk.rested(own=4)

    talk.tell(Committed(A, 5), Push(A, 4, 64))
    talk.tell(Receipted(A, 5, "e1", True, 5), Arm(15_000))


def test_sales_that_come_while_a_push_is_under_way_wait_for_its_answer(talk):
    talk.rested(own=4)

    talk.tell(Committed(A, 5), Push(A, 4, 64))
    talk.tell(Committed(A, 6))
    talk.tell(Committed(A, 7))
    talk.tell(Receipted(A, 5, "e1", True, 7), Push(A, 5, 128))
    talk.tell(Receipted(A, 7, "e1", True, 7), Arm(15_000))


def test_hq_s_word_counts_not_our_cursor(talk):
    talk.tell(Woke(), Connect())
    talk.tell(Connected(), Greet())
    talk.tell(talk.greeted(at(9, 2)), Push(A, 2, 64))


def test_older_incarnations_are_sent_before_the_current_one(talk):
    talk.tell(Woke(), Connect())
    talk.tell(Connected(), Greet())
    old = at(6, 3, inc=B, current=False)

    talk.tell(talk.greeted(old, at(2, 0)), Push(B, 3, 64))
    talk.tell(Receipted(B, 6, "e1", True, 6), Push(A, 0, 128))
    talk.tell(Receipted(A, 2, "e1", True, 2), Arm(15_000))


def test_a_rolled_back_disk_mints_then_fetches(talk):
    talk.tell(Woke(), Connect())
    talk.tell(Connected(), Greet())
    talk.tell(talk.greeted(at(3, 5)), Compare(A, (1, 2, 3)))
    same = {1: b"1", 2: b"2", 3: b"3"}
    talk.tell(Compared(A, same, same), Alarm("sync.rollback", A), Home(A, 3, "rollback"))
    talk.tell(Homed(), Greet())

    old = at(3, 5, current=False)
    talk.tell(talk.greeted(old, at(1, 0, inc=B)), Compare(A, (1, 2, 3)))
    talk.tell(Compared(A, same, same), Push(B, 0, 64))
    talk.tell(Receipted(B, 1, "e1", True, 1), Fetch(A, 3))
    talk.tell(Fetched(A, 5, more=False), Arm(15_000))


def test_what_was_fetched_once_is_not_fetched_again(talk):
    talk.tell(Woke(), Connect())
    talk.tell(Connected(), Greet())

    talk.tell(talk.greeted(at(3, 5, current=False, fetched_seq=5), at(1, 1, inc=B)), Arm(15_000))


def test_a_fork_is_searched_shown_and_homed(talk):
    talk.rested(own=3)
    talk.tell(Committed(A, 5), Push(A, 3, 64))
    talk.tell(Forked(A, 6), Compare(A, (1, 2, 3, 4, 5)))
    own = {n: b"%d" % n for n in range(1, 6)}
    talk.tell(Compared(A, own, own | {4: b"x", 5: b"x"}), Alarm("sync.fork", A), Home(A, 3, "fork"))
    talk.tell(Homed(), Greet())


def test_a_fork_seen_in_the_hello_is_shown_as_evidence_before_it_is_homed(talk):
    talk.tell(Woke(), Connect())
    talk.tell(Connected(), Greet())
    talk.tell(talk.greeted(at(4, 2, same=False)), Compare(A, (1, 2)))
    talk.tell(Compared(A, {1: b"1", 2: b"2"}, {1: b"1", 2: b"x"}), Push(A, 1, 64))
    talk.tell(Forked(A, 2), Alarm("sync.fork", A), Home(A, 1, "fork"))


def test_an_old_incarnation_that_forked_mints_nothing(talk):
    talk.tell(Woke(), Connect())
    talk.tell(Connected(), Greet())
    old = at(4, 2, inc=B, current=False, same=False)
    talk.tell(talk.greeted(old, at(1, 1)), Compare(B, (1, 2)))
    talk.tell(Compared(B, {1: b"1", 2: b"2"}, {1: b"1", 2: b"x"}), Push(B, 1, 64))
    talk.tell(Forked(B, 2), Alarm("sync.fork", B), Home(B, 1, None))


def test_a_long_common_prefix_is_found_in_few_questions(talk):
    talk.tell(Woke(), Connect())
    talk.tell(Connected(), Greet())
    commands = talk.machine.receive(talk.greeted(at(100_000, 90_000, same=False)), 0)
    questions = 0
    while isinstance(commands[0], Compare):
        questions += 1
        own = {seq: b"%d" % seq for seq in commands[0].seqs}
        hq = {seq: hash_ if seq <= 61_803 else b"x" for seq, hash_ in own.items()}
        commands = talk.machine.receive(Compared(A, own, hq), 0)

    assert commands == [Push(A, 61_803, 64)]
    assert questions <= 5


def test_a_hole_closes_the_incarnation(talk):
    talk.tell(Woke(), Connect())
    talk.tell(Connected(), Greet())
    talk.tell(talk.greeted(at(9, 2, purged_seq=5)), Alarm("sync.hole", A), Home(A, 5, "hole"))


def test_of_a_dead_computers_log_what_hq_lacks_is_written_anew_not_pushed(talk):
    """Only its own key could sign it."""
    talk.tell(Woke(), Connect())
    talk.tell(Connected(), Greet())
    old = at(6, 3, inc=B, current=False, foreign=True)
    talk.tell(talk.greeted(old, at(2, 2)), Home(B, 3, None))
    talk.tell(Homed(), Greet())
    talk.tell(talk.greeted(at(3, 3, inc=B, current=False, foreign=True), at(5, 2)), Push(A, 2, 64))


def test_a_dead_computers_log_that_parts_from_hqs_is_not_shown_as_evidence(talk):
    talk.tell(Woke(), Connect())
    talk.tell(Connected(), Greet())
    old = at(4, 2, inc=B, current=False, same=False, foreign=True)
    talk.tell(talk.greeted(old, at(1, 1)), Compare(B, (1, 2)))
    talk.tell(Compared(B, {1: b"1", 2: b"2"}, {1: b"1", 2: b"x"}), Alarm("sync.fork", B), Home(B, 1, None))


def test_a_gap_below_what_hq_signed_is_told_before_it_is_filled(talk):
    """HQ has lost something: it sees its own receipt first, and raises its epoch."""
    talk.rested(own=4)
    talk.tell(Committed(A, 6), Push(A, 4, 64))

    talk.tell(Gapped(A, 2, agrees=True), Greet())
    talk.tell(talk.greeted(at(6, 2)), Push(A, 2, 64))


def test_a_gap_that_names_what_was_said_is_not_spun_on(talk):
    talk.rested(own=4)
    talk.tell(Committed(A, 6), Push(A, 4, 64))

    talk.tell(Gapped(A, 4, agrees=True), Arm(2_500))


def test_a_receipt_that_does_not_agree_asks_again(talk):
    talk.rested(own=4)
    talk.tell(Committed(A, 5), Push(A, 4, 64))
    talk.tell(Receipted(A, 5, "e1", False, 5), Greet())


def test_a_receipt_of_a_new_epoch_asks_again(talk):
    talk.rested(own=4)
    talk.tell(Committed(A, 5), Push(A, 4, 64))
    talk.tell(Receipted(A, 5, "e2", True, 5), Greet())


def test_an_unknown_incarnation_is_introduced(talk):
    talk.rested(own=4)
    talk.tell(Committed(B, 1), Greet())
    talk.tell(talk.greeted(at(4, 4, current=False), at(1, 0, inc=B)), Push(B, 0, 64))
    talk.tell(HelloAsked(), Greet())


def test_a_refused_envelope_is_halved_and_one_event_waits(talk):
    talk.rested(own=0)
    talk.tell(Committed(A, 40), Push(A, 0, 64))
    talk.tell(Refused(40), Greet())
    talk.tell(talk.greeted(at(40, 0)), Push(A, 0, 20))
    talk.tell(Refused(1), Alarm("sync.refused"), Arm(2_500))
    assert talk.machine.state is State.WAITING


def test_without_a_common_version_a_person_is_told_once_and_it_is_tried_again(talk):
    talk.tell(Woke(), Connect())
    talk.tell(Connected(), Greet())
    talk.tell(Misunderstood(), Alarm("sync.protocol"), Arm(2_500))
    assert talk.machine.state is State.WAITING
    talk.tell(Woke(), Greet())
    talk.tell(Misunderstood(), Arm(4_000))
    talk.tell(Woke(), Greet())
    talk.tell(talk.greeted(at(0, 0)), Arm(15_000))
    talk.tell(Woke(), Greet())
    talk.tell(Misunderstood(), Alarm("sync.protocol"), Arm(2_500))


def test_failures_back_off_and_a_timer_is_always_armed(talk):
    """P7: unacked ⇒ retry scheduled."""
    talk.tell(Woke(), Connect())
    talk.tell(Failed(), Arm(2_500))
    talk.tell(Committed(A, 1))
    talk.tell(Woke(), Connect())
    talk.tell(Failed(), Arm(4_000))
    talk.tell(Woke(), Connect())
    talk.tell(Failed(60_000), Arm(66_000))


def test_sales_that_are_sent_away_come_again_sooner_than_from_a_dead_line(talk):
    """P5: a full HQ gets them in before the downloads, which pause for up to 45 s."""
    for wait in (2_500, 4_000, 8_000, 8_000, 8_000):
        talk.tell(Woke(), Connect())
        talk.tell(Failed(busy=True), Arm(talk.now + wait))
    talk.tell(Woke(), Connect())
    talk.tell(Failed(), Arm(talk.now + 30_000))
    talk.tell(Woke(), Connect())
    talk.tell(Failed(20_000, busy=True), Arm(talk.now + 22_000))


def test_an_hq_that_takes_long_is_asked_less_often(talk):
    talk.tell(Woke(), Connect())
    talk.tell(Connected(), Greet())
    talk.now = 4_000
    talk.tell(talk.greeted(at(0, 0)), Arm(44_000))

    talk.now = 44_000
    talk.tell(Woke(), Greet())
    talk.now += 20
    talk.tell(talk.greeted(at(0, 0)), Arm(talk.now + 15_000))

    talk.now += 15_000
    talk.tell(Woke(), Greet())
    talk.now += 60_000
    talk.tell(talk.greeted(at(0, 0)), Arm(talk.now + 120_000))
    talk.tell(Committed(A, 1), Push(A, 0, 64))  # a sale waits for no poll


def test_a_shop_that_never_rests_greets_once_a_minute(talk):
    """Sales put the greeting off, and only it brings subscriptions, `durable` and, without a held bell, versions."""
    talk.rested(own=0)
    for seq, wait in ((1, 15_000), (2, 15_000), (3, 15_000), (4, 15_000), (5, 10_000)):
        talk.now += 10_000
        talk.tell(Committed(A, seq), Push(A, seq - 1, min(500, 64 << seq - 1)))
        talk.tell(Receipted(A, seq, "e1", True, seq), Arm(talk.now + wait))


def test_a_shop_that_sells_faster_than_hq_answers_greets_once_a_minute(talk):
    """It never rests: after each receipt there is more to push, for hours, and that is no trouble of two ends."""
    talk.rested(own=0)
    talk.tell(Committed(A, 1), Push(A, 0, 64))
    greetings = 0
    for seq in range(1, 1_000):
        talk.now += 4_000
        [said] = talk.machine.receive(Receipted(A, seq, "e1", True, seq + 1), talk.now)
        if isinstance(said, Greet):
            greetings += 1
            talk.now += 100
            [said] = talk.machine.receive(talk.greeted(at(seq + 1, seq)), talk.now)
        assert isinstance(said, Push) and said.after_seq == seq
    assert 60 <= greetings <= 70


def test_a_session_that_ended_is_opened_again(talk):
    talk.rested(own=1)
    talk.tell(Committed(A, 2), Push(A, 1, 64))
    talk.tell(Unauthorised(), Connect())
    talk.tell(Unauthorised(), Arm(2_500))


def test_polls_grow_longer_when_the_shop_is_quiet(talk):
    talk.rested(own=0)
    talk.now = 3_600_000
    talk.tell(Woke(), Greet())
    talk.tell(talk.greeted(at(0, 0)), Arm(3_660_000))


def test_two_ends_that_never_agree_slow_down(talk):
    talk.rested(own=4)
    talk.tell(Committed(A, 5), Push(A, 4, 64))
    commands = [Push(A, 4, 64)]
    for _ in range(60):
        event = Receipted(A, 5, "e1", False, 5) if isinstance(commands[0], Push) else talk.greeted(at(5, 4))
        commands = talk.machine.receive(event, 0)
        if isinstance(commands[0], Arm):
            break

    assert talk.machine.state is State.WAITING


def test_an_illegal_move_raises_and_changes_nothing(talk):
    talk.rested(own=1)
    with pytest.raises(IllegalMove):
        talk.machine.receive(Receipted(A, 1, "e1", True, 1), 5)
    with pytest.raises(IllegalMove):
        talk.machine.receive(Failed(), 5)
    assert talk.machine.state is State.RESTING
    talk.tell(Committed(A, 2), Push(A, 1, 64))
