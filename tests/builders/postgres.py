"""What stories on PostgreSQL wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from hq.enrolment import actions as enrolment
from kit.sql import SqlDatabase
from proof.sim.origin import Origin
from tests.patience import ENOUGH_SECONDS

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def until_somebody_waits(database: SqlDatabase) -> None:
    """Until one session of the database waits for a lock; the server says so itself."""
    enough = threading.Event()
    timer = threading.Timer(ENOUGH_SECONDS, enough.set)
    timer.start()
    try:
        while not database.value(WAITING):
            assert not enough.is_set(), "nobody waits"
    finally:
        timer.cancel()


def in_the_middle(
    database: SqlDatabase, statement: str, work: Callable[[], Any], other: Callable[[], Any]
) -> tuple[Any, Any]:
    """What `work` and `other` return: before `work` first says `statement`, `other` goes as far as it comes.

    It ends, or waits for a lock of `work`, which then goes on.
    """
    mine, begun = threading.get_ident(), list[Future[Any]]()

    with ThreadPoolExecutor(1) as hand:

        def before(_connection: Any, _cursor: Any, said: str, *_rest: Any) -> None:
            if begun or threading.get_ident() != mine or not said.startswith(statement):
                return
            begun.append(hand.submit(other))
            while not begun[0].done() and not database.value(WAITING):
                pass

        sa.event.listen(database.engine, "before_cursor_execute", before)
        try:
            return work(), begun[0].result(ENOUGH_SECONDS)
        finally:
            sa.event.remove(database.engine, "before_cursor_execute", before)


def both_look_first(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Of two threads that call this function of a module, each has its first answer before either goes on."""
    both = threading.Barrier(2, timeout=ENOUGH_SECONDS)
    looked, real = threading.local(), getattr(module, name)

    def look(*said: Any) -> Any:
        found = real(*said)
        if not hasattr(looked, "once"):
            looked.once = both.wait()
        return found

    monkeypatch.setattr(module, name, look)


def revoked_after(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, origin: Origin
) -> threading.Thread:
    """A person declares a device lost, in a thread of its own, once this function of a module has its answer.

    It waits for who has looked, or is done before that one goes on; the caller joins it.
    """
    real = getattr(module, name)
    key, person = origin.key.public, origin.centre.context
    revoke = threading.Thread(
        target=lambda: enrolment.revoke(person, node=origin.node, public_key=key, lost=True)
    )

    def look(*said: Any) -> Any:
        found = real(*said)
        revoke.start()
        revoke.join(1)
        return found

    monkeypatch.setattr(module, name, look)
    return revoke
