"""The projector's thread: what was pushed is taken at once, by the node that pushed it; everything else now and then."""

from __future__ import annotations

import threading

import sqlalchemy as sa

from hq.ingest import projector
from hq.ingest.handlers import HANDLERS
from hq.ingest.projector import Projector
from kit.sql import run
from proof.live.world import until
from proof.sim.origin import an_event, an_origin
from tests.hq.ingest.test_apply import CASH, tell
from tests.hq.ingest.test_poison import Failing, alarms

WAIT_SECONDS = 120  # a machine that does other work; nothing waits that long when all is well
ELSEWHERE = [["cash:002:01", "HKD", 100], ["sales:002", "HKD", -100]]


def taken(centre, node="001"):
    return centre.hq.db.value("SELECT seq FROM applied WHERE node = :node", {"node": node}, 0)


def test_one_store_s_push_looks_at_that_store_alone(centre, origin):
    """What a push costs must not grow with the chain."""
    for n in range(2, 9):
        tell(an_origin(centre, "002", f"{n:032x}"), an_event(n))
    tell(origin, an_event(1, post=CASH))

    assert centre.projector.drain(nodes=["001"]) == 1

    assert taken(centre) == 1
    assert centre.projector.drain() == 7


def test_the_thread_takes_a_push_when_it_is_named_and_the_rest_when_it_is_time(centre, origin, monkeypatch):
    other = an_origin(centre, "002", "b" * 32)
    worker = Projector(centre.hq)
    rests, waits = threading.Event(), worker._nudged.wait
    monkeypatch.setattr(worker._nudged, "wait", lambda seconds: (rests.set(), waits(seconds))[1])
    worker.start()
    try:
        assert rests.wait(WAIT_SECONDS)  # it begins with a look at everybody
        tell(origin, an_event(1, post=CASH))
        worker.nudge("001")
        assert until(lambda: taken(centre) == 1, seconds=WAIT_SECONDS)

        tell(other, an_event(2, post=ELSEWHERE))  # by another process: nobody here is told
        tell(origin, an_event(3, post=CASH))
        worker.nudge("001")
        assert until(lambda: taken(centre) == 2, seconds=WAIT_SECONDS)
        assert taken(centre, "002") == 0

        centre.hq.clock.advance(projector.LOOK_MS)
        worker.nudge("001")
        assert until(lambda: taken(centre, "002") == 1, seconds=WAIT_SECONDS)
    finally:
        worker.stop()


def test_the_whole_look_comes_in_time_however_late_a_push_was(centre, origin, monkeypatch):
    """Named rounds do not put it off: it is a second after the last one, not a second after the last push."""
    monkeypatch.setattr(projector, "LOOK_MS", 1000)
    waits, other = [], an_origin(centre, "002", "b" * 32)
    worker = Projector(centre.hq)

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == 1:
            centre.hq.clock.advance(900)
            tell(other, an_event(2, post=ELSEWHERE))  # by another process
        elif len(waits) == 2:
            centre.hq.clock.advance(100)
        else:
            worker._stopping.set()

    monkeypatch.setattr(worker._nudged, "wait", wait)
    worker._loop()

    assert waits == [1.0, 0.1, 1.0]
    assert taken(centre, "002") == 1


def test_who_was_stopped_is_well_when_another_process_has_carried_it_on(centre, origin):
    tell(origin, an_event(1, "node.enrolled", post=CASH))
    Projector(centre.hq, Failing(HANDLERS)).drain()
    assert alarms(centre) == ["ingest.stopped"]

    Projector(centre.hq).drain()

    assert (taken(centre), alarms(centre)) == (1, [])


def test_a_database_that_is_busy_makes_the_next_look_a_whole_one(centre, origin):
    """The names of that round are gone, what they pushed is not."""
    tell(origin, an_event(1, post=CASH))
    broken = []

    def busy(_connection, _cursor, statement, *_rest):
        if "FROM origin o" in statement and not broken:
            broken.append(statement)
            raise sa.exc.OperationalError(
                "database is locked", None, Exception("locked"), connection_invalidated=True
            )

    worker = Projector(centre.hq)
    sa.event.listen(centre.hq.db.engine, "before_cursor_execute", busy)
    try:
        worker.nudge("001")
        worker.start()
        assert until(lambda: taken(centre) == 1, seconds=WAIT_SECONDS)
    finally:
        worker.stop()
        sa.event.remove(centre.hq.db.engine, "before_cursor_execute", busy)

    assert len(broken) == 1


def test_a_stop_ends_it_after_the_batch_under_way(centre, origin):
    """However much there is: the database is closed next."""
    tell(origin, an_event(1, post=CASH))
    tell(an_origin(centre, "002", "b" * 32), an_event(2, post=ELSEWHERE))
    worker = Projector(centre.hq)

    def stop(_connection, _cursor, statement, *_rest):
        if statement.startswith("UPDATE applied SET seq"):
            worker.stop()

    sa.event.listen(centre.hq.db.engine, "before_cursor_execute", stop)
    try:
        assert worker.drain() == 1
    finally:
        sa.event.remove(centre.hq.db.engine, "before_cursor_execute", stop)


def test_behind_a_stop_everything_can_be_carried_on_by_hand(centre, origin):
    worker = Projector(centre.hq)
    worker.start()
    worker.stop()
    worker.stop()  # the first may have waited in vain for a thread that stood still
    tell(origin, an_event(1, post=CASH))
    tell(an_origin(centre, "002", "b" * 32), an_event(2, post=ELSEWHERE))

    assert worker.drain() == 2


def test_a_start_lets_go_on_what_waits_for_nothing(centre, origin):
    """An older program left it behind one that a person had settled meanwhile."""
    tell(origin, an_event(1, "future.type", agg=["sale:x"]), an_event(2, "clock.corrected", agg=["sale:x"]))
    centre.projector.drain()
    with centre.hq.db.write() as connection:
        run(connection, "UPDATE parked SET state = 'dismissed' WHERE seq = 1")
        run(connection, "DELETE FROM parked_key WHERE seq = 1")
    worker = Projector(centre.hq)

    worker.start()
    worker.stop()

    assert centre.hq.db.value("SELECT state FROM parked WHERE seq = 2") == "handled"
