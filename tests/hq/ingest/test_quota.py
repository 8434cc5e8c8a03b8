"""SC-15: a store that floods is told to wait; the others are not."""

from __future__ import annotations

import pytest

from hq.ingest.quota import AT_ONCE_BYTES, EXTENSION, Quota, stored_bytes
from kit.clock import ManualClock
from proof.sim.origin import an_event, an_origin
from retail.errors import Unavailable
from sync import guard

FRAME = guard.compress(b"x" * 1000)


def test_a_frame_counts_as_it_is_stored():
    assert (stored_bytes(FRAME), len(FRAME) < 100) == (1000, True)
    assert stored_bytes(b"") == 0


def test_what_is_used_up_comes_back_with_time_and_never_beyond_the_whole():
    clock, quota = ManualClock(), Quota(at_once=2500, per_second=500)
    quota.take(clock, "001", FRAME)
    quota.take(clock, "001", FRAME)

    with pytest.raises(Unavailable) as refused:
        quota.take(clock, "001", FRAME)
    assert (refused.value.code, refused.value.retry_after_seconds) == ("ingest.quota", 1)
    quota.take(clock, "002", FRAME)
    clock.advance(1000)
    quota.take(clock, "001", FRAME)
    clock.advance(86_400_000)
    quota.take(clock, "001", FRAME)
    quota.take(clock, "001", FRAME)
    with pytest.raises(Unavailable):
        quota.take(clock, "001", FRAME)


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
