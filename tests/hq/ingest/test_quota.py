"""SC-15: a store that floods is told to wait; the others are not."""

from __future__ import annotations

from hq.ingest import actions
from hq.ingest.quota import AT_ONCE_BYTES, EXTENSION, Quota, stored_bytes
from hq.ingest.sessions import Speaker
from proof.sim.origin import an_event, an_origin
from retail.errors import Unavailable
from sync import guard

FRAME = guard.compress(b"x" * 1000)


def test_a_frame_counts_as_it_is_stored():
    assert (stored_bytes(FRAME), len(FRAME) < 100) == (1000, True)
    assert stored_bytes(b"") == 0


def take(centre, quota, node="001"):
    """0, or the seconds to wait."""
    try:
        quota.take(centre.hq, Speaker(node, node, b""), FRAME)
    except Unavailable as refused:
        assert refused.code == "ingest.quota"
        return refused.retry_after_seconds
    return 0


def open_alarms(centre):
    sql = "SELECT store FROM alarm WHERE code = 'ingest.quota' AND closed_at IS NULL"
    return [row[0] for row in centre.hq.db.rows(sql)]


def test_what_is_used_up_comes_back_with_time_and_never_beyond_the_whole(centre):
    quota, clock = Quota(at_once=2500, per_second=500), centre.hq.clock

    assert [take(centre, quota) for _ in range(3)] == [0, 0, 1]
    assert take(centre, quota, "002") == 0
    clock.advance(1000)
    assert take(centre, quota) == 0
    clock.advance(86_400_000)
    assert [take(centre, quota) for _ in range(3)] == [0, 0, 1]


def test_a_restart_and_another_process_give_nothing_back(centre):
    """SC-15."""
    assert [take(centre, Quota(at_once=2500, per_second=500)) for _ in range(4)] == [0, 0, 1, 1]

    centre.hq.clock.advance(1000)
    assert take(centre, Quota(at_once=2500, per_second=500)) == 0


def test_who_is_far_from_the_bound_costs_no_row(centre):
    quota = Quota(at_once=1_000_000, per_second=500)

    for _ in range(125):
        take(centre, quota)
    assert centre.hq.db.value("SELECT count(*) FROM quota") == 0

    take(centre, quota)
    assert centre.hq.db.value("SELECT bytes_left FROM quota") == 874_000


def test_a_flood_is_an_alarm_once_an_hour(centre):
    """SC-15."""
    quota = Quota(at_once=1000, per_second=1)
    for _ in range(3):
        take(centre, quota)
    assert open_alarms(centre) == ["001"]

    actions.close_alarm(centre.context, "ingest.quota|001", note="its cable is out")
    centre.hq.clock.advance(600_000)
    assert (take(centre, quota) > 0, open_alarms(centre)) == (True, [])
    centre.hq.clock.advance(3_000_000)
    take(centre, quota)
    take(centre, quota)
    assert open_alarms(centre) == ["001"]


def test_ninety_days_without_a_line_fit_at_once():
    """500,000 receipts of 4,000 bytes (issue 3 §3)."""
    assert AT_ONCE_BYTES > 500_000 * 4_000


def test_a_flood_is_told_when_to_come_again_and_the_others_go_on(centre, origin):
    """SC-15: refused before anything is unpacked or stored; a lie about the size is refused when it is unpacked."""
    other = an_origin(centre, "002", "b" * 32)
    centre.app.extensions[EXTENSION] = Quota(at_once=4_000, per_second=100)
    origin.add(*(an_event(n) for n in range(1, 60)))
    other.add(an_event(9_001))
    answers = [origin.push_raw(origin.batch(n, n + 4)) for n in range(1, 30, 5)]

    refused = [answer for answer in answers if answer.status == 503]
    assert (answers[0].status, len(refused) > 1) == (200, True)
    assert all(0 < int(answer.headers["retry-after"]) <= 40 for answer in refused)
    taken = centre.hq.db.value("SELECT count(*) FROM link WHERE node = '001'")
    assert taken == 5 * (len(answers) - len(refused))
    assert other.push(1, 1).seq == 1

    centre.hq.clock.advance(60_000)
    assert origin.push(1, 10).seq == 10
