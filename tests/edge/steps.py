"""What a question costs the database engine: steps, not seconds, so that a busy machine changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from kit.db import Database

EVERY = 50


def steps(db: Database, ask: Callable[[], object]) -> int:
    """How often the engine makes `EVERY` steps while `ask` reads, on this thread's reader."""
    looks = 0

    def look() -> int:
        nonlocal looks
        looks += 1
        return 0

    with db.read() as tx:
        tx.set_progress_handler(look, EVERY)
        try:
            ask()
        finally:
            tx.set_progress_handler(None, 0)
    return looks
