"""Conversations with the down machine."""

from __future__ import annotations

import pytest

from sync.digest import UNKNOWN
from sync.down import (
    Applied,
    Ask,
    At,
    DownMachine,
    Got,
    Heads,
    Listen,
    Load,
    Lost,
    Mend,
    Rung,
    State,
    Switch,
    Switched,
    Unusable,
)
from sync.moves import Alarm, Arm, Failed, IllegalMove, Woke


def middle(low, high):
    return (low + high) / 2


def v(version, epoch="e1"):
    return At(epoch, version, b"%d" % version)


class Conversation:
    def __init__(self, listens=True):
        self.machine = DownMachine(middle, listens=listens)
        self.now = 0

    def tell(self, event, *expected):
        found = self.machine.receive(event, self.now)
        assert found == list(expected), found


@pytest.fixture
def talk():
    return Conversation()


def test_scopes_that_moved_are_asked_for_one_after_the_other(talk):
    heads = {"chain": v(3), "zone:A": v(2), "store:001": v(1)}
    talk.tell(Heads(heads, {"zone:A": v(2)}), Ask("store:001"))
    talk.tell(Applied("store:001", v(1), True), Ask("chain"))
    talk.tell(Applied("chain", v(2), True, more=True), Ask("chain"))
    talk.tell(Applied("chain", v(3), True), Listen())


def test_a_lost_path_loads_a_snapshot(talk):
    talk.tell(Heads({"chain": v(9)}, {"chain": v(1)}), Ask("chain"))
    talk.tell(Lost("chain", 9), Load("chain", 9))
    talk.tell(Got("chain", 9, True), Load("chain", 9))
    talk.tell(Applied("chain", v(9), True), Listen())


def test_a_wrong_chunk_is_asked_for_again_and_then_alarms(talk):
    talk.tell(Heads({"chain": v(9)}, {}), Ask("chain"))
    talk.tell(Lost("chain", 9), Load("chain", 9))
    talk.tell(Got("chain", 9, False), Load("chain", 9))
    talk.tell(Got("chain", 9, True), Load("chain", 9))
    talk.tell(Got("chain", 9, False), Load("chain", 9))
    talk.tell(Got("chain", 9, False), Load("chain", 9))
    talk.tell(Got("chain", 9, False), Alarm("sync.snapshot_damaged"), Arm(2_500))
    talk.tell(Woke(), Ask("chain", anew=True))


def test_a_damaged_scope_lets_the_others_pass_and_comes_back_later(talk):
    talk.tell(Heads({"chain": v(9), "zone:A": v(2)}, {}), Ask("chain"))
    damaged(talk, Alarm("sync.snapshot_damaged"), Ask("zone:A"))
    talk.tell(Applied("zone:A", v(2), True), Arm(2_500))
    talk.now = 2_000
    talk.tell(Heads({"chain": v(9), "zone:A": v(3)}, {"zone:A": v(2)}), Ask("zone:A"))
    talk.tell(Applied("zone:A", v(3), True), Arm(2_500))
    talk.now = 2_500
    talk.tell(Woke(), Ask("chain", anew=True))
    talk.tell(Applied("chain", v(9), True), Listen())


def test_a_scope_that_stays_damaged_is_asked_for_less_and_less_often(talk):
    """Also when its first chunks are good each time."""
    talk.tell(Heads({"chain": v(9)}, {}), Ask("chain"))
    for wait in (2_500, 4_000, 8_000, 16_000, 30_000):
        talk.tell(Lost("chain", 9), Load("chain", 9))
        talk.tell(Got("chain", 9, True), Load("chain", 9))
        bad_chunks(talk, Alarm("sync.snapshot_damaged"), Arm(talk.now + wait))
        talk.now += wait
        talk.tell(Heads({"chain": v(9)}, {}), Ask("chain", anew=True))


def test_a_scope_that_hq_refuses_lets_the_others_pass(talk):
    talk.tell(Heads({"chain": v(9), "zone:A": v(2)}, {}), Ask("chain"))
    talk.tell(Unusable(), Ask("zone:A"))
    talk.tell(Applied("zone:A", v(2), True), Arm(2_500))
    talk.tell(Woke(), Ask("chain"))


def test_nothing_is_given_up_while_a_gained_scope_does_not_come(talk):
    talk.tell(Heads({"zone:B": v(4)}, {"zone:A": v(7)}), Ask("zone:B"))
    talk.tell(Unusable(), Arm(2_500))
    assert talk.machine.losing()


def damaged(talk, *expected):
    talk.tell(Lost("chain", 9), Load("chain", 9))
    bad_chunks(talk, *expected)


def bad_chunks(talk, *expected):
    for _ in range(2):
        talk.tell(Got("chain", 9, False), Load("chain", 9))
    talk.tell(Got("chain", 9, False), *expected)


def test_a_chunk_that_came_forgives_the_failures_before_it(talk):
    talk.tell(Heads({"chain": v(9)}, {}), Ask("chain"))
    for wait in (2_500, 4_000):
        talk.tell(Lost("chain", 9), Load("chain", 9))
        talk.tell(Failed(), Arm(wait))
        talk.tell(Woke(), Ask("chain"))
    talk.tell(Lost("chain", 9), Load("chain", 9))
    talk.tell(Got("chain", 9, True), Load("chain", 9))
    talk.tell(Failed(), Arm(2_500))


def test_a_wrong_digest_asks_for_a_snapshot_then_slows_down(talk):
    talk.tell(Heads({"chain": v(2)}, {}), Ask("chain"))
    talk.tell(Applied("chain", v(2), False), Ask("chain", anew=True))
    talk.tell(Lost("chain", 2), Load("chain", 2))
    talk.tell(Applied("chain", v(2), False), Ask("chain", anew=True))
    talk.tell(Applied("chain", v(2), False), Arm(2_500))


def test_bells_in_vain_grow_rarer(talk):
    """P4: also those of a node that has everything."""
    talk.tell(Heads({"chain": v(1)}, {"chain": v(1)}), Listen())
    for pause in (2_500, 4_000, 8_000, 16_000, 30_000, 30_000):
        talk.tell(Failed(), Arm(talk.now + pause))
        talk.now += pause
        talk.tell(Woke(), Listen())
    talk.tell(Rung({"chain": v(1)}, waited=True), Listen())
    talk.tell(Failed(), Arm(talk.now + 2_500))


FORGOTTEN = At("e1", 0, UNKNOWN)


def test_rows_that_mean_nothing_are_mended_by_buckets(talk):
    talk.tell(Heads({"chain": v(9)}, {"chain": FORGOTTEN}), Mend("chain"))
    assert talk.machine.state is State.MENDING
    talk.tell(Applied("chain", v(9), True), Listen())


def test_changes_that_do_not_fit_the_rows_here_ask_for_buckets_then_for_a_snapshot(talk):
    talk.tell(Heads({"chain": v(2)}, {"chain": v(1)}), Ask("chain"))
    talk.tell(Applied("chain", v(2), False), Mend("chain"))
    talk.tell(Applied("chain", v(2), False), Ask("chain", anew=True))
    talk.tell(Lost("chain", 2), Load("chain", 2))
    talk.tell(Applied("chain", v(2), True), Listen())
    talk.tell(Rung({"chain": v(3)}, True), Ask("chain"))


def test_an_hq_that_knows_no_buckets_is_asked_for_a_snapshot(talk):
    talk.tell(Heads({"chain": v(9)}, {"chain": FORGOTTEN}), Mend("chain"))
    talk.tell(Unusable(), Ask("chain", anew=True))
    talk.tell(Unusable(), Arm(2_500))


def test_where_too_much_differs_hq_sends_a_snapshot(talk):
    talk.tell(Heads({"chain": v(9)}, {"chain": FORGOTTEN}), Mend("chain"))
    talk.tell(Lost("chain", 9), Load("chain", 9))
    talk.tell(Applied("chain", v(9), True), Listen())


def test_mending_goes_on_after_a_cut_line_and_newer_heads(talk):
    talk.tell(Heads({"chain": v(2)}, {"chain": v(1)}), Ask("chain"))
    talk.tell(Applied("chain", v(2), False), Mend("chain"))
    talk.tell(Failed(), Arm(2_500))
    talk.tell(Heads({"chain": v(3)}, {"chain": v(1)}), Mend("chain"))
    talk.tell(Applied("chain", v(3), True), Listen())


def test_the_bell_brings_a_new_version(talk):
    talk.tell(Heads({"chain": v(2)}, {"chain": v(2)}), Listen())
    talk.tell(Rung({"chain": v(3), "zone:Z": v(1)}, True), Ask("chain"))
    talk.tell(Applied("chain", v(3), True), Listen())
    talk.tell(Rung({"chain": v(3)}, True), Listen())


def test_without_a_place_at_the_bell_the_hellos_bring_the_heads(talk):
    """After each of them a bell would tell nothing new; once a minute it is rung to see whether there is a place."""
    talk.tell(Heads({"chain": v(2)}, {"chain": v(2)}), Listen())
    talk.tell(Rung({"chain": v(2)}, False), Arm(22_500))
    talk.now = 15_000
    talk.tell(Heads({"chain": v(3)}, {"chain": v(2)}), Ask("chain"))
    talk.tell(Applied("chain", v(3), True), Arm(37_500))
    talk.now = 30_000
    talk.tell(Heads({"chain": v(3)}, {"chain": v(3)}), Arm(52_500))
    talk.now = 45_000
    talk.tell(Heads({"chain": v(3)}, {"chain": v(3)}), Arm(60_000))
    talk.now = 60_000
    talk.tell(Woke(), Listen())
    talk.tell(Rung({"chain": v(3)}, True), Listen())


def test_without_a_place_at_the_bell_it_is_rung_when_the_hello_is_overdue(talk):
    """A shop that sells puts its hellos off: prices come as early as ever."""
    talk.tell(Heads({"chain": v(2)}, {"chain": v(2)}), Listen())
    talk.tell(Rung({"chain": v(2)}, False), Arm(22_500))
    talk.now = 22_500
    talk.tell(Woke(), Listen())
    talk.tell(Rung({"chain": v(3)}, False), Ask("chain"))
    talk.tell(Applied("chain", v(3), True), Arm(45_000))


def test_a_bell_that_is_not_held_and_brings_news_is_heard(talk):
    talk.tell(Heads({"chain": v(2)}, {"chain": v(2)}), Listen())
    talk.tell(Rung({"chain": v(3)}, False), Ask("chain"))
    talk.tell(Applied("chain", v(3), True), Arm(22_500))


def test_a_lost_scope_goes_only_after_the_gained_one_is_complete(talk):
    heads = {"chain": v(1), "zone:B": v(4)}
    talk.tell(Heads(heads, {"chain": v(1), "zone:A": v(7)}), Ask("zone:B"))
    assert talk.machine.losing()
    talk.tell(Applied("zone:B", v(3), True, more=True), Ask("zone:B"))
    talk.tell(Applied("zone:B", v(4), True), Switch(frozenset({"chain", "zone:B"})))
    talk.tell(Switched(), Listen())


def test_a_new_epoch_with_the_same_rows_only_moves_the_cursor(talk):
    talk.tell(Heads({"chain": v(2, "e2")}, {"chain": v(2)}), Ask("chain"))
    talk.tell(Applied("chain", v(2, "e2"), True), Listen())


def test_a_head_of_an_hq_that_was_put_back_is_not_asked_for_for_ever(talk):
    """The greeting named version 4; since then HQ has become an older one and says that 1 is its newest."""
    talk.tell(Heads({"zone:A": v(4)}, {"zone:A": v(1)}), Ask("zone:A"))
    talk.tell(Applied("zone:A", v(1, "e2"), True), Listen())


def test_behind_an_older_snapshot_the_rest_is_asked_for(talk):
    talk.tell(Heads({"chain": v(9)}, {"chain": v(1)}), Ask("chain"))
    talk.tell(Lost("chain", 7), Load("chain", 7))
    talk.tell(Applied("chain", v(7), True), Ask("chain"))
    talk.tell(Applied("chain", v(9), True), Listen())


def test_failures_back_off_and_go_on_where_they_were(talk):
    talk.tell(Heads({"chain": v(2)}, {}), Ask("chain"))
    talk.tell(Failed(), Arm(2_500))
    talk.tell(Woke(), Ask("chain"))


def test_without_the_bell_a_node_rests_between_hellos():
    talk = Conversation(listens=False)
    talk.tell(Woke(), Arm(15_000))
    talk.tell(Heads({"chain": v(1)}, {"chain": v(1)}), Arm(15_000))


def test_heads_that_come_in_the_middle_are_taken_afterwards(talk):
    talk.tell(Heads({"chain": v(2)}, {}), Ask("chain"))
    talk.tell(Heads({"chain": v(5)}, {"chain": v(2)}))
    talk.tell(Applied("chain", v(2), True), Ask("chain"))


def test_an_illegal_move_raises(talk):
    with pytest.raises(IllegalMove):
        talk.machine.receive(Switched(), 0)
    with pytest.raises(IllegalMove):
        talk.machine.receive(Failed(), 0)
    assert talk.machine.state is State.RESTING


def test_a_bell_that_is_not_held_and_takes_long_is_rung_less_often(talk):
    talk.tell(Heads({"chain": v(1)}, {"chain": v(1)}), Listen())
    talk.now = 4_000
    talk.tell(Rung({"chain": v(1)}, waited=False), Arm(64_000))
    talk.now = 64_000
    talk.tell(Woke(), Listen())
    talk.tell(Rung({"chain": v(1)}, waited=False), Arm(86_500))
